"""propose → candidate pairs; measure → what speaks for and against one event in each pair, as named columns.

Three questions are asked of a pair. How alike are the two (cosines over names, numbers, leads)? How alike compared with
the best match either has in the collection? And do both resemble, and not resemble, the same third articles? Terms are
weighted by rarity in general news, and by rarity *among the pair's neighbours*: what all articles of a topic share says
nothing about which event it is (Yang et al. 2002, "topic-conditioned novelty detection").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.terms import Terms, ranges

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Columns = dict[str, F64]

EXHAUSTIVE_ROWS = 64
"""Up to this many articles every pair is a candidate."""
TELLING_TERMS = 40
"""Terms of an article that are looked up to find its candidates."""
LEAST_CANDIDATES, MOST_CANDIDATES = 12, 120
"""Best matches kept for each article: at least, and at most (beyond it, counted)."""
LEAST_COSINE = 0.12
"""Beyond the least number, candidates need this (approximate) cosine."""
_CHUNK = 4_000_000
"""Shared entries worked on at once: bounds memory, changes no result."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidate pairs ``left < right``, sorted, and how many postings and candidate lists were cut."""

    left: I64
    right: I64
    counts: dict[str, int]


def unit(terms: Terms, weight: F64) -> F64:
    """Weights of entries scaled to length 1 per article (all-zero articles stay zero)."""
    length = np.sqrt(np.bincount(terms.owner, weight * weight, minlength=terms.rows))
    return weight / np.maximum(length, 1e-12)[terms.owner]


