"""How long an index waits for others, and what it says meanwhile."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from dedupe.errors import IndexUnavailableError, SettingsError

_FIRST_NOTICE_SECONDS = 5.0
"""After so many seconds of waiting a log line names the process that is waited for."""

_NEXT_NOTICE_SECONDS = 60.0
"""While the waiting goes on, such a line comes again after so many seconds."""

_LOG = logging.getLogger("dedupe")


def check_wait_seconds(wait_seconds: float | None) -> None:
    """Raise ``SettingsError`` if this is no time limit."""
    if wait_seconds is not None and not wait_seconds >= 0:
        raise SettingsError(f"wait_seconds must be 0 or more, not {wait_seconds!r}")


class Wait:
    """One wait for another process, from its beginning.

    Call ``remaining`` for the seconds after which to look again, and ``check`` then.
    """

    def __init__(self, index: Path | str, limit_seconds: float | None, name_holder: Callable[[], str]) -> None:
        """Begin to wait.

        ``index``: what messages call the index. ``limit_seconds``: None waits without end. ``name_holder``: returns who
        is waited for.
        """
        self._index, self._limit, self._name_holder = index, limit_seconds, name_holder
        self._begun = time.monotonic()
        self._next_notice = _FIRST_NOTICE_SECONDS

    def remaining(self) -> float:
        """Return the seconds until the next notice or the end of the limit."""
        due = self._next_notice if self._limit is None else min(self._next_notice, self._limit)
        return max(0.0, due - (time.monotonic() - self._begun))

    def check(self) -> None:
        """Log a notice if one is due. Raises ``IndexUnavailableError`` if the limit is over."""
        waited = time.monotonic() - self._begun
        if self._limit is not None and waited >= self._limit:
            raise IndexUnavailableError(
                f"{self._index}: waited {self._limit:g} s for {self._name_holder()}; nothing of this call was stored "
                "– repeat it, or wait longer"
            )
        if waited >= self._next_notice:
            self._next_notice = waited + _NEXT_NOTICE_SECONDS
            _LOG.warning("%s: waited %.0f s so far for %s", self._index, waited, self._name_holder())
