"""From texts to counted terms."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import CountedTerms, TokenRules, concatenate_counts


class TokenCodes:
    """See ``Backend.TokenCodes``. Splits with ``rules.tokens``, and asks ``code_of`` for every occurrence."""

    def __init__(self, rules: TokenRules, code_of: Callable[[str], int]) -> None:
        self._tokens, self._code_of = rules.tokens, code_of

    def read(self, texts: Sequence[str]) -> tuple[I64, I64]:
        """See ``TokenReader.read``."""
        split = [self._tokens(text) for text in texts]
        offsets = ragged_offsets(np.array([len(each) for each in split], np.int64))
        return np.fromiter(map(self._code_of, itertools.chain.from_iterable(split)), np.int64, offsets[-1]), offsets


def distinct_terms(codes: I64, offsets: I64, decay: F64) -> CountedTerms:
    """See ``Backend.distinct_terms``. ``np.bincount`` adds the weights of each term one after the other."""
    parts = []
    for start, end in itertools.pairwise(offsets.tolist()):
        own = codes[start:end]
        term, first, inverse, count = np.unique(own >> 1, return_index=True, return_inverse=True, return_counts=True)
        decayed_tf = np.asarray(np.bincount(inverse, decay[: own.size], minlength=term.size), np.float64)
        capitals = np.bincount(inverse, own & 1, minlength=term.size)
        order = np.argsort(first)
        size = np.array([0, term.size])
        parts.append(CountedTerms(term[order], decayed_tf[order], first[order], (capitals == count)[order], size))
    return concatenate_counts(parts)
