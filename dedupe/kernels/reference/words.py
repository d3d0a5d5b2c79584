"""NumPy kernels from text to word hashes; ``_numpy.py`` hands them on with the others."""

from __future__ import annotations

import functools
import itertools
import json

import numpy as np

from dedupe.arrays import I64, U8, U64, Bools
from dedupe.kernels import fold_layout
from dedupe.kernels.contract import SLACK, multipliers
from dedupe.kernels.fold_layout import MARK, SEPARATOR, SOLO
from dedupe.kernels.ragged import ragged_offsets


def fmix64(h: U64) -> U64:
    """MurmurHash3's 64-bit finaliser (Appleby), a bijection."""
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


def unescape(raw: U8, offsets: I64) -> tuple[U8, I64, Bools]:
    """JSON strings as UTF-8: ragged uint8, and a flag, bool[rows], for every row that cannot be text: no string, half a
    surrogate, NUL. What such a row holds means nothing.

    ``raw``, ``offsets``: JSON values in valid UTF-8, strings with their quotation marks; ``SLACK`` bytes follow.
    """
    texts, unsure = [], np.zeros(offsets.size - 1, np.bool_)
    for row, (start, end) in enumerate(itertools.pairwise(offsets.tolist())):
        try:
            texts.append(json.loads(raw[start:end].tobytes()).encode())
        except (AttributeError, ValueError):
            texts.append(b"\0")
        unsure[row] = b"\0" in texts[-1]
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    return np.frombuffer(b"".join(texts), np.uint8), ragged_offsets(sizes), unsure


def fold(utf8: U8, offsets: I64, table: U64, is_normal: Bools) -> tuple[U8, I64, Bools]:
    """Words of each text in normal form: ragged uint8 in which a word is a run of bytes other than zero, and a flag,
    bool[rows], for every row that only ``text.normalise`` can do: its letters mean nothing.

    ``utf8``, ``offsets``: texts in Arrow's layout; ``table``: uint64[fold_layout.POINTS]; rows with ``is_normal`` are
    normalised already. How many zeros stand between words is a twin's own choice, and so is flagging a row needlessly.
    ``SLACK`` zeros follow the last row.
    """
    own, ends = utf8[offsets[0] : offsets[-1]], offsets - offsets[0]
    begins = np.flatnonzero(own >= 0xC0)
    row_of = np.searchsorted(ends, begins, side="right") - 1
    sizes = 2 + (own[begins] >= 0xE0).astype(np.int64) + (own[begins] >= 0xF0)
    points = _code_points(own, begins, sizes)
    entries = table[np.where(points < fold_layout.POINTS, points, 0)]
    kinds = (entries >> np.uint64(fold_layout.CLASS_SHIFT)).astype(np.uint8) & np.uint8(3)
    hard = (entries & np.uint64(fold_layout.CONTEXT) != 0) | (entries >> np.uint64(fold_layout.COMBINING_SHIFT) != 0)
    hard = (hard | (kinds == MARK)) & ~is_normal[row_of] | (entries & np.uint64(fold_layout.KNOWN) == 0)
    unsure = np.bincount(row_of[hard], minlength=offsets.size - 1) > 0
    form_sizes = (entries >> np.uint64(fold_layout.LENGTH_SHIFT)).astype(np.int64) & 7
    fits = (kinds == SEPARATOR) | ((kinds == fold_layout.LETTER) & (is_normal[row_of] | (form_sizes == sizes)))
    if not (fits | unsure[row_of]).all():
        return *_fold_by_points(own, ends, table, is_normal), unsure
    folded = _ascii_fold()[own]
    for i in range(4):
        some = (kinds == fold_layout.LETTER) & (sizes > i)
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


def _fold_by_points(utf8: U8, offsets: I64, table: U64, is_normal: Bools) -> tuple[U8, I64]:
    """Letters of texts in which some forms need another room than their originals, or words have no space between."""
    points = np.frombuffer(utf8.tobytes().decode().encode("utf-32-le"), np.uint32)
    begins = np.flatnonzero((utf8 & 0xC0) != 0x80)
    rows = np.searchsorted(begins, offsets)
    row_of = np.repeat(np.arange(offsets.size - 1), np.diff(rows))
    entries = table[np.where(points < fold_layout.POINTS, points, 0)]
    classes = (entries >> np.uint64(fold_layout.CLASS_SHIFT)).astype(np.uint8) & np.uint8(3)
    inherited, starts = _word_starts(classes, rows[row_of])
    sizes = (entries >> np.uint64(fold_layout.LENGTH_SHIFT)).astype(np.int64) & 7
    sizes = np.where(is_normal[row_of], np.diff(np.append(begins, utf8.size)), sizes)
    places = ragged_offsets(np.where(inherited == SEPARATOR, 0, sizes) + starts.astype(np.int64))
    letters = np.zeros(places[-1] + SLACK, np.uint8)
    some = np.flatnonzero(inherited != SEPARATOR)
    for i in range(fold_layout.FORM_BYTES):
        some = some[sizes[some] > i]
        form = (entries[some] >> np.uint64(8 * i)).astype(np.uint8)
        own_form = utf8[np.minimum(begins[some] + i, utf8.size - 1)]
        letters[places[some] + starts[some] + i] = np.where(is_normal[row_of[some]], own_form, form)
    return letters, places[rows]


def _word_starts(classes: U8, row_starts: I64) -> tuple[U8, Bools]:
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
    return fmix64(hashes), np.searchsorted(starts, offsets).astype(np.int64)
