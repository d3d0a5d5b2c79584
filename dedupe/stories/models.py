"""The fitted models that tell one event from two, and where they are stored."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources

import msgspec
import numpy as np

from dedupe.arrays import F64
from dedupe.stories import splitting
from dedupe.stories.sparse import Columns


class PairFeature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason: its weight in log-odds per unit, and what it says in words."""

    name: str
    weight: float
    meaning: str


class PairModel(msgspec.Struct, frozen=True):
    """Weights of the features of pairs. ``intercept`` is chosen so that log-odds 0 is the cut that suits average link
    best."""

    intercept: float
    features: tuple[PairFeature, ...]

    def contributions(self, columns: Columns) -> Columns:
        """What each feature adds to the log-odds, ``"intercept"`` included; their sum is the log-odds."""
        added = {feature.name: feature.weight * columns[feature.name] for feature in self.features}
        size = next(iter(added.values())).size if added else 0
        return {"intercept": np.full(size, self.intercept), **added}

    def log_odds(self, columns: Columns) -> F64:
        """The sum of all contributions: for each pair one."""
        return np.asarray(sum(self.contributions(columns).values()), np.float64)


class StoryModel(PairModel, frozen=True):
    """Weights that tell one event: of pairs (``missing`` where they share too little to be scored), and of divisions,
    which judge groups of articles by the log-odds of their pairs and by what their texts share."""

    missing: float
    splits: splitting.SplitModel


class SmallStoryModel(StoryModel, frozen=True):
    """The same for small collections, and what parts them first: weights of pairs that tell one topic."""

    topics: PairModel


@functools.cache
def load_model() -> StoryModel:
    """The model shipped with the package."""
    text = resources.files("dedupe").joinpath("data/story_model.json").read_bytes()
    return msgspec.json.decode(text, type=StoryModel)


@dataclass(frozen=True, slots=True)
class Models:
    """What scores the pairs of a collection: ``large``, and ``small`` for few texts among themselves."""

    large: StoryModel
    small: SmallStoryModel


@functools.cache
def load_models() -> Models:
    """The model shipped with the package, and the one for few texts (``data/small_story_model.json``)."""
    text = resources.files("dedupe").joinpath("data/small_story_model.json").read_bytes()
    return with_time_features(load_model(), msgspec.json.decode(text, type=SmallStoryModel))


def with_time_features(large: StoryModel, small: SmallStoryModel) -> Models:
    """Both models, times weighed in the second as in the first."""
    times = tuple(feature for feature in large.features if feature.name.endswith("_in_time"))
    return Models(large, msgspec.structs.replace(small, features=small.features + times))
