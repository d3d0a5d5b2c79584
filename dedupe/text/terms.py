"""Reads articles as terms: which terms each article has, where, and how common they are, as flat arrays.

A *term* is a lightly stemmed token (see ``tokens.stem``; names are spelt Zelensky, Zelenskyy and Zelenskiy). Numbers,
dates and names stay distinct whatever else is folded, because they distinguish two events of a kind. A day of a month
("May 4", "4th May") is an additional term whose weight is 0. The stories stage compares articles by their terms.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dedupe.arrays import F64, I64, Bools
from dedupe.kernels import REFERENCE, Backend, ranges
from dedupe.kernels.ragged import ragged_offsets
from dedupe.text.background import Background
from dedupe.text.furniture import repeated_words, shared_edges
from dedupe.text.tokens import MAX_WORDS, MONTHS, TOKEN_RULES, WEEKDAYS, full_text, stem

_TEXTS_A_BATCH = 64
"""Texts tokenized at once. It changes no result."""

DECAY_WORDS = 150.0
"""An occurrence this many tokens further down has a weight e times lower, because news is written as an inverted
pyramid: the most important comes first."""

LEAD_DECAY_WORDS = 80.0
"""The same for ``Terms.lead``, in which hardly more than the lead counts."""

NOWHERE = 2**16 - 1
"""``Terms.first`` of the entries of dates, which are no tokens: so far down that ``Terms.lead`` is 0."""

LEAD_WEIGHTS = np.exp(-np.arange(NOWHERE + 1) / LEAD_DECAY_WORDS)
"""How near the top each place of ``Terms.first`` is, float64[places]: 1 at the first token, falling to 0."""

_YEAR = re.compile(r"(?:19|20)\d\d")

_DAY, _ORDINAL = 32, 64

# What a term is in a day of a month: a month (its number), a day (its number + _DAY), or what follows a day (_ORDINAL).
_DATE_PARTS = {month: number for number, month in enumerate(MONTHS.split(), 1)}

_DATE_PARTS |= {f"{day:0{digits}}": _DAY + day for digits in (1, 2) for day in range(1, 32)}

_DATE_PARTS |= dict.fromkeys(("st", "nd", "rd", "th"), _ORDINAL)


@dataclass(frozen=True, slots=True)
class Terms:
    """The distinct terms of each article of a collection, in CSR form: row i has the entries starts[i]:starts[i + 1].

    ``vocabulary``: all terms, in alphabetical order, which numbers them. Because the order of entries follows these
    numbers, sums over an article do not depend on other articles.

    For each entry: ``term``, its number, ascending within a row; ``decayed_tf``, its term frequency, in which an
    occurrence weighs exp(-place / DECAY_WORDS); ``first``, the place of its first occurrence; ``is_name``, whether it
    is capitalised at every occurrence.

    For each article: ``words``, the number of tokens read, and ``title_words``, how many of them are the title.

    For each term: ``number``, ``year``, ``month``, ``weekday`` and ``date``, flags of what it is (``date``: a day of a
    month; its entries have the weights 0 and are no names); ``in_news``, how many of the ``news_articles`` articles of
    general news have it.
    """

    vocabulary: list[str]
    starts: I64
    term: I64
    decayed_tf: F64
    first: I64
    is_name: Bools
    words: I64
    title_words: I64
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
    def lead(self) -> F64:
        """How near the top each entry stands: LEAD_WEIGHTS of its first place, float64[entries]."""
        return LEAD_WEIGHTS[self.first]

    @property
    def in_articles(self) -> I64:
        """How many articles of the collection have each term, int64[terms]."""
        return np.bincount(self.term, minlength=len(self.vocabulary))

    def take(self, rows: I64) -> Terms:
        """The terms of some of the articles, in the order given, with the same vocabulary. ``rows``: int64."""
        sizes = np.diff(self.starts)[rows]
        entries = ranges(self.starts[rows], sizes)
        return replace(
            self,
            starts=ragged_offsets(sizes),
            term=self.term[entries],
            decayed_tf=self.decayed_tf[entries],
            first=self.first[entries],
            is_name=self.is_name[entries],
            words=self.words[rows],
            title_words=self.title_words[rows],
        )

    def idf(self) -> F64:
        """Inverse document frequency of each term in general news and this collection together, float64[terms]."""
        everywhere = self.in_news + self.in_articles
        return np.log((self.news_articles + self.rows + 1) / (everywhere + 0.5))


class _Vocabulary(dict[str, int]):
    """Maps a token to its code: twice the number of its term, plus one if it is capitalised.

    Each distinct token is stemmed once. ``terms``: the number of each term, in the order of first occurrence.
    """

    def __init__(self) -> None:
        super().__init__()
        self.terms: dict[str, int] = {}

    def __missing__(self, token: str) -> int:
        number = self.terms.setdefault(stem(token), len(self.terms))
        code = self[token] = number * 2 + token[:1].isupper()
        return code


def read_terms(
    articles: Iterable[tuple[str, str]],
    background: Background,
    backend: Backend = REFERENCE,
    publisher: Sequence[str | None] | None = None,
) -> Terms:
    """Read the terms of each article, given as title and text, in that order. ``backend`` changes no result.

    ``publisher``: of each article; if given, words that a publisher repeats (see ``furniture``) are left out.
    """
    numbers = _Vocabulary()
    tokens = backend.TokenCodes(TOKEN_RULES, numbers.__getitem__)
    read, sizes, title_words = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    remaining = iter(articles)
    while batch := list(itertools.islice(remaining, _TEXTS_A_BATCH)):
        codes, offsets = tokens.read([full_text(title, text) for title, text in batch])
        read.append(codes)
        sizes.append(np.diff(offsets))
        title_words.append(np.diff(tokens.read([title.strip() for title, _ in batch])[1]))
    codes, offsets = np.concatenate(read), ragged_offsets(np.concatenate(sizes))
    in_title = np.concatenate(title_words)
    if publisher is not None:
        hashes, articles = (codes >> 1).astype(np.uint64), np.arange(offsets.size - 1)
        repeated = repeated_words(hashes, offsets, publisher, articles, 2, backend)
        repeated |= shared_edges(hashes, offsets, in_title, backend)
        kept = np.concatenate(([0], np.cumsum(~repeated)))
        in_title = kept[np.minimum(offsets[:-1] + in_title, offsets[1:])] - kept[offsets[:-1]]
        codes, offsets = codes[~repeated], kept[offsets]
    decay = np.exp(-np.arange(MAX_WORDS) / DECAY_WORDS)
    all_counts = backend.distinct_terms(codes, offsets, decay)
    text_of_date, date = _dates(codes, offsets, numbers)
    vocabulary = sorted(numbers.terms)
    alphabetical = np.empty(len(vocabulary), np.int64)
    alphabetical[[numbers.terms[term] for term in vocabulary]] = np.arange(len(vocabulary))
    rows = offsets.size - 1
    owner = np.concatenate((np.repeat(np.arange(rows), np.diff(all_counts.offsets)), text_of_date))
    term = alphabetical[np.concatenate((all_counts.term, date))]
    order = np.argsort(owner * len(vocabulary) + term)
    no_weight = np.zeros(date.size)
    return Terms(
        vocabulary,
        ragged_offsets(np.bincount(owner, minlength=rows)),
        term[order],
        np.concatenate((all_counts.decayed_tf, no_weight))[order],
        np.concatenate((all_counts.first, np.full(date.size, NOWHERE)))[order],
        np.concatenate((all_counts.is_name, no_weight > 0))[order],
        np.diff(offsets),
        in_title,
        _flags(vocabulary, lambda term: term[:1].isdigit()),
        _flags(vocabulary, lambda term: _YEAR.fullmatch(term) is not None),
        _flags(vocabulary, set(MONTHS.split()).__contains__),
        _flags(vocabulary, set(WEEKDAYS.split()).__contains__),
        _flags(vocabulary, lambda term: " " in term),
        background.counts(vocabulary),
        background.articles,
    )


def _dates(codes: I64, offsets: I64, numbers: _Vocabulary) -> I64:
    """Find the days of a month that texts name: int64[2, dates], the text and the term of each, each once.

    A day is a capitalised month with a number from 1 to 31 behind it, or before it (also as 1st to 31st). If both are
    there, the number behind it counts. ``codes``, ``offsets``: the tokens of the texts, ragged. ``numbers``: gets the
    new terms.
    """
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
    names = [f"{MONTHS.split()[month - 1]} {day}" for _, month, day in dates.T.tolist()]
    return np.stack((dates[0], np.array([known.setdefault(date, len(known)) for date in names], np.int64)))


def _flags(vocabulary: list[str], test: Callable[[str], bool]) -> Bools:
    return np.array([test(term) for term in vocabulary], bool)
