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
from dedupe.stories.finding import StoryEvidence

MAX_COMPARED = 50
"""A pair is aligned if it is among this many best pairs of at least one of its articles. Pairs related by text come
first, those with the most shared shingles before others; then same-story pairs, the most alike first. A pair takes
about two milliseconds, so that 12,000 articles take minutes."""

MAX_STORY = 300
"""In a story of more articles than this (one of each group of copies), only pairs whose similarity was measured to find
stories are considered; in a smaller one, all pairs are."""


@dataclass(frozen=True, slots=True)
class SelectedPairs:
    """The pairs to align, and what was cut.

    ``left``, ``right``: int64[pairs], the two articles as rows in canonical order, ``left`` < ``right``; each pair
    once, ascending. ``cut``: int64[articles], how many pairs of each article a limit cut.
    """

    left: I64
    right: I64
    cut: I64


def may_be_aligned(clustering: Clustering, story_of: I64) -> Bools:
    """Which articles may be part of a pair, bool[articles]: those that are related by text, or not alone in a story."""
    linked = clustering.evidence.linked
    may_be = np.zeros(story_of.size, bool)
    may_be[linked] = np.bincount(story_of[linked], minlength=1)[story_of[linked]] > 1
    for side in _related_with_boilerplate(clustering):
        may_be[side] = True
    return may_be


def select_pairs(
    clustering: Clustering, articles: pa.Table, sentences: SentenceTable, boilerplate: Bools, story_of: I64
) -> SelectedPairs:
    """Select the pairs worth aligning.

    ``articles``: those of the clustering, in canonical order and with their whole texts. ``boilerplate``:
    bool[sentences], and ``story_of``: int64[articles], the story of every article.
    """
    size = len(clustering.evidence.articles)
    left, right, shared = _related(clustering, articles, sentences, boilerplate)
    story_left, story_right, story_similarity, cut = _same_story(clustering, story_of)
    # Pairs related by text share at least one shingle, so -1 ranks every same-story pair behind them.
    shared = np.concatenate((shared, np.full(story_left.size, -1)))
    similarity = np.concatenate((np.zeros(left.size), story_similarity))
    # A pair of both kinds counts as related by text: np.unique keeps the first of equal codes.
    codes, first = np.unique(np.concatenate((left * size + right, story_left * size + story_right)), return_index=True)
    left, right = codes // max(1, size), codes % max(1, size)
    wanted = _among_best(left, right, shared[first], similarity[first])
    for side in (left[~wanted], right[~wanted]):
        cut += np.bincount(side, minlength=size)
    return SelectedPairs(left[wanted], right[wanted], cut)


def _among_best(left: I64, right: I64, shared: I64, similarity: F64) -> Bools:
    """Whether each pair is among the ``MAX_COMPARED`` best of its left or of its right article, bool[pairs].

    The best pair shares the most shingles; of equal ones it has the highest similarity, then the earliest other one.
    """
    own, other = np.concatenate((left, right)), np.concatenate((right, left))
    order = np.lexsort((other, -np.tile(similarity, 2), -np.tile(shared, 2), own))
    is_best = rank_within(own, order) < MAX_COMPARED
    return is_best[: left.size] | is_best[left.size :]


def _related(
    clustering: Clustering, articles: pa.Table, sentences: SentenceTable, boilerplate: Bools
) -> tuple[I64, I64, I64]:
    """The pairs related by text (left, right), and the number of distinct shingles they share without boilerplate.

    These are the candidate pairs of the clustering that have a relation with their boilerplate and also without it.
    """
    evidence, settings = clustering.evidence, clustering.settings
    left, right = _related_with_boilerplate(clustering)
    bodies = fingerprints.fingerprint(_bodies(articles, sentences, boilerplate), settings, evidence.compute.backend)
    measured = verification.measure(bodies, left, right, evidence.compute)
    kind = verification.verify(bodies, measured, evidence.details, settings)["kind"].combine_chunks()
    kept = kind.indices.to_numpy() < KINDS.index("unrelated")
    return left[kept], right[kept], measured["shared"].to_numpy()[kept]


def _related_with_boilerplate(clustering: Clustering) -> tuple[I64, I64]:
    """The candidate pairs of the clustering that have a relation (left, right)."""
    evidence = clustering.evidence
    verified = verification.verify(evidence.fingerprints, evidence.measured, evidence.details, clustering.settings)
    related = verified["kind"].combine_chunks().indices.to_numpy() < KINDS.index("unrelated")
    left, right = (verified[side].to_numpy()[related] for side in ("left", "right"))
    return left, right


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
    """The same-story pairs (left, right), their similarity, and the cut pairs of each article.

    Pairs are cut only in stories of more than ``MAX_STORY`` articles.
    """
    linked, links = clustering.evidence.linked, clustering.evidence.links
    cut = np.zeros(story_of.size, np.int64)
    lefts, rights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    by_story = linked[np.argsort(story_of[linked], kind="stable")]
    for members in np.split(by_story, run_starts(story_of[by_story])[1:]):
        if members.size > MAX_STORY:
            low, high = _measured_members(members, linked, links)
            cut[members] += members.size - 1
            np.subtract.at(cut, low, 1)
            np.subtract.at(cut, high, 1)
        else:
            first, second = np.triu_indices(members.size, 1)
            low, high = members[first], members[second]
        lefts.append(low)
        rights.append(high)
    left, right = np.concatenate(lefts), np.concatenate(rights)
    return left, right, _similarity(left, right, linked, links), cut


def _similarity(left: I64, right: I64, linked: I64, links: StoryEvidence) -> F64:
    """The similarity of the given pairs of linked articles, -inf where it was not measured.

    ``linked`` are the rows of the articles that were measured, ascending; ``links`` has their positions in ``linked``.
    """
    measured = links.pairs.left * linked.size + links.pairs.right
    wanted = np.searchsorted(linked, left) * linked.size + np.searchsorted(linked, right)
    if not measured.size:
        return np.full(left.size, -np.inf)
    place = np.minimum(np.searchsorted(measured, wanted), measured.size - 1)
    return np.where(measured[place] == wanted, links.columns["similarity"][place], -np.inf)


def _measured_members(members: I64, linked: I64, links: StoryEvidence) -> tuple[I64, I64]:
    """The pairs of a large story (left, right) whose similarity was measured."""
    left, right = linked[links.pairs.left], linked[links.pairs.right]
    kept = np.isin(left, members) & np.isin(right, members)
    return left[kept], right[kept]
