"""The texts that a page of articles shows, side by side with those they come from, and how large a page may be."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import pyarrow as pa

from dedupe.alignment.align import align_tokenized
from dedupe.alignment.tokenized import TokenizedText, tokenize
from dedupe.report.formats import counted
from dedupe.report.html.alignment import side_by_side
from dedupe.report.html.page import cleaned, encoded
from dedupe.text.sentences import split_language

Texts = Literal["none", "matched", "all"]
"""Which texts a page shows: none, the sentences that two articles share, or all texts."""

_FRAME_BYTES = 150_000
"""What a page needs beside its data: the style sheet, the script, the summary."""

_LEAST_LEFT = 20_000
"""Bytes left from which on no more texts are compared."""

_PAIR_SHARE = 20
"""No comparison of two texts may take more than this part of a page, so that one giant does not fill it."""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What a page may hold: which texts, and how many bytes."""

    texts: Texts = "matched"
    max_bytes: int = 10_000_000


class Budget:
    """The bytes that a page may still take. ``left_out`` says what did not fit, in words."""

    def __init__(self, options: PageOptions) -> None:
        self.room = options.max_bytes - _FRAME_BYTES
        self._left = 0
        self._options = options
        self.left_out: list[str] = []

    def allow(self, share: float) -> None:
        """Allow this share of the page to what comes next, beside what was left over."""
        self._left += round(share * self.room)

    def take(self, record: object, most: int | None = None) -> msgspec.Raw | None:
        """Return a record as JSON if it fits and has at most ``most`` bytes, and take its size off; else None."""
        encoding = encoded(record)
        size = len(encoding) + 1
        if size > self._left or (most is not None and size > most):
            return None
        self._left -= size
        return msgspec.Raw(encoding)

    def take_texts(self, texts: PairTexts, names: Iterable[tuple[str, str]]) -> dict[str, msgspec.Raw]:
        """Return what ``texts`` has for each name, by its key, as far as it fits. ``names``: keys and ids."""
        found: dict[str, msgspec.Raw] = {}
        missing = 0
        most = self._options.max_bytes // _PAIR_SHARE
        for key, name in names:
            if not texts.has(name):
                continue
            is_hopeless = texts.length(name) > most or (missing and self._left < _LEAST_LEFT)
            record = None if is_hopeless else self.take(texts.of(name), most)
            if record is None:
                missing += 1
            else:
                found[key] = record
        if missing:
            self.left_out.append(f"The texts of {counted(missing, 'article')}: long ones, and the last ones.")
        return found

    def notes(self) -> list[str]:
        """Return what was left out, and which options change that."""
        notes = list(self.left_out)
        if notes:
            notes.append(f"The page may have {self._options.max_bytes / 1e6:g} MB; --report-mb allows more.")
        if self._options.texts == "none":
            notes.append("The texts, and so no comparison of articles (--report-texts none).")
        return notes


class PairTexts:
    """Compares articles with those that they are to be read beside.

    ``articles`` (ARTICLES) holds the texts. ``beside`` names for an article, by its id, the one that it is compared
    with, which stands on the left. ``language`` chooses the rules by which all texts are split into sentences, as for
    ``dedupe.alignment.align.align``.
    """

    def __init__(
        self, articles: pa.Table, beside: Mapping[str, str], texts: Texts, language: str | None = None
    ) -> None:
        self._language = language
        self._texts = texts
        self._beside = beside
        self._places = {name: place for place, name in enumerate(articles["id"].to_pylist())}
        self._articles = articles.select(["text", "language"])
        self._tokenized = functools.lru_cache(maxsize=64)(self._tokenize)

    def has(self, name: str) -> bool:
        """Return whether the page shows a text of this article under it."""
        return self._texts == "all" or (self._texts == "matched" and name in self._beside)

    def length(self, name: str) -> int:
        """Return the number of characters of the longest text that ``of`` reads."""
        names = [name, *([self._beside[name]] if name in self._beside else [])]
        return max(len(self._articles["text"][self._places[each]].as_py()) for each in names)

    def of(self, name: str) -> dict[str, Any]:
        """Return the texts of an article that the page shows: with what it is compared, and its whole text if all."""
        record: dict[str, Any] = {}
        if name in self._beside:
            left, right = self._tokenized(self._beside[name]), self._tokenized(name)
            alignment = align_tokenized(left, right)
            record["compared"] = side_by_side(left.text, right.text, alignment, unmatched=self._texts == "all")
        if self._texts == "all":
            text = self._articles["text"][self._places[name]].as_py()
            record["text"] = [paragraph for line in text.splitlines() if (paragraph := cleaned(line).strip())]
        return record

    def _tokenize(self, name: str) -> TokenizedText:
        text, own = (self._articles[column][self._places[name]].as_py() for column in ("text", "language"))
        return tokenize(text, self._language or split_language(text, own))
