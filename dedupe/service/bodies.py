"""Reads the body of a request within the limits, and cuts it into articles, which are not read yet."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

import msgspec
from starlette.requests import ClientDisconnect, Request

from dedupe.reading.charsets import Charset
from dedupe.reading.records import decode_json
from dedupe.service.budget import Budget
from dedupe.service.problems import MALFORMED, TOO_LARGE, TOO_SLOW, WRONG_MEDIA_TYPE, ServiceError

JSON = "application/json"
NDJSON = "application/x-ndjson"
_NDJSON_NAMES = (NDJSON, "application/ndjson", "application/jsonl", "application/jsonlines")

ARRIVAL_SECONDS = 20.0
"""How long a body may take to arrive: 10 MB at 4 Mbit/s."""

_REST_BYTES, _REST_SECONDS = 64_000_000, 1.0
"""How much of a refused body is read, and for how long, so that the client can read the answer: one that is still
sending when the connection ends may never see it."""

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
    if encoding != "identity":
        raise ServiceError(WRONG_MEDIA_TYPE, f"Content-Encoding is {encoding!r}: send the body uncompressed")
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    found = NDJSON if given in _NDJSON_NAMES else given
    if found not in allowed:
        raise ServiceError(WRONG_MEDIA_TYPE, f"Content-Type is {given!r}: send {' or '.join(allowed)}")
    return found


@contextlib.asynccontextmanager
async def received(request: Request, budget: Budget, max_bytes: int) -> AsyncIterator[bytes]:
    """Give the body of a request. Room for its bytes is held until this ends.

    Raises ``ServiceError``: 413 if the body has more than ``max_bytes``, 429 if there is no room, 408 if it takes more
    than ``ARRIVAL_SECONDS``. A body that announces that it is too large is not read first.
    """
    announced = announced_length(request)
    parts = request.stream()
    held: list[bytes] = []
    size = 0
    try:
        try:
            if announced > max_bytes:
                raise _too_large(max_bytes)
            budget.check(announced)
            async with asyncio.timeout(ARRIVAL_SECONDS):
                async for part in parts:
                    if size + len(part) > max_bytes:
                        raise _too_large(max_bytes)
                    budget.take_bytes(len(part))
                    size += len(part)
                    held.append(part)
        except TimeoutError:
            raise ServiceError(
                TOO_SLOW, f"the body takes more than {ARRIVAL_SECONDS:g} s: send it faster, or less", closes=True
            ) from None
        except ServiceError as error:
            held.clear()
            is_waited_for = "expect" in request.headers and not size
            if is_waited_for or not await _rest_is_read(parts):
                raise ServiceError(error.kind, error.detail, error.headers, closes=True) from None
            raise
        yield held.pop() if len(held) == 1 else b"".join(_emptied(held))
    finally:
        budget.give_bytes(size)


def _emptied(parts: list[bytes]) -> list[bytes]:
    """Return the parts in a list of its own, so that who waits for a long time does not hold them too."""
    own = parts.copy()
    parts.clear()
    return own


async def _rest_is_read(parts: AsyncIterator[bytes]) -> bool:
    """Read what is left of a body, and keep nothing. Returns whether that was all of it."""
    size = 0
    with contextlib.suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(_REST_SECONDS):
            async for part in parts:
                size += len(part)
                if size > _REST_BYTES:
                    return False
            return True
    return False


def _too_large(max_bytes: int) -> ServiceError:
    return ServiceError(
        TOO_LARGE, f"the body has more than {max_bytes:,} bytes: send fewer articles at once (--max-body)"
    )


def cut(body: bytes, kind: str) -> Articles:
    """Cut a body into articles. ``kind``: ``JSON`` or ``NDJSON``. Empty lines of NDJSON are no articles.

    Raises ``ServiceError`` (400) if a JSON body is neither an object nor an array. A bad line of NDJSON, and a bad
    element of an array, is no error of the body.
    """
    if kind == NDJSON:
        return Articles("lines", [line for line in body.split(b"\n") if line.strip()])
    first = body.lstrip()[:1]
    if first == b"[":
        return Articles("array", _elements(body))
    if first != b"{":
        raise ServiceError(MALFORMED, "the body is neither a JSON object nor an array of them")
    try:
        _OBJECT.decode(body)
    except (msgspec.DecodeError, RecursionError):
        _decode_leniently(body)
    return Articles("object", [body])


def _elements(body: bytes) -> list[bytes]:
    """Return the JSON of each element of an array."""
    try:
        return [bytes(raw) for raw in _ARRAY.decode(body)]
    except (msgspec.DecodeError, RecursionError):
        elements = _decode_leniently(body)
        return [json.dumps(element).encode() for element in elements] if isinstance(elements, list) else []


def _decode_leniently(body: bytes) -> object:
    """Decode JSON with the flaws that ``dedupe filter`` takes too, such as half surrogate pairs and NaN."""
    try:
        return decode_json(body, Charset("utf-8"))[0]
    except ValueError as error:
        raise ServiceError(MALFORMED, f"the body is not valid JSON: {error}") from None
