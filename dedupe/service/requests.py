"""A request and its answer, as ASGI passes them: no framework stands between the server and nine fixed paths."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http import HTTPMethod, HTTPStatus
from random import Random
from typing import Any
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


_IDS = Random()  # noqa: S311 - the ids of requests are no secrets, and one from the system lets other threads run first


def new_request_id() -> str:
    """Return an id for a request whose client gives none."""
    return f"{_IDS.getrandbits(64):016x}"


class ClientLeftError(Exception):
    """The client has gone before its body was complete."""


class Request:
    """One request. ``headers`` has their names in lower case; of a name that comes twice, the first value counts."""

    __slots__ = ("_is_read", "_query", "_receive", "headers", "method", "path")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        self._query: bytes = scope["query_string"]
        self._receive = receive
        self._is_read = False

    def query(self, name: str) -> list[str]:
        """Return the values of a name in the query of the URL."""
        return parse_qs(self._query.decode("latin-1"), keep_blank_values=True).get(name, [])

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the body in the parts in which it arrives, and nothing where all of it was read before.

        Raises ``ClientLeftError`` if the connection ends before the body does.
        """
        while not self._is_read:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeftError
            self._is_read = not message.get("more_body", False)
            if body := message.get("body", b""):
                yield body


@dataclass(slots=True)
class Response:
    """One answer. ``headers`` are those beside its media type and its length."""

    body: bytes
    media_type: str
    status: int = int(HTTPStatus.OK)
    headers: dict[str, str] = field(default_factory=dict)

    async def send(self, request: Request, send: Send) -> None:
        """Send the answer. That to HEAD has the length of what GET would give, and no body."""
        await send({"type": "http.response.start", "status": self.status, "headers": self._head()})
        body = b"" if request.method == HTTPMethod.HEAD else self.body
        await send({"type": "http.response.body", "body": body})

    def as_last_bytes(self) -> bytes:
        """Return the answer as it stands on a connection that ends with it."""
        lines = [b"%s: %s\r\n" % line for line in (*self._head(), (b"connection", b"close"))]
        return b"".join(
            (b"HTTP/1.1 %d %s\r\n" % (self.status, HTTPStatus(self.status).phrase.encode()), *lines, b"\r\n", self.body)
        )

    def _head(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"content-type", self.media_type.encode("latin-1")),
            (b"content-length", b"%d" % len(self.body)),
            *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()),
        ]
