"""Parse dates as publishers write them into an instant in UTC, and note whether a time of day was given.

    parse_date(value)   one date by itself
    FileDates           the dates of one file, which shows by one date whether the day or the month comes first in all

A date is accepted only if it can mean one thing: "10", "Monday" and "01/02/2024" are refused, never guessed. Parsing
does not look at the clock, so that the same text gives the same date every day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from dedupe.reading.local_dates import in_usual_order
from dedupe.reading.written_dates import DayOrMonthError, MonthNameError, languages_of, parse_written

# Printed news begins about 1600. The zero date of databases (year 1) and "never" (year 9999) must not pass as dates.
FIRST_YEAR, LAST_YEAR = 1600, 2199

# What computers write where they have no date: the zeros of Windows, of spreadsheets and of Unix.
_ZEROS = tuple(datetime(*day, tzinfo=UTC) for day in ((1601, 1, 1), (1899, 12, 30), (1970, 1, 1)))

# A zero that was converted to local time is so far from midnight in UTC at most.
_FARTHEST_ZONE = timedelta(hours=14)

# Characters; longer texts are not parsed.
_LONGEST_DATE = 100

_OTHER_YEARS = frozenset({"th"})
"""Languages in which years are counted from another one, also in numbers."""

_RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{2,4}\s+\d{1,2}:\d{2}(?::\d{2})?\s+"
    r"(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)"
)

# Time since 1970, in seconds to nanoseconds.
_NUMBER = re.compile(r"\d{9,19}(?:\.\d+)?")

# YYYYMMDDhhmmss in the years 1600 to 2199.
_COMPACT = re.compile(r"(?:1[6-9]|2[01])\d{12}")

# How .NET writes dates in JSON: milliseconds since 1970, and an offset that changes nothing about the instant.
_DOT_NET = re.compile(r"\\?/Date\((-?\d+)(?:[+-]\d{4})?\)\\?/")

# A date in numbers with the year last, and one with the year first, which says nothing about day and month.
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])\s?(\d{1,2})\2\s?\d{4}(?!\d)")
_YEAR_FIRST = re.compile(r"\d{4}")

# A date in numbers with the year first, whose second number is the month, also without separators.
_YEAR_MONTH_DAY = re.compile(r"\d{4}(?:\s?[-/.\s]\s?(\d{1,2})\s?[-/.\s]\s?\d{1,2}|(\d\d)\d\d)(?![\d:])")


class Moment(NamedTuple):
    """A publication date: ``at`` is an instant in UTC.

    ``day_precision`` is true if no time of day was given, or exactly midnight. ``at`` is then 00:00 UTC of the day that
    was printed, whatever the time zone, so that the day shown is the day printed.
    """

    at: datetime
    day_precision: bool


ParseDate = Callable[[object, str | None], Moment]
"""Parses one date of an article in a language, or raises ``ValueError``, as ``parse_date`` does."""


def parse_date(value: object, day_first: bool | None = None, language: str | None = None) -> Moment:
    """Parse one publication date.

    ``value`` may be a ``datetime`` or ``date``; ISO 8601 text; RFC 2822 text (``pubDate`` of RSS); seconds,
    milliseconds, microseconds or nanoseconds since 1970, as a number or as digits; ``YYYYMMDDhhmmss``; or any other
    text with a day, a month, in numbers or in words of one of many languages, and a four-digit year that can mean one
    date only. ``day_first`` says what "01/02/2024" means: 1 February if true, 2 January if false. ``language`` is
    the code of the language of the article, which says what "5 listopada 2024" means: November in Polish, October in
    Croatian. A value without a time zone is read as UTC.

    >>> parse_date("2024-01-05T10:30:00+02:00")
    Moment(at=datetime.datetime(2024, 1, 5, 8, 30, tzinfo=datetime.timezone.utc), day_precision=False)
    >>> parse_date("5 January 2024").day_precision
    True

    Raises ``ValueError`` with the reason for every other value, for years outside 1600–2199, and for the zero dates of
    computers, such as 1970-01-01T00:00:00Z. It is a ``DayOrMonthError`` if ``day_first`` would have helped,
    and a ``MonthNameError`` if ``language`` would.
    """
    if isinstance(value, str):
        return _moment(_from_text(value.strip(), day_first, language))
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return _moment(datetime.combine(value, time()))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _moment(_from_number(value))
    raise ValueError(f"a date cannot be a {type(value).__name__}")


class FileDates:
    """Parses the dates of one file.

    A publisher writes either the day first or the month first. If ``day_first`` is None, the first date that needs the
    answer has all dates of the file looked at, which ``every_date`` returns: one such as 25/04/2024 decides for the
    whole file, wherever it stands. Such dates are refused where none decides, or two contradict each other, or the
    dates are not all written alike, since the file then has several publishers.

    The language of a date that means different days in several ones is found in the same way, if the article does not
    name it: by another date, such as "5 stycznia 2024", that only one of them has.
    """

    def __init__(self, day_first: bool | None, every_date: Callable[[], Iterable[object]]) -> None:
        self._day_first = day_first
        self._every_date = every_date
        self._is_order_known = day_first is not None
        self._languages: dict[frozenset[str], str | None] = {}

    def parse(self, value: object, language: str | None = None) -> Moment:
        """Parse one date of the file, of an article in this language, like ``parse_date``."""
        try:
            return parse_date(value, self._day_first, language)
        except DayOrMonthError:
            if self._is_order_known:
                raise
            self._day_first = _order(self._every_date())
            self._is_order_known = True
        except MonthNameError as error:
            if error.languages not in self._languages:
                self._languages[error.languages] = _language(self._every_date(), error.languages)
            language = self._languages[error.languages]
            if language is None:
                raise
        return parse_date(value, self._day_first, language)


def _order(dates: Iterable[object]) -> bool | None:
    """Return whether the day comes first in these dates; None if they do not say. Dates with the year first are passed
    over."""
    answers, separators = set(), set()
    for value in dates:
        text = value.strip() if isinstance(value, str) else ""
        if not text or _YEAR_FIRST.match(text):
            continue
        written = _YEAR_LAST.match(text)
        separators.add(written and written[2])
        if written and (int(written[1]) > 12) != (int(written[3]) > 12):
            answers.add(int(written[1]) > 12)
    is_one_way = len(separators) == len(answers) == 1 and None not in separators
    return answers.pop() if is_one_way else None


def _language(dates: Iterable[object], languages: frozenset[str]) -> str | None:
    """Return which of some languages these dates are in; None if they do not say, or not the same."""
    found = {
        languages & languages_of(value) for value in dates if isinstance(value, str) and len(value) <= _LONGEST_DATE
    }
    only = {next(iter(some)) for some in found if len(some) == 1}
    return only.pop() if len(only) == 1 else None


def _moment(value: datetime) -> Moment:
    """Convert to UTC. The year is checked first because the conversion overflows at both ends of the calendar."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"the year {value.year} is outside {FIRST_YEAR}–{LAST_YEAR}")
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    at = aware.astimezone(UTC)
    if at.year in (1600, 1601, 1899, 1969, 1970) and _is_zero(value, at):
        raise ValueError("a computer's zero, which stands for no date")
    if value.time() == time():
        return Moment(value.replace(tzinfo=UTC), day_precision=True)
    return Moment(at, day_precision=False)


