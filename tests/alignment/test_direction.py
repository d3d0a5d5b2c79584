"""The direction of reuse: by time or by credit, with a probability that was measured, and never by a guess."""

import functools
import json
from datetime import UTC, datetime

import pytest
from support import ROOT

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


@functools.cache
def aligned(left, right):
    return align(left, right)


def judged(left, right):
    return direction(left, right, aligned(left.text, right.text))


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


def test_a_date_beside_a_time_is_not_said_to_be_of_the_same_day():
    date, time = article("a", published_at="2024-05-01"), article("b", published_at="2024-05-02T09:00:00Z")
    for found, dated, timed in ((judged(date, time), "left", "right"), (judged(time, date), "right", "left")):
        assert found.reasons[0].says == (
            f"{dated} has a date without a time, too close to the time of {timed} to tell which came first"
        )


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


@pytest.mark.parametrize("longer", [f"{TEXT} {MORE}", f"{MORE} {TEXT}", f"{MORE[:170]} {TEXT} {MORE[170:]}"])
def test_containment_alone_says_nothing(longer):
    found = judged(article("a"), article("b", longer))
    assert (found.verdict, found.probability, kinds(found)) == ("undetermined", None, ["subset"])


def test_time_decides_whichever_text_contains_the_other():
    short, long = article("a"), article("b", f"{TEXT} {MORE}")
    for pair in ((short, long), (long, short)):
        early, late = (
            article(one.id, one.text, published_at=f"2024-05-0{day}T10:00:00Z") for day, one in enumerate(pair, 1)
        )
        assert judged(early, late).verdict == "left_to_right"
        assert judged(late, early).verdict == "right_to_left"


SAID = "“We have looked in every corner of this bay and were about to give up for the year,” said the diver."


@pytest.mark.parametrize(
    "shared", [SAID, "Subscribe to our newsletter for more stories like this one every morning.", "The ferry sank."]
)
def test_nothing_is_decided_where_no_narration_was_taken(shared):
    early = article("a", f"{TEXT} {shared}", published_at="2024-05-01T10:00:00Z")
    late = article("b", f"{shared} {MORE}", published_at="2024-05-02T10:00:00Z")
    found = judged(early, late)
    assert found.verdict == "undetermined"
    assert set(kinds(found)) & {"no_narration", "nothing_shared"}
    citing = article("b", f"{shared} {MORE} He told the Gazette so on Monday.", publisher="Post")
    found = judged(article("a", early.text, publisher="Gazette"), citing)
    assert found.verdict == "undetermined"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Reuters", "Reuters UK"),
        ("uk.reuters.com", "Thomson Reuters"),
        ("Reuters (India)", "https://in.reuters.com/a/b"),
    ],
)
def test_two_sites_of_one_agency_are_that_agency(left, right):
    text = f"LONDON (Reuters) - {TEXT}"
    early = article("a", text, publisher=left, published_at="2024-05-01T10:00:00Z")
    late = article("b", text, publisher=right, published_at="2024-05-02T10:00:00Z")
    for found in (judged(early, late), judged(late, early)):
        assert (found.verdict, found.common_source, kinds(found)[0]) == ("undetermined", "Reuters", "common_source")


@pytest.mark.parametrize(
    "credit",
    ["OSLO (AP) — {}", "Posted 7:12 am, May 1, 2024, by Associated Press , Updated at 08:00AM\n\n{}", "{}\n© 2024 AP"],
)
def test_two_prints_of_one_agency_have_one_source_however_they_say_so(credit):
    left = article("a", credit.format(TEXT), publisher="Gazette", published_at="2024-05-01T10:00:00Z")
    right = article("b", f"BERGEN (AP) — {TEXT}", publisher="Post", published_at="2024-05-02T10:00:00Z")
    for found in (judged(left, right), judged(right, left)):
        assert (found.verdict, found.common_source) == ("undetermined", "Associated Press")


def test_where_only_one_prints_an_agency_both_may_have_it_from_there():
    plain = {"text": TEXT, "publisher": "Gazette"}
    printed = {"text": f"OSLO (AP) — {TEXT}", "publisher": "Post"}
    for first, second in ((plain, printed), (printed, plain)):
        early = article("a", published_at="2024-05-01T10:00:00Z", **first)
        late = article("b", published_at="2024-05-02T10:00:00Z", **second)
        found = judged(early, late)
        assert (found.verdict, "agency" in kinds(found)) == ("undetermined", True)


def test_an_agency_that_was_first_with_its_own_report_is_the_source():
    wire = article("a", f"OSLO (AP) — {TEXT}", publisher="apnews.com", published_at="2024-05-01T10:00:00Z")
    late = article("b", f"{TEXT} {MORE}", publisher="Gazette", published_at="2024-05-02T10:00:00Z")
    assert judged(wire, late).verdict == "left_to_right"


def test_every_verdict_has_a_probability_and_its_evidence():
    dates = (None, "2024-05-01T10:00:00Z", "2024-05-02T10:00:00Z")
    texts = (TEXT, f"{TEXT} That is what Reuters reported.", f"OSLO (AP) — {TEXT}", f"{TEXT[:164]} {MORE}", MORE)
    sides = [
        article("a", text, published_at=date, publisher=publisher)
        for text in texts
        for date in dates
        for publisher in ("Reuters", "Gazette")
    ]
    swapped = {"left_to_right": "right_to_left", "right_to_left": "left_to_right", "undetermined": "undetermined"}
    for left in sides:
        for right in sides:
            found, back = judged(left, right), judged(right, left)
            assert (found.probability is None) == (found.verdict == "undetermined")
            assert back.verdict == swapped[found.verdict]
            assert back.probability == found.probability
            if found.verdict != "undetermined":
                assert found.verdict in {reason.points for reason in found.reasons if reason.kind in ("time", "credit")}
                assert 0 < found.probability < 1


def test_the_probabilities_are_those_that_were_measured():
    measured = json.loads((ROOT / "benchmarks" / "results" / "direction.json").read_text(encoding="utf-8"))
    shipped = json.loads((ROOT / "dedupe" / "data" / "direction.json").read_text(encoding="utf-8"))
    assert shipped["verdicts"] == measured["verdicts"]
    assert shipped["right"] == measured["right"]
