"""What reading promises about encodings: a file that is not UTF-8 is read in its own, which is said once."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from article_files import as_jsonl, load, only, write
from charset_texts import IN_ENCODINGS, TEXTS
from hypothesis import given
from hypothesis import strategies as st

from dedupe.errors import InputError
from dedupe.reading.articles import read
from dedupe.reading.charsets import Charset, codec_named, detect

RUSSIAN = TEXTS["ru"][1]
ENGLISH = "The town council approved the repair of the old bridge over the river on Thursday, a spokeswoman said."


def jsonl(texts, encoding):
    lines = (json.dumps({"id": n, "text": text}, ensure_ascii=False) for n, text in enumerate(texts))
    return "".join(f"{line}\n" for line in lines).encode(encoding)


def csv(texts, encoding):
    return "".join(["id;text\r\n", *(f'{n};"{text}"\r\n' for n, text in enumerate(texts))]).encode(encoding)


def as_json(texts, encoding):
    return json.dumps([{"id": n, "text": text} for n, text in enumerate(texts)], ensure_ascii=False).encode(encoding)


@pytest.mark.parametrize(("language", "encoding"), IN_ENCODINGS)
@pytest.mark.parametrize("form", [jsonl, csv, as_json], ids=["x.jsonl", "x.csv", "x.json"])
def test_every_format_is_read_in_its_encoding_which_is_said_once(tmp_path, language, encoding, form):
    text = TEXTS[language][1]
    texts = [ENGLISH, text, f"{text} {ENGLISH}", text[: len(text) // 4], ENGLISH]
    name = {"jsonl": "x.jsonl", "csv": "x.csv", "as_json": "x.json"}[form.__name__]
    path = write(tmp_path / name, form(texts, encoding))
    articles, problems = load(path)
    assert [article.text for article in articles] == texts
    problem = only(problems)
    assert (problem.kind, problem.file) == ("repaired", str(path))
    assert problem.reason.startswith("invalid UTF-8: read as ")
    assert "--encoding" in problem.advice


@pytest.mark.parametrize(("language", "encoding"), IN_ENCODINGS)
def test_a_text_and_an_undeclared_page_are_read_in_their_encoding(tmp_path, language, encoding):
    text = TEXTS[language][1]
    articles, problems = load(write(tmp_path / "x.txt", f"{text}\n{text}".encode(encoding)))
    assert articles[0].text == f"{text}\n{text}"
    assert "read as" in only(problems).reason
    page = f"<html><head><title>{text[:20]}</title></head><body><p>{text}</p><p>{text} {text}</p></body></html>"
    articles, problems = load(write(tmp_path / "x.html", page.encode(encoding)))
    assert text in articles[0].text
    assert len(problems) == (encoding != "windows-1252")  # which browsers take without a declaration


def test_a_file_in_utf8_with_some_lines_of_another_encoding(tmp_path):
    content = as_jsonl([{"id": "a", "text": RUSSIAN}]) + jsonl([RUSSIAN] * 3, "koi8-r")
    articles, problems = load(write(tmp_path / "x.jsonl", content))
    assert [article.text for article in articles] == [RUSSIAN] * 4
    assert only(problems).line == 2


def test_utf8_with_broken_bytes_stays_utf8(tmp_path):
    damaged = RUSSIAN.encode()[:80] + b"\xff" + RUSSIAN.encode()[80:]
    articles, problems = load(write(tmp_path / "x.csv", b"id;text\n1;" + damaged + b"\n2;" + damaged + b"\n"))
    assert [article.text for article in articles] == [damaged.decode("utf-8", "replace")] * 2
    assert [problem.reason for problem in problems] == ["invalid UTF-8: the unreadable bytes became U+FFFD"] * 2


def test_a_pipe_is_read_by_what_came_so_far():
    stream = io.BytesIO(jsonl([ENGLISH, *[RUSSIAN] * 5], "windows-1251"))
    stream.seekable = lambda: False
    problems = []
    articles = list(read(["-"], stdin=stream, on_problem=problems.append))
    assert [article.text for article in articles] == [ENGLISH, *[RUSSIAN] * 5]
    assert only(problems).reason == "invalid UTF-8: read as windows-1251"


def test_one_file_says_nothing_about_the_next(tmp_path):
    for name, encoding in (("a", "windows-1251"), ("b", "koi8-r"), ("c", "windows-1251")):
        write(tmp_path / f"{name}.csv", f"id;text\n{name};{RUSSIAN}\n".encode(encoding))
    articles, problems = load(tmp_path)
    assert [article.text for article in articles] == [RUSSIAN] * 3
    assert [problem.reason.rpartition(" ")[2] for problem in problems] == ["windows-1251", "KOI8-R", "windows-1251"]


def test_dates_that_need_the_whole_file_are_found_in_its_encoding(tmp_path):
    rows = f"id;text;date\r\n1;{RUSSIAN};03/04/2024\r\n2;{RUSSIAN};25/04/2024\r\n".encode("windows-1251")
    articles, problems = load(write(tmp_path / "x.csv", rows))
    assert [article.published_at.month for article in articles] == [4, 4]
    assert only(problems).line == 2


def test_the_user_may_name_the_encoding(tmp_path):
    short = write(tmp_path / "x.csv", "id;text\n1;Łódź\n".encode("iso8859-2"))
    articles, problems = load(short, encoding="ISO-8859-2")
    assert [article.text for article in articles] == ["Łódź"]
    assert only(problems).reason == "invalid UTF-8: read as ISO-8859-2"
    page = write(tmp_path / "x.html", f"<p>{RUSSIAN}</p><p>{RUSSIAN}</p>".encode("koi8-r"))
    assert RUSSIAN in load(page, encoding="koi8-r")[0][0].text


@pytest.mark.parametrize("name", ["no-such", "", "utf-16", "base64", "rot13", "a\0b"])
def test_an_encoding_that_files_cannot_have_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="no encoding of files has the name"):
        codec_named(name)
    if name:
        with pytest.raises(InputError, match="no encoding of files"):
            load(write(tmp_path / "x.txt", b"\xe9"), encoding=name)


def test_bytes_in_parquet_are_decoded(tmp_path):
    values = pa.array([ENGLISH.encode(), RUSSIAN.encode("windows-1251"), RUSSIAN.encode()], pa.binary())
    pq.write_table(pa.table({"id": ["a", "b", "c"], "text": values}), tmp_path / "x.parquet")
    articles, problems = load(tmp_path / "x.parquet")
    assert [article.text for article in articles] == [ENGLISH, RUSSIAN, RUSSIAN]
    assert only(problems).reason == "invalid UTF-8: read as windows-1251"


def test_texts_of_several_western_languages_are_windows_1252():
    western = [text.encode(encodings[0]) for encodings, text in TEXTS.values() if encodings == ("windows-1252",)]
    assert detect(western) == detect([b"\n".join(western)]) == "cp1252"


def test_nothing_is_said_of_nothing():
    assert detect([]) == detect([b""]) == detect([ENGLISH.encode()]) == "cp1252"
    assert Charset().decode(b"") == ("", ())


@given(st.binary(max_size=300))
def test_any_bytes_are_decoded(raw):
    charset = Charset()
    assert charset.decode(raw) == Charset().decode(raw)
    assert isinstance(charset.decode(raw[::-1])[0], str)


@given(st.text(max_size=200))
def test_utf8_is_never_anything_else(text):
    assert Charset().decode(text.encode("utf-8", "replace")) == (text.encode("utf-8", "replace").decode(), ())