def propose(terms: Terms, weight: F64) -> Pairs:
    """Pairs worth measuring, from an inverted index over each article's most telling terms (``weight`` of unit length)."""
    if terms.rows <= EXHAUSTIVE_ROWS:
        left, right = np.triu_indices(terms.rows, 1)
        return Pairs(left.astype(np.int64), right.astype(np.int64), {"oversized_postings": 0, "cut_candidate_lists": 0})
    owner, sizes = terms.owner, terms.in_articles
    limit = max(400, terms.rows // 10)
    by_term = np.argsort(terms.term, kind="stable")
    posting, posting_weight = owner[by_term], weight[by_term]
    first = np.concatenate(([0], np.cumsum(sizes)))
    ranked = np.lexsort((terms.term, -weight, owner))
    rank = np.empty(ranked.size, np.int64)
    rank[ranked] = np.arange(ranked.size) - terms.starts[owner[ranked]]
    telling = (rank < TELLING_TERMS) & (sizes[terms.term] > 1)
    usable = telling & (sizes[terms.term] <= limit)
    found, cut = [], 0
    for row in range(terms.rows):
        span = slice(terms.starts[row], terms.starts[row + 1])
        mine = terms.term[span][usable[span]]
        where = ranges(first[mine], sizes[mine])
        scores = np.bincount(
            posting[where],
            np.repeat(weight[span][usable[span]], sizes[mine]) * posting_weight[where],
            minlength=terms.rows,
        )
        scores[row] = 0.0
        best, was_cut = _best(scores)
        cut += was_cut
        found.append(np.minimum(row, best) * terms.rows + np.maximum(row, best))
    keys = np.unique(np.concatenate(found))
    oversized = int(np.unique(terms.term[telling & ~usable]).size)
    return Pairs(keys // terms.rows, keys % terms.rows, {"oversized_postings": oversized, "cut_candidate_lists": cut})


def _best(scores: F64) -> tuple[I64, bool]:
    """Rows with the best scores, by the limits above, and whether the upper limit cut any."""
    rows = np.flatnonzero(scores > 0)
    if rows.size <= LEAST_CANDIDATES:
        return rows, False
    order = rows[np.argsort(-scores[rows], kind="stable")]
    enough = max(LEAST_CANDIDATES, int(np.count_nonzero(scores[order] >= LEAST_COSINE)))
    return order[: min(enough, MOST_CANDIDATES)], enough > MOST_CANDIDATES


def overlaps(starts: I64, keys: I64, width: int, left: I64, right: I64) -> Iterator[tuple[I64, I64, I64]]:
    """What two lists share, for pairs of lists in CSR form: chunks of (pair, entry of left, entry of right).

    ``keys[starts[i]:starts[i + 1]]`` are the distinct keys below ``width`` of list i; pairs are sorted by ``left``.
    """
    place = np.full(width, -1, np.int64)
    sizes = np.diff(starts)
    bounds = np.flatnonzero(np.diff(left, prepend=-1, append=-1))
    held: list[tuple[I64, I64, I64]] = []
    total = 0
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        own = slice(starts[left[begin]], starts[left[begin] + 1])
        place[keys[own]] = np.arange(own.start, own.stop)
        other = right[begin:end]
        theirs = ranges(starts[other], sizes[other])
        mine = place[keys[theirs]]
        shared = np.flatnonzero(mine >= 0)
        place[keys[own]] = -1
        held.append((np.repeat(np.arange(begin, end), sizes[other])[shared], mine[shared], theirs[shared]))
        total += shared.size
        if total > _CHUNK:
            yield _stack(held)
            held, total = [], 0
    if held:
        yield _stack(held)


def _stack(held: list[tuple[I64, I64, I64]]) -> tuple[I64, I64, I64]:
    return tuple(np.concatenate([part[k] for part in held]) for k in range(3))  # type: ignore[return-value]


def summed(chunks: Iterator[tuple[I64, I64, I64]], weights: dict[str, tuple[F64, F64]], pairs: int) -> Columns:
    """For each name, Σ over shared entries of left weight × right weight, float64[pairs]."""
    totals = {name: np.zeros(pairs) for name in weights}
    for pair, mine, theirs in chunks:
        low = int(pair[0]) if pair.size else 0
        high = int(pair[-1]) + 1 if pair.size else 0
        for name, (left_weight, right_weight) in weights.items():
            product = left_weight[mine] * right_weight[theirs]
            totals[name][low:high] += np.bincount(pair - low, product, minlength=high - low)
    return totals


def measure(terms: Terms, day: F64, day_precision: npt.NDArray[np.bool_], pairs: Pairs) -> Columns:
    """All features of candidate pairs, float64[pairs] each; see FEATURES for what they mean.

    ``day``: publication time in days since 1970, NaN where unknown.
    """
    left, right = pairs.left, pairs.right
    weights = _weights(terms)
    alike = summed(_shared(terms, left, right), {k: (w, w) for k, w in weights.items()}, left.size)
    cover = _coverage(terms, left, right)
    columns = {"same_numbers": alike["numbers"]}
    for name, values in {**alike, **cover}.items():
        if name in ("lead", "names", "here", "lead_told", "key_terms"):
            low, high = against_best(values, left, right, terms.rows)
            columns |= {f"{name}_near_best": low, f"{name}_near_either_best": high}
    columns |= _among_neighbours(terms, weights, alike, left, right)
    columns |= _calendar(terms, left, right)
    columns |= _lengths(terms, left, right)
    columns |= time_apart(day, day_precision, left, right)
    return columns


def text_weight(terms: Terms) -> F64:
    """The weight of terms for "how alike are two texts": faded counts × rarity, unit length per article."""
    return unit(terms, np.log1p(3 * terms.faded) * terms.rarity()[terms.term])


def _weights(terms: Terms) -> Columns:
    """Unit-length term weights, one for each view of an article."""
    rare = terms.rarity()[terms.term]
    here = np.log((terms.rows + 1) / terms.in_articles[terms.term])
    often = np.log1p(3 * terms.faded)
    year, number = terms.year[terms.term], terms.number[terms.term]
    name = terms.is_name & ~number & ~(terms.month | terms.weekday)[terms.term]
    return {
        "text": text_weight(terms),
        "lead": unit(terms, terms.lead * rare),
        "names": unit(terms, name * often * rare),
        "numbers": unit(terms, (number & ~year) * rare),
        "here": unit(terms, often * here),
    }


def _shared(terms: Terms, left: I64, right: I64) -> Iterator[tuple[I64, I64, I64]]:
    return overlaps(terms.starts, terms.term, len(terms.vocabulary), left, right)


def _coverage(terms: Terms, left: I64, right: I64) -> Columns:
    """How much of one article's lead, and of its 25 key terms, the other one has anywhere."""
    rare = terms.rarity()[terms.term]
    key = unit(terms, np.log1p(3 * terms.faded) * rare * (0.3 + terms.lead))
    ranked = np.lexsort((terms.term, -key, terms.owner))
    rank = np.empty(ranked.size, np.int64)
    rank[ranked] = np.arange(ranked.size) - terms.starts[terms.owner[ranked]]
    views = {"lead_told": terms.lead * rare**1.5, "key_terms": (rank < 25).astype(np.float64)}
    one = np.ones(terms.term.size)
    there = summed(_shared(terms, left, right), {k: (w, one) for k, w in views.items()}, left.size)
    back = summed(_shared(terms, left, right), {k: (one, w) for k, w in views.items()}, left.size)
    columns: Columns = {}
    for name, weight in views.items():
        total = np.maximum(np.bincount(terms.owner, weight, minlength=terms.rows), 1e-9)
        shares = there[name] / total[left], back[name] / total[right]
        columns[name] = (shares[0] + shares[1]) / 2
        if name == "key_terms":
            columns[name] = np.minimum(*shares)
    return columns


def against_best(values: F64, left: I64, right: I64, rows: int) -> tuple[F64, F64]:
    """A value as a share of the best one either article has with anyone: by the better best, and by the lesser."""
    best = np.zeros(rows)
    np.maximum.at(best, left, values)
    np.maximum.at(best, right, values)
    mine, theirs = best[left], best[right]
    return values / np.maximum(np.maximum(mine, theirs), 1e-9), values / np.maximum(np.minimum(mine, theirs), 1e-9)


def neighbourhood(values: F64, left: I64, right: I64, rows: int, share: float) -> tuple[I64, I64, I64]:
    """Who is in whose neighbourhood: at least ``share`` of one's best value. Lists in CSR form, and pair of each."""
    best = np.zeros(rows)
    np.maximum.at(best, left, values)
    np.maximum.at(best, right, values)
    here = np.flatnonzero(values >= np.maximum(share * best[left], 0.03))
    there = np.flatnonzero(values >= np.maximum(share * best[right], 0.03))
    row = np.concatenate((left[here], right[there]))
    other = np.concatenate((right[here], left[there]))
    pair = np.concatenate((here, there))
    order = np.lexsort((other, row))
    starts = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=rows))))
    return starts, other[order], pair[order]


