"""find → PASSAGES: contiguous stretches of two texts that share their wording, located to the word.

Seeds → extension → filtering, the shape of every good aligner (Sanchez-Perez et al. 2014): pieces of a sentence or so
that resemble each other are seeds, neighbouring seeds are joined, and each joined stretch is then cut or grown word by
word to where its evidence is strongest. Word order matters only as evidence, so shuffled wording is found as well.
A stretch that condenses the whole other text (a summary) has seeds scattered all over it and is found on its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dedupe.wording import Flags, Floats, Ints, Pair, Resemblance, Wording, resemblance

PassageKind = Literal["verbatim", "edited", "rewritten", "summary"]

# "PAN tune" is the tuning half of the PAN-2013 training corpus: `python benchmarks/pan13.py --half tune`.
MIN_SEED_WORDS, MAX_PIECE_WORDS = 3, 120
"""Shorter sentences are no seeds, longer ones are cut; no such limits cost 0.008 plagdet on PAN tune."""
SEED_COSINE, SEED_DICE = 0.25, 0.25
"""Sanchez-Perez et al. use 0.33 for both; borders found by evidence afford more seeds (PAN tune: +0.017)."""
SEED_GAP_WORDS, MIN_SEED_GAP_WORDS = 60, 8
"""Seeds further apart start another passage; halved while the stretch between does not resemble (PAN tune)."""
STRETCH_COSINE = 0.2
"""Resemblance that joined seeds must have as a whole (PAN tune; Sanchez-Perez et al. 0.34)."""
REACH_WORDS = 80
"""How far evidence may move a border outwards in one round (PAN tune)."""
ROUNDS = 3
"""Left borders, right borders, in turn; most passages are stable after two."""
SENTENCE_BORDER_NATS = 3.0
"""Bonus for a border between sentences, where reuse mostly begins and ends (PAN tune)."""
WORD_NATS = 4.0
"""Largest evidence one word can give for or against (PAN tune)."""
CHANCE_PAIR_SHARE = 0.15
"""How often a word that both sides have by chance also has the same neighbour on both (PAN tune)."""
MIN_EVIDENCE_NATS = 25.0
"""Least evidence on the weaker side (PAN tune: pairs without reuse stay without passages)."""
MIN_PASSAGE_CHARACTERS, MIN_LONGER_SIDE_CHARACTERS = 100, 150
"""Least length of the shorter and of the longer side; Sanchez-Perez et al. use 150 for both."""
VERBATIM_SHARE, EDITED_SHARE = 0.8, 0.5
"""Share of words that stand in a shared word pair, on the weaker side, for a passage to count as that kind."""
PROVEN_COPY_CHARACTERS = 250
"""Beside a verbatim passage this long, rewritten ones and summaries are not reported: two texts on one subject resemble
each other anyway (rule and length after Sanchez-Perez et al. 2015)."""
MAX_OVERLAP = 0.5
"""A passage is given up if a stronger one has taken this share of it, on either side (PAN tune)."""
SUMMARY_COSINE_WEIGHT, SUMMARY_SHARE_WEIGHT, SUMMARY_OFFSET = 17.3, 8.4, -9.5
"""Log odds that a piece belongs to a summary of the other text, from its best cosine with a piece of it and the share
of its information found anywhere in it: logistic regression on the summary pairs of PAN tune, offset raised by 2."""
SUMMARY_PIECE_NATS, MIN_SUMMARY_NATS = 3.0, 3.5
"""Largest evidence of one piece, and least evidence for a summary – also for what no single passage explains of it."""
MIN_SUMMARY_PIECES, MIN_SUMMARY_WORDS, MIN_CONDENSED = 3, 50, 3.0
"""A summary has several sentences and condenses a text at least three times as long (PAN tune)."""
MAX_CONDENSED_WORDS = 2_000
"""A longer text knows most words of any other, so that a summary cannot be told from a common subject."""
MIN_SUMMARY_CONTRAST = 0.3
"""How much more of a summary than of the text around it the condensed text knows (PAN tune); for the same reason."""
SUMMARY_SEED_COSINE = 0.1
"""Pieces of the condensed text that resemble the summary this much mark its extent."""
MAX_SEEDS = 200_000
"""Limit on seeds, best first."""
MAX_STRETCHES = 2_000
"""Limit on joined stretches that are examined word by word, longest first."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A passage in words (half-open), its evidence in nats and its share of words standing in shared word pairs, both
    of the weaker side."""

    left_start: int
    left_end: int
    right_start: int
    right_end: int
    evidence_nats: float
    shared_pairs: float
    kind: PassageKind = "rewritten"


def find(pair: Pair, alike: Resemblance) -> tuple[list[Stretch], bool]:
    """Passages of a pair in the order of the left text, and whether a limit on the work was reached.

    ``alike`` compares the sentences of the pair; it serves where no sentence is cut.
    """
    left_bounds, right_bounds = pieces(pair.left), pieces(pair.right)
    if left_bounds.size < 2 or right_bounds.size < 2:
        return [], False
    if left_bounds.size + right_bounds.size > pair.left.sentence_words.size + pair.right.sentence_words.size:
        alike = resemblance(pair, left_bounds, right_bounds)
    joined, is_partial = _join_seeds(pair, alike, left_bounds, right_bounds)
    settled = [_settle(pair, stretch) for stretch in joined]
    kept = _without_rivals([stretch for stretch in settled if stretch.evidence_nats >= MIN_EVIDENCE_NATS])
    kept = [stretch for stretch in kept if _is_long_enough(pair, stretch)]
    if any(s.kind == "verbatim" and _characters(pair, s)[0] >= PROVEN_COPY_CHARACTERS for s in kept):
        kept = [stretch for stretch in kept if stretch.kind != "rewritten"]
    else:
        kept = _with_summaries(alike, left_bounds, right_bounds, kept)
    return sorted(kept, key=lambda stretch: (stretch.left_start, stretch.right_start)), is_partial or alike.is_partial


def pieces(wording: Wording) -> Ints:
    """First words of the pieces seeds are looked for in, and the end: sentences, long ones cut."""
    bounds = wording.sentence_words
    if bounds.size < 2 or np.diff(bounds).max() <= MAX_PIECE_WORDS:
        return bounds
    cuts = [range(first, max(last, first + 1), MAX_PIECE_WORDS) for first, last in zip(bounds, bounds[1:], strict=False)]
    return np.array([*(word for cut in cuts for word in cut), bounds[-1]], np.int64)


# --- seeds and extension ------------------------------------------------------------------------------------------


def _join_seeds(
    pair: Pair, alike: Resemblance, left_bounds: Ints, right_bounds: Ints
) -> tuple[list[tuple[int, int, int, int]], bool]:
    """Stretches (left start, left end, right start, right end; words) of neighbouring seeds that resemble as a whole."""
    long_enough = (np.diff(left_bounds) >= MIN_SEED_WORDS)[alike.left] & (np.diff(right_bounds) >= MIN_SEED_WORDS)[alike.right]
    seeds = np.flatnonzero((alike.cosine > SEED_COSINE) & (alike.dice > SEED_DICE) & long_enough)
    is_partial = seeds.size > MAX_SEEDS
    if is_partial:
        seeds = np.sort(seeds[np.argsort(-alike.cosine[seeds], kind="stable")[:MAX_SEEDS]])
    left, right = alike.left[seeds], alike.right[seeds]
    spans = np.stack((left_bounds[left], left_bounds[left + 1], right_bounds[right], right_bounds[right + 1]))
    stretches: list[tuple[int, int, int, int]] = []
    todo = [(spans, SEED_GAP_WORDS)]
    while todo:
        within, gap = todo.pop()
        for members in _split_at_gaps(within, gap):
            hull = (*members[0::2].min(axis=1).tolist(), *members[1::2].max(axis=1).tolist())
            stretch = (hull[0], hull[2], hull[1], hull[3])
            if _cosine(pair, stretch) >= STRETCH_COSINE:
                stretches.append(stretch)
            elif gap > MIN_SEED_GAP_WORDS and members.shape[1] > 1:
                todo.append((members, gap // 2))
    stretches.sort(key=lambda s: (s[0] - s[1] + s[2] - s[3], s))
    return stretches[:MAX_STRETCHES], is_partial or len(stretches) > MAX_STRETCHES


def _split_at_gaps(spans: Ints, gap: int) -> Iterator[Ints]:
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


def _cosine(pair: Pair, stretch: tuple[int, int, int, int]) -> float:
    """Cosine of a stretch's two sides, terms weighted by how rare they are in both texts together."""
    nats = -np.log(pair.frequency)
    left = np.bincount(pair.left_terms[stretch[0] : stretch[1]], minlength=pair.terms) * nats
    right = np.bincount(pair.right_terms[stretch[2] : stretch[3]], minlength=pair.terms) * nats
    norm = float(np.sqrt((left @ left) * (right @ right)))
    return float(left @ right) / norm if norm else 0.0


