"""Compare the pieces of one text with the pieces of another by the terms they share.

A *piece* is a sentence, or a part of a very long one (``dedupe.alignment.passages.pieces``). Terms are weighted by
TF-ISF: the term frequency in a piece times the inverse *sentence* frequency, taken over the pieces of both texts. The
*information* of a set of terms is the sum of their inverse sentence frequencies, in nats. The search for passages and
the matching of sentences both start from these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.alignment.tokenized import TextPair
from dedupe.arrays import F64, I64
from dedupe.kernels import DEFAULT, PieceRules

MAX_PRODUCTS = 4_000_000
"""Limit on the (left, right) occurrences of shared terms that are compared, which takes about 0.1 s. Beyond it the
most frequent terms are ignored."""

LEAST_COSINE, LEAST_DICE, LEAST_HELD = 0.1, 0.4, 0.75
"""Of a pair of pieces that reaches neither this cosine nor this Dice coefficient, and of which neither piece holds this
share of the other's information, nothing is kept: no rule of this room asks for such a pair."""

NO_NATS = 1e-9
"""As good as no information; divisors are at least so large."""


@dataclass(frozen=True, slots=True)
class PieceSimilarity:
    """What the pieces of two texts have in common.

    One element a pair of pieces that resemble each other (``LEAST_COSINE``), ordered by the left piece, then by the
    right one:

    ``left``, ``right``: int64[pairs], the numbers of the two pieces.
    ``cosine``: float64[pairs], 0 to 1, the cosine of their TF-ISF vectors.
    ``dice``: float64[pairs], 0 to 1, the Dice coefficient of their sets of terms.
    ``shared_rare``: float64[pairs], the information of the terms they share. The unit is the information of one term
    that stands in a single piece of each text, so that 2.0 is worth two such rare terms.
    ``shared_full``: float64[pairs], how many terms they share that are not just short words.
    ``shared_plain_terms``: float64[pairs], how many plain terms they share.
    ``shared_plain_rare``: float64[pairs], the information of the plain terms they share, in the unit of
    ``shared_rare``.
    ``shared_plain``: float64[pairs], 0 to 1, how many plain terms they share, as a share of those of the piece that has
    fewer; 0 where one has none. ``TextPair`` says what plain and short words are.
    ``left_in_right``, ``right_in_left``: float64[pairs], 0 to 1, the share of the left (right) piece's information
    whose terms also stand in the other piece; where no term has information, as in texts of one sentence, the share of
    the terms.

    One element a piece:

    ``left_known``: float64[left pieces], 0 to 1, the share of a left piece's information whose terms stand anywhere in
    the right text. ``left_best``: float64[left pieces], its highest cosine with any right piece. ``right_known``,
    ``right_best``: the same for the right pieces.

    ``is_partial``: frequent terms were ignored to stay within ``MAX_PRODUCTS``.
    """

    left: I64
    right: I64
    cosine: F64
    dice: F64
    shared_rare: F64
    shared_full: F64
    shared_plain_terms: F64
    shared_plain_rare: F64
    shared_plain: F64
    left_in_right: F64
    right_in_left: F64
    left_known: F64
    left_best: F64
    right_known: F64
    right_best: F64
    is_partial: bool


def compare_pieces(pair: TextPair, left_bounds: I64, right_bounds: I64) -> PieceSimilarity:
    """Compare every piece of the left text with every piece of the right one that shares a term with it.

    ``left_bounds`` is int64[left pieces + 1]: the first word of every piece, then the number of words of the text;
    ``right_bounds`` likewise. The cost grows with the (left, right) occurrences of shared terms, not with left × right
    pieces.
    """
    pieces = left_bounds.size + right_bounds.size - 2
    nats = np.log(max(1, pieces) / np.maximum(1, np.arange(pieces + 1)))
    unit = max(float(np.log(max(2, pieces) / 2)), NO_NATS)
    rules = PieceRules(LEAST_COSINE, LEAST_DICE, LEAST_HELD, unit, NO_NATS, MAX_PRODUCTS)
    kinds = pair.plain, pair.full
    found = DEFAULT.compare_pieces(left_bounds, pair.left_terms, right_bounds, pair.right_terms, kinds, nats, rules)
    columns = (*found.pairs, *found.measures, *found.left_pieces, *found.right_pieces)
    return PieceSimilarity(*columns, found.is_partial)  # type: ignore[call-arg] # one for each field
