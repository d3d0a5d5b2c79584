"""Find the passages two texts share: contiguous reused parts, bounded to the word.

The search follows the steps of Sanchez-Perez et al. (2014), seeding, extension and filtering:

1. Seeding. Both texts are cut into pieces of about a sentence. A pair of pieces that resemble each other is a seed.
2. Extension. Seeds that lie close together in both texts are joined. ``dedupe.alignment.borders`` then moves the
   borders of each joined candidate, word by word, to where its evidence is strongest.
3. Filtering. Candidates with little evidence, few shared words or few characters are dropped, and so are those that
   mostly overlap a stronger one.

Wording below the sentence is found in a second round, whose seeds are the runs of words that both texts have outside
of all passages found so far (``_with_runs``). A summary of the whole other text has seeds scattered all over that text,
so ``dedupe.alignment.summaries`` finds it in a step of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedupe.alignment.borders import WORD_NATS, PassageCandidate, overlap, refine_borders, sentence_borders
from dedupe.alignment.similarity import PieceSimilarity, compare_pieces
from dedupe.alignment.summaries import with_summaries
from dedupe.alignment.tokenized import TextPair, TokenizedText
from dedupe.arrays import F64, I64
from dedupe.kernels import DEFAULT

# "PAN tune" is the tuning half of the PAN-2013 training corpus: `python -m benchmarks.alignment.pan13 --half tune`.
MIN_SEED_WORDS, MAX_PIECE_WORDS = 3, 120
"""Sentences of fewer words are no seeds, and sentences of more words are cut into pieces. Without these limits plagdet
on PAN tune is lower by 0.008."""

SEED_COSINE, SEED_DICE = 0.22, 0.22
"""Two pieces are a seed if their TF-ISF cosine and their Dice coefficient both exceed these values. Sanchez-Perez et
al. use 0.33 for both. Refining the borders by evidence makes more seeds affordable (PAN tune: plagdet +0.017)."""

SEED_GAP_WORDS = 60
"""Seeds that lie further apart than this, in either text, are not joined (PAN tune)."""

RUN_GAP_WORDS, RUN_DISTANCE_WORDS, MIN_RUN_EVIDENCE_NATS = 10, 200, 34.0
"""In the second round: runs that lie further apart are not joined, runs that lie closer to a passage are left out, and
the least evidence. Closer runs and less evidence cost 0.0014 plagdet on a sample of 1,200 pairs of PAN: they are parts
of a passage that its borders left out."""

MIN_EVIDENCE_NATS = 28.0
"""Least evidence of a candidate on its weaker side; pairs without reuse then have no passages (PAN tune)."""

MIN_SHARED_WORDS = 0.33
"""Least share of a passage's words that have a counterpart, on the weaker side (PAN tune)."""

RUN_WORDS = 7
"""A run of so many words that both texts have is a seed of the second round. News shares runs of 5 or 6 words by
chance ("the President of the United States")."""

MIN_PASSAGE_CHARACTERS, MIN_LONGER_SIDE_CHARACTERS, MIN_RUN_CHARACTERS = 100, 150, 60
"""Least length of a passage's shorter and longer side in characters, and of both sides of one of the second
round. Sanchez-Perez et al. use 150 for both."""

PROVEN_COPY_CHARACTERS = 250
"""If a verbatim passage is this long on its shorter side, rewritten passages and summaries are not reported, because
two texts on one subject resemble each other anyway. Rule and length follow Sanchez-Perez et al. (2015)."""

MAX_OVERLAP = 0.2
"""A passage is dropped if a stronger one covers more than this share of its words, on either side (PAN tune)."""

MAX_SEEDS = 200_000
"""Limit on the seeds of a pair of texts. Beyond it those with the highest cosine are kept."""

MAX_CANDIDATES = 2_000
"""Limit on the joined candidates whose borders are refined. Beyond it the longest are kept."""


@dataclass(frozen=True)
class FoundPassages:
    """The passages of a pair of texts.

    ``candidates``: every refined candidate with at least ``MIN_EVIDENCE_NATS``, reported or not; two sentences that
    stand in the same one are likelier to belong together.
    ``is_partial``: a limit on the work was reached, so that passages may be missing.
    ``find``: finds the passages to report among the candidates and beyond.
    """

    candidates: list[PassageCandidate]
    is_partial: bool
    find: Callable[[], list[PassageCandidate]]

    @functools.cached_property
    def passages(self) -> list[PassageCandidate]:
        """Those to report, in the order of the left text. They are found when they are first asked for, because an
        audit needs those of some pairs only."""
        return sorted(self.find(), key=lambda one: (one.left_start, one.right_start))


