"""relate → STORY_LINKS: how likely two articles report the same event, with the reasons as numbers.

A logistic regression over the features of ``story_features``, fitted on public labelled news (``data/story_model.json``
says on which, and with what result; ``benchmarks/fitting/stories.py`` makes the file again). Dates are used where both
articles have one and count for nothing where they are missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa

from dedupe.arrays import F64, I64
from dedupe.kernels import SERIAL, Compute
from dedupe.kernels.linkage import average_link
from dedupe.stories import splitting, topic_features
from dedupe.stories.candidates import CandidatePairs, propose_pairs, text_weights
from dedupe.stories.models import Models, PairModel, SmallStoryModel, StoryModel, load_models
from dedupe.stories.pair_features import Times, measure_pair_features, time_features
from dedupe.stories.sparse import Columns
from dedupe.text import terms, tokens
from dedupe.text.background import load_background

MICROSECONDS_PER_DAY = 86_400_000_000

LOCAL_CAUTION = 3.0
"""Log-odds asked of the model for small collections before it parts a group of a large one: it was fitted to
collections half of which are two alike events. With 3 sets left out come out as well as without a closer look
(benchmarks/stories/leave_one_out.py); 2 costs .0004 of B-cubed F1 and tells hardly more events apart in company."""


def find_topics(
    rows: int, pairs: CandidatePairs, columns: Columns, model: PairModel, clip: float, compute: Compute = SERIAL
) -> I64:
    """Topic of each text, int64[rows]: average link on the log-odds of one topic of some pairs, which count as ``clip``
    beyond it. ``pairs``, ``columns``: as ``topic_features.measure_topic_features`` gives them."""
    log_odds = np.clip(model.log_odds(columns), -clip, clip)
    return average_link(rows, pairs.left, pairs.right, log_odds, 0.0, -clip, compute.backend)


def scores_schema(model: StoryModel) -> pa.Schema:
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
class LocalRescoring:
    """A closer look at the groups of a large collection that may be two alike events: the log-odds of one event of
    their ``pairs``, each group measured by itself, float64[pairs], and the model that judges by them."""

    pairs: CandidatePairs
    log_odds: F64
    model: splitting.SplitModel


@dataclass(frozen=True, slots=True)
class SameEventScores:
    """Same-event scores of candidate pairs among ``rows`` articles.

    ``pairs`` is a table of :func:`schema`, sorted by left and right. A pair that is not listed shares too little to be
    worth scoring and counts with log-odds ``model.missing``. ``words`` are the terms of the articles. ``group`` of each
    row, int64[rows]: texts that are judged together, in a small collection those on one topic, and only their pairs are
    scored. ``counts``: ``story_pairs`` scored, ``oversized_postings`` (terms in too many articles to look up),
    ``cut_candidate_lists`` (articles with more good matches than are kept).
    """

    rows: int
    pairs: pa.Table
    model: StoryModel
    counts: dict[str, int]
    words: terms.Terms
    group: I64
    local: LocalRescoring | None = None

    def split(self, least_probability: float, compute: Compute = SERIAL) -> splitting.StoryLabels:
        """Stories: articles that are one event with this probability or more."""
        words = splitting.weigh_story_terms(self.words)
        return splitting.split_into_stories(words, self._groups(), least_probability, compute)

    def _groups(self) -> Iterator[splitting.TextGroup]:
        left, right = (self.pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
        log_odds, model = self.pairs["log_odds"].to_numpy().astype(np.float64), self.model
        local: dict[int, tuple[splitting.PairScores, ...]] = {}
        if self.local:
            look, pairs = self.local, self.local.pairs
            own = splitting.scored_groups(self.group, pairs.left, pairs.right, look.log_odds, look.model, model.missing)
            local = {int(group.rows[0]): group.pair_scores for group in own}
        for group in splitting.scored_groups(self.group, left, right, log_odds, model.splits, model.missing):
            yield splitting.TextGroup(group.rows, group.pair_scores + local.get(int(group.rows[0]), ()))


def score_same_event(articles: pa.Table, compute: Compute = SERIAL) -> SameEventScores:
    """Score pairs of articles (ARTICLES schema) for reporting the same event; fewer than two articles give no pairs.

    The result depends on the set of articles only, not on their order. The threshold on the log-odds is applied where
    stories are grouped, so it may change without scoring again.
    """
    texts = zip(articles["title"].to_pylist(), articles["text"].to_pylist(), strict=True)
    words = terms.read_terms(
        (tokens.full_text(title, text) for title, text in texts), load_background(), compute.backend
    )
    return score_texts(words, _times(articles), load_models(), compute)


def _times(articles: pa.Table) -> Times:
    micros = articles["published_at"].cast(pa.int64()).cast(pa.float64()).fill_null(np.nan).to_numpy()
    return Times(micros / MICROSECONDS_PER_DAY, articles["day_precision"].to_numpy().astype(bool))


def score_texts(
    words: terms.Terms,
    times: Times,
    models: Models,
    compute: Compute = SERIAL,
    most_texts: int = topic_features.MOST_TEXTS,
) -> SameEventScores:
    """``score_same_event`` for texts already read; collections of up to ``most_texts`` count as small.

    They are parted by topic, and each topic is measured by itself. In larger ones all candidate pairs are measured in
    the collection and texts are joined loosely; groups that may be two alike events are then measured by themselves
    too, and parted where either measure says so, the second with CAUTION.
    """
    rows, small, large = words.rows, models.small, models.large
    if rows <= most_texts:
        pairs, columns = topic_features.measure_topic_features(words, np.zeros(rows, np.int64), compute)
        topic = find_topics(rows, pairs, columns, small.topics, small.splits.clip, compute)
        pairs, columns = topic_features.measure_topic_features(words, topic, compute)
        columns |= time_features(times, pairs.left, pairs.right)
        return SameEventScores(rows, _scored(small, pairs, columns), small, _counts(pairs), words, topic)
    pairs = propose_pairs(words, text_weights(words), compute)
    scored = _scored(large, pairs, measure_pair_features(words, times, pairs, compute))
    log_odds = scored["log_odds"].to_numpy().astype(np.float64)
    group = splitting.join_loosely(rows, pairs.left, pairs.right, log_odds, large.splits, large.missing, compute)
    local = _look_closer(words, times, small, group, compute)
    return SameEventScores(rows, scored, large, _counts(pairs), words, group, local)


def _look_closer(
    words: terms.Terms, times: Times, model: SmallStoryModel, group: I64, compute: Compute
) -> LocalRescoring:
    texts = np.bincount(group)[group]
    few = (texts >= topic_features.LEAST_OF_GROUP) & (texts <= topic_features.MOST_OF_GROUP)
    apart = np.where(few, group, words.rows + np.arange(words.rows))
    pairs, columns = topic_features.measure_topic_features(words, apart, compute)
    columns |= time_features(times, pairs.left, pairs.right)
    judge = msgspec.structs.replace(model.splits, intercept=model.splits.intercept - LOCAL_CAUTION)
    return LocalRescoring(pairs, model.log_odds(columns), judge)


def _counts(pairs: CandidatePairs) -> dict[str, int]:
    return {"story_pairs": int(pairs.left.size), "oversized_postings": 0, "cut_candidate_lists": 0} | pairs.counts


def _scored(model: StoryModel, pairs: CandidatePairs, columns: Columns) -> pa.Table:
    arrays = [pairs.left, pairs.right, model.log_odds(columns), *(columns[feature.name] for feature in model.features)]
    typed = [pa.array(array, field.type) for array, field in zip(arrays, scores_schema(model), strict=True)]
    return pa.Table.from_arrays(typed, schema=scores_schema(model))


def story_probabilities(labels: I64, pairs: pa.Table, missing: float) -> F64:
    """How well each text fits its story: the probability that goes with its mean log-odds with the rest, float64[rows],
    NaN for a text alone."""
    left, right = pairs["left"].to_numpy().astype(np.int64), pairs["right"].to_numpy().astype(np.int64)
    log_odds = pairs["log_odds"].to_numpy().astype(np.float64)
    inside = labels[left] == labels[right]
    rows = labels.size
    others = np.bincount(labels, minlength=rows)[labels] - 1
    total, scored = np.zeros(rows), np.zeros(rows)
    for side in (left[inside], right[inside]):
        total += np.bincount(side, log_odds[inside], minlength=rows)
        scored += np.bincount(side, minlength=rows)
    mean = (total + missing * (others - scored)) / np.where(others > 0, others, np.nan)
    return np.asarray(1 / (1 + np.exp(-mean)))
