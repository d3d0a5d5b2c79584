"""The protocol of the service: uvicorn's, which also cuts clients that send or take too slowly, or are too many.

uvicorn itself waits without end for the head of a request, and for a client that does not read its answer.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""How long the head of a request may take, from the first moment of a connection or the first byte on an old one."""

TAKING_SECONDS = 10.0
"""How long a client may leave an answer unread that is larger than what the system keeps for it."""

MAX_UNREAD = 64
"""Most clients that leave such an answer unread. Of more, the one that has waited longest is cut: each holds memory."""

MAX_HEAD_BYTES = 16_384
"""The largest head of a request."""


class Connections:
    """The connections of one service that somebody waits for. ``limit``: most connections at once."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        # Dictionaries without values: sets in the order of arrival.
        self.opened: dict[Connection, None] = {}
        self.without_request: dict[Connection, None] = {}
        self.unread: dict[Connection, None] = {}

    def admit(self, connection: Connection) -> None:
        """Note a new connection. If there are too many, cut the one that has been without a request longest."""
        self.opened[connection] = None
        if len(self.opened) > self.limit:
            next(iter(self.without_request), connection).cut()

    def note_unread(self, connection: Connection) -> None:
        """Note a client that leaves its answer unread. If there are too many, cut the one that does so longest."""
        self.unread[connection] = None
        if len(self.unread) > MAX_UNREAD:
            next(iter(self.unread)).cut()

    def forget(self, connection: Connection) -> None:
        """Note that a connection has ended."""
        for some in (self.opened, self.without_request, self.unread):
            some.pop(connection, None)


class Connection(H11Protocol):
    """One connection."""

    shared: Connections
    """All connections of the service; ``connection_class`` sets it."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - what uvicorn gives
        super().__init__(*given, **named)
        self._head_timer: asyncio.TimerHandle | None = None
        self._taking_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin to wait for the head of the first request."""
        super().connection_made(transport)
        self._wait_for_head()
        self.shared.admit(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request. While its head is not complete, the time for it runs."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting_for_head()
        elif self.conn.our_state is h11.IDLE and not self.transport.is_closing():
            self._wait_for_head()

    def pause_writing(self) -> None:
        """Begin to wait for the client to read what was sent."""
        super().pause_writing()
        self.shared.note_unread(self)
        if self._taking_timer is None:
            self._taking_timer = self.loop.call_later(TAKING_SECONDS, self.cut)

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        super().resume_writing()
        self._stop_waiting_for_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_waiting_for_head()
        self._stop_waiting_for_reader()
        self.shared.forget(self)
        super().connection_lost(exc)

    def cut(self) -> None:
        """End the connection at once. What was not sent yet is dropped."""
        self.transport.abort()

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            self.shared.without_request[self] = None
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.cut)

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


def connection_class(limit: int) -> type[Connection]:
    """Return the protocol for one service, of which ``limit`` connections may be open at once."""

    class OwnConnection(Connection):
        shared = Connections(limit)

    return OwnConnection
