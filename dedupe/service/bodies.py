"""Reads the body of a request within the limits, and cuts it into articles, which are not read yet."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import msgspec

from dedupe.service.budget import Budget
from dedupe.service.problems import MALFORMED, TOO_LARGE, TOO_SLOW, WRONG_MEDIA_TYPE, ServiceError
from dedupe.service.requests import ClientLeftError, Request

JSON = "application/json"
NDJSON = "application/x-ndjson"
_NDJSON_NAMES = (NDJSON, "application/ndjson", "application/jsonl", "application/jsonlines")

ARRIVAL_SECONDS = 20.0
"""How long a body may take to arrive: 10 MB at 4 Mbit/s."""

_REST_BYTES, _REST_SECONDS = 64_000_000, 1.0
"""How much of a refused body is read, and for how long, so that the client can read the answer: one that is still
sending when the connection ends may never see it."""

_FEW_COMMAS = 200_000
"""An array with more commas, which may be those of texts, is cut one element after the other, until there are too many:
each element takes a hundred bytes of memory, also in an array of five million numbers."""

_LENIENT = json.JSONDecoder(strict=False, object_pairs_hook=lambda pairs: None)
"""Finds where a value ends. It makes nothing of objects, which take thirty times as much memory as in the body."""

_BLANKS = re.compile(r"[ \t\r\n]*")

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(msgspec.Raw)

Form = Literal["object", "array", "lines"]
"""How the articles stand in a body: one JSON object, an array of them, or NDJSON. The answers come in the same form."""


@dataclass(frozen=True, slots=True)
class Articles:
    """The articles of one body, each as its JSON; ``form`` says how they stood there."""

    form: Form
    raw: list[bytes]

    @property
    def bytes(self) -> int:
        """Size of all articles."""
        return sum(map(len, self.raw))


def announced_length(request: Request) -> int:
    """Return the length of the body that the request announces, 0 if it does not."""
    value = request.headers.get("content-length", "0")
    return int(value) if value.isdecimal() else 0


def media_type(request: Request, *allowed: str) -> str:
    """Return the media type of the body, which is ``JSON`` or ``NDJSON``.

    Raises ``ServiceError`` (415) if it is none of ``allowed``, or if the body is compressed.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() not in ("", "identity"):
        raise ServiceError(WRONG_MEDIA_TYPE, f"Content-Encoding is {encoding!r}: send the body uncompressed")
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    found = NDJSON if given in _NDJSON_NAMES else given
    if found not in allowed:
        raise ServiceError(WRONG_MEDIA_TYPE, f"Content-Type is {given!r}: send {' or '.join(allowed)}")
    return found


@contextlib.asynccontextmanager
async def received(request: Request, budget: Budget, max_bytes: int) -> AsyncIterator[bytes]:
    """Give the body of a request, without a byte order mark. Room for its bytes is held until this ends.

    Raises ``ServiceError``: 413 if the body has more than ``max_bytes``, 429 if there is no room, 408 if it takes more
    than ``ARRIVAL_SECONDS``. A body that announces that it is too large is not read first.
    """
    announced = announced_length(request)
    if announced > max_bytes:
        raise _too_large(max_bytes)
    budget.check(announced)
    held: list[bytes] = []
    size = 0
    try:
        try:
            async with asyncio.timeout(ARRIVAL_SECONDS):
                async for part in request.parts():
                    if size + len(part) > max_bytes:
                        raise _too_large(max_bytes)
                    budget.take_bytes(len(part))
                    size += len(part)
                    held.append(part)
        except TimeoutError:
            slow = f"the body takes more than {ARRIVAL_SECONDS:g} s: send it faster, or less"
            raise ServiceError(TOO_SLOW, slow) from None
        # Without a name here, which would hold the body after the caller has dropped it.
        yield (held.pop() if len(held) == 1 else b"".join(_emptied(held))).removeprefix(codecs.BOM_UTF8)
    finally:
        budget.give_bytes(size)


