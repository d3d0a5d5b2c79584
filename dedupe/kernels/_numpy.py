"""NumPy kernels, the reference. "Ragged" means Arrow's list layout: flat values and int64 offsets, one row a slice.

All arithmetic is unsigned and wraps around: the wrap *is* the modulo 2^32 or 2^64. ``_numba.py`` has the same names and
arguments and gives the same answers to the bit, except where a docstring here leaves a choice.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedupe.kernels import folding
from dedupe.kernels.folding import MARK, SEPARATOR, SOLO

Flags = npt.NDArray[np.bool_]
U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]

_EMPTY_MINIMUM = np.uint32(0xFFFFFFFF)
SLACK = 64
"""Zero bytes after the last row of letters, for kernels that read several at once."""
JOIN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, an odd multiplier that tells the first of two joined hashes from the second."""
_SIGNATURE_BLOCK = 512
"""Shingles permuted at once: 512 x 128 x 4 bytes stay in a core's second-level cache."""


def _fmix32(h: U32) -> U32:
    """MurmurHash3's 32-bit finaliser (Appleby), a bijection."""
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def _fmix64(h: U64) -> U64:
    """MurmurHash3's 64-bit finaliser (Appleby), a bijection."""
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


@functools.cache
def multipliers(seed: int) -> U64:
    """Four odd 64-bit numbers drawn from the seed, uint64[4].

    Multipliers of letters, of words in a shingle and of words in a sequence, and the value a word starts from.
    """
    drawn = np.random.RandomState(seed).randint(0, 2**32, 8, dtype=np.uint32).astype(np.uint64)
    return (drawn[0::2] << np.uint64(32)) | drawn[1::2] | np.uint64(1)


def _powers(base: int, count: int) -> U64:
    """base^0 … base^(count-1) modulo 2^64, uint64[count]."""
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.multiply.accumulate(powers)


class Recipe(NamedTuple):
    """What decides a fingerprint, as kernels need it: shingle size, window and reach of ``winnow``, the seed of the
    hashes, multipliers and addends of the permutations (uint32 each)."""

    shingle_words: int
    window: int
    reach_on: int
    seed: int
    a: U32
    b: U32


def _offsets(sizes: I64) -> I64:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))


def fold(utf8: U8, offsets: I64, table: U64, is_normal: Flags) -> tuple[U8, I64, Flags]:
    """Words of each text in normal form: ragged uint8 in which a word is a run of bytes other than zero, and a flag,
    bool[rows], for every row that only ``text.normalise`` can do: its letters mean nothing.

    ``utf8``, ``offsets``: texts in Arrow's layout; ``table``: uint64[folding.POINTS]; rows with ``is_normal`` are
    normalised already. How many zeros stand between words is a twin's own choice, and so is flagging a row needlessly.
    ``SLACK`` zeros follow the last row.
    """
    own, ends = utf8[offsets[0] : offsets[-1]], offsets - offsets[0]
    begins = np.flatnonzero(own >= 0xC0)
    row_of = np.searchsorted(ends, begins, side="right") - 1
    sizes = 2 + (own[begins] >= 0xE0).astype(np.int64) + (own[begins] >= 0xF0)
    points = _code_points(own, begins, sizes)
    entries = table[np.where(points < folding.POINTS, points, 0)]
    kinds = (entries >> np.uint64(folding.CLASS_SHIFT)).astype(np.uint8) & np.uint8(3)
    hard = (entries & np.uint64(folding.CONTEXT) != 0) | (entries >> np.uint64(folding.COMBINING_SHIFT) != 0)
    hard = (hard | (kinds == MARK)) & ~is_normal[row_of] | (entries & np.uint64(folding.KNOWN) == 0)
    unsure = np.bincount(row_of[hard], minlength=offsets.size - 1) > 0
    form_sizes = (entries >> np.uint64(folding.LENGTH_SHIFT)).astype(np.int64) & 7
    fits = (kinds == SEPARATOR) | ((kinds == folding.LETTER) & (is_normal[row_of] | (form_sizes == sizes)))
    if not (fits | unsure[row_of]).all():
        return *_fold_by_points(own, ends, table, is_normal), unsure
    folded = _ascii_fold()[own]
    for i in range(4):
        some = (kinds == folding.LETTER) & (sizes > i)
        places = begins[some] + i
        form = (entries[some] >> np.uint64(8 * i)).astype(np.uint8)
        folded[places] = np.where(is_normal[row_of[some]], own[places], form)
    # A zero after every row keeps its last word from the next row's first.
    letter_offsets = ends + np.arange(ends.size)
    letters = np.zeros(letter_offsets[-1] + SLACK, np.uint8)
    taken = np.ones(letter_offsets[-1], np.bool_)
    taken[letter_offsets[1:] - 1] = False
    letters[: taken.size][taken] = folded
    return letters, letter_offsets, unsure


