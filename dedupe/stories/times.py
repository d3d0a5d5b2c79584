"""When articles were published, and what that says about two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedupe.arrays import F64, I64, Bools

MICROSECONDS_PER_DAY = 86_400_000_000

CLOSENESS_DAYS = 5.0
"""In this many days, what two articles have in common loses a factor of e as a sign of one event."""

WRONG_DATE = 0.1
"""What articles far apart in time have in common still counts so much, because a date may be wrong."""


@dataclass(frozen=True, slots=True)
class Times:
    """When articles were published.

    ``day``: days since 1970, float64[rows], with fractions, NaN if unknown. ``day_precision``: bool[rows], True if only
    the day is known.
    """

    day: F64
    day_precision: Bools

    @classmethod
    def of_articles(cls, articles: pa.Table) -> Times:
        """The times of the articles of a table of schema ``ARTICLES``."""
        micros = articles["published_at"].cast(pa.int64()).cast(pa.float64()).fill_null(np.nan).to_numpy()
        return cls(micros / MICROSECONDS_PER_DAY, articles["day_precision"].to_numpy().astype(bool))

    @property
    def whole_day(self) -> F64:
        """The day of each article, float64[rows], NaN if unknown.

        Stories compare whole days: hours say little about which event an article reports, and many articles have none.
        """
        return np.floor(self.day)


def days_apart(day: F64, left: I64, right: I64) -> F64:
    """Days between the two articles of each pair, 0 where either is undated: float64[pairs]."""
    return np.nan_to_num(np.abs(day[left] - day[right]), nan=0.0)


def closeness(days: F64) -> F64:
    """How much what two articles so many days apart have in common counts as a sign of one event: float64[pairs].

    It is 1 on the same day and falls to WRONG_DATE.
    """
    return WRONG_DATE + (1 - WRONG_DATE) * np.exp(-days / CLOSENESS_DAYS)
