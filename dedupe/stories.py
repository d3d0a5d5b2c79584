"""relate → STORY_LINKS: how likely two articles report the same event, with the reasons as numbers.

A logistic regression over the features of ``story_features``, fitted on public labelled news (``data/story_model.json``
says on which, and with what result; ``benchmarks/fit_stories.py`` makes the file again). Dates are used where both
articles have one and count for nothing where they are missing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import divisions, small_features, terms
from dedupe.linkage import average_link
from dedupe.settings import Settings
from dedupe.story_features import Times, measure, time_apart
from dedupe.story_pairs import Columns, Pairs, propose, text_weight

F64 = npt.NDArray[np.float64]

MICROSECONDS_PER_DAY = 86_400_000_000


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reason: its weight in log-odds per unit, and what it says in words."""

    name: str
    weight: float
    meaning: str


class PairModel(msgspec.Struct, frozen=True):
    """Weights of the features of pairs. ``intercept`` is chosen so that log-odds 0 is the cut that suits average link
    best."""

    intercept: float
    features: tuple[Feature, ...]

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
    divisions: divisions.Model


class SmallStoryModel(StoryModel, frozen=True):
    """The same for small collections, and what parts them first: weights of pairs that tell one topic."""

    topics: PairModel


@functools.cache
def load_model() -> StoryModel:
    """The model shipped with the package."""
    text = resources.files("dedupe").joinpath("data/story_model.json").read_bytes()
    return msgspec.json.decode(text, type=StoryModel)


@functools.cache
def load_small_model() -> SmallStoryModel:
    """The weights for small collections (``data/small_story_model.json``), times weighed as in every collection."""
    text = resources.files("dedupe").joinpath("data/small_story_model.json").read_bytes()
    small = msgspec.json.decode(text, type=SmallStoryModel)
    times = tuple(feature for feature in load_model().features if feature.name.endswith("_in_time"))
    return msgspec.structs.replace(small, features=small.features + times)


def topics(rows: int, columns: Columns, model: PairModel, clip: float) -> npt.NDArray[np.int64]:
    """Topic of each text of a small collection, int64[rows]: average link on the log-odds of one topic, which count as
    ``clip`` beyond it. ``columns``: features of all pairs (``small_features.measure_small``)."""
    left, right = np.triu_indices(rows, 1)
    return average_link(rows, left, right, np.clip(model.log_odds(columns), -clip, clip), 0.0, -clip)


def schema(model: StoryModel) -> pa.Schema:
    """STORY_LINKS: ``left < right`` row numbers, the log-odds of one event, and the features they rest on."""
    named = [pa.field(feature.name, pa.float32(), nullable=False) for feature in model.features]
    return pa.schema(
        [
            pa.field("left", pa.int32(), nullable=False),
            pa.field("right", pa.int32(), nullable=False),
            pa.field("log_odds", pa.float32(), nullable=False),
            *named,
        ]
    )


@dataclass(frozen=True, slots=True)
class StoryLinks:
    """Same-event scores of candidate pairs among ``rows`` articles.

    ``pairs`` is a table of :func:`schema`, sorted by left and right. A pair that is not listed shares too little to be
    worth scoring and counts with log-odds ``model.missing``. ``words`` are the terms of the articles. ``topic`` of each
    row, int64[rows], for a small collection: only pairs on one topic are scored. ``counts``:
    ``story_pairs`` scored, ``oversized_postings`` (terms in too many articles to look up), ``cut_candidate_lists``
    (articles with more good matches than are kept).
    """

    rows: int
    pairs: pa.Table
    model: StoryModel
    counts: dict[str, int]
    words: terms.Terms
    topic: npt.NDArray[np.int64] | None = None

    def divide(self, least_probability: float) -> divisions.Stories:
        """Stories: articles that are one event with this probability or more."""
        left, right = (self.pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
        log_odds = self.pairs["log_odds"].to_numpy().astype(np.float64)
        wording, model = divisions.read_wording(self.words), self.model
        return divisions.divide(
            wording, left, right, log_odds, model.divisions, model.missing, least_probability, self.topic
        )


def relate(articles: pa.Table, settings: Settings | None = None) -> StoryLinks:
    """Score pairs of articles (ARTICLES schema) for reporting the same event; fewer than two articles give no pairs.

    The result depends on the set of articles only, not on their order. Of ``settings`` only ``threads`` is used; the
    threshold on the log-odds is applied where stories are grouped, so it may change without scoring again.
    """
    texts = zip(articles["title"].to_pylist(), articles["text"].to_pylist(), strict=True)
    words = terms.read((terms.full_text(title, text) for title, text in texts), terms.load_background())
    if words.rows <= small_features.MOST_TEXTS:
        model = load_small_model()
        topic = topics(words.rows, small_features.measure_small(words), model.topics, model.divisions.clip)
        pairs, columns = small_features.measure_topics(words, topic)
        columns |= time_apart(_times(articles), pairs.left, pairs.right)
        return _links(model, pairs, columns, words, topic)
    threads = (settings or Settings()).threads
    pairs = propose(words, text_weight(words), threads)
    return _links(load_model(), pairs, measure(words, _times(articles), pairs, threads), words)


def _times(articles: pa.Table) -> Times:
    micros = articles["published_at"].cast(pa.int64()).cast(pa.float64()).fill_null(np.nan).to_numpy()
    return Times(micros / MICROSECONDS_PER_DAY, articles["day_precision"].to_numpy().astype(bool))


def _links(
    model: StoryModel, pairs: Pairs, columns: Columns, words: terms.Terms, topic: npt.NDArray[np.int64] | None = None
) -> StoryLinks:
    log_odds = model.log_odds(columns)
    arrays = [pairs.left, pairs.right, log_odds, *(columns[feature.name] for feature in model.features)]
    typed = [pa.array(array, field.type) for array, field in zip(arrays, schema(model), strict=True)]
    counts = {"story_pairs": int(pairs.left.size), "oversized_postings": 0, "cut_candidate_lists": 0} | pairs.counts
    return StoryLinks(words.rows, pa.Table.from_arrays(typed, schema=schema(model)), model, counts, words, topic)
