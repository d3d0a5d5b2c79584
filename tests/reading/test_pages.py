"""What reading promises about web pages and web archives: the article of each page, and one line for what is left out."""

import gzip
import io

import pytest
from article_files import load, only, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_files import AS_HTML, PAGE, TEXT, needs

needs("trafilatura", "web")
needs("fastwarc", "web")

RUSSIAN = "Совет города решил во вторник построить мост через реку заново, хотя о цене спорили много лет. " * 4


@pytest.mark.parametrize("name", ["x.html", "x.htm", "x.html.gz", "x.txt", "x.xml", "download", "-"])
def test_a_page_is_one_article_without_menus_and_footers(tmp_path, name):
    content = gzip.compress(PAGE.encode()) if name.endswith(".gz") else PAGE.encode()
    articles, problems = load("-" if name == "-" else write(tmp_path / name, content), stdin=io.BytesIO(content))
    assert problems == []
    article = articles[0]
    assert (article.title, article.text) == ("Bridge to be rebuilt", TEXT)
    assert (article.publisher, article.url, article.language) == ("The Tista Post", "https://post.example/bridge", "en")
    assert article.published_at.isoformat() == "2024-01-05T10:30:00+00:00"
    assert article.id == {"-": "stdin", "download": "download"}.get(name, "x")


MORNING = "2024-01-05T10:30:00+00:00"
DATES = {
    '<meta property="article:published_time" content="2024-01-05T10:30:00Z">': MORNING,
    "<META NAME=pubdate CONTENT='Fri, 05 Jan 2024 11:30:00 +0100'>": MORNING,
    '<meta itemprop="datePublished" content="2024-01-05T11:30:00&#43;01:00">': MORNING,
    '<time itemprop="datePublished" datetime="2024-01-05T10:30Z">Friday</time>': MORNING,
    '<script type="application/ld+json">{"datePublished": "2024-01-05T10:30:00Z"}</script>': MORNING,
    "<p>On 3 January 2021 the mayor said so.</p><footer>© 2019 The Tista Post</footer>": None,
    '<aside><time datetime="2020-05-05">An older article</time></aside>': None,
    '<span class="date">01/02/2024</span>': None,
    '<meta name="date" content="01/02/2024">': None,  # it can mean several
}


@pytest.mark.parametrize("markup", DATES)
def test_the_date_of_a_page_is_the_one_that_it_declares_and_never_guessed(tmp_path, markup):
    page = f"<html><head><title>Bridge</title></head><body>{markup}<article>{AS_HTML}</article></body></html>"
    articles, problems = load(write(tmp_path / "x.html", page))
    found = articles[0].published_at
    assert (found and found.isoformat()) == DATES[markup]
    assert len(problems) == ('name="date"' in markup)
    assert str(load(tmp_path / "x.html", day_first=True)[0][0].published_at or "2024-02-01")[:10] in (
        "2024-01-05", "2024-02-01"
    )  # fmt: skip


@pytest.mark.parametrize("declared", ["windows-1251", "koi8-r", "utf-8", "no-such-charset"])
def test_a_page_is_read_in_its_encoding(tmp_path, declared):
    page = f'<html><head><meta charset="{declared}"><title>Мост</title></head><body><p>{RUSSIAN}</p></body></html>'
    encoding = declared if declared != "no-such-charset" else "utf-8"
    articles, problems = load(write(tmp_path / "x.html", page.encode(encoding)))
    assert ([a.text for a in articles], problems) == ([RUSSIAN.strip()], [])


def test_a_wrong_encoding_is_repaired_or_said(tmp_path):
    """A page that says UTF-8 and is Windows-1252, as browsers would read it, and bytes that no encoding explains."""
    page = PAGE.replace("Halden", "Gävle").encode("cp1252")
    articles, problems = load(write(tmp_path / "x.html", page))
    assert ("Gävle" in articles[0].text, problems) == (True, [])
    articles, problems = load(write(tmp_path / "x.html", page.replace("ä".encode("cp1252"), b"\x81")))
    assert "G\ufffdvle" in articles[0].text
    assert only(problems).kind == "repaired"


def test_a_page_without_an_article_and_a_huge_one_are_problems(tmp_path):
    assert only(load(write(tmp_path / "x.html", "<html><head><title>a</title></head></html>"))[1]).reason == (
        "no article in this page"
    )
    huge = f"<html><body>{AS_HTML * 10_000}</body></html>"
    assert len(huge) > 4_000_000
    articles, problems = load(write(tmp_path / "x.html", huge))
    assert (articles, only(problems).reason) == ([], "more than 4,000,000 bytes")


def test_a_page_of_very_many_tags_is_one_problem(tmp_path):
    articles, problems = load(write(tmp_path / "x.html", "<html><body>" + "<p>x" * 100_000))
    assert (articles, only(problems).reason) == ([], "more than 100,000 tags")


@pytest.mark.parametrize("piece", ["<div>", "<!--", "<p", "&", "<table>", "<a href='", "</p>"])
def test_hostile_markup_is_read_or_one_problem(tmp_path, piece):
    articles, problems = load(write(tmp_path / "x.html", "<html><body>" + piece * 20_000))
    assert len(articles) + len(problems) >= 1


def capture(kind, url, body=b"", http="200 OK", kind_of_content="text/html; charset=utf-8", size=None, more=""):
    content = body if isinstance(body, bytes) else body.encode()
    if kind in ("response", "revisit"):
        content = f"HTTP/1.1 {http}\r\nContent-Type: {kind_of_content}\r\n{more}\r\n".encode() + content
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2024-02-01T00:00:00Z\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: {'text/plain' if kind == 'conversion' else 'application/http'}\r\n"
        f"Content-Length: {len(content) if size is None else size}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n\r\n"


