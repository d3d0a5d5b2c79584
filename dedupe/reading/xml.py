"""Parse XML of unknown origin: no entities are followed, nothing is fetched, and damage does not stop it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Any

from dedupe.reading.extras import load
from dedupe.reading.problems import Origin
from dedupe.reading.streams import whole

MAX_XML_BYTES = 2**26
"""The largest XML document that is read. It must be held whole, and takes about ten times its size."""

# UTF-16 was transcoded to UTF-8 before, so that a declaration of it is wrong by now.
_UTF_16 = re.compile(rb"^(\s*<\?xml[^>]*?)\s+encoding\s*=\s*[\"']utf-16[a-z]*[\"']", re.IGNORECASE)

_ENCODING = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([\w.-]+)", re.IGNORECASE)

# The names of HTML are common in feeds, though XML has only five.
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]*;)")

# Signs that begin neither an entity nor a tag, as in "AT&T" and "< 5 %". CDATA and comments are matched as a whole.
_WHOLE = rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(?![\w:/!?])|<(?=\d)"
_STRAY = re.compile(_WHOLE + rb"|&(?!\w+;|#\d+;|#[xX][0-9a-fA-F]+;)", re.DOTALL)
_STRAY_OR_UNKNOWN = re.compile(_WHOLE + rb"|&(?!(?:amp|lt|gt|quot|apos|#\d+|#[xX][0-9a-fA-F]+);)", re.DOTALL)
_OF_XML = (b"amp;", b"lt;", b"gt;", b"quot;", b"apos;")


def parse_xml(parts: Iterator[bytes], what: str, origin: Origin) -> Any:  # noqa: ANN401 - lxml has no types
    """Return the root element of a document. If it cannot be parsed at all, report a problem and return None.

    Of a damaged document, what was recovered is returned, and the damage is reported.
    """
    modules = load(what, origin, "lxml.etree")
    if modules is None:
        return None
    raw = whole(parts, MAX_XML_BYTES, origin, "split it")
    if not raw:
        return None
    raw = _UTF_16.sub(rb"\1", raw, count=1)
    etree = modules[0]
    root, damage = _parsed(etree, raw), ""
    if root is None:
        raw = _in_utf8(raw, origin)
        raw = _ENTITY.sub(_as_number, raw)
        raw = (_STRAY if b"<!ENTITY" in raw else _STRAY_OR_UNKNOWN).sub(_escaped, raw)
        root = _parsed(etree, raw)
    if root is None:
        parser = _parser(etree, recover=True)
        root = _parsed(etree, raw, parser)
        damage = next((f": {error.message}, line {error.line}" for error in parser.error_log), "")
        if root is None:
            origin.skipped(f"not valid XML{damage}", "check that the file is complete")
            return None
        origin.skipped(f"damaged XML, parts may be lost{damage}", "check that the file is complete")
    if next(root.iter(etree.Entity), None) is not None:  # what a document declares itself may grow without end
        origin.skipped("entities that the document declares itself are left out", "write out their text")
        etree.strip_elements(root, etree.Entity, with_tail=False)
    return root


def _parser(etree: Any, *, recover: bool = False) -> Any:  # noqa: ANN401
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover, remove_pis=True,
        remove_comments=True,
    )  # fmt: skip


def _parsed(etree: Any, raw: bytes, parser: Any = None) -> Any:  # noqa: ANN401
    try:
        return etree.fromstring(raw, parser or _parser(etree))
    except (etree.XMLSyntaxError, ValueError, LookupError):  # the last where the encoding is unknown
        return None


def _in_utf8(raw: bytes, origin: Origin) -> bytes:
    """Return a document that says it is UTF-8, and is not, in UTF-8; any other as it is."""
    said = _ENCODING.match(raw)
    if said and said[1].lower() not in (b"utf-8", b"utf8"):
        return raw
    text, repairs = origin.charset.decode(raw)
    for repair in repairs:
        if origin.charset.is_news(repair):
            origin.repaired(*repair)
    return text.encode("utf-8", "replace")


def _escaped(found: re.Match[bytes]) -> bytes:
    return {b"&": b"&amp;", b"<": b"&lt;"}.get(found[0], found[0])


def _as_number(entity: re.Match[bytes]) -> bytes:
    characters = "" if entity[1] in _OF_XML else html5.get(entity[1].decode(), "")
    return "".join(f"&#{ord(char)};" for char in characters).encode() or entity[0]
