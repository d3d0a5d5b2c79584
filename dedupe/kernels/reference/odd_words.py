"""Which texts may have words that are broken at the end of a line, or that mix scripts."""

from __future__ import annotations

import numpy as np

from dedupe.arrays import I64, U8, Bools


def has_odd_words(utf8: U8, offsets: I64) -> Bools:
    """See ``Backend.has_odd_words``. Looks for hyphens at line ends, and for letters of two scripts side by side."""
    own = utf8[offsets[0] : offsets[-1]]
    places = np.concatenate((_behind_hyphens(own), _where_mixed(own)))
    row = np.searchsorted(offsets, places + offsets[0], side="right") - 1
    return np.asarray(np.bincount(row, minlength=offsets.size - 1) > 0, np.bool_)


def _behind_hyphens(own: U8) -> I64:
    """The last bytes of hyphens at the ends of lines."""
    ends = np.flatnonzero(own[1:] == 0x0A)  # the places before the line ends
    ends -= own[ends] == 0x0D
    ends -= own[ends] == 0x20
    last = own[ends]
    # The last bytes of the three hyphens in UTF-8.
    found: I64 = ends[(ends >= 0) & ((last == 0x2D) | (last == 0xAD) | (last == 0x90))]
    return found


def _where_mixed(own: U8) -> I64:
    """Where a letter of ASCII stands beside one of Greek or Cyrillic."""
    # In UTF-8, letters of both scripts have two bytes, of which the first is 0xCD to 0xD4.
    others = own - np.uint8(0xCD) <= 0xD4 - 0xCD
    latin = (own | 0x20) - np.uint8(ord("a")) < 26
    mixed = np.zeros(own.size, np.bool_)
    mixed[1:] = latin[:-1] & others[1:]
    mixed[:-2] |= others[:-2] & latin[2:]
    return np.flatnonzero(mixed)
