"""outline → OUTLINES: the sentences of a collection as flat arrays, and what each article says about its origin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

import numpy as np
import pyarrow as pa

from dedupe.alignment.provenance import Provenance, is_dateline, is_photo_credit, provenance
from dedupe.alignment.tokenized import tokenize
from dedupe.arrays import I64, U64, Bools
from dedupe.parallel import in_processes
from dedupe.schemas import Article

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how much of it is done, and of how much."""


_TASK_ARTICLES = 64


@dataclass(frozen=True, slots=True)
class SentenceTable:
    """The sentences of all articles, one after the other: article, place in its text (code points), number of words,
    hash of the words (0: none), whether most of it is quoted, whether a rule calls it boilerplate. ``first[i]`` is the
    first sentence of article i, ``first[-1]`` their number. ``provenances``: one an article."""

    article: I64
    starts: I64
    ends: I64
    words: I64
    keys: U64
    quoted: Bools
    boilerplate: Bools
    first: I64
    provenances: tuple[Provenance, ...]


@dataclass(frozen=True, slots=True)
class _Outline:
    """The sentences of one article; fields as in ``SentenceTable``."""

    starts: I64
    ends: I64
    words: I64
    keys: U64
    quoted: Bools
    boilerplate: Bools
    provenance: Provenance


def tabulate_sentences(articles: pa.Table, processes: int, progress: Progress) -> SentenceTable:
    """Sentences and provenance of every article (ARTICLES schema, canonical order)."""
    size = len(articles)
    tasks = (articles.slice(start, _TASK_ARTICLES).to_pylist() for start in range(0, size, _TASK_ARTICLES))
    found: list[_Outline] = []
    for part in in_processes(_outline_some, tasks, processes, worth_it=8):
        found += part
        progress("read", len(found), size)
    counts = np.array([one.words.size for one in found], np.int64)
    return SentenceTable(
        article=np.repeat(np.arange(size), counts),
        starts=np.concatenate([np.zeros(0, np.int64), *(one.starts for one in found)]),
        ends=np.concatenate([np.zeros(0, np.int64), *(one.ends for one in found)]),
        words=np.concatenate([np.zeros(0, np.int64), *(one.words for one in found)]),
        keys=np.concatenate([np.zeros(0, np.uint64), *(one.keys for one in found)]),
        quoted=np.concatenate([np.zeros(0, bool), *(one.quoted for one in found)]),
        boilerplate=np.concatenate([np.zeros(0, bool), *(one.boilerplate for one in found)]),
        first=np.concatenate((np.zeros(1, np.int64), np.cumsum(counts))),
        provenances=tuple(one.provenance for one in found),
    )


def _outline_some(rows: list[dict[str, object]]) -> list[_Outline]:
    return [_outline(_article(row)) for row in rows]


def _outline(article: Article) -> _Outline:
    wording = tokenize(article.text, article.language)
    bounds = wording.sentence_words.tolist()
    sentences = [wording.forms[a:b] for a, b in pairwise(bounds)]
    by_rule = [
        known or is_dateline(forms) or is_photo_credit(article.text[span.start : span.end])
        for known, forms, span in zip(wording.boilerplate, sentences, wording.sentences, strict=True)
    ]
    return _Outline(
        np.array([span.start for span in wording.sentences], np.int64),
        np.array([span.end for span in wording.sentences], np.int64),
        np.diff(wording.sentence_words),
        np.array([_key(forms) for forms in sentences], np.uint64),
        np.array(wording.quoted, bool),
        np.array(by_rule, bool),
        provenance(article),
    )


def _key(forms: list[str]) -> int:
    """64 bits of a sentence's words, 0 if it has none."""
    return int.from_bytes(blake2b(" ".join(forms).encode(), digest_size=8).digest(), "little") | 1 if forms else 0


def _article(row: dict[str, object]) -> Article:
    """A row of ARTICLES as an article."""
    return Article(**{name: row[name] for name in Article.__dataclass_fields__})  # type: ignore[arg-type]