def find_passages(pair: TextPair, similarity: PieceSimilarity) -> FoundPassages:
    """Find the passages of a pair of texts.

    ``similarity`` compares the sentences of the pair. Where a sentence is too long and must be cut, the pieces are
    compared anew. Two texts of the same words are one verbatim passage. If either text has no words there is none.
    """
    bounds = pieces(pair.left), pieces(pair.right)
    if not pair.left.forms or not pair.right.forms:
        return FoundPassages([], False, list)
    if pair.left.forms == pair.right.forms:
        return FoundPassages(_whole(pair), False, lambda: _whole(pair))
    if bounds[0].size + bounds[1].size > pair.left.sentence_words.size + pair.right.sentence_words.size:
        similarity = compare_pieces(pair, *bounds)
    joined, is_partial = _join_seeds(similarity, *bounds)
    borders = sentence_borders(pair.left), sentence_borders(pair.right)
    candidates = [one for one in _refined(pair, joined, borders) if one.evidence_nats >= MIN_EVIDENCE_NATS]
    find = functools.partial(_reported, pair, similarity, bounds, borders, candidates)
    return FoundPassages(candidates, is_partial or similarity.is_partial, find)


def _reported(
    pair: TextPair,
    similarity: PieceSimilarity,
    bounds: tuple[I64, I64],
    borders: tuple[F64, F64],
    candidates: list[PassageCandidate],
) -> list[PassageCandidate]:
    """The passages to report: of the candidates, the summaries and the runs of words."""
    passages = _without_overlaps([one for one in candidates if one.shared_words >= MIN_SHARED_WORDS])
    passages = [one for one in passages if _is_long_enough(pair, one)]
    if any(one.kind == "verbatim" and _characters(pair, one)[0] >= PROVEN_COPY_CHARACTERS for one in passages):
        return [one for one in passages if one.kind != "rewritten"]
    return _with_runs(pair, with_summaries(similarity, *bounds, passages), borders)


def _refined(
    pair: TextPair, joined: list[tuple[int, int, int, int]], borders: tuple[F64, F64]
) -> list[PassageCandidate]:
    """Refine the borders of candidates, from the other side where the first one shares too few words."""
    refined = refine_borders(pair, joined, *borders)
    weak = [
        place
        for place, one in enumerate(refined)
        if one.evidence_nats >= MIN_EVIDENCE_NATS and one.shared_words < MIN_SHARED_WORDS
    ]
    others = refine_borders(pair, [joined[place] for place in weak], *borders, right_first=True)
    for place, other in zip(weak, others, strict=True):
        if other.shared_words >= MIN_SHARED_WORDS:
            refined[place] = other
    return refined


def _whole(pair: TextPair) -> list[PassageCandidate]:
    """The one passage of two texts of the same words, however long or repetitive; none if they are too short."""
    words = pair.left_terms.size
    frequency = np.bincount(pair.left_terms) / words
    evidence = float(np.minimum(WORD_NATS, -np.log(frequency[pair.left_terms])).sum())
    whole = PassageCandidate(0, words, 0, words, evidence, 1.0, 1.0, "verbatim")
    return [whole] if _is_long_enough(pair, whole) else []


def pieces(text: TokenizedText) -> I64:
    """Cut a text into pieces: its sentences, those of more than ``MAX_PIECE_WORDS`` words cut after every so many.

    Returns the first word of every piece, then the number of words of the text: int64[pieces + 1].
    """
    bounds = text.sentence_words
    if bounds.size < 2 or text.sentence_sizes.max() <= MAX_PIECE_WORDS:
        return bounds
    cuts = [range(first, max(last, first + 1), MAX_PIECE_WORDS) for first, last in pairwise(bounds.tolist())]
    return np.array([*(word for cut in cuts for word in cut), bounds[-1]], np.int64)


# --- seeds and extension ------------------------------------------------------------------------------------------


