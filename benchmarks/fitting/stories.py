"""Make dedupe/data/story_model.json and, on request, dedupe/data/background_terms.txt again.

    python -m benchmarks.fitting.stories [--write | --check] [--background]

Without an option, the model is fitted and printed. ``--check`` exits 1 if a file differs from what this script makes,
up to the last digits of the model's numbers. ``--background`` also counts the background terms (in news_allsides).
Needs the extra ``fit``.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from benchmarks.common import RESULTS, ROOT, bench_data, readable, rows_of
from benchmarks.corpora import (
    SEED,
    SETS,
    Collection,
    StorySet,
    collect,
    gather,
    kinds,
    read_set,
    read_strangers,
    series,
    strangers,
)  # fmt: skip
from benchmarks.fitting.search import (
    NO_SEARCH,
    LabelledSplits,
    fit_search,
    labelled_splits,
    same_model,
    split_model,
    splits_of_sides,
)
from dedupe.arrays import F64, I64, Bools
from dedupe.stories import splitting
from dedupe.stories.models import PairFeature, StoryModel
from dedupe.stories.split_search import MOST_COMPARED, SplitWeights
from dedupe.text import terms, tokens
from dedupe.text.background import Background, load_background

DATA = ROOT / "dedupe" / "data"
FITTED = "2026-11-27"
LEAST_BACKGROUND = 8
"""Background terms are in at least this many of the general articles; rarer ones are as good as unseen."""
SHARE = {
    "whole": 1.0,
    "thinned": 1.0,
    "two": 2.0,
    "one": 1.0,
    "two_large": 1.0,
    "one_large": 1.0,
    "series": 0.3,
    "strangers": 0.3,
}
"""Weight of each kind of collection in the fit of pairs; every set weighs the same."""
SAMPLE = {"thinned": 6, "two": 600, "one": 300, "two_large": 120, "one_large": 80, "strangers": 20}
"""How many collections of each kind are drawn from a set."""
RIDGE = 5e-3
"""Ridge penalty on the weights per standard deviation."""
TIMES = (
    PairFeature("close_in_time", 0.6, "published at about the same time"),
    PairFeature("far_in_time", -0.6, "published far apart"),
)
"""The time features. Their weights are chosen, not fitted: ECB+ has dates for only one of the two events of each topic,
which would give the event away, and the dates of ECB+ and Wikinews are sometimes off by months or years, so that text
must be able to outweigh them. On held-out sets, .8 does as well and .3 a little worse."""
SERIES = {"same_words_other_numbers": -12.0, "same_words_other_dates": -12.0}
"""Log-odds of two days of one series. They are chosen as well, because the labelled sets hold no series. A weight
fitted to ``benchmarks.corpora.series`` (-10 for numbers) leaves 3 in 1,000 pairs of other series together."""
CUTS = [round(0.1 * i, 1) for i in range(-8, 9)]
"""Log-odds that are tried as the cut."""
CLIP = 3.0
"""Log-odds beyond this value count as this value when groups are judged, so no single pair decides. Pairs that are not
listed count as -CLIP."""
SEARCH = SplitWeights(names=0.06, numbers=0.11, others=0.035, across=2.4, level=1.0, lead="mean")
"""How splits of more than MOST_COMPARED texts are searched. These weights are heavier than those fitted to fewer texts,
which split large groups less well. They were chosen among two dozen by leaving out events and sets; names at .04 or
.11, others at .02, pairs at 1.6 or 3.5 and a level of .5 do as well on events, and a little worse on sets."""
SPLIT_SHARE = {"whole": 2.0, "series": 0.3}
"""Weight of each kind of collection in the fit of splits, where it is not 1. Whole sets have groups as large and as
mixed as those of users: 1.5 to 3 do as well on held-out sets, 1 is worse by .005. Strangers at 2 halve false stories
and cost .01 to .02 of B-cubed F1."""
LIMITS = {1: (0.0, np.inf), -1: (-np.inf, 0.0), 0: (-np.inf, np.inf)}
"""Bounds of a weight, by the sign it must have."""
ONE_EVENT_WEIGHT = 1.3
"""Splitting one event counts this much more than joining two: readers notice a missing article sooner than a wrong
one."""

FEATURES: dict[str, tuple[int, str]] = {
    "numbers": (1, "numbers in common, weighted by rarity"),
    "same_words_other_numbers": (-1, "nearly the same words with other numbers, as on two days of one series"),
    "same_words_other_dates": (-1, "nearly the same words but other days of a month, as on two days of one series"),
    "words": (1, "words in common, weighted by rarity"),
    "names": (1, "names in common, weighted by rarity"),
    "lead_coverage": (1, "words of either lead that occur anywhere in the other article"),
    "topic_conditioned_words": (1, "words in common that some of the neighbours have, but not all"),
    "profile_correlation_words": (
        1,
        "similar and dissimilar to the same other articles, by words that some of the neighbours have",
    ),
    "profile_correlation_names": (1, "similar and dissimilar to the same other articles, by names and numbers"),
    "second_order_lead_coverage": (1, "sharing words of the leads with the same other articles"),
    "second_order_leads": (1, "leads similar to the same other leads, by words that few of the neighbours have"),
    "same_month": (1, "the same month named in both"),
    "same_year": (1, "the same year named in both"),
    "other_year": (-1, "years named in both, but none in common"),
    "other_weekday": (-1, "weekdays named in both, but none in common"),
    "words_of_shorter": (0, "length of the shorter article (log of words): long articles share more by chance"),
    "times_longer": (0, "how many times longer the other article is (log)"),
}
"""By name of the feature: the sign its weight must have (1, -1, or 0 for any), and what it measures, in words."""


def count_background(folder: Path) -> str:
    """Count the background terms, those in at least LEAST_BACKGROUND articles of news_allsides; return their file's
    text."""
    rows = rows_of(folder / "news_allsides.jsonl.gz")
    words = terms.read_terms((tokens.full_text(r["title"] or "", r["text"]) for r in rows), Background(0, {}))
    often = (words.in_articles >= LEAST_BACKGROUND) & ~words.date
    kept = [f"{words.vocabulary[term]}\t{words.in_articles[term]}" for term in np.flatnonzero(often).tolist()]
    head = (
        f"# How many of {len(rows)} US news articles (2012-2020) contain a term, terms as in dedupe/text/terms.py.\n"
        "# Counted by benchmarks/fitting/stories.py --background from the article crawl of Baly et al. 2020,\n"
        "# 'We Can Detect Your Bias' (EMNLP; Apache-2.0 repository). Counts only; no text.\n"
    )
    return head + "\n".join([f"(articles)\t{len(rows)}", *kept]) + "\n"


def design(collections: list[Collection]) -> tuple[F64, Bools, F64]:
    """Feature matrix, same-event labels and weights of all pairs of some collections; weights are as SHARE says."""
    number = kinds(collections)
    x = [np.column_stack([one.columns[name] for name in FEATURES]) for one in collections]
    weight = [
        np.full(one.same.size, SHARE[one.kind] / number[one.of.name, one.kind] / max(one.same.size, 1))
        for one in collections
    ]
    return np.concatenate(x), np.concatenate([one.same for one in collections]), np.concatenate(weight)


def fit(collections: list[Collection]) -> StoryModel:
    """Fit the pair weights and then, on the log-odds they give, the split weights."""
    weights, intercept = fit_pairs(collections)
    features = tuple(
        PairFeature(name, float(weight), FEATURES[name][1]) for name, weight in zip(FEATURES, weights, strict=True)
    )
    unjudged = splitting.SplitModel(CLIP, NO_SEARCH, 0.0, (), SEARCH)
    model = StoryModel(intercept, features + TIMES, -CLIP, unjudged)
    return msgspec.structs.replace(model, splits=fit_splits(collections, model))


def fit_pairs(collections: list[Collection]) -> tuple[F64, float]:
    """Fit a logistic regression whose weights have the signs that FEATURES demands; return weights and intercept."""
    x, same, weight = design(collections)
    weights, intercept = logistic(x, same, weight, RIDGE, [LIMITS[side] for side, _ in FEATURES.values()])
    weights = np.round(weights, 3) + 0.0
    weights = np.array([SERIES.get(name, weight) for name, weight in zip(FEATURES, weights, strict=True)])
    intercept = float(intercept - np.average(x, axis=0, weights=weight) @ weights)
    return weights, round(intercept - best_cut(collections, x @ weights + intercept), 3)


def spread(x: F64, weight: F64) -> F64:
    """Weighted standard deviation of each column."""
    centre = np.average(x, axis=0, weights=weight)
    return np.sqrt(np.average((x - centre) ** 2, axis=0, weights=weight)) + 1e-9


def logistic(x: F64, target: Bools, weight: F64, ridge: float, bounds: list[tuple[float, float]]) -> tuple[F64, float]:
    """Fit a logistic regression with a ridge penalty on standardised weights, each within its bounds.

    Returns the weights per unit of the columns, and the intercept for *centred* columns.
    """
    weight = weight / weight.sum()
    scale = spread(x, weight)
    z, sign = (x - weight @ x) / scale, np.where(target, 1.0, -1.0)

    def loss(p: F64) -> tuple[float, F64]:
        margin = (z @ p[1:] + p[0]) * sign
        slope = -sign * weight / (1 + np.exp(np.clip(margin, -500, 500)))
        value = weight @ np.logaddexp(0, -margin) + ridge * (p[1:] @ p[1:]) / 2
        return float(value), np.concatenate(([slope.sum()], z.T @ slope + ridge * p[1:]))

    limits = [LIMITS[0], *bounds]
    found = minimize(
        loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 1000}
    )
    return found.x[1:] / scale, float(found.x[0])


def best_cut(collections: list[Collection], log_odds: F64) -> float:
    """Find the log-odds at which average linkage groups all kinds of collection best, by ``grouping_quality``.

    It is chosen on groups because users see groups, not pairs. ``fit_pairs`` moves it into the intercept, so the cut
    becomes 0.
    """
    bounds = np.cumsum([one.same.size for one in collections])[:-1]
    each = list(zip(collections, np.split(log_odds, bounds), strict=True))
    value = {cut: grouping_quality(each, cut) for cut in CUTS}
    smooth = {CUTS[i]: value[CUTS[i - 1]] + value[CUTS[i]] + value[CUTS[i + 1]] for i in range(1, len(CUTS) - 1)}
    return max(smooth, key=lambda cut: (smooth[cut], -abs(cut)))


def grouping_quality(each: list[tuple[Collection, F64]], cut: float) -> float:
    """Mean over all sets and kinds of collection, of B-cubed F1 less the share of confusable pairs merged or, for small
    collections, of the share that is grouped exactly."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one, log_odds in each:
        if one.kind in ("whole", "thinned", "two", "one", "strangers"):
            labels = one.linked(log_odds, CLIP, cut)
            if one.kind in ("two", "one"):
                found[one.of.name, one.kind].append(float(one.exact(labels)))
            else:
                scores = one.scores(labels)
                found[one.of.name, one.kind].append(scores.b3_f1 - (scores.confusable_merged or 0.0))
    return float(np.mean([np.mean(values) for values in found.values()]))


