"""What a story is called: a headline that says what most of its articles are about, or its most telling words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels import ranges
from dedupe.stories.sparse import list_norms
from dedupe.text.terms import Terms

LEAST_OF_BEST = 0.85
"""The first headline stays the label if it comes this close to the best one, for a first report tells what happened.
Of the 80 largest stories of two months of a news desk, 36 are then called otherwise than their canonical article. Read
one by one, 22 of these labels say better what the story is about, 10 as well and 4 worse."""

_HEADLINE_CHARACTERS, _MOST_CHARACTERS = 120, 200
"""A title of more characters than the first is a sentence, which is taken where no title is shorter. Of more characters
than the second it is a text that stands in the field of a title, and is cut."""

_TELLING_WORDS = 5
_QUESTION_MARKS = ("?", "\N{FULLWIDTH QUESTION MARK}", "\N{ARABIC QUESTION MARK}")


def label_stories(words: Terms, story: I64, titles: Sequence[str]) -> list[str]:
    """Return a label for each story, by number.

    ``words``: the terms of the articles. ``story``: int64[articles], the number of each article's story, from 0
    without gaps. ``titles``: of the articles, whose order decides between equals, so the canonical article comes first.

    The label is the headline that is nearest to the words of the whole story: the cosine of its terms, weighted by
    their rarity, and the mean of the articles. The first headline of the story is preferred if it comes near the best,
    and a question is taken only where all headlines are questions. A story without a headline is called by its most
    telling words, and by "" if it has none.

    >>> from dedupe.text.background import load_background
    >>> from dedupe.text.terms import read_terms
    >>> titled = [("Can it work?", "A ferry sank off Oslo."), ("Ferry sinks off Oslo", "A ferry sank off Oslo.")]
    >>> label_stories(read_terms(titled, load_background()), np.zeros(2, np.int64), [title for title, _ in titled])
    ['Ferry sinks off Oslo']
    """
    headlines = [headline(title) for title in titles]
    nearness = _nearness(words, story) if len(headlines) > story.max(initial=-1) + 1 else np.zeros(len(headlines))
    members: dict[int, list[int]] = {}
    for row, number in enumerate(story.tolist()):
        members.setdefault(number, []).append(row)
    labels = {number: _best(rows, headlines, nearness) for number, rows in members.items()}
    unnamed = [number for number, label in labels.items() if not label]
    for number in unnamed:
        labels[number] = ", ".join(telling_words(words, np.array(members[number]), _TELLING_WORDS))
    return [labels[number] for number in sorted(labels)]


def headline(title: str) -> str:
    """Return a title on one line, "" if it has no letter and no digit."""
    line = " ".join(title.split())
    if len(line) > _MOST_CHARACTERS:
        line = f"{line[: _MOST_CHARACTERS - 1]}…"
    return line if any(map(str.isalnum, line)) else ""


def _best(rows: Sequence[int], headlines: Sequence[str], nearness: F64) -> str:
    """Return the headline for the story of some articles, "" if none of them has one."""
    titled = [row for row in rows if headlines[row]]
    if not titled:
        return ""
    short = [row for row in titled if len(headlines[row]) <= _HEADLINE_CHARACTERS] or titled
    stated = [row for row in short if not headlines[row].rstrip("\"'”’»").endswith(_QUESTION_MARKS)] or short
    first, best = stated[0], max(stated, key=nearness.__getitem__)
    return headlines[first if nearness[first] >= LEAST_OF_BEST * nearness[best] else best]


def _nearness(words: Terms, story: I64) -> F64:
    """Return the cosine of each article's headline and the mean of its story, float64[articles]; 0 without a headline.

    Only stories of several articles are looked at.
    """
    nearness = np.zeros(words.rows)
    rows = np.flatnonzero(np.bincount(story)[story] > 1)
    entries = ranges(words.starts[rows], np.diff(words.starts)[rows])
    owner, term = words.owner[entries], words.term[entries].astype(np.int64)
    rarity = np.where(words.date, 0.0, words.idf())
    keys, place = np.unique(story[owner] * len(words.vocabulary) + term, return_inverse=True)
    of_story = np.bincount(place, _weights(words, rarity)[entries], minlength=keys.size)
    story_length = np.sqrt(np.bincount(keys // len(words.vocabulary), of_story**2)) if keys.size else np.zeros(0)
    in_title = np.where(words.first[entries] < words.title_words[owner], rarity[term], 0.0)
    product = np.bincount(owner, in_title * of_story[place], minlength=words.rows)
    title_length = np.sqrt(np.bincount(owner, in_title**2, minlength=words.rows))
    length = title_length[rows] * story_length[story[rows]] if keys.size else np.zeros(rows.size)
    nearness[rows] = product[rows] / np.where(length > 0, length, 1.0)
    return nearness


def _weights(words: Terms, rarity: F64) -> F64:
    """Return the weight of each entry, float64[entries]; those of an article together have the length 1."""
    weight = words.decayed_tf * rarity[words.term]
    return weight / list_norms(words.starts, weight)[words.owner]


def telling_words(words: Terms, rows: I64, most: int) -> tuple[str, ...]:
    """Return the words that weigh most in some articles, as printed, at most ``most``; neither numbers nor dates.

    ``rows``: int64[rows], articles of ``words``.
    """
    some = words.take(rows)
    is_word = ~(words.number | words.year | words.month | words.weekday | words.date)
    weight = _weights(some, np.where(is_word, words.idf(), 0.0))
    total = np.bincount(some.term, weight, minlength=len(words.vocabulary))
    best = np.lexsort((np.arange(total.size), -total))[:most]
    return tuple(words.printed[term] or words.vocabulary[term] for term in best.tolist() if total[term] > 0)
