"""find → PASSAGES: contiguous stretches of two texts that share their wording, located to the word.

Seeds → extension → filtering, the shape of every good aligner (Sanchez-Perez et al. 2014): pieces of a sentence or so
that resemble each other are seeds, neighbouring seeds are joined, and each joined stretch is then cut or grown word by
word to where its evidence is strongest. Word order matters only as evidence, so shuffled wording is found as well.
A stretch that condenses the whole other text (a summary) has seeds scattered all over it and is found on its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dedupe.alignment.borders import WORD_NATS, PassageCandidate, overlap, refine_borders, sentence_borders
from dedupe.alignment.similarity import PieceSimilarity, compare_pieces
from dedupe.alignment.summaries import with_summaries
from dedupe.alignment.tokenized import TextPair, TokenizedText
from dedupe.arrays import I64

# "PAN tune" is the tuning half of the PAN-2013 training corpus: `python -m benchmarks.alignment.pan13 --half tune`.
MIN_SEED_WORDS, MAX_PIECE_WORDS = 3, 120
"""Shorter sentences are no seeds, longer ones are cut; no such limits cost 0.008 plagdet on PAN tune."""

SEED_COSINE, SEED_DICE = 0.22, 0.22
"""Sanchez-Perez et al. use 0.33 for both; borders found by evidence afford more seeds (PAN tune: +0.017)."""

SEED_GAP_WORDS = 60
"""Seeds further apart, in either text, start another passage (PAN tune)."""

MIN_EVIDENCE_NATS = 28.0
"""Least evidence on the weaker side (PAN tune: pairs without reuse stay without passages)."""

MIN_SHARED_WORDS = 0.33
"""Least share of words with a counterpart, on the weaker side (PAN tune)."""

MIN_PASSAGE_CHARACTERS, MIN_LONGER_SIDE_CHARACTERS = 100, 150
"""Least length of the shorter and of the longer side; Sanchez-Perez et al. use 150 for both."""

PROVEN_COPY_CHARACTERS = 250
"""Beside a verbatim passage this long, rewritten ones and summaries are not reported: two texts on one subject resemble
each other anyway (rule and length after Sanchez-Perez et al. 2015)."""

MAX_OVERLAP = 0.2
"""A passage is given up if a stronger one has taken this share of it, on either side (PAN tune)."""

MAX_SEEDS = 200_000
"""Limit on seeds, best first."""

MAX_STRETCHES = 2_000
"""Limit on joined stretches that are examined word by word, longest first."""


class FoundPassages(NamedTuple):
    """Passages in the order of the left text; all stretches with enough evidence, passages or not; and whether a limit
    on the work was reached."""

    passages: list[PassageCandidate]
    stretches: list[PassageCandidate]
    is_partial: bool


def find_passages(pair: TextPair, alike: PieceSimilarity) -> FoundPassages:
    """Passages of a pair. ``alike`` compares its sentences; it serves where no sentence is cut."""
    left_bounds, right_bounds = pieces(pair.left), pieces(pair.right)
    if not pair.left.forms or not pair.right.forms:
        return FoundPassages([], [], False)
    if pair.left.forms == pair.right.forms:
        return FoundPassages(_whole(pair), _whole(pair), False)
    if left_bounds.size + right_bounds.size > pair.left.sentence_words.size + pair.right.sentence_words.size:
        alike = compare_pieces(pair, left_bounds, right_bounds)
    joined, is_partial = _join_seeds(pair, alike, left_bounds, right_bounds)
    borders = sentence_borders(pair.left), sentence_borders(pair.right)
    settled = (refine_borders(pair, stretch, *borders) for stretch in joined)
    stretches = [stretch for stretch in settled if stretch.evidence_nats >= MIN_EVIDENCE_NATS]
    kept = _without_rivals([stretch for stretch in stretches if stretch.shared_words >= MIN_SHARED_WORDS])
    kept = [stretch for stretch in kept if _is_long_enough(pair, stretch)]
    if any(s.kind == "verbatim" and _characters(pair, s)[0] >= PROVEN_COPY_CHARACTERS for s in kept):
        kept = [stretch for stretch in kept if stretch.kind != "rewritten"]
    else:
        kept = with_summaries(alike, left_bounds, right_bounds, kept)
    kept.sort(key=lambda stretch: (stretch.left_start, stretch.right_start))
    return FoundPassages(kept, stretches, is_partial or alike.is_partial)


def _whole(pair: TextPair) -> list[PassageCandidate]:
    """The passage of two texts of the same words, however long or repetitive."""
    words = pair.left_terms.size
    evidence = float(np.minimum(WORD_NATS, -np.log(pair.frequency[pair.left_terms])).sum())
    whole = PassageCandidate(0, words, 0, words, evidence, 1.0, 1.0, "verbatim")
    return [whole] if _is_long_enough(pair, whole) else []


def pieces(wording: TokenizedText) -> I64:
    """First words of the pieces seeds are looked for in, and the end: sentences, long ones cut."""
    bounds = wording.sentence_words
    if bounds.size < 2 or np.diff(bounds).max() <= MAX_PIECE_WORDS:
        return bounds
    cuts = [range(first, max(last, first + 1), MAX_PIECE_WORDS) for first, last in pairwise(bounds.tolist())]
    return np.array([*(word for cut in cuts for word in cut), bounds[-1]], np.int64)


# --- seeds and extension ------------------------------------------------------------------------------------------


def _join_seeds(
    pair: TextPair, alike: PieceSimilarity, left_bounds: I64, right_bounds: I64
) -> tuple[list[tuple[int, int, int, int]], bool]:
    """Stretches (left start, left end, right start, right end) of neighbouring seeds."""
    left_long, right_long = (np.diff(bounds) >= MIN_SEED_WORDS for bounds in (left_bounds, right_bounds))
    similar = (alike.cosine > SEED_COSINE) & (alike.dice > SEED_DICE)
    seeds = np.flatnonzero(similar & left_long[alike.left] & right_long[alike.right])
    is_partial = seeds.size > MAX_SEEDS
    if is_partial:
        seeds = np.sort(seeds[np.argsort(-alike.cosine[seeds], kind="stable")[:MAX_SEEDS]])
    left, right = alike.left[seeds], alike.right[seeds]
    spans = np.stack((left_bounds[left], left_bounds[left + 1], right_bounds[right], right_bounds[right + 1]))
    stretches: list[tuple[int, int, int, int]] = []
    for members in _split_at_gaps(spans, SEED_GAP_WORDS):
        left_start, right_start = members[0::2].min(axis=1).tolist()
        left_end, right_end = members[1::2].max(axis=1).tolist()
        stretches.append((left_start, left_end, right_start, right_end))
    stretches.sort(key=lambda s: (s[0] - s[1] + s[2] - s[3], s))
    return stretches[:MAX_STRETCHES], is_partial or len(stretches) > MAX_STRETCHES


def _split_at_gaps(spans: I64, gap: int) -> Iterator[I64]:
    """Groups of seeds (columns) with no gap wider than ``gap`` words in either text."""
    todo = [(spans, 0, 0)]
    while todo:
        within, side, stable = todo.pop()
        starts, ends = within[2 * side], within[2 * side + 1]
        order = np.argsort(starts, kind="stable")
        breaks = np.flatnonzero(starts[order][1:] - np.maximum.accumulate(ends[order])[:-1] > gap) + 1
        if breaks.size == 0 and stable:
            yield within
        elif within.shape[1]:
            todo.extend((within[:, part], 1 - side, int(breaks.size == 0)) for part in np.split(order, breaks))


# --- filtering ----------------------------------------------------------------------------------------------------


def _without_rivals(stretches: list[PassageCandidate]) -> list[PassageCandidate]:
    """Give up a stretch when stronger ones have taken most of its words, on either side."""
    kept: list[PassageCandidate] = []
    for one in sorted(stretches, key=lambda s: (-s.evidence_nats, s.left_start, s.right_start, s.left_end)):
        if not any(
            overlap(one.left_start, one.left_end, other.left_start, other.left_end)
            > MAX_OVERLAP * (one.left_end - one.left_start)
            or overlap(one.right_start, one.right_end, other.right_start, other.right_end)
            > MAX_OVERLAP * (one.right_end - one.right_start)
            for other in kept
        ):
            kept.append(one)
    return kept


def _characters(pair: TextPair, stretch: PassageCandidate) -> tuple[int, int]:
    """Length of the shorter and of the longer side in characters."""
    left = pair.left.ends[stretch.left_end - 1] - pair.left.starts[stretch.left_start]
    right = pair.right.ends[stretch.right_end - 1] - pair.right.starts[stretch.right_start]
    return int(min(left, right)), int(max(left, right))


def _is_long_enough(pair: TextPair, stretch: PassageCandidate) -> bool:
    shorter, longer = _characters(pair, stretch)
    return shorter >= MIN_PASSAGE_CHARACTERS and longer >= MIN_LONGER_SIDE_CHARACTERS