def fit_splits(collections: list[Collection], model: StoryModel) -> splitting.SplitModel:
    """Fit the split model, which judges groups, on all splits of groups of few texts. A group weighs as many texts as
    it is judged by."""
    number = kinds(collections)
    found: list[LabelledSplits] = []
    weights: list[float] = []
    for one in collections:
        share = SPLIT_SHARE.get(one.kind, 1.0) / number[one.of.name, one.kind] / one.rows.size
        for group in groups(one, model):
            found.append(group)
            weights.append(share * group.texts * (1.0 if group.right.any() else ONE_EVENT_WEIGHT))
    return split_model(*fit_search(found, np.array(weights)), CLIP, SEARCH)


def groups(one: Collection, model: StoryModel) -> Iterator[LabelledSplits]:
    """Yield all splits of the groups of a collection, and of their sides, for as long as splitting is right. Of a
    larger group, yield those of the texts that it is judged by."""
    story_terms, event, judge = splitting.weigh_story_terms(one.words), one.of.event[one.rows], model.splits
    pairs = (one.pairs.left, one.pairs.right, model.log_odds(one.columns), judge, model.missing)
    for group in splitting.scored_groups(splitting.join_loosely(one.rows.size, *pairs), *pairs):
        members, odds = group.rows, group.pair_scores[0].odds

        def splits_of(own: I64, is_side: bool, of: int = 0, members: I64 = members, odds: F64 = odds) -> LabelledSplits:
            rows = members[own]
            return labelled_splits(story_terms, rows, odds[np.ix_(own, own)], event[rows], is_side, True, of)

        waiting = [(np.arange(members.size), False)]
        while waiting:
            own, is_side = waiting.pop()
            if own.size > MOST_COMPARED:
                split = splitting.measure_best_split(story_terms, group.of(own))
                sides = split.smaller, split.larger
                yield splits_of(np.searchsorted(members, split.judged), is_side, own.size)
                if are_two_events(event, *sides):
                    waiting += [(np.searchsorted(members, side), True) for side in sides]
            elif own.size > 1:
                whole = splits_of(own, is_side)
                yield whole
                yield from splits_of_sides(own, whole, SEARCH, functools.partial(splits_of, is_side=True))


