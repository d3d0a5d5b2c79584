"""What dates promise: a date that can mean one thing is read, everything else is refused with its reason."""

import gzip
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from article_files import as_jsonl, load, only, write, write_jsonl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe.reading.dates import FIRST_YEAR, LAST_YEAR, DayOrMonthError, parse_date

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
WRITTEN = [  # as programs, outlets and languages write the same minute
    "2024-01-05T11:30:00+01:00[Europe/Madrid]",
    "2024-01-05T11:30 Europe/Madrid",
    "2024-01-05T10:30:00Z[UTC]",
    "2024-01-05 12:30:00 +0200 EET",
    "2024-01-05 10:30:00 +0000 UTC m=+0.000012",
    "Fri Jan 05 2024 19:30:00 GMT+0900 (Japan Standard Time)",
    "Fri Jan 05 11:30:00 CET 2024",
    "Fri, 05 Jan 2024 10:30:00 +0000 (UTC)",
    "/Date(1704450600000)/",
    "/Date(1704450600000+0100)/",
    "Friday 5 January 2024 10.30 GMT",
    "Jan. 5, 2024 5:30 a.m. ET",
    "11:30 AM CET, Fri January 5, 2024",
    "Jan 5, 2024, 10:30\u202fAM",
    "Freitag, 5. Januar 2024, 10 Uhr 30",
    "Fr, 05 Jan 2024 11:30:00 MEZ",
    "vendredi 5 janvier 2024 à 10 h 30",
    "viernes, 5 de enero de 2024, 10:30",
    "sexta-feira, 5 de janeiro de 2024 às 10h30",
    "venerdì 5 gennaio 2024, ore 10.30",
    "vrijdag 5 januari 2024 om 10:30",
    "пятница, 5 января 2024 г. в 10:30",
    "piątek, 5 stycznia 2024, godz. 10:30",
    "fre, 05 jan 2024 10:30:00",
    "pe 5. tammikuuta 2024 klo 10.30",
    "5 Ocak 2024 Cuma 10:30",
    "2024年1月5日 10:30",
    "2024年1月5日（金）10時30分",
    "2024년 1월 5일 10:30",
    "2024년 1월 5일 10시 30분",
    "2024年1月5日10时30分00秒",
    "2024年1月5日 10時30分",
    20240105103000,
    "٥ يناير ٢٠٢٤ ١٠:٣٠",
    "vie, 05 Jan 2024 10:30:00 GMT",
    "vie, 5 ene 2024 11:30:00 +0100",
    "5. januar 2024 kl. 10.30.00",
    "2024年1月5日金曜日 10:30",
    "5 Ιανουαρίου 2024, 10:30 π.μ. UTC",
    "5 sty 2024, 10:30",
    "5 ม.ค. 2567 10:30",
    "วันศุกร์ที่ 5 มกราคม พ.ศ. 2567 เวลา 10.30 น.",
    "ศุกร์ 5 มกราคม ค.ศ. 2024, 10:30",
    "๕ มกราคม ๒๕๖๗ ๑๐:๓๐",
    "2024. gada 5. janvārī plkst. 10:30",
    "piektdiena, 2024. gada 5. janvāris, 10:30",
    "2024 m. sausio 5 d. 10:30",
    "2024 m. sausio 5 d., penktadienis, 10:30 val.",
    "2024 m. sausio mėn. 5 d. 10:30",
]
DAYS = [
    "2024-01-05",
    "20240105",
    "Jan 5, 2024",
    "5th of January 2024",
    "2024-01-05T00:00:00Z",
    date(2024, 1, 5),
    20240105,
    20240105.0,
]
REFUSED = {
    "yesterday, 5 Jan 2024": "not a date",
    "il y a 2 heures": "no four-digit year",
    "5 janvier 2024 11:30 IST": "time zone",
    "2024-01-05T11:30:00[Mars/Olympus]": "time zone 'Mars/Olympus' is unknown",
    "5 listopada 2024": "several dates: 2024-11-05 in the language pl and 2024-10-05 in the language hr",
    "25 เม.ย. 67": "no four-digit year",
    "25/04/2567": "the year 2567 is outside",
    "5 janvier 2024 6 janvier 2024": "not a date",
    "3 min de lecture 5 janvier 2024": "not a date",
    "0": "no four-digit year",
    "0000-00-00 00:00:00": "not a date",
    "1970-01-01T00:00:00Z": "a computer's zero",
    "1969-12-31T19:00:00-05:00": "a computer's zero",
    "1970-01-01 01:00": "a computer's zero",
    "1899-12-30": "a computer's zero",
    "/Date(0)/": "no time since 1970",
    0: "no time since 1970",
    "soon": "no four-digit year",
    "10": "no four-digit year",
    "Monday": "no four-digit year",
    "2024": "several dates",
    "January 2024": "several dates",
    "01/02/2024": "several dates",
    "05.01.2024": "several dates",
    "2024-13-45": "there is no month 13, and behind the year comes the month",
    "2024-13-05": "there is no month 13",
    "2024/31/12 10:30": "there is no month 31",
    "2024.13.05": "there is no month 13",
    "2024 13 05": "there is no month 13",
    "2024-13-05T10:30:00Z": "there is no month 13",
    "20241305": "there is no month 13",
    "Fri, 35 Jan 2024 10:30:00 GMT": "not a date",
    "5 January 2024 10:30 IST": "time zone 'IST'",
    "0001-01-01T00:00:00Z": "the year 1 is outside",
    "9999-12-31": "the year 9999 is outside",
    "January 5, 2024 " * 20: "too long for a date",
    10: "no time since 1970",
    20241305: "no time since 1970",
    -2024010: "no time since 1970",
    float("nan"): "no time since 1970",
    10**40: "no time since 1970",
    True: "cannot be a bool",
    (2024, 1, 5): "cannot be a tuple",
}


