"""The persistent index: it gives each article one verdict against the articles of the last days.

``Index(path)`` opens or makes an index. Its methods are ``check``, ``peek``, ``forget``, ``expire``, ``stats``,
``doctor``, ``backup`` and ``export``. ``restore`` makes an index from a backup, ``salvage`` from what is intact of a
damaged one. ``fingerprint_articles`` does the expensive step by itself, so that worker processes can
fingerprint articles before one writer checks them.

``storage`` keeps one row per article, in SQLite or on a PostgreSQL server; those rows are the only data that cannot be
rebuilt. ``lookup`` finds the stored articles that share keys with a new one, in segment files and in a memtable that
are both derived from the rows. ``stories`` finds the story of an article. ``decisions`` chooses the verdict of one
article and ``batches`` those of one call.
"""

from dedupe.index.health import Examination, Stats
from dedupe.index.index import Index
from dedupe.index.lookup.keys import FingerprintedArticle, fingerprint_articles
from dedupe.index.recovery import restore, salvage
from dedupe.index.verdicts import Verdict

__all__ = [
    "Examination",
    "FingerprintedArticle",
    "Index",
    "Stats",
    "Verdict",
    "fingerprint_articles",
    "restore",
    "salvage",
]