def are_two_events(event: npt.NDArray[np.str_], smaller: I64, larger: I64) -> bool:
    """Whether most pairs across two sides are on two events."""
    return float((event[smaller][:, None] != event[larger]).mean()) > 0.5


def measured() -> dict[str, object]:
    """B-cubed F1 of each set by a model fitted on the others, without dates, as leave_one_out.py last measured it."""
    document = json.loads((RESULTS / "leave_one_out.json").read_text(encoding="utf-8"))
    return {"b3_f1_left_out_undated": {name: document[f"{name}, left out, undated"]["b3_f1"] for name in SETS}}


def model_text(model: StoryModel, scores: dict[str, object]) -> str:
    """The text of the model file."""
    document = {
        "about": "log-odds of one event: intercept + sum of weight x feature (dedupe/stories/pair_features.py); "
        "log-odds of two events for the best split of a group: intercept + sum of weight x reason "
        "(dedupe/stories/splitting.py)",
        "made_by": "benchmarks/fitting/stories.py",
        "fitted": FITTED,
        "sets": "ECB+ (Cybulska & Vossen 2014), Wikinews, BASIL (Fan et al. 2019), Multi-News (Fabbri et al. 2019)",
        "scores": scores,
        **msgspec.to_builtins(model),
    }
    return readable(document) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--background", action="store_true")
    chosen = parser.parse_args()
    folder = bench_data()
    made: dict[str, str] = {}
    if chosen.background:
        made["background_terms.txt"] = count_background(folder)
        if chosen.write:
            (DATA / "background_terms.txt").write_text(made["background_terms.txt"], encoding="utf-8")
    background = load_background()
    collections = [one for name in SETS for one in training(read_set(folder, name, background))]
    collections += unlabelled(folder, background)
    made["story_model.json"] = model_text(fit(collections), measured())
    print(made["story_model.json"])
    for name, text in made.items():
        if chosen.write:
            (DATA / name).write_text(text, encoding="utf-8")
        elif chosen.check and not same_file(name, text):
            sys.exit(f"dedupe/data/{name} and benchmarks/fitting/stories.py disagree; run it with --write")


def same_file(name: str, text: str) -> bool:
    """Whether a data file is what was made: the model up to the last digits of its numbers, other files exactly."""
    stored = (DATA / name).read_text("utf-8")
    return same_model(stored, text) if name.endswith(".json") else stored == text


def sample_size(kind: str) -> int:
    """How many collections of a kind to draw from a set."""
    return SAMPLE[kind]


def unlabelled(folder: Path, background: Background, seed: int = SEED) -> list[Collection]:
    """Collections without any story: series with the same words and other figures, and articles of different months."""
    apart = read_strangers(folder, background)
    random, everyone = np.random.default_rng(seed), np.arange(apart.event.size)
    alone = [collect(apart, "strangers", strangers(apart, everyone, random)) for _ in range(sample_size("strangers"))]
    return series(background) + alone


def training(of: StorySet, seed: int = SEED) -> list[Collection]:
    """The collections of one set that a model is fitted on, the shipped one with the default ``seed``."""
    random = np.random.default_rng([seed, SETS.index(of.name)])
    return gather(of, np.arange(of.event.size), random, sample_size)


if __name__ == "__main__":
    main()
