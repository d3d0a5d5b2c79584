"""Near-duplicate and syndication detection for news.

    cluster(articles)         groups articles into copies (same text) and stories (same event)      → Clustering
    html_page(clustering, …)  shows them on a page for a browser                                    → str
    explain(clustering, a, b) says why two articles are, or are not, in one story                   → Explanation
    align(left, right)        finds the sentences of two texts that were copied, edited, rewritten  → Alignment
    near_duplicates(paths)    finds near-duplicate pairs in files or frames of any size, nothing else → NearDuplicates
    Index(path)               gives one verdict per article against all seen before; durable        → Verdict
    Client(url)               asks a running ``dedupe serve`` the same; AsyncClient for asyncio     → Verdict
    read(paths)               reads articles from .txt, JSONL, JSON, CSV, Parquet and ninjs files   → Article …
    evaluate(gold, predicted) scores a clustering: B-cubed, adjusted Rand index and pair F1         → Scores

``Article`` is what goes in, and ``Settings`` holds every threshold. The package consists of these folders, in the order
in which articles pass through them:

    reading     turns files into articles: decoding, records, dates, HTML, reports of bad input
    text        finds words, sentences, terms, quotations and boilerplate, with offsets into the original text
    copies      decides whether articles are the same text: fingerprints → candidate pairs → relations → groups
    stories     decides whether articles are about the same event: candidate pairs → similarity → joins → splits
    alignment   finds the passages and sentences that two texts share, what was edited, and which text came first
    audit       finds where every word of a collection was published first
    index       the persistent pre-filter, which gives one verdict per article
    report      writes results as tables, JSON, CSV and HTML pages
    service     the index over HTTP, for many clients at once
    spark       pairs and copies of archives on a cluster, with the results of one machine
    client      asks the service, with the verbs and the results of the index
    cli         the command line
    kernels     the array computations, which have a NumPy backend and a compiled one

Beside the folders, ``clustering`` runs the stages in order, with ``cluster_rows`` and ``explanations``;
``near_duplicate_pairs`` is the fast way to near duplicates, ``filter_lines`` reads and answers lines of JSON, and
``evaluation`` computes scores. All of these use the basic modules ``article``, ``settings``, ``schemas``, ``results``,
``shipped``, ``arrays``, ``errors`` and ``parallel``. A drawing is in ``docs/architecture.md``.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

if os.path.exists(os.path.join(os.path.dirname(__file__), "api.py")):  # noqa: PTH110, PTH118, PTH120 - pathlib is slow
    raise ImportError(
        "PyPI's other package `dedupe` is installed in this environment, and its files are mixed in: "
        "run `pip uninstall -y dedupe news-dedupe`, then install one of the two; for both, use two environments"
    )

if TYPE_CHECKING:
    from dedupe.alignment.align import Alignment, align
    from dedupe.article import Article
    from dedupe.client import AsyncClient, Client
    from dedupe.clustering import Clustering, cluster
    from dedupe.errors import DedupeError
    from dedupe.evaluation import Scores, evaluate
    from dedupe.explanations import Explanation, explain
    from dedupe.index import Index, Verdict
    from dedupe.near_duplicate_pairs import NearDuplicates, near_duplicates
    from dedupe.reading.articles import read
    from dedupe.reading.problems import Problem
    from dedupe.report.html.clustering import html_page
    from dedupe.results import Relation, Row, Story
    from dedupe.settings import Settings

__version__ = "0.2.0"

# The module that defines each public name.
_MODULES = {
    "Alignment": "alignment.align",
    "Article": "article",
    "AsyncClient": "client",
    "Client": "client",
    "Clustering": "clustering",
    "DedupeError": "errors",
    "Explanation": "explanations",
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
    "explain": "explanations",
    "html_page": "report.html.clustering",
    "near_duplicates": "near_duplicate_pairs",
    "read": "reading.articles",
}

__all__ = [
    "Alignment",
    "Article",
    "AsyncClient",
    "Client",
    "Clustering",
    "DedupeError",
    "Explanation",
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
    "explain",
    "html_page",
    "near_duplicates",
    "read",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that ``import dedupe`` alone stays quick (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module 'dedupe' has no attribute {name!r}")
    return getattr(importlib.import_module(f"dedupe.{_MODULES[name]}"), name)
