"""The borders of passages that two texts share."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels.compiled import native
from dedupe.kernels.records import BorderRules


def refine_borders(
    left: I64, right: I64, terms: int, borders: tuple[F64, F64], rules: BorderRules, words: I64
) -> tuple[I64, F64]:
    """See ``Backend.refine_borders``. Looks up the terms and couples of the other side in tables, and
    remembers the ratio of terms that occur equally often."""
    refined, evidence = np.array(words), np.empty((len(words), 3))
    sizes = np.array([rules.reach_words, rules.rounds, rules.support_words], np.int64)
    limits = np.array(
        [rules.hopeless_nats, rules.word_nats, rules.chance_pair_share, rules.least_chance, rules.most_chance]
    )
    native.refine_borders(left, right, terms, *borders, sizes, limits, refined, evidence)
    return refined, evidence
