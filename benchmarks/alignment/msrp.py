"""Measure how well the paraphrase probability separates paraphrases from other pairs, on the MSR Paraphrase Corpus.

    python -m benchmarks.alignment.msrp              prints accuracy and F1
    python -m benchmarks.alignment.msrp --fit        also writes the weights to dedupe/data/paraphrase_model.json
    python -m benchmarks.alignment.msrp --write      also stores the figures in benchmarks/results/msrp.json

Accuracy and F1 are given twice: by ten-fold cross-validation, and for the shipped weights, which were fitted to the
same pairs. The corpus is read from DEDUPE_BENCH_DATA (default ../shared/data).
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import zlib
from pathlib import Path

import numpy as np

from benchmarks.common import ROOT, keep_figures
from dedupe.alignment.paraphrase import FEATURES, features, paraphrase_probability
from dedupe.alignment.tokenized import pair_texts, tokenize
from dedupe.arrays import F64

MODEL = ROOT / "dedupe" / "data" / "paraphrase_model.json"
SOURCE = (
    "Logistic regression on the training part (4,076 pairs) of the Microsoft Research Paraphrase Corpus "
    "(Dolan, Quirk & Brockett 2004), by benchmarks/alignment/msrp.py --fit; features as in dedupe/alignment/paraphrase.py"
)
FOLDS = 10
RIDGE = 1e-3


def rows() -> list[dict[str, str | int]]:
    """The pairs of sentences, ``a`` and ``b``, with their ``label``: 1 for a paraphrase, else 0."""
    path = Path(os.environ.get("DEDUPE_BENCH_DATA", "../shared/data")) / "paraphrase_msrp.jsonl.gz"
    if not path.exists():
        sys.exit(f"{path} is absent: set DEDUPE_BENCH_DATA to the folder that holds it")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def whole(text: str) -> str:
    """The text as a single sentence."""
    return " ".join(text.split())


def fit(x: F64, y: F64) -> F64:
    """The weights, and last the intercept, of a logistic regression with a ridge penalty, by Newton's method."""
    design = np.column_stack((x, np.ones(len(x))))
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        probability = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (probability - y) + RIDGE * weights
        curve = (design * (probability * (1 - probability))[:, None]).T @ design + RIDGE * np.eye(len(weights))
        weights -= np.linalg.solve(curve, slope)
    return weights


def predict(x: F64, weights: F64) -> F64:
    return np.asarray(1 / (1 + np.exp(-(x @ weights[:-1] + weights[-1]))), np.float64)


def scores(y: F64, probability: F64) -> dict[str, float]:
    """The accuracy, and the F1 of the paraphrase class, if pairs with a probability of 0.5 or more are paraphrases."""
    said = probability >= 0.5
    hits = float(np.sum(said & (y == 1)))
    return {
        "accuracy": round(float(np.mean(said == (y == 1))), 4),
        "f1": round(2 * hits / float(np.sum(said) + np.sum(y)), 4),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--fit", action="store_true", help="write the weights")
    arguments.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = arguments.parse_args()
    pairs = rows()
    y = np.array([row["label"] for row in pairs], np.float64)
    measured = []
    for row in pairs:
        pair = pair_texts(tokenize(whole(str(row["a"]))), tokenize(whole(str(row["b"]))))
        measured.append(features(pair, *([range(len(text.sentences))] for text in (pair.left, pair.right))))
    x = np.concatenate(measured)
    fold = np.array([zlib.crc32(str(row["id"]).encode()) % FOLDS for row in pairs])
    held_out = np.zeros(len(y))
    for k in range(FOLDS):
        held_out[fold == k] = predict(x[fold == k], fit(x[fold != k], y[fold != k]))
    if options.fit:
        weights = fit(x, y)
        named = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights[:-1], strict=True)}
        model = {"source": SOURCE, "intercept": round(float(weights[-1]), 4), "weights": named}
        MODEL.write_text(json.dumps(model, indent=2) + "\n")
    shipped = paraphrase_probability(x)
    figures = {"cross-validation": scores(y, held_out), "shipped weights, same pairs": scores(y, shipped)}
    keep_figures("msrp", {"pairs": len(y), **figures}, options.write)


if __name__ == "__main__":
    main()
