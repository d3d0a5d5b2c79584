"""Read the article of a web page: its text without menus, teasers and footers."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

from dedupe.errors import InputError
from dedupe.reading.charsets import WESTERN, Charset, codec_named, detect
from dedupe.reading.extras import load
from dedupe.reading.fields import NOT_UTF8, Record, Repairs
from dedupe.reading.problems import Origin
from dedupe.reading.streams import whole

MAX_PAGE_BYTES = 4_000_000
"""The largest page that is read. The longest news pages have two megabytes, and each takes about two seconds."""

MAX_PAGE_TAGS = 100_000
"""The most tags of a page that is read. News pages have a few thousand, and each takes up to 0.05 ms."""

_LARGER = "save the text of the article as .txt"

_CHARSET = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)

_LOGGERS = ("trafilatura", "htmldate", "courlan", "justext", "readability")

# How pages declare when they were published, the most common first. trafilatura's own search of a date takes any that
# stands in the page, and reads 01/02/2024 with the day first.
_DATE_NAMES = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "pubdate",
    "publishdate", "publish-date", "publish_date", "publication_date", "sailthru.date", "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dcterms.date", "dc.date", "date",
)  # fmt: skip
_JSON_DATE = re.compile(r"\"datePublished\"\s*:\s*\"([^\"]{4,60})\"")
_DATED_TAG = re.compile(r"<(?:meta|time)\b[^<>]{1,600}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-z:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)


def page_records(parts: Iterator[bytes], origin: Origin, limit: int) -> Iterator[Record]:
    """Yield the article of a file that holds one page."""
    content = whole(parts, min(limit, MAX_PAGE_BYTES), origin, _LARGER)
    record = page_record(content, origin) if content else None
    if record is not None:
        yield record


def page_record(
    raw: bytes, origin: Origin, line: int | None = None, place: str = "", charset: str | None = None, url: str = ""
) -> Record | None:
    """Return the article of a page. If there is none, report a problem and return None.

    ``charset`` and ``url`` are what the server said. Without a ``url``, the page is named by its file.
    """
    modules = load("HTML", origin, "trafilatura")
    if modules is None:
        return None
    for name in _LOGGERS:  # without a handler, Python prints what they log
        logging.getLogger(name).addHandler(logging.NullHandler())
    if len(raw) > MAX_PAGE_BYTES:
        origin.skipped(f"more than {MAX_PAGE_BYTES:,} bytes", _LARGER, line)
        return None
    if raw.count(b"<") > MAX_PAGE_TAGS:
        origin.skipped(f"more than {MAX_PAGE_TAGS:,} tags", _LARGER, line)
        return None
    html, repairs = decode_page(raw, (origin.charset.given, charset))
    try:
        page: Any = modules[0].bare_extraction(
            html,
            url=url or None,
            with_metadata=True,
            include_comments=False,
            date_extraction_params={"extensive_search": False},
        )
    except Exception as error:  # noqa: BLE001 - pages meet errors of several libraries
        origin.skipped(f"the page cannot be read: {error!r:.200}", _LARGER, line)
        return None
    if page is None or not (page.text or "").strip():
        origin.skipped("no article in this page", f"{_LARGER}, if there is one", line)
        return None
    title = page.title or ""
    fields = {
        "id": url or (f"{origin.stem}:{place}" if place else origin.stem),
        "title": title,
        "text": page.text.removeprefix(f"{title}\n"),
        "publisher": page.sitename or page.hostname,
        "published_at": _declared_date(html),
        "url": url or page.url,
        "language": _language(html),
    }
    return Record({name: value for name, value in fields.items() if value}, line, place, repairs, verbatim=True)


def _declared_date(html: str) -> str | None:
    """Return when a page says that it was published, as it writes it; None if it does not say so in its markup."""
    if in_json := _JSON_DATE.search(html):
        return in_json[1]
    found: dict[str, str] = {}
    for tag in _DATED_TAG.finditer(html):
        values = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(tag[0])}
        date = values.get("content") or values.get("datetime") or ""
        for name in (values.get("property"), values.get("name"), values.get("itemprop")):
            if name and date.strip():
                found.setdefault(name.lower(), date)
    return next((found[name] for name in _DATE_NAMES if name in found), None)


def _language(html: str) -> str | None:
    found = re.search(r"<html\b[^>]{0,1000}?\blang\s*=\s*[\"']?([A-Za-z-]{2,20})", html[:10_000], re.IGNORECASE)
    return found[1] if found else None


def decode_page(raw: bytes, declared: Iterable[str | None] = ()) -> tuple[str, Repairs]:
    """Decode a page: as UTF-8 if it is that, else in the first encoding that is declared for it, or it itself declares.

    A wrong declaration of UTF-8 is common, and text of another encoding is hardly ever valid UTF-8 by chance. What is
    undeclared is detected, or Windows-1252, as in browsers. A page that is UTF-8 with some damage stays UTF-8.
    """
    try:
        return raw.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    own = _CHARSET.search(raw[:4096])
    names = filter(None, (*declared, own[1].decode("ascii", "replace") if own else None))
    codec = next((codec for name in names if (codec := _codec(name)) not in (None, "utf-8")), None)
    detected = None if codec else detect([raw])
    text, repairs = Charset(codec or detected or WESTERN).decode(raw)
    if NOT_UTF8 in repairs or (detected and detected != WESTERN):
        return text, repairs
    return text, ()


def _codec(name: str) -> str | None:
    try:
        return codec_named(name)
    except InputError:
        return None
