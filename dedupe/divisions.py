"""divide → stories of a small collection, by comparing every way to part it in two.

A dozen texts on one topic leave no crowd that says what is ordinary, and pairs alone mislead: two reports of different
summits by one agency may read more alike than two reports of one summit. So small collections are judged as a whole.
How alike two texts are is taken relative to how alike they are to all others; and a division is the better the more
terms it explains: a place that all texts on one side name and none on the other says more than any pair.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from importlib import resources

import msgspec
import numpy as np
import numpy.typing as npt

from dedupe.terms import Terms

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Columns = dict[str, F64]

MOST_TEXTS = 12
"""Collections of up to this many texts are divided; there are 2^(texts - 1) - 1 ways to part them in two."""
CLIP = 5.0
"""Log-odds beyond this count as this: no single pair decides about a group."""
DIVIDED_AGAIN = 0.8
"""Share of the least probability for a part of a division to be divided again: a part was drawn to look divisible."""
PRIOR_STRENGTH = 2.0
"""How much a term's rate on one side is expected to be its rate in the collection, in texts."""


class Model(msgspec.Struct, frozen=True):
    """Fitted numbers of ``data/division_model.json``: weights of the pair features, and those of a division.

    ``evidence_weight`` is what a nat of term evidence counts against a unit of log-odds across, ``level`` the log-odds
    that a pair on one side should have at least.
    """

    evidence_weight: float
    level: float
    division: dict[str, float]


@functools.cache
def load_model() -> Model:
    """The numbers shipped with the package."""
    return msgspec.json.decode(resources.files("dedupe").joinpath("data/division_model.json").read_bytes(), type=Model)


@dataclass(frozen=True, slots=True)
class Division:
    """The best way to part a collection in two: which texts are on the second side, and the numbers it is judged by.

    ``across`` and ``within``: mean log-odds of one event between texts on different sides and on the same side.
    ``explained``: share of the information of the shared terms that the division explains. ``log_texts``: logarithm of
    the number of texts. ``one_over_smaller``: 1 ÷ texts on the smaller side.
    """

    second_side: npt.NDArray[np.bool_]
    across: float
    within: float
    explained: float
    log_texts: float
    one_over_smaller: float

    def log_odds(self, weights: dict[str, float]) -> float:
        """Log-odds that these are two events rather than one."""
        named = ((name, weight) for name, weight in weights.items() if name != "intercept")
        return weights["intercept"] + sum(weight * float(getattr(self, name)) for name, weight in named)


def measure(words: Terms) -> Columns:
    """Features of all pairs of a small collection, in the order of ``np.triu_indices(rows, 1)``.

    Each kind of wording is compared by cosine, and then seen relative to the collection: ``…_of_best``, as a share of
    the higher of the two texts' best cosines, ``…_of_lesser_best``, of the lower; ``…_beyond_average``, less what the
    two texts have with the others on average (double centring, as in classical scaling; Torgerson 1952).
    """
    left, right = np.triu_indices(words.rows, 1)
    columns: Columns = {}
    for name, weight in _weights(words).items():
        alike = _cosines(words, weight)
        columns[name] = alike[left, right]
        best = alike.max(axis=1, initial=0.0)
        columns[f"{name}_of_best"] = columns[name] / np.maximum(np.maximum(best[left], best[right]), 1e-9)
        columns[f"{name}_of_lesser_best"] = columns[name] / np.maximum(np.minimum(best[left], best[right]), 1e-9)
        columns[f"{name}_beyond_average"] = _centred(alike)[left, right]
    length = np.log1p(words.words.astype(np.float64))
    columns["words_of_shorter"] = np.minimum(length[left], length[right])
    columns["times_longer"] = np.abs(length[left] - length[right])
    return columns


def _weights(words: Terms) -> Columns:
    """Weights of the entries for each kind of wording."""
    owned = words.term
    rare, often = words.rarity()[owned], np.log1p(3 * words.faded)
    number, calendar = words.number[owned], (words.month | words.weekday)[owned]
    name = words.is_name & ~number & ~calendar
    holders = words.in_articles[owned]
    dividing = np.log((words.rows + 1.5) / holders)
    return {
        "words": often * rare,
        "rare_words": often * rare**2,
        "lead": words.lead * rare,
        "rare_lead": words.lead * rare**2,
        "names": name * often * rare,
        "numbers": number * rare,
        "days_and_months": calendar.astype(np.float64),
        "dividing_words": often * rare * dividing,
        "dividing_shared_words": np.minimum(1, 2 * words.faded) * rare * dividing * (holders > 1),
        "dividing_names": name * often * rare * dividing,
        "dividing_shared_names": name * rare * dividing * (holders > 1),
    }


def _cosines(words: Terms, weight: F64) -> F64:
    """Cosine of every text with every other, float64[rows, rows], 0 on the diagonal."""
    dense = np.zeros((words.rows, len(words.vocabulary)))
    dense[words.owner, words.term] = weight
    dense = dense[:, words.in_articles > 1]
    length = np.sqrt(np.bincount(words.owner, weight * weight, minlength=words.rows))
    alike: F64 = dense @ dense.T / np.maximum(np.outer(length, length), 1e-12)
    np.fill_diagonal(alike, 0.0)
    return alike