def _join_seeds(
    similarity: PieceSimilarity, left_bounds: I64, right_bounds: I64
) -> tuple[list[tuple[int, int, int, int]], bool]:
    """Join neighbouring seeds to candidates (left start, left end, right start, right end) in words, longest first.

    The flag says whether ``MAX_SEEDS`` or ``MAX_CANDIDATES`` was exceeded.
    """
    left_long, right_long = (np.diff(bounds) >= MIN_SEED_WORDS for bounds in (left_bounds, right_bounds))
    similar = (similarity.cosine > SEED_COSINE) & (similarity.dice > SEED_DICE)
    seeds = np.flatnonzero(similar & left_long[similarity.left] & right_long[similarity.right])
    is_partial = seeds.size > MAX_SEEDS
    if is_partial:
        seeds = np.sort(seeds[np.argsort(-similarity.cosine[seeds], kind="stable")[:MAX_SEEDS]])
    left, right = similarity.left[seeds], similarity.right[seeds]
    borders = left_bounds[left], left_bounds[left + 1], right_bounds[right], right_bounds[right + 1]
    joined = _joined(np.stack(borders, axis=1), SEED_GAP_WORDS)
    return joined[:MAX_CANDIDATES], is_partial or len(joined) > MAX_CANDIDATES


def _joined(seeds: I64, gap: int) -> list[tuple[int, int, int, int]]:
    """The groups of seeds in which no gap is wider than ``gap`` words in either text, as single spans, longest first.

    ``seeds`` is int64[seeds, 4]: left start, left end, right start and right end of every seed.
    """
    joined: list[tuple[int, int, int, int]] = list(map(tuple, DEFAULT.join_seeds(seeds, gap).tolist()))
    joined.sort(key=lambda words: (words[0] - words[1] + words[2] - words[3], words))
    return joined


def _with_runs(pair: TextPair, passages: list[PassageCandidate], borders: tuple[F64, F64]) -> list[PassageCandidate]:
    """Add verbatim and edited passages around runs of words that lie at a distance from all passages on both sides.

    What lies closer to a passage would be a part of it that its borders left out.
    """
    runs = _shared_runs(pair)
    for one in passages:
        if not len(runs):
            return passages
        starts, ends = runs[:, 0::2], runs[:, 1::2]
        first = one.left_start - RUN_DISTANCE_WORDS, one.right_start - RUN_DISTANCE_WORDS
        last = one.left_end + RUN_DISTANCE_WORDS, one.right_end + RUN_DISTANCE_WORDS
        runs = runs[~((first < ends) & (starts < last)).any(axis=1)]
    if not len(runs):
        return passages
    joined = _joined(runs, RUN_GAP_WORDS)[:MAX_CANDIDATES]
    refined = refine_borders(pair, joined, *borders)
    found = [one for one in refined if one.kind != "rewritten" and one.evidence_nats >= MIN_RUN_EVIDENCE_NATS]
    found = [one for one in found if _characters(pair, one)[0] >= MIN_RUN_CHARACTERS]
    return _without_overlaps([*passages, *found]) if found else passages


def _shared_runs(pair: TextPair) -> I64:
    """The runs of ``RUN_WORDS`` words that both texts have: int64[runs, 4], as the spans of seeds, no more than
    ``MAX_SEEDS``. Of a run that stands several times in the right text, only the first place counts."""
    lefts, rights = DEFAULT.shared_runs(pair.left_terms, pair.right_terms, pair.terms, RUN_WORDS, MAX_SEEDS)
    return np.stack((lefts, lefts + RUN_WORDS, rights, rights + RUN_WORDS), axis=1)


# --- filtering ----------------------------------------------------------------------------------------------------


def _without_overlaps(candidates: list[PassageCandidate]) -> list[PassageCandidate]:
    """Keep the candidates with the most evidence; drop each that a kept one covers by more than ``MAX_OVERLAP``."""
    kept: list[PassageCandidate] = []
    for one in sorted(candidates, key=lambda c: (-c.evidence_nats, c.left_start, c.right_start, c.left_end)):
        if not any(
            overlap(one.left_start, one.left_end, other.left_start, other.left_end)
            > MAX_OVERLAP * (one.left_end - one.left_start)
            or overlap(one.right_start, one.right_end, other.right_start, other.right_end)
            > MAX_OVERLAP * (one.right_end - one.right_start)
            for other in kept
        ):
            kept.append(one)
    return kept


def _characters(pair: TextPair, passage: PassageCandidate) -> tuple[int, int]:
    """The lengths of the shorter and of the longer side in characters."""
    left = pair.left.ends[passage.left_end - 1] - pair.left.starts[passage.left_start]
    right = pair.right.ends[passage.right_end - 1] - pair.right.starts[passage.right_start]
    return int(min(left, right)), int(max(left, right))


def _is_long_enough(pair: TextPair, passage: PassageCandidate) -> bool:
    shorter, longer = _characters(pair, passage)
    return shorter >= MIN_PASSAGE_CHARACTERS and longer >= MIN_LONGER_SIDE_CHARACTERS
