"""What reading promises about files that are no text: none becomes an article, whatever its name is."""

import gzip
import io
import subprocess
import sys
import zipfile

import pytest
from article_files import load, only, write
from support import ROOT
from web_files import AS_HTML, TEXT

from dedupe.reading.kinds import UNREADABLE, format_of, recognise


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/"), content)
    return file.getvalue()


DOCX = zipped(**{"[Content_Types].xml": "<Types/>", "word__document.xml": f"<w:document>{TEXT}</w:document>"})
FILES = {
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj" + TEXT.encode(), "convert it to .txt"),
    "rtf": (rb"{\rtf1\ansi " + TEXT.encode() + b"}", "convert it to .txt"),
    "ps": (b"%!PS-Adobe-3.0\n" + TEXT.encode(), "convert it to .txt"),
    "mht": (
        b"From: <Saved by a browser>\nSubject: Bridge\nMIME-Version: 1.0\nContent-Type: multipart/related;\n\n"
        + AS_HTML.encode(),
        "save it as .html or .txt",
    ),
    "docx": (DOCX, "convert it to .txt"),
    "pptx": (zipped(ppt__presentation_xml="x", **{"ppt/presentation.xml": "x"}), "convert them to .txt"),
    "odt": (zipped(mimetype="x", **{"META-INF/manifest.xml": "x", "content.xml": TEXT}), "convert it to .txt"),
    "epub": (zipped(mimetype="x", **{"META-INF/container.xml": "x"}), "convert it to .txt"),
    "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + TEXT.encode("utf-16"), "convert it to .txt"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "leave it out"),
    "jpg": (b"\xff\xd8\xff\xe0" + bytes(range(256)), "leave it out"),
    "mp4": (b"\0\0\0\x20ftypisom" + bytes(range(256)), "leave it out"),
    "xz": (b"\xfd7zXZ\0" + bytes(range(256)), "unpack it first"),
    "bz2": (b"BZh91AY&SY" + bytes(range(256)), "unpack it first"),
    "sqlite": (b"SQLite format 3\0" + bytes(range(256)), "name a file with articles"),
    "gz.gz": (gzip.compress(gzip.compress(TEXT.encode())), "unpack it first"),
    "sitemap": (
        b'<?xml version="1.0"?><urlset xmlns="s"><url><loc>https://a.example/</loc></url></urlset>',
        "JSON lines",
    ),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("name", ["article.txt", "download", "article.{}", "articles.json", "articles.csv"])
def test_a_file_of_another_kind_is_refused_with_the_line_that_helps(tmp_path, kind, name):
    content, advice = FILES[kind]
    articles, problems = load(write(tmp_path / name.format(kind), content))
    assert articles == []
    assert advice in only(problems).advice


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_another_kind_is_refused_on_stdin_too(kind):
    content, advice = FILES[kind]
    articles, problems = load("-", stdin=io.BytesIO(content))
    assert articles == []
    assert advice in only(problems).advice


@pytest.mark.parametrize("name", ["a.txt", "download", "a.bin"])
def test_bytes_that_are_no_text_in_any_encoding_are_refused(tmp_path, name):
    articles, problems = load(write(tmp_path / name, bytes(range(256)) * 5))
    assert (articles, only(problems).reason) == ([], "holds binary data, which is not read")


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
def test_a_web_page_in_place_of_data_is_named(tmp_path, name):
    """A server that answers with an error page is the usual reason."""
    articles, problems = load(write(tmp_path / name, f"<html><body>{AS_HTML}</body></html>"))
    assert articles == []
    assert only(problems).reason == "holds a web page in place of data, which is not read"


@pytest.mark.parametrize(
    "text",
    ["<Reuters> The talks ended.", "< 5 percent of voters stayed away.", "PK opened the talks.", "From: the mayor\nTo: all", "BZh is a format.",
     "ID3 tags hold the title.", "{sic} ended.", "%PDF is a format.", "Talks ended.\n<p>", "Füße", "a\0b", ""],
)  # fmt: skip
def test_text_stays_text(tmp_path, text):
    path = write(tmp_path / "a.txt", text)
    assert [article.text for article in load(path)[0]] == [text.replace("\0", "\ufffd")]


def test_text_in_another_encoding_is_text(tmp_path):
    articles, problems = load(write(tmp_path / "a.txt", "Füße und Größe".encode("latin-1")))
    assert (len(articles), only(problems).kind) == (1, "repaired")


def test_every_unreadable_kind_has_an_advice_and_no_extension():
    assert all(what and advice for what, advice in UNREADABLE.values())
    assert [name for name in ("a.pdf", "a.docx", "a.rtf", "a.md") if format_of(name)] == []
    assert recognise(b"") is None


def test_a_folder_leaves_them_out_and_says_so(tmp_path):
    write(tmp_path / "a.txt", TEXT)
    write(tmp_path / "b.pdf", FILES["pdf"][0])
    write(tmp_path / "c.txt", FILES["pdf"][0])
    articles, problems = load(tmp_path)
    assert [article.id for article in articles] == ["a"]
    assert [problem.reason for problem in problems] == [
        "holds a PDF, which is not read", "1 of other kinds left out: b.pdf"
    ]  # fmt: skip


def test_filter_names_what_it_does_not_read(run, tmp_path):
    for content, what in (
        (FILES["pdf"][0], "a PDF"),
        (f"<html>{AS_HTML}".encode(), "a web page"),
        (DOCX, "a zip file"),
    ):
        done = run("filter", "--index", tmp_path / "index", write(tmp_path / "x", content))
        assert done.code == 3
        assert f"holds {what}, but filter reads one JSON object a line" in done.err


def test_libraries_are_imported_only_where_a_file_needs_them():
    """Start-up must not pay for formats that a run does not read."""
    code = """
import sys
from dedupe import read
from dedupe.cli import program
list(read(["seeds/"]))
names = ("dateparser", "fastwarc", "feedparser", "lxml", "openpyxl", "tarfile", "trafilatura")
print([name for name in names if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_a_missing_package_is_named_with_the_line_that_installs_it(tmp_path, monkeypatch):
    files = {
        "x.html": (f"<html>{AS_HTML}".encode(), "web"),
        "x.warc": (b"WARC/1.0\r\n", "web"),
        "x.rss": (b"<rss></rss>", "feeds"),
        "x.nitf": (b"<nitf></nitf>", "feeds"),
        "x.xlsx": (zipped(**{"xl/workbook.xml": "x"}), "office"),
    }
    for name in ("fastwarc.warc", "feedparser", "lxml.etree", "openpyxl", "trafilatura"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    for name, (content, extra) in files.items():
        articles, problems = load(write(tmp_path / name, content))
        assert articles == []
        assert only(problems).advice == f"pip install 'news-dedupe[{extra}]'"