def _centred(alike: F64) -> F64:
    """Similarities less the row and column means of the others, plus the mean of all; 0 below four texts."""
    rows = alike.shape[0]
    if rows < 4:
        return np.zeros_like(alike)
    mean = alike.sum(axis=1) / (rows - 1)
    centred: F64 = alike - mean[:, None] - mean[None, :] + alike.sum() / (rows * (rows - 1))
    return centred


def divide(words: Terms, log_odds: F64, model: Model, least_probability: float = 0.5) -> I64:
    """Stories of a small collection: labels, int64[rows], numbered by first member.

    ``log_odds``: float64[pairs] in the order of ``np.triu_indices(rows, 1)``. The collection is parted in two where the
    probability that it is one event is below ``least_probability``; the parts are looked at in turn.
    """
    labels = np.zeros(words.rows, np.int64)
    waiting = [(np.arange(words.rows), least_probability)]
    found = 0
    matrix = _square(log_odds, words.rows)
    while waiting:
        rows, least = waiting.pop()
        division = best_division(words.take(rows), matrix[np.ix_(rows, rows)], model) if rows.size > 1 else None
        one_event = 1.0 if division is None else 1 / (1 + math.exp(min(700.0, division.log_odds(model.division))))
        if division is not None and one_event < least:
            again = DIVIDED_AGAIN * least_probability
            waiting += [(rows[side], again) for side in (division.second_side, ~division.second_side)]
        else:
            labels[rows] = found
            found += 1
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first, kind="stable"), kind="stable")[inverse].astype(np.int64)


def _square(values: F64, rows: int) -> F64:
    square = np.zeros((rows, rows))
    square[np.triu_indices(rows, 1)] = np.clip(values, -CLIP, CLIP)
    return square + square.T


def best_division(words: Terms, log_odds: F64, model: Model) -> Division:
    """The division with the most term evidence and the least log-odds across, of all there are.

    ``log_odds``: float64[rows, rows], symmetric, 0 on the diagonal; two rows or more. Ties go to the division whose
    second side holds the lowest rows.
    """
    rows = words.rows
    sides = (np.arange(1, 2 ** (rows - 1))[:, None] >> np.arange(rows)) & 1
    second = sides.astype(np.float64)
    size = sides.sum(axis=1)
    pairs = size * (rows - size)
    across = np.einsum("di,ij,dj->d", second, log_odds, 1 - second)
    evidence, information = _term_evidence(words, sides, size)
    best = int(np.argmax(model.evidence_weight * evidence - (across - model.level * pairs)))
    inside = rows * (rows - 1) / 2 - pairs[best]
    mean_across = across[best] / pairs[best]
    return Division(
        second_side=sides[best].astype(bool),
        across=float(mean_across),
        within=float((log_odds.sum() / 2 - across[best]) / inside if inside else mean_across),
        explained=float(evidence[best] / max(information, 1e-9)),
        log_texts=math.log(rows),
        one_over_smaller=1 / min(int(size[best]), rows - int(size[best])),
    )


def _term_evidence(words: Terms, sides: I64, size: I64) -> tuple[F64, float]:
    """For each division, how much better two rates per term, one a side, explain which texts have it than one rate
    for all, in nats weighted by rarity (names count double and a half); and the sum of the weights."""
    _, has, weight = _shared_terms(words)
    gain: F64 = _evidence_table(words.rows)[size[:, None], sides @ has, has.sum(axis=0)[None, :]] @ weight
    return gain, float(weight.sum())


def _shared_terms(words: Terms) -> tuple[I64, I64, F64]:
    """Terms that some texts share, but not all: their numbers, which texts have them, int64[rows, terms], weights."""
    has = np.zeros((words.rows, len(words.vocabulary)), np.int64)
    has[words.owner, words.term] = 1
    name = np.zeros(len(words.vocabulary))
    np.maximum.at(name, words.term, words.is_name.astype(np.float64))
    holders = words.in_articles
    shared = np.flatnonzero((holders > 1) & (holders < words.rows))
    return shared, has[:, shared], (words.rarity() * (0.5 + name))[shared]


def telling_terms(words: Terms, members: npt.NDArray[np.bool_], most: int) -> list[str]:
    """The terms that best tell the texts of one story from the others, at most ``most``, the most telling first."""
    shared, has, weight = _shared_terms(words)
    size, holders = int(members.sum()), has.sum(axis=0)
    inside = has[members].sum(axis=0)
    gain = _evidence_table(words.rows)[size, inside, holders] * weight
    typical = inside * (words.rows - size) > (holders - inside) * size
    best = np.flatnonzero(typical & (gain > 0))
    return [words.vocabulary[shared[k]] for k in best[np.argsort(-gain[best], kind="stable")][:most].tolist()]


@functools.cache
def _evidence_table(rows: int) -> F64:
    """Log Bayes factor of two rates over one, float64[texts on one side, of them with the term, texts with the term].

    Beta-binomial with the collection's rate as prior mean and the strength of PRIOR_STRENGTH texts.
    """
    table = np.zeros((rows + 1, rows + 1, rows + 1))
    for size in range(1, rows):
        for holders in range(1, rows):
            rate = (holders + 0.5) / (rows + 1)
            a, b = PRIOR_STRENGTH * rate, PRIOR_STRENGTH * (1 - rate)
            for inside in range(max(0, holders - rows + size), min(size, holders) + 1):
                outside = holders - inside
                two = _log_beta(a + inside, b + size - inside) + _log_beta(a + outside, b + rows - size - outside)
                table[size, inside, holders] = two - _log_beta(a, b) - _log_beta(a + holders, b + rows - holders)
    return table


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
