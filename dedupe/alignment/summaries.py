"""condense → SUMMARIES: a part of one text that condenses the whole other one.

Its sentences resemble sentences scattered all over the other text, so that no passage-by-passage alignment finds it;
but each resembles *something* there, and nearly all of its rare words are known there, unlike the sentences around it.
"""

from __future__ import annotations

import numpy as np

from dedupe.alignment.borders import PassageCandidate, best_segment, overlap
from dedupe.alignment.similarity import PieceSimilarity
from dedupe.arrays import F64, I64

SUMMARY_COSINE_WEIGHT, SUMMARY_SHARE_WEIGHT, SUMMARY_OFFSET = 17.3, 8.4, -9.5
"""Log odds that a piece belongs to a summary of the other text, from its best cosine with a piece of it and the share
of its information found anywhere in it: logistic regression on the summary pairs of PAN tune, offset raised by 2."""

SUMMARY_PIECE_NATS, MIN_SUMMARY_NATS = 3.0, 3.5
"""Largest evidence of one piece, and least evidence for a summary – also for what no single passage explains of it."""

MIN_SUMMARY_PIECES, MIN_SUMMARY_WORDS, MIN_CONDENSED = 3, 50, 3.0
"""A summary has several sentences and condenses a text at least three times as long (PAN tune)."""

MIN_PIECE_WORDS = 3
"""Shorter sentences are no evidence."""

MAX_CONDENSED_WORDS = 2_000
"""A longer text knows most words of any other, so that a summary cannot be told from a common subject."""

MIN_SUMMARY_CONTRAST = 0.4
"""How much more of a summary than of the text around it the condensed text knows (PAN tune). With 0.3, 16 of 387 pairs
of articles on one event had a summary, with 0.4 two; on PAN it makes no difference."""

SUMMARY_SEED_COSINE = 0.1
"""Pieces of the condensed text that resemble the summary this much mark its extent."""


def with_summaries(
    alike: PieceSimilarity, left_bounds: I64, right_bounds: I64, found: list[PassageCandidate]
) -> list[PassageCandidate]:
    """The passages found and, in place of those it covers, the part of either text that condenses the other one."""
    left_spans = [(s.left_start, s.left_end) for s in found]
    right_spans = [(s.right_start, s.right_end) for s in found]
    of_right = _summary(alike.left, alike.right, alike.cosine, alike.left_known, left_bounds, right_bounds, left_spans)
    of_left = _summary(alike.right, alike.left, alike.cosine, alike.right_known, right_bounds, left_bounds, right_spans)
    summaries = []
    if of_right:
        summaries.append(PassageCandidate(*of_right, 0.0, "summary"))
    if of_left:
        summaries.append(PassageCandidate(*of_left[2:4], *of_left[:2], *of_left[4:], 0.0, "summary"))
    return [*(s for s in found if not any(_is_within(s, summary) for summary in summaries)), *summaries]


def _summary(
    short: I64,
    long: I64,
    cosine: F64,
    known: F64,
    short_bounds: I64,
    long_bounds: I64,
    found: list[tuple[int, int]],
) -> tuple[int, int, int, int, float, float] | None:
    """Words of the segment of the first text that condenses most of the second, of that second part, evidence, and
    the share of its information that the second text knows.

    None if there is no such segment, or if it was taken from one place: one passage found explains it by itself.
    """
    best = np.zeros(short_bounds.size - 1)
    np.maximum.at(best, short, cosine)
    nats = SUMMARY_COSINE_WEIGHT * best + SUMMARY_SHARE_WEIGHT * known + SUMMARY_OFFSET
    nats = np.clip(nats, -SUMMARY_PIECE_NATS, SUMMARY_PIECE_NATS) * (np.diff(short_bounds) >= MIN_PIECE_WORDS)
    start, end, evidence = best_segment(nats, np.zeros(nats.size + 1))
    first, last = int(short_bounds[start]), int(short_bounds[end])
    outside = np.delete(known, slice(start, end))
    if end - start < MIN_SUMMARY_PIECES or last - first < MIN_SUMMARY_WORDS or outside.size < end - start:
        return None
    if evidence < MIN_SUMMARY_NATS or known[start:end].mean() - outside.mean() < MIN_SUMMARY_CONTRAST:
        return None
    middles = (short_bounds[start:end] + short_bounds[start + 1 : end + 1]) / 2
    if any(nats[start:end][(middles < a) | (middles >= b)].sum() < MIN_SUMMARY_NATS for a, b in found):
        return None
    sources = long[(short >= start) & (short < end) & (cosine >= SUMMARY_SEED_COSINE)]
    if sources.size == 0:
        return None
    source_first, source_last = int(long_bounds[sources.min()]), int(long_bounds[sources.max() + 1])
    if not MIN_CONDENSED * (last - first) <= source_last - source_first <= MAX_CONDENSED_WORDS:
        return None
    return first, last, source_first, source_last, evidence, float(known[start:end].mean())


def _is_within(stretch: PassageCandidate, summary: PassageCandidate) -> bool:
    """Whether a passage shares words with a summary on both sides."""
    return (
        overlap(stretch.left_start, stretch.left_end, summary.left_start, summary.left_end) > 0
        and overlap(stretch.right_start, stretch.right_end, summary.right_start, summary.right_end) > 0
    )
