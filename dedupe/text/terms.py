"""read → terms: what an article says, where it says it, and how rare that is, as flat arrays.

A term is a lightly stemmed word (possessive, plural and -ed/-ing/-er endings off, doubled letters single, y as i: names
are spelt Zelensky, Zelenskyy, Zelenskiy), a number as printed, or two adjacent
characters in scripts written without spaces. Numbers, dates and names stay apart from each other, whatever else is
folded: they tell two events of a kind apart. A day of a month ("May 4", "4th May") is one more term, which weighs
nothing by itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import REFERENCE, Backend, ranges
from dedupe.kernels.contract import CountedTerms, concatenate_counts
from dedupe.text.background import Background
from dedupe.text.tokens import MAX_WORDS, MONTHS, SPLITTING, WEEKDAYS, stem

_TEXTS_A_BATCH = 64

DECAY_WORDS = 150.0
"""A word counts e times less this far down (inverted pyramid)."""

LEAD_DECAY_WORDS = 80.0
"""The same for weights that look at the lead only."""

_YEAR = re.compile(r"(?:19|20)\d\d")

_DAY, _ORDINAL = 32, 64

_DATE_PARTS = {month: number for number, month in enumerate(MONTHS.split(), 1)}

_DATE_PARTS |= {f"{day:0{digits}}": _DAY + day for digits in (1, 2) for day in range(1, 32)}

_DATE_PARTS |= dict.fromkeys(("st", "nd", "rd", "th"), _ORDINAL)

"""What a term is in a day of a month: a month (its number), a day (its number and _DAY), or what follows a day."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Distinct terms of a collection, article by article (CSR): those of row i are ``starts[i]:starts[i + 1]``.

    ``term`` numbers are in alphabetical order of the terms, so sums over an article do not depend on other articles.
    ``decayed_tf`` is how often a term occurs, each occurrence fading with its distance from the top; ``lead`` fades
    faster and takes the first occurrence only; ``is_name``: capitalised at every occurrence. ``number``, ``year``,
    ``month`` and ``weekday`` flag terms, ``date`` days of a month, whose entries weigh 0; ``in_articles`` counts
    articles of the collection that have a term, ``in_news`` those among ``news_articles`` of general news; ``words``
    counts the words read of each article.
    """

    vocabulary: list[str]
    starts: I64
    term: I64
    decayed_tf: F64
    lead: F64
    is_name: Bools
    words: I64
    number: Bools
    year: Bools
    month: Bools
    weekday: Bools
    date: Bools
    in_news: F64
    news_articles: int

    @property
    def rows(self) -> int:
        """Number of articles."""
        return self.starts.size - 1

    @property
    def owner(self) -> I64:
        """The article of each entry, int64[entries]."""
        return np.repeat(np.arange(self.rows), np.diff(self.starts))

    @property
    def in_articles(self) -> I64:
        """Articles of the collection that have each term, int64[terms]."""
        return np.bincount(self.term, minlength=len(self.vocabulary))

    def take(self, rows: I64) -> Terms:
        """The same for some of the articles, in the order given."""
        sizes = np.diff(self.starts)[rows]
        entries = ranges(self.starts[rows], sizes)
        starts = np.concatenate(([0], np.cumsum(sizes)))
        columns = {name: getattr(self, name)[entries] for name in ("term", "decayed_tf", "lead", "is_name")}
        return replace(self, starts=starts, words=self.words[rows], **columns)

    def idf(self) -> F64:
        """Inverse document frequency of each term, general news and this collection pooled, float64[terms]."""
        everywhere = self.in_news + self.in_articles
        return np.log((self.news_articles + self.rows + 1) / (everywhere + 0.5))


class _Vocabulary(dict[str, int]):
    """Token → term number × 2 + capitalised; each distinct token is stemmed once."""

    def __init__(self) -> None:
        super().__init__()
        self.terms: dict[str, int] = {}

    def __missing__(self, token: str) -> int:
        number = self.terms.setdefault(stem(token), len(self.terms))
        code = self[token] = number * 2 + token[:1].isupper()
        return code


def read_terms(texts: Iterable[str], background: Background, backend: Backend = REFERENCE) -> Terms:
    """The terms of each text, in order."""
    numbers = _Vocabulary()
    tokens = backend.TokenCodes(SPLITTING, numbers.__getitem__)
    decay = np.exp(-np.arange(MAX_WORDS) / DECAY_WORDS)
    counted: list[CountedTerms] = []
    sizes = [np.zeros(0, np.int64)]
    dates: list[I64] = []
    waiting = iter(texts)
    while batch := list(itertools.islice(waiting, _TEXTS_A_BATCH)):
        codes, offsets = tokens.read(batch)
        counted.append(backend.distinct_terms(codes, offsets, decay))
        dates.append(_dates(codes, offsets, numbers, _TEXTS_A_BATCH * len(dates)))
        sizes.append(np.diff(offsets))
    vocabulary = sorted(numbers.terms)
    alphabetical = np.empty(len(vocabulary), np.int64)
    alphabetical[[numbers.terms[term] for term in vocabulary]] = np.arange(len(vocabulary))
    found = concatenate_counts(counted)
    of, date = np.concatenate([np.zeros((2, 0), np.int64), *dates], axis=1)
    owner = np.concatenate((np.repeat(np.arange(found.offsets.size - 1), np.diff(found.offsets)), of))
    term = alphabetical[np.concatenate((found.term, date))]
    order = np.argsort(owner * len(vocabulary) + term)
    unweighed = np.zeros(date.size)
    return Terms(
        vocabulary,
        np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=found.offsets.size - 1)))),
        term[order],
        np.concatenate((found.decayed_tf, unweighed))[order],
        np.concatenate((np.exp(-np.arange(MAX_WORDS) / LEAD_DECAY_WORDS)[found.first], unweighed))[order],
        np.concatenate((found.is_name, unweighed > 0))[order],
        np.concatenate(sizes),
        _flags(vocabulary, lambda term: term[:1].isdigit()),
        _flags(vocabulary, lambda term: _YEAR.fullmatch(term) is not None),
        _flags(vocabulary, set(MONTHS.split()).__contains__),
        _flags(vocabulary, set(WEEKDAYS.split()).__contains__),
        _flags(vocabulary, lambda term: " " in term),
        background.counts(vocabulary),
        background.articles,
    )


def _dates(codes: I64, offsets: I64, numbers: _Vocabulary, first: int) -> I64:
    """The days of a month that texts name, as texts and terms, int64[2, dates], each once: a capitalised month with one
    of 1 to 31 behind it or, also as 1st to 31st, before it. ``first``: number of the first text."""
    known = numbers.terms
    table = np.zeros(len(known), np.uint8)
    for part in _DATE_PARTS.keys() & known.keys():
        table[known[part]] = _DATE_PARTS[part]
    parts = table[codes >> 1]
    at = np.flatnonzero((parts - np.uint8(1) < 12) & (codes & 1 == 1))
    text = np.searchsorted(offsets, at, side="right") - 1
    after, before = np.minimum(at + 1, offsets[text + 1] - 1), np.maximum(at - 1, offsets[text])
    before = np.maximum(before - (parts[before] == _ORDINAL), offsets[text])
    day_after, day_before = (
        np.where(parts[side] < _ORDINAL, parts[side].astype(np.int64) - _DAY, 0) for side in (after, before)
    )
    day = np.where(day_after > 0, day_after, day_before)
    dates = np.unique(np.stack((text, parts[at].astype(np.int64), day))[:, day > 0], axis=1)
    said = [f"{MONTHS.split()[month - 1]} {day}" for _, month, day in dates.T.tolist()]
    return np.stack((first + dates[0], np.array([known.setdefault(date, len(known)) for date in said], np.int64)))


def _flags(vocabulary: list[str], test: Callable[[str], bool]) -> Bools:
    return np.array([test(term) for term in vocabulary], bool)
