"""Writes results as one HTML file that works without a network, for people who look through a result.

    page        puts the file together: what is shown without JavaScript, the data, the style sheet and the script
    clustering  what the page of a clustering shows
    alignment   two texts side by side, and the page of an alignment

``page.html`` is the frame, ``page.css`` the style sheet, and every ``.js`` file a part of the script.
"""
