"""mark → BOILERPLATE: in a collection, what repeats where it has no business to is page furniture, not reuse.

News spreads from publisher to publisher and stands once in each; furniture repeats within a publisher. That, not any
word list, tells a tweet that ten publishers quote from a newsletter box (wire_helsinki: quoted tweets stand in 1.0 to
1.5 texts an publisher, boxes in 2 to 19). The idea of filtering by repetition is Churnalism's (Media Standards Trust),
which drops fragments found in 30 % or more of the matches; its share does not fit here, where a story may be the whole
collection.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.arrays import I64, U64, Bools

MIN_TEXTS, MIN_STORIES, MIN_TEXTS_OF_A_STORY = 3, 2, 4
"""A publisher must print a sentence in three of its own texts (copies count once) from two stories, or in four of one
story: less is a report that was updated."""

MIN_TEXTS_A_PUBLISHER = 2.0
"""Mean texts a publisher, over all publishers that print it, from which such a sentence is furniture for everyone
(wire_helsinki; see above)."""

MOST_OF_A_PUBLISHER = 0.5
"""Share of a publisher's texts from which it is furniture for that publisher, however many others print it."""

STOCK_STORIES = 10
"""Stories from which a sentence is a stock phrase, whoever prints it ("The Associated Press contributed to this
report.", "Why?"): the most any quoted sentence reaches in wire_helsinki and in 12,000 news_allsides articles is 6."""


def find_repeated(keys: U64, article: I64, publisher: Sequence[str | None], text_of: I64, story_of: I64) -> Bools:
    """Which sentences are boilerplate by repetition, bool[sentences].

    ``keys`` (hash of a sentence's words, 0 for one without words) and ``article`` have one element a sentence;
    ``publisher``, ``text_of`` (group of copies) and ``story_of`` one an article. Articles of unknown publisher count
    for stock phrases only.
    """
    publishers = {name: number for number, name in enumerate(sorted({name for name in publisher if name}), 1)}
    publisher_of = np.array([publishers[name] if name else 0 for name in publisher], np.int64)
    _, key = np.unique(keys, return_inverse=True)
    worded = np.flatnonzero(keys)
    key, where = key.astype(np.int64), article
    own = publisher_of[where]
    known = worded[own[worded] > 0]
    printed = _distinct(key[known], own[known], text_of[where[known]])
    stories = _distinct(key[known], own[known], story_of[where[known]])
    texts_of_publisher = np.bincount(_distinct(publisher_of, text_of)[0], minlength=len(publishers) + 1)
    pairs, texts = _counted(printed[0], printed[1])
    _, stories_there = _counted(stories[0], stories[1])
    repeats = (texts >= MIN_TEXTS) & ((stories_there >= MIN_STORIES) | (texts >= MIN_TEXTS_OF_A_STORY))
    size = int(key.max(initial=-1)) + 1
    total = np.bincount(pairs[0], texts, size)
    mean = total / np.maximum(1, np.bincount(pairs[0], minlength=size))
    everywhere = np.zeros(size, bool)
    everywhere[pairs[0][repeats]] = True
    everywhere &= mean >= MIN_TEXTS_A_PUBLISHER
    everyone = _distinct(key[worded], story_of[where[worded]])
    everywhere |= np.bincount(everyone[0], minlength=size) >= STOCK_STORIES
    mostly = repeats & (texts >= MOST_OF_A_PUBLISHER * texts_of_publisher[pairs[1]])
    width = len(publishers) + 1
    here = np.isin(key * width + own, pairs[0][mostly] * width + pairs[1][mostly])
    return (everywhere[key] | here) & (keys != 0) if size else np.zeros(0, bool)


def _distinct(*columns: I64) -> tuple[I64, ...]:
    """The distinct rows of some columns, sorted."""
    order = np.lexsort(columns[::-1])
    ordered = [column[order] for column in columns]
    fresh = np.ones(order.size, bool)
    if order.size:
        fresh[1:] = np.any([column[1:] != column[:-1] for column in ordered], axis=0)
    return tuple(column[fresh] for column in ordered)


def _counted(first: I64, second: I64) -> tuple[tuple[I64, I64], I64]:
    """The distinct pairs of two sorted columns and how often each stands there."""
    fresh = np.ones(first.size, bool)
    fresh[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
    starts = np.flatnonzero(fresh)
    return (first[starts], second[starts]), np.diff(starts, append=first.size)
