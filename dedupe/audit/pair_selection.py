"""Select the pairs of a collection that are worth aligning.

There are two kinds. Pairs *related by text* still share a passage, or are copies of one another, when boilerplate is
taken out of the texts. *Same-story* pairs
may share little text, as a report and its rewrite do; to limit them, only the fullest article of each group of copies
takes part. Every article is compared with a limited number of others, and the pairs that are cut are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedupe.arrays import F64, I64, Bools
from dedupe.audit.repeated_boilerplate import find_repeated
from dedupe.audit.sentence_table import SentenceTable
from dedupe.clustering import Clustering
from dedupe.copies import fingerprints, verification
from dedupe.kernels import distinct, rank_within, run_starts
from dedupe.schemas import KINDS
from dedupe.stories.finding import StoryEvidence

MAX_RELATED, MAX_COMPARED = 300, 50
"""A pair is aligned if it is among so many best pairs of at least one of its articles: ``MAX_RELATED`` if it is related
by text, otherwise ``MAX_COMPARED``. Pairs related by text come first, those with the most shared shingles before
others; then same-story pairs, the most alike first. Only a flood of copies reaches the first limit. A passage that
stands in more articles than it is no reason to compare all of them. A pair takes a few milliseconds."""

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
    clustering: Clustering,
    articles: pa.Table,
    sentences: SentenceTable,
    boilerplate: Bools,
    texts_of: I64,
    story_of: I64,
) -> SelectedPairs:
    """Select the pairs worth aligning.

    ``articles``: those of the clustering, in canonical order and with their whole texts. ``boilerplate``:
    bool[sentences]. ``texts_of`` and ``story_of``: int64[articles], the group of copies and the story of every article.
    """
    size = len(clustering.evidence.articles)
    left, right, shared = _related(clustering, articles, sentences, boilerplate, texts_of, story_of)
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
    """Whether each pair is among the best of its left or of its right article, bool[pairs].

    The best pair shares the most shingles; of equal ones it has the highest similarity, then the earliest other one.
    """
    own, other = np.concatenate((left, right)), np.concatenate((right, left))
    order = np.lexsort((other, -np.tile(similarity, 2), -np.tile(shared, 2), own))
    is_best = rank_within(own, order) < np.tile(np.where(shared >= 0, MAX_RELATED, MAX_COMPARED), 2)
    return is_best[: left.size] | is_best[left.size :]


def _related(
    clustering: Clustering,
    articles: pa.Table,
    sentences: SentenceTable,
    boilerplate: Bools,
    texts_of: I64,
    story_of: I64,
) -> tuple[I64, I64, I64]:
    """The pairs related by text (left, right), and the number of distinct shingles they share without boilerplate.

    These are the candidate pairs of the clustering that have a relation with their boilerplate and also without it, and
    those that share a passage. ``texts_of`` and ``story_of``: int64[articles], the group of copies and the story.
    """
    evidence, settings = clustering.evidence, clustering.settings
    bodies = fingerprints.fingerprint(_bodies(articles, sentences, boilerplate), settings, evidence.compute.backend)
    candidates = _related_with_boilerplate(clustering)
    sharing = _sharing_a_passage(bodies, articles["publisher"].to_pylist(), texts_of, story_of)
    codes = np.concatenate([left * len(articles) + right for left, right in (candidates, sharing)])
    codes = distinct(codes)
    left, right = codes // max(1, len(articles)), codes % max(1, len(articles))
    measured = verification.measure(bodies, left, right, evidence.compute)
    kind = verification.verify(bodies, measured, evidence.details, settings)["kind"].combine_chunks()
    kept = kind.indices.to_numpy() < KINDS.index("unrelated")
    kept |= np.isin(codes, sharing[0] * len(articles) + sharing[1])
    return left[kept], right[kept], measured["shared"].to_numpy()[kept]


def _sharing_a_passage(
    bodies: pa.Table, publishers: Sequence[str | None], texts_of: I64, story_of: I64
) -> tuple[I64, I64]:
    """The pairs (left, right) that share a passage: a run of ``Settings.passage_words`` words.

    ``bodies``: fingerprints of the articles without boilerplate. A passage is left out that publishers repeat as they
    repeat boilerplate, or that stands in more than ``MAX_RELATED`` articles.
    """
    passages = bodies["passages"].combine_chunks()
    article = np.repeat(np.arange(len(bodies)), np.diff(passages.offsets.to_numpy()))
    keys = passages.flatten().to_numpy()
    order = np.lexsort((article, keys))
    starts = run_starts(keys[order])
    sizes = np.diff(starts, append=order.size)
    shared = np.repeat((sizes > 1) & (sizes <= MAX_RELATED), sizes)
    rows = order[shared]
    rows = rows[~find_repeated(keys[rows], article[rows], publishers, texts_of, story_of)]
    lefts, rights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for members in np.split(article[rows], run_starts(keys[rows])[1:]):
        first, second = np.triu_indices(members.size, 1)
        lefts.append(members[first])
        rights.append(members[second])
    return np.concatenate(lefts), np.concatenate(rights)


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
        texts.append(body_of(text, sentences.starts[own], sentences.ends[own], boilerplate[own]))
    place = articles.column_names.index("text")
    return articles.set_column(place, articles.schema.field("text"), pa.chunked_array([texts], pa.large_string()))


def body_of(text: str, starts: I64, ends: I64, boilerplate: Bools) -> str:
    """A text without its boilerplate sentences, as it is if it has none. The others have one element a sentence."""
    if not boilerplate.any():
        return text
    spans = zip(starts[~boilerplate].tolist(), ends[~boilerplate].tolist(), strict=True)
    return "\n".join(text[start:end] for start, end in spans)


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
