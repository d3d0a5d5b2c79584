"""The stories of whole collections: what they do not depend on, what dates do, and what odd collections give."""

import math
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from backends import NATIVE, NEEDS_NATIVE, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st
from story_articles import DAYS_OF_A_SERIES, FIRE, STRANGERS, SUMMITS, VOTE, as_sets, find, stories, table, unrelated
from support import ROOT

from dedupe.kernels import Compute
from dedupe.settings import Settings
from dedupe.stories.finding import measure_articles, measure_terms
from dedupe.stories.models import load_model
from dedupe.stories.times import Times
from dedupe.text import terms
from dedupe.text.background import Background

MONDAY = datetime(2024, 3, 4, 8, tzinfo=UTC)
WHEN_OF_SUMMITS = [
    *[datetime(2025, 9, day, 12, tzinfo=UTC) for day in (4, 4, 5)],
    *[datetime(2026, 1, 6, 12, tzinfo=UTC)] * 2,
]
MANY = [*FIRE, *VOTE, *SUMMITS, *DAYS_OF_A_SERIES, *unrelated(10)]


def some_dates(count, seed=5):
    """Dates of two months, a third of them missing."""
    random = np.random.default_rng(seed)
    days, known = random.integers(0, 60, count).tolist(), random.random(count) < 2 / 3
    return [MONDAY + timedelta(day) if is_known else None for day, is_known in zip(days, known, strict=True)]


@pytest.mark.parametrize("published", [None, WHEN_OF_SUMMITS], ids=["undated", "dated"])
def test_two_summits_are_two_stories(published):
    assert stories(SUMMITS, published) == [0, 0, 0, 1, 1]


def test_articles_on_two_events_are_two_stories():
    assert stories(FIRE + VOTE) == [0, 0, 0, 1, 1, 1]
    assert stories(FIRE[:2]) == [0, 0]
    assert stories(FIRE + VOTE + unrelated())[:6] == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("strangers", [1, 2, 4])
def test_unrelated_articles_of_the_same_days_change_no_story(strangers):
    published = [*WHEN_OF_SUMMITS, *WHEN_OF_SUMMITS[:1] * strangers]
    found = stories([*SUMMITS, *STRANGERS[:strangers]], published)
    assert found[:5] == [0, 0, 0, 1, 1]
    assert not {0, 1} & set(found[5:])


@pytest.mark.parametrize("strangers", [1, 2, 4])
def test_unrelated_articles_without_dates_change_no_story(strangers):
    assert stories([*SUMMITS, *STRANGERS[:strangers]])[:5] == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("strangers", [2, 4])
def test_unrelated_articles_are_a_story_each(strangers):
    assert stories(STRANGERS[:strangers]) == list(range(strangers))


def test_events_in_scripts_without_spaces_and_case_are_separated():
    quake = [
        "東京で大きな地震があり、三人がけがをしました。気象庁が発表しました。",
        "大きな地震が東京であり、三人がけが。気象庁によると津波はない。",
    ]
    rain = [
        "大阪の川が大雨であふれ、住民が学校に避難しました。市長が会見しました。",
        "大雨で大阪の川があふれた。住民は学校に避難し、市長が会見した。",
    ]
    assert stories(quake + rain) == [0, 0, 1, 1]


def test_events_in_german_are_separated():
    strike = [
        "Lokführer streiken am Montag in Hannover. Die Gewerkschaft GDL fordert acht Prozent mehr Lohn, sagte Sprecher Kurt Lange.",
        "Streik der Lokführer: Die GDL legt am Montag den Bahnverkehr in Hannover lahm. Kurt Lange verlangt acht Prozent mehr.",
    ]
    flood = [
        "Hochwasser an der Elbe: In Pirna werden 400 Menschen in Sicherheit gebracht, sagt Landrätin Eva Böhm.",
        "Die Elbe steigt weiter. Landrätin Eva Böhm ließ in Pirna 400 Bewohner aus ihren Häusern holen.",
    ]
    assert stories(strike + flood) == [0, 0, 1, 1]


# What stories do not depend on


def everything(evidence, found):
    """All numbers of a run."""
    pairs, joined = evidence.pairs, found.groups.joined
    splits = [(one.smaller, one.larger, list(one.contributions.values())) for one in found.split.made]
    splits += [(one.smaller, one.larger, list(one.contributions.values())) for one in found.split.refused.values()]
    flat = [array for one in splits for array in one]
    return [pairs.left, pairs.right, *evidence.columns.values(), *joined, found.labels, *flat]


