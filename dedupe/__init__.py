"""Near-duplicate and syndication detection for news.

    cluster(articles)   group articles into copies (same text) and stories (same event)   → Clustering
    align(left, right)  which sentences of two texts were copied, edited or rewritten      → Alignment
    near_duplicates([…]) pairs of nearly the same words in files of any size, and nothing else → NearDuplicates
    Index(path)         one verdict an article against everything seen, durable, idempotent → Verdict
    read(paths)         articles from .txt, JSONL, CSV, Parquet and ninjs files            → Article …
    evaluate(gold, got) B-cubed, adjusted Rand index and pair F1 of a clustering           → Scores
    Article, Settings   what goes in, and every threshold

The rooms, in the order in which articles pass through them:

    reading     paths → streams → records → articles; dates, HTML, bad input
    text        words, sentences, terms, quotations and boilerplate, with offsets into the original
    copies      fingerprints → candidate pairs → verified relations → groups: is it the same text?
    stories     candidate pairs → features → scores → splits: is it the same event?
    alignment   which passages and sentences two texts share, what was edited, and which text came first
    audit       where every word of a collection was first
    index       the persistent pre-filter: one verdict an article
    report      results as tables, JSON and CSV; cli: the command line
    kernels     what is computed on arrays, once in NumPy and once compiled

Beside them stand ``clustering`` (the stages in order) with ``cluster_rows`` and ``explanations``,
``near_duplicate_pairs`` (the fast path), ``evaluation``; and the ground: ``settings``, ``schemas``, ``results``,
``arrays``, ``errors``, ``parallel``. ``docs/architecture.md`` draws it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedupe.alignment.align import Alignment, align
    from dedupe.clustering import Clustering, cluster
    from dedupe.errors import DedupeError
    from dedupe.evaluation import Scores, evaluate
    from dedupe.index import Index, Verdict
    from dedupe.near_duplicate_pairs import NearDuplicates, near_duplicates
    from dedupe.reading.articles import Problem, read
    from dedupe.results import Relation, Row, Story
    from dedupe.schemas import Article
    from dedupe.settings import Settings

__version__ = "0.1.0"

_HOMES = {
    "Alignment": "alignment.align",
    "Article": "schemas",
    "Clustering": "clustering",
    "DedupeError": "errors",
    "Index": "index",
    "NearDuplicates": "near_duplicate_pairs",
    "Problem": "reading.problems",
    "Relation": "results",
    "Row": "results",
    "Scores": "evaluation",
    "Settings": "settings",
    "Story": "results",
    "Verdict": "index",
    "align": "alignment.align",
    "cluster": "clustering",
    "evaluate": "evaluation",
    "near_duplicates": "near_duplicate_pairs",
    "read": "reading.articles",
}

__all__ = [
    "Alignment",
    "Article",
    "Clustering",
    "DedupeError",
    "Index",
    "NearDuplicates",
    "Problem",
    "Relation",
    "Row",
    "Scores",
    "Settings",
    "Story",
    "Verdict",
    "align",
    "cluster",
    "evaluate",
    "near_duplicates",
    "read",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used: ``import dedupe`` alone stays light (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dedupe' has no attribute {name!r}")
    return getattr(importlib.import_module(f"dedupe.{_HOMES[name]}"), name)