# --- borders ------------------------------------------------------------------------------------------------------


def _settle(pair: Pair, words: tuple[int, int, int, int]) -> Stretch:
    """Move the borders of a stretch to where the evidence of its words is strongest, each side given the other."""
    left_start, left_end, right_start, right_end = words
    left_borders, right_borders = _sentence_borders(pair.left), _sentence_borders(pair.right)
    for _ in range(ROUNDS):
        before = left_start, left_end, right_start, right_end
        right_terms = pair.right_terms[right_start:right_end]
        left_start, left_end, left_nats, left_pairs = _strongest(
            pair, pair.left_terms, left_start, left_end, right_terms, left_borders
        )
        left_terms = pair.left_terms[left_start:left_end]
        right_start, right_end, right_nats, right_pairs = _strongest(
            pair, pair.right_terms, right_start, right_end, left_terms, right_borders
        )
        if before == (left_start, left_end, right_start, right_end):
            break
    shared_pairs = min(left_pairs, right_pairs)
    kind: PassageKind = (
        "verbatim" if shared_pairs >= VERBATIM_SHARE else "edited" if shared_pairs >= EDITED_SHARE else "rewritten"
    )
    evidence = min(left_nats, right_nats)
    return Stretch(left_start, left_end, right_start, right_end, evidence, shared_pairs, kind)


