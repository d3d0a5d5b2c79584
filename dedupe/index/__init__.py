"""The persistent index: one verdict an article against everything seen in a window of days.

    Index(path)      check · peek · forget · expire · stats · doctor · export    → Verdict, Stats, Examination
    sign(articles)   the expensive step, for workers that sign before one writer checks

``log`` holds the truth, one SQLite row an article; ``segments`` and ``memtable`` are derived from it and disposable,
``lookup`` keeps them and looks up; ``fingerprinted`` says what an article is filed under, ``judge`` what it is.
"""

from dedupe.index.health import Examination, Stats
from dedupe.index.index import Index
from dedupe.index.lookup.keys import FingerprintedArticle, fingerprint_articles
from dedupe.index.verdicts import Verdict

__all__ = ["Examination", "FingerprintedArticle", "Index", "Stats", "Verdict", "fingerprint_articles"]
