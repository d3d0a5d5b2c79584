"""The protocol of the service: uvicorn's, which also cuts clients that send or take too slowly, or are too many.

uvicorn itself waits without end for the head of a request, and for a client that does not read its answer.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from typing import Any, Literal, Protocol

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dedupe.service.logs import note
from dedupe.service.problems import BUSY, MALFORMED, ProblemKind, ServiceError, problem_response
from dedupe.service.requests import new_request_id

_log = logging.getLogger(__name__)

HEAD_SECONDS = 10.0
"""How long the head of a request may take, from the first moment of a connection or the first byte on an old one."""

TAKING_SECONDS = 10.0
"""How long a client may leave an answer unread that is larger than what the system keeps for it."""

MAX_UNREAD = 64
"""Most clients that leave such an answer unread. Of more, the one that has waited longest is cut: each holds memory."""

MAX_HEAD_BYTES = 16_384
"""The largest head of a request."""

_LINGERING_SECONDS = 1.0
"""How long a client that is refused may go on sending, which nobody reads."""

_AUTHORITY = re.compile(rb"https?://[^/?]*", re.IGNORECASE)
"""What stands before the path where the target of a request is a whole URL."""


MAX_FIELDS = 100
"""Most fields of a head. An empty one has four bytes, and takes two hundred in memory."""

_HEAD_TOO_LARGE = ServiceError(MALFORMED, f"the head has more than {MAX_HEAD_BYTES:,} bytes or {MAX_FIELDS} fields")

MAX_PIPELINED = 16
"""Most requests of one connection that wait for the answers to those before them: each holds memory."""

MAX_PIPELINED_BYTES = 32_000_000
"""Most memory of all such requests together. They are not counted with what waits in ``budget`` before their turn."""

_REQUEST_BYTES, _FIELD_BYTES = 4_000, 200
"""What a request, and a field of its head, take in memory beside the bytes that were sent."""


CutReason = Literal["slow head", "unread answer", "too many"]
"""Why a connection is ended without an answer: see ``HEAD_SECONDS``, ``TAKING_SECONDS`` and ``Connections.limit``."""


class Observer(Protocol):
    """What counts the clients that are refused or cut, which ``metrics.Metrics`` does."""

    def refused(self, kind: ProblemKind) -> None:
        """Note a request that was answered with an error."""

    def cut(self, reason: CutReason) -> None:
        """Note a connection that was ended without an answer."""


class _RefusedError(Exception):
    """The parser has read a head that is not taken. ``args`` holds the ``ServiceError``."""


def _explained(error: Exception) -> ServiceError:
    """Return the answer to a request that cannot be read. It repeats nothing of the request."""
    cause = error if isinstance(error, _RefusedError) else error.__context__
    if isinstance(cause, _RefusedError):
        refused: ServiceError = cause.args[0]
        return refused
    return ServiceError(MALFORMED, f"this is no request of HTTP/1.1: {error}")


class Connections:
    """The connections of one service. ``limit``: most connections at once.

    ``without_request``: those whose clients wait for no answer. ``unread``: those that leave one unread.
    ``pipelined_bytes``: memory of the requests that wait for the answers to those before them.
    """

    def __init__(self, limit: int, observer: Observer) -> None:
        self.limit, self.observer = limit, observer
        # Dictionaries without values: sets in the order of arrival.
        self.opened: dict[Connection, None] = {}
        self.without_request: dict[Connection, None] = {}
        self.unread: dict[Connection, None] = {}
        self.pipelined_bytes = 0
        self.read_bytes = bytearray(MAX_HEAD_BYTES)

    def admit(self, connection: Connection) -> None:
        """Note a new connection. If there are too many, cut the one that has been without a request longest."""
        self.opened[connection] = None
        if len(self.opened) > self.limit:
            next(iter(self.without_request), connection).cut("too many")

    def note_unread(self, connection: Connection) -> None:
        """Note a client that leaves its answer unread. If there are too many, cut the one that does so longest."""
        self.unread[connection] = None
        if len(self.unread) > MAX_UNREAD:
            next(iter(self.unread)).cut("unread answer")

    def forget(self, connection: Connection) -> None:
        """Note that a connection has ended."""
        for some in (self.opened, self.without_request, self.unread):
            some.pop(connection, None)


class Connection(HttpToolsProtocol, asyncio.BufferedProtocol):
    """One connection. llhttp reads what comes, strictly; what it takes and an origin server must not, is refused here.

    A request that cannot be read gets its answer after those to the requests before it, and ends the connection.
    """

    shared: Connections
    """All connections of the service; ``connection_class`` sets it."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - what uvicorn gives
        super().__init__(*given, **named)
        self._head_timer: asyncio.TimerHandle | None = None
        self._taking_timer: asyncio.TimerHandle | None = None
        self._is_in_head = self._has_ended = self._has_heard_all = False
        self._under_way = self._head_bytes = self._unfinished_bytes = 0
        self._refusal = self._head_again = b""
        self._pipelined: deque[int] = deque()  # the bytes of each request that waits for the answers before it

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin to wait for the head of the first request."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # whatever the system does not take is unread; asyncio leaves out 64 KB
        self._wait_for_head()
        self.shared.admit(self)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return where asyncio puts what it reads next. All connections share it: ``buffer_updated`` follows at once.

        Without it asyncio would read up to 256 KB from each connection, and from all of them before the requests that
        take the bytes, or refuse them, go on.
        """
        return self.shared.read_bytes

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was read."""
        self.data_received(bytes(self.shared.read_bytes[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request. While its head is not complete, the time for it runs."""
        if self._has_ended:
            return
        self._unset_keepalive_if_required()
        try:
            self._read(data)
        except (httptools.HttpParserError, _RefusedError) as error:
            self._refuse(_explained(error))
            return
        if self._under_way:
            self._stop_waiting_for_head()
        else:
            self._wait_for_head()

    def _read(self, data: bytes) -> None:
        """Let the parser read, in parts of which two without the end of a field are too large for one.

        It stops after the head of a request that would rather go on in another protocol, as that of some clients with
        their first request. The head is then read again without the wish.
        """
        while data:
            part, data = data[:MAX_HEAD_BYTES], data[MAX_HEAD_BYTES:]
            self._unfinished_bytes += len(part)
            try:
                self.parser.feed_data(part)
            except httptools.HttpParserUpgrade as stopped:
                data = self._head_again + part[stopped.args[0] :] + data
                self._head_again = b""
                self.parser = httptools.HttpRequestParser(self)
            if self._unfinished_bytes > MAX_HEAD_BYTES:  # the parser keeps them
                raise _RefusedError(_HEAD_TOO_LARGE)

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio asks whether to leave the connection open
        """Note that the client sends nothing more. It still gets the answers to what it has sent."""
        if not self._has_ended:  # a request that broke was left out before
            self._drop_broken_request()
        self._has_ended = self._has_heard_all = True
        return self._under_way > 0

    # What the parser finds

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._is_in_head, self._head_bytes, self._unfinished_bytes = True, 0, 0

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._count_head(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head. Those after a body are none of it."""
        self._count_head(name, value, b": \r\n")
        if not self._is_in_head:
            return
        if len(self.headers) >= MAX_FIELDS:
            raise _RefusedError(_HEAD_TOO_LARGE)
        super().on_header(name, value)

    def _count_head(self, *parts: bytes) -> None:
        self._unfinished_bytes = 0
        self._head_bytes += sum(map(len, parts))
        if self._head_bytes > MAX_HEAD_BYTES:
            raise _RefusedError(_HEAD_TOO_LARGE)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._unfinished_bytes = 0
        if self._pipelined:
            self._hold(len(body))
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """Check the head, and start the request. A target that is a whole URL means its path (RFC 9112, 3.2.2)."""
        if self._under_way >= MAX_PIPELINED:
            many = f"{MAX_PIPELINED} requests on this connection wait: send others after their answers"
            raise _RefusedError(ServiceError(BUSY, many, {"Retry-After": "1"}))
        version = self.parser.get_http_version()
        if version not in {"1.0", "1.1"}:
            raise _RefusedError(ServiceError(MALFORMED, "the service speaks HTTP/1.1"))
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and version == "1.1"):
            raise _RefusedError(ServiceError(MALFORMED, "send one header Host"))
        for name, value in self.headers:
            if name == b"transfer-encoding" and (value.lower() != b"chunked" or version == "1.0"):
                raise _RefusedError(ServiceError(MALFORMED, "send a body chunked, or with its Content-Length"))
        if not self.url.startswith(b"/"):
            path = _AUTHORITY.sub(b"", self.url, count=1)
            self.url = path if path.startswith(b"/") else b"/" + path
        if self.parser.should_upgrade() and (method := self.parser.get_method()) != b"CONNECT":
            fields = (b"%s: %s\r\n" % field for field in self.headers if field[0] != b"upgrade")
            first = b"%s %s HTTP/%s" % (method, self.url, version.encode())
            self._head_again = b"%s\r\n%s\r\n" % (first, b"".join(fields))
        else:
            if self._under_way:
                self._pipelined.append(0)
                self._hold(self._head_bytes + _REQUEST_BYTES + _FIELD_BYTES * len(self.headers))
            super().on_headers_complete()
            self._under_way += 1
        self._is_in_head = False

    def on_message_complete(self) -> None:
        """Note that a body is complete."""
        self._unfinished_bytes = 0
        if not self._head_again:
            super().on_message_complete()

    # Refusals

    def _refuse(self, error: ServiceError) -> None:
        """Answer what is no request, once the requests before it are answered."""
        request_id = new_request_id()
        fields = {"request_id": request_id, "problem": error.kind.name, "status": int(error.kind.status)}
        note(_log, "refused", fields)
        self.shared.observer.refused(error.kind)
        self._has_ended = True
        self._refusal = problem_response(error, request_id).as_last_bytes()
        self._stop_waiting_for_head()
        self._drop_broken_request()
        if not self._under_way:
            self._end()

    def _drop_broken_request(self) -> None:
        """Leave out the request whose body will not be complete, if there is one."""
        if self._is_in_head or self.cycle is None or not self.cycle.more_body:
            return
        if self.cycle.response_complete:  # it was answered before its body came: there is nothing to add
            self._refusal = b""
            return
        self._under_way -= 1
        if self.pipeline:
            self.pipeline.popleft()
            self.shared.pipelined_bytes -= self._pipelined.pop()
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _end(self) -> None:
        """Send the refusal, and end the connection.

        If the client is still sending, the end waits a moment: bytes that come after it would make the client's system
        drop the refusal before it is read (RFC 9112, 9.6).
        """
        self.transport.write(self._refusal)
        if self._refusal and not self._has_heard_all:
            self.transport.write_eof()
            self.loop.call_later(_LINGERING_SECONDS, self.transport.close)
        else:
            self.transport.close()

    def on_response_complete(self) -> None:
        """Go on with what came meanwhile."""
        self._under_way -= 1
        if self._pipelined:  # the next request has its turn
            self.shared.pipelined_bytes -= self._pipelined.popleft()
        super().on_response_complete()
        if self._under_way or self.transport.is_closing():
            return
        if self._has_ended:
            self._end()
        elif self._is_in_head:
            self._wait_for_head()
        else:
            self.shared.without_request[self] = None

    def pause_writing(self) -> None:
        """Begin to wait for the client to read what was sent."""
        super().pause_writing()
        self.shared.note_unread(self)
        if self._taking_timer is None:
            self._taking_timer = self.loop.call_later(TAKING_SECONDS, self.cut, "unread answer")

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        super().resume_writing()
        self._stop_waiting_for_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting_for_head()
        self._stop_waiting_for_reader()
        self.shared.pipelined_bytes -= sum(self._pipelined)
        self.shared.forget(self)
        super().connection_lost(exc)

    def cut(self, reason: CutReason) -> None:
        """End the connection at once. What was not sent yet is dropped."""
        self.shared.observer.cut(reason)
        self.shared.forget(self)  # at once: asyncio tells of the end later, and of many new connections before
        self.transport.abort()

    def _hold(self, size: int) -> None:
        """Hold room for bytes of the last request, which waits for the answers to those before it."""
        if self.shared.pipelined_bytes + size > MAX_PIPELINED_BYTES:
            many = (
                f"{self.shared.pipelined_bytes:,} bytes of requests wait behind others: send this after their answers"
            )
            raise _RefusedError(ServiceError(BUSY, many, {"Retry-After": "1"}))
        self.shared.pipelined_bytes += size
        self._pipelined[-1] += size

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            self.shared.without_request[self] = None
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.cut, "slow head")

    def _stop_waiting_for_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
        self.shared.without_request.pop(self, None)

    def _stop_waiting_for_reader(self) -> None:
        if self._taking_timer is not None:
            self._taking_timer.cancel()
            self._taking_timer = None
            self.shared.unread.pop(self, None)


def connection_class(limit: int, observer: Observer) -> type[Connection]:
    """Return the protocol for one service, of which ``limit`` connections may be open at once."""

    class OwnConnection(Connection):
        shared = Connections(limit, observer)

    return OwnConnection
