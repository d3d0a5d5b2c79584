"""Find the part of one text that summarises the other text as a whole.

The sentences of a summary resemble sentences scattered all over the other text, so joining neighbouring seeds, as
``dedupe.alignment.passages`` does, cannot find it. A summary shows in two numbers instead: each of its sentences
resembles *some* sentence of the other text, and the other text knows nearly all of its rare terms, unlike those of the
sentences around it.
"""

from __future__ import annotations

import numpy as np

from dedupe.alignment.borders import PassageCandidate, overlap
from dedupe.alignment.similarity import PieceSimilarity
from dedupe.arrays import F64, I64
from dedupe.kernels import best_segment

SUMMARY_COSINE_WEIGHT, SUMMARY_SHARE_WEIGHT, SUMMARY_OFFSET = 17.3, 8.4, -9.5
"""Log odds that a piece belongs to a summary of the other text: cosine weight × its best cosine with a piece of the
other text + share weight × the share of its information that the other text knows + offset. The weights come from a
logistic regression on the summary pairs of PAN tune (the tuning half of the PAN-2013 training corpus), whose offset was
then raised by 2."""

SUMMARY_PIECE_NATS, MIN_SUMMARY_NATS = 3.0, 3.5
"""Limit on the evidence of one piece, and the least evidence of a summary. The part of a summary that lies outside any
single passage must reach the same least evidence."""

MIN_SUMMARY_PIECES, MIN_SUMMARY_WORDS, MIN_CONDENSED = 3, 50, 3.0
"""A summary has at least so many pieces and words, and what it condenses is at least so many times as long (PAN tune).
It may take up no more than half the pieces of its own text."""

MIN_PIECE_WORDS = 3
"""Pieces of fewer words give no evidence."""

MAX_CONDENSED_WORDS = 2_000
"""A longer text knows most terms of any other text on its subject, so that a summary looks no different from another
text on that subject."""

MIN_SUMMARY_CONTRAST = 0.4
"""The other text must know this much more of the summary's information than of the text around it (PAN tune). With 0.3,
16 of 387 pairs of articles on one event had a summary, with 0.4 two; on PAN it makes no difference."""

SUMMARY_SEED_COSINE = 0.1
"""The condensed text reaches from the first to the last piece with at least this cosine to a piece of the summary."""


def with_summaries(
    similarity: PieceSimilarity, left_bounds: I64, right_bounds: I64, passages: list[PassageCandidate]
) -> list[PassageCandidate]:
    """Add the summaries that either text has of the other one, and drop the passages that they cover.

    ``left_bounds`` and ``right_bounds`` are the pieces that ``similarity`` compares, as in ``compare_pieces``. There is
    at most one summary on either side. Passages stay unchanged if there is none.
    """
    left_spans = [(one.left_start, one.left_end) for one in passages]
    right_spans = [(one.right_start, one.right_end) for one in passages]
    left, right, cosine = similarity.left, similarity.right, similarity.cosine
    of_lefts, of_rights = (similarity.left_best, similarity.left_known), (similarity.right_best, similarity.right_known)
    of_right = _summary(left, right, cosine, of_lefts, left_bounds, right_bounds, left_spans)
    of_left = _summary(right, left, cosine, of_rights, right_bounds, left_bounds, right_spans)
    summaries = []
    if of_right:
        summaries.append(PassageCandidate(*of_right, 0.0, "summary"))
    if of_left:
        summaries.append(PassageCandidate(*of_left[2:4], *of_left[:2], *of_left[4:], 0.0, "summary"))
    return [*(one for one in passages if not any(_overlaps(one, summary) for summary in summaries)), *summaries]


def _summary(
    short: I64,
    long: I64,
    cosine: F64,
    of_short: tuple[F64, F64],
    short_bounds: I64,
    long_bounds: I64,
    passages: list[tuple[int, int]],
) -> tuple[int, int, int, int, float, float] | None:
    """The segment of one text, called short here, that summarises the other one, called long.

    ``short``, ``long`` and ``cosine`` are the pairs of pieces; ``of_short`` is the highest cosine of each short piece,
    and the share of its information that the long text knows; ``passages`` are the passages found so far, as words of
    the short text.

    Returns the segment's first and last word (half-open), those of the condensed part of the long text, the evidence in
    nats, and the mean share of the segment's information that the long text knows. Returns None if there is no such
    segment, or if a single passage explains it.
    """
    best, known = of_short
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
    if any(nats[start:end][(middles < a) | (middles >= b)].sum() < MIN_SUMMARY_NATS for a, b in passages):
        return None
    sources = long[(short >= start) & (short < end) & (cosine >= SUMMARY_SEED_COSINE)]
    if sources.size == 0:
        return None
    source_first, source_last = int(long_bounds[sources.min()]), int(long_bounds[sources.max() + 1])
    if not MIN_CONDENSED * (last - first) <= source_last - source_first <= MAX_CONDENSED_WORDS:
        return None
    return first, last, source_first, source_last, evidence, float(known[start:end].mean())


def _overlaps(passage: PassageCandidate, summary: PassageCandidate) -> bool:
    """Whether a passage shares words with a summary on both sides."""
    return (
        overlap(passage.left_start, passage.left_end, summary.left_start, summary.left_end) > 0
        and overlap(passage.right_start, passage.right_end, summary.right_start, summary.right_end) > 0
    )
