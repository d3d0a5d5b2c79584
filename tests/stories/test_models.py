"""The model files agree with the code, and their contributions add up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from story_articles import FIRE, VOTE, table
from support import ROOT

from dedupe.stories.candidates import propose_pairs, text_weights
from dedupe.stories.models import load_model, load_models
from dedupe.stories.pair_features import Times, measure_pair_features
from dedupe.stories.scoring import score_same_event
from dedupe.text import terms
from dedupe.text.background import load_background


@pytest.mark.parametrize("copies_of_the_collection", [1, 3])
def test_contributions_add_up_to_the_log_odds(copies_of_the_collection):
    scores = score_same_event(table((FIRE + VOTE) * copies_of_the_collection))
    columns = {feature.name: scores.pairs[feature.name].to_numpy() for feature in scores.model.features}
    total = sum(scores.model.contributions(columns).values())
    np.testing.assert_allclose(total, scores.pairs["log_odds"].to_numpy(), atol=1e-3)


def test_the_model_file_and_the_features_agree():
    model = load_model()
    words = terms.read_terms(FIRE, load_background())
    columns = measure_pair_features(
        words, Times(np.full(3, np.nan), np.zeros(3, bool)), propose_pairs(words, text_weights(words))
    )
    assert [feature.name for feature in model.features] == list(columns)
    assert all(feature.meaning for feature in model.features)


def test_the_model_file_is_what_the_fitting_script_makes():
    """Needs the benchmark data and the extra ``fit``; says so when it is skipped."""
    pytest.importorskip("scipy", reason="the extra `fit` is not installed")
    data = Path(os.environ.get("DEDUPE_BENCH_DATA", ROOT.parent / "shared" / "data"))
    if not data.is_dir() or not os.environ.get("DEDUPE_SLOW_TESTS"):
        pytest.skip("set DEDUPE_SLOW_TESTS=1, and DEDUPE_BENCH_DATA, to fit the model again")
    environment = os.environ | {"DEDUPE_BENCH_DATA": str(data)}
    command = [sys.executable, "-m", "benchmarks.fitting.stories", "--check", "--background"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr


def test_the_model_file_says_what_it_was_fitted_on():
    document = json.loads((ROOT / "dedupe" / "data" / "story_model.json").read_text("utf-8"))
    assert {"made_by", "sets", "fitted", "scores"} <= set(document)


NO_SIMILARITY = "words_of_shorter", "times_longer"


def test_no_similarity_counts_against_one_event_in_the_large_model():
    against = {feature.name for feature in load_model().features if feature.weight < 0}
    assert against - set(NO_SIMILARITY) == {
        "same_words_other_numbers",
        "same_words_other_dates",
        "other_year",
        "other_weekday",
        "far_in_time",
    }


def test_a_similarity_with_a_negative_weight_in_the_small_model_says_that_it_is_a_correction():
    small = load_models().small
    for feature in (*small.features, *small.topics.features):
        is_similarity = feature.name not in NO_SIMILARITY and not feature.name.startswith(("same_words_", "far_in"))
        is_correction = feature.meaning.startswith("correction for overlap: ")
        assert is_correction == (is_similarity and feature.weight < 0)
