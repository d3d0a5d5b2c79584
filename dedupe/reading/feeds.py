"""Read the articles of a feed: RSS of any version, or Atom."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from dedupe.reading.extras import load
from dedupe.reading.fields import Record
from dedupe.reading.html import text_of_html
from dedupe.reading.problems import Origin
from dedupe.reading.xml import parse_xml

_MARKUP = re.compile(r"<[a-zA-Z/!]|&(?:#\d+|\w+);")


def feed_records(parts: Iterator[bytes], origin: Origin) -> Iterator[Record]:
    """Yield one record for each item of a feed. An item without an author's source has the publisher of the feed."""
    modules = load("RSS and Atom", origin, "feedparser", "lxml.etree")
    root = parse_xml(parts, "RSS and Atom", origin) if modules else None
    if modules is None or root is None:
        return
    feedparser, etree = modules
    # feedparser opens what is a name or an address, so it gets a file. What is well-formed keeps it from its second
    # parser, whose time grows with the square of unclosed markup.
    plain = io.BytesIO(etree.tostring(root, encoding="utf-8", xml_declaration=True))
    try:
        feed = feedparser.parse(plain, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # noqa: BLE001 - feedparser documents none, but unusual names of elements have raised
        origin.skipped(f"the feed cannot be read: {error!r:.200}", "check that it is complete")
        return
    for number, entry in enumerate(feed.entries, 1):
        yield Record(_fields(entry, feed.feed), number, str(number), verbatim=True)


def _fields(entry: Any, feed: Any) -> dict[str, Any]:  # noqa: ANN401 - dictionaries of feedparser
    contents = [part.get("value") or "" for part in entry.get("content", [])]  # of damaged feeds, values may be None
    text = max([*contents, entry.get("summary") or ""], key=len)
    source = entry.get("source") or {}
    fields = {
        "id": entry.get("id"),
        "title": text_of_html(entry.get("title") or "").replace("\n", " "),
        "published_at": entry.get("published") or dict.get(entry, "updated"),  # its own get() warns of an old mapping
        "publisher": source.get("title") or feed.get("title"),
        "url": entry.get("link") if "://" in (entry.get("link") or "") else None,  # not an id that is no address
        "language": entry.get("language") or feed.get("language"),
        "text": text_of_html(text) if _MARKUP.search(text) else text,
    }
    return {name: value for name, value in fields.items() if value is not None}
