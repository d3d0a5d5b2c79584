"""compare → COMPARISONS: the pairs of a collection that are worth aligning, aligned on several processes.

Pairs come from the earlier stages: texts that still share wording when boilerplate is taken out, and articles of one
story, where a rewritten report shares little; there one of every group of copies, the fullest, speaks for all. How many
each article is compared with is bounded; what is cut is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import fingerprints, relations
from dedupe.outlines import Outlines, Progress
from dedupe.pipeline import Clustering
from dedupe.sentence_pairs import PairReuse, Reader, find
from dedupe.tables import KINDS
from dedupe.workers import spread

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MAX_COMPARED = 50
"""Articles each article is compared with, at most, unless the other asks for it: those that share most wording first,
then those of its story, most similar first. Two milliseconds a pair: 12,000 articles stay within minutes."""
MAX_STORY = 300
"""In larger stories only pairs that were scored as one event are compared, not all with all."""
_BLOCK = 16
"""Pairs are dealt in blocks of this many articles by as many, so that a text is read once for many pairs."""
_TASK_PAIRS, _TASK_CHARACTERS = 128, 2_000_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """Pairs to align (``left`` < ``right``, canonical rows) and, for each article, the pairs that were cut."""

    left: I64
    right: I64
    cut: I64


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Matched sentences of all pairs, by their numbers in ``Outlines``: the left and right one, class (``KIND_CODES``),
    whether both are quotations, and the number of their pair. Then for each pair: its articles, which came first
    (``LEFT_FIRST``, ``RIGHT_FIRST`` or ``UNKNOWN``), whether both print one agency, whether a limit was reached."""

    left: I64
    right: I64
    kind: I64
    quote: Flags
    pair: I64
    left_article: I64
    right_article: I64
    first: I64
    common: Flags
    partial: Flags


_Task = tuple[dict[int, Reader], list[tuple[int, int]]]


def choose(clustering: Clustering, outlines: Outlines, boilerplate: Flags, story_of: I64) -> Chosen:
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
    return Chosen(low[wanted], high[wanted], cut)


def _rank(own: I64, other: I64, worth: F64) -> Flags:
    """Whether each pair is among the ``MAX_COMPARED`` most worthwhile of its own article."""
    everyone, others = np.concatenate((own, other)), np.concatenate((other, own))
    values = np.concatenate((worth, worth))
    sort = np.lexsort((others, -values, everyone))
    starts = np.flatnonzero(np.diff(everyone[sort], prepend=-1))
    rank = np.empty(sort.size, np.int64)
    rank[sort] = np.arange(sort.size) - np.repeat(starts, np.diff(starts, append=sort.size))
    return rank[: own.size] < MAX_COMPARED


def _related(clustering: Clustering, outlines: Outlines, boilerplate: Flags) -> tuple[I64, I64, I64]:
    """Candidate pairs that are still related when boilerplate is taken out, and the shingles they share then."""
    evidence, settings = clustering.evidence, clustering.settings
    verified = relations.verify(evidence.fingerprints, evidence.measured, settings)
    related = verified["kind"].combine_chunks().indices.to_numpy() < KINDS.index("unrelated")
    left, right = (verified[side].to_numpy()[related] for side in ("left", "right"))
    bodies = fingerprints.sign(_bodies(evidence.articles, outlines, boilerplate), settings)
    measured = relations.measure(bodies, left, right)
    kind = relations.verify(bodies, measured, settings)["kind"].combine_chunks().indices.to_numpy()
    kept = kind < KINDS.index("unrelated")
    return left[kept], right[kept], measured["shared"].to_numpy()[kept]


def _bodies(articles: pa.Table, outlines: Outlines, boilerplate: Flags) -> pa.Table:
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


def compare(
    articles: pa.Table,
    chosen: Chosen,
    outlines: Outlines,
    boilerplate: Flags,
    story_of: I64,
    processes: int,
    progress: Progress,
) -> Comparisons:
    """Align the chosen pairs; the result does not depend on the number of processes."""
    order_of = _dealt(chosen, story_of)
    pairs = np.stack((chosen.left[order_of], chosen.right[order_of]), axis=1)
    found: list[PairReuse] = []
    for part in spread(_compare_some, _tasks(articles, outlines, boilerplate, pairs), processes, worth_it=3):
        found += part
        progress("align", len(found), len(pairs))
    rows = [(k, *row) for k, one in enumerate(found) for row in one.matches]
    table = np.array(rows, np.int64).reshape(-1, 5)
    return Comparisons(
        outlines.first[pairs[table[:, 0], 0]] + table[:, 1],
        outlines.first[pairs[table[:, 0], 1]] + table[:, 2],
        table[:, 3],
        table[:, 4].astype(bool),
        table[:, 0],
        pairs[:, 0],
        pairs[:, 1],
        np.array([one.first for one in found], np.int64),
        np.array([one.is_common for one in found], bool),
        np.array([one.is_partial for one in found], bool),
    )


def _dealt(chosen: Chosen, story_of: I64) -> I64:
    """Order in which pairs of the same few articles follow each other."""
    place = np.empty(story_of.size, np.int64)
    place[np.lexsort((np.arange(story_of.size), story_of))] = np.arange(story_of.size)
    left, right = place[chosen.left], place[chosen.right]
    return np.lexsort((right, left, right // _BLOCK, left // _BLOCK))


def _tasks(articles: pa.Table, outlines: Outlines, boilerplate: Flags, pairs: I64) -> Iterator[_Task]:
    """Pairs with the articles they need, bounded in number and in characters."""
    readers: dict[int, Reader] = {}
    waiting: list[tuple[int, int]] = []
    characters = 0
    for left, right in pairs.tolist():
        for row in (left, right):
            if row not in readers:
                text, language = articles["text"][row].as_py(), articles["language"][row].as_py()
                own = slice(outlines.first[row], outlines.first[row + 1])
                readers[row] = Reader(text, language, boilerplate[own], outlines.provenances[row])
                characters += len(text)
        waiting.append((left, right))
        if len(waiting) == _TASK_PAIRS or characters >= _TASK_CHARACTERS:
            yield readers, waiting
            readers, waiting, characters = {}, [], 0
    if waiting:
        yield readers, waiting


def _compare_some(task: _Task) -> list[PairReuse]:
    readers, pairs = task
    sides = {row: reader.read() for row, reader in readers.items()}
    return [find(sides[left], sides[right]) for left, right in pairs]
