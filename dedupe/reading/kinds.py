"""Recognise what a file is by its first bytes, whatever its name says.

format_of(name)     the format that belongs to the extension of a file name
recognise(head)     the format that the first bytes show, or a kind of file that cannot be read
UNREADABLE          what these kinds are, and what to do about each
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

HEAD_BYTES = 1024
"""Bytes of a file that are looked at."""

_EXTENSIONS = {
    ".txt": "text", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".ninjs": "json",
    ".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".rss": "feed", ".atom": "feed", ".xml": "xml", ".nitf": "newsml", ".newsml": "newsml",
    ".html": "page", ".htm": "page", ".xhtml": "page", ".warc": "warc", ".wet": "warc",
    ".xlsx": "sheet", ".xlsm": "sheet", ".xls": "sheet", ".zip": "zip", ".tar": "tar", ".tgz": "tar",
}  # fmt: skip

UNREADABLE = {
    "postscript": ("PostScript", "convert it to .txt"),
    "pdf": ("a PDF", "convert it to .txt, for example with pdftotext"),
    "rtf": ("an RTF document", "convert it to .txt"),
    "word": ("a Word document", "convert it to .txt"),
    "slides": ("slides", "convert them to .txt"),
    "open document": ("an office document", "convert it to .txt, a table to .xlsx or .csv"),
    "old office": ("an old Office document (.doc, .xls)", "convert it to .txt, a table to .xlsx or .csv"),
    "book": ("an e-book", "convert it to .txt"),
    "packed": ("a file that is packed in another way than gzip or zip", "unpack it first"),
    "media": ("a picture, a sound or a film", "leave it out"),
    "mail": ("a mail, or a page saved as MHTML", "save it as .html or .txt"),
    "unknown xml": ("XML that is no RSS, Atom, NewsML-G2, NITF or XHTML", "convert it to JSON lines"),
    "page for data": ("a web page in place of data", "check how it was fetched"),
    "binary": ("binary data", "name a file with articles"),
}
"""For each kind of file that is not read: what it is, and advice."""

_FIRST_BYTES: dict[str, tuple[bytes, ...]] = {
    "parquet": (b"PAR1",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "warc": (b"WARC/1.",),
    "pdf": (b"%PDF-",),
    "postscript": (b"%!PS-",),
    "rtf": (rb"{\rtf",),
    "old office": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
    # gzip (inside of gzip, since the outer one is unpacked before), compress, bzip2, xz, zstd, lz4, 7z, rar
    "packed": (
        *(b"\x1f\x8b", b"\x1f\x9d", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18"),
        *(b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", *(b"BZh%d1AY" % level for level in range(1, 10))),
    ),
    "media": (
        *(b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"OggS\0", b"fLaC"),
        *(b"ID3\x02", b"ID3\x03", b"ID3\x04"),
    ),
    "binary": (b"\x7fELF", b"SQLite format 3\0", b"Obj\x01", b"ARROW1\0"),
}

_PREAMBLE = re.compile(rb"(?:\s+|<\?[^>]*>|<!--.*?-->|<!DOCTYPE\b[^\[>]*(?:\[.*?\]\s*)?>)*", re.DOTALL | re.IGNORECASE)
_DOCTYPE_HTML = re.compile(rb"<!DOCTYPE\s+html", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([a-zA-Z][\w.-]*)(?=[\s/>])")

_ROOTS = {
    b"rss": "feed", b"feed": "feed", b"rdf": "feed", b"nitf": "newsml", b"newsitem": "newsml",
    b"newsmessage": "newsml", b"newsml": "newsml",
}  # fmt: skip
_PAGE_ROOTS = frozenset(
    b"html head body title meta link script style main header footer nav article section div p span h1 h2 h3 h4 table "
    b"ul ol blockquote figure img a br center font".split()
)

_OF_ZIP = {
    "xl/workbook.xml": "sheet", "word/document.xml": "word", "ppt/presentation.xml": "slides",
    "xl/workbook.bin": "open document", "META-INF/container.xml": "book", "META-INF/manifest.xml": "open document",
}  # fmt: skip
"""What a zip file is that has a member of this name."""

# The head of a mail whose body is no plain text.
_MAIL = re.compile(rb"[a-z-]+: (?:[^\n]+\n)+?content-type:\s*(?:multipart/|text/html)", re.IGNORECASE)

_CONTROLS = re.compile(rb"[\x00-\x07\x0e-\x19\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Content:
    """An opened file and the format that it is in: that of its content, or a kind in ``UNREADABLE``.

    ``parts`` is what it holds, unpacked. ``stream`` is the same as a file that can be read in any order, for the
    formats that need it.
    """

    kind: str
    parts: Iterator[bytes]
    stream: BinaryIO


def format_of(file_name: str) -> str | None:
    """Return the format that belongs to the extension of a file name, or None. ``.gz`` may follow the extension.

    >>> format_of("day.jsonl.gz"), format_of("README.md")
    ('jsonl', None)
    """
    name = file_name.lower().removesuffix(".gz")
    return next((kind for ending, kind in _EXTENSIONS.items() if name.endswith(ending)), None)


def recognise(head: bytes) -> str | None:
    """Return the format, or the unreadable kind, that the first bytes of a file show; None if they show neither.

    Text, JSON and CSV show nothing here.

    >>> recognise(b"%PDF-1.7"), recognise(b"<!doctype html><html>"), recognise(b"Talks ended.")
    ('pdf', 'page', None)
    """
    start = head.lstrip()
    for kind, beginnings in _FIRST_BYTES.items():
        if start.startswith(beginnings):
            return kind
    if head[257:262] == b"ustar":
        return "tar"
    if head[4:8] == b"ftyp" or (head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b"WAVE", b"AVI ")):
        return "media"
    if _MAIL.match(start[:HEAD_BYTES]):
        return "mail"
    return _markup(start[:HEAD_BYTES]) if start.startswith(b"<") else None


def _markup(start: bytes) -> str | None:
    """Return what markup is by its first element. None if it may as well be text that begins with "<"."""
    if _DOCTYPE_HTML.search(start):
        return "page"
    preamble = _PREAMBLE.match(start)
    place = preamble.end() if preamble else 0
    root = _ROOT.match(start, place)
    if root is None:
        return "unknown xml" if start.startswith(b"<?xml") else None
    name = root[1].lower()
    if name in _ROOTS:
        return _ROOTS[name]
    if name in _PAGE_ROOTS:
        return "page"
    is_xml = start.startswith(b"<?xml") or b"xmlns" in start or b"</" + root[1] + b">" in start
    return "unknown xml" if is_xml else None


def is_binary(head: bytes) -> bool:
    """Return whether bytes are no text in any usual encoding: they are not UTF-8, and have control characters."""
    if not _CONTROLS.search(head[:HEAD_BYTES]):
        return False
    try:
        head[:HEAD_BYTES].decode()
    except UnicodeDecodeError as error:
        return error.start < len(head[:HEAD_BYTES]) - 3  # not merely cut inside of the last character
    return False


def kind_of_zip(names: Iterable[str]) -> str:
    """Return what a zip file is by the names of its members: "sheet", "zip", or an unreadable kind."""
    members = set(names)
    for member, kind in _OF_ZIP.items():
        if member in members:
            return kind
    return "zip"