def assert_equal(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@NEEDS_NATIVE
@pytest.mark.parametrize("published", [None, some_dates(len(MANY))], ids=["undated", "dated"])
def test_neither_backend_nor_threads_change_a_number(published):
    expected = everything(*find(MANY, published))
    for compute in (Compute(NUMPY, 3), Compute(NATIVE, 1), Compute(NATIVE, 3)):
        assert_equal(everything(*find(MANY, published, compute)), expected)


WORDS = "oslo bergen rain Weber Silva flood bridge 4 17 May June vote strike the of and said Tuesday 2024".split()


@NEEDS_NATIVE
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(WORDS), max_size=12), st.none() | st.integers(0, 40), st.sampled_from("ab")),
        max_size=14,
    )
)
@settings(max_examples=60, deadline=None)
def test_backends_find_the_same_stories_in_any_collection(articles):
    published = [None if day is None else MONDAY + timedelta(day) for _, day, _ in articles]
    publisher = [printed_by for _, _, printed_by in articles]
    articles = table([" ".join(words) for words, _, _ in articles], published, publisher)
    runs = []
    for compute in (Compute(NUMPY), Compute(NATIVE, 2)):
        evidence = measure_articles(articles, Settings(), compute)
        runs.append(everything(evidence, evidence.find(0.5, compute)))
    assert all(np.isfinite(array).all() for array in runs[0])
    assert_equal(*runs)


@given(st.permutations(range(len(MANY))), st.booleans())
@settings(max_examples=12, deadline=None)
def test_the_order_of_articles_changes_no_story(order, dated):
    published = some_dates(len(MANY)) if dated else [None] * len(MANY)
    shuffled = stories([MANY[row] for row in order], [published[row] for row in order])
    found = {frozenset(order[place] for place in places) for places in as_sets(shuffled)}
    assert found == as_sets(stories(MANY, published))


