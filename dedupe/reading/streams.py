"""Turn an opened file into plain UTF-8 bytes: in parts, line by line, or whole.

    open_stdin()            gives stdin as bytes
    decoded_parts(stream)   unpacks gzip, transcodes UTF-16 and UTF-32, and removes the byte order mark, as it streams
    as_file(parts)          gives the parts as a file to read once
    spooled(parts)          copies the parts to a temporary file that can be read in any order
    lines(parts, limit)     yields one line at a time and never holds a line that is longer than the limit
    whole(parts, limit)     returns everything, up to a limit

If a file is damaged, everything before the damage is still read, and the loss is reported to ``origin``.
"""

from __future__ import annotations

import codecs
import io
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO, cast

from dedupe.errors import InputError
from dedupe.reading.problems import Origin

CHUNK_BYTES = 2**16
"""Most bytes that are read or unpacked at once."""

MAX_RECORD_BYTES = 8_000_000
"""The largest record that is read, unless the caller says otherwise: a line, a CSV row, a .txt file, or the texts of a
JSON object or a Parquet row. News articles have a few KB: a larger one means a broken file, and holding it could
exhaust the memory."""

LARGER_RECORDS = "raise --max-record-mb"
"""Advice for a record that is larger than the limit. In Python the parameter is ``max_record_bytes`` of ``read``."""

MAX_EXPANSION, FREE_EXPANSION_BYTES = 100, 2**20
"""A gzip file may unpack to so many times its size. News packs to a third or a tenth, a bomb to a thousandth. The first
bytes are not counted, so that small files may be of any kind."""

_LARGEST_IN_MEMORY = 16_000_000
"""Bytes of a copy that are held in memory; a larger one goes to a temporary file."""

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32", codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
"""The names of encodings by their marks. That of UTF-32 stands first, because it begins like that of UTF-16."""

_ASCII_LETTERS = re.compile(rb"[\t\r\n -~]{2}")
_NO_ZERO = re.compile(rb"[^\0]")

_GZIP = 31  # zlib's number for "gzip header and trailer, largest window"


def open_stdin() -> BinaryIO:
    """Return stdin as a stream of bytes. Raises InputError if it is closed."""
    if sys.stdin is None:
        raise InputError("stdin: cannot be read: it is closed; name a file instead of -")
    return sys.stdin.buffer


def decoded_parts(stream: BinaryIO, origin: Origin) -> Iterator[bytes]:
    """Yield the stream's content as UTF-8, in parts of any size.

    Gzip is unpacked, UTF-16 and UTF-32 are transcoded, and the byte order mark of UTF-8 is removed. Bytes that are not
    valid UTF-8 stay as they are.
    """
    head, parts = look_ahead(_raw_parts(stream, origin), lambda head: len(head) >= 2)
    if head.startswith(b"\x1f\x8b"):
        parts = _unzipped(parts, origin)
    head, parts = look_ahead(parts, lambda head: len(head) >= 4)
    wide = _wide_encoding(head)
    if wide:
        parts = _transcoded(parts, wide)
    elif head.startswith(codecs.BOM_UTF8):
        next(parts)
        parts = chain([head[3:]], parts)
    yield from parts


def look_ahead(parts: Iterator[bytes], enough: Callable[[bytes], bool]) -> tuple[bytes, Iterator[bytes]]:
    """Read parts until ``enough`` is true of the bytes read, and return these bytes and an iterator over all parts.

    No more is read than needed, because a live pipe would make the reader wait.
    """
    head = bytearray()
    for part in parts:
        head += part
        if enough(bytes(head)):
            break
    return bytes(head), chain([bytes(head)], parts)


def _raw_parts(stream: BinaryIO, origin: Origin) -> Iterator[bytes]:
    read = getattr(stream, "read1", stream.read)  # read1 returns what a pipe has now; read would wait for more
    try:
        while part := read(CHUNK_BYTES):
            yield part
    except OSError as error:
        origin.skipped(f"reading stopped: {error.strerror or error}", "check the disk, then read it again")


