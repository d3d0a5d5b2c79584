"""Read the pages of a web archive (WARC), such as those of CC-NEWS, and the texts of its WET files."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dedupe.reading.charsets import Charset
from dedupe.reading.extras import load
from dedupe.reading.fields import Record
from dedupe.reading.pages import page_record
from dedupe.reading.problems import Origin
from dedupe.reading.streams import as_file

_HTML = ("text/html", "application/xhtml+xml")

_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[^\r\n]*\r?\n")
"""The line before each chunk of an answer that was sent in chunks: its size in bytes."""

_CUT = ("the archive has only the beginning of the page", "fetch the page itself")

_REVISIT = "pages that were captured again unchanged (revisit)"
_FAILED = "answers other than 200 OK"
_OTHER = "other things than pages"


def warc_records(parts: Iterator[bytes], origin: Origin, limit: int) -> Iterator[Record]:
    """Yield one record for each page that was captured; its id is its address. Everything else is counted and reported.

    A page that was captured again unchanged (``revisit``) is not repeated: its text stands in an earlier record.
    """
    modules = load("a web archive", origin, "fastwarc.warc", "trafilatura")
    if modules is None:
        return
    left_out: Counter[str] = Counter()
    for number, capture in enumerate(_captures(modules[0], parts, origin), 1):
        try:
            record = _record(capture, number, origin, limit, left_out)
        except (OSError, ValueError) as error:
            origin.skipped(f"damaged capture: {error}", "fetch the page again", number)
            continue
        if record is not None:
            yield record
    for what, times in sorted(left_out.items()):
        origin.skipped(f"{what}: {times:,} left out", "nothing: they hold no text of their own")


def _captures(warc: Any, parts: Iterator[bytes], origin: Origin) -> Iterator[Any]:  # noqa: ANN401 - has no types
    try:
        yield from warc.ArchiveIterator(
            as_file(parts), parse_http=True, auto_decode="none", stream_detect=False, quirks_mode=True
        )
    except OSError as error:
        origin.skipped(f"damaged WARC, the rest is lost: {error}", "fetch the file again")


def _record(capture: Any, number: int, origin: Origin, limit: int, left_out: Counter[str]) -> Record | None:  # noqa: ANN401
    """Return the article of one capture, or None; what else it is, is counted in ``left_out``.

    Raises ``ValueError`` or ``OSError`` where its content cannot be read.
    """
    declared = capture.http_content_type or capture.headers.get("Content-Type") or ""
    is_page = declared.partition(";")[0].strip().lower() in _HTML
    reason = _reason_to_leave_out(capture, is_page)
    if reason is not None:
        left_out.update([reason] if reason else [])
        return None
    content = capture.reader.read(limit + 1)
    if len(content) < min(capture.content_length, limit + 1):
        raise ValueError("it ends too early")
    content = _decoded(content, capture, limit)
    if len(content) > limit:
        origin.skipped(f"a page of more than {limit:,} bytes", "raise --max-record-mb", number)
    else:
        url = capture.headers.get("WARC-Target-URI") or ""
        if is_page:
            record = page_record(content, origin, number, str(number), capture.http_charset, url)
            is_cut = record is not None and capture.headers.get("WARC-Truncated")
            return replace(record, repairs=(*record.repairs, _CUT)) if record and is_cut else record
        text, repairs = Charset().decode(content)
        title = text.lstrip()[:300].partition("\n")[0].strip()
        return Record({"url": url, "title": title, "text": text}, number, str(number), repairs, verbatim=True)
    return None


def _reason_to_leave_out(capture: Any, is_page: bool) -> str | None:  # noqa: ANN401
    """Return what a capture is instead of an article; "" if it only describes the archive. None if it is one."""
    kind = (capture.headers.get("WARC-Type") or "").lower()
    if kind == "revisit":
        return _REVISIT
    if kind not in ("response", "resource", "conversion"):
        return ""
    if capture.http_headers is not None and capture.http_headers.status_code != 200:
        return _FAILED
    return None if is_page or kind == "conversion" else _OTHER


def _decoded(content: bytes, capture: Any, limit: int) -> bytes:  # noqa: ANN401
    """Undo what the server did to send a page: chunks, and packing with gzip or deflate.

    No more than ``limit`` bytes and one are unpacked. Some archives say of unpacked content that it is packed. Raises
    ``ValueError`` where content cannot be unpacked.
    """
    headers = capture.http_headers
    if headers is None:
        return content
    if "chunked" in (headers.get("Transfer-Encoding") or "").lower():
        content = _without_chunks(content)
    packing = (headers.get("Content-Encoding") or "identity").lower()
    if packing == "br":
        raise ValueError("packed with Brotli")
    if packing == "identity" or content.lstrip()[:1] == b"<":
        return content
    unpack = zlib.decompressobj(wbits=-15 if content[:1] not in (b"\x1f", b"\x78") else 47)
    try:
        unpacked = unpack.decompress(content, limit + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if not unpack.eof and len(unpacked) <= limit:
        raise ValueError("it ends too early")
    return unpacked


def _without_chunks(content: bytes) -> bytes:
    pieces = []
    place = 0
    while (head := _CHUNK.match(content, place)) and (size := int(head[1], 16)):
        pieces.append(content[head.end() : head.end() + size])
        place = head.end() + size + len(b"\r\n")
    return b"".join(pieces) or content
