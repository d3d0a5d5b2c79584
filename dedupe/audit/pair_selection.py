"""Select the pairs of a collection that are worth aligning.

There are two kinds. Pairs *related by text* still share text when boilerplate is taken out of it. *Same-story* pairs
may share little text, as a report and its rewrite do; to limit them, only the fullest article of each group of copies
takes part. Every article is compared with a limited number of others, and the pairs that are cut are counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedupe.arrays import F64, I64, Bools
from dedupe.audit.sentence_table import SentenceTable
from dedupe.clustering import Clustering
from dedupe.copies import fingerprints, verification
from dedupe.kernels import rank_within, run_starts
from dedupe.schemas import KINDS

MAX_COMPARED = 50
"""A pair is aligned if it is among this many best pairs of at least one of its articles. Pairs related by text come
first, those with the most shared shingles before others; then same-story pairs, the likeliest first. A pair takes about
two milliseconds, so that 12,000 articles take minutes."""

MAX_STORY = 300
"""In a story of more articles than this (one of each group of copies), only pairs whose log-odds of one event were
scored are considered; in a smaller one, all pairs are."""


@dataclass(frozen=True, slots=True)
class SelectedPairs:
    """The pairs to align, and what was cut.

    ``left``, ``right``: int64[pairs], the two articles as rows in canonical order, ``left`` < ``right``; each pair
    once, ascending. ``cut``: int64[articles], how many pairs of each article a limit cut.
    """

    left: I64
    right: I64
    cut: I64


def select_pairs(clustering: Clustering, sentences: SentenceTable, boilerplate: Bools, story_of: I64) -> SelectedPairs:
    """Select the pairs worth aligning.

    ``boilerplate``: bool[sentences], and ``story_of``: int64[articles], the story of every article.
    """
    size = len(clustering.evidence.articles)
    left, right, shared = _related(clustering, sentences, boilerplate)
    story_left, story_right, story_log_odds, cut = _same_story(clustering, story_of)
    # Pairs related by text share at least one shingle, so -1 ranks every same-story pair behind them.
    shared = np.concatenate((shared, np.full(story_left.size, -1)))
    log_odds = np.concatenate((np.zeros(left.size), story_log_odds))
    # A pair of both kinds counts as related by text: np.unique keeps the first of equal codes.
    codes, first = np.unique(np.concatenate((left * size + right, story_left * size + story_right)), return_index=True)
    left, right = codes // max(1, size), codes % max(1, size)
    wanted = _among_best(left, right, shared[first], log_odds[first])
    for side in (left[~wanted], right[~wanted]):
        cut += np.bincount(side, minlength=size)
    return SelectedPairs(left[wanted], right[wanted], cut)


def _among_best(left: I64, right: I64, shared: I64, log_odds: F64) -> Bools:
    """Whether each pair is among the ``MAX_COMPARED`` best of its left or of its right article, bool[pairs].

    The best pair shares the most shingles; of equal ones it has the highest log-odds, then the earliest other article.
    """
    own, other = np.concatenate((left, right)), np.concatenate((right, left))
    order = np.lexsort((other, -np.tile(log_odds, 2), -np.tile(shared, 2), own))
    is_best = rank_within(own, order) < MAX_COMPARED
    return is_best[: left.size] | is_best[left.size :]


def _related(clustering: Clustering, sentences: SentenceTable, boilerplate: Bools) -> tuple[I64, I64, I64]:
    """The pairs related by text (left, right), and the number of distinct shingles they share without boilerplate.

    These are the candidate pairs of the clustering that have a relation with their boilerplate and also without it.
    """
    evidence, settings = clustering.evidence, clustering.settings
    verified = verification.verify(evidence.fingerprints, evidence.measured, settings)
    related = verified["kind"].combine_chunks().indices.to_numpy() < KINDS.index("unrelated")
    left, right = (verified[side].to_numpy()[related] for side in ("left", "right"))
    bodies = fingerprints.fingerprint(
        _bodies(evidence.articles, sentences, boilerplate), settings, evidence.compute.backend
    )
    measured = verification.measure(bodies, left, right, evidence.compute)
    kind = verification.verify(bodies, measured, settings)["kind"].combine_chunks().indices.to_numpy()
    kept = kind < KINDS.index("unrelated")
    return left[kept], right[kept], measured["shared"].to_numpy()[kept]


def _bodies(articles: pa.Table, sentences: SentenceTable, boilerplate: Bools) -> pa.Table:
    """The articles without their boilerplate sentences. A text without any stays as it is."""
    texts = []
    for row, text in enumerate(articles["text"].to_pylist()):
        own = np.arange(sentences.offsets[row], sentences.offsets[row + 1])
        if boilerplate[own].any():
            own = own[~boilerplate[own]]
            spans = zip(sentences.starts[own].tolist(), sentences.ends[own].tolist(), strict=True)
            text = "\n".join(text[start:end] for start, end in spans)  # noqa: PLW2901
        texts.append(text)
    place = articles.column_names.index("text")
    return articles.set_column(place, articles.schema.field("text"), pa.chunked_array([texts], pa.large_string()))


def _same_story(clustering: Clustering, story_of: I64) -> tuple[I64, I64, F64, I64]:
    """The same-story pairs (left, right), their log-odds of one event, and the cut pairs of each article.

    Pairs are cut only in stories of more than ``MAX_STORY`` articles.
    """
    linked, links = clustering.evidence.linked, clustering.evidence.links
    cut = np.zeros(story_of.size, np.int64)
    lefts, rights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    by_story = linked[np.argsort(story_of[linked], kind="stable")]
    for members in np.split(by_story, run_starts(story_of[by_story])[1:]):
        if members.size > MAX_STORY:
            low, high = _scored_members(members, linked, links.pairs)
            cut[members] += members.size - 1
            np.subtract.at(cut, low, 1)
            np.subtract.at(cut, high, 1)
        else:
            first, second = np.triu_indices(members.size, 1)
            low, high = members[first], members[second]
        lefts.append(low)
        rights.append(high)
    left, right = np.concatenate(lefts), np.concatenate(rights)
    return left, right, _log_odds(left, right, linked, links.pairs), cut


def _log_odds(left: I64, right: I64, linked: I64, pairs: pa.Table) -> F64:
    """The log-odds of one event of the given pairs of linked articles, -inf where they were not scored.

    ``linked`` are the rows of the articles that were scored, ascending; ``pairs`` has their positions in ``linked``.
    """
    scored = pairs["left"].to_numpy().astype(np.int64) * linked.size + pairs["right"].to_numpy()
    wanted = np.searchsorted(linked, left) * linked.size + np.searchsorted(linked, right)
    if not scored.size:
        return np.full(left.size, -np.inf)
    place = np.minimum(np.searchsorted(scored, wanted), scored.size - 1)
    odds = pairs["log_odds"].to_numpy().astype(np.float64)
    return np.where(scored[place] == wanted, odds[place], -np.inf)


def _scored_members(members: I64, linked: I64, pairs: pa.Table) -> tuple[I64, I64]:
    """The pairs of a large story (left, right) that were scored."""
    left, right = linked[pairs["left"].to_numpy()], linked[pairs["right"].to_numpy()]
    kept = np.isin(left, members) & np.isin(right, members)
    return left[kept], right[kept]
