"""Candidate pairs: the index finds what exhaustive scoring would."""

import itertools

import numpy as np
from story_articles import log_odds, table

from dedupe.stories.candidates import EXHAUSTIVE_ROWS
from dedupe.stories.scoring import score_same_event

COMMON = ["".join(letters) for letters in itertools.permutations("bdkmtvz", 5)]


def made_up(count, seed=3):
    """Articles of random words, two on each event."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count // 2):
        own = ["".join(random.permutation(list("abcdfghklmnop"))) for _ in range(12)]
        common = [COMMON[i] for i in random.integers(0, len(COMMON), 60)]
        found += [" ".join(random.permutation(own + common[half::2])) for half in (0, 1)]
    return found


def test_the_candidate_index_finds_what_all_pairs_would():
    texts = made_up(4 * EXHAUSTIVE_ROWS)
    scores = log_odds(score_same_event(table(texts)))
    assert all((i, i + 1) in scores for i in range(0, len(texts), 2))
    assert len(scores) < len(texts) * (len(texts) - 1) / 4


def test_terms_in_too_many_articles_are_counted_not_dropped_silently():
    texts = [f"Everybody mentions Springfield again, {i}." for i in range(500)]
    counts = score_same_event(table(texts)).counts
    assert counts["oversized_postings"] > 0
    assert {type(count) for count in counts.values()} == {int}
