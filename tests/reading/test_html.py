"""What extracting text from HTML promises: the text a reader sees, from any input, in linear time."""

import pytest
from support import NEARLY_LINEAR, cpu_growth

from dedupe.reading.html import text_of_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("no markup,\n 1 < 2", "no markup,\n1 < 2"),
        ("<p>One</p><p>two<br>three</p>", "One\ntwo\nthree"),
        ("<b>bo</b>ld &lt;b&gt; &amp;&nbsp;&#8211;", "bold <b> & –"),
        ("seen<!-- <p>hidden</p> --> too<!-- never closed", "seen too"),
        ("<STYLE>p {}</style >seen<script>'</p>'", "seen"),
    ],
)
def test_only_what_a_reader_sees_is_text(html, text):
    assert text_of_html(html) == text


@pytest.mark.parametrize("unclosed", ["<!--", "<a ", "</", "<![x[", "<script>", "&#"])
def test_time_grows_no_faster_than_unclosed_markup(unclosed):
    """The time of Python's own parser grew with the square here (CVE-2025-6069)."""
    small, large = ("Seen." + unclosed * times for times in (20_000, 80_000))
    assert text_of_html(large).startswith("Seen.")
    assert cpu_growth(text_of_html, small, large) < NEARLY_LINEAR
