"""How much may wait in the service at once, so that its memory has a bound whatever the clients do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from dedupe.service.problems import BUSY, ServiceError

_RETRY_SECONDS = 1
"""Seconds after which a refused client should try again: what waits takes about as long."""


class Budget:
    """Counts what waits: articles until they are answered, and bytes of bodies from the first one that arrives.

    Only the event loop uses it, so nothing is locked.
    """

    def __init__(self, max_articles: int, max_bytes: int) -> None:
        self.max_articles, self.max_bytes = max_articles, max_bytes
        self.articles = self.bytes = 0

    def check(self, announced_bytes: int) -> None:
        """Refuse a request before its body is read. ``announced_bytes``: the length of the body, 0 if it is unknown.

        Raises ``ServiceError`` (429) if so many articles wait that no more would be taken, or if the body would not
        find room.
        """
        if self.articles >= self.max_articles:
            raise _busy(f"{self.articles:,} articles are waiting")
        if self.bytes + announced_bytes > self.max_bytes:
            raise _busy(f"{self.bytes:,} bytes are waiting")

    @contextlib.contextmanager
    def holding(self, number: int) -> Iterator[None]:
        """Hold room for articles that wait. Raises ``ServiceError`` (429) if there is none."""
        if self.articles + number > self.max_articles:
            raise _busy(f"{self.articles:,} articles are waiting, and with {number:,} more they would be too many")
        self.articles += number
        try:
            yield
        finally:
            self.articles -= number

    def take_bytes(self, number: int) -> None:
        """Hold room for bytes that have arrived. Raises ``ServiceError`` (429), and holds none, if there is none."""
        if self.bytes + number > self.max_bytes:
            raise _busy(f"{self.bytes:,} bytes are waiting")
        self.bytes += number

    def give_bytes(self, number: int) -> None:
        """Give back the room of bytes that are no longer held."""
        self.bytes -= number


def _busy(what: str) -> ServiceError:
    return ServiceError(BUSY, f"{what}: send it again in {_RETRY_SECONDS} s", {"Retry-After": str(_RETRY_SECONDS)})