def test_the_hash_seed_changes_no_number():
    code = (
        "import sys; sys.path.insert(0, 'tests'); from story_articles import *; "
        "evidence, found = find(FIRE + VOTE); print(found.groups.joined, evidence.columns)"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


# Odd collections


@pytest.mark.parametrize("articles", [[], ["One article about one thing."]])
def test_fewer_than_two_articles_have_no_pairs(articles):
    evidence, found = find(articles)
    assert found.labels.tolist() == list(range(len(articles)))
    assert evidence.counts == {"story_pairs": 0, "oversized_postings": 0, "cut_candidate_lists": 0}


def test_empty_and_wordless_articles_are_stories_of_their_own():
    evidence, found = find(["", "", "— … —", *FIRE])
    assert found.labels.tolist() == [0, 1, 2, 3, 3, 3]
    assert all(np.isfinite(values).all() for values in evidence.columns.values())


@pytest.mark.parametrize("articles", [["a b c d"] * 5, ["Read more", "Read more here", "More", "Oslo"] * 3, ["x"] * 70])
def test_articles_of_fewer_than_five_words_have_stories(articles):
    labels = stories(articles)
    assert labels[0] == 0
    assert all(label <= max(labels[:row]) + 1 for row, label in enumerate(labels) if row)


def of_publishers(articles, publisher):
    evidence = measure_articles(table(articles, publisher=publisher), Settings())
    return evidence.find(0.5).labels.tolist()


@pytest.mark.parametrize("copies", [2, 5, 70])
def test_one_text_printed_by_many_is_one_story(copies):
    assert of_publishers(FIRE[:1] * copies, [f"Paper {i}" for i in range(copies)]) == [0] * copies


def test_one_text_repeated_by_one_publisher_is_furniture():
    """Copies are put together before stories are looked for, so that only page furniture is left to be repeated."""
    evidence = measure_articles(table(FIRE[:1] * 3, publisher=["Paper"] * 3), Settings())
    assert not evidence.words.words.any()


# Dates


def test_one_day_for_all_gives_the_stories_of_no_dates_to_the_bit():
    assert_equal(everything(*find(MANY, [MONDAY] * len(MANY))), everything(*find(MANY)))
    hours = [MONDAY + timedelta(hours=row % 15) for row in range(len(MANY))]
    assert_equal(everything(*find(MANY, hours)), everything(*find(MANY)))


@pytest.mark.parametrize("missing", [[0, 2, 4], [1, 3, 5], [0, 1, 2], [0, 5], [0, 1, 2, 3, 4]])
@pytest.mark.parametrize("others", [[], unrelated()], ids=["few", "many"])
def test_missing_dates_do_no_harm_to_clear_events(missing, others):
    published = [None if row in missing else MONDAY + timedelta(row // 3) for row in range(6)]
    assert stories(FIRE + VOTE + others, published + [MONDAY] * len(others))[:6] == [0, 0, 0, 1, 1, 1]


def with_wrong_date(days, **options):
    published = [MONDAY, MONDAY, MONDAY + timedelta(days), *[MONDAY] * 3]
    return stories(FIRE + VOTE, published, **options)


@pytest.mark.parametrize("days", [-300, -60, 3, 40, 200, 365])
def test_a_wrong_date_does_not_keep_a_nearly_certain_report_out(days):
    assert with_wrong_date(days) == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("days", [-19_000, 400])
@pytest.mark.parametrize("dates", ["usual", "doubtful"])
def test_a_date_that_is_wrong_by_years_does_not_keep_a_nearly_certain_report_out(days, dates):
    assert with_wrong_date(days, dates=dates) == [0, 0, 0, 1, 1, 1]


@given(st.sampled_from([0, 1, 5, 30]), st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_no_story_is_longer_than_its_span(span, seed):
    published = some_dates(len(MANY), seed)
    labels = np.array(stories(MANY, published, story_span=span, story_probability=0.01))
    for label in set(labels.tolist()):
        days = [when.date() for when, own in zip(published, labels == label, strict=True) if own and when]
        assert not days or (max(days) - min(days)).days <= span


def test_a_span_of_no_days_separates_the_days():
    published = [MONDAY, MONDAY, MONDAY + timedelta(1), *[MONDAY] * 3]
    assert stories(FIRE + VOTE, published, story_span=0) == [0, 0, 1, 2, 2, 2]
    assert stories(FIRE + VOTE, published, story_span=1) == [0, 0, 0, 1, 1, 1]


def test_the_less_dates_are_trusted_the_fewer_stories_there_are():
    for seed in range(4):
        published = some_dates(len(MANY), seed)
        counts = [max(stories(MANY, published, dates=dates)) for dates in ("doubtful", "usual", "trusted")]
        assert counts == sorted(counts)


# Probability


def refines(fine, coarse):
    """Whether all that are together in ``fine`` are together in ``coarse``."""
    return all(any(one <= other for other in as_sets(coarse)) for one in as_sets(fine))


@pytest.mark.parametrize("articles", [MANY, SUMMITS, FIRE + VOTE], ids=["many", "summits", "two"])
def test_a_higher_probability_never_joins_more(articles):
    evidence, _ = find(articles)
    groups = [evidence.find(probability).groups.labels for probability in (0.001, 0.2, 0.5, 0.8, 0.95, 0.999)]
    assert all(refines(high, low) for low, high in pairwise(groups))
    assert len(as_sets(groups[0])) < len(as_sets(groups[-1]))


def test_stories_are_parts_of_the_groups_that_were_joined():
    _, found = find(MANY)
    assert refines(found.labels, found.groups.labels)
    assert refines(found.split.labels, found.labels)


def test_every_join_has_at_least_the_probability_asked_for():
    for probability in (0.2, 0.5, 0.9):
        evidence, found = find(MANY, story_probability=probability)
        log_odds = evidence.model.join.log_odds(found.groups.joined.measured, len(MANY))
        assert (log_odds >= math.log(probability / (1 - probability)) - 1e-9).all()


def test_terms_that_were_read_before_give_the_stories_of_the_articles():
    articles = table(MANY, some_dates(len(MANY)))
    texts = zip(articles["title"].to_pylist(), articles["text"].to_pylist(), strict=True)
    words = terms.read_terms(texts, Background(0, {}))
    evidence = measure_terms(words, Times.of_articles(articles), Settings(), load_model())
    assert evidence.counts["story_pairs"] == evidence.pairs.left.size
    labels = evidence.find(0.5).labels
    assert labels[:6].tolist() == [0, 0, 0, 1, 1, 1]
    assert sorted(set(labels.tolist())) == list(range(labels.max() + 1))
