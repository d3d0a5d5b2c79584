"""Let a signal end a run without anything left behind.

A signal that comes between a call to Java and its answer makes the next call take that answer for its own. So a run has
a thread of its own, which gets no signals, and the main thread, which gets them, cancels its jobs.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Result = TypeVar("Result")

_CANCEL_AGAIN_SECONDS = 0.2
"""A run that is between two jobs when they are cancelled begins the next one, which is cancelled after this time."""


def run_in_thread(spark: SparkSession, run: Callable[[], Result]) -> Result:
    """Return what ``run()`` returns. A signal is raised here once the run has failed and cleaned up after itself."""
    group = f"news-dedupe {uuid.uuid4()}"

    def run_in_group() -> Result:
        spark.sparkContext.setJobGroup(group, "news-dedupe")
        return run()

    with ThreadPoolExecutor(1, "news-dedupe") as thread:
        running = thread.submit(run_in_group)
        try:
            wait([running])
        except BaseException:
            while not running.done():
                spark.sparkContext.cancelJobGroup(group)
                wait([running], _CANCEL_AGAIN_SECONDS)
            raise
        return running.result()
