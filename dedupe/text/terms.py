"""Reads articles as terms: which terms each article has, where, and how common they are, as flat arrays.

A *term* is a lightly stemmed token (see ``tokens.stem``; names are spelt Zelensky, Zelenskyy and Zelenskiy). Numbers,
dates and names stay distinct whatever else is folded, because they distinguish two events of a kind. A day of a month
("May 4", "4th May") is an additional term whose weight is 0. The stories stage compares articles by their terms.
"""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from dedupe.arrays import F64, I64, U8, U16, U32, U64, Bools
from dedupe.kernels import SERIAL, Compute, distinct, ranges, run_starts
from dedupe.kernels.ragged import ragged_offsets
from dedupe.kernels.records import NOWHERE
from dedupe.parallel import in_threads
from dedupe.text.background import Background
from dedupe.text.furniture import repeated_words, shared_edges
from dedupe.text.language import ENGLISH, Language
from dedupe.text.readings import read_tokens
from dedupe.text.tokens import MAX_WORDS, MONTHS, WEEKDAYS
from dedupe.text.words import leave_out_hidden

DECAY_WORDS = 150.0
"""An occurrence this many tokens further down has a weight e times lower, because news is written as an inverted
pyramid: the most important comes first."""

LEAD_DECAY_WORDS = 80.0
"""The same for ``Terms.lead``, in which hardly more than the lead counts."""

LEAD_WEIGHTS = np.exp(-np.arange(NOWHERE + 1) / LEAD_DECAY_WORDS)
"""How near the top each place of ``Terms.first`` is, float64[places]: 1 at the first token, falling to 0. The entries
of dates, which are no tokens, have the place NOWHERE."""

UNSEEN_ARTICLES = 300
"""How many articles without a term are imagined beside those of a language (see ``articles_in_news``). With English
read as any other language, without its table, 100 to 600 give equally good stories on labelled sets of English; with
fewer, small collections get worse, with more, large ones."""

_YEAR = re.compile(r"(?:19|20)\d\d")

_DAY, _ORDINAL = 32, 64

# What a term is in a day of a month: a month (its number), a day (its number + _DAY), or what follows a day (_ORDINAL).
_DATE_PARTS = {month: number for number, month in enumerate(MONTHS.split(), 1)}

_DATE_PARTS |= {f"{day:0{digits}}": _DAY + day for digits in (1, 2) for day in range(1, 32)}

_DATE_PARTS |= dict.fromkeys(("st", "nd", "rd", "th"), _ORDINAL)


