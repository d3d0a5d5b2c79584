"""The openings of texts in scripts without capital letters, which stand for the names that cannot be seen in them.

A name is known by its capital (``details``). Arabic, Hebrew, Hindi, Thai, Chinese and Japanese have none, so that a
short excerpt would agree with its article in numbers only. What a service cuts is the beginning of an article, and two
texts that begin with the same _OPENING_WORDS words are no stubs that agree in a turn of phrase by chance. So the first
words of a paragraph count as _PARTS names there. Each is its own place: openings that differ contradict nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from dedupe.arrays import I64, U8, U64
from dedupe.kernels import distinct
from dedupe.kernels.detail_layout import NAME, PLACE_BITS, VALUE_BITS, word_hash
from dedupe.kernels.ragged import ragged_offsets
from dedupe.text.words import words

_OPENING_WORDS, _PARTS = 18, 2
"""Fewer than a short excerpt has, the last of which may be cut. Each half counts as one name."""

_PARAGRAPHS = 2
"""Paragraphs whose beginnings are read: of a text that begins with its title, the second is the lead."""

_MAX_CHARACTERS = 400
"""Characters that are read of a paragraph: more than so many words have."""

_LETTERS_WITHOUT_CASE = 0.7
"""Least share of the letters of an opening that have no capitals. Brands and acronyms are Latin in all scripts."""

_HEAD_BYTES = 64
"""Bytes by which texts are passed over that hardly begin in such a script."""

_WITHOUT_CASE = re.compile(rb"[\xd6-\xe1\xe3-\xed]")
"""First bytes of letters without case in UTF-8, and of a few others: not those of Latin, Greek, Cyrillic and signs."""


def add_openings(details: U64, borders: I64, utf8: U8, offsets: I64) -> tuple[U64, I64]:
    """Return the details of texts with those of their openings, each text's ascending: ragged uint64.

    ``details``, ``borders``: those that were read before, in the same form. ``utf8``, ``offsets``: the texts.
    """
    heads = (utf8[start : start + _HEAD_BYTES].tobytes() for start in offsets[:-1].tolist())
    likely = [row for row, head in enumerate(heads) if _WITHOUT_CASE.search(head)]
    if not likely:
        return details, borders
    rows = np.split(details, borders[1:-1])
    for row in likely:
        text = utf8[offsets[row] : offsets[row + 1]].tobytes()[: _PARAGRAPHS * 4 * _MAX_CHARACTERS]
        openings = np.fromiter(_openings(text.decode(errors="ignore")), np.uint64)
        rows[row] = distinct(np.concatenate((rows[row], openings)))
    return np.concatenate(rows), ragged_offsets(np.array([row.size for row in rows], np.int64))


def _openings(text: str) -> Iterator[int]:
    """Yield the packed details of the first words of the first paragraphs of a text."""
    paragraphs = [line for line in text.splitlines() if line.strip()][:_PARAGRAPHS]
    for paragraph in paragraphs:
        found = words(paragraph[:_MAX_CHARACTERS]).forms[:_OPENING_WORDS]
        if len(found) == _OPENING_WORDS and _is_without_case("".join(found)):
            for part in range(_PARTS):
                own = found[part * _OPENING_WORDS // _PARTS : (part + 1) * _OPENING_WORDS // _PARTS]
                yield _packed(word_hash(map(ord, f"{part} {' '.join(own)}")))


def _is_without_case(joined: str) -> bool:
    letters = [char for char in joined if char.isalpha()]
    without = sum(
        char.upper() == char or "ა" <= char <= "ჿ" for char in letters
    )  # Georgian has capitals in Unicode only
    return without >= _LETTERS_WITHOUT_CASE * max(1, len(letters))


def _packed(hashed: int) -> int:
    """A name whose place and value are the same words."""
    place, value = hashed >> (64 - PLACE_BITS), hashed & ((1 << VALUE_BITS) - 1)
    return (place << 2 | NAME) << VALUE_BITS | value
