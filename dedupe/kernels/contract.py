"""What both backends agree on: the records and constants that kernels take and give."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from dedupe.arrays import F64, I32, I64, U8, U32, U64, Bools
from dedupe.kernels.ragged import ragged_offsets

SLACK = 64
"""Bytes after the last row that kernels may read, because they read several at once; after letters they are zeros."""


@functools.cache
def multipliers(seed: int) -> U64:
    """Four odd 64-bit numbers drawn from the seed, uint64[4].

    Multipliers of letters, of words in a shingle and of words in a sequence, and the value a word starts from.
    """
    drawn = np.random.RandomState(seed).randint(0, 2**32, 8, dtype=np.uint32).astype(np.uint64)
    return (drawn[0::2] << np.uint64(32)) | drawn[1::2] | np.uint64(1)


DIGIT, SOLO, LETTER, WORD, APOSTROPHE, POINT = (1 << bit for bit in range(6))
"""Bits of the class of a code point: a digit; of a script without spaces; a letter (no digit, no underscore, no SOLO);
inside words (no SOLO); what joins letters; what joins digits."""


class TokenRules(NamedTuple):
    """How texts are split into tokens, said twice. ``tokens``: those of one text. ``classes``: of code points, the last
    of which stands for all that follow, for these rules: digits, joined by single points; else a run of SOLO; else
    letters, joined by single apostrophes; else a run of WORD; of a token whose first three characters are SOLO all
    pairs of neighbours instead. A text has at most so many tokens, and is read for so many characters."""

    tokens: Callable[[str], list[str]]
    classes: Callable[[], U8]
    most: int
    most_characters: int


class CountedTerms(NamedTuple):
    """Distinct terms of texts, each text's in the order of their first occurrence: number, sum of fading weights, place
    of the first occurrence, whether every occurrence is capitalised; and where each text's begin, int64[texts + 1]."""

    term: I64
    decayed_tf: F64
    first: I64
    is_name: Bools
    offsets: I64


class TokenReader(Protocol):
    """Reads the tokens of texts as codes; each backend has one of its own."""

    def read(self, texts: Sequence[str]) -> tuple[I64, I64]:
        """Codes of the tokens of each text, in order: ragged int64."""


def concatenate_counts(parts: Sequence[CountedTerms]) -> CountedTerms:
    """The texts of all parts, one behind the other."""
    none = np.zeros(0, np.int64)
    nothing = CountedTerms(none, np.zeros(0), none, np.zeros(0, np.bool_), np.zeros(1, np.int64))
    term, decayed_tf, first, is_name, _ = zip(nothing, *parts, strict=True)
    sizes = np.concatenate([np.diff(part.offsets) for part in (nothing, *parts)])
    columns = np.concatenate(term), np.concatenate(decayed_tf), np.concatenate(first), np.concatenate(is_name)
    return CountedTerms(*columns, ragged_offsets(sizes))


class InvertedLists(NamedTuple):
    """Which lists, ascending, hold each key, and what it weighs there: those of key k are ``first[k]:first[k + 1]``."""

    first: I64
    lists: U32
    weights: F64


LEAST_GAIN = 1e-9
"""A move that gains less is none: rounding could undo it for ever."""

