"""The time of an index: when a clock is believed, and how its times are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dedupe.errors import IndexRefusedError

_SECOND = 1_000_000

_DAY = 86_400 * _SECOND

_MOST_DAYS_APART = 10
"""Most days between the clock and the last use of the index, in either direction, that are believed without a word of
the user: a weekly run may be some days late."""

_YEAR_9999 = 250_000_000_000 * _SECOND
"""Later times cannot be written as a date."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def check_clock(now: int, latest: int, index: str) -> None:
    """Raise ``IndexRefusedError`` if the clock is too far from the last use of the index to be believed.

    By a clock that is ahead, articles would expire early, and by one that was ahead when they came, they would never
    expire. ``now``: what the clock says. ``latest``: when the index was used last, 0 before its first use; both in
    microseconds since 1970 UTC. ``index``: what messages call the index.
    """
    days = (now - latest) / _DAY
    if not latest or abs(days) <= _MOST_DAYS_APART:
        return
    says = f"{time_of(now):%Y-%m-%d %H:%M} UTC" if 0 <= now < _YEAR_9999 else f"{now // _SECOND} s after 1970"
    side = "after" if days > 0 else "before"
    effect = "articles expire by it" if days > 0 else "articles that came later get its time"
    raise IndexRefusedError(
        f"{index}: the clock says {says}, {abs(days):,.0f} days {side} the index was last used: set it if it is wrong; "
        f"if it is right, say --trust-clock (in Python trust_clock=True), and {effect}"
    )


def time_of(microseconds: int) -> datetime:
    """Return microseconds since 1970 as a time in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)
