"""explain → REASONS: what speaks for and against a story, and each article's place in it, in numbers that add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.clustering import Clustering
from dedupe.stories.splitting import distinctive_terms
from dedupe.stories.topic_features import MOST_TEXTS
from dedupe.text.tokens import full_text, stem, tokens

_TELLING_WORDS = 12


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """Another article and the log-odds that both report the same event."""

    id: str
    story: int
    log_odds: float


@dataclass(frozen=True, slots=True)
class ArticleExplanation:
    """Why an article is in its story. One of every group of copies, the fullest, speaks for all of them.

    ``log_odds`` is the mean over all other texts of the story (None where there is no other); ``contributions`` are the
    parts it is the sum of, by feature, the largest first. ``weakest_inside`` is the least similar text of the story,
    ``nearest_outside`` the most similar text of any other, None where no pair was close enough to be scored.
    """

    id: str
    story: int
    log_odds: float | None
    contributions: Mapping[str, float]
    weakest_inside: LinkedArticle | None
    nearest_outside: LinkedArticle | None


@dataclass(frozen=True, slots=True)
class StoryExplanation:
    """Why a story is one: the division of its texts that speaks most for two events, and how much.

    ``log_odds`` of two events, at that division or at any other, below the threshold; ``contributions``: the parts it
    is the sum of, by reason, the largest first. ``judged_by``: the texts they were measured on, all or, in a larger
    story, those of either side that are least like the other.
    """

    story: int
    smaller_side: tuple[str, ...]
    larger_side: tuple[str, ...]
    judged_by: tuple[str, ...]
    log_odds: float
    contributions: Mapping[str, float]


def explain_stories(clustering: Clustering) -> tuple[StoryExplanation, ...]:
    """The best division of every story of two texts or more, by number of story."""
    evidence = clustering.evidence
    ids = evidence.articles["id"].take(evidence.linked).to_pylist()
    story_of = {row.id: row.story for row in clustering.rows}
    found = []
    for split in clustering.story_labels.kept.values():
        rows = split.smaller, split.larger, split.judged
        smaller, larger, story_labels = (tuple(ids[row] for row in some.tolist()) for some in rows)
        parts = dict(sorted(split.contributions.items(), key=lambda part: (-abs(part[1]), part[0])))
        found.append(StoryExplanation(story_of[smaller[0]], smaller, larger, story_labels, split.log_odds, parts))
    return tuple(sorted(found, key=lambda one: one.story))


def explain_articles(clustering: Clustering) -> tuple[ArticleExplanation, ...]:
    """Reasons of every independent text, in canonical order."""
    evidence = clustering.evidence
    ids = evidence.articles["id"].take(evidence.linked).to_pylist()
    story_of = {row.id: row.story for row in clustering.rows}
    story = np.array([story_of[name] for name in ids], np.int64)
    pairs = evidence.links.pairs
    left, right = (pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
    log_odds = pairs["log_odds"].to_numpy().astype(np.float64)
    inside = story[left] == story[right]
    added = _contributions(clustering, story, left[inside], right[inside])
    weakest = _extreme(left[inside], right[inside], -log_odds[inside], story.size)
    nearest = _extreme(left[~inside], right[~inside], log_odds[~inside], story.size)

    def link(place: int, value: float) -> LinkedArticle | None:
        return LinkedArticle(ids[place], int(story[place]), value) if place >= 0 else None

    return tuple(
        ArticleExplanation(
            id=ids[row],
            story=int(story[row]),
            log_odds=sum(added[row].values()) if added[row] else None,
            contributions=added[row],
            weakest_inside=link(int(weakest[0][row]), -float(weakest[1][row])),
            nearest_outside=link(int(nearest[0][row]), float(nearest[1][row])),
        )
        for row in range(story.size)
    )


def distinctive_words(clustering: Clustering) -> dict[int, tuple[str, ...]]:
    """For each story of a small collection, words that its texts have and the others have not, the most telling first.

    No words for a collection too large to be divided as a whole, nor for one that is a single story.
    """
    evidence = clustering.evidence
    words = evidence.links.words
    if words.rows > MOST_TEXTS:
        return {}
    linked = evidence.articles.take(evidence.linked).select(["id", "title", "text"]).to_pylist()
    story_of = {row.id: row.story for row in clustering.rows}
    story = np.array([story_of[article["id"]] for article in linked], np.int64)
    printed: dict[str, str] = {}
    for article in linked:
        for token in tokens(full_text(article["title"], article["text"])):
            printed.setdefault(stem(token), token)
    search = evidence.links.model.splits.search
    told = {
        int(number): distinctive_terms(words, search, story == number, _TELLING_WORDS)
        for number in np.unique(story)
        if (story != number).any()
    }
    return {number: tuple(printed.get(term, term) for term in found) for number, found in told.items()}


def _contributions(clustering: Clustering, story: I64, left: I64, right: I64) -> list[dict[str, float]]:
    """Mean contribution of each feature over all other texts of the story; pairs too unlike to be scored count as one
    feature of their own, ``too little in common``."""
    links, rows = clustering.evidence.links, story.size
    _, label, sizes = np.unique(story, return_inverse=True, return_counts=True)
    others = (sizes[label] - 1).astype(np.float64)
    scored = (np.bincount(left, minlength=rows) + np.bincount(right, minlength=rows)).astype(np.float64)
    inside = np.flatnonzero(story[links.pairs["left"].to_numpy()] == story[links.pairs["right"].to_numpy()])
    features = [feature.name for feature in links.model.features]
    columns = {name: links.pairs[name].to_numpy().astype(np.float64)[inside] for name in features}
    totals: dict[str, F64] = {
        name: np.asarray(np.bincount(left, values, rows) + np.bincount(right, values, rows), np.float64)
        for name, values in links.model.contributions(columns).items()
    }
    totals["too little in common"] = links.model.missing * (others - scored)
    found = []
    for row in range(rows):
        parts = {name: float(total[row] / others[row]) for name, total in totals.items() if others[row] and total[row]}
        found.append(dict(sorted(parts.items(), key=lambda part: (-abs(part[1]), part[0]))))
    return found


def _extreme(left: I64, right: I64, value: F64, rows: int) -> tuple[I64, F64]:
    """For each row the other row of the pair with the highest value (ties: the lowest; -1: no pair), and that value."""
    ends, others, values = np.concatenate((left, right)), np.concatenate((right, left)), np.concatenate((value, value))
    order = np.lexsort((others, -values, ends))
    ends, others, values = ends[order], others[order], values[order]
    first = np.flatnonzero(np.diff(ends, prepend=-1))
    place, best = np.full(rows, -1, np.int64), np.zeros(rows)
    place[ends[first]] = others[first]
    best[ends[first]] = values[first]
    return place, best