def _among_neighbours(terms: Terms, weights: Columns, alike: Columns, left: I64, right: I64) -> Columns:
    """Cosines over terms that are rare among the neighbours, and agreement on third articles."""
    rows = terms.rows
    text = alike["text"]
    best = np.zeros(rows)
    np.maximum.at(best, left, text)
    np.maximum.at(best, right, text)
    in_left = text >= np.maximum(0.3 * best[left], 0.03)
    in_right = text >= np.maximum(0.3 * best[right], 0.03)
    size = 2.0 + np.bincount(left[in_left], minlength=rows) + np.bincount(right[in_right], minlength=rows)
    holders = np.ones(terms.term.size)
    for pair, mine, theirs in _shared(terms, left, right):
        holders += np.bincount(mine[in_left[pair]], minlength=holders.size)
        holders += np.bincount(theirs[in_right[pair]], minlength=holders.size)
    unusual = np.log(size[terms.owner] / holders)
    views = {k: unit(terms, weights[k] * unusual) for k in ("lead", "names", "text")}
    topic = summed(_shared(terms, left, right), {k: (w, w) for k, w in views.items()}, left.size)
    columns = {"unusual_names": topic["names"]}
    columns["same_company_lead"], _ = agreement(topic["lead"], left, right, rows)
    _, columns["same_contrasts"] = agreement(topic["text"], left, right, rows)
    _, columns["same_contrasts_lead"] = agreement(alike["lead"], left, right, rows)
    return columns


