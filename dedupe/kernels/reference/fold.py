"""From texts to letters: normal forms, and zeros between words."""

from __future__ import annotations

import functools

import numpy as np

from dedupe.arrays import I64, U8, U64, Bools
from dedupe.kernels import fold_layout
from dedupe.kernels.fold_layout import LETTER, MARK, SEPARATOR, SPACELESS
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import SLACK


def fold(utf8: U8, offsets: I64, table: U64, is_normal: Bools) -> tuple[U8, I64, Bools]:
    """See ``Backend.fold``. Replaces bytes in place if every form has the length of its original, as in most western
    news; otherwise folds code point by code point. Flags every row with combining marks that is not normalised."""
    own, ends = utf8[offsets[0] : offsets[-1]], offsets - offsets[0]
    begins = np.flatnonzero(own >= 0xC0)
    row_of = np.searchsorted(ends, begins, side="right") - 1
    sizes = 2 + (own[begins] >= 0xE0).astype(np.int64) + (own[begins] >= 0xF0)
    points = _code_points(own, begins, sizes)
    entries = table[np.where(points < fold_layout.POINTS, points, 0)]
    classes = _classes(entries)
    needs_context = (entries & np.uint64(fold_layout.CONTEXT)) | (entries >> np.uint64(fold_layout.COMBINING_SHIFT)) > 0
    is_hard = (needs_context | (classes == MARK)) & ~is_normal[row_of]
    is_hard |= (entries & np.uint64(fold_layout.KNOWN) == 0) | (points >> 12 == fold_layout.TAGS)
    is_hard_row = np.bincount(row_of[is_hard], minlength=offsets.size - 1) > 0
    keeps_length = is_normal[row_of] | (_form_sizes(entries) == sizes)
    fits = (classes == SEPARATOR) | ((classes == LETTER) & keeps_length)
    if not (fits | is_hard_row[row_of]).all():
        return *_fold_by_points(own, ends, table, is_normal), is_hard_row
    folded = _ascii_fold()[own]
    for i in range(4):
        some = (classes == LETTER) & (sizes > i)
        places = begins[some] + i
        form = (entries[some] >> np.uint64(8 * i)).astype(np.uint8)
        folded[places] = np.where(is_normal[row_of[some]], own[places], form)
    # A zero behind every row separates its last word from the first word of the next row.
    letter_offsets = ends + np.arange(ends.size)
    letters = np.zeros(letter_offsets[-1] + SLACK, np.uint8)
    is_taken = np.ones(letter_offsets[-1], np.bool_)
    is_taken[letter_offsets[1:] - 1] = False
    letters[: is_taken.size][is_taken] = folded
    return letters, letter_offsets, is_hard_row


@functools.cache
def _ascii_fold() -> U8:
    """Each byte in lower case, and zero for all but ASCII letters, digits and the underscore: uint8[256]."""
    chars = (chr(byte).lower() if chr(byte).isalnum() or byte == 0x5F else "\0" for byte in range(128))
    return np.frombuffer("".join(chars).encode() + bytes(128), np.uint8)


def _classes(entries: U64) -> U8:
    """The class in each entry of the fold table."""
    return (entries >> np.uint64(fold_layout.CLASS_SHIFT)).astype(np.uint8) & np.uint8(3)


def _form_sizes(entries: U64) -> I64:
    """The length of the normal form in each entry of the fold table, in bytes."""
    return (entries >> np.uint64(fold_layout.LENGTH_SHIFT)).astype(np.int64) & 7


def _code_points(utf8: U8, begins: I64, sizes: I64) -> I64:
    """The code points that begin at these places of valid UTF-8 and are two to four bytes long, int64."""
    points = utf8[begins].astype(np.int64) & (0x7F >> sizes)
    for i in range(1, 4):
        longer = np.flatnonzero(sizes > i)
        points[longer] = (points[longer] << 6) | (utf8[begins[longer] + i] & 0x3F)
    return points


def _fold_by_points(utf8: U8, offsets: I64, table: U64, is_normal: Bools) -> tuple[U8, I64]:
    """The letters of texts in which some forms differ in length from their originals, or words have no space between
    them: ragged uint8."""
    points = np.frombuffer(utf8.tobytes().decode().encode("utf-32-le"), np.uint32)
    begins = np.flatnonzero((utf8 & 0xC0) != 0x80)
    rows = np.searchsorted(begins, offsets)
    row_of = np.repeat(np.arange(offsets.size - 1), np.diff(rows))
    entries = table[np.where(points < fold_layout.POINTS, points, 0)]
    inherited, starts = _word_starts(_classes(entries), rows[row_of])
    sizes = np.where(is_normal[row_of], np.diff(np.append(begins, utf8.size)), _form_sizes(entries))
    # A zero stands before every word.
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
    """The class of each code point, where a mark has the class of what it follows in its row; and where words start."""
    here = np.arange(classes.size)
    marks = classes == MARK
    base = np.maximum(np.maximum.accumulate(np.where(marks, 0, here)), row_starts)
    inherited = classes[base]
    inherited[inherited == MARK] = SEPARATOR
    before = np.concatenate((np.zeros(1, np.uint8), inherited[:-1]))[: classes.size]
    before[here == row_starts] = SEPARATOR
    starts = (inherited != SEPARATOR) & ~marks & ((before != inherited) | (inherited == SPACELESS))
    return inherited, starts
