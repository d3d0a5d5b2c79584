"""Which characters are one letter to a reader, and which are none: the table that ``words`` and ``tokens`` share.

``data/letters.json`` holds what Unicode's own data in Python (categories, decompositions, case) does not say.
"""

from __future__ import annotations

import functools
import unicodedata

import msgspec

from dedupe.shipped import read_shipped


class Letters(msgspec.Struct, frozen=True):
    """The content of ``data/letters.json``; ``_source`` there says what each field holds."""

    dropped: list[str]
    marks: list[str]
    visible: list[str]
    letters: dict[str, str]
    lookalikes: dict[str, str]
    apostrophes: list[str]


@functools.cache
def table() -> Letters:
    """Read ``data/letters.json``, once."""
    return msgspec.json.decode(read_shipped("letters.json"), type=Letters)


def code_point_ranges(ranges: list[str]) -> list[range]:
    """Read ranges of code points as the file writes them.

    >>> code_point_ranges(["0640", "064B-065F"])
    [range(1600, 1601), range(1611, 1632)]
    """
    return [range(int(text.split("-")[0], 16), int(text.split("-")[-1], 16) + 1) for text in ranges]


@functools.cache
def apostrophes() -> str:
    """All apostrophes, the one of ASCII first, and what is written for them."""
    return "".join(chr(point) for points in code_point_ranges(table().apostrophes) for point in points)


def plain_letter(char: str) -> str:
    """The letters that a letter is compared as: case is folded, and what writers leave out or exchange is unified.

    Greek and Arabic letters lose their accents and hamzas, because capitals and hasty writers do without. Accents of
    other scripts stay, among them all Latin ones, which tell words apart. Digits of all scripts are those of ASCII.
    Only the letters of ``data/letters.json`` are folded beyond that.

    >>> "".join(map(plain_letter, "ΆΟΣςأİéЁ٤۵६"))
    'αοσσاiéе456'
    """
    letters, digit = table().letters, unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    if char not in letters and _drops_accents(char):
        char = "".join(part for part in unicodedata.normalize("NFD", char) if not unicodedata.combining(part))
    form = "i" if char == "İ" else char.casefold()
    return "".join(letters.get(letter, letter) for letter in form if letter == char or letter not in apostrophes())


def _drops_accents(char: str) -> bool:
    """Whether a character is Greek or Arabic."""
    return "\u0370" <= char < "\u0400" or "\u1f00" <= char < "\u2000" or "\u0600" <= char < "\u0780"
