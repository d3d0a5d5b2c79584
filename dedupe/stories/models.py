"""The fitted story models and how they are loaded.

There are two: one for collections of any size, and one for small collections, in which too few articles are at hand to
tell which words are ordinary. Both turn pair features into log-odds of one event, and features of a split into log-odds
of two events. The files are ``data/story_model.json`` and ``data/small_story_model.json``; ``benchmarks/fitting`` makes
them.
"""

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
    """A feature of article pairs: its weight in log-odds per unit, and what it measures, in words."""

    name: str
    weight: float
    meaning: str


class PairModel(msgspec.Struct, frozen=True):
    """A logistic regression over pair features.

    Where pairs are joined by average linkage, they are joined from log-odds of 0: the best cut is fitted or chosen, and
    then moved into the ``intercept``.
    """

    intercept: float
    features: tuple[PairFeature, ...]

    def contributions(self, columns: Columns) -> Columns:
        """What each feature adds to the log-odds, float64[pairs] each, with ``"intercept"``: their sum is the log-odds.

        ``columns``: a column for each feature of the model; others are ignored.
        """
        added = {feature.name: feature.weight * columns[feature.name] for feature in self.features}
        size = next(iter(added.values())).size if added else 0
        return {"intercept": np.full(size, self.intercept), **added}

    def log_odds(self, columns: Columns) -> F64:
        """Log-odds of each pair, float64[pairs]: the sum of all contributions."""
        return np.asarray(sum(self.contributions(columns).values()), np.float64)


class StoryModel(PairModel, frozen=True):
    """A pair model for "the same event", with what is needed to split groups of articles into stories.

    ``missing``: log-odds of a pair that was not scored because it shares too little. ``splits``: the model that judges
    splits of a group, by the log-odds of its pairs and by the terms its texts share.

    In ``story_model.json``, every weight of a similarity is fitted under the bound that it is not negative, so more of
    it never lowers the log-odds of one event.
    """

    missing: float
    splits: splitting.SplitModel


class SmallStoryModel(StoryModel, frozen=True):
    """The story model for small collections, with a pair model for "the same topic" that groups their texts first.

    Its weights are fitted without bounds, and its features overlap: the same similarity is measured by itself, against
    the best matches and beyond the average. So a similarity may have a negative weight, and a single contribution does
    not say whether the texts agree in it. Only the sum does.
    """

    topics: PairModel


@functools.cache
def load_model() -> StoryModel:
    """The model for collections of any size, from ``data/story_model.json``."""
    text = resources.files("dedupe").joinpath("data/story_model.json").read_bytes()
    return msgspec.json.decode(text, type=StoryModel)


@dataclass(frozen=True, slots=True)
class Models:
    """The two story models: ``large`` for collections of any size, ``small`` for few texts measured by themselves."""

    large: StoryModel
    small: SmallStoryModel


@functools.cache
def load_models() -> Models:
    """Both models shipped with the package."""
    text = resources.files("dedupe").joinpath("data/small_story_model.json").read_bytes()
    return with_time_features(load_model(), msgspec.json.decode(text, type=SmallStoryModel))


def with_time_features(large: StoryModel, small: SmallStoryModel) -> Models:
    """Both models, where the small one takes over the time features of the large one and their weights."""
    times = tuple(feature for feature in large.features if feature.name.endswith("_in_time"))
    return Models(large, msgspec.structs.replace(small, features=small.features + times))
