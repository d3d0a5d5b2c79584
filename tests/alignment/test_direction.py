"""The direction of reuse: by time, by credit, by containment, and never by a guess."""

from datetime import UTC, datetime

import pytest

from dedupe.alignment.align import align
from dedupe.alignment.direction import direction, publication_order
from dedupe.article import Article

TEXT = (
    "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday. "
    "The bell weighs forty kilograms and still carries the name of the yard that cast it. "
    "It will be shown in the harbour museum once the salt has been washed out of the bronze. "
    "The ferry sank in a storm ninety years ago with nobody on board."
)


MORE = (
    "The museum has looked for the wreck since the spring with a sonar lent by the navy. "
    "Visitors may watch the cleaning through a window from the first of June onwards. "
    "The town council paid for half of the search and private donors for the other half. "
    "A second expedition is planned to bring up the anchor and parts of the wheelhouse."
)


def judged(left, right):
    return direction(left, right, align(left, right))


def article(name="a", text=TEXT, **fields):
    return Article(name, text=text, **fields)


def kinds(found):
    return [reason.kind for reason in found.reasons]


def test_texts_that_share_nothing_have_no_direction():
    found = judged(article("a", published_at="2024-05-01T10:00:00Z"), article("b", MORE))
    assert (found.verdict, kinds(found)) == ("undetermined", ["nothing_shared"])
    assert judged(article("a", ""), article("b", "")).verdict == "undetermined"


def test_without_dates_and_credits_a_copy_has_no_direction():
    assert judged(article("a"), article("b")) == judged(article("b"), article("a"))
    assert judged(article("a"), article("b")).verdict == "undetermined"


def test_the_earlier_one_is_the_source_and_swapping_swaps_the_answer():
    early, late = article("a", published_at="2024-05-01T10:00:00Z"), article("b", published_at="2024-05-01T13:12:00Z")
    assert judged(early, late).verdict == "left_to_right"
    assert judged(late, early).verdict == "right_to_left"
    assert judged(early, late).reasons[0].says == "left was published 3 h 12 min earlier"


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ("2024-05-01", "2024-05-01", "undetermined"),
        ("2024-05-01", "2024-05-01T18:00:00Z", "undetermined"),
        ("2024-05-01", "2024-05-02T09:00:00Z", "undetermined"),  # still the first of May in the Pacific
        ("2024-05-01", "2024-05-02T12:00:00Z", "left_to_right"),
        ("2024-05-01", "2024-05-02", "left_to_right"),
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z", "undetermined"),
        ("2024-05-01T10:00:00Z", None, "undetermined"),
        ("some day", "2024-05-01T10:00:00Z", "undetermined"),
    ],
)
def test_day_precision_decides_only_where_no_time_zone_could_turn_it_round(left, right, verdict):
    assert judged(article("a", published_at=left), article("b", published_at=right)).verdict == verdict


def test_order_is_antisymmetric():
    day, hours = (
        datetime(2024, 5, 1, tzinfo=UTC),
        [datetime(2024, 4, 30, 5, tzinfo=UTC), datetime(2024, 5, 2, 13, tzinfo=UTC)],
    )
    for exact, first in zip(hours, (1, -1), strict=True):
        assert publication_order(day, True, exact, False) == first == -publication_order(exact, False, day, True)


def test_who_prints_or_cites_the_other_publisher_has_it_from_there():
    agency = article("a", publisher="Reuters")
    assert judged(article("b", f"OSLO (Reuters) - {TEXT}", publisher="Gazette"), agency).verdict == "right_to_left"
    assert (
        judged(agency, article("b", f"{TEXT} That is what Reuters reported.", publisher="Gazette")).verdict
        == "left_to_right"
    )
    post = article("a", publisher="www.washingtonpost.com")
    found = judged(post, article("b", f"{TEXT} He told The Washington Post on Monday.", publisher="Gazette"))
    assert (found.verdict, found.reasons[0].says) == (
        "left_to_right",
        "right cites www.washingtonpost.com, the other publisher",
    )


def test_two_prints_of_one_agency_come_from_the_agency():
    left, right = (
        article(name, f"OSLO (AP) — {TEXT}", publisher=name, published_at=f"2024-05-01T1{hour}:00:00Z")
        for hour, name in enumerate(("Gazette", "Post"))
    )
    found = judged(left, right)
    assert (found.verdict, kinds(found)) == ("undetermined", ["common_source", "time"])


def test_a_contradiction_is_said_and_not_decided():
    late = article("a", publisher="Reuters", published_at="2024-05-02T10:00:00Z")
    early = article("b", f"OSLO (Reuters) - {TEXT}", publisher="Gazette", published_at="2024-05-01T10:00:00Z")
    found = judged(late, early)
    assert found.verdict == "undetermined"
    assert kinds(found) == ["time", "credit", "conflict"]


def test_a_text_cut_from_the_end_comes_from_the_whole_one():
    found = judged(article("a"), article("b", f"{TEXT} {MORE}"))
    assert (found.verdict, kinds(found)) == ("right_to_left", ["subset"])


def test_a_text_built_round_another_comes_from_it():
    first, second = MORE[:170], MORE[170:]
    found = judged(article("a"), article("b", f"{first} {second} {TEXT}"))
    assert (found.verdict, kinds(found)) == ("left_to_right", ["subset"])


def test_containment_gives_way_to_time():
    late = article("a", published_at="2024-05-02T10:00:00Z")
    early = article("b", f"{TEXT} {MORE}", published_at="2024-05-01T10:00:00Z")
    assert judged(late, early).verdict == "right_to_left"
    early, late = (
        Article(one.id, text=one.text, published_at=other.published_at) for one, other in ((late, early), (early, late))
    )
    assert judged(early, late).verdict == "left_to_right"
