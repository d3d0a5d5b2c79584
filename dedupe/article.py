"""The article that users pass in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Article:
    """One article as its publisher printed it.

    ``published_at`` may be an ISO 8601 string or a ``datetime``. A value without a time zone is read as UTC. A value
    without a time of day, or at exactly midnight, has day precision.
    """

    id: str
    title: str = ""
    text: str = ""
    publisher: str | None = None
    published_at: str | datetime | None = None
    url: str | None = None
    language: str | None = None
