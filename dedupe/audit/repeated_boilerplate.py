"""Find boilerplate by repetition: sentences that a collection repeats where reuse would not.

News spreads from publisher to publisher and stands once in each. Boilerplate repeats within one publisher. This, rather
than any list of words, distinguishes a newsletter box from a tweet that ten publishers quote: in wire_helsinki a quoted
tweet stands in 1.0 to 1.5 texts of each publisher that prints it, a box in 2 to 19.

The idea of filtering by repetition comes from Churnalism (Media Standards Trust), which drops fragments found in 30 %
or more of the matches. That share cannot be used here, where a single story may be the whole collection.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.arrays import I64, U64, Bools
from dedupe.kernels import run_starts

MIN_TEXTS, MIN_STORIES, MIN_TEXTS_OF_A_STORY = 3, 2, 4
"""A publisher repeats a sentence if it prints it in at least three of its own texts from two stories, or in at least
four texts of one story. Copies count as one text. Less than that may be one report that was updated."""

MIN_TEXTS_A_PUBLISHER = 2.0
"""A sentence that any publisher repeats is boilerplate everywhere if the publishers that print it have it in at least
so many texts on average (from wire_helsinki, see above)."""

MOST_OF_A_PUBLISHER = 0.5
"""A sentence that a publisher repeats in at least this share of its texts is boilerplate for that publisher, however
many others print it."""

STOCK_STORIES = 10
"""A sentence that stands in at least so many stories is a stock phrase, and boilerplate whoever prints it ("The
Associated Press contributed to this report.", "Why?"). No quoted sentence in wire_helsinki and in 12,000 articles of
news_allsides stands in more than 6."""

LEAST_ARTICLES = min(MIN_TEXTS, STOCK_STORIES)
"""A sentence in fewer articles is no boilerplate by repetition."""


def find_repeated(keys: U64, article: I64, publisher: Sequence[str | None], text_of: I64, story_of: I64) -> Bools:
    """Which sentences are boilerplate by repetition, bool[sentences].

    ``keys`` and ``article``: one element a sentence, the hash of its words (0 for a sentence without words, which is
    never boilerplate) and the row of its article.
    ``publisher``, ``text_of`` and ``story_of``: one element an article, its publisher, its group of copies and its
    story. Articles of unknown publisher count for stock phrases only.
    """
    if not keys.size:
        return np.zeros(0, bool)
    names = {name: number for number, name in enumerate(sorted({name for name in publisher if name}), 1)}
    publisher_of = np.array([names[name] if name else 0 for name in publisher], np.int64)
    _, key = np.unique(keys, return_inverse=True)
    key = key.astype(np.int64)
    number_of_keys = int(key.max()) + 1
    own = publisher_of[article]  # the publisher of each sentence, 0 if unknown
    with_words = np.flatnonzero(keys)
    known = with_words[own[with_words] > 0]

    # For each (sentence, publisher) that occurs: the texts and the stories in which the publisher prints the sentence.
    printed_texts = _distinct_rows(key[known], own[known], text_of[article[known]])
    printed_stories = _distinct_rows(key[known], own[known], story_of[article[known]])
    (printed_key, printer), texts = _count_pairs(printed_texts[0], printed_texts[1])
    _, stories = _count_pairs(printed_stories[0], printed_stories[1])
    told_stories = _distinct_rows(key[with_words], story_of[article[with_words]])
    stories_of_key = np.bincount(told_stories[0], minlength=number_of_keys)
    width = len(names) + 1
    texts_of_publisher = np.bincount(_distinct_rows(publisher_of, text_of)[0], minlength=width)
    everywhere, mostly = judge_repetition(printed_key, texts, stories, texts_of_publisher[printer], stories_of_key)
    of_publisher = np.isin(key * width + own, printed_key[mostly] * width + printer[mostly])
    repeated: Bools = (everywhere[key] | of_publisher) & (keys != 0)
    return repeated


def judge_repetition(
    key: I64, texts: I64, stories: I64, texts_of_publisher: I64, stories_of_key: I64
) -> tuple[Bools, Bools]:
    """Which sentences are boilerplate everywhere, bool[sentences], and which are that of a publisher, bool[rows].

    There is one row for each sentence and known publisher that prints it, int64[rows] each: ``key``, the number of the
    sentence; ``texts`` and ``stories``, in how many of its texts and stories the publisher prints it; and
    ``texts_of_publisher``, how many texts the publisher has in all. ``stories_of_key``: int64[sentences], in how many
    stories each sentence stands, whoever prints it. A sentence is judged by its own rows alone.
    """
    size = stories_of_key.size
    repeats = (texts >= MIN_TEXTS) & ((stories >= MIN_STORIES) | (texts >= MIN_TEXTS_OF_A_STORY))
    # Boilerplate everywhere: repeated by a publisher and in many texts of each on average, or a stock phrase.
    publishers = np.bincount(key, minlength=size)
    mean_texts = np.bincount(key, texts, size) / np.maximum(1, publishers)
    everywhere = np.zeros(size, bool)
    everywhere[key[repeats]] = True
    everywhere &= mean_texts >= MIN_TEXTS_A_PUBLISHER
    everywhere |= stories_of_key >= STOCK_STORIES
    # Boilerplate of one publisher: repeated in most of its texts.
    return everywhere, repeats & (texts >= MOST_OF_A_PUBLISHER * texts_of_publisher)


def _distinct_rows(*columns: I64) -> tuple[I64, ...]:
    """The distinct rows of some columns, ascending by the first column, then the second, and so on."""
    order = np.lexsort(columns[::-1])
    ordered = [column[order] for column in columns]
    starts = run_starts(*ordered)
    return tuple(column[starts] for column in ordered)


def _count_pairs(first: I64, second: I64) -> tuple[tuple[I64, I64], I64]:
    """The distinct pairs of two columns that are sorted by both, and how often each occurs."""
    starts = run_starts(first, second)
    return (first[starts], second[starts]), np.diff(starts, append=first.size)
