"""Which pairs of a collection are worth aligning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedupe.arrays import F64, I64, Bools
from dedupe.audit.sentence_table import SentenceTable
from dedupe.clustering import Clustering
from dedupe.copies import fingerprints, verification
from dedupe.schemas import KINDS

MAX_COMPARED = 50
"""Articles each article is compared with, at most, unless the other asks for it: those that share most wording first,
then those of its story, most similar first. Two milliseconds a pair: 12,000 articles stay within minutes."""

MAX_STORY = 300
"""In larger stories only pairs that were scored as one event are compared, not all with all."""


@dataclass(frozen=True, slots=True)
class SelectedPairs:
    """Pairs to align (``left`` < ``right``, canonical rows) and, for each article, the pairs that were cut."""

    left: I64
    right: I64
    cut: I64


def select_pairs(clustering: Clustering, outlines: SentenceTable, boilerplate: Bools, story_of: I64) -> SelectedPairs:
    """Pairs worth aligning. ``boilerplate``: one flag a sentence; ``story_of``: one number an article."""
    evidence = clustering.evidence
    size = len(evidence.articles)
    left, right, shared = _related(clustering, outlines, boilerplate)
    story_left, story_right, log_odds, cut = _same_story(clustering, story_of)
    codes = np.concatenate((left * size + right, story_left * size + story_right))
    # A tuple to rank by in one number: words shared before log-odds, which lie well within ±1,000.
    worth = np.concatenate((shared * 2000.0 + 1000.0, np.clip(log_odds, -999, 999)))
    order_of = np.lexsort((-worth, codes))
    codes, worth = codes[order_of], worth[order_of]
    fresh = np.diff(codes, prepend=-1) != 0
    codes, worth = codes[fresh], worth[fresh]
    low, high = codes // max(1, size), codes % max(1, size)
    wanted = _rank(low, high, worth) | _rank(high, low, worth)
    for side in (low[~wanted], high[~wanted]):
        cut += np.bincount(side, minlength=size)
    return SelectedPairs(low[wanted], high[wanted], cut)


def _rank(own: I64, other: I64, worth: F64) -> Bools:
    """Whether each pair is among the ``MAX_COMPARED`` most worthwhile of its own article."""
    everyone, others = np.concatenate((own, other)), np.concatenate((other, own))
    values = np.concatenate((worth, worth))
    sort = np.lexsort((others, -values, everyone))
    starts = np.flatnonzero(np.diff(everyone[sort], prepend=-1))
    rank = np.empty(sort.size, np.int64)
    rank[sort] = np.arange(sort.size) - np.repeat(starts, np.diff(starts, append=sort.size))
    return rank[: own.size] < MAX_COMPARED


def _related(clustering: Clustering, outlines: SentenceTable, boilerplate: Bools) -> tuple[I64, I64, I64]:
    """Candidate pairs that are still related when boilerplate is taken out, and the shingles they share then."""
    evidence, settings = clustering.evidence, clustering.settings
    verified = verification.verify(evidence.fingerprints, evidence.measured, settings)
    related = verified["kind"].combine_chunks().indices.to_numpy() < KINDS.index("unrelated")
    left, right = (verified[side].to_numpy()[related] for side in ("left", "right"))
    bodies = fingerprints.fingerprint(
        _bodies(evidence.articles, outlines, boilerplate), settings, evidence.compute.backend
    )
    measured = verification.measure(bodies, left, right, evidence.compute)
    kind = verification.verify(bodies, measured, settings)["kind"].combine_chunks().indices.to_numpy()
    kept = kind < KINDS.index("unrelated")
    return left[kept], right[kept], measured["shared"].to_numpy()[kept]


def _bodies(articles: pa.Table, outlines: SentenceTable, boilerplate: Bools) -> pa.Table:
    """The articles without their boilerplate sentences."""
    texts = []
    for row, text in enumerate(articles["text"].to_pylist()):
        own = np.arange(outlines.first[row], outlines.first[row + 1])
        if boilerplate[own].any():
            own = own[~boilerplate[own]]
            spans = zip(outlines.starts[own].tolist(), outlines.ends[own].tolist(), strict=True)
            text = "\n".join(text[start:end] for start, end in spans)  # noqa: PLW2901
        texts.append(text)
    place = articles.column_names.index("text")
    return articles.set_column(place, articles.schema.field("text"), pa.chunked_array([texts], pa.large_string()))


def _same_story(clustering: Clustering, story_of: I64) -> tuple[I64, I64, F64, I64]:
    """Pairs of distinct texts within stories, their log-odds of one event (not scored: unlikely), and how many pairs of
    each article were left out because the story is too large."""
    linked, links = clustering.evidence.linked, clustering.evidence.links
    cut = np.zeros(story_of.size, np.int64)
    lefts, rights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    order_of = linked[np.argsort(story_of[linked], kind="stable")]
    for members in np.split(order_of, np.flatnonzero(np.diff(story_of[order_of])) + 1):
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
    """Log-odds of one event of the given pairs of linked articles, -999 where they were not scored."""
    scored = pairs["left"].to_numpy().astype(np.int64) * linked.size + pairs["right"].to_numpy()
    wanted = np.searchsorted(linked, left) * linked.size + np.searchsorted(linked, right)
    if not scored.size:
        return np.full(left.size, -999.0)
    place = np.minimum(np.searchsorted(scored, wanted), scored.size - 1)
    odds = pairs["log_odds"].to_numpy().astype(np.float64)
    return np.where(scored[place] == wanted, odds[place], -999.0)


def _scored_members(members: I64, linked: I64, pairs: pa.Table) -> tuple[I64, I64]:
    """Pairs of a large story that were scored as one event."""
    left, right = linked[pairs["left"].to_numpy()], linked[pairs["right"].to_numpy()]
    kept = np.isin(left, members) & np.isin(right, members)
    return left[kept], right[kept]
