"""Strings of an Arrow column, looked at all together, without a Python object for each.

as_strings(column)        the values of a column as strings, or None if that takes a look at each of them
first_filled(columns)     of each row the first value that is not blank
is_padded(column)         rows whose value begins or ends with white space
is_unclear(column)        rows whose value has NUL, or might be changed by ``repair.readable``
only(column, chosen)      some of the values, and null for the others
is_present(column)        rows that have a value
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays import I64, U8, Bools
from dedupe.reading.repair import places_to_read
from dedupe.schemas import utf8_of

_WHITE_SPACE = tuple(
    char.encode() for char in map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)))
) + tuple(char.encode() for char in "\u2028\u2029\u202f\u205f\u3000")
"""What ``str.isspace`` calls white space, in UTF-8."""

_SPACES_BY_SIZE = {
    size: np.array([int.from_bytes(space, "big") for space in _WHITE_SPACE if len(space) == size]) for size in (1, 2, 3)
}
"""The same by their number of bytes, which are read as one number."""

_FIRST_BYTES = np.isin(np.arange(256), [space[0] for space in _WHITE_SPACE])
_LAST_BYTES = np.isin(np.arange(256), [space[-1] for space in _WHITE_SPACE])
"""Which bytes white space may begin and end with, bool[256]."""


def as_strings(column: pa.Array) -> pa.LargeStringArray | None:
    """Return the values of a column as strings; null where there is none.

    Strings of any layout are taken, also in a dictionary or as bytes, and whole numbers. None is returned for other
    types, and if a value is not valid UTF-8.
    """
    try:
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if not _holds_strings(column.type):
            return None
        strings = column.cast(pa.large_string())
        strings.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    return strings


def _holds_strings(kind: pa.DataType) -> bool:
    types = pa.types
    is_text = types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind)
    return is_text or types.is_large_binary(kind) or _is_view(kind) or types.is_integer(kind) or types.is_null(kind)


def _is_view(kind: pa.DataType) -> bool:
    return str(kind) in ("string_view", "binary_view")  # old versions of pyarrow have no functions for these


def first_filled(columns: Sequence[pa.LargeStringArray], rows: int) -> pa.LargeStringArray:
    """Return of each row the first value that is not blank; null if there is none. ``rows`` is their number."""
    found = None
    for column in columns:
        filled = only(column, _is_filled(column))
        found = filled if found is None else pc.coalesce(found, filled)
        if not found.null_count:
            break
    return pa.nulls(rows, pa.large_string()) if found is None else found


def only(column: pa.LargeStringArray, chosen: Bools) -> pa.LargeStringArray:
    """Return a column with null where a value is not chosen, bool[rows]. The strings are not copied.

    pyarrow's own ``if_else`` gives wrong strings for part of a column in version 15.
    """
    utf8, offsets = utf8_of(column)
    valid = np.packbits(chosen & is_present(column), bitorder="little")
    return pa.LargeStringArray.from_buffers(len(column), *map(pa.py_buffer, (offsets, utf8, valid)))


def is_present(column: pa.Array) -> Bools:
    """Return which values of a column are not null, bool[rows]."""
    if not column.null_count:
        return np.ones(len(column), np.bool_)
    present: Bools = column.is_valid().to_numpy(zero_copy_only=False)
    return present


def is_padded(column: pa.LargeStringArray) -> Bools:
    """Return which values of a column begin or end with white space, bool[rows]."""
    begins, ends = _blank_ends(*utf8_of(column))
    return is_present(column) & (begins | ends)


def is_unclear(column: pa.LargeStringArray, *, is_shown: bool) -> Bools:
    """Return which values have NUL or, if they are ``is_shown`` to people, may be HTML or damaged, bool[rows]."""
    utf8, offsets = utf8_of(column)
    places = [np.flatnonzero(utf8 == 0)]
    if is_shown:
        places.append(np.array(places_to_read(utf8.tobytes()), np.int64))
    unclear = np.zeros(len(column), np.bool_)
    unclear[np.searchsorted(offsets, np.concatenate(places), side="right") - 1] = True
    return unclear & is_present(column)


def _is_filled(column: pa.LargeStringArray) -> Bools:
    """Return which values are neither null nor blank, bool[rows]."""
    utf8, offsets = utf8_of(column)
    filled = is_present(column) & (np.diff(offsets) > 0)
    begins, ends = _blank_ends(utf8, offsets)
    for row in np.flatnonzero(filled & begins & ends).tolist():
        filled[row] = not utf8[offsets[row] : offsets[row + 1]].tobytes().decode().isspace()
    return filled


def _blank_ends(utf8: U8, offsets: I64) -> tuple[Bools, Bools]:
    """Return which strings begin, and which end, with white space: twice bool[rows]."""
    sizes = np.diff(offsets)
    begins, ends = np.zeros(sizes.size, np.bool_), np.zeros(sizes.size, np.bool_)
    filled = np.flatnonzero(sizes)
    starting = filled[_FIRST_BYTES[utf8[offsets[filled]]]]
    ending = filled[_LAST_BYTES[utf8[offsets[filled + 1] - 1]]]
    for size, spaces in _SPACES_BY_SIZE.items():
        for found, rows, firsts in ((begins, starting, offsets[:-1]), (ends, ending, offsets[1:] - size)):
            own = rows[sizes[rows] >= size]
            if not own.size:
                continue
            numbers = np.zeros(own.size, np.int64)
            for place in range(size):
                numbers = numbers << 8 | utf8[firsts[own] + place]
            found[own] |= np.isin(numbers, spaces)
    return begins, ends