@functools.cache
def _ascii_fold() -> U8:
    """Each byte in lower case, zero for what is no ASCII letter, digit or underscore."""
    chars = (chr(byte).lower() if chr(byte).isalnum() or byte == 0x5F else "\0" for byte in range(128))
    return np.frombuffer("".join(chars).encode() + bytes(128), np.uint8)


def _code_points(utf8: U8, begins: I64, sizes: I64) -> I64:
    """Code points that begin at the given places of valid UTF-8 and are two to four bytes long, int64."""
    points = utf8[begins].astype(np.int64) & (0x7F >> sizes)
    for i in range(1, 4):
        longer = np.flatnonzero(sizes > i)
        points[longer] = (points[longer] << 6) | (utf8[begins[longer] + i] & 0x3F)
    return points


def _fold_by_points(utf8: U8, offsets: I64, table: U64, is_normal: Flags) -> tuple[U8, I64]:
    """Letters of texts in which some forms need another room than their originals, or words have no space between."""
    points = np.frombuffer(utf8.tobytes().decode().encode("utf-32-le"), np.uint32)
    begins = np.flatnonzero((utf8 & 0xC0) != 0x80)
    rows = np.searchsorted(begins, offsets)
    row_of = np.repeat(np.arange(offsets.size - 1), np.diff(rows))
    entries = table[np.where(points < folding.POINTS, points, 0)]
    classes = (entries >> np.uint64(folding.CLASS_SHIFT)).astype(np.uint8) & np.uint8(3)
    inherited, starts = _word_starts(classes, rows[row_of])
    sizes = (entries >> np.uint64(folding.LENGTH_SHIFT)).astype(np.int64) & 7
    sizes = np.where(is_normal[row_of], np.diff(np.append(begins, utf8.size)), sizes)
    places = _offsets(np.where(inherited == SEPARATOR, 0, sizes) + starts.astype(np.int64))
    letters = np.zeros(places[-1] + SLACK, np.uint8)
    some = np.flatnonzero(inherited != SEPARATOR)
    for i in range(folding.FORM_BYTES):
        some = some[sizes[some] > i]
        form = (entries[some] >> np.uint64(8 * i)).astype(np.uint8)
        own_form = utf8[np.minimum(begins[some] + i, utf8.size - 1)]
        letters[places[some] + starts[some] + i] = np.where(is_normal[row_of[some]], own_form, form)
    return letters, places[rows]


def _word_starts(classes: U8, row_starts: I64) -> tuple[U8, Flags]:
    """Class of each code point with marks in that of what they follow in their row, and where words start."""
    here = np.arange(classes.size)
    marks = classes == MARK
    base = np.maximum(np.maximum.accumulate(np.where(marks, 0, here)), row_starts)
    inherited = classes[base]
    inherited[inherited == MARK] = SEPARATOR
    before = np.concatenate((np.zeros(1, np.uint8), inherited[:-1]))[: classes.size]
    before[here == row_starts] = SEPARATOR
    starts = (inherited != SEPARATOR) & ~marks & ((before != inherited) | (inherited == SOLO))
    return inherited, starts


def word_hashes(letters: U8, offsets: I64, seed: int) -> tuple[U64, I64]:
    """Hash of each word of each row: ragged uint64. ``letters``: as ``fold`` gives them.

    Eight bytes at a time, little-endian, the last ones filled with zeros, which no word holds: exclusive or; before the
    next eight, multiply and fold the upper half into the lower; at the end MurmurHash3's finaliser. Words of up to
    eight bytes never collide.
    """
    inside = np.concatenate((np.zeros(1, bool), letters != 0, np.zeros(1, bool)))
    turns = np.flatnonzero(inside[1:] != inside[:-1])
    starts, left = turns[0::2], turns[1::2] - turns[0::2]
    eights: U64 = np.ndarray((letters.size,), "<u8", np.concatenate((letters, np.zeros(8, np.uint8))), strides=(1,))
    multiplier, beginning = multipliers(seed)[0], multipliers(seed)[3]
    masks = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
    hashes = np.full(starts.size, beginning)
    hashes ^= eights[starts] & masks[np.minimum(left, 8)]
    longer, at = np.flatnonzero(left > 8), starts
    while longer.size:
        at, left = at + 8, left - 8
        mixed = hashes[longer] * multiplier
        hashes[longer] = mixed ^ (mixed >> np.uint64(32)) ^ (eights[at[longer]] & masks[np.minimum(left[longer], 8)])
        longer = longer[left[longer] > 8]
    return _fmix64(hashes), np.searchsorted(starts, offsets).astype(np.int64)


