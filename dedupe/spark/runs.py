"""Runs of words that articles share: their hashes, and the rows that have a repeated one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dedupe.arrays import I64, U64
from dedupe.kernels.ragged import ranges
from dedupe.kernels.records import RUN_BASE
from dedupe.text.furniture import RUN_WORDS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ROWS_IN_ONE_TASK = 100_000
"""Rows of one key that are looked up in one task, in less than a second. More are spread over several tasks."""


def hash_runs(words: U64, offsets: I64) -> tuple[U64, I64, I64]:
    """Return the hash of each run of RUN_WORDS words, where it starts in ``words``, and its article.

    ``words``: hashes of words. ``offsets``: int64[articles + 1], where the words of each article begin.
    """
    runs = np.maximum(np.diff(offsets) - RUN_WORDS + 1, 0)
    start = ranges(offsets[:-1], runs)
    key = np.zeros(start.size, np.uint64)
    for place in range(RUN_WORDS):
        key = key * RUN_BASE + words[start + place]
    return key, start, np.repeat(np.arange(runs.size), runs)


def with_repeated(rows: DataFrame, repeated: DataFrame, owner: str, in_one_task: int = _ROWS_IN_ONE_TASK) -> DataFrame:
    """Return the rows whose ``key`` (long) is among the repeated ones.

    ``repeated``: one row for each such ``key``, with the number of rows that have it (``size``), kept in the workspace.
    ``owner``: the column of the article. The rows of a key that more than ``in_one_task`` have are spread by it over
    several tasks, so that a run which all articles share makes no task as long as the collection.
    """
    from pyspark.sql.functions import broadcast

    parts = f"ceil(size / {in_one_task})"
    # Few keys are that common: no more than all rows divided by the number for one task.
    common = repeated.where(f"size > {in_one_task}").selectExpr("key", f"{parts} as parts")
    spread = rows.join(broadcast(common), "key", "left").selectExpr(
        *rows.columns, f"coalesce(pmod(xxhash64({owner}), parts), 0L) as part"
    )
    keys = repeated.selectExpr("key", f"explode(sequence(0L, {parts} - 1)) as part")
    return spread.join(keys, ["key", "part"], "left_semi").drop("part")
