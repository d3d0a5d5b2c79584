"""What a story is called: a headline that says what most of its articles are about, or its most telling words."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from itertools import chain, pairwise

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

_TELLING_TERMS = 5
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
    several = np.flatnonzero(np.bincount(story_of_title)[story_of_title] > 1)
    labels = dict(zip(story_of_title.tolist(), headlines, strict=True))
    some = [headlines[place] for place in several.tolist()]
    labels |= choose_headlines(words, story, some, story_of_title[several], backend)
    for number, label in labels.items():
        if not label:
            telling = telling_terms(words, np.flatnonzero(story == number))
            labels[number] = ", ".join(words.printed[term] or words.vocabulary[term] for term in telling)
    return [labels[number] for number in range(len(labels))]


def choose_headlines(
    words: Terms, story: I64, headlines: Sequence[str], story_of_headline: I64, backend: Backend = DEFAULT
) -> dict[int, str]:
    """Return the headline for each story of several articles that has any, by the number of the story.

    It is "" for a story whose headlines say nothing of it. ``headlines``: what ``headline`` returns, each at least
    once in its story, in canonical order. The other parameters are those of ``label_stories``.
    """
    nearness = _nearness(words, story, headlines, story_of_headline, backend)
    places: dict[int, list[int]] = {}
    for place, number in enumerate(story_of_headline.tolist()):
        places.setdefault(number, []).append(place)
    return {number: _best(own, headlines, nearness) for number, own in places.items()}


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
    languages = [language.get(number, ENGLISH) for number in story_of_headline.tolist()]
    read = headline_terms(headlines, languages, backend)
    number = {term: _number_of(term, words.vocabulary) for term in set(chain.from_iterable(read))}
    found = [(place, term) for place, own in enumerate(read) for term in sorted({number[one] for one in own} - {-1})]
    owner, terms = np.array(found, np.int64).reshape(-1, 2).T
    return owner, terms


def headline_terms(headlines: Sequence[str], languages: Sequence[str], backend: Backend = DEFAULT) -> list[set[str]]:
    """Return the terms of each headline, read by the rules of a language. ``languages``: a code for each headline."""
    reader = backend.TokenNumbers(TOKEN_RULES)
    token_numbers, offsets = reader.read(headlines)
    tokens = [token.casefold() for token in reader.tokens()]
    known: dict[tuple[str, int], str] = {}
    found: list[set[str]] = []
    for code, (begin, end) in zip(languages, pairwise(offsets.tolist()), strict=True):
        forms = [(code, token) for token in token_numbers[begin:end].tolist()]
        for form in forms:
            if form not in known:
                known[form] = rules_of(code).stem(tokens[form[1]])
        found.append({known[form] for form in forms})
    return found


def _number_of(term: str, vocabulary: Sequence[str]) -> int:
    """Return the place of a term in a sorted vocabulary, -1 if it is not there."""
    place = bisect.bisect_left(vocabulary, term)
    return place if place < len(vocabulary) and vocabulary[place] == term else -1


def _weights(words: Terms, rarity: F64) -> F64:
    """Return the weight of each entry, float64[entries]; those of an article together have the length 1."""
    weight = words.decayed_tf * rarity[words.term]
    return weight / list_norms(words.starts, weight)[words.owner]


def telling_terms(words: Terms, rows: I64) -> list[int]:
    """Return the numbers of the terms that weigh most in some articles, the heaviest first; neither numbers nor dates.

    ``rows``: int64[rows], articles of ``words``.
    """
    some = words.take(rows)
    is_word = ~(words.number | words.year | words.month | words.weekday | words.date)
    weight = _weights(some, np.where(is_word, words.idf(), 0.0))
    total = np.bincount(some.term, weight, minlength=len(words.vocabulary))
    best = np.lexsort((np.arange(total.size), -total))[:_TELLING_TERMS]
    return [term for term in best.tolist() if total[term] > 0]