def sequence_hashes(words: U64, offsets: I64, seed: int) -> U64:
    """Hash of each row's whole word sequence, uint64[rows]; equal exactly when the words are (64-bit).

    Polynomial modulo 2^64 (Karp & Rabin 1987): prefix sums of word x base^i, differences brought back to base^0 with
    the inverse of the odd base.
    """
    base = int(multipliers(seed)[2])
    prefix = np.zeros(words.size + 1, np.uint64)
    np.cumsum(words * _powers(base, words.size), out=prefix[1:])
    inverse = _powers(pow(base, -1, 2**64), words.size + 1)
    return _fmix64((prefix[offsets[1:]] - prefix[offsets[:-1]]) * inverse[offsets[:-1]])


def shingle_hashes(words: U64, offsets: I64, shingle_words: int, seed: int) -> tuple[U64, I64]:
    """Hashes of all runs of ``shingle_words`` words, in text order: ragged uint64.

    A row with fewer words, but at least one, has a single shingle: the hash of all it has. So short rows match only
    when their words are the same. An empty row has none.
    """
    lengths = np.diff(offsets)
    counts = np.where(lengths >= shingle_words, lengths - shingle_words + 1, np.minimum(lengths, 1))
    shingle_offsets = _offsets(counts)
    if shingle_offsets[-1] == 0:
        return np.zeros(0, np.uint64), shingle_offsets
    rows = np.repeat(np.arange(counts.size), counts)
    starts = offsets[:-1][rows] + np.arange(shingle_offsets[-1]) - shingle_offsets[rows]
    powers = _powers(int(multipliers(seed)[1]), shingle_words)
    padded = np.concatenate((words, np.zeros(shingle_words, np.uint64)))
    total = np.zeros(starts.size, np.uint64)
    inside = np.minimum(lengths[rows], shingle_words)
    for i in range(shingle_words):
        total += np.where(inside > i, padded[starts + i] * powers[i], np.uint64(0))
    # A short row is told from a full shingle of the same words plus nothing by its length.
    return _fmix64(total ^ (np.uint64(shingle_words) - inside.astype(np.uint64))), shingle_offsets


def unique_sorted(values: U64, offsets: I64) -> tuple[U64, I64]:
    """Each row's distinct values in ascending order: ragged uint64."""
    return _ragged([_distinct(values[start:end]) for start, end in itertools.pairwise(offsets.tolist())])


def _distinct(row: U64) -> U64:
    """Distinct values, ascending; several times as fast as ``np.unique`` on rows as short as these."""
    ordered = np.sort(row)
    kept: U64 = ordered[np.concatenate((np.ones(ordered[:1].size, np.bool_), ordered[1:] != ordered[:-1]))]
    return kept


def _ragged(pieces: list[U64]) -> tuple[U64, I64]:
    sizes = np.fromiter((piece.size for piece in pieces), np.int64, len(pieces))
    return np.concatenate(pieces) if pieces else np.zeros(0, np.uint64), _offsets(sizes)


def signatures(shingles: U64, offsets: I64, a: U32, b: U32) -> U32:
    """MinHash signatures, uint32[rows, permutations], bit-identical to datasketch 2's ``affine32``.

    ``a``, ``b``: its multipliers and addends, uint32[permutations]. Each minimum is the minimum over a row's shingles
    of a x fmix32(low 32 bits of the shingle) + b, modulo 2^32 (Broder 1997). An empty row is all ones, datasketch's
    own empty value; callers must not compare such rows.
    """
    mixed = _fmix32((shingles & np.uint64(0xFFFFFFFF)).astype(np.uint32))
    out = np.full((offsets.size - 1, a.size), _EMPTY_MINIMUM, np.uint32)
    scratch = np.empty((a.size, _SIGNATURE_BLOCK), np.uint32)
    for row, (start, end) in enumerate(itertools.pairwise(offsets.tolist())):
        for block in range(start, end, _SIGNATURE_BLOCK):
            hashed = mixed[block : min(end, block + _SIGNATURE_BLOCK)]
            permuted = scratch[:, : hashed.size]
            np.multiply(a[:, None], hashed[None, :], out=permuted)
            permuted += b[:, None]
            np.minimum(out[row], permuted.min(axis=1), out=out[row])
    return out


def band_keys(signature_rows: U32, rows_per_band: int) -> U64:
    """One key a band, uint64[rows, bands]: a hash of the band's minima and of its number (Indyk & Motwani 1998)."""
    bands = signature_rows.shape[1] // rows_per_band
    sliced = signature_rows[:, : bands * rows_per_band].reshape(-1, bands, rows_per_band).astype(np.uint64)
    keys = np.broadcast_to(np.arange(bands, dtype=np.uint64), sliced.shape[:2]).copy()
    for i in range(rows_per_band):
        keys = _fmix64(keys * JOIN + sliced[:, :, i])
    return keys