def _is_zero(written: datetime, at: datetime) -> bool:
    """Return whether an instant is the zero of a clock, or was the zero in the time zone of some computer."""
    if at in _ZEROS:
        return True
    is_whole_hour = written.minute == written.second == written.microsecond == 0 and written.hour != 0
    return is_whole_hour and any(abs(at - zero) <= _FARTHEST_ZONE for zero in _ZEROS)


def _from_text(text: str, day_first: bool | None, language: str | None) -> datetime:
    if len(text) > _LONGEST_DATE:
        raise ValueError(f"{len(text):,} characters are too long for a date")
    if _COMPACT.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d%H%M%S")
    if _NUMBER.fullmatch(text):
        return _from_number(float(text))
    if language in _OTHER_YEARS:
        text = in_usual_order(text, language)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    if _RFC_2822.fullmatch(text):
        try:
            return parsedate_to_datetime(text)
        except ValueError:  # the month may have its name in another language
            pass
    if dot_net := _DOT_NET.fullmatch(text):
        return _from_number(float(dot_net[1]))
    in_numbers = _YEAR_MONTH_DAY.match(text)
    if in_numbers and int(month := in_numbers[1] or in_numbers[2]) > 12:
        raise ValueError(f"there is no month {month}, and behind the year comes the month")
    return parse_written(in_usual_order(text, language), day_first, language)


def _from_number(number: float) -> datetime:
    """Convert time since 1970, whose size tells its unit, or ``YYYYMMDD`` and ``YYYYMMDDhhmmss``.

    Other numbers below 1e8 (March 1973, in seconds) are refused: they are too likely to be something else.
    """
    written = f"{number:.0f}"
    if len(written) in (8, 14) and number == int(number) and FIRST_YEAR <= int(written[:4]) <= LAST_YEAR:
        with suppress(ValueError):
            return datetime.strptime(written, "%Y%m%d%H%M%S" if len(written) == 14 else "%Y%m%d")
    for limit, unit in ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000)):
        if 1e8 <= number < limit:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / unit)
    raise ValueError("the number is no time since 1970 in seconds or milliseconds")
