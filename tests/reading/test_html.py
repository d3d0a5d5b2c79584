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


GROWING = {
    "formatting that is never closed": lambda n: "".join(f"<font a={i}>" for i in range(n)) + "<p>x" * n,
    "formatting that is closed before": lambda n: "</b>" * n + "".join(f"<b a={i}>" for i in range(n)) + "<p>x" * n,
    "attributes of one tag": lambda n: "<p " + " ".join(f"a{i}=b" for i in range(10 * n)) + ">x",
    "attributes in quotation marks": lambda n: "<p " + " ".join(f"a{i}='b c'" for i in range(10 * n)) + ">x",
    "quotation marks that are never closed": lambda n: "<b>x" * 60 + '<a"<a"' * n,
    "blocks in blocks": lambda n: "<div>x" * n,
    "lists in lists": lambda n: "<ul><li>x" * (n // 2),
}


@pytest.mark.parametrize("name", GROWING)
def test_time_grows_no_faster_than_hostile_elements(name):
    small, large = GROWING[name](4_000), GROWING[name](16_000)
    assert "x" in text_of_html(large)
    assert cpu_growth(text_of_html, small, large) < NEARLY_LINEAR


def test_formatting_that_is_never_closed_changes_no_text():
    blocks = [
        f'<p><font size="{n}" title="a > b">Seen <b>bo</b>ld<i class=x> and <a href="/{n}">{n}' for n in range(300)
    ]
    assert text_of_html("".join(blocks)) == "\n".join(f"Seen bold and {n}" for n in range(300))


def test_a_tag_with_one_long_attribute_keeps_it():
    long = "x y=" * 5_000
    assert text_of_html(f'<p>a</p><img src="data:{long}" alt="b"><p title="{long}">c</p>') == "a\nc"
    assert text_of_html(f"<p>a</p><div {long}>b</div>") == "a\nb"
