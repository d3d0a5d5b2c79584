"""Parse dates as publishers write them into an instant in UTC, and note whether a time of day was given.

A date is accepted only if it can mean one thing: "10", "Monday" and "01/02/2024" are refused, never guessed. Parsing
does not look at the clock, so that the same text gives the same date every day.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

# Printed news begins about 1600. The zero date of databases (year 1) and "never" (year 9999) must not pass as dates.
FIRST_YEAR, LAST_YEAR = 1600, 2199

# Characters; longer texts are not parsed.
_LONGEST_DATE = 100

_RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{2,4}\s+\d{1,2}:\d{2}(?::\d{2})?\s+"
    r"(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)"
)

# Time since 1970, in seconds to nanoseconds.
_NUMBER = re.compile(r"\d{9,19}(?:\.\d+)?")

# YYYYMMDDhhmmss in the years 1600 to 2199.
_COMPACT = re.compile(r"(?:1[6-9]|2[01])\d{12}")

# Hours from UTC of the zones of RFC 2822, by which CST is American, and of the European ones. IST is missing because it
# can mean three zones.
_ZONES = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "BST": 1,
}  # fmt: skip

# American publishers write "10:30 AM ET". Whether that is EST or EDT depends on the day.
_AMERICAN = {"ET": "New_York", "CT": "Chicago", "MT": "Denver", "PT": "Los_Angeles"}


class Moment(NamedTuple):
    """A publication date: ``at`` is an instant in UTC.

    ``day_precision`` is true if no time of day was given, or exactly midnight. ``at`` is then 00:00 UTC of the day that
    was printed, whatever the time zone, so that the day shown is the day printed.
    """

    at: datetime
    day_precision: bool


def parse_date(value: object) -> Moment:
    """Parse one publication date.

    ``value`` may be a ``datetime`` or ``date``; ISO 8601 text; RFC 2822 text (``pubDate`` of RSS); seconds,
    milliseconds, microseconds or nanoseconds since 1970, as a number or as digits; ``YYYYMMDDhhmmss``; or any text that
    dateutil parses, if it has a day, a month and a four-digit year and can mean one date only. A value without a time
    zone is read as UTC.

    >>> parse_date("2024-01-05T10:30:00+02:00")
    Moment(at=datetime.datetime(2024, 1, 5, 8, 30, tzinfo=datetime.timezone.utc), day_precision=False)
    >>> parse_date("5 January 2024").day_precision
    True

    Raises ``ValueError`` with the reason for every other value, and for years outside 1600–2199.
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


def _moment(value: datetime) -> Moment:
    """Convert to UTC. The year is checked first because the conversion overflows at both ends of the calendar."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"the year {value.year} is outside {FIRST_YEAR}–{LAST_YEAR}")
    if value.time() == time():
        return Moment(value.replace(tzinfo=UTC), day_precision=True)
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
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
    """Convert time since 1970. The size of the number tells its unit.

    Numbers below 1e8 (March 1973, in seconds) are refused: they are too likely to be something else.
    """
    for limit, unit in ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000)):
        if 1e8 <= number < limit:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / unit)
    raise ValueError("the number is no time since 1970 in seconds or milliseconds")


def _from_prose(text: str) -> datetime:
    """Parse with dateutil, but only text that gives the whole date and can mean one date only.

    dateutil takes what is missing from a default date and guesses the order of "01/02". The text is parsed twice, with
    different defaults and orders: the results agree exactly if dateutil neither filled in nor guessed anything.
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
        # dateutil documents only ValueError, but has raised the others on unusual text.
        raise ValueError("not a date") from None
    if first != second:
        raise ValueError("it can mean several dates")
    return first


def _zone(name: str | None, offset_seconds: int | None) -> tzinfo | None:
    """Look up a time zone for dateutil. A ``KeyError`` refuses a name that dateutil would ignore and read as UTC."""
    if name is None and offset_seconds is None:
        return None
    if offset_seconds is not None:
        return timezone(timedelta(seconds=offset_seconds))
    if name in _AMERICAN:
        return ZoneInfo(f"America/{_AMERICAN[name]}")
    return timezone(timedelta(hours=_ZONES[str(name)]))
