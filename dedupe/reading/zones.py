"""Find the time zone in a written date: an offset, the name of a zone, or both.

Only names that have one meaning in news are known. IST is missing because it can mean three zones.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

# Hours from UTC: the zones of RFC 2822, by which CST is American, the European ones, and others that mean one zone.
_HOURS = {
    "GMT": 0, "UTC": 0, "UT": 0, "Z": 0,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8,
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "BST": 1, "MSK": 3,
    "SAST": 2, "EAT": 3, "PKT": 5, "WIB": 7, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9,
    "AWST": 8, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip

# American publishers write "10:30 AM ET". Whether that is EST or EDT depends on the day.
_AMERICAN = {"ET": "New_York", "CT": "Chicago", "MT": "Denver", "PT": "Los_Angeles"}

_NAMES = "|".join(sorted((*_HOURS, *_AMERICAN), key=len, reverse=True))

_CLOCK = r"(\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:\s?[AaPp][Mm])?(?:\s[Uu]hr)?)"

# What may follow an offset and says the same again: "(Central European Summer Time)", "[Europe/Berlin]", "CEST".
_AGAIN = rf"(?:\s*(?:\([^()]*\)|\[[^\[\]]*\]|(?:{_NAMES})\b|[A-Z]{{3,5}}$))?"

_OFFSET = re.compile(rf"{_CLOCK},?\s*\(?(?:GMT|UTC?|Z)?\s?([+-])(0\d|1[0-4]|\d)(?::?([0-5]\d))?(?![\d./:-])\)?{_AGAIN}")
_NAMED = re.compile(rf"{_CLOCK},?\s*\(?({_NAMES})\b\)?{_AGAIN}")
_ANYWHERE = re.compile(r"()\s\(?(?:UTC|GMT)\b\)?")
_REGION = re.compile(rf"{_CLOCK}\s*\[?([A-Z][A-Za-z]+(?:/[A-Za-z_+-]+)+)\]?$")

# What Go prints of its other clock.
_MONOTONIC = re.compile(r"\sm=[+-][\d.]+$")


def split_zone(text: str) -> tuple[str, tzinfo | None]:
    """Return a date without its time zone, and the zone; None if it has none that is known.

    >>> split_zone("Thu Apr 25 2024 10:30:00 GMT+0200 (Central European Summer Time)")
    ('Thu Apr 25 2024 10:30:00', datetime.timezone(datetime.timedelta(seconds=7200)))
    """
    text = _MONOTONIC.sub("", text)
    if match := _OFFSET.search(text):
        size = timedelta(hours=int(match[3]), minutes=int(match[4] or 0))
        zone: tzinfo = timezone(-size if match[2] == "-" else size)
    elif match := _NAMED.search(text):
        zone = _zone(match[2])
    elif match := _REGION.search(text):
        zone = _region(match[2])
    elif match := _ANYWHERE.search(text):
        zone = UTC
    else:
        return text, None
    return text[: match.end(1)] + text[match.end() :], zone


def named_zone(name: str | None, offset_seconds: int | None) -> tzinfo | None:
    """Look up a time zone for dateutil. A ``KeyError`` refuses a name that dateutil would ignore and read as UTC."""
    if name is None and offset_seconds is None:
        return None
    return timezone(timedelta(seconds=offset_seconds)) if offset_seconds is not None else _zone(str(name))


def _zone(name: str) -> tzinfo:
    return ZoneInfo(f"America/{_AMERICAN[name]}") if name in _AMERICAN else timezone(timedelta(hours=_HOURS[name]))


def _region(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no zone has this name, or it is the name of a folder
        raise ValueError(f"the time zone {name!r} is unknown") from None
