"""Same-event scores: how likely two articles report the same event, with the features that say so.

The scores are logistic regressions over the features of ``pair_features`` or, in small collections, of
``topic_features``. They are fitted on public labelled news: the files in ``data/`` say on which sets, and
``benchmarks/fitting`` makes them again. Dates count where both articles have one, and are ignored where one is missing.
``SameEventScores.split`` turns the scores into stories.
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
"""Subtracted from the log-odds of two events when the small model judges a group of a large collection, because that
model was fitted to collections half of which are two similar events. At 3, scores on held-out sets equal those without
local rescoring (benchmarks/stories/leave_one_out.py). A value of 2 costs .0004 of B-cubed F1 and hardly separates more
events among other articles."""


def find_topics(
    rows: int, pairs: CandidatePairs, columns: Columns, model: PairModel, clip: float, compute: Compute = SERIAL
) -> I64:
    """Topic of each text, int64[rows], by average linkage on the log-odds of one topic, clipped to ±``clip``.

    ``pairs``, ``columns``: as ``topic_features.measure_topic_features`` returns them.
    """
    log_odds = np.clip(model.log_odds(columns), -clip, clip)
    return average_link(rows, pairs.left, pairs.right, log_odds, 0.0, -clip, compute.backend)


def scores_schema(model: StoryModel) -> pa.Schema:
    """Schema of the scores: row numbers ``left < right``, the log-odds of one event, and the features of the model."""
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
    """Local rescoring of those groups of a large collection that may be two similar events.

    The pairs of each group are scored by the features of ``topic_features``, measured within the group. ``log_odds``:
    log-odds of one event of ``pairs``, float64[pairs]. ``model``: the model that judges splits by them.
    """

    pairs: CandidatePairs
    log_odds: F64
    model: splitting.SplitModel


@dataclass(frozen=True, slots=True)
class SameEventScores:
    """Same-event scores of candidate pairs among ``rows`` articles.

    ``pairs``: table of :func:`scores_schema`, sorted by left and right. A pair that is not listed shares too little to
    be scored, and counts with log-odds ``model.missing``. ``words``: the terms of the articles. ``group`` of each row,
    int64[rows]: texts that are judged together; in a small collection these are the texts on one topic, and only their
    pairs are scored. ``counts``: ``story_pairs`` (scored pairs), ``oversized_postings`` (terms in too many articles to
    look up), ``cut_candidate_lists`` (articles with more good matches than are kept). ``local``: local rescoring, None
    in small collections.
    """

    rows: int
    pairs: pa.Table
    model: StoryModel
    counts: dict[str, int]
    words: terms.Terms
    group: I64
    local: LocalRescoring | None = None

    def split(self, least_probability: float, compute: Compute = SERIAL) -> splitting.StoryLabels:
        """Group the articles into stories: articles that report one event with at least ``least_probability``."""
        story_terms = splitting.weigh_story_terms(self.words)
        return splitting.split_into_stories(story_terms, self._groups(), least_probability, compute)

    def _groups(self) -> Iterator[splitting.TextGroup]:
        left, right = (self.pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
        log_odds, model = self.pairs["log_odds"].to_numpy().astype(np.float64), self.model
        local: dict[int, tuple[splitting.PairScores, ...]] = {}
        if self.local:
            pairs, local_odds, local_model = self.local.pairs, self.local.log_odds, self.local.model
            groups = splitting.scored_groups(
                self.group, pairs.left, pairs.right, local_odds, local_model, model.missing
            )
            local = {int(group.rows[0]): group.pair_scores for group in groups}
        for group in splitting.scored_groups(self.group, left, right, log_odds, model.splits, model.missing):
            yield splitting.TextGroup(group.rows, group.pair_scores + local.get(int(group.rows[0]), ()))


def score_same_event(articles: pa.Table, compute: Compute = SERIAL) -> SameEventScores:
    """Score pairs of articles for reporting the same event.

    ``articles``: a table of schema ``ARTICLES``. Fewer than two articles give no pairs. The result depends only on the
    set of articles, not on their order. No probability threshold is applied here, so it can change without scoring
    again: see ``SameEventScores.split``.
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
    """``score_same_event`` for texts whose terms have been read.

    Collections of up to ``most_texts`` texts are small: they are grouped by topic, and each topic is scored by itself.
    In larger collections, all candidate pairs are scored, and texts are joined loosely. Groups that may be two similar
    events are then rescored locally. They are split if either score says so, the local one with LOCAL_CAUTION.
    """
    rows, small, large = words.rows, models.small, models.large
    if rows <= most_texts:
        pairs, columns = topic_features.measure_topic_features(words, np.zeros(rows, np.int64), compute)
        topic = find_topics(rows, pairs, columns, small.topics, small.splits.clip, compute)
        pairs, columns = topic_features.measure_topic_features(words, topic, compute)
        columns |= time_features(times, pairs.left, pairs.right)
        return SameEventScores(rows, _scores(small, pairs, columns), small, _counts(pairs), words, topic)
    pairs = propose_pairs(words, text_weights(words), compute)
    scores = _scores(large, pairs, measure_pair_features(words, times, pairs, compute))
    log_odds = scores["log_odds"].to_numpy().astype(np.float64)
    group = splitting.join_loosely(rows, pairs.left, pairs.right, log_odds, large.splits, large.missing, compute)
    local = _rescore_locally(words, times, small, group, compute)
    return SameEventScores(rows, scores, large, _counts(pairs), words, group, local)


def _rescore_locally(
    words: terms.Terms, times: Times, model: SmallStoryModel, group: I64, compute: Compute
) -> LocalRescoring:
    """Score the pairs of groups of LEAST_OF_GROUP to MOST_OF_GROUP texts within their group. ``group`` of each row."""
    texts = np.bincount(group)[group]
    is_rescored = (texts >= topic_features.LEAST_OF_GROUP) & (texts <= topic_features.MOST_OF_GROUP)
    # Every row of another group gets a topic of its own, which has no pairs.
    topic = np.where(is_rescored, group, words.rows + np.arange(words.rows))
    pairs, columns = topic_features.measure_topic_features(words, topic, compute)
    columns |= time_features(times, pairs.left, pairs.right)
    cautious = msgspec.structs.replace(model.splits, intercept=model.splits.intercept - LOCAL_CAUTION)
    return LocalRescoring(pairs, model.log_odds(columns), cautious)


def _counts(pairs: CandidatePairs) -> dict[str, int]:
    return {"story_pairs": int(pairs.left.size), "oversized_postings": 0, "cut_candidate_lists": 0} | pairs.counts


def _scores(model: StoryModel, pairs: CandidatePairs, columns: Columns) -> pa.Table:
    """Score pairs by their features: a table of :func:`scores_schema`."""
    arrays = [pairs.left, pairs.right, model.log_odds(columns), *(columns[feature.name] for feature in model.features)]
    typed = [pa.array(array, field.type) for array, field in zip(arrays, scores_schema(model), strict=True)]
    return pa.Table.from_arrays(typed, schema=scores_schema(model))


def story_probabilities(labels: I64, pairs: pa.Table, missing: float) -> F64:
    """How well each text fits its story: the logistic function of its mean log-odds with the rest, float64[rows].

    ``labels``: story of each row, int64[rows]. ``pairs``: a table with ``left``, ``right`` and ``log_odds``.
    ``missing``: log-odds of pairs that are not listed. NaN for a text alone in its story.
    """
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
