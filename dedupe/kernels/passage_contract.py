"""The documentation of the kernels that the alignment of two texts needs; ``contract.Backend`` includes them."""

from __future__ import annotations

from typing import Protocol

from dedupe.arrays import F64, I64, U64, Bools
from dedupe.kernels.records import BorderRules, ComparedPieces, PieceRules


class PassageBackend(Protocol):
    """The kernels for two texts, whose terms are numbered in one vocabulary."""

    def number_keys(self, own: U64, other: U64) -> tuple[I64, int]:
        """Number the distinct keys of two texts in one vocabulary, those of the first text from 0 on, in order.

        ``own``, ``other``: the keys of either text, uint64, distinct hashes. Returns the numbers of the other keys,
        int64: where a key stands among the first ones, or the next free number; and how many numbers there are.
        """
        ...

    def compare_pieces(
        self,
        left_bounds: I64,
        left: I64,
        right_bounds: I64,
        right: I64,
        kinds: tuple[Bools, Bools],
        nats: F64,
        rules: PieceRules,
    ) -> ComparedPieces:
        """Compare every piece of the left text with every piece of the right one that shares a term with it.

        ``left_bounds``, ``right_bounds``: the first word of every piece, then the number of words of the text,
        int64[pieces + 1]. ``left``, ``right``: the term of every word, int64. ``kinds``: of each term whether it is
        plain, and whether it is full, bool[terms]. ``nats``: the information of a term by the number of pieces of both
        texts that have it, float64[pieces of both + 1].

        Where the shared terms have more than ``rules.most_products`` (left, right) occurrences, only the rarest terms
        are compared whose occurrences add up to that many (ties: the lowest terms); the others have no information.

        Returns the pairs by the left piece, then by the right one. Sums go through the terms in ascending order.
        """
        ...

    def count_common_terms(
        self,
        left: tuple[I64, I64],
        right: tuple[I64, I64],
        terms: int,
        left_groups: tuple[I64, I64],
        right_groups: tuple[I64, I64],
    ) -> I64:
        """Count what groups of sentences of two texts have in common, with repetitions: int64[2, pairs].

        ``left``, ``right``: of either text the term of every word, int64, below ``terms``, and the first word of every
        sentence, then the number of words, int64[sentences + 1]. ``left_groups``, ``right_groups``: of each pair the
        sentences of either side, ragged int64. Counted are the common terms, and the common couples of neighbouring
        terms; no couple reaches across two sentences.
        """
        ...

    def count_added_terms(
        self,
        own: tuple[I64, I64],
        other: tuple[I64, I64],
        kinds: tuple[Bools, Bools],
        sentences: I64,
        members: I64,
        others: I64,
    ) -> I64:
        """Count the terms that each of some sentences adds to those that two groups share: int64[3, sentences].

        ``own``, ``other``: the texts of the two groups, as ``count_common_terms`` takes them. ``kinds``: as
        ``compare_pieces`` takes them. ``sentences``: of the first text, int64. ``members``: the sentences of the first
        group, int64; ``others``: those of the other group.

        Returns the full terms of each sentence, the full terms that it adds, and the plain ones, with repetitions.
        """
        ...

    def shared_runs(self, left: I64, right: I64, terms: int, run: int, most: int) -> tuple[I64, I64]:
        """The runs of ``run`` words that both texts have: where each begins in the left text, ascending, and where it
        first begins in the right one, int64 each, no more than ``most``.

        ``left``, ``right``: the term of every word of either text, int64, below ``terms``.
        """
        ...

    def join_seeds(self, seeds: I64, gap: int) -> I64:
        """Join the seeds of passages that lie close together in both texts: int64[groups, 4], in any order.

        ``seeds``: int64[seeds, 4], the left start, left end, right start and right end of each, half-open. Seeds are
        split into groups where a gap of more than ``gap`` words lies between them in either text, until no group has
        such a gap in either. A group reaches from its first start to its last end.
        """
        ...

    def refine_borders(
        self, left: I64, right: I64, terms: int, borders: tuple[F64, F64], rules: BorderRules, words: I64
    ) -> tuple[I64, F64]:
        """Move the borders of candidate passages to where the evidence of their words is strongest.

        ``left``, ``right``: the term of every word of either text, int64, below ``terms``. ``borders``: for either text
        the bonus, in nats, of a border before each word and behind the last one, float64[words + 1]. ``words``:
        int64[candidates, 4], the left start, left end, right start and right end of each candidate, half-open and not
        empty.

        The left borders are refined against the right side as it is, then the right borders against the new left side,
        until nothing moves, the rounds are over, or either side has less evidence than ``rules.hopeless_nats``.

        Each word of the text around a side gets a log-likelihood ratio, reused against chance, from how it occurs on
        the other side: with a neighbour that it has here too (paired), without (alone), less often than here, so that
        none is left for it (surplus), or not at all. Reused: how often each of these happens inside the borders.
        Chance: from the share of all words that have its term, and the length of the other side. The new borders are
        those of the segment with the largest sum of ratios and bonuses.

        Returns the refined words, int64[candidates, 4], and float64[candidates, 3]: the sum, the share of words that
        are paired or alone, and the share of paired words, each of the side where it is lower.
        """
        ...
