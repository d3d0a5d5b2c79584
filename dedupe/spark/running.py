"""Run a verb from an input path to an output folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dedupe.clustering import lookalike_warnings, story_warnings, text_warnings
from dedupe.copies.candidates import cap_warnings
from dedupe.errors import InputError, OutputError
from dedupe.settings import Settings
from dedupe.spark.articles import ProblemGroup, ReadingOptions, read_articles
from dedupe.spark.audit_candidates import find_audit_candidates, not_compared_warnings
from dedupe.spark.copies import Copies, find_copies
from dedupe.spark.failures import told_as
from dedupe.spark.interruption import run_in_thread
from dedupe.spark.order import in_canonical_order
from dedupe.spark.pairs import find_pairs
from dedupe.spark.rows import make_rows
from dedupe.spark.stories import Stories, find_stories, label_stories
from dedupe.spark.workspace import Workspace, exists, foreign_name, remove, shares_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

OnProblems = Callable[[list[ProblemGroup]], None]


class Run:
    """A run over the articles of ``source``, whose result goes to the folder ``output``, as Parquet.

    ``overwrite``: whether a folder that Spark wrote is replaced once the result is computed. ``on_problems``: called
    with the problems of the input. Every verb writes the result and returns its counts.

    Raises ``OutputError`` if the folder is there, or holds what Spark did not write, if it lies in the source or the
    source in it, and if Spark fails; ``InputError`` if Spark fails to read the source, and as ``read_articles`` does.
    """

    def __init__(
        self,
        spark: SparkSession,
        source: str,
        output: str,
        settings: Settings,
        options: ReadingOptions | None = None,
        *,
        overwrite: bool = False,
        on_problems: OnProblems | None = None,
    ) -> None:
        self._spark, self._source, self._output = spark, source, output.rstrip("/") or "/"
        self._settings, self._options = settings, options
        self._overwrite, self._on_problems = overwrite, on_problems
        self.warnings: list[str] = []

    def pairs(self) -> dict[str, int]:
        """Write the near duplicates."""
        return run_in_thread(self._spark, self._pairs)

    def cluster(self, *, stories: bool) -> dict[str, int]:
        """Write one row for each article; without ``stories``, only what concerns copies."""
        return run_in_thread(self._spark, lambda: self._cluster(stories=stories))

    def audit_candidates(self, *, stories: bool) -> dict[str, int]:
        """Write the pairs that ``dedupe audit`` aligns; without ``stories``, only those related by text."""
        return run_in_thread(self._spark, lambda: self._audit_candidates(stories=stories))

    def _pairs(self) -> dict[str, int]:
        with self._begun() as (work, articles):
            found = find_pairs(work, articles, self._settings)
            self.warnings += cap_warnings(found.counts, self._settings)
            self._write(found.pairs)
        return found.counts

    def _cluster(self, *, stories: bool) -> dict[str, int]:
        with self._begun() as (work, articles):
            placed, copies = self._copies(work, articles)
            found = self._stories(work, placed, copies) if stories else None
            labels = None if found is None else label_stories(work, articles, found)
            self._write(make_rows(work, placed, copies, labels, self._settings))
        return copies.counts | ({} if found is None else found.counts)

    def _audit_candidates(self, *, stories: bool) -> dict[str, int]:
        with self._begun() as (work, articles):
            placed, copies = self._copies(work, articles)
            found = self._stories(work, placed, copies) if stories else None
            candidates = find_audit_candidates(work, placed, copies, found, self._settings)
            self.warnings += not_compared_warnings(candidates.counts["not_compared"])
            self._write(candidates.pairs)
        return candidates.counts

    @contextmanager
    def _begun(self) -> Iterator[tuple[Workspace, DataFrame]]:
        nothing = f"{self._output}: nothing was written"
        with told_as(OutputError, nothing):
            is_there = exists(self._spark, self._output)
            with told_as(InputError, self._source):
                shared = shares_folder(self._spark, self._source, self._output)
            if shared:
                raise OutputError(
                    f"{self._output}: this output and the input {self._source} lie one in the other; name a folder "
                    "outside of the input"
                )
            if is_there and not self._overwrite:
                raise OutputError(f"{self._output}: this folder is there already; name a new one, or give --overwrite")
            foreign = foreign_name(self._spark, self._output) if is_there else None
            if foreign is not None:
                raise OutputError(
                    f"{self._output}: --overwrite replaces only what Spark wrote, and {foreign!r} is something else; "
                    "name another folder, or remove this one yourself"
                )
            with Workspace(self._spark, f"{self._output}.working") as work:
                with told_as(InputError, self._source, nothing):
                    articles = read_articles(work, self._source, self._options, self._on_problems)
                yield work, articles

    def _copies(self, work: Workspace, articles: DataFrame) -> tuple[DataFrame, Copies]:
        placed = in_canonical_order(articles)
        copies = find_copies(work, placed, self._settings)
        self.warnings += text_warnings(copies.counts, self._settings)
        if copies.disguised:
            self.warnings += lookalike_warnings(*copies.disguised)
        return placed, copies

    def _stories(self, work: Workspace, articles: DataFrame, copies: Copies) -> Stories:
        stories = find_stories(work, articles, copies, self._settings)
        self.warnings += story_warnings(stories.largest, copies.counts, self._settings)
        return stories

    def _write(self, result: DataFrame) -> None:
        """Write the result. If that fails, nothing is left of it: _SUCCESS is written last, and not alone."""
        if self._overwrite:
            remove(self._spark, self._output)
        self._spark.sparkContext.setJobDescription("write")
        try:
            result.write.parquet(self._output)
        except BaseException:
            remove(self._spark, self._output)
            raise
