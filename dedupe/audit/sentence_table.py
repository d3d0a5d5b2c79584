"""Tabulate the sentences of a collection as flat arrays, with what each article says about its origin.

This is the first stage of an audit after clustering. Every later stage names a sentence by its row in the table. The
texts are tokenized on several processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise

import numpy as np
import pyarrow as pa

from dedupe.alignment.provenance import Provenance, provenance
from dedupe.alignment.tokenized import MIN_QUOTED, TokenizedText, tokenize
from dedupe.arrays import I64, U64, Bools
from dedupe.article import Article
from dedupe.kernels.ragged import ragged_offsets
from dedupe.parallel import in_processes

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, how much of it is done, and how much there is to do."""


_TASK_ARTICLES = 64
"""Articles that are handed to a process at once."""


@dataclass(frozen=True, slots=True)
class SentenceTable:
    """The sentences of all articles, article by article, in the order of each text.

    One element a sentence:

    ``article``: int64[sentences], the article's row in canonical order.
    ``starts``, ``ends``: int64[sentences], the half-open span in the article's text, in code points.
    ``words``: int64[sentences], the number of words.
    ``keys``: uint64[sentences], a hash of the words; equal for the same words in the same order, 0 for no words.
    ``quoted``: bool[sentences], most words stand inside quotation marks.
    ``boilerplate``: bool[sentences], a rule calls the sentence boilerplate or a line of the page.

    One element an article:

    ``offsets``: int64[articles + 1]; article i has the sentences [``offsets[i]``, ``offsets[i + 1]``).
    ``provenances``: what each article says about its origin.

    ``tokenized``: the tokenized texts of the articles that may be aligned, by row, so that no text is tokenized twice.
    """

    article: I64
    starts: I64
    ends: I64
    words: I64
    keys: U64
    quoted: Bools
    boilerplate: Bools
    offsets: I64
    provenances: tuple[Provenance, ...]
    tokenized: dict[int, TokenizedText]


@dataclass(frozen=True, slots=True)
class _ArticleSentences:
    """The sentences of one article; fields as in ``SentenceTable``. ``tokenized``: None if it is not needed again."""

    starts: I64
    ends: I64
    words: I64
    keys: U64
    quoted: Bools
    boilerplate: Bools
    provenance: Provenance
    tokenized: TokenizedText | None


def tabulate_sentences(articles: pa.Table, may_be_aligned: Bools, processes: int, progress: Progress) -> SentenceTable:
    """Tabulate the sentences and the provenance of every article.

    ``articles`` has the ARTICLES schema and is in canonical order; it may be empty. ``may_be_aligned``: bool[articles],
    of which the tokenized texts are needed. The result does not depend on the number of processes.
    """
    size = len(articles)
    tasks = (
        (articles.slice(start, _TASK_ARTICLES).to_pylist(), may_be_aligned[start : start + _TASK_ARTICLES])
        for start in range(0, size, _TASK_ARTICLES)
    )
    parts: list[_ArticleSentences] = []
    tokenized: dict[int, TokenizedText] = {}
    words: dict[str, str] = {}
    for some in in_processes(_tabulate_some, tasks, processes, worth_it=8):
        for row, one in enumerate(some, len(parts)):
            if one.tokenized:
                # Each word is held once, however many texts have it.
                forms = [words.setdefault(word, word) for word in one.tokenized.forms]
                tokenized[row] = replace(one.tokenized, forms=forms)
        parts += [replace(one, tokenized=None) for one in some]
        progress("read", len(parts), size)
    counts = np.array([one.words.size for one in parts], np.int64)
    return SentenceTable(
        article=np.repeat(np.arange(size), counts),
        starts=np.concatenate([np.zeros(0, np.int64), *(one.starts for one in parts)]),
        ends=np.concatenate([np.zeros(0, np.int64), *(one.ends for one in parts)]),
        words=np.concatenate([np.zeros(0, np.int64), *(one.words for one in parts)]),
        keys=np.concatenate([np.zeros(0, np.uint64), *(one.keys for one in parts)]),
        quoted=np.concatenate([np.zeros(0, bool), *(one.quoted for one in parts)]),
        boilerplate=np.concatenate([np.zeros(0, bool), *(one.boilerplate for one in parts)]),
        offsets=ragged_offsets(counts),
        provenances=tuple(one.provenance for one in parts),
        tokenized=tokenized,
    )


def _tabulate_some(task: tuple[list[dict[str, object]], Bools]) -> list[_ArticleSentences]:
    return [_tabulate(_article(row), is_kept) for row, is_kept in zip(task[0], task[1].tolist(), strict=True)]


def _tabulate(article: Article, is_kept: bool) -> _ArticleSentences:
    text = tokenize(article.text, article.language)
    return _ArticleSentences(
        np.array([span.start for span in text.sentences], np.int64),
        np.array([span.end for span in text.sentences], np.int64),
        np.diff(text.sentence_words),
        sentence_keys(text),
        text.quoted_share > MIN_QUOTED,
        np.array(text.boilerplate, bool),
        provenance(article),
        text if is_kept else None,
    )


def sentence_keys(text: TokenizedText) -> U64:
    """The ``SentenceTable.keys`` of one text, uint64[sentences]."""
    return np.array([_key(text.forms[a:b]) for a, b in pairwise(text.sentence_words.tolist())], np.uint64)


def _key(forms: list[str]) -> int:
    """A hash of a sentence's words, 63 bits and never 0; 0 if it has no words."""
    return int.from_bytes(blake2b(" ".join(forms).encode(), digest_size=8).digest(), "little") | 1 if forms else 0


def _article(row: dict[str, object]) -> Article:
    """A row of ARTICLES as an article."""
    return Article(**{name: row[name] for name in Article.__dataclass_fields__})  # type: ignore[arg-type]