def _unzipped(parts: Iterator[bytes], origin: Origin) -> Iterator[bytes]:
    """Unpack gzip of one or more members, in parts of bounded size. Everything before a damaged place is kept."""
    unzip = zlib.decompressobj(wbits=_GZIP)
    complete = False
    packed_bytes = unpacked_bytes = 0
    try:
        for part in parts:
            packed = part
            while packed:
                unpacked = unzip.decompress(packed, CHUNK_BYTES)
                unpacked_bytes += len(unpacked)
                packed_bytes += len(packed) - len(unzip.unconsumed_tail or unzip.unused_data)
                if unpacked_bytes > FREE_EXPANSION_BYTES + MAX_EXPANSION * packed_bytes:
                    reason = f"the gzip file unpacks to more than {MAX_EXPANSION} times its size, the rest is left out"
                    origin.skipped(reason, "unpack it first if that is meant")
                    return
                yield unpacked
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


def _wide_encoding(head: bytes) -> str | None:
    """Return the name of UTF-16 or UTF-32 if the first four bytes show it: by a byte order mark, or by the zeros of two
    letters of ASCII, with which CSV, JSON and XML begin (RFC 4627, section 3). None if they show neither.
    """
    for mark, name in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return name
    letters = head[:4].replace(b"\0", b"")
    if len(letters) == 2 and _ASCII_LETTERS.fullmatch(letters):
        return {b"x\0x\0": "utf-16-le", b"\0x\0x": "utf-16-be"}.get(_NO_ZERO.sub(b"x", head[:4]))
    return None


def _transcoded(parts: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Transcode UTF-16 or UTF-32 to UTF-8. Damage becomes invalid UTF-8, which the readers report with its line."""
    decoder = codecs.getincrementaldecoder(name)("surrogatepass")
    try:
        for part in parts:
            yield decoder.decode(part).encode("utf-8", "surrogatepass")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        yield b"\xff"


class _PartsFile(io.RawIOBase):
    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._held = b""
        self._place = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - bytearray, memoryview and others
        while not self._held:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._held = part
        size = min(len(buffer), len(self._held))
        buffer[:size], self._held = self._held[:size], self._held[size:]
        self._place += size
        return size

    def tell(self) -> int:  # fastwarc ends the process where this raises
        return self._place


def as_file(parts: Iterator[bytes]) -> io.RawIOBase:
    """Return the parts as a file that can be read once, from its beginning to its end.

    A read may give fewer bytes than it asks for.
    """
    return _PartsFile(parts)


def spooled(parts: Iterable[bytes]) -> BinaryIO:
    """Return the parts as a file that can be read in any order: in memory, or on disk where they are large."""
    import tempfile  # takes 4 ms, which nearly all files can do without

    file = tempfile.SpooledTemporaryFile(max_size=_LARGEST_IN_MEMORY, prefix="dedupe-")  # noqa: SIM115 - the caller's
    try:
        for part in parts:
            file.write(part)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return cast("BinaryIO", file)


def lines(parts: Iterator[bytes], limit: int) -> Iterator[bytes | None]:
    """Yield lines with their line ends (LF, CRLF or a lone CR).

    A line of more than ``limit`` bytes is never held in memory: None stands in its place.
    """
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
    """Yield the same bytes in parts that never end between CR and LF."""
    held = b""
    for part in parts:
        joined = held + part
        held = b"\r" if joined.endswith(b"\r") else b""
        yield joined.removesuffix(held)
    yield held


def report_too_long(line: int, origin: Origin, limit: int) -> None:
    """Report a line that is longer than the limit."""
    advice = f"check for missing line ends, or {LARGER_RECORDS}"
    origin.skipped(f"a line of more than {limit:,} bytes", advice, line)


def whole(parts: Iterator[bytes], limit: int, origin: Origin, advice: str) -> bytes | None:
    """Return all bytes. If there are more than ``limit``, report a problem with this advice and return None."""
    content = bytearray()
    for part in parts:
        content += part
        if len(content) > limit:
            origin.skipped(f"more than {limit:,} bytes", advice)
            return None
    return bytes(content)
