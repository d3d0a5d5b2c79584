"""Constants and records that kernels take and return; both backends share them.

``contract.Backend`` documents the kernels themselves.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from dedupe.arrays import F64, I64, U8, U16, U32, U64, Bools
from dedupe.kernels.ragged import ragged_offsets

SLACK = 64
"""Bytes that a ragged uint8 array must have behind its last row, because kernels read several bytes at once. Behind
folded letters they must be zeros."""

JOIN_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio, rounded down, an odd number. Two hashes are joined as ``first * JOIN_MULTIPLIER +
second``, so that their order matters."""

MIN_GAIN = 1e-9
"""``improve_split`` makes no move that gains this little or less: rounding errors could undo and repeat it for ever."""


class HashConstants(NamedTuple):
    """Odd 64-bit numbers that depend on the seed: what each hash multiplies by, and the value a word's hash starts
    from."""

    word_multiplier: np.uint64
    shingle_base: np.uint64
    sequence_base: np.uint64
    word_start: np.uint64


def seeded_random(seed: int) -> np.random.RandomState:
    """NumPy's legacy generator, whose numbers never change, for a seed of up to 64 bits.

    It takes seeds of 32 bits; a larger one is given to it as its two halves.
    """
    return np.random.RandomState(seed if seed < 2**32 else [seed & 0xFFFFFFFF, seed >> 32])


_OF_SEED_1 = (0x6AC1F425FF4780EB, 0xB8672F8CEEBC1449, 0x00077EFF20CCC389, 0x4D65AACBFFC11E85)
"""What ``drawn_constants`` draws for the seed 1, the default of ``Settings.seed``."""


@functools.cache
def hash_constants(seed: int) -> HashConstants:
    """The constants for a seed, 0 to 2^64 - 1. The same seed gives the same hashes on every machine.

    Those of the default seed are written down, because ``numpy.random`` takes 7 ms to import.
    """
    if seed == 1:
        return HashConstants(*map(np.uint64, _OF_SEED_1))
    return drawn_constants(seed)


def drawn_constants(seed: int) -> HashConstants:
    """The constants for a seed, drawn at random."""
    drawn = seeded_random(seed).randint(0, 2**32, 8, dtype=np.uint32).astype(np.uint64)
    return HashConstants(*((drawn[0::2] << np.uint64(32)) | drawn[1::2] | np.uint64(1)))


class Recipe(NamedTuple):
    """The parameters of ``Backend.fingerprint``.

    ``shingle_words``: words per shingle. ``window`` and ``reach_on``: see ``Backend.winnow``. ``seed``: of all hashes.
    ``a``, ``b``: multipliers and addends of the MinHash permutations, uint32[permutations] each.
    """

    shingle_words: int
    window: int
    reach_on: int
    seed: int
    a: U32
    b: U32


class KeptHashes(NamedTuple):
    """Arrays into which ``Backend.fingerprint`` writes distinct shingles and passages: values uint64, offsets int64."""

    shingles: U64
    shingle_offsets: I64
    passages: U64
    passage_offsets: I64


class InvertedLists(NamedTuple):
    """An inverted index: which lists have each key, ascending, and the key's weight in each of them.

    Those of key k are ``lists[first[k]:first[k + 1]]`` and ``weights[first[k]:first[k + 1]]``. ``first``: int64[width +
    1].
    """

    first: I64
    lists: U32
    weights: F64


IS_DIGIT, IS_SPACELESS, IS_LETTER, IS_WORD, JOINS_LETTERS, JOINS_DIGITS, IS_ATTACHED = (1 << bit for bit in range(7))
"""Bit flags of a character in ``TokenRules.classes``: it is a digit; it belongs to a script written without spaces; it
is a letter, which excludes digits, the underscore and spaceless characters; it may stand in a word, which excludes
spaceless characters; it may join two runs of letters; it may join two runs of digits; it is a mark, or not shown, and
belongs to the character before it. They have nothing to do with the classes in ``fold_layout``."""


class TokenRules(NamedTuple):
    """How a text is split into tokens, written down twice: as a function, and as character flags for compiled code.

    ``tokens``: returns the tokens of a text. ``classes``: returns the flags of every code point, uint8; the last
    element also stands for all higher code points. ``max_tokens``: the tokens that are read of a text at most.
    ``max_characters``: the characters that are read of a text at most.

    By the flags, a token is the first of these that matches: runs of digits, joined by one JOINS_DIGITS each; a run of
    spaceless characters; runs of letters, joined by one JOINS_LETTERS each; a run of IS_WORD characters. A run goes on
    over IS_ATTACHED characters, but for a ``fold_layout.HALF_SPACE`` behind U+0600 to U+077F, which ends it. A token
    of three spaceless characters or more, and IS_ATTACHED ones, is replaced by all pairs of neighbouring ones in it.
    """

    tokens: Callable[[str], list[str]]
    classes: Callable[[], U8]
    max_tokens: int
    max_characters: int


