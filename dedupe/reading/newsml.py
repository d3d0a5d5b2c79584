"""Read articles in the XML of news agencies (IPTC): NewsML-G2, NewsML 1 and NITF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from dedupe.reading.extras import load
from dedupe.reading.fields import Record
from dedupe.reading.html import text_of_html
from dedupe.reading.problems import Origin
from dedupe.reading.xml import parse_xml

# Where each field stands, as the steps to an element and "@" with an attribute. The first that has a value counts.
_PLACES = {
    "id": ("@guid", "Identification/NewsIdentifier/PublicIdentifier", "head/docdata/doc-id@id-string", "@uno"),
    "title": (
        "contentMeta/headline", ".//NewsLines/HeadLine", ".//hedline/hl1", "head/title", "itemMeta/title",
    ),
    "published_at": (
        "itemMeta/firstCreated", "itemMeta/versionCreated", "contentMeta/contentCreated",
        "NewsManagement/FirstCreated", "NewsManagement/ThisRevisionCreated",
        ".//docdata/date.issue@norm", ".//docdata/date.release@norm", ".//pubdata@date.publication",
    ),
    "publisher": (
        "itemMeta/provider/name", "itemMeta/provider@literal", "itemMeta/provider@qcode",
        ".//NewsIdentifier/ProviderId", ".//docdata/doc.copyright@holder", ".//pubdata@name",
    ),
    "language": ("contentMeta/language@tag", ".//DescriptiveMetadata/Language@FormalName",
                 "@{http://www.w3.org/XML/1998/namespace}lang"),
    "url": ("itemMeta/link@href",),
}  # fmt: skip

_BODIES = (".//body.content", ".//inlineXML", ".//inlineData", ".//DataContent", ".//body")
"""Where the text of an article stands, the innermost first."""

_NOT_TEXT = ("{*}media", "{*}head", "{*}style", "{*}script")
"""Elements inside of a body that are no part of the text: pictures with their captions, and what HTML does not show."""


def newsml_records(parts: Iterator[bytes], origin: Origin) -> Iterator[Record]:
    """Yield one record for each item with a text. Items of pictures and others without one are counted and reported."""
    what = "NewsML and NITF"
    modules = load(what, origin, "lxml.etree")
    root = parse_xml(parts, what, origin) if modules else None
    if modules is None or root is None:
        return
    items = [root] if _name(root) in ("newsItem", "nitf") else [*root.iter("{*}newsItem", "{*}NewsItem")]
    without_text = 0
    for number, item in enumerate(items, 1):
        text = _text(item, modules[0])
        if text:
            places = {field: _first(item, steps) for field, steps in _PLACES.items()}
            fields = {field: value for field, value in places.items() if value} | {"text": text}
            yield Record(fields, number, "" if len(items) == 1 else str(number))
        else:
            without_text += 1
    if without_text:
        origin.skipped(f"items without a text: {without_text:,} left out", "nothing, if they are pictures")


def _name(element: Any) -> str:  # noqa: ANN401 - lxml has no types
    return str(element.tag).rpartition("}")[2]


def _first(item: Any, places: tuple[str, ...]) -> str:  # noqa: ANN401
    """Return the first value at these places that is not empty; "" if there is none."""
    for place in places:
        steps, _, attribute = place.partition("@")
        for element in item.iterfind(_in_any_namespace(steps)) if steps else [item]:
            value = element.get(attribute) if attribute else " ".join(element.itertext())
            if value and value.strip():
                return " ".join(value.split())
    return ""


def _in_any_namespace(steps: str) -> str:
    return "/".join(step if step in ("", ".") else f"{{*}}{step}" for step in steps.split("/"))


def _text(item: Any, etree: Any) -> str:  # noqa: ANN401
    """Return the text of an item, one line for each paragraph."""
    for place in _BODIES:
        for body in item.iterfind(_in_any_namespace(place)):
            etree.strip_elements(body, *_NOT_TEXT, with_tail=False)
            if len(body) == 0:
                text = body.text or ""
                found = text_of_html(text) if "html" in body.get("contenttype", "") else text.strip()
            else:
                markup = re.sub(r"<(/?)[\w.-]+:", r"<\1", etree.tostring(body, encoding="unicode", with_tail=False))
                found = text_of_html(re.sub(r"<(/?)hl\d\b", r"<\1h2", markup))  # NITF's headings
            if found:
                return found
    return ""