def _emptied(parts: list[bytes]) -> list[bytes]:
    """Return the parts in a list of its own, so that who waits for a long time does not hold them too."""
    own = parts.copy()
    parts.clear()
    return own


async def rest_is_read(request: Request) -> bool:
    """Read what is left of the body of a request that is refused, and keep nothing. Returns whether that was all of it.

    A client that waits for the word to send its body is not given it.
    """
    if "expect" in request.headers:
        return False
    size = 0
    try:
        async with asyncio.timeout(_REST_SECONDS):
            async for part in request.parts():
                size += len(part)
                if size > _REST_BYTES:
                    return False
    except (TimeoutError, ClientLeftError):
        return False
    return True


def _too_large(max_bytes: int) -> ServiceError:
    return ServiceError(
        TOO_LARGE, f"the body has more than {max_bytes:,} bytes: send fewer articles at once (--max-body)"
    )


def cut(body: bytes, kind: str, most: int) -> Articles:
    """Cut a body into articles. ``kind``: ``JSON`` or ``NDJSON``. Empty lines of NDJSON are no articles.

    Raises ``ServiceError``: 400 if a JSON body is neither an object nor an array, 413 if there are more than ``most``
    articles. A bad line of NDJSON, and a bad element of an array, is no error of the body.
    """
    form: Form = "lines" if kind == NDJSON else "array" if body.lstrip()[:1] == b"[" else "object"
    try:
        if form == "lines":
            raw = list(islice((line for line in io.BytesIO(body) if line.strip()), most + 1))
        elif form == "array":
            raw = _elements(body, most)
        else:
            raw = [_object(body)]
    except RecursionError:
        raise ServiceError(MALFORMED, "the body is not valid JSON: nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ServiceError(MALFORMED, f"the body is not valid JSON: {error.msg} (character {error.pos})") from None
    if len(raw) > most:
        raise ServiceError(TOO_LARGE, f"more than {most:,} articles: send fewer at once, or raise --max-waiting")
    return Articles(form, raw)


def _object(body: bytes) -> bytes:
    """Return a body that is one JSON object."""
    if body.lstrip()[:1] != b"{":
        raise ServiceError(MALFORMED, "the body is neither a JSON object nor an array of them")
    try:
        _OBJECT.decode(body)
    except (msgspec.DecodeError, RecursionError):
        text = body.decode("utf-8", "replace")
        _, end = _LENIENT.raw_decode(text, _after_blanks(text, 0))
        _expect_end(text, end)
    return body


def _elements(body: bytes, most: int) -> list[bytes]:
    """Return the JSON of each element of an array, of the first ``most`` and one more at most."""
    if body.count(b",") <= _FEW_COMMAS:
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            return [bytes(raw) for raw in islice(_ARRAY.decode(body), most + 1)]
    return list(islice(_elements_one_by_one(body.decode("utf-8", "replace")), most + 1))


def _elements_one_by_one(text: str) -> Iterator[bytes]:
    """Yield the JSON of each element of an array with the flaws that ``dedupe filter`` takes too, such as NaN."""
    place = _after_blanks(text, text.index("[") + 1)
    if text[place : place + 1] == "]":
        _expect_end(text, place + 1)
        return
    while True:
        _, end = _LENIENT.raw_decode(text, place)
        yield text[place:end].encode()
        place = _after_blanks(text, end)
        if text[place : place + 1] == "]":
            _expect_end(text, place + 1)
            return
        if text[place : place + 1] != ",":
            raise json.JSONDecodeError("Expecting , or ]", text, place)
        place = _after_blanks(text, place + 1)


def _after_blanks(text: str, place: int) -> int:
    found = _BLANKS.match(text, place)
    return found.end() if found else place


def _expect_end(text: str, place: int) -> None:
    if _after_blanks(text, place) < len(text):
        raise json.JSONDecodeError("Extra data", text, place)