@dataclass(frozen=True)
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
    general news have it; ``printed``, its most frequent form in the articles (of several the first one that was read),
    empty if it is not known. A day of a month has none and becomes "May 4".

    ``languages``: the code of each article's language.
    """

    vocabulary: list[str]
    starts: I64
    term: U32
    decayed_tf: F64
    first: U16
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
    languages: Sequence[str]
    printed: Sequence[str] = ()

    @property
    def rows(self) -> int:
        """Number of articles."""
        return self.starts.size - 1

    @property
    def owner(self) -> I64:
        """The article of each entry, int64[entries]."""
        return np.repeat(np.arange(self.rows), np.diff(self.starts))

    @property
    def articles(self) -> int:
        """Number of articles of the collection, which are these."""
        return self.rows

    @property
    def lead(self) -> F64:
        """How near the top each entry stands: LEAD_WEIGHTS of its first place, float64[entries]."""
        return LEAD_WEIGHTS[self.first]

    @cached_property
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
            languages=[self.languages[row] for row in rows.tolist()],
        )

    def idf(self) -> F64:
        """Inverse document frequency of each term in general news and this collection together, float64[terms]."""
        everywhere = self.in_news + self.in_articles
        return np.log((self.news_articles + self.articles + 1) / (everywhere + 0.5))


def read_terms(
    articles: Iterable[tuple[str, str]],
    background: Background,
    compute: Compute = SERIAL,
    publisher: Sequence[str | None] | None = None,
    given_language: Iterable[str | None] | None = None,
) -> Terms:
    """Read the terms of each article, given as title and text, in that order.

    ``publisher``: of each article; if given, words that a publisher repeats (see ``furniture``) are left out.
    ``given_language``: of each article, what its source says of its language (see ``language_of``). Function words of
    other languages than English are left out too; those of English are common in ``background``.
    """
    read = read_stems(articles, compute, given_language)
    is_left_out = None
    if publisher is not None:
        numbers = read.stem_of.astype(np.uint64)[read.words]
        is_left_out = _repeated(numbers, read.offsets, read.title_words, publisher, compute)
    return count_terms(read, background, is_left_out, compute)


@dataclass(frozen=True, slots=True)
class Stems:
    """The words of articles, in text order, and the terms that they stand for.

    ``tokens``: the distinct tokens of each language. ``is_function_word``, ``is_foreign``: whether each is a function
    word of another language than English, and whether it is in another language at all. ``stems``: the distinct terms,
    in no order; ``stem_of``: the place of the term of each token, int64[tokens]. ``words``, ``offsets``: the places of
    the tokens of each article, ragged; ``title_words``: how many of them are its title, int64[articles].
    ``languages``: the code of each article's language.
    """

    tokens: list[str]
    is_function_word: Bools
    is_foreign: Bools
    stems: list[str]
    stem_of: I64
    words: U32
    offsets: I64
    title_words: I64
    languages: list[str]


def read_stems(
    articles: Iterable[tuple[str, str]],
    compute: Compute = SERIAL,
    given_language: Iterable[str | None] | None = None,
) -> Stems:
    """Read the words of each article, given as title and text. The parameters are those of ``read_terms``."""
    read = read_tokens(articles, given_language, compute.backend)
    tokens, stems, is_function_word, is_foreign = _apply_rules(read.tokens)
    place = {term: place for place, term in enumerate(dict.fromkeys(stems))}
    stem_of = np.fromiter(map(place.__getitem__, stems), np.int64, len(stems))
    return Stems(
        tokens,
        is_function_word,
        is_foreign,
        list(place),
        stem_of,
        read.words,
        read.offsets,
        read.title_words,
        read.languages,
    )


def count_terms(
    read: Stems, background: Background, is_left_out: Bools | None = None, compute: Compute = SERIAL
) -> Terms:
    """Count the terms of articles. ``is_left_out``: words that are page furniture, bool[words]; no word if None."""
    left_out = read.is_function_word[read.words]
    if is_left_out is not None:
        left_out |= is_left_out
    words, offsets, in_title = _without(left_out, read.words, read.offsets, read.title_words)
    is_capital = np.array([token[:1].isupper() for token in read.tokens], bool)
    parts = np.array([_DATE_PARTS.get(term, 0) for term in read.stems], np.uint8)[read.stem_of]
    # In English, only capitals tell the month from the verb. Many other languages write months in lower case.
    is_month = (is_capital | read.is_foreign) & (parts - np.uint8(1) < 12)
    text_of_date, dates = _dates(words, offsets, parts, is_month)
    occurrences = np.bincount(words, minlength=len(read.tokens))
    is_read = np.bincount(read.stem_of, occurrences, len(read.stems)) > 0
    vocabulary = sorted({*itertools.compress(read.stems, is_read.tolist()), *dates})
    number = dict(zip(vocabulary, range(len(vocabulary)), strict=True))
    term_of = np.array([number.get(term, 0) for term in read.stems], np.uint32)[read.stem_of]
    counts = compute.backend.distinct_terms(
        (term_of * 2 + is_capital)[words],
        offsets,
        np.exp(-np.arange(MAX_WORDS) / DECAY_WORDS),
        np.array([number[date] for date in dates], np.uint32),
        ragged_offsets(np.bincount(text_of_date, minlength=offsets.size - 1)),
    )
    return Terms(
        vocabulary,
        counts.offsets,
        counts.term,
        counts.decayed_tf,
        counts.first,
        counts.is_name,
        np.diff(offsets),
        in_title,
        *flags_of(vocabulary),
        articles_in_news(vocabulary, counts.term, counts.offsets, read.languages, background),
        background.articles,
        read.languages,
        _printed(vocabulary, read.tokens, term_of, occurrences),
    )


def _apply_rules(by_language: list[tuple[Language, list[str]]]) -> tuple[list[str], list[str], Bools, Bools]:
    """Of all tokens of ``Readings.tokens``: the tokens themselves, their terms, which are function words, and which are
    not in English.
    """
    tokens: list[str] = []
    terms: list[str] = []
    is_function_word: list[bool] = []
    is_foreign: list[bool] = []
    for rules, own in by_language:
        folded = [token.casefold() for token in own]  # upper and lower case have one term
        of_form = {form: rules.stem(form) for form in set(folded)}
        tokens += own
        terms += map(of_form.__getitem__, folded)
        foreign = rules.code != ENGLISH
        is_function_word += map(rules.is_function_word, folded) if foreign else itertools.repeat(False, len(own))
        is_foreign += itertools.repeat(foreign, len(own))
    return tokens, terms, np.array(is_function_word, bool), np.array(is_foreign, bool)


def _without(is_left_out: Bools, words: U32, offsets: I64, in_title: I64) -> tuple[U32, I64, I64]:
    """Leave words out: the others, their offsets, and how many of each article's words are still of its title."""
    if not is_left_out.any():
        return words, offsets, in_title
    removed = np.flatnonzero(is_left_out)
    begin, end = offsets[:-1], np.minimum(offsets[:-1] + in_title, offsets[1:])
    in_title = end - np.searchsorted(removed, end) - begin + np.searchsorted(removed, begin)
    return words[~is_left_out], offsets - np.searchsorted(removed, offsets), in_title


