"""The model file agrees with the code, is small, and says of everything in common that it speaks for one event."""

import json
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from story_articles import FIRE, read
from support import ROOT

from dedupe.stories.inner_similarity import measure_inner
from dedupe.stories.joining import FEATURES
from dedupe.stories.models import StoryModel, load_model

FILE = ROOT / "dedupe" / "data" / "story_model.json"
MODEL = load_model()
DAYS = {"days_apart"}
SERIES = {"other_numbers", "other_dates"}
SIZES = {"larger_group"}


def numbers_in(value) -> Iterator[float]:
    """Every number of a document."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(part)
    elif isinstance(value, int | float):
        yield value


def test_the_model_has_fewer_than_forty_numbers():
    numbers = list(numbers_in(json.loads(FILE.read_text("utf-8"))))
    assert 20 < len(numbers) < 40
    assert all(np.isfinite(numbers))


def test_the_model_says_what_it_was_fitted_on_and_what_each_weight_is_of():
    assert MODEL.source
    weights = (*MODEL.join.features, *MODEL.split.pairs)
    assert all(weight.meaning for weight in weights)


def test_the_names_of_the_weights_are_those_of_the_features():
    assert [feature.name for feature in MODEL.join.features] == list(FEATURES)
    columns = measure_inner(read(*FIRE), np.zeros(3, np.int64), np.full(3, np.nan)).columns
    names = [feature.name for feature in MODEL.split.pairs]
    assert sorted(names) == sorted(set(names) & set(columns))


def test_no_weight_of_something_in_common_is_negative():
    weights = {feature.name: feature.weight for feature in MODEL.join.features}
    assert all(weights[name] >= 0 for name in set(weights) - DAYS - SERIES - SIZES)
    assert all(weights[name] <= 0 for name in DAYS)
    assert all(weights[name] < 0 for name in SERIES)
    of_pairs = {feature.name: feature.weight for feature in MODEL.split.pairs}
    assert of_pairs.pop("days_apart") <= 0
    assert all(weight >= 0 for name, weight in of_pairs.items() if name != "words_of_shorter")


def test_terms_that_a_split_explains_speak_for_it_and_pairs_alike_across_it_against_it():
    search = MODEL.split.search
    assert min(search.names, search.numbers, search.others) >= 0
    assert search.across > 0
    assert MODEL.split.clip > 0


def test_articles_that_are_not_compared_speak_against_one_saga():
    assert 0 < MODEL.saga.unlisted < MODEL.saga.least_cosine


@pytest.mark.parametrize("change", [{"more": 1}, {"join": {}}, {"split": None}, {"saga": {"least_cosine": 0.1}}])
def test_a_file_of_another_form_is_refused(change):
    document = json.loads(FILE.read_text("utf-8")) | change
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(document, StoryModel)
