"""Near-duplicate and syndication detection for news.

    cluster(articles)   group articles into copies (same text) and stories (same event)   → Clustering
    align(left, right)  which sentences of two texts were copied, edited or rewritten      → Alignment
    near_duplicates([…]) pairs of nearly the same words in files of any size, and nothing else → NearDuplicates
    Index(path)         one verdict an article against everything seen, durable, idempotent → Verdict
    read(paths)         articles from .txt, JSONL, CSV, Parquet and ninjs files            → Article …
    evaluate(gold, got) B-cubed, adjusted Rand index and pair F1 of a clustering           → Scores
    Article, Settings   what goes in, and every threshold

One noun a file, from the ground up:

    tables, settings, errors, problems     what stages exchange, every threshold, every exception, bad input
    text, dates, markup                    words and sentences with offsets; printed dates; HTML to text
    sources, streams, records, articles    paths → bytes → fields → articles
    fingerprints, candidates, relations    sign, pair, verify: the same text?
    shelves, threads, duplicates           texts read twice instead of held; kernels on all cores; near duplicates alone
    terms, story_pairs                     what an article says, and which pairs to score
    story_features, small_features, series how alike two articles are: in a collection, a small one, days of a series
    stories, partings, divisions           relate, part, divide: the same event?
    linkage, groups                        average link; copies that belong together
    wording, likeness, edits, marks        a text read for alignment, how alike two sentences are, their differences
    stretches, summaries, passages         shared passages, located to the word
    matches, alignments, directions        which sentences belong together; the whole; who had it first
    results, pipeline, reasons, scores     what people get; the order of the verbs; why; how good
    outlines, comparisons, sentence_pairs, reuse, repetition, workers, audits    where every word comes from
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedupe.alignments import Alignment, align
    from dedupe.articles import Problem, read
    from dedupe.duplicates import NearDuplicates, near_duplicates
    from dedupe.errors import DedupeError
    from dedupe.index import Index, Verdict
    from dedupe.pipeline import Clustering, cluster
    from dedupe.results import Relation, Row, Story
    from dedupe.scores import Scores, evaluate
    from dedupe.settings import Settings
    from dedupe.tables import Article

__version__ = "0.1.0"

_HOMES = {
    "Alignment": "alignments",
    "Article": "tables",
    "Clustering": "pipeline",
    "DedupeError": "errors",
    "Index": "index",
    "NearDuplicates": "duplicates",
    "Problem": "articles",
    "Relation": "results",
    "Row": "results",
    "Scores": "scores",
    "Settings": "settings",
    "Story": "results",
    "Verdict": "index",
    "align": "alignments",
    "cluster": "pipeline",
    "evaluate": "scores",
    "near_duplicates": "duplicates",
    "read": "articles",
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