def articles_in_news(
    vocabulary: list[str], term: U32, starts: I64, languages: Sequence[str], background: Background
) -> F64:
    """How many of ``background.articles`` articles of general news have each term of a collection, float64[terms].

    ``term``, ``starts``: the terms of each article, ragged. ``languages``: of each article. The table of general news
    knows English only. A term of another language is as common as it is among the articles of that language, with
    ``UNSEEN_ARTICLES`` more that do not have it.
    """
    in_news = background.counts(vocabulary)
    owner = np.repeat(np.arange(len(languages)), np.diff(starts))
    for code in sorted(set(languages) - {ENGLISH}):
        own = np.array([each == code for each in languages], bool)
        in_articles = np.bincount(term[own[owner]], minlength=len(vocabulary))
        share = in_articles / (np.count_nonzero(own) + UNSEEN_ARTICLES)
        in_news = np.maximum(in_news, background.articles * share)
    return in_news


def _repeated(words: U64, offsets: I64, title_words: I64, publisher: Sequence[str | None], compute: Compute) -> Bools:
    """Which words are page furniture, by repetition: bool[words]. The parameters are those of ``shared_edges``."""
    searches = (
        partial(repeated_words, words, offsets, publisher, np.arange(offsets.size - 1), 2, compute.backend),
        partial(shared_edges, words, offsets, title_words, compute.backend),
    )
    in_runs, at_edges = in_threads(operator.call, searches, compute.threads)
    return in_runs | at_edges


def _printed(vocabulary: list[str], tokens: list[str], term_of: U32, count: I64) -> list[str]:
    """How the articles print each term: its most frequent token without the possessive (ties: the lowest number).

    ``term_of``: the number of the term of each of the ``tokens``. ``count``: how often each is read, int64[tokens];
    one that is not read stands for no term.
    """
    most_frequent_first = np.lexsort((-count, term_of))
    best = most_frequent_first[run_starts(term_of[most_frequent_first])]
    best = best[count[best] > 0]
    form = np.full(len(vocabulary), -1)
    form[term_of[best]] = best
    return [
        printed_form(tokens[at]) if at >= 0 else term.capitalize()
        for term, at in zip(vocabulary, form.tolist(), strict=True)
    ]


def printed_form(token: str) -> str:
    """How a token is printed where it stands for its term: without the possessive and without what is not shown."""
    return leave_out_hidden(token).removesuffix("'s").removesuffix("’s")


def _dates(words: U32, offsets: I64, parts: U8, is_month: Bools) -> tuple[I64, list[str]]:
    """Find the days of a month that texts name, each once: the text of each, int64[dates], ascending, and its term.

    A day is a month with a number from 1 to 31 behind it, or before it (also as 1st to 31st). If both are there, the
    number behind it counts. ``words``, ``offsets``: the numbers of the readings of the texts, ragged. ``parts``,
    ``is_month``: of each reading, its value in _DATE_PARTS, or 0, and whether it is a month in a date.
    """
    at = np.flatnonzero(is_month[words])
    text = np.searchsorted(offsets, at, side="right") - 1
    after, before = np.minimum(at + 1, offsets[text + 1] - 1), np.maximum(at - 1, offsets[text])
    before = np.maximum(before - (parts[words[before]] == _ORDINAL), offsets[text])
    month, part_after, part_before = (parts[words[places]].astype(np.int64) for places in (at, after, before))
    day_after, day_before = (np.where(part < _ORDINAL, part - _DAY, 0) for part in (part_after, part_before))
    day = np.where(day_after > 0, day_after, day_before)
    dates = distinct(((text << 4 | month) << 5 | day)[day > 0])
    named = zip((dates >> 5 & 15).tolist(), (dates & 31).tolist(), strict=True)
    return dates >> 9, [f"{MONTHS.split()[month - 1]} {day}" for month, day in named]


def flags_of(vocabulary: list[str]) -> tuple[Bools, Bools, Bools, Bools, Bools]:
    """Which terms are a number, a year, a month, a weekday, and a day of a month: bool[terms] each."""
    tests: tuple[Callable[[str], bool], ...] = (
        lambda term: term[:1].isdigit(),
        lambda term: len(term) == 4 and _YEAR.fullmatch(term) is not None,
        set(MONTHS.split()).__contains__,
        set(WEEKDAYS.split()).__contains__,
        lambda term: " " in term,
    )
    number, year, month, weekday, date = (np.array([test(term) for term in vocabulary], bool) for test in tests)
    return number, year, month, weekday, date
