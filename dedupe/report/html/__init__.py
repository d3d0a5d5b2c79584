"""Writes results as one HTML file that works without a network, for people who look through a result.

    page        puts the file together: what is shown without JavaScript, the data, the style sheet and the script
    clustering  what the page of a clustering shows
    audit       what the page of an audit shows
    alignment   two texts side by side, and the page of an alignment
    texts       the texts of articles in a page, and how much fits into it

``page.html`` is the frame, ``page.css`` the style sheet, and every ``.js`` file a part of the script: ``elements``,
``article`` and ``listing`` are for all pages, ``alignment``, ``story`` and ``matrix`` draw one thing each, and
``stories``, ``audit`` and ``alignment_page`` are the pages.
"""
