"""What extracting text from HTML promises: the text a reader sees, from any input, in linear time."""

import pytest

from dedupe.reading.html import text_of_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("no markup,\n 1 < 2", "no markup, 1 < 2"),
        ("<p>One</p><p>two<br>three</p>", "One\ntwo\nthree"),
        ("<b>bo</b>ld &lt;b&gt; &amp;&nbsp;&#8211;", "bold <b> & –"),
        ("seen<!-- <p>hidden</p> --> too<!-- never closed", "seen too"),
        ("<STYLE>p {}</style >seen<script>'</p>'", "seen"),
    ],
)
def test_only_what_a_reader_sees_is_text(html, text):
    assert text_of_html(html) == text


@pytest.mark.parametrize("unclosed", ["<!--", "<a ", "</", "<![x[", "<script>", "&#"])
def test_unclosed_markup_takes_no_time(unclosed):
    """A parser whose time grows with the square would take minutes here."""
    assert text_of_html("Seen." + unclosed * 200_000).startswith("Seen.")