BRIDGE = "https://post.example/bridge"
PAGES = [
    capture("warcinfo", "", b"software: x"),
    capture("request", BRIDGE),
    capture("response", BRIDGE, PAGE),
    capture("response", "https://post.example/most", f"<html><body><p>{RUSSIAN}</p>".encode("cp1251"), "200 OK",
            "text/html; charset=windows-1251"),
    capture("conversion", "https://post.example/wet", "Rain\nRain fell."),
]  # fmt: skip
OTHERS = [
    capture("revisit", BRIDGE),
    capture("response", "https://post.example/gone", PAGE, "404 Not Found"),
    capture("response", "https://post.example/logo", b"\x89PNG", "200 OK", "image/png"),
]


@pytest.mark.parametrize("name", ["x.warc", "x.warc.gz", "download", "-"])
def test_every_page_of_a_web_archive_is_an_article(tmp_path, name):
    content = b"".join(gzip.compress(record) if name.endswith(".gz") else record for record in PAGES)
    articles, problems = load("-" if name == "-" else write(tmp_path / name, content), stdin=io.BytesIO(content))
    assert problems == []
    assert [(a.id, a.text) for a in articles] == [
        (BRIDGE, TEXT), ("https://post.example/most", RUSSIAN.strip()), ("https://post.example/wet", "Rain\nRain fell.")
    ]  # fmt: skip
    assert [a.publisher for a in articles[:2]] == ["The Tista Post", "post.example"]
    assert articles[0].published_at.isoformat() == "2024-01-05T10:30:00+00:00"
    assert articles[1].published_at is None  # the day of the capture is not that of the article


def test_what_is_no_page_is_counted_and_left_out(tmp_path):
    articles, problems = load(write(tmp_path / "x.warc", b"".join([*OTHERS, *PAGES[:3], *OTHERS])))
    assert [a.id for a in articles] == [BRIDGE]
    assert [problem.reason for problem in problems] == [
        "answers other than 200 OK: 2 left out",
        "other things than pages: 2 left out",
        "pages that were captured again unchanged (revisit): 2 left out",
    ]


def test_a_page_that_was_captured_twice_is_one_article_unless_it_changed(tmp_path):
    changed = capture("response", BRIDGE, PAGE.replace("in May", "in June"))
    articles, problems = load(write(tmp_path / "x.warc", PAGES[2] + PAGES[2] + changed))
    assert [a.id for a in articles] == [BRIDGE, f"{BRIDGE}#2"]
    assert [problem.kind for problem in problems] == ["skipped", "repaired"]


def test_packed_and_chunked_answers_are_unpacked(tmp_path):
    packed = gzip.compress(PAGE.encode())
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    content = capture("response", BRIDGE, packed, more="Content-Encoding: gzip\r\n") + capture(
        "response", "https://post.example/2", chunked, more="Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
    )
    articles, problems = load(write(tmp_path / "x.warc", content))
    assert ([a.text for a in articles], problems) == ([TEXT, TEXT], [])


def test_a_packed_answer_that_is_a_bomb_or_damaged_is_left_out(tmp_path):
    packed = gzip.compress(PAGE.encode())
    bomb = gzip.compress(b"<p>word</p>" * 1_000_000)
    more = "Content-Encoding: gzip\r\n"
    records = [
        capture("response", f"https://post.example/{n}", body, more=more)
        for n, body in enumerate((bomb, packed[:60] + bytes(30) + packed[90:]))
    ]
    articles, problems = load(write(tmp_path / "x.warc", b"".join([*records, PAGES[2]])))
    assert [a.id for a in articles] == [BRIDGE]
    assert [problem.reason.partition(":")[0] for problem in problems] == [
        "a page of more than 8,000,000 bytes", "damaged capture"
    ]  # fmt: skip


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
def test_a_web_archive_that_ends_too_early_gives_what_is_whole(tmp_path, packed):
    content = b"".join(gzip.compress(record) if packed else record for record in [*PAGES, PAGES[2]])
    articles, problems = load(write(tmp_path / "x.warc", content[:-200]))
    assert len(articles) == 3
    assert any("ends too early" in problem.reason for problem in problems)


def test_a_size_that_lies_takes_no_article_apart(tmp_path):
    """Content-Length of the archive is too small for the first page, and beyond the file for the last."""
    short = capture("response", "https://post.example/short", PAGE, size=150)
    long = capture("response", "https://post.example/long", PAGE, size=10**9)
    articles, problems = load(write(tmp_path / "x.warc", short + PAGES[2] + long))
    assert all(a.text in (TEXT, "") or a.id == BRIDGE for a in articles)
    assert problems


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), inserted=st.binary(max_size=20))
def test_no_damage_raises(tmp_path, place, inserted):
    content = b"".join([*OTHERS, *PAGES])
    at = place % len(content)
    load(write(tmp_path / "x.warc", content[:at] + inserted + content[at + len(inserted) // 2 :]))


def test_the_libraries_print_nothing_of_their_own(program, tmp_path):
    path = write(tmp_path / "x.html", "<html><head><title>a</title></head></html>")
    done = program("cluster", path)
    assert done.err == f"{path}: no article in this page — save the text of the article as .txt, if there is one\n" \
        f"dedupe: no readable article in {path}\n"  # fmt: skip
