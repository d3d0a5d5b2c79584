"""The options of ``dedupe cluster`` that choose what its table shows."""

import re

import pytest

FERRY = (
    "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday, sixty years after the ship sank. "
    "The bell weighs forty kilograms and still carries the name of the yard that cast it. "
)
MATCH = (
    "The national team lost its opening match three goals to one after the goalkeeper was sent off early in the second "
    "half, and the coach said afterwards that nobody had been able to explain what went wrong. "
)
ARTICLES = [
    {"id": "bell1", "title": "Bell", "text": FERRY, "source": "A", "date": "2024-05-01T08:00:00Z"},
    {"id": "bell2", "title": "Bell", "text": f"{FERRY}It rained.", "source": "B", "date": "2024-05-01T23:30:00Z"},
    {"id": "goal1", "title": "Goal", "text": MATCH, "source": "A", "date": "2024-05-02"},
    {"id": "goal2", "title": "Goal", "text": f"{MATCH}Fans wept.", "source": "B", "date": "2024-05-03"},
    {"id": "goal3", "title": "Goal", "text": f"{MATCH}Fans sang.", "source": "C", "date": "2024-05-04"},
    {
        "id": "solo",
        "title": "Museum",
        "text": "A museum opens its new wing on Sunday with paintings that were thought lost.",
        "source": "C",
    },
]


@pytest.fixture
def day(jsonl):
    return jsonl(ARTICLES)


def ids(done):
    assert done.code == 0
    return [line.split()[-1] for line in done.out.splitlines() if line.startswith("  ")]


GOALS, BELLS = ["goal1", "goal2", "goal3"], ["bell1", "bell2"]


def test_the_table_lists_stories_of_several_articles_the_largest_first(run, day):
    assert ids(run("cluster", day)) == GOALS + BELLS
    assert ids(run("cluster", day, "--sort", "time")) == BELLS + GOALS
    assert ids(run("cluster", day, "--all")) == [*GOALS, *BELLS, "solo"]
    assert ids(run("cluster", day, "--min-size", "1")) == [*GOALS, *BELLS, "solo"]
    assert ids(run("cluster", day, "--min-size", "3")) == GOALS
    assert ids(run("cluster", day, "--min-size", "4")) == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--until", "2024-05-01"], BELLS),
        (["--until", "2024-04-30"], []),
        (["--since", "2024-05-02"], GOALS),
        (["--since", "2024-05-01T23:00", "--until", "2024-05-01T23:59:59Z"], BELLS),
        (["--since", "2024-05-01T21:00-03:00", "--until", "2024-05-02"], GOALS),
        (["--since", "2024-05-01"], GOALS + BELLS),
        (["--since", "2024-05-05"], []),
    ],
)
def test_days_and_times_choose_stories(run, day, options, found):
    assert ids(run("cluster", day, *options)) == found


@pytest.mark.parametrize("value", ["yesterday", "2024-13-01", "", "01/02/2024"])
def test_what_is_no_day_is_refused(run, day, value):
    done = run("cluster", day, "--since", value)
    assert done.code == 2
    assert "is no day or time, such as 2024-05-01" in done.err


def test_a_day_as_the_end_of_a_range_is_its_last_moment(run, day):
    assert ids(run("cluster", day, "--since", "2024-05-01T23:00", "--until", "2024-05-01")) == BELLS


def test_a_range_that_ends_before_it_begins_is_refused(run, day):
    done = run("cluster", day, "--since", "2024-05-02", "--until", "2024-05-01")
    assert done.code == 2
    assert "--since is later than --until: no article is of such a time; exchange the two" in done.err


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        (("2024-05-01T08:00:00Z", "2024-05-01T08:00:01Z"), "first"),
        (("2024-05-01", "2024-05-02"), "first"),
        (("2024-05-01", "2024-05-02T08:00:00Z"), "first"),
        (("2024-05-01T08:00:00Z", "2024-05-01T08:00:00Z"), "perhaps first"),
        (("2024-05-01", "2024-05-01"), "perhaps first"),
        (("2024-05-01", "2024-05-01T08:00:00Z"), "perhaps first"),
        (("2024-05-01T08:00:00Z", None), "perhaps first"),
        ((None, None), "longest"),
    ],
)
def test_an_article_is_called_first_only_where_no_other_may_be_earlier(run, jsonl, dates, said):
    rows = [row | {"source": "", "date": date} for row, date in zip(ARTICLES[:2], dates, strict=True)]
    lines = run("cluster", jsonl(rows)).out.splitlines()
    assert [re.split(" {2,}", line)[-2] for line in lines if line.startswith("  1  ")] == [said]


def test_the_span_of_a_story_names_the_day_of_a_time_behind_a_day(run, jsonl):
    first, second = ARTICLES[:2]
    assert "2024-05-01 08:00 to 23:30" in run("cluster", jsonl([first, second])).out
    assert "2024-05-01 to 2024-05-01 23:30" in run("cluster", jsonl([first | {"date": "2024-05-01"}, second])).out


def test_wide_cuts_no_id(run, jsonl):
    long = jsonl([row | {"id": f"https://example.com/{'x' * 60}/{row['id']}"} for row in ARTICLES[:2]])
    assert "x" * 60 not in run("cluster", long).out
    assert ids(run("cluster", long, "--wide")) == [f"https://example.com/{'x' * 60}/{name}" for name in BELLS]


@pytest.mark.parametrize(
    "option", ["--all", "--wide", "--sort=time", "--min-size=3", "--since=2024-05-01", "--until=2024-05-01"]
)
def test_other_formats_say_that_an_option_of_the_table_changes_nothing(run, day, option):
    plain, other = run("cluster", day, "--format", "csv"), run("cluster", day, "--format", "csv", option)
    assert other.out == plain.out
    assert f"warning: {option.partition('=')[0]} is shown with --format table only" in other.err


def test_every_row_knows_its_address_and_its_story(run, jsonl):
    rows = run(
        "cluster", jsonl([row | {"url": f"https://example.com/{row['id']}"} for row in ARTICLES]), "--format", "jsonl"
    ).rows
    assert {row["url"] for row in rows} == {f"https://example.com/{row['id']}" for row in ARTICLES}
    assert [row["story_size"] for row in rows] == [2, 2, 3, 3, 3, 1]
    assert rows[-1]["story_label"] == "Museum"


def test_the_stories_that_are_listed_are_explained(run, jsonl):
    storm = "The storm took the roof of the school in the old town on Sunday, and the pupils stay at home for a week."
    storms = [
        {"id": f"storm{i}", "title": "Storm", "text": f"{storm} {more}", "date": f"2024-06-0{i}"}
        for i, more in enumerate(("A crane comes from the port.", "Lessons are held in the gymnasium of the club."), 1)
    ]
    found = jsonl([*ARTICLES, *storms])
    thresholds = "--near-duplicate-jaccard 1 --excerpt-containment 1 --story-probability 0.01"
    options = ["--explain", *thresholds.split()]
    assert len(re.findall(r"^story \d+ ", run("cluster", found, *options).out, re.MULTILINE)) > 1
    june = run("cluster", found, *options, "--since", "2024-06-01").out
    assert re.findall(r"^story (\d+) ", june, re.MULTILINE) == re.findall(r"^Story (\d+):", june, re.MULTILINE) != []