@pytest.mark.parametrize("written", READ, ids=str)
def test_dates_publishers_write_are_one_instant(written):
    assert parse_date(written) == (MORNING, False)


@pytest.mark.parametrize("written", WRITTEN)
def test_a_date_is_read_in_the_words_of_many_languages_and_programs(written):
    assert parse_date(written) == (MORNING, False)


def test_the_clock_and_the_time_zone_of_the_machine_change_nothing():
    """The same texts, each in a new process that believes to be elsewhere."""
    texts = ["5 janvier 2024 à 10h30", "January 5, 2024", "5 janvier", "vendredi", "hier"]
    program = f"""
from dedupe.reading.dates import parse_date
for text in {texts!r}:
    try:
        print(parse_date(text))
    except ValueError as error:
        print(error)
"""
    answers = {
        subprocess.run([sys.executable, "-c", program], env=os.environ | zone, capture_output=True, check=True).stdout
        for zone in ({"TZ": "UTC"}, {"TZ": "Pacific/Auckland", "LC_ALL": "fr_FR.UTF-8", "LANG": "fr_FR.UTF-8"})
    }
    assert len(answers) == 1


@pytest.mark.parametrize("written", DAYS, ids=str)
def test_a_date_without_a_time_has_day_precision(written):
    assert parse_date(written) == (datetime(2024, 1, 5, tzinfo=UTC), True)


def test_midnight_in_another_zone_stays_the_day_that_was_printed():
    assert parse_date("2024-01-05T00:00:00+09:00") == (datetime(2024, 1, 5, tzinfo=UTC), True)


@pytest.mark.parametrize("written", REFUSED, ids=lambda written: str(written)[:20])
def test_what_is_no_date_or_can_mean_several_is_refused(written):
    with pytest.raises(ValueError, match=REFUSED[written]):
        parse_date(written)


@settings(deadline=None)  # the first date of each language loads its words
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


FEBRUARY, JANUARY = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("written", ["01/02/2024", "1.2.2024", "01-02-2024"])
def test_who_says_whether_the_day_comes_first_is_believed(written):
    assert parse_date(written, day_first=True).at == FEBRUARY
    assert parse_date(written, day_first=False).at == JANUARY
    with pytest.raises(DayOrMonthError, match="several dates"):
        parse_date(written)


def test_who_says_what_comes_first_cannot_turn_a_date_that_has_one_meaning():
    for day_first in (True, False):
        assert parse_date("25/04/2024", day_first).at == datetime(2024, 4, 25, tzinfo=UTC)
        assert parse_date("2024/02/01", day_first).at == FEBRUARY
        assert parse_date("5 January 2024", day_first).at == datetime(2024, 1, 5, tzinfo=UTC)


FILES = {
    ("01/02/2024", "25/04/2024"): FEBRUARY,
    ("01/02/2024", "04/25/2024"): JANUARY,
    ("01/02/2024", "2024-04-25", "", "25/04/2024 10:30"): FEBRUARY,
    ("1. 2. 2024", "25. 4. 2024"): FEBRUARY,
    ("01/02/2024", "03/04/2024"): None,  # nothing decides
    ("01/02/2024", "25/04/2024", "04/25/2024"): None,  # a contradiction
    ("01/02/2024", "25.04.2024"): None,  # written in several ways: a file of several publishers
    ("01/02/2024", "25/04/2024", "25 April 2024"): None,
}


