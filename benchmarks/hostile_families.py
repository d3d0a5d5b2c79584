"""The families of hostile input that ``benchmarks.hostile`` measures: for each file name, a function of the size in bytes.

A family is a pattern that an attacker, a broken crawler or a real wire sends. Most are texts, of which a file holds two
that differ in three places; the others are whole files.
"""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import json
import random
import zipfile
from collections.abc import Callable

# --- families of texts ----------------------------------------------------------------------------------------------

_NEWS = "vote harbour minister storm talks police river court budget strike bridge market fire school treaty"
_WORDS = _NEWS.split()


def _repeated(pattern: str) -> Callable[[int], str]:
    return lambda size: pattern * (size // len(pattern.encode("utf-8", "surrogatepass")))


def _numbered(pattern: str) -> Callable[[int], str]:
    """The pattern with another number each time."""

    def text(size: int) -> str:
        parts, left = [], size
        for number in itertools.count():
            part = pattern.format(number)
            left -= len(part.encode())
            if left < 0:
                return "".join(parts)
            parts.append(part)
        raise AssertionError

    return text


def _random_words(size: int) -> str:
    """Sentences of a few words only, in random order: every sentence resembles very many others."""
    source = random.Random(7)
    sentences = []
    while size > 0:
        sentence = " ".join(source.choices(_WORDS, k=9)).capitalize() + ". "
        sentences.append(sentence)
        size -= len(sentence)
    return "".join(sentences[:-1])


def _thue_morse(size: int) -> str:
    return "".join("even " if number.bit_count() % 2 else "odd " for number in range(size // 5))


def _every_character(size: int) -> str:
    return "".join(map(chr, itertools.chain(range(1, 0xD800), range(0xE000, 0x40000))))[: size // 4]


def _made_of(part: Callable[[random.Random, int], str]) -> Callable[[int], str]:
    """As many parts as fit, each made from a seeded source of random numbers and its own number."""

    def text(size: int) -> str:
        source, parts = random.Random(7), list[str]()
        for number in itertools.count():
            made = part(source, number)
            size -= len(made.encode())
            if size < 0:
                break
            parts.append(made)
        return "".join(parts)

    return text


def _sentence(source: random.Random, number: int) -> str:
    return " ".join(source.choices(_WORDS, k=11)).capitalize() + f" {number}. "


def _soft_hyphens(source: random.Random, number: int) -> str:
    return _sentence(source, number).replace("r", "r\u00ad")


def _result(source: random.Random, number: int) -> str:
    """A line of a table of sports results."""
    goals = [source.randrange(90) for _ in range(6)]
    return f"{number % 20 + 1}\t{source.choice(_WORDS).capitalize()} United\t" + "\t".join(map(str, goals)) + "\n"


def _entry(source: random.Random, number: int) -> str:
    """A dated entry of a live blog."""
    time = f"{number // 60 % 24:02}:{number % 60:02} BST 1 May 2024"
    return f"{time}\n{_sentence(source, number)}“{_sentence(source, number)}” the minister said.\n\n"


def _script(source: random.Random, number: int) -> str:
    """A function of minified JavaScript, which a crawler took for text."""
    a, b, c = (source.choice("abcdefgh") + source.choice("xyz") for _ in range(3))
    return (
        f"function {a}({b},{c}){{if({b}!=={number}&&!{c}.length)return {a}({b}-1,[{c}[0]||'',...{c}]);return{{k:{b}}}}}"
    )


def _base64(size: int) -> str:
    """A picture within the text."""
    return base64.b64encode(random.Random(7).randbytes(size * 3 // 4)).decode()


TEXTS: dict[str, Callable[[int], str]] = {
    "words_hi": _repeated("Hi! "),
    "words_hi_numbered": _numbered("Hi {}! "),
    "words_one_letter": _repeated("a "),
    "words_one": _repeated("a"),
    "words_few": _random_words,
    "words_thue_morse": _thue_morse,
    "words_all_different": _numbered("w{} x{}y ".replace("x{}y", "x")),
    "words_soft_hyphens": _made_of(_soft_hyphens),
    "words_script": _made_of(_script),
    "words_base64": _base64,
    "sentences_numbered": _numbered("The court in the harbour heard witness {} on Monday. "),
    "sentences_no_end": _numbered("and then {} "),
    "sentences_initials": _repeated("A. "),
    "sentences_abbreviations": _repeated("U.S. Gen. "),
    "sentences_full_stops": _repeated("."),
    "sentences_question_marks": _repeated("?! "),
    "sentences_ideographic": _repeated("新。"),
    "quotes_straight": _repeated('"'),
    "quotes_open": _repeated("“a "),
    "quotes_guillemets": _repeated("‹!--"),
    "quotes_pairs": _repeated('"a" '),
    "quotes_apostrophes": _repeated("'a"),
    "quotes_single": _repeated("'a "),
    "brackets_open": _repeated("("),
    "brackets_pairs": _repeated("(a) "),
    "spaces": _repeated(" "),
    "spaces_wide": _repeated("\u3000"),
    "lines_empty": _repeated("\n"),
    "lines_short": _repeated("a\n"),
    "lines_wrapped": _numbered("this line of some wrapped text has the number {} and goes on\n"),
    "lines_credits": _numbered("By Ann Lee {}\n"),
    "lines_copyright": _numbered("Copyright {} The Associated Press. All rights reserved.\n"),
    "lines_results": _made_of(_result),
    "lines_live_blog": _made_of(_entry),
    "marks_combining": _repeated("\u0301"),
    "marks_alternating": _repeated("a\u0301\u0323"),
    "marks_expanding": _repeated("\ufdfa "),
    "letters_sharp_s": _repeated("ß"),
    "letters_han": _repeated("新聞社"),
    "letters_thai": _repeated("ก้"),
    "letters_joined": _repeated("a\u200d"),
    "letters_every": _every_character,
    "emoji_joined": _repeated("👩\u200d👩\u200d👧 "),
    "bidi": _repeated("\u202ea"),
    "numbers_grouped": _repeated("1,000,"),
    "numbers_long": _repeated("1"),
    "addresses_web": _repeated("http://a.b/c?d="),
    "addresses_one": _repeated("https://www.a.example/news/2024/05/01/story-1234.html?source=x "),
    "addresses_mail": _repeated("a@b."),
    "entities": _repeated("&lt;"),
    "datelines": _repeated("LONDON (Reuters) - "),
    "dashes": _repeated("- "),
}


def json_lines(*articles: dict[str, object]) -> bytes:
    """Articles as JSON lines, with half surrogates as a broken crawler writes them."""
    return b"".join(
        json.dumps(article, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n" for article in articles
    )


def _two_texts(text: Callable[[int], str]) -> Callable[[int], bytes]:
    """Two articles of half the size each. The second one differs in its beginning, its middle and its end."""

    def content(size: int) -> bytes:
        one = text(size // 2)
        one = text(size // 2 * (len(one.encode()) + 2) // len(json_lines({"text": one})))  # JSON escapes some
        middle = len(one) // 2
        other = f"Talks began. {one[:middle]} Talks went on. {one[middle:]} Talks ended."
        return json_lines(
            {"id": "a", "text": one, "publisher": "P", "published_at": "2024-05-01T10:00:00Z"},
            {"id": "b", "text": other, "publisher": "Q", "published_at": "2024-05-02T10:00:00Z"},
        )

    return content


def _many_texts(text: Callable[[int], str], characters: int) -> Callable[[int], bytes]:
    """As many articles of so many characters as fit, which share most of their words."""

    def content(size: int) -> bytes:
        piece = text(8 * characters)[:characters]
        rows, left = [], size
        for number in itertools.count():
            row = json_lines(
                {
                    "id": "ab"[number] if number < 2 else f"n{number}",
                    "text": f"{piece} {number}",
                    "publisher": f"P{number % 7}",
                }
            )
            left -= len(row)
            if left < 0:
                return b"".join(rows)
            rows.append(row)
        raise AssertionError

    return content


def _many(make: Callable[[int], dict[str, object]]) -> Callable[[int], bytes]:
    """As many articles of one day as fit; ``make`` gives the fields of each but its id and its date."""

    def content(size: int) -> bytes:
        rows: list[bytes] = []
        for number in itertools.count():
            name = "ab"[number] if number < 2 else f"n{number}"
            rows.append(json_lines({"id": name, "published_at": "2024-05-01T10:00:00Z", **make(number)}))
            size -= len(rows[-1])
            if size < 0:
                break
        return b"".join(rows[:-1])

    return content


def _body(number: int) -> str:
    """Some sentences of an article, which no other article has."""
    source = random.Random(number)
    return "".join(_sentence(source, source.randrange(1_000_000)) for _ in range(4))


def _one_title(number: int) -> dict[str, object]:
    words = " ".join(random.Random(number).choices(_WORDS, k=9))
    return {"title": "Evening briefing: what to know", "publisher": f"P{number % 50}", "text": f"{words} {number}."}


def _ring(number: int) -> dict[str, object]:
    """Each article quotes the next one."""
    quoted = f"P{number + 1} reported: “{_body(number + 1)}”"
    return {"publisher": f"P{number}", "text": f"{_body(number)}{quoted}"}


def _series(number: int) -> dict[str, object]:
    """A daily report made from a template."""
    figures = number * 7 % 9000, number % 100, number % 17, number * 3 % 991
    text = "The index closed at {} points, up {} on the day. Shares of Acme rose {} percent to {} dollars."
    return {"publisher": "P", "text": text.format(*figures)}


def _nested(size: int) -> bytes:
    """Each article holds the one before it, as a page that is crawled again each time something is added to it."""
    text = ""

    def longer(number: int) -> dict[str, object]:
        nonlocal text
        text = f"{_sentence(random.Random(number), number)}\n{text}"
        return {"publisher": f"P{number % 5}", "text": text}

    return _many(longer)(size)


# --- families of files ----------------------------------------------------------------------------------------------


def _field(name: str, pattern: str) -> Callable[[int], bytes]:
    """Two articles with a field that is as large as the file."""
    return lambda size: json_lines(
        {"id": "a", "text": "Talks ended on Friday.", name: _repeated(pattern)(size // 2)},
        {"id": "b", "text": "Talks ended on Monday.", name: _repeated(pattern)(size // 2)},
    )


def _gzip(before: bytes, part: bytes, after: bytes) -> Callable[[int], bytes]:
    """A gzip file that unpacks to a thousand times its size: the part, very often, between the two others."""

    def content(size: int) -> bytes:
        buffer = io.BytesIO()
        megabyte = part * (1_000_000 // len(part))
        with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed:
            packed.write(before)
            for _ in range(size // 1000):
                packed.write(megabyte)
            packed.write(after)
        return buffer.getvalue()

    return content


def _parquet(size: int) -> bytes:
    """One text of half the size in very many rows, which Parquet stores once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = "".join(random.Random(7).choices("abcdefgh ", k=size // 2))
    rows = size // 500
    column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), [text])
    buffer = io.BytesIO()
    pq.write_table(pa.table({"text": column}), buffer, compression="snappy")
    return buffer.getvalue()


def _xml(before: str, part: str, after: str) -> Callable[[int], bytes]:
    """A document with a part that is repeated, numbered where it has ``{}``."""
    return lambda size: (before + _numbered(part)(size - len(before) - len(after)) + after).encode()


def _zip(name: str, content: bytes) -> Callable[[int], bytes]:
    """As many members with this name and content as give the size, packed."""

    def archive(size: int) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
            for number in itertools.count():
                if buffer.tell() > size // 2:  # the list of the members follows
                    break
                packed.writestr(zipfile.ZipInfo(name.format(number)), content, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    return archive


def _warc(body: str) -> Callable[[int], str]:
    """As many captures of one page as give the size."""
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{body}"
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{}>\r\nWARC-Target-URI: http://a.example/{}\r\n"
        f"Content-Type: application/http\r\nContent-Length: {len(answer)}\r\n\r\n"
    )
    return _numbered(head.replace("{}>", "1>") + answer + "\r\n\r\n")


_RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>Post</title>'
_ITEM = "<item><guid>{}</guid><title>Talks</title><description>Talks ended on Friday.</description></item>"
_RUSSIAN = "Совет утвердил ремонт моста. ".encode("windows-1251")

FILES: dict[str, Callable[[int], bytes]] = {
    "field_title.jsonl": _field("title", "Hi! "),
    "field_publisher.jsonl": _field("publisher", "A b "),
    "field_date.jsonl": _field("published_at", "1 "),
    "field_date_digits.jsonl": _field("published_at", "1"),
    "field_language.jsonl": _field("language", "en-"),
    "field_url.jsonl": _field("url", "http://"),
    "field_id.jsonl": (
        lambda size: json_lines(
            {"id": "a" * (size // 2), "text": "Talks ended."}, {"id": "b", "text": "Talks ended " * (size // 30)}
        )
    ),
    "html_tags.jsonl": (
        lambda size: json_lines(
            {"id": "a", "body_html": "<p>" * (size // 6)}, {"id": "b", "body_html": "<p>a" * (size // 8)}
        )
    ),
    "html_comments.jsonl": (
        lambda size: json_lines(
            {"id": "a", "body_html": "<!--" * (size // 8)}, {"id": "b", "body_html": "<!--a-->" * (size // 16)}
        )
    ),
    "html_attributes.jsonl": (
        lambda size: json_lines(
            {"id": "a", "body_html": "<a " * (size // 6)}, {"id": "b", "body_html": '<a b="' * (size // 14)}
        )
    ),
    "html_entities.jsonl": (
        lambda size: json_lines(
            {"id": "a", "body_html": "&amp;" * (size // 10)}, {"id": "b", "body_html": "&#1" * (size // 6)}
        )
    ),
    "articles_alike.jsonl": _many_texts(_random_words, 900),
    "articles_short.jsonl": _many_texts(_repeated("Hi! "), 40),
    "articles_one_letter.jsonl": _many_texts(_repeated("a"), 1),
    "articles_one_title.jsonl": _many(_one_title),
    "articles_ring.jsonl": _many(_ring),
    "articles_series.jsonl": _many(_series),
    "articles_nested.jsonl": _nested,
    "articles_same_id.jsonl": (
        lambda size: b"".join(b'{"id": "a", "text": "%d"}\n' % number for number in range(size // 30))
    ),
    "json_nested.json": lambda size: b"[" * size,
    "json_nested_line.jsonl": (lambda size: b'{"text": ' + b'{"a":' * (size // 6) + b"1" + b"}" * (size // 6) + b"}\n"),
    "json_names.jsonl": (
        lambda size: (
            json.dumps({"text": "Talks ended.", **{f"n{number}": 1 for number in range(size // 14)}}).encode() + b"\n"
        )
    ),
    "json_members.jsonl": lambda size: b'{"id": "a", "text": [' + b'"a",' * (size // 4 - 10) + b'"a"]}\n',
    "json_list.jsonl": lambda size: b'{"articles": [' + b"{}," * (size // 3 - 10) + b"{}]}\n",
    "json_digits.jsonl": lambda size: b'{"id": ' + b"1" * (size - 30) + b', "text": "a"}\n',
    "json_empty_lines.jsonl": lambda size: b"{}\n" * (size // 3),
    "json_bad_lines.jsonl": lambda size: b"x\n" * (size // 2),
    "json_not_utf8.jsonl": lambda size: b'{"text": "' + b"\xff" * (size - 20) + b'"}\n',
    "json_surrogates.jsonl": lambda size: b'{"text": "' + b"\\ud800" * (size // 6 - 5) + b'"}\n',
    "csv_columns.csv": lambda size: b"text," + b"a," * (size // 4) + b"\n" + b"b," * (size // 4) + b"\n",
    "csv_cells.csv": lambda size: b"id,text\na," + b"b," * (size // 2 - 10) + b"\n",
    "csv_open_quote.csv": lambda size: b'id,text\na,"' + b"a\n" * (size // 2 - 10),
    "csv_quotes.csv": lambda size: b"id,text\na," + b'"' * (size - 20) + b"\n",
    "csv_many_rows.csv": lambda size: b"id,text\n" + b"a\n" * (size // 2 - 10),
    "text_not_utf8.txt": lambda size: b"\x80" * size,
    "text_utf16.txt": lambda size: b"\xff\xfe" + b"\x00\xd8" * (size // 2 - 1),
    "gzip_line.jsonl.gz": _gzip(b'{"id": "a", "text": "', b"a ", b'"}\n'),
    "gzip_cell.csv.gz": _gzip(b'id,text\na,"', b"a b\n", b'"\n'),
    "gzip_empty_lines.jsonl.gz": _gzip(b"", b"\n", b""),
    "gzip_json.json.gz": _gzip(b"[", b"{},\n", b"{}]"),
    "gzip_members.jsonl.gz": lambda size: gzip.compress(b"", mtime=0) * (size // 20),
    "parquet_dictionary.parquet": (_parquet),
    "html_formatting.jsonl": (
        lambda size: json_lines(
            {"id": "a", "body_html": _numbered("<font a={}>")(size // 4) + "<p>a" * (size // 16)},
            {"id": "b", "body_html": "<p " + _numbered("a{}=b ")(size // 2) + ">a"},
        )
    ),
    "page_blocks.html": lambda size: b"<html><body>" + b"<div>a " * (size // 7),
    "page_paragraphs.html": lambda size: b"<html><body>" + b"<p>Talks ended on Friday.</p>" * (size // 29),
    "page_links.html": lambda size: b"<html><body>" + b"<a href=/x>a</a> " * (size // 17),
    "page_formatting.html": lambda size: (
        "<html><body>" + _numbered("<font a={}>")(size // 2) + "<p>a" * (size // 8)
    ).encode(),
    "page_metas.html": lambda size: b"<html><head>" + b"<meta name=date content=x>" * (size // 27),
    "page_not_utf8.html": lambda size: b"<html><body><p>" + b"\xe9a " * (size // 3),
    "feed_items.rss": _xml(_RSS, _ITEM, "</channel></rss>"),
    "feed_open.rss": _xml(_RSS, "<item><description>&lt;p&gt;", ""),
    "feed_entities.rss": _xml(_RSS, "<item><description>&nbsp;&eacute;{}</description></item>", "</channel></rss>"),
    "newsml_nested.nitf": _xml("<nitf><body><body.content>", "<block><p>a", ""),
    "newsml_items.newsml": _xml(
        "<newsMessage><itemSet>", "<newsItem guid='{}'><contentSet/></newsItem>", "</itemSet></newsMessage>"
    ),
    "warc_pages.warc": lambda size: _warc("<html><body><p>Talks ended on Friday.</p></body></html>")(size).encode(),
    "zip_members.zip": _zip("a{}.txt", b"Talks ended."),
    "zip_bomb.zip": _zip("a{}.txt", b"a " * 4_000_000),
    "charset_lines.jsonl": lambda size: b'{"text": "%b"}\n' % (_RUSSIAN * 3) * (size // 110),
    "charset_short.csv": lambda size: b"id;text\n" + b";\xe9\x81\n" * (size // 4),
    "charset_line.jsonl": lambda size: b'{"id": "a", "text": "%b"}\n' % (_RUSSIAN * (size // 30)),
    "dates_words.jsonl": lambda size: _numbered('{{"id": "{}", "text": "a", "date": "5 lis 2024"}}\n')(size).encode(),
}


def families() -> dict[str, Callable[[int], bytes]]:
    """For every file name, a function that gives the content of about so many bytes."""
    texts = {f"{name}.jsonl": _two_texts(text) for name, text in TEXTS.items()}
    return texts | FILES