def agreement(values: F64, left: I64, right: I64, rows: int) -> tuple[F64, F64]:
    """Cosine and correlation of the two articles' values with all third articles (pairs not listed count 0)."""
    if rows < 3 or left.size == 0:
        return np.zeros(left.size), np.zeros(left.size)
    starts, keys, pair = both_ways(left, right, rows)
    value = values[pair]
    dot = summed(overlaps(starts, keys, rows, left, right), {"dot": (value, value)}, left.size)["dot"]
    one, two = (np.bincount(np.repeat(np.arange(rows), np.diff(starts)), value**k, minlength=rows) for k in (1, 2))
    a1, b1 = one[left] - values, one[right] - values
    a2, b2 = two[left] - values**2, two[right] - values**2
    others = rows - 2
    cosine = dot / np.sqrt(np.maximum(a2 * b2, 1e-12))
    if others < 2:
        return cosine, np.zeros(left.size)
    spread = np.maximum((a2 - a1**2 / others) * (b2 - b1**2 / others), 1e-9)
    return cosine, (dot - a1 * b1 / others) / np.sqrt(spread)


def both_ways(left: I64, right: I64, rows: int) -> tuple[I64, I64, I64]:
    """Pairs as a symmetric list of lists (CSR): starts, other row, and the pair each entry comes from."""
    row, other = np.concatenate((left, right)), np.concatenate((right, left))
    pair = np.tile(np.arange(left.size), 2)
    order = np.lexsort((other, row))
    starts = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=rows))))
    return starts, other[order], pair[order]


def _calendar(terms: Terms, left: I64, right: I64) -> Columns:
    """Months, weekdays and years named in both, or in each but never the same one."""
    columns: Columns = {}
    for name, flag in (("weekday", terms.weekday), ("month", terms.month), ("year", terms.year)):
        marked = flag[terms.term].astype(np.float64)
        both = summed(_shared(terms, left, right), {"both": (marked, marked)}, left.size)["both"] > 0
        any_ = np.bincount(terms.owner, marked, minlength=terms.rows) > 0
        columns[f"same_{name}"] = both.astype(np.float64)
        columns[f"other_{name}"] = (~both & any_[left] & any_[right]).astype(np.float64)
    return columns


def _lengths(terms: Terms, left: I64, right: I64) -> Columns:
    """Long articles share more by chance: log words of the shorter, and how many times longer the other is (log)."""
    words = np.maximum(terms.words, 1).astype(np.float64)
    shorter, longer = np.minimum(words[left], words[right]), np.maximum(words[left], words[right])
    return {"words_of_shorter": np.log(shorter), "times_longer": np.log(longer / shorter)}


def time_apart(day: F64, day_precision: npt.NDArray[np.bool_], left: I64, right: I64) -> Columns:
    """Nearness in time, both 0 where a date is missing: exp(−days / 2), and log days, 1 from 30 days on."""
    whole = day_precision[left] | day_precision[right]
    first, second = (np.where(whole, np.floor(day[side]), day[side]) for side in (left, right))
    days = np.abs(first - second)
    known = ~np.isnan(days)
    days = np.where(known, days, 0.0)
    return {
        "close_in_time": np.where(known, np.exp(-days / 2), 0.0),
        "far_in_time": np.where(known, np.minimum(np.log1p(days) / np.log1p(30), 1.0), 0.0),
    }
