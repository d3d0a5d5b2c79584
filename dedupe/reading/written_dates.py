"""Parse dates that are written for people: in words of many languages, or in numbers that are not ISO 8601.

Two libraries read them: dateutil what is English or in numbers, and dateparser, which is slower, what dateutil refuses.
Both guess where something is missing, so that their answers are checked here.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING

from dedupe.reading.zones import named_zone, split_zone

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

# Languages whose words for months and days are known, by their ISO 639-1 codes. A date that means different days in
# two of them is refused, such as "5 listopada 2024": November in Polish, October in Croatian. Thai is missing because
# dateparser takes one abbreviation of March for January; ``local_dates`` reads it.
_LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "ru", "uk", "pl", "cs", "sk", "hu", "ro", "bg", "hr", "sr", "sl", "da",
    "sv", "nb", "fi", "et", "lv", "lt", "el", "tr", "ar", "he", "fa", "hi", "bn", "id", "vi", "ko", "ja", "zh",
    "ca",
)  # fmt: skip

# Words of a date; texts with more are not parsed, because asking all languages takes some milliseconds.
_MOST_WORDS = 10

_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")

# A number that may be a day or a month: not a part of the time of day.
_SHORT_NUMBER = re.compile(r"(?<![\d:])\d{1,2}(?![\d:])")

_SEVERAL = "it can mean several dates"

# The time of day as 10.30, 10h30, 10 Uhr 30 or 10h, which becomes 10:30 or 10:00.
_CLOCK_MARK = re.compile(r"(?<![\d.])([01]?\d|2[0-3])\s?(?:h|uhr)(?:\s?([0-5]\d))?(?!\w)", re.IGNORECASE)
_CLOCK_DOT = re.compile(r"(?<![\d.,/-])([01]?\d|2[0-3])\.([0-5]\d)(?:\.([0-5]\d))?(?![\d.]|\s\d{4}(?!\d))")
_CLOCK_SIGNS = re.compile(r"\s?(\d{1,2})\s?[时時点點시]\s?(?:([0-5]?\d)\s?[分분](?:\s?([0-5]?\d)\s?[秒초])?)?(?!\w)")
_AM_PM = re.compile(r"(?<=[\d\s])([ap])\.\s?m\b\.?", re.IGNORECASE)

# The day of the week after the day, which begins with the sign for month or day where it is Monday or Sunday.
_JAPANESE_WEEKDAY = re.compile(r"(?<=日)\s?(?:[月火水木金土日]曜日?|\([月火水木金土日](?:曜日?)?\))")

_FIRST_WORD = re.compile(r"([^\W\d_]+)\.?,?\s*(?=\d)")


class DayOrMonthError(ValueError):
    """A date can mean two: with the day first, or with the month first."""


class MonthNameError(ValueError):
    """A date means different days in several ``languages``, given by their codes."""

    def __init__(self, found: dict[str, datetime]) -> None:
        self.languages = frozenset(found)
        days: dict[str, list[str]] = {}
        for language, at in found.items():
            days.setdefault(f"{at:%Y-%m-%d}", []).append(language)
        meanings = " and ".join(f"{day} in the language {' or '.join(codes)}" for day, codes in days.items())
        super().__init__(f"{_SEVERAL}: {meanings}")


def parse_written(text: str, day_first: bool | None, language: str | None = None) -> datetime:
    """Return the date that a text means, with its time zone if it names one. ``language``: the code of its language.

    Raises ``ValueError`` with the reason, unless the whole text is one date with day, month and a four-digit year. It
    is a ``DayOrMonthError`` if the text is one date with the day first, and another with the month first, and
    ``day_first`` is None, and a ``MonthNameError`` if ``language`` would have helped.
    """
    if not _FOUR_DIGITS.search(text):
        raise ValueError("no four-digit year")
    plain, zone = split_zone(_normalised(text))
    has_order = len(_SHORT_NUMBER.findall(plain)) > 1 and not _FOUR_DIGITS.match(plain)
    if day_first is None and has_order:
        found = _in_one_order(plain, (False, True), language)
    else:
        found = _in_one_order(plain, (has_order and bool(day_first),) * 2, language)
    return found if zone is None else found.replace(tzinfo=zone)


def languages_of(text: str) -> frozenset[str]:
    """Return the codes of the languages in whose words a text is a date; empty if it is none or has no words."""
    plain, _ = split_zone(_normalised(text))
    if not re.search(r"[^\W\d_]{3}", plain) or not _is_short(plain):
        return frozenset()
    return frozenset(_languages_of(_pattern(plain)))


def _in_one_order(text: str, orders: tuple[bool, bool], language: str | None) -> datetime:
    """Return the date that a text means in both orders: with the day first (true) or the month first."""
    found = _by_dateutil(text, orders)
    if found is not None:
        return found
    first = _by_dateparser(text, orders[0], language)
    if orders[0] != orders[1] and first != _by_dateparser(text, orders[1], language):
        raise DayOrMonthError(_SEVERAL)
    return first


def _normalised(text: str) -> str:
    """Return the text with ASCII digits, plain spaces and the time of day as 10:30."""
    text = unicodedata.normalize("NFKC", re.sub(r"(?<=\d)[ºª°]", "", text))  # the ordinals of Spanish and Portuguese
    visible = (char for char in text if unicodedata.category(char) != "Cf")  # marks of the direction of writing
    text = "".join(str(int(char)) if char.isdecimal() else char for char in visible)
    text = re.sub(r"\s+", " ", text).strip().replace("\u2212", "-")  # the minus sign
    text = _AM_PM.sub(r"\1m", text)
    text = _CLOCK_SIGNS.sub(lambda clock: f" {clock[1]}:{clock[2] or '00'}:{clock[3] or '00'}", text)
    if not re.search(r"\d:\d", text):
        text = _CLOCK_MARK.sub(lambda clock: f"{clock[1]}:{clock[2] or '00'}", text)
    if not re.search(r"\d:\d", text):
        text = _CLOCK_DOT.sub(lambda clock: ":".join(part for part in clock.groups() if part), text)
    return _JAPANESE_WEEKDAY.sub(" ", text)


def _by_dateutil(text: str, orders: tuple[bool, bool]) -> datetime | None:
    """Parse with dateutil, but only text that gives the whole date. None if it is no date to dateutil.

    dateutil takes what is missing from a default date. The text is parsed with different defaults: the results agree
    exactly if dateutil filled in nothing.
    """
    from dateutil import parser  # type: ignore[import-untyped,unused-ignore]

    def parse(default: datetime, day_first: bool) -> datetime:
        found: datetime = parser.parse(text, default=default, tzinfos=named_zone, dayfirst=day_first)
        return found

    one, other = datetime(2000, 1, 1), datetime(2003, 2, 2)
    try:
        first, second = parse(one, orders[0]), parse(other, orders[1])
        if first == second:
            return first
        if orders[0] != orders[1] and first == parse(other, orders[0]) and second == parse(one, orders[1]):
            raise DayOrMonthError(_SEVERAL)
    except KeyError as unknown_zone:
        raise ValueError(f"the time zone {unknown_zone} is unknown or can mean several") from None
    except DayOrMonthError:
        raise
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError):
        # dateutil documents only ValueError, but has raised the others on unusual text.
        return None
    raise ValueError(_SEVERAL)


def _is_short(text: str) -> bool:
    return len(re.findall(r"[^\W\d_]+", text)) <= _MOST_WORDS


def _pattern(text: str) -> str:
    """Return a text with numbers that make a date whatever their order, to ask what languages know the words."""
    return re.sub(r"\d+", lambda digits: "2010" if len(digits[0]) == 4 else "10", text)


@functools.lru_cache(maxsize=10_000)
def _read_in_languages(text: str, day_first: bool, language: str | None) -> dict[str, datetime]:
    """Return the date that a text is in each language that knows its words, or only in ``language`` if that does."""
    known = _languages_of(_pattern(text))
    asked = (language,) if language in known else known
    answers = {code: _parser(code, day_first).get_date_data(text).date_obj for code in asked}
    return {code: answer for code, answer in answers.items() if answer is not None}


def _by_dateparser(text: str, day_first: bool, language: str | None) -> datetime:
    """Parse with dateparser, in every language that knows the words. All must agree, or ``language`` be one of them.

    Every number of the text must be a part of the result, and a time zone that dateparser finds in addition is refused:
    it takes one meaning of names such as IST, which have several.
    """
    if not _is_short(text):
        raise ValueError("not a date")
    results = _read_in_languages(text, day_first, language)
    weekday = _FIRST_WORD.match(text)
    if not results and weekday and _is_date_word(weekday[1]):  # feeds mix languages: "mié, 24 Apr 2024"
        return _in_one_order(text[weekday.end() :], (day_first, day_first), language)
    if not results:
        raise ValueError("not a date")
    if len(set(results.values())) > 1:
        raise MonthNameError(results)
    found = next(iter(results.values()))
    if found.tzinfo is not None:
        raise ValueError("its time zone is unknown or can mean several")
    if not _uses_all_numbers(text, found):
        raise ValueError("not a date")
    return found


def _uses_all_numbers(text: str, found: datetime) -> bool:
    hours = {found.hour, found.hour % 12 or 12}
    parts = {found.year, found.month, found.day, found.minute, found.second, *hours}
    clock = re.sub(r"(?<=:\d\d)[.,]\d+", "", text)  # the fraction of a second
    return all(int(number) in parts for number in re.findall(r"\d+", clock))


@functools.lru_cache(maxsize=10_000)
def _languages_of(pattern: str) -> tuple[str, ...]:
    """Return the languages in which a text is a date. Most texts of a collection differ in their numbers only."""
    return tuple(language for language in _LANGUAGES if _parser(language, True).get_date_data(pattern).date_obj)


@functools.lru_cache(maxsize=10_000)
def _is_date_word(word: str) -> bool:
    """Return whether a single word stands in dates of some language."""
    return any(_parser(language, True, whole=False).get_date_data(word).date_obj for language in _LANGUAGES)


@functools.cache
def _parser(language: str, day_first: bool, whole: bool = True) -> DateDataParser:
    """Return dateparser for one language. It must not look at the clock or the machine's time zone.

    If ``whole``, it takes only dates with a day, a month and a year.
    """
    from dateparser.date import DateDataParser

    settings = {
        "DATE_ORDER": "DMY" if day_first else "MDY",
        "PREFER_LOCALE_DATE_ORDER": False,
        "PARSERS": ["absolute-time"],  # not "two hours ago"
        "REQUIRE_PARTS": ["day", "month", "year"] if whole else [],
        "STRICT_PARSING": whole,
        "TIMEZONE": "UTC",
        "RELATIVE_BASE": datetime(2000, 1, 1),
    }
    return DateDataParser(languages=[language], settings=settings)
