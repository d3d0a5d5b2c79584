"""What dates promise: a date that can mean one thing is read, everything else is refused with its reason."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedupe.reading.dates import FIRST_YEAR, LAST_YEAR, parse_date

MORNING = datetime(2024, 1, 5, 10, 30, tzinfo=UTC)
READ = [
    "2024-01-05T10:30:00Z",
    "2024-01-05T12:30:00+02:00",
    "2024-01-05 10:30",
    "2024-01-05 10:30 AM",
    "2024/01/05 10:30",
    "20240105T103000Z",
    "20240105103000",
    "Fri, 05 Jan 2024 10:30:00 GMT",
    "5 Jan 2024 05:30 -0500",
    "Fri, 05 Jan 24 05:30:00 EST",
    "Fri Jan 05 10:30:00 +0000 2024",
    "January 5, 2024 at 5:30 AM ET",
    "5 January 2024 11:30 CET",
    "1704450600",
    "1704450600000",
    1704450600,
    1704450600.0,
    1704450600000,
    1704450600000000,
    datetime(2024, 1, 5, 10, 30),
    datetime(2024, 1, 5, 12, 30, tzinfo=timezone(timedelta(hours=2))),
]
DAYS = ["2024-01-05", "20240105", "Jan 5, 2024", "5th of January 2024", "2024-01-05T00:00:00Z", date(2024, 1, 5)]
REFUSED = {
    "soon": "no four-digit year",
    "10": "no four-digit year",
    "Monday": "no four-digit year",
    "2024": "several dates",
    "January 2024": "several dates",
    "01/02/2024": "several dates",
    "05.01.2024": "several dates",
    "2024-13-45": "not a date",
    "Fri, 35 Jan 2024 10:30:00 GMT": "day is out of range",
    "5 January 2024 10:30 IST": "time zone 'IST'",
    "0001-01-01T00:00:00Z": "the year 1 is outside",
    "9999-12-31": "the year 9999 is outside",
    "January 5, 2024 " * 20: "too long for a date",
    10: "no time since 1970",
    float("nan"): "no time since 1970",
    10**40: "no time since 1970",
    True: "cannot be a bool",
    (2024, 1, 5): "cannot be a tuple",
}


@pytest.mark.parametrize("written", READ, ids=str)
def test_dates_publishers_write_are_one_instant(written):
    assert parse_date(written) == (MORNING, False)


@pytest.mark.parametrize("written", DAYS, ids=str)
def test_a_date_without_a_time_has_day_precision(written):
    assert parse_date(written) == (datetime(2024, 1, 5, tzinfo=UTC), True)


def test_midnight_in_another_zone_stays_the_day_that_was_printed():
    assert parse_date("2024-01-05T00:00:00+09:00") == (datetime(2024, 1, 5, tzinfo=UTC), True)


@pytest.mark.parametrize("written", REFUSED, ids=lambda written: str(written)[:20])
def test_what_is_no_date_or_can_mean_several_is_refused(written):
    with pytest.raises(ValueError, match=REFUSED[written]):
        parse_date(written)


@given(st.text(max_size=40) | st.from_regex(r"[0-9a-zA-Z:/,. +\-]{4,30}", fullmatch=True))
@example("2024-01-05 10:30:61")
@example("0000000000000000 2024")
def test_any_text_is_a_date_in_range_or_a_value_error(text):
    try:
        at, day_precision = parse_date(text)
    except ValueError:
        return
    assert at.utcoffset() == timedelta(0)
    assert FIRST_YEAR - 1 <= at.year <= LAST_YEAR + 1
    assert parse_date(at.isoformat()) == (at, day_precision) or at.year not in range(FIRST_YEAR, LAST_YEAR + 1)


@given(st.datetimes(datetime(1973, 3, 4), datetime(2199, 12, 31)), st.sampled_from([1, 1000]))
def test_seconds_and_milliseconds_since_1970_come_back(moment, unit):
    whole_seconds = moment.replace(microsecond=0, tzinfo=UTC)
    assert parse_date(int(whole_seconds.timestamp()) * unit).at == whole_seconds
