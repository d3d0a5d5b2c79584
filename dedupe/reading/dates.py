"""Dates as publishers write them → one instant in UTC, and whether a time of day was given.

A date is accepted only where it can mean one thing: "10", "Monday" or "01/02/2024" are refused, never guessed. Nothing
here looks at the clock, so the same text gives the same date every day.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

# Printed news begins about 1600. Zero dates of databases (year 1) and "never" (year 9999) must not pass as dates.
FIRST_YEAR, LAST_YEAR = 1600, 2199


_LONGEST_DATE = 100

_RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{2,4}\s+\d{1,2}:\d{2}(?::\d{2})?\s+"
    r"(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)"
)

_NUMBER = re.compile(r"\d{9,19}(?:\.\d+)?")

_COMPACT = re.compile(r"(?:1[6-9]|2[01])\d{12}")

# Hours from UTC: the zones of RFC 2822 (it decides that CST is American) and the European ones; IST means three zones.
_ZONES = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "BST": 1,
}  # fmt: skip

# "10:30 AM ET" is how American publishers write it; whether that is EST or EDT depends on the day.
_AMERICAN = {"ET": "New_York", "CT": "Chicago", "MT": "Denver", "PT": "Los_Angeles"}


class Moment(NamedTuple):
    """``at``: an instant in UTC. ``day_precision``: no time of day was given, or exactly midnight.

    With day precision ``at`` is 00:00 UTC of the day as printed, whatever the zone: the day shown is the day printed.
    """

    at: datetime
    day_precision: bool


def parse_date(value: object) -> Moment:
    """Read one publication date.

    Accepts ``datetime`` and ``date`` objects; ISO 8601; RFC 2822 (RSS ``pubDate``); seconds, milliseconds,
    microseconds or nanoseconds since 1970, as number or digits; ``YYYYMMDDhhmmss``; and what dateutil reads, where
    day, month and four-digit year are all there and can mean one date only. A value without a zone is UTC.

    >>> parse_date("2024-01-05T10:30:00+02:00")
    Moment(at=datetime.datetime(2024, 1, 5, 8, 30, tzinfo=datetime.timezone.utc), day_precision=False)
    >>> parse_date("5 January 2024").day_precision
    True

    Raises ``ValueError`` with the reason for everything else, also for years outside 1600–2199.
    """
    if isinstance(value, str):
        return _moment(_from_text(value.strip()))
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return _moment(datetime.combine(value, time()))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _moment(_from_number(value))
    raise ValueError(f"a date cannot be a {type(value).__name__}")


def _moment(found: datetime) -> Moment:
    """UTC and precision; the year is checked first, since conversion overflows at both ends of the calendar."""
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"the year {found.year} is outside {FIRST_YEAR}–{LAST_YEAR}")
    if found.time() == time():
        return Moment(found.replace(tzinfo=UTC), day_precision=True)
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return Moment(aware.astimezone(UTC), day_precision=False)


def _from_text(text: str) -> datetime:
    if len(text) > _LONGEST_DATE:
        raise ValueError(f"{len(text):,} characters are too long for a date")
    if _COMPACT.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d%H%M%S")
    if _NUMBER.fullmatch(text):
        return _from_number(float(text))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if _RFC_2822.fullmatch(text):
        return parsedate_to_datetime(text)
    return _from_prose(text)


def _from_number(number: float) -> datetime:
    """Time since 1970; the size says the unit. Below 1e8 (March 1973) a number is too likely to be something else."""
    for limit, unit in ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000)):
        if 1e8 <= number < limit:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / unit)
    raise ValueError("the number is no time since 1970 in seconds or milliseconds")


def _from_prose(text: str) -> datetime:
    """What dateutil reads, where it says the whole date and only one date.

    dateutil fills what is missing from a default and guesses the order of "01/02". Two readings with different defaults
    and orders agree exactly where nothing was filled in or guessed.
    """
    from dateutil import parser  # type: ignore[import-untyped,unused-ignore]

    if not re.search(r"(?<!\d)\d{4}(?!\d)", text):
        raise ValueError("no four-digit year")
    year_first = re.match(r"\d{4}(?!\d)", text) is not None
    try:
        first: datetime = parser.parse(text, default=datetime(2000, 1, 1), tzinfos=_zone)
        second = parser.parse(text, default=datetime(2003, 2, 2), tzinfos=_zone, dayfirst=not year_first)
    except KeyError as unknown_zone:
        raise ValueError(f"the time zone {unknown_zone} is unknown or can mean several") from None
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError):
        # dateutil documents ValueError only; on odd text the others have escaped from it.
        raise ValueError("not a date") from None
    if first != second:
        raise ValueError("it can mean several dates")
    return first


def _zone(name: str | None, offset_seconds: int | None) -> tzinfo | None:
    """The zone dateutil asks for; ``KeyError`` for a name it would otherwise ignore and read as UTC."""
    if name is None and offset_seconds is None:
        return None
    if offset_seconds is not None:
        return timezone(timedelta(seconds=offset_seconds))
    if name in _AMERICAN:
        return ZoneInfo(f"America/{_AMERICAN[name]}")
    return timezone(timedelta(hours=_ZONES[str(name)]))