def _sentence_borders(wording: Wording) -> Floats:
    """Bonus for a border before each word, and after the last: some between sentences, none within."""
    bonus = np.zeros(len(wording.forms) + 1)
    bonus[wording.sentence_words] = SENTENCE_BORDER_NATS
    return bonus


def _strongest(
    pair: Pair, terms: Ints, start: int, end: int, other: Ints, borders: Floats
) -> tuple[int, int, float, float]:
    """The segment of ``terms`` around [start, end) that is best explained as reuse of ``other``.

    Every word votes with the log odds of being found in ``other`` as it is (with a neighbour, alone, not at all), if
    reused – the rates inside [start, end) – against by chance, which depends on the term's frequency and the length of
    ``other``. The segment with the largest sum wins. Gives start, end, that sum, and the share of words in shared pairs.
    """
    first, last = max(0, start - REACH_WORDS), min(terms.size, end + REACH_WORDS)
    window = terms[first:last]
    known, paired = _found_in(window, other, pair.terms)
    inside = slice(start - first, end - first)
    size = end - start + 3
    paired_rate = (np.count_nonzero(paired[inside]) + 1) / size
    alone_rate = (np.count_nonzero(known[inside] & ~paired[inside]) + 1) / size
    chance = np.clip(-np.expm1(-pair.frequency[window] * other.size), 0.001, 0.95)
    paired_chance = np.clip(chance * CHANCE_PAIR_SHARE, 0.0005, 0.3)
    odds = np.where(
        paired,
        paired_rate / paired_chance,
        np.where(
            known,
            alone_rate / np.maximum(chance - paired_chance, 0.001),
            (1 - paired_rate - alone_rate) / (1 - chance),
        ),
    )
    nats = np.clip(np.log(odds), -WORD_NATS, WORD_NATS)
    begin, stop, total = _best_segment(nats, borders[first : last + 1])
    return first + begin, first + stop, total, float(np.mean(paired[begin:stop]))


def _found_in(window: Ints, other: Ints, vocabulary: int) -> tuple[Flags, Flags]:
    """For each word of ``window``: is it in ``other``, and does it stand there beside a neighbour it has here?"""
    present = np.zeros(vocabulary, bool)
    present[other] = True
    known = present[window]
    paired = np.zeros(window.size, bool)
    wanted, couples = np.sort(other[:-1] * vocabulary + other[1:]), window[:-1] * vocabulary + window[1:]
    if wanted.size:
        couples = wanted[np.minimum(np.searchsorted(wanted, couples), wanted.size - 1)] == couples
        paired[:-1] |= couples
        paired[1:] |= couples
    return known, paired


def _best_segment(nats: Floats, borders: Floats) -> tuple[int, int, float]:
    """Non-empty segment [start, end) with the largest sum of ``nats`` and of the bonus at both borders (one longer)."""
    total = np.concatenate((np.zeros(1), np.cumsum(nats)))
    cost = total[:-1] - borders[:-1]
    gain = total[1:] + borders[1:] - np.minimum.accumulate(cost)
    end = int(np.argmax(gain))
    return int(np.argmin(cost[: end + 1])), end + 1, float(gain[end])


