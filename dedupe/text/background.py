"""How many articles of general news have each term: the background against which a term is rare or common."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from dedupe.arrays import F64
from dedupe.shipped import read_shipped


@dataclass(frozen=True, slots=True)
class Background:
    """How many of ``articles`` articles of general news have each term. A term that is not listed counts as unseen."""

    articles: int
    in_articles: dict[str, int]

    def counts(self, vocabulary: list[str]) -> F64:
        """How many articles have each term of a vocabulary: float64[terms]."""
        return np.array([self.in_articles.get(term, 0) for term in vocabulary], np.float64)


@functools.cache
def load_background() -> Background:
    """Load the table of the package, ``data/background_terms.txt``, whose first lines say where it comes from."""
    text = read_shipped("background_terms.txt").decode()
    # Splitting the whole text at once takes half the time of splitting each of its 16,000 lines.
    _, _, rows = text.partition("(articles)\t")
    articles, *fields = rows.rstrip("\n").replace("\n", "\t").split("\t")
    return Background(int(articles), dict(zip(fields[::2], map(int, fields[1::2]), strict=True)))
