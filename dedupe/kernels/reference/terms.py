"""Kernels that turn texts into counted terms, without compiled code; ``_numpy.py`` hands them on with the others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels.contract import CountedTerms, TokenRules, concatenate_counts
from dedupe.kernels.ragged import ragged_offsets


class TokenCodes:
    """The codes of the tokens of texts; ``code_of`` is asked once for each distinct token, or whenever it stands."""

    def __init__(self, splitting: TokenRules, code_of: Callable[[str], int]) -> None:
        self._tokens, self._code_of = splitting.tokens, code_of

    def read(self, texts: Sequence[str]) -> tuple[I64, I64]:
        """Codes of the tokens of each text, in order: ragged int64."""
        split = [self._tokens(text) for text in texts]
        offsets = ragged_offsets(np.array([len(each) for each in split], np.int64))
        return np.fromiter(map(self._code_of, itertools.chain.from_iterable(split)), np.int64, offsets[-1]), offsets


def distinct_terms(codes: I64, offsets: I64, decay: F64) -> CountedTerms:
    """Counts of ragged codes, twice the number of a term each and one more where it is capitalised; an occurrence at a
    place weighs ``decay[place]``, added in the order of the places."""
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
