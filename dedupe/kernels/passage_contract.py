"""The documentation of the kernels that the alignment of two texts needs; ``contract.Backend`` includes them."""

from __future__ import annotations

from typing import Protocol

from dedupe.arrays import F64, I64
from dedupe.kernels.records import BorderRules


class PassageBackend(Protocol):
    """The kernels for two texts, whose terms are numbered in one vocabulary."""

    def refine_borders(
        self, left: I64, right: I64, frequency: F64, borders: tuple[F64, F64], rules: BorderRules, words: I64
    ) -> tuple[I64, F64]:
        """Move the borders of candidate passages to where the evidence of their words is strongest.

        ``left``, ``right``: the term of every word of either text, int64. ``frequency``: float64[terms], the share of
        the words of both texts that have this term. ``borders``: for either text the bonus, in nats, of a border before
        each word and behind the last one, float64[words + 1]. ``words``: int64[candidates, 4], the left start, left
        end, right start and right end of each candidate, half-open and not empty.

        The left borders are refined against the right side as it is, then the right borders against the new left side,
        until nothing moves, the rounds are over, or either side has less evidence than ``rules.hopeless_nats``.

        Each word of the text around a side gets a log-likelihood ratio, reused against chance, from how it occurs on
        the other side: with a neighbour that it has here too (paired), without (alone), less often than here, so that
        none is left for it (surplus), or not at all. Reused: how often each of these happens inside the borders.
        Chance: from the frequency of its term and the length of the other side. The new borders are those of the
        segment with the largest sum of ratios and bonuses.

        Returns the refined words, int64[candidates, 4], and float64[candidates, 3]: the sum, the share of words that
        are paired or alone, and the share of paired words, each of the side where it is lower.
        """
        ...
