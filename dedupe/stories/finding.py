"""Stories: groups of articles that report the same event.

``measure_articles`` measures what the articles of a collection have in common; ``StoryEvidence.find`` turns that into
stories, so that thresholds can change without measuring again. Dates count where both articles have one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedupe.arrays import F64, I64
from dedupe.kernels import SERIAL, Compute
from dedupe.schemas import column_of
from dedupe.settings import FAR_DAYS, Settings
from dedupe.stories import joining, sagas, splitting
from dedupe.stories.candidates import CandidatePairs, propose_pairs, text_weights
from dedupe.stories.models import StoryModel, load_model
from dedupe.stories.series import mark_series
from dedupe.stories.similarity import measure_similarity
from dedupe.stories.sparse import Columns
from dedupe.stories.times import Times, days_apart
from dedupe.text import terms
from dedupe.text.background import load_background
from dedupe.text.columns import TextsOf
from dedupe.text.furniture import plain_headlines


@dataclass(frozen=True, slots=True)
class Stories:
    """The stories of a collection.

    ``labels``: story of each row, int64[rows], numbered from 0 in the order of first members. ``groups``: how articles
    were joined before groups were split. ``split``: how groups were split.
    """

    labels: I64
    groups: joining.Groups
    split: splitting.SplitGroups


@dataclass(frozen=True, slots=True)
class StoryEvidence:
    """What the articles of a collection have in common.

    ``words``: the terms of the articles. ``day``: of each article, float64[rows], NaN if unknown. ``pairs`` and
    ``columns``: what was measured of candidate pairs, for stories of at most ``span`` days, in which more days than
    ``far_days`` count as that many. ``counts``: ``story_pairs`` (measured pairs), ``oversized_postings`` and
    ``cut_candidate_lists`` (see ``CandidatePairs``).
    """

    words: terms.Terms
    day: F64
    pairs: CandidatePairs
    columns: Columns
    span: float
    far_days: float
    counts: dict[str, int]
    model: StoryModel

    def find(self, least_probability: float, compute: Compute = SERIAL) -> Stories:
        """Group the articles into stories: articles that report one event with at least ``least_probability``."""
        least = math.log(least_probability / (1 - least_probability))
        limits = (least, self.span, self.far_days)
        groups = joining.join_articles(
            self.words.rows, self.pairs, self.columns, self.day, self.model.join, limits, compute
        )
        limits_of_split = (least_probability, self.far_days)
        split = splitting.split_groups(self.words, groups.labels, self.day, self.model.split, limits_of_split, compute)
        return Stories(split.labels, groups, split)

    def find_sagas(self, story: I64, compute: Compute = SERIAL) -> I64:
        """Join stories of one affair: the saga of each article, int64[rows], numbered from 0.

        ``story``: the story of each article, as ``find`` numbers them.
        """
        return sagas.join_stories(self.words, self.day, story, self.model.saga, compute)


def measure_articles(
    articles: pa.Table,
    settings: Settings,
    compute: Compute = SERIAL,
    series: tuple[I64, I64] | None = None,
    rows: I64 | None = None,
) -> StoryEvidence:
    """Measure what articles have in common as reports of one event.

    ``articles``: a table of schema ``ARTICLES``, of which only ``rows``, int64, are measured, if given. Fewer than two
    articles give no pairs. ``series``: pairs that are known to be two reports of one series (their left and right rows
    among the measured ones, int64[pairs] each). The result depends only on the set of articles, not on their order.
    """
    rows = np.arange(len(articles)) if rows is None else rows
    described = articles.drop_columns("text").take(column_of(rows))
    publishers = described["publisher"].to_pylist()
    titled = plain_headlines(described["title"].to_pylist(), TextsOf(articles["text"], rows), publishers)
    languages = described["language"].to_pylist()
    words = terms.read_terms(zip(*titled, strict=True), load_background(), compute, publishers, languages)
    found = measure_terms(words, Times.of_articles(described), settings, load_model(), compute)
    if series is not None:
        mark_series(
            found.columns, found.pairs.left * words.rows + found.pairs.right, series[0] * words.rows + series[1]
        )
    return found


def measure_terms(
    words: terms.Terms, times: Times, settings: Settings, model: StoryModel, compute: Compute = SERIAL
) -> StoryEvidence:
    """``measure_articles`` for articles whose terms have been read."""
    day, span, far_days = times.whole_day, settings.story_span, FAR_DAYS[settings.dates]
    pairs = propose_pairs(words, text_weights(words, compute), day, span, compute)
    days = np.minimum(days_apart(day, pairs.left, pairs.right), far_days)
    columns = measure_similarity(words, days, pairs, compute)
    counts = {"story_pairs": int(pairs.left.size)} | pairs.counts
    return StoryEvidence(words, day, pairs, columns, span, far_days, counts, model)