NOWHERE = 2**16 - 1
"""The place of a term that stands nowhere in a text, and of one that stands even further down."""


class CountedTerms(NamedTuple):
    """The distinct terms of texts, ascending within each text.

    ``term``: term numbers. ``decayed_tf``: the term frequency, in which each occurrence has a weight that depends on
    its place. ``first``: the place of the first occurrence. ``is_name``: whether every occurrence is capitalised.
    ``offsets``: int64[texts + 1]; text i has the entries ``offsets[i]:offsets[i + 1]``.
    """

    term: U32
    decayed_tf: F64
    first: U16
    is_name: Bools
    offsets: I64


def concatenate_counts(parts: Sequence[CountedTerms]) -> CountedTerms:
    """The texts of all parts, one part after the other; of no parts, the counts of no texts."""
    nothing = CountedTerms(
        np.zeros(0, np.uint32), np.zeros(0), np.zeros(0, np.uint16), np.zeros(0, np.bool_), np.zeros(1, np.int64)
    )
    term, decayed_tf, first, is_name, _ = zip(nothing, *parts, strict=True)
    sizes = np.concatenate([np.diff(part.offsets) for part in (nothing, *parts)])
    columns = np.concatenate(term), np.concatenate(decayed_tf), np.concatenate(first), np.concatenate(is_name)
    return CountedTerms(*columns, ragged_offsets(sizes))


GROUP_FEATURES = 3
"""How many features ``Backend.join_groups`` adds to those of its links: the share, the logarithm of the size of the
larger group, and the mean of log(1 + days apart) over all pairs of dated articles across, 0 if there is none."""

LEAST_OUTWARD = 0.05
"""The share of its neighbourhood that a group always counts as lying outside, so that nothing is divided by 0."""


class Joined(NamedTuple):
    """What ``Backend.join_groups`` returns.

    ``joins``: int64[joins, 2], the first members of the two groups of each join, in the order in which they joined; the
    lower one is the first member of both from then on. ``measured``: float64[joins, features], the features of each
    join. ``refused``: int64[rows], for the first member of each group that is left, the first member of the group that
    would have joined it next, -1 if there is none; and ``nearest``: float64[rows, features], the features of that.
    """

    joins: I64
    measured: F64
    refused: I64
    nearest: F64


RUN_BASE = np.uint64(0x9E3779B97F4A7C15)
"""Base of the polynomial that hashes a run of words; any odd number with well mixed bits will do."""


class BorderRules(NamedTuple):
    """What decides the borders of passages; ``dedupe.alignment.borders`` says what each value does.

    Words: ``reach_words``, ``support_words``. Evidence in nats: ``hopeless_nats``, ``word_nats``. Probabilities:
    ``chance_pair_share``, ``least_chance``, ``most_chance``. ``rounds``: a number, at least 1.
    """

    reach_words: int
    rounds: int
    support_words: int
    hopeless_nats: float
    word_nats: float
    chance_pair_share: float
    least_chance: float
    most_chance: float


class PieceRules(NamedTuple):
    """What decides which pieces of two texts are compared; ``dedupe.alignment.similarity`` says what each value does.

    ``least_cosine``, ``least_dice``, ``least_held``: a pair that reaches none of them is left out. Information in nats:
    ``unit_nats`` divides sums over shared terms, and a piece with no more than ``no_nats`` has none. ``most_products``:
    most (left, right) occurrences of shared terms that are compared.
    """

    least_cosine: float
    least_dice: float
    least_held: float
    unit_nats: float
    no_nats: float
    most_products: int


PIECE_MEASURES = 9
"""Rows of ``ComparedPieces.measures``."""


class ComparedPieces(NamedTuple):
    """What pieces of two texts share; ``dedupe.alignment.similarity.PieceSimilarity`` says what each number means.

    ``pairs``: int64[2, pairs], the left and the right piece. ``measures``: float64[PIECE_MEASURES, pairs], from
    ``cosine`` to ``right_in_left``. ``left_pieces``, ``right_pieces``: float64[2, pieces], the share of a piece's
    information that the other text knows, and its highest cosine. ``is_partial``: frequent terms were left out.
    """

    pairs: I64
    measures: F64
    left_pieces: F64
    right_pieces: F64
    is_partial: bool
