"""Bytes in any wrapping → plain UTF-8 bytes, in parts, in lines or whole.

    decoded_parts(stream)   gzip unpacked as it streams, UTF-16 transcoded, byte order mark removed
    lines(parts, limit)     one line at a time, a line over the limit never held
    whole(parts, limit)     everything, up to a limit
    valid_text(text)        text that Arrow, SQLite and terminals take

A damaged end costs only what lies behind the damage, and is told to ``origin``.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import BinaryIO

from dedupe.reading.problems import Origin

CHUNK_BYTES = 2**16

_REPLACED = dict.fromkeys([0, *range(0xD800, 0xE000)], "\ufffd")

_GZIP = 31  # zlib's number for "gzip header and trailer, largest window"


def decoded_parts(stream: BinaryIO, origin: Origin) -> Iterator[bytes]:
    """The stream as parts of UTF-8: gzip unpacked, UTF-16 with a byte order mark transcoded, UTF-8's mark removed."""
    head, parts = look_ahead(_raw_parts(stream, origin), lambda head: len(head) >= 2)
    if head.startswith(b"\x1f\x8b"):
        parts = _unzipped(parts, origin)
    head, parts = look_ahead(parts, lambda head: len(head) >= 3)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        parts = _from_utf16(parts)
    elif head.startswith(codecs.BOM_UTF8):
        next(parts)
        parts = chain([head[3:]], parts)
    yield from parts


def look_ahead(parts: Iterator[bytes], enough: Callable[[bytes], bool]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, read no further than needed (a pipe may be live), and all parts including them."""
    head = bytearray()
    for part in parts:
        head += part
        if enough(bytes(head)):
            break
    return bytes(head), chain([bytes(head)], parts)


def _raw_parts(stream: BinaryIO, origin: Origin) -> Iterator[bytes]:
    read = getattr(stream, "read1", stream.read)  # read1 gives what a pipe has now, read waits for more
    try:
        while part := read(CHUNK_BYTES):
            yield part
    except OSError as error:
        origin.skipped(f"reading stopped: {error.strerror or error}", "check the disk, then read it again")


def _unzipped(parts: Iterator[bytes], origin: Origin) -> Iterator[bytes]:
    """Unpack gzip of one or more members in bounded parts; all that came before a damaged place is kept."""
    unzip = zlib.decompressobj(wbits=_GZIP)
    complete = False
    try:
        for part in parts:
            packed = part
            while packed:
                yield unzip.decompress(packed, CHUNK_BYTES)
                packed = unzip.unconsumed_tail
                complete = unzip.eof
                if complete:
                    packed = unzip.unused_data.lstrip(b"\0")  # tape blocks are padded with zeros
                    unzip = zlib.decompressobj(wbits=_GZIP)
        yield unzip.flush()
    except zlib.error as error:
        origin.skipped(f"damaged gzip, the rest is lost ({error})", "fetch the file again")
        return
    if not (complete or unzip.eof):
        origin.skipped("the gzip file ends too early, the rest is lost", "fetch the file again")


def _from_utf16(parts: Iterator[bytes]) -> Iterator[bytes]:
    """UTF-16 → UTF-8. Damage becomes invalid UTF-8, which the readers report with its line."""
    decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
    try:
        for part in parts:
            yield decoder.decode(part).encode("utf-8", "surrogatepass")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        yield b"\xff"


def lines(parts: Iterator[bytes], limit: int) -> Iterator[bytes | None]:
    """Lines with their ends (LF, CRLF or a lone CR); None for one of more than ``limit`` bytes, which is never held."""
    line = bytearray()
    too_long = False
    for part in _with_whole_line_ends(parts):
        for piece in part.splitlines(keepends=True):
            too_long = too_long or len(line) + len(piece) > limit
            if too_long:
                line.clear()
            else:
                line += piece
            if piece.endswith((b"\n", b"\r")):
                yield None if too_long else bytes(line)
                line.clear()
                too_long = False
    if line or too_long:
        yield None if too_long else bytes(line)


def _with_whole_line_ends(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in parts that never end between CR and LF."""
    held = b""
    for part in parts:
        joined = held + part
        held = b"\r" if joined.endswith(b"\r") else b""
        yield joined.removesuffix(held)
    yield held


def whole(parts: Iterator[bytes], limit: int, origin: Origin) -> bytes | None:
    """Everything, or None and a problem where that is more than ``limit`` bytes."""
    content = bytearray()
    for part in parts:
        content += part
        if len(content) > limit:
            origin.skipped(f"more than {limit:,} bytes", "split it, or convert it to JSONL")
            return None
    return bytes(content)


def valid_text(text: str) -> str:
    """The text with U+FFFD for NUL and for every surrogate: bytes of a file name that are not UTF-8, half a pair."""
    if "\0" not in text:
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return text
    return text.translate(_REPLACED)
