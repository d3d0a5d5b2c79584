"""The persistent index: one verdict an article against everything seen in a window of days.

    Index(path)      check · peek · forget · expire · stats · doctor · export    → Verdict, Stats, Examination
    sign(articles)   the expensive step, for workers that sign before one writer checks

``log`` holds the truth, one SQLite row an article; ``segments`` and ``tail`` are derived from it and disposable,
``shelf`` keeps them and looks up; ``signed`` says what an article is filed under, ``judge`` what it is.
"""

from dedupe.index.health import Examination, Stats
from dedupe.index.index import Index
from dedupe.index.lookup.keys import Signed, sign
from dedupe.index.verdicts import Verdict

__all__ = ["Examination", "Index", "Signed", "Stats", "Verdict", "sign"]
