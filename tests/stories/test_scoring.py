"""Scores of whole collections, and the stories they give."""

import itertools
import os
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from story_articles import FIRE, STRANGERS, VOTE, log_odds, stories, table, unrelated
from support import ROOT

from dedupe.stories.models import load_models
from dedupe.stories.scoring import LOCAL_CAUTION, score_same_event, scores_schema
from dedupe.stories.topic_features import MOST_TEXTS


@pytest.mark.parametrize("texts", [[], ["One article about one thing."]])
def test_fewer_than_two_articles_have_no_pairs(texts):
    scores = score_same_event(table(texts))
    assert scores.pairs.num_rows == 0
    assert scores.pairs.schema == scores_schema(scores.model)
    assert scores.counts["story_pairs"] == 0


def test_articles_on_two_events_make_two_stories():
    assert stories(FIRE + VOTE) == [0, 0, 0, 1, 1, 1]


def test_two_reports_of_one_event_alone_are_one_story():
    assert stories(FIRE[:2]) == [0, 0]


def test_unrelated_articles_change_no_story(seeds):
    summits = [path.read_text("utf-8") for path in sorted(seeds.glob("*.txt"))]
    for strangers in ([], STRANGERS[:1], STRANGERS):
        assert stories([*summits, *strangers])[:5] == [0, 0, 0, 1, 1]
    assert stories(FIRE + VOTE + STRANGERS) == [0, 0, 0, 1, 1, 1, 2, 3, 4, 5]


def test_only_pairs_on_one_topic_of_a_small_collection_are_scored(seeds):
    summits = [path.read_text("utf-8") for path in sorted(seeds.glob("*.txt"))]
    scores = score_same_event(table([*summits, *STRANGERS]))
    topic = scores.group.tolist()
    assert scores.local is None
    assert len(set(topic[:5])) == 1
    assert not set(topic[:5]) & set(topic[5:])
    assert list(log_odds(scores)) == [p for p in itertools.combinations(range(9), 2) if topic[p[0]] == topic[p[1]]]


def test_groups_of_a_large_collection_that_may_be_two_similar_events_are_rescored_locally():
    scores = score_same_event(table(FIRE + VOTE + unrelated()))
    assert scores.rows > MOST_TEXTS
    texts, group = np.bincount(scores.group)[scores.group], scores.group.tolist()
    few = {row for row in range(scores.rows) if 4 <= texts[row] <= 10}  # two events have four texts or more
    expected = [p for p in itertools.combinations(range(scores.rows), 2) if p[0] in few and group[p[0]] == group[p[1]]]
    assert expected
    assert list(zip(scores.local.pairs.left.tolist(), scores.local.pairs.right.tolist(), strict=True)) == expected
    assert np.isfinite(scores.local.log_odds).all()
    small = load_models().small.splits
    assert scores.local.model == msgspec.structs.replace(small, intercept=small.intercept - LOCAL_CAUTION)


@pytest.mark.parametrize("copies_of_the_collection", [1, 11])
def test_empty_and_wordless_articles_have_finite_scores(copies_of_the_collection):
    scores = score_same_event(table(["", "", "— … —", *FIRE] * copies_of_the_collection))
    assert np.isfinite(scores.pairs["log_odds"].to_numpy()).all()


def test_the_order_of_articles_changes_no_number():
    texts = FIRE + VOTE
    straight = log_odds(score_same_event(table(texts)))
    for order in ([5, 4, 3, 2, 1, 0], [3, 0, 4, 1, 5, 2]):
        shuffled = log_odds(score_same_event(table([texts[i] for i in order])))
        for (left, right), value in shuffled.items():
            assert straight[tuple(sorted((order[left], order[right])))] == value


def test_the_hash_seed_changes_no_number():
    code = (
        "import sys; sys.path.insert(0, 'tests'); from story_articles import *; "
        "from dedupe.stories.scoring import score_same_event; "
        "print(score_same_event(table(FIRE + VOTE)).pairs['log_odds'].to_pylist())"
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


def test_events_in_scripts_without_spaces_and_case_are_separated_too():
    quake = [
        "東京で大きな地震があり、三人がけがをしました。気象庁が発表しました。",
        "大きな地震が東京であり、三人がけが。気象庁によると津波はない。",
    ]
    rain = [
        "大阪の川が大雨であふれ、住民が学校に避難しました。市長が会見しました。",
        "大雨で大阪の川があふれた。住民は学校に避難し、市長が会見した。",
    ]
    found = log_odds(score_same_event(table(quake + rain)))
    inside = [found[0, 1], found[2, 3]]
    assert min(inside) > max(value for pair, value in found.items() if pair not in [(0, 1), (2, 3)])


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
