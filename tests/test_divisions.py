"""Small collections: every way to part them in two is compared."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe import divisions, terms
from dedupe.divisions import best_division, divide, load_model, measure

BACKGROUND = terms.Background(1000, {"leader": 90, "talk": 80, "pari": 20, "said": 500})
MAY = "Leaders met in Paris for talks. Chancellor Weber and Minister Rossi spoke of the Danube bridge and the flood."
JUNE = "Leaders met in Paris for talks. President Okafor and Governor Silva spoke of the Sahel drought and the harvest."


def read(*texts):
    return terms.read(texts, BACKGROUND)


def flat(words):
    return np.zeros(words.rows * (words.rows - 1) // 2)


def test_one_text_is_one_story():
    assert divide(read("One article alone."), np.zeros(0), load_model()).tolist() == [0]


def test_terms_alone_part_two_events_of_one_kind():
    words = read(MAY, MAY + " It rained.", MAY + " Weber left early.", JUNE, JUNE + " Silva stayed.")
    division = best_division(words, np.zeros((5, 5)), load_model())
    assert set(division.second_side.tolist()) == {True, False}
    assert division.second_side.tolist() in ([True] * 3 + [False] * 2, [False] * 3 + [True] * 2)


def test_a_division_is_the_best_of_all_there_are():
    words = read(MAY, JUNE, MAY + " Weber left.", JUNE + " Okafor won.")
    model = load_model()
    log_odds = np.array([[0, 1, 3, -2], [1, 0, 2, 4], [3, 2, 0, -1], [-2, 4, -1, 0]], float)
    found = best_division(words, log_odds, model)

    def value(second):
        sides = np.array([second], np.int64)
        evidence, _ = divisions._term_evidence(words, sides, sides.sum(axis=1))
        across = [
            log_odds[i, j] - model.level for i, j in itertools.combinations(range(4), 2) if second[i] != second[j]
        ]
        return model.evidence_weight * evidence[0] - sum(across)

    every = [second for second in itertools.product((0, 1), repeat=4) if 0 < sum(second) < 4]
    assert value(found.second_side.astype(int).tolist()) == pytest.approx(max(map(value, every)))


@given(st.permutations(range(5)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_texts_changes_no_story(order):
    texts = [MAY, MAY + " It rained.", JUNE, JUNE + " Silva stayed.", "The cup final ended in a draw in Turin."]

    def stories(places):
        words = read(*(texts[place] for place in places))
        columns = measure(words)
        log_odds = 4 * columns["names_beyond_average"] + 2 * columns["words"]
        labels = divide(words, log_odds, load_model())
        found = {}
        for place, label in zip(places, labels.tolist(), strict=True):
            found.setdefault(label, set()).add(place)
        return sorted(map(sorted, found.values()))

    assert stories(order) == stories(range(5))


def test_measures_are_finite_for_empty_and_equal_texts():
    columns = measure(read("", "", "Same words here", "Same words here"))
    assert all(np.isfinite(values).all() and values.size == 6 for values in columns.values())


def test_more_agreement_never_makes_a_division_likelier():
    words = read(MAY, JUNE, MAY + " Weber left.", JUNE + " Okafor won.")
    model = load_model()
    odds = [
        best_division(words, np.full((4, 4), z) - np.diag([z] * 4), model).log_odds(model.division)
        for z in (-3.0, 0.0, 3.0)
    ]
    assert odds == sorted(odds, reverse=True)
