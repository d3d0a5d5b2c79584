"""Make dedupe/data/story_model.json and dedupe/data/background_terms.txt again, byte by byte.

    python benchmarks/fit_stories.py [--write | --check] [--background]

Without an option it prints the scores only. ``--check`` exits 1 when a file and this script disagree. ``--background``
also counts the background terms (from news_allsides). Needs the extra ``fit``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
from common import HERE, bench_data, rows_of
from scipy.optimize import minimize
from story_collections import (
    CLIP,
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

from dedupe import terms
from dedupe.stories import load_model

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

DATA = HERE.parent / "dedupe" / "data"
FITTED = "2026-11-22"
LEAST_BACKGROUND = 8
"""Terms in fewer general articles than this are as good as unseen."""
SHARE = {
    "whole": 1.0,
    "dated": 1.0,
    "thinned": 1.0,
    "two": 2.0,
    "one": 1.0,
    "two_large": 1.0,
    "one_large": 1.0,
    "series": 0.3,
    "strangers": 0.3,
}
"""Weight of each kind of collection in the fit; every set weighs the same."""
SAMPLE = {"thinned": 6, "two": 600, "one": 300, "two_large": 120, "one_large": 80, "strangers": 20}
RIDGE = 5e-3
MOST_BY_TIME = 0.3
"""Log-odds that a date may add or take: follow-ups come late and dates are wrong at times, so text can outvote them."""
CUTS = [round(0.1 * i, 1) for i in range(-8, 9)]
"""Log-odds tried as the cut."""

# name: (sign the weight must have: 1, −1, or 0 for any; meaning)
FEATURES: dict[str, tuple[int, str]] = {
    "numbers": (1, "shared numbers, weighted by rarity"),
    "same_words_other_numbers": (-1, "nearly the same words with other numbers and dates: two days of one series"),
    "words": (1, "shared words, weighted by rarity"),
    "names": (1, "shared names, weighted by rarity"),
    "lead_told": (1, "words of either lead found anywhere in the other article"),
    "dividing_words": (1, "shared words that some of the neighbours have, but not all"),
    "same_contrasts": (1, "like and unlike the same third articles, by words that some of the neighbours have"),
    "same_name_contrasts": (1, "the same, by names and numbers"),
    "same_company_told": (1, "both tell the same third articles' leads, or are told by them"),
    "same_company_lead": (1, "both leads resemble the same third leads, by words unusual among their neighbours"),
    "same_month": (1, "name a month in common"),
    "same_year": (1, "name a year in common"),
    "other_year": (-1, "name years, but none in common"),
    "other_weekday": (-1, "name weekdays, but none in common"),
    "words_of_shorter": (0, "log words of the shorter article: long ones share more by chance"),
    "times_longer": (0, "log of how many times longer the other one is"),
    "close_in_time": (1, "published at about the same time"),
    "far_in_time": (-1, "published far apart"),
}


def count_background(folder: Path) -> str:
    """The background term table as text: terms in at least LEAST_BACKGROUND of the articles of news_allsides."""
    rows = rows_of(folder / "news_allsides.jsonl.gz")
    words = terms.read((terms.full_text(r["title"] or "", r["text"]) for r in rows), terms.Background(0, {}))
    kept = [
        f"{t}\t{n}" for t, n in zip(words.vocabulary, words.in_articles.tolist(), strict=True) if n >= LEAST_BACKGROUND
    ]
    head = (
        f"# How many of {len(rows)} US news articles (2012-2020) contain a term, terms as in dedupe/terms.py.\n"
        "# Counted by benchmarks/fit_stories.py --background from the article crawl of Baly et al. 2020,\n"
        "# 'We Can Detect Your Bias' (EMNLP; Apache-2.0 repository). Counts only; no text.\n"
    )
    return head + "\n".join([f"(articles)\t{len(rows)}", *kept]) + "\n"


def design(collections: list[Collection]) -> tuple[F64, npt.NDArray[np.bool_], F64]:
    """Feature matrix, same-event labels and pair weights (each set and kind as SHARE says) of some collections."""
    number = kinds(collections)
    x = [np.column_stack([one.columns[name] for name in FEATURES]) for one in collections]
    weight = [
        np.full(one.same.size, SHARE[one.kind] / number[one.of.name, one.kind] / max(one.same.size, 1))
        for one in collections
    ]
    return np.concatenate(x), np.concatenate([one.same for one in collections]), np.concatenate(weight)


def fit(collections: list[Collection]) -> tuple[F64, float]:
    """Weights and intercept of a logistic regression whose weights keep the sign their meaning demands."""
    x, same, weight = design(collections)
    weight = weight / weight.sum()
    centre = weight @ x
    scale = np.sqrt(weight @ (x - centre) ** 2) + 1e-9
    z, sign = (x - centre) / scale, np.where(same, 1.0, -1.0)

    def loss(p: F64) -> tuple[float, F64]:
        margin = (z @ p[1:] + p[0]) * sign
        slope = -sign * weight / (1 + np.exp(np.clip(margin, -500, 500)))
        value = weight @ np.logaddexp(0, -margin) + RIDGE * (p[1:] @ p[1:]) / 2
        return float(value), np.concatenate(([slope.sum()], z.T @ slope + RIDGE * p[1:]))

    limits = {1: (0.0, np.inf), -1: (-np.inf, 0.0), 0: (-np.inf, np.inf)}
    bounds = [(-np.inf, np.inf)]
    for (name, (side, _)), size in zip(FEATURES.items(), scale, strict=True):
        most = MOST_BY_TIME * size if name.endswith("_in_time") else np.inf
        bounds.append((max(limits[side][0], -most), min(limits[side][1], most)))
    found = minimize(
        loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1000}
    )
    weights = np.round(found.x[1:] / scale, 3) + 0.0
    intercept = float(found.x[0] - weights @ centre)
    return weights, round(intercept - best_cut(collections, weights, intercept), 3)


def log_odds(collection: Collection, weights: F64, intercept: float) -> F64:
    """Log-odds of one event for each pair."""
    return np.column_stack([collection.columns[name] for name in FEATURES]) @ weights + intercept


def best_cut(collections: list[Collection], weights: F64, intercept: float) -> float:
    """The log-odds at which grouping suits all kinds of collection best: mean B-cubed F1 and exactly grouped share.

    Pairs are not what users see: the cut of the groups is chosen on groups. Moved into the intercept, it becomes 0.
    """
    value = {cut: grouping_quality(collections, weights, intercept, cut) for cut in CUTS}
    smooth = {CUTS[i]: value[CUTS[i - 1]] + value[CUTS[i]] + value[CUTS[i + 1]] for i in range(1, len(CUTS) - 1)}
    return max(smooth, key=lambda cut: (smooth[cut], -abs(cut)))


def grouping_quality(collections: list[Collection], weights: F64, intercept: float, cut: float) -> float:
    """Mean over sets and kinds of B-cubed F1 or of the share grouped exactly (small); confusable merges count against it."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in collections:
        if one.kind in ("whole", "thinned", "two", "one", "strangers"):
            labels = one.stories(log_odds(one, weights, intercept), -CLIP, cut)
            if one.kind in ("two", "one"):
                found[one.of.name, one.kind].append(float(one.exact(labels)))
            else:
                scores = one.scores(labels)
                found[one.of.name, one.kind].append(scores.b3_f1 - (scores.confusable_merged or 0.0))
    return float(np.mean([np.mean(values) for values in found.values()]))