# --- filtering ----------------------------------------------------------------------------------------------------


def _without_rivals(stretches: list[Stretch]) -> list[Stretch]:
    """Give up a stretch when stronger ones have taken most of its words, on either side."""
    kept: list[Stretch] = []
    for one in sorted(stretches, key=lambda s: (-s.evidence_nats, s.left_start, s.right_start, s.left_end)):
        if not any(
            _common(one.left_start, one.left_end, other.left_start, other.left_end)
            > MAX_OVERLAP * (one.left_end - one.left_start)
            or _common(one.right_start, one.right_end, other.right_start, other.right_end)
            > MAX_OVERLAP * (one.right_end - one.right_start)
            for other in kept
        ):
            kept.append(one)
    return kept


def _common(start: int, end: int, other_start: int, other_end: int) -> int:
    """Length of the intersection of two half-open intervals."""
    return max(0, min(end, other_end) - max(start, other_start))


def _characters(pair: Pair, stretch: Stretch) -> tuple[int, int]:
    """Length of the shorter and of the longer side in characters."""
    left = pair.left.ends[stretch.left_end - 1] - pair.left.starts[stretch.left_start]
    right = pair.right.ends[stretch.right_end - 1] - pair.right.starts[stretch.right_start]
    return int(min(left, right)), int(max(left, right))


def _is_long_enough(pair: Pair, stretch: Stretch) -> bool:
    shorter, longer = _characters(pair, stretch)
    return shorter >= MIN_PASSAGE_CHARACTERS and longer >= MIN_LONGER_SIDE_CHARACTERS


# --- summaries ----------------------------------------------------------------------------------------------------


def _with_summaries(
    alike: Resemblance, left_bounds: Ints, right_bounds: Ints, found: list[Stretch]
) -> list[Stretch]:
    """The passages found and, in place of those it covers, the part of either text that condenses the other one."""
    left_spans = [(s.left_start, s.left_end) for s in found]
    right_spans = [(s.right_start, s.right_end) for s in found]
    of_right = _summary(
        alike.left, alike.right, alike.cosine, alike.left_known, left_bounds, right_bounds, left_spans
    )
    of_left = _summary(
        alike.right, alike.left, alike.cosine, alike.right_known, right_bounds, left_bounds, right_spans
    )
    summaries = []
    if of_right:
        summaries.append(Stretch(*of_right, 0.0, "summary"))
    if of_left:
        summaries.append(Stretch(*of_left[2:4], *of_left[:2], of_left[4], 0.0, "summary"))
    return [*(s for s in found if not any(_is_within(s, summary) for summary in summaries)), *summaries]


def _summary(
    short: Ints,
    long: Ints,
    cosine: Floats,
    known: Floats,
    short_bounds: Ints,
    long_bounds: Ints,
    found: list[tuple[int, int]],
) -> tuple[int, int, int, int, float] | None:
    """Words of the segment of the first text that condenses most of the second, of that second part, and evidence.

    None if there is no such segment, or if it was taken from one place: one passage found explains it by itself.
    """
    best = np.zeros(short_bounds.size - 1)
    np.maximum.at(best, short, cosine)
    nats = SUMMARY_COSINE_WEIGHT * best + SUMMARY_SHARE_WEIGHT * known + SUMMARY_OFFSET
    nats = np.clip(nats, -SUMMARY_PIECE_NATS, SUMMARY_PIECE_NATS) * (np.diff(short_bounds) >= MIN_SEED_WORDS)
    start, end, evidence = _best_segment(nats, np.zeros(nats.size + 1))
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
    source_first, source_last = int(long_bounds[sources.min()]), int(long_bounds[sources.max() + 1])
    if not MIN_CONDENSED * (last - first) <= source_last - source_first <= MAX_CONDENSED_WORDS:
        return None
    return first, last, source_first, source_last, evidence


def _is_within(stretch: Stretch, summary: Stretch) -> bool:
    """Whether a passage shares words with a summary on both sides."""
    return (
        _common(stretch.left_start, stretch.left_end, summary.left_start, summary.left_end) > 0
        and _common(stretch.right_start, stretch.right_end, summary.right_start, summary.right_end) > 0
    )
