"""From texts to counted terms."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from dedupe.arrays import F64, I64, U32
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import NOWHERE, CountedTerms, TokenRules, concatenate_counts


class TokenNumbers:
    """See ``Backend.TokenNumbers``. Splits with ``rules.tokens``, and numbers the tokens in a dictionary."""

    def __init__(self, rules: TokenRules) -> None:
        self._tokens = rules.tokens
        self._numbers: dict[str, int] = {}

    def read(self, texts: Sequence[str]) -> tuple[U32, I64]:
        """See ``TokenReader.read``."""
        split = [self._tokens(text) for text in texts]
        offsets, known = ragged_offsets(np.array([len(each) for each in split], np.int64)), self._numbers
        numbers = (known.setdefault(token, len(known)) for token in itertools.chain.from_iterable(split))
        return np.fromiter(numbers, np.uint32, offsets[-1]), offsets

    def tokens(self) -> list[str]:
        """See ``TokenReader.tokens``."""
        return list(self._numbers)


def distinct_terms(codes: U32, offsets: I64, decay: F64, extra: U32, extra_offsets: I64) -> CountedTerms:
    """See ``Backend.distinct_terms``. ``np.bincount`` adds the weights of each term one after the other."""
    parts = []
    for row, (start, end) in enumerate(itertools.pairwise(offsets.tolist())):
        own, more = codes[start:end], extra[extra_offsets[row] : extra_offsets[row + 1]]
        term, first, inverse, count = np.unique(own >> 1, return_index=True, return_inverse=True, return_counts=True)
        decayed_tf = np.asarray(np.bincount(inverse, decay[: own.size], minlength=term.size), np.float64)
        is_name = np.bincount(inverse, own & 1, minlength=term.size) == count
        all_terms = np.concatenate((term, more))
        order = np.argsort(all_terms)
        parts.append(
            CountedTerms(
                all_terms[order],
                np.concatenate((decayed_tf, np.zeros(more.size)))[order],
                np.concatenate((first, np.full(more.size, NOWHERE))).astype(np.uint16)[order],
                np.concatenate((is_name, np.zeros(more.size, bool)))[order],
                np.array([0, all_terms.size]),
            )
        )
    return concatenate_counts(parts)