def measured() -> dict[str, object]:
    """What leave_one_out.py measured last: B-cubed F1 of each set by a model fitted on the others, without dates."""
    document = json.loads((HERE / "results" / "leave_one_out.json").read_text(encoding="utf-8"))
    return {"b3_f1_left_out_undated": {name: document[f"{name}, left out, undated"]["b3_f1"] for name in SETS}}


def model_text(weights: F64, intercept: float, scores: dict[str, object]) -> str:
    """The model file."""
    document = {
        "about": "log-odds of one event: intercept + sum of weight x feature; features in dedupe/story_features.py",
        "made_by": "benchmarks/fit_stories.py",
        "fitted": FITTED,
        "sets": "ECB+ (Cybulska & Vossen 2014), Wikinews, BASIL (Fan et al. 2019), Multi-News (Fabbri et al. 2019)",
        "scores": scores,
        "intercept": intercept,
        "missing": -CLIP,
        "features": [
            {"name": name, "weight": float(w), "meaning": FEATURES[name][1]}
            for name, w in zip(FEATURES, weights, strict=True)
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


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
    background = terms.load_background()
    sets = [read_set(folder, name, background) for name in SETS]
    collections = [one for of in sets for one in training(of)] + series(background)
    apart = read_strangers(folder, background)
    random = np.random.default_rng(SEED)
    collections += [
        collect(apart, "strangers", strangers(apart, np.arange(apart.event.size), random)) for _ in range(20)
    ]
    weights, intercept = fit(collections)
    made["story_model.json"] = model_text(weights, intercept, measured())
    print(made["story_model.json"])
    for name, text in made.items():
        if chosen.write:
            (DATA / name).write_text(text, encoding="utf-8")
        elif chosen.check and (DATA / name).read_text("utf-8") != text:
            sys.exit(f"dedupe/data/{name} and benchmarks/fit_stories.py disagree; run it with --write")


def shipped() -> tuple[F64, float]:
    """Weights, in the order of FEATURES, and intercept of the model in the package."""
    model = load_model()
    weight = {feature.name: feature.weight for feature in model.features}
    return np.array([weight[name] for name in FEATURES]), model.intercept


def sample_size(kind: str) -> int:
    """How many collections of a kind to draw from a set."""
    return SAMPLE[kind]


def training(of: StorySet) -> list[Collection]:
    """The collections of one set that the shipped model is fitted on."""
    random = np.random.default_rng([SEED, SETS.index(of.name)])
    return gather(of, np.arange(of.event.size), random, sample_size)


if __name__ == "__main__":
    main()
