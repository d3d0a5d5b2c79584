"""Explain a clustering: what speaks for and against each story, and for each article's place in it.

Every explanation is a sum of contributions in log-odds, so the numbers add up to the one that decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.clustering import Clustering
from dedupe.kernels import run_starts
from dedupe.stories.splitting import distinctive_terms
from dedupe.stories.topic_features import MOST_TEXTS
from dedupe.text.tokens import full_text, stem, tokens

_WORDS_PER_STORY = 12
"""Largest number of distinctive words shown for a story."""


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """Another article, its story, and the log-odds that it reports the same event as the explained article."""

    id: str
    story: int
    log_odds: float


@dataclass(frozen=True, slots=True)
class ArticleExplanation:
    """Why an article is in its story. Each copy group is explained by its longest article.

    ``log_odds`` is the mean log-odds that the article reports the same event as the other texts of the story, None if
    there are no others. ``contributions`` are the summands of ``log_odds`` by feature, the largest first.
    ``weakest_inside`` is the text of the story that is least likely to report the same event, ``nearest_outside`` the
    text of another story that is most likely to. Each is None if no such pair was scored.
    """

    id: str
    story: int
    log_odds: float | None
    contributions: Mapping[str, float]
    weakest_inside: LinkedArticle | None
    nearest_outside: LinkedArticle | None


@dataclass(frozen=True, slots=True)
class StoryExplanation:
    """Why a story was not split: the best split of its texts, and how strongly it speaks for two events.

    ``log_odds`` are the log-odds that the texts report two events, split in this way or in any other; they were too low
    for a split. ``contributions`` are the summands of ``log_odds`` by reason, the largest first. ``judged_by`` are the
    texts that were measured: all of them or, in a larger story, those of each side that are least like the other side.
    """

    story: int
    smaller_side: tuple[str, ...]
    larger_side: tuple[str, ...]
    judged_by: tuple[str, ...]
    log_odds: float
    contributions: Mapping[str, float]


def explain_stories(clustering: Clustering) -> tuple[StoryExplanation, ...]:
    """Return the explanation of every story of two or more texts, by number of story."""
    evidence = clustering.evidence
    ids = evidence.articles["id"].take(evidence.linked).to_pylist()
    story_of = {row.id: row.story for row in clustering.rows}
    explanations = []
    for split in clustering.story_labels.kept.values():
        rows = split.smaller, split.larger, split.judged
        smaller, larger, judged_by = (tuple(ids[row] for row in some.tolist()) for some in rows)
        contributions = _largest_first(split.contributions)
        story = story_of[smaller[0]]
        explanations.append(StoryExplanation(story, smaller, larger, judged_by, split.log_odds, contributions))
    return tuple(sorted(explanations, key=lambda explanation: explanation.story))


def explain_articles(clustering: Clustering) -> tuple[ArticleExplanation, ...]:
    """Return the explanation of every distinct text, in canonical order.

    Texts shorter than a shingle are left out, because they are never compared for stories.
    """
    evidence = clustering.evidence
    ids = evidence.articles["id"].take(evidence.linked).to_pylist()
    story_of = {row.id: row.story for row in clustering.rows}
    story = np.array([story_of[name] for name in ids], np.int64)
    pairs = evidence.links.pairs
    left, right = (pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
    log_odds = pairs["log_odds"].to_numpy().astype(np.float64)
    inside = story[left] == story[right]
    contributions = _mean_contributions(clustering, story, left[inside], right[inside])
    weakest = _best_pair(left[inside], right[inside], -log_odds[inside], story.size)
    nearest = _best_pair(left[~inside], right[~inside], log_odds[~inside], story.size)

    def link(row: int, value: float) -> LinkedArticle | None:
        return LinkedArticle(ids[row], int(story[row]), value) if row >= 0 else None

    return tuple(
        ArticleExplanation(
            id=ids[row],
            story=int(story[row]),
            log_odds=sum(contributions[row].values()) if contributions[row] else None,
            contributions=contributions[row],
            weakest_inside=link(int(weakest[0][row]), -float(weakest[1][row])),
            nearest_outside=link(int(nearest[0][row]), float(nearest[1][row])),
        )
        for row in range(story.size)
    )


def distinctive_words(clustering: Clustering) -> dict[int, tuple[str, ...]]:
    """Return the words that distinguish each story of a small collection from the others, by number of story.

    The most distinctive word comes first, and a word stands as it was printed. The result is empty for collections of
    more than ``MOST_TEXTS`` texts, and for a collection that is a single story.
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
    distinctive = {
        int(number): distinctive_terms(words, search, story == number, _WORDS_PER_STORY)
        for number in np.unique(story)
        if (story != number).any()
    }
    return {number: tuple(printed.get(term, term) for term in terms) for number, terms in distinctive.items()}


def _mean_contributions(clustering: Clustering, story: I64, left: I64, right: I64) -> list[dict[str, float]]:
    """Return the mean contribution of each feature over all other texts of the story, one dictionary per text.

    ``story``: int64[texts]. ``left`` and ``right``: int64[pairs], the scored pairs inside a story. Pairs that shared
    too little to be scored count as a feature of their own, ``too little in common``. Contributions of 0 are left out;
    a text that is alone in its story has none.
    """
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
    return [
        _largest_first(
            {name: float(total[row] / others[row]) for name, total in totals.items() if others[row] and total[row]}
        )
        for row in range(rows)
    ]


def _largest_first(contributions: Mapping[str, float]) -> dict[str, float]:
    """Order contributions by absolute value, the largest first (ties: by name)."""
    return dict(sorted(contributions.items(), key=lambda item: (-abs(item[1]), item[0])))


def _best_pair(left: I64, right: I64, value: F64, rows: int) -> tuple[I64, F64]:
    """Return for each row the other row of its pair with the highest value, int64[rows], and that value, float64[rows].

    Ties go to the lowest other row. A row without pairs gets -1 and the value 0.
    """
    ends, others, values = np.concatenate((left, right)), np.concatenate((right, left)), np.concatenate((value, value))
    order = np.lexsort((others, -values, ends))
    ends, others, values = ends[order], others[order], values[order]
    first = run_starts(ends)
    partner, best = np.full(rows, -1, np.int64), np.zeros(rows)
    partner[ends[first]] = others[first]
    best[ends[first]] = values[first]
    return partner, best
