"""What reading promises about texts: HTML, entities and wrong decoding are seen and undone, and plain text stays."""

import json
import subprocess
import sys

import pytest
from article_files import load, write, write_jsonl
from hypothesis import example, given
from hypothesis import strategies as st

from dedupe.reading.html import has_markup
from dedupe.reading.repair import ESCAPED_TWICE, MOJIBAKE, places_to_read, readable

PLAIN = [
    "", "Talks ended.", "1 < 2 and 3 > 2", "a<b, b>c", "I <3 news <- and -> arrows", "AT&T and R&D; Q&A", "Tom &amp Jerry", "&;&#;&#x;",
    "see https://e.org/?a=1&copy=2&lt=3", "Write <br> at the end of a line.", "The tags <p> and </p> begin and end it.",
    "mail <ann@e.org> or <https://e.org/a>", "List<String> and Map<A, B>", "<unk> <PERSON> <s> never ends", "x <y> </z>",
    "Übergrößen: »ß« und ‚so‘, “ça” — naïve café…", "À «\xa0Paris\xa0», l’Été, être", "Spaß“ und “Spaß”", "Ångström, São Tomé, ÎLE, Ñandú®",
    "Стоит €5 — «да»", "日本語、テスト", "Tiếng Việt", "Ελληνικά", "x = √(2)", "‚Ärger‘ und ‚Übel‘", "<", "&", "a\r\nb\tc \n",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_stays_as_it_is(text):
    assert readable(text) == (text, ())


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<p>One &amp; two</p>\n<p>three</p>", "One & two\nthree"),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("First\n\nSecond <b>bold</b> &quot;word&quot;", 'First\nSecond bold "word"'),
        ('<img alt="a > b" src=x>Seen <a title="</p><p>">link</a>', "Seen link"),
        ("<div><style>p > a {}</style><script>if (a < b) { '</p>' }</script>Seen<!-- <p>no</p> --></div>", "Seen"),
        ("<!DOCTYPE html><html><head><title>T</title></head><body>Seen</body></html>", "Seen"),
        ("Kept <!-- hidden <p> > --> whole", "Kept whole"),
        ("<![CDATA[<p>One &amp; two</p>]]>", "One & two"),
        ("<![CDATA[One & two]]>", "One & two"),
        ("One.<p>Two.<p>Three.", "One.\nTwo.\nThree."),
        ("<table><tr><td>12</td><td>30</td></tr><tr><td>x</td></tr></table>", "12 30\nx"),
        ("It&#8217;s&nbsp;5&#xa0;&euro; &ndash; &lt;3", "It’s\xa05\xa0€ – <3"),
        ("<p>It&#146;s</p>", "It’s"),
    ],
)
def test_html_and_entities_are_read_without_a_word(text, read):
    assert readable(text) == (read, ())


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("It&amp;#8217;s &amp;amp; so", "It’s & so"),
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;", "One\ntwo"),
        ("<p>It&amp;rsquo;s</p>", "It’s"),
        ("&amp;lt;p&amp;gt;One&amp;lt;/p&amp;gt;", "One"),
    ],
)
def test_what_was_escaped_twice_is_read_and_said(text, read):
    assert readable(text) == (read, (ESCAPED_TWICE,))


CURLY = "“We didn’t expect it,” said the mayor — and paused… L’été à Nîmes, 5 €."


@pytest.mark.parametrize("encoding", ["windows-1252", "latin-1"])
@pytest.mark.parametrize(
    "text",
    ["L’été à Nîmes — “voilà”, 5 €.", "Łódź, Gdańsk, Zażółć gęślą jaźń", "Übung für Mädchen", "Привет, это «важно»"],
)
def test_utf8_that_was_decoded_as_something_else_is_repaired_and_said(text, encoding):
    wrong = "".join(bytes([byte]).decode(encoding, "replace") for byte in text.encode())
    read, repairs = readable(f"Plain.\n{wrong}")
    assert repairs == (MOJIBAKE,)
    if "\ufffd" not in wrong:  # windows-1252 has no characters for five bytes, which are lost then
        assert read == f"Plain.\n{text}"


def test_one_wrong_line_leaves_the_others(tmp_path):
    wrong = CURLY.encode().decode("windows-1252", "replace")
    read, repairs = readable(f"{CURLY}\r\n{wrong}\n")
    assert read.startswith(f"{CURLY}\r\n")
    assert "didn’t" in read.split("\n")[1]
    assert repairs == (MOJIBAKE,)


def test_repairs_are_problems_with_their_line_and_html_is_none(tmp_path):
    rows = [
        {"text": "<p>a</p>"},
        {"text": "It&amp;#8217;s"},
        {"text": "cafÃ©"},
        {"title": "cafÃ© &amp; bar", "text": "a", "source": "A&amp;B"},
    ]
    articles, problems = load(write_jsonl(tmp_path / "x.jsonl", *rows))
    assert [a.text for a in articles] == ["a", "It’s", "café", "a"]
    assert (articles[3].title, articles[3].publisher) == ("café & bar", "A&B")
    assert [(p.line, p.kind, p.reason) for p in problems] == [
        (2, "repaired", ESCAPED_TWICE[0]),
        (3, "repaired", MOJIBAKE[0]),
        (4, "repaired", MOJIBAKE[0]),
    ]


def test_the_text_of_a_txt_file_is_the_file_whatever_it_looks_like(tmp_path):
    for content in ("A line, then <p>a</p><p>b</p>", "It&amp;#8217;s cafÃ©"):
        articles, problems = load(write(tmp_path / "x.txt", content))
        assert ([a.text for a in articles], problems) == ([content], [])


def test_pairs_reads_the_same_texts(run, jsonl):
    """A plain JSONL file is read by another way than all others."""
    text = "Divers recovered the bell of the ferry — it’s heavy — from the bottom of the bay on Tuesday at noon."
    rows = [{"id": "a", "text": text}, {"id": "b", "text": f"<p>{text.replace('’', '&rsquo;')}</p>"}]
    wrong = [{"id": "c", "text": text.encode().decode("windows-1252", "replace").replace("\ufffd", "\x9d")}]
    for articles, ids in ((rows, "ab"), (rows + wrong, "abc")):
        done = run("pairs", "--format", "jsonl", jsonl(articles))
        assert {(row["kind"], row["jaccard"]) for row in done.rows} == {("identical", 1.0)}
        assert {row[side] for row in done.rows for side in ("left", "right")} == set(ids)
        told = [line for line in done.err.splitlines() if "decoded as another encoding" in line]
        assert [":3: " in line for line in told] == [True] * (ids == "abc")


@given(st.text())
@example("&#0;&#xD800;<p>\0</p>\ud800")
@example("<p>\0")
def test_any_text_is_read_and_reading_is_noticed_before(text):
    read, _ = readable(text)
    if read != text:
        assert places_to_read(text.encode("utf-8", "replace"))


@given(st.text('<>/pbr! "-&;#x\n', max_size=40))
def test_html_is_told_apart_without_raising(text):
    has_markup(text)
    readable(text)


def test_libraries_are_imported_only_where_a_text_needs_them(tmp_path):
    path = write(tmp_path / "x.jsonl", json.dumps({"text": "Talks ‘ended’ & <3 café"}))
    code = f"import sys, dedupe; list(dedupe.read([{str(path)!r}])); print(sorted({{'ftfy', 'selectolax'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
