"""The details of texts, and how those of two texts agree."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dedupe.arrays import I64, U8, U32, U64, Bools
from dedupe.kernels import detail_layout as layout
from dedupe.kernels.detail_layout import DAY, NAME, NUMBER, PLACE_BITS, VALUE_BITS, DetailRules
from dedupe.kernels.ragged import distinct, ragged_offsets, run_starts
from dedupe.kernels.records import JOIN_MULTIPLIER
from dedupe.kernels.reference.words import fmix64

_PLAIN = 3
"""The kind of a word that is no detail."""

_MASKS = {NUMBER: layout.NUMBER_MASK, DAY: layout.NUMBER_MASK, NAME: layout.NAME_MASK, _PLAIN: 0}

_NO_DAY = -1


class _Words(NamedTuple):
    """The words of one text: the hash and kind of each, whether it is a month, and the number that may be a day."""

    hashes: list[int]
    kinds: list[int]
    is_month: list[bool]
    days: list[int]


def text_details(utf8: U8, offsets: I64, rules: DetailRules) -> tuple[U64, I64, Bools]:
    """See ``Backend.text_details``. Splits each text into words at once, then masks its details word by word."""
    rows, unsure = [np.zeros(0, np.uint64)], np.zeros(offsets.size - 1, np.bool_)
    for row, (start, end) in enumerate(pairwise(offsets.tolist())):
        text = utf8[start:end].tobytes().decode()[: rules.max_characters]
        points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        entries = rules.table[np.where(points < layout.POINTS, points, 0)]
        unsure[row] = bool((entries & np.uint32(layout.KNOWN) == 0).any())
        own = list(_details(_words(entries[entries & np.uint32(layout.TRANSPARENT) == 0], rules)))
        places, kinds, values = np.array(own, np.uint64).reshape(-1, 3).T
        place, value = fmix64(places) >> np.uint64(64 - PLACE_BITS), fmix64(values) >> np.uint64(64 - VALUE_BITS)
        packed = (place << np.uint64(2) | kinds) << np.uint64(VALUE_BITS) | value
        rows.append(distinct(packed))
    return np.concatenate(rows), ragged_offsets(np.array([own.size for own in rows[1:]], np.int64)), unsure


def _words(entries: U32, rules: DetailRules) -> _Words:
    """The words among the characters with these entries, of one text."""

    def has(flag: int) -> Bools:
        return entries & np.uint32(flag) > 0

    digit, beside = has(layout.DIGIT), np.zeros(entries.size, np.bool_)
    beside[1:-1] = digit[:-2] & digit[2:]
    number = digit | (has(layout.JOINS_DIGITS) & beside)
    sort = np.where(number, 1, np.where(has(layout.LETTER), 2, 0))
    starts = run_starts(sort)
    sizes = np.diff(starts, append=entries.size)
    # What is not written when numbers are compared does not count as a character either.
    counts = ~(has(layout.GROUPS_DIGITS) & number)
    before: I64 = np.cumsum(counts) - counts
    powers = np.full(entries.size + 1, layout.CHARACTER_BASE, np.uint64)
    powers[0] = 1
    powers = np.multiply.accumulate(powers)
    forms = (entries & np.uint32(layout.FORM)).astype(np.uint64)
    summands = (forms + np.uint64(1)) * powers[before - np.repeat(before[starts], sizes)] * counts
    words = np.flatnonzero(sort[starts] > 0)
    hashes = fmix64(np.add.reduceat(summands, starts)[words] if starts.size else powers[:0])
    digits = np.where(digit, forms.astype(np.int64) - ord("0"), 0)
    starts, sizes, sort = starts[words], sizes[words], sort[starts][words]
    days = np.where(sizes == 1, digits[starts], 10 * digits[starts] + digits[starts + (sizes > 1)])
    days[(sort != 1) | (sizes > 2)] = _NO_DAY
    ends_before = np.append(0, np.cumsum(has(layout.ENDS_SENTENCE) & ~number))
    begins = np.diff(ends_before[starts], prepend=-1) > 0
    found = np.minimum(np.searchsorted(rules.calendar, hashes), rules.calendar.size - 1)
    capital = (entries[starts] & np.uint32(layout.CAPITAL)) > 0
    dated = capital & (rules.calendar[found] == hashes)
    kinds = np.where(sort == 1, NUMBER, np.where(dated, DAY, np.where(capital & ~begins, NAME, _PLAIN)))
    hashes = np.where(dated, rules.full_names[found], hashes)
    return _Words(hashes.tolist(), kinds.tolist(), (dated & rules.is_month[found]).tolist(), days.tolist())


def _details(words: _Words) -> Iterator[tuple[int, int, int]]:
    """Yield the place, kind and value of each detail of a text, of place and value the sums to hash."""
    shown: list[int] = [0, 0]
    details: list[tuple[int, list[int]]] = []
    last = 0
    for word, kind in enumerate(words.kinds):
        mask = _MASKS[kind]
        if mask and mask == last:
            details[-1][1].append(word)
            continue
        if mask:
            details.append((len(shown), [word]))
        shown.append(mask or words.hashes[word])
        last = mask
    shown += [0, 0]
    for at, own in details:
        kind = max(words.kinds[word] for word in own)
        yield _joined([*shown[at - 2 : at], *shown[at + 1 : at + 3]]), kind, _value(words, kind, own)


def _value(words: _Words, kind: int, own: list[int]) -> int:
    """What is compared of a detail, joined. Of a day with its month that is these two."""
    for month in own if kind == DAY else ():
        for word in (month + 1, month - 1):
            if words.is_month[month] and word in own and words.days[word] != _NO_DAY:
                return _joined([words.hashes[month], words.days[word]])
    return _joined([words.hashes[word] for word in own])


def _joined(hashes: list[int]) -> int:
    total = 0
    for one in hashes:
        total = (total * int(JOIN_MULTIPLIER) + one) % 2**64
    return total


def compare_details(details: U64, offsets: I64, left: I64, right: I64) -> tuple[I64, I64]:
    """See ``Backend.compare_details``. Compares the sets of values in each place that both texts have."""
    contradicting, agreeing = np.zeros((left.size, 3), np.int64), np.zeros((left.size, 3), np.int64)
    places = [_by_place(details[start:end]) for start, end in pairwise(offsets.tolist())]
    for pair, (one, other) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        changed: set[tuple[int, int, int]] = set()
        kept: set[tuple[int, int]] = set()
        for place in places[one].keys() & places[other].keys():
            own, others, kind = places[one][place], places[other][place], place & 3
            if own & others:
                kept |= {(kind, value) for value in own & others}
            else:
                changed.add((kind, min(own), min(others)))
        for kind, *_ in changed:
            contradicting[pair, kind] += 1
        for kind, _ in kept:
            agreeing[pair, kind] += 1
    return contradicting, agreeing


def _by_place(details: U64) -> dict[int, set[int]]:
    """The values of packed details by place and kind."""
    found: dict[int, set[int]] = {}
    for detail in details.tolist():
        found.setdefault(detail >> VALUE_BITS, set()).add(detail & ((1 << VALUE_BITS) - 1))
    return found
