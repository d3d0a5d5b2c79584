"""The fitted story model and how it is loaded.

It has three parts: one joins articles to groups that likely report one event, one looks at each group by itself and
splits it where its words speak of two, and one joins stories to sagas. The file is ``data/story_model.json``;
``benchmarks/fitting`` makes it.
"""

from __future__ import annotations

import functools

import msgspec

from dedupe.shipped import read_shipped
from dedupe.stories.joining import JoinModel
from dedupe.stories.sagas import SagaModel
from dedupe.stories.splitting import SplitModel


class StoryModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fitted weights of the story stage. ``source``: what they were fitted on.

    Every weight of something that two groups have in common is fitted under the bound that it is not negative, so more
    of it never lowers the probability of one event.
    """

    source: str
    join: JoinModel
    split: SplitModel
    saga: SagaModel


@functools.cache
def load_model() -> StoryModel:
    """The model of the package."""
    return msgspec.json.decode(read_shipped("story_model.json"), type=StoryModel)