def bucket_members(keys: U64, offsets: I64, first_row: int, row_bits: int, part: int, parts: int) -> U64:
    """Members of the buckets of one part: the low bits of each key above the number of its row, uint64 in any order.

    ``keys``, ``offsets``: ragged; row i is numbered ``first_row + i`` and fits in ``row_bits``. ``parts``, a power of
    two, splits the keys evenly; the low bits of a least hash are even, its high bits are not.
    """
    values = keys[offsets[0] : offsets[-1]]
    here = (values & np.uint64(parts - 1)) == part
    rows = np.repeat(np.arange(first_row, first_row + offsets.size - 1, dtype=np.uint64), np.diff(offsets))
    packed: U64 = (values[here] << np.uint64(row_bits)) | rows[here]
    return packed


def shared_buckets(members: U64, row_bits: int) -> U64:
    """What is left of ascending packed members without those alone in their bucket."""
    same = (members[1:] ^ members[:-1]) >> np.uint64(row_bits) == 0
    kept: U64 = members[np.concatenate((same, [False])) | np.concatenate(([False], same))[: members.size]]
    return kept


def winnow(shingles: U64, offsets: I64, window: int, reach_on: int) -> tuple[U64, I64]:
    """Passage fingerprints: the distinct window minima of each row, ascending, ragged uint64.

    Winnowing (Schleimer, Wilkerson & Aiken 2003) over runs longer than a shingle: each shingle is joined with the one
    ``reach_on`` places on, where the row has one. So two rows that share ``window`` such runs in a row always share a
    fingerprint, and two that share a turn of phrase seldom do. A row with fewer runs than the window gives its one
    minimum.
    """
    pieces = []
    for start, end in itertools.pairwise(offsets.tolist()):
        row = shingles[start:end]
        if 0 < reach_on < row.size:
            row = row[:-reach_on] * JOIN + row[reach_on:]
        if row.size > window:
            # Minimum of every window by doubling: log2(window) passes instead of one a position.
            reach, span = row, 1
            while span * 2 <= window:
                reach, span = np.minimum(reach[:-span], reach[span:]), span * 2
            rest = window - span
            reach = np.minimum(reach[: reach.size - rest], reach[rest:])
            pieces.append(_distinct(reach))
        else:
            pieces.append(row[:0] if row.size == 0 else row.min(keepdims=True))
    return _ragged(pieces)


def fingerprint(
    letters: U8,
    offsets: I64,
    recipe: Recipe,
    words: I64,
    digests: U64,
    shingles: U64,
    shingle_offsets: I64,
    passages: U64,
    passage_offsets: I64,
    signature_rows: U32,
) -> None:
    """Everything a fingerprint holds, in one pass from folded letters into the caller's arrays.

    The last seven arguments are written: number of words and digest a row; distinct shingles and passages behind what
    ``shingle_offsets[0]`` and ``passage_offsets[0]`` count already, and their ends; one signature a row.
    """
    hashed, word_offsets = word_hashes(letters, offsets, recipe.seed)
    words[:] = np.diff(word_offsets)
    digests[:] = sequence_hashes(hashed, word_offsets, recipe.seed)
    in_order, places = shingle_hashes(hashed, word_offsets, recipe.shingle_words, recipe.seed)
    for (values, ends), kept, kept_offsets in (
        (unique_sorted(in_order, places), shingles, shingle_offsets),
        (winnow(in_order, places, recipe.window, recipe.reach_on), passages, passage_offsets),
    ):
        kept_offsets[1:] = kept_offsets[0] + ends[1:]
        kept[kept_offsets[0] : kept_offsets[-1]] = values
    signature_rows[:] = signatures(in_order, places, recipe.a, recipe.b)


def rows_of(chunks: Sequence[tuple[U64, I64]]) -> list[U64]:
    """Rows of several ragged arrays, one behind the other, as ``shared_counts`` takes them; nothing is copied."""
    return [values[start:end] for values, offsets in chunks for start, end in itertools.pairwise(offsets.tolist())]


def shared_counts(rows: list[U64], left: I64, right: I64) -> I64:
    """Number of values that rows ``left[i]`` and ``right[i]`` share, int64[pairs]. Rows are distinct and ascending;
    ``rows``: what ``rows_of`` gave."""
    out = np.empty(left.size, np.int64)
    for i, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        both = np.concatenate((rows[a], rows[b]))
        both.sort()
        out[i] = np.count_nonzero(both[1:] == both[:-1])
    return out