JOIN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, an odd multiplier that tells the first of two joined hashes from the second."""


class Recipe(NamedTuple):
    """What decides a fingerprint, as kernels need it: shingle size, window and reach of ``winnow``, the seed of the
    hashes, multipliers and addends of the permutations (uint32 each)."""

    shingle_words: int
    window: int
    reach_on: int
    seed: int
    a: U32
    b: U32


class KeptHashes(NamedTuple):
    """Where ``fingerprint`` writes what is kept of a text beside its sketch: uint64 values, int64 offsets."""

    shingles: U64
    shingle_offsets: I64
    passages: U64
    passage_offsets: I64


class Backend(Protocol):
    """Every kernel, with the arguments and answers that both backends have; a module is one.

    "Ragged" is Arrow's list layout: flat values, and int64 offsets with one element more than there are rows. The
    docstrings of ``reference`` say what each kernel computes and where it comes from.
    """

    def TokenCodes(self, splitting: TokenRules, code_of: Callable[[str], int]) -> TokenReader:  # noqa: N802 - a class
        """A reader that turns tokens into codes; ``code_of`` is asked for those it does not know."""
        ...

    def unescape(self, raw: U8, offsets: I64) -> tuple[U8, I64, Bools]:
        """JSON strings as UTF-8: ragged uint8, and a flag, bool[rows], for every row that cannot be text: no string,
        half a surrogate, NUL."""
        ...

    def fold(self, utf8: U8, offsets: I64, table: U64, is_normal: Bools) -> tuple[U8, I64, Bools]:
        """Words of each text in normal form: ragged uint8 in which a word is a run of bytes other than zero, and a
        flag, bool[rows], for every row that only ``text.normalise`` can do: its letters mean nothing."""
        ...

    def word_hashes(self, letters: U8, offsets: I64, seed: int) -> tuple[U64, I64]:
        """Hash of each word of each row: ragged uint64."""
        ...

    def distinct_terms(self, codes: I64, offsets: I64, decay: F64) -> CountedTerms:
        """Counts of ragged codes, twice the number of a term each and one more where it is capitalised; an occurrence
        at a place weighs ``decay[place]``, added in the order of the places."""
        ...

    def sequence_hashes(self, words: U64, offsets: I64, seed: int) -> U64:
        """Hash of each row's whole word sequence, uint64[rows]; equal exactly when the words are (64-bit)."""
        ...

    def shingle_hashes(self, words: U64, offsets: I64, shingle_words: int, seed: int) -> tuple[U64, I64]:
        """Hashes of all runs of ``shingle_words`` words, in text order: ragged uint64."""
        ...

    def unique_sorted(self, values: U64, offsets: I64) -> tuple[U64, I64]:
        """Each row's distinct values in ascending order: ragged uint64."""
        ...

    def signatures(self, shingles: U64, offsets: I64, a: U32, b: U32) -> U32:
        """MinHash signatures, uint32[rows, permutations], bit-identical to datasketch 2's ``affine32``."""
        ...

    def winnow(self, shingles: U64, offsets: I64, window: int, reach_on: int) -> tuple[U64, I64]:
        """Passage fingerprints: the distinct window minima of each row, ascending, ragged uint64."""
        ...

    def fingerprint(
        self,
        letters: U8,
        offsets: I64,
        recipe: Recipe,
        words: I64,
        digests: U64,
        signature_rows: U32,
        kept: KeptHashes | None,
    ) -> None:
        """Everything a fingerprint holds, in one pass from folded letters into the caller's arrays."""
        ...

    def band_keys(self, signature_rows: U32, rows_per_band: int) -> U64:
        """One key a band, uint64[rows, bands]: a hash of the band's minima and of its number (Indyk & Motwani 1998)."""
        ...

    def band_members(self, signature_rows: U32, band: int, rows_per_band: int, row_bits: int) -> U64:
        """Members of the buckets of one band, uint64[rows]: as many low bits of its key as there is room for, above the
        number of the row, which fits in ``row_bits``."""
        ...

    def equal_minima(self, signature_rows: U32, left: I64, right: I64) -> I64:
        """Number of minima that rows ``left[i]`` and ``right[i]`` have in common, int64[pairs]."""
        ...

    def bucket_members(self, keys: U64, offsets: I64, first_row: int, row_bits: int, part: int, parts: int) -> U64:
        """Members of the buckets of one part: the low bits of each key above the number of its row, uint64 in any
        order."""
        ...

    def shared_buckets(self, members: U64, row_bits: int) -> U64:
        """What is left of ascending packed members without those alone in their bucket."""
        ...

    def rows_of(self, chunks: Sequence[tuple[U64, I64]]) -> Any:
        """Rows of several ragged arrays, one behind the other, as ``shared_counts`` takes them; nothing is copied."""
        ...

    def shared_counts(self, rows: Any, left: I64, right: I64) -> I64:
        """Number of values that rows ``left[i]`` and ``right[i]`` share, int64[pairs]."""
        ...

    def shared_sums(self, starts: I64, keys: U32, left: I64, right: I64, weights: F64, added: Bools) -> F64:
        """Σ over the keys lists ``left[i]`` and ``right[i]`` share of the left weight × the right one or, of kinds that
        are ``added``, + the right one: float64[kinds, pairs]."""
        ...

    def count_shared(self, starts: I64, keys: U32, left: I64, right: I64, of_left: Bools, of_right: Bools) -> I32:
        """For each entry, in how many of the lists its own list is paired with the key stands too, int32[entries]."""
        ...

    def top_entries(self, starts: I64, weights: F64, most: int) -> Bools:
        """The ``most`` heaviest entries of each list (ties: the first), bool[entries]."""
        ...

    def invert_lists(self, starts: I64, keys: U32, weights: F64, width: int) -> InvertedLists:
        """The lists turned round, for keys below ``width``."""
        ...

    def best_matches(
        self,
        starts: I64,
        keys: U32,
        weights: F64,
        asked: Bools,
        inverted: InvertedLists,
        lists: tuple[int, int],
        kept: tuple[int, int],
        least: float,
    ) -> tuple[I64, I64, int]:
        """The lists most alike to each of the lists ``lists[0]`` to ``lists[1] - 1``: ragged int64, ascending, and how
        many of them had more than are kept."""
        ...

    def score_all_splits(
        self, has: I64, holders: I64, weights: F64, odds: F64, tables: F64, pair_weight: float, level: float
    ) -> F64:
        """What every division is worth, float64[2^(texts - 1) - 1]: at place i that whose second side holds the texts
        whose bits are set in i + 1."""
        ...

    def improve_split(
        self,
        side: Bools,
        has: I64,
        holders: I64,
        weights: F64,
        odds: F64,
        tables: F64,
        known: Bools,
        pair_weight: float,
        level: float,
        moves: int,
    ) -> tuple[int, float, bool]:
        """Move the one text that gains most to the other side, until none gains or so many moves are made (Kernighan &
        Lin 1970): ``side``, bool[texts], is changed in place."""
        ...

    def agglomerate(self, rows: int, low: I64, high: I64, excess: I64, least: int) -> I64:
        """First member of the group of each row, int64[rows]."""
        ...