@pytest.mark.parametrize("dates", FILES, ids=", ".join)
@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.jsonl.gz", "x.parquet"])
def test_one_date_decides_for_its_whole_file_what_comes_first(tmp_path, dates, name):
    path = tmp_path / name
    rows = [{"id": str(n), "text": f"text {n}", "date": written} for n, written in enumerate(dates)]
    if name == "x.parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif name == "x.csv":
        write(path, "id,text,date\n" + "".join(",".join(row.values()) + "\n" for row in rows))
    else:
        write(path, gzip.compress(as_jsonl(rows)) if name.endswith(".gz") else as_jsonl(rows))
    articles, problems = load(path)
    assert [a.id for a in articles] == [row["id"] for row in rows]
    assert articles[0].published_at == FILES[dates]
    assert all("--day-first or --month-first" in problem.advice for problem in problems)
    assert bool(problems) == (FILES[dates] is None)
    assert load(path, day_first=False)[0][0].published_at == JANUARY


def test_a_file_says_nothing_about_the_dates_of_another(tmp_path):
    write_jsonl(tmp_path / "a.jsonl", {"text": "a", "date": "25/04/2024"})
    write_jsonl(tmp_path / "b.jsonl", {"text": "b", "date": "01/02/2024"})
    assert only(load(tmp_path)[1]).file.endswith("b.jsonl")


def test_a_pipe_is_not_read_twice():
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as sender:
        sender.write(b'{"text": "a", "date": "01/02/2024"}\n{"text": "b", "date": "25/04/2024"}\n')
    with os.fdopen(reading, "rb") as stdin:
        articles, problems = load("-", stdin=stdin)
    assert (len(articles), only(problems).line) == (2, 1)


MONTHS = {  # the same words in two languages
    ("5 listopada 2024", "pl"): (11, 5),
    ("5. listopada 2024.", "hr"): (10, 5),
    ("5 lis 2024 10:30", "pl"): (11, 5),
    ("5 lis 2024 10:30", "cs"): (11, 5),
    ("5 lis 2024 10:30", "hr"): (10, 5),
    ("5 lip 2024", "pl"): (7, 5),
    ("5 lip 2024", "hr"): (6, 5),
    ("5 lip 2024", "en"): None,
    ("5 lip 2024", None): None,
    ("5 stycznia 2024", "hr"): (1, 5),  # which can mean one day only
    ("25/04/2567", "th"): (4, 25),
    ("2567-04-25T10:30:00+07:00", "th"): (4, 25),
    ("25/04/2024", "th"): (4, 25),
}


@pytest.mark.parametrize(("written", "language"), MONTHS, ids=str)
def test_the_language_of_the_article_decides_what_its_words_mean(tmp_path, written, language):
    row = {"text": "a", "date": written, "language": language}
    articles, problems = load(write_jsonl(tmp_path / "x.jsonl", row))
    at = articles[0].published_at
    assert (at and (at.year, at.month, at.day)) == (MONTHS[written, language] and (2024, *MONTHS[written, language]))
    assert ["several dates" in problem.reason and "field language" in problem.advice for problem in problems] == (
        [True] if at is None else []
    )


IN_ONE_FILE = {
    ("5 lip 2024", "10 stycznia 2024"): 7,
    ("5 lip 2024", "10 siječnja 2024"): 6,
    ("5 lip 2024", "2024-01-10", "", "wtorek, 10 września 2024", "10 May 2024"): 7,
    ("5 lip 2024", "10 stycznia 2024", "10 siječnja 2024"): None,  # both languages
    ("5 lip 2024", "10 May 2024"): None,  # neither
    ("5 lip 2024", "5 lis 2024"): None,
    ("5 lip 2024",): None,
}


@pytest.mark.parametrize("dates", IN_ONE_FILE, ids=", ".join)
@pytest.mark.parametrize("name", ["x.jsonl", "x.csv"])
def test_other_dates_of_the_file_show_its_language(tmp_path, dates, name):
    rows = [{"id": str(n), "text": f"text {n}", "date": written} for n, written in enumerate(dates)]
    content = "id;text;date\n" + "".join(";".join(row.values()) + "\n" for row in rows)
    articles, problems = load(write(tmp_path / name, as_jsonl(rows) if name == "x.jsonl" else content))
    at = articles[0].published_at
    assert (at and at.month) == IN_ONE_FILE[dates]
    assert bool(problems) == (at is None)


@settings(deadline=None)  # the first date of each language loads its words
@given(st.text("0123456789 .-/:", max_size=20), st.sampled_from([None, "th", "pl", "lv", "lt"]))
def test_a_language_makes_no_date_of_what_is_none(text, language):
    try:
        at, _ = parse_date(text, None, language)
    except ValueError:
        return
    assert FIRST_YEAR - 1 <= at.year <= LAST_YEAR + 1
