"""What a story is called: a headline that says what most of its articles are about, or its most telling words."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels import DEFAULT, Backend
from dedupe.stories.sparse import list_norms
from dedupe.text.language import ENGLISH, rules_of
from dedupe.text.terms import Terms
from dedupe.text.tokens import TOKEN_RULES

LEAST_OF_BEST = 0.85
"""The first headline stays the label if it comes this close to the best one, for a first report tells what happened.
Of the 80 largest stories of two months of a news desk, 35 are then called otherwise than their canonical article. Read
one by one, 21 of these labels say better what the story is about, 10 as well and 4 worse."""

LEAST_NEARNESS = 0.1
"""A headline that is not so near says nothing of its story, such as "Share" or "Sign in to comment". The best one of
each story of three months of the desk has .32 or more."""

_HEADLINE_CHARACTERS, _MOST_CHARACTERS = 120, 200
"""A title of more characters than the first is a sentence, which is taken where no title is shorter. Of more characters
than the second it is a text that stands in the field of a title, and is cut."""

_TELLING_WORDS = 5
_QUESTION_MARKS = ("?", "\N{FULLWIDTH QUESTION MARK}", "\N{ARABIC QUESTION MARK}")


def label_stories(
    words: Terms, story: I64, titles: Sequence[str], story_of_title: I64, backend: Backend = DEFAULT
) -> list[str]:
    """Return a label for each story, by number.

    ``words``: the terms of some texts. ``story``: int64[texts], the number of each text's story, from 0. ``titles`` and
    ``story_of_title``, int64[titles]: of all articles, copies included. Their order decides between equals, so the
    canonical article comes first. Every story has an article. ``backend`` reads the headlines.

    The label is the headline that is nearest to the words of the whole story: the cosine of its terms, weighted by
    their rarity, and the mean of the texts. The first headline of the story is preferred if it comes near the best, and
    questions and whole sentences are taken only where there is nothing else. A story of several articles whose
    headlines say nothing of it, and one without a headline, is called by its most telling words, and by "" if it has
    none. A story of one article has its headline.

    >>> from dedupe.text.background import load_background
    >>> from dedupe.text.terms import read_terms
    >>> titled = [("Can it work?", "A ferry sank off Oslo."), ("Ferry sinks off Oslo", "A ferry sank off Oslo.")]
    >>> story, words = np.zeros(2, np.int64), read_terms(titled, load_background())
    >>> label_stories(words, story, [title for title, _ in titled], story)
    ['Ferry sinks off Oslo']
    """
    headlines = [headline(title) for title in titles]
    chosen = np.flatnonzero(np.bincount(story_of_title)[story_of_title] > 1) if titles else story_of_title
    nearness = np.ones(len(headlines))
    some = [headlines[place] for place in chosen.tolist()]
    nearness[chosen] = _nearness(words, story, some, story_of_title[chosen], backend)
    articles: list[list[int]] = [[] for _ in range(1 + story_of_title.max(initial=-1))]
    for place, number in enumerate(story_of_title.tolist()):
        articles[number].append(place)
    labels = [headlines[places[0]] if len(places) == 1 else _best(places, headlines, nearness) for places in articles]
    for number, label in enumerate(labels):
        if not label:
            labels[number] = ", ".join(telling_words(words, np.flatnonzero(story == number), _TELLING_WORDS))
    return labels


def headline(title: str) -> str:
    """Return a title on one line, "" if it has no letter and no digit."""
    line = " ".join(title.split())
    if len(line) > _MOST_CHARACTERS:
        line = f"{line[: _MOST_CHARACTERS - 1]}…"
    return line if any(map(str.isalnum, line)) else ""


def _best(rows: Sequence[int], headlines: Sequence[str], nearness: F64) -> str:
    """Return the headline for the story of some articles, "" if none of them says anything of it."""
    titled = [row for row in rows if headlines[row]]
    if not titled:
        return ""
    short = [row for row in titled if len(headlines[row]) <= _HEADLINE_CHARACTERS] or titled
    stated = [row for row in short if not headlines[row].rstrip("\"'”’»").endswith(_QUESTION_MARKS)] or short
    first, best = stated[0], max(stated, key=nearness.__getitem__)
    if nearness[best] < LEAST_NEARNESS:
        return ""
    return headlines[first if nearness[first] >= LEAST_OF_BEST * nearness[best] else best]


def _nearness(words: Terms, story: I64, headlines: Sequence[str], story_of_headline: I64, backend: Backend) -> F64:
    """Return the cosine of each headline and the mean of the texts of its story, float64[headlines].

    It is 0 for a headline, or a story, without a term that says anything.
    """
    terms = len(words.vocabulary)
    rarity = np.where(words.date, 0.0, words.idf())
    rows = np.flatnonzero(np.isin(story, story_of_headline))
    some, story = words.take(rows), story[rows]
    # The terms of stories, as story * terms + term, ascending, and their weights.
    keys, place = np.unique(story[some.owner] * terms + some.term, return_inverse=True)
    weight = np.bincount(place, _weights(some, rarity), minlength=keys.size)
    stories = 1 + max(story.max(initial=-1), story_of_headline.max(initial=-1))
    length_of_story = np.sqrt(np.bincount(keys // max(terms, 1), weight**2, minlength=stories))
    owner, term = _terms_of(some, story, headlines, story_of_headline, backend)
    wanted = story_of_headline[owner] * terms + term
    found = np.searchsorted(keys, wanted)
    of_story = np.append(weight, 0.0)[np.where(np.append(keys, -1)[found] == wanted, found, keys.size)]
    product = np.bincount(owner, rarity[term] * of_story, minlength=len(headlines))
    length = np.sqrt(np.bincount(owner, rarity[term] ** 2, minlength=len(headlines)))
    return np.asarray(product / np.maximum(length * length_of_story[story_of_headline], 1e-12), np.float64)


def _terms_of(
    words: Terms, story: I64, headlines: Sequence[str], story_of_headline: I64, backend: Backend
) -> tuple[I64, I64]:
    """Return the terms of headlines that ``words`` know, each once a headline: its headline and its number, int64.

    A headline is read by the rules of the language of its story's first text, because it is too short to tell it.
    """
    language = dict(zip(story[::-1].tolist(), reversed(words.languages), strict=True))
    reader = backend.TokenNumbers(TOKEN_RULES)
    token_numbers, offsets = reader.read(headlines)
    tokens = [token.casefold() for token in reader.tokens()]
    known: dict[tuple[str, int], int] = {}
    found: list[tuple[int, int]] = []
    for place, (begin, end) in enumerate(pairwise(offsets.tolist())):
        code = language.get(int(story_of_headline[place]), ENGLISH)
        forms = [(code, token) for token in token_numbers[begin:end].tolist()]
        for form in forms:
            if form not in known:
                known[form] = _number_of(rules_of(code).stem(tokens[form[1]]), words.vocabulary)
        found += [(place, term) for term in sorted({known[form] for form in forms} - {-1})]
    owner, terms = np.array(found, np.int64).reshape(-1, 2).T
    return owner, terms


def _number_of(term: str, vocabulary: Sequence[str]) -> int:
    """Return the place of a term in a sorted vocabulary, -1 if it is not there."""
    place = bisect.bisect_left(vocabulary, term)
    return place if place < len(vocabulary) and vocabulary[place] == term else -1


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
