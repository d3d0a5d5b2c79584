"""The texts that a page of articles shows: copies side by side with the text they are copies of."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from dedupe.alignment.align import align_tokenized
from dedupe.alignment.tokenized import TokenizedText, tokenize
from dedupe.report.html.alignment import side_by_side
from dedupe.report.html.page import cleaned
from dedupe.results import Row

Texts = Literal["none", "matched", "all"]
"""Which texts a page shows: none, the sentences that two articles share, or all texts."""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What a page may hold: which texts, and how many bytes."""

    texts: Texts = "matched"
    max_bytes: int = 10_000_000


class PairTexts:
    """Compares an article with the one that it is to be read beside.

    That is the canonical article of its copies or, if it is canonical itself and shares passages with the canonical
    article of its story, that one.
    """

    def __init__(self, rows: Sequence[Row], articles: pa.Table, texts: Texts) -> None:
        self._texts = texts
        self._rows = {row.id: row for row in rows}
        self._places = {row.id: place for place, row in enumerate(rows)}
        self._articles = articles.select(["text", "language"])
        self._tokenized = functools.lru_cache(maxsize=64)(self._tokenize)

    def has(self, name: str) -> bool:
        """Return whether the page shows a text of this article under it."""
        return self._texts == "all" or (self._texts == "matched" and self._beside(name) is not None)

    def of(self, name: str) -> dict[str, Any]:
        """Return the texts of an article that the page shows: with what it is compared, and its whole text if all."""
        record: dict[str, Any] = {}
        other = self._beside(name)
        if other is not None:
            left, right = self._tokenized(other), self._tokenized(name)
            compared = side_by_side(left.text, right.text, align_tokenized(left, right), unmatched=self._texts == "all")
            record["compared"] = compared
        if self._texts == "all":
            text = self._articles["text"][self._places[name]].as_py()
            record["text"] = [paragraph for line in text.splitlines() if (paragraph := cleaned(line).strip())]
        return record

    def _beside(self, name: str) -> str | None:
        """Return the id of the article that this one is compared with, if there is one."""
        row = self._rows[name]
        if row.relation:
            return row.canonical
        return row.story_canonical if row.story_relation and row.story_relation.kind == "overlapping" else None

    def _tokenize(self, name: str) -> TokenizedText:
        place = self._places[name]
        return tokenize(self._articles["text"][place].as_py(), self._articles["language"][place].as_py())
