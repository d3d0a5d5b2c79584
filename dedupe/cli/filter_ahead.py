"""Fingerprints batches of ``dedupe filter`` in other processes, while the index decides on the batches before."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Executor, Future

from dedupe.article import Article
from dedupe.index import FingerprintedArticle, Index, Verdict, fingerprint_articles
from dedupe.parallel import process_pool

_WORTH_IT = 1_000
"""Articles after which other processes help. To start one takes as long as to check a few hundred articles."""

Begun = Future[list[FingerprintedArticle]]
"""The fingerprints of a batch, which are computed somewhere else."""


class Ahead:
    """Fingerprints batches for an index in ``processes`` other processes; with none, it never does.

    One thread may call ``begin`` and another one ``check``.
    """

    def __init__(self, index: Index, processes: int) -> None:
        self._index, self._processes = index, processes
        self._fingerprint = functools.partial(
            fingerprint_articles, settings=index.settings, stories=index.story_days > 0
        )
        self._articles = 0
        self._pool: Executor | None = None

    def begin(self, articles: Sequence[Article]) -> Begun | None:
        """Begin to fingerprint a batch that has to wait anyway. Returns None if that is not worth it."""
        self._articles += len(articles)
        if not self._processes or self._articles < _WORTH_IT:
            return None
        try:
            self._pool = self._pool or process_pool(self._processes)
            return self._pool.submit(self._fingerprint, articles)
        except (OSError, RuntimeError):  # no process can be started, or one was killed; or the program is ending
            self._processes = 0
            return None

    def check(self, articles: Sequence[Article], begun: Begun | None) -> list[Verdict]:
        """Return the verdict of the index on each article. ``begun``: what ``begin`` returned for them."""
        if begun is not None:
            try:
                return self._index.check_fingerprinted(begun.result())
            except BrokenExecutor:  # a process was killed, perhaps for lack of memory
                self._processes = 0
        return self._index.check(articles)

    def close(self) -> None:
        """End the processes, and wait until they have ended. What they have not begun is left.

        Python waits for them at exit anyway. But while they end there, its own exit may write to a pipe that was closed
        at that moment, and print a traceback.
        """
        self._processes = 0
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
