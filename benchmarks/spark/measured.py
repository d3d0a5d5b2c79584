"""A workspace of Spark that notes what every stage takes: CPU time, wall time, bytes written, bytes through shuffles.

The CPU time is that of the Java process, of its Python workers and of the driver, at the borders of every stage. Bytes
through shuffles are what the event log says was written to them.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedupe.spark import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

BETWEEN = "other"
"""The name of what is computed between two stages: counts and small joins."""


class Measured(Workspace):
    """A workspace that notes what every stage takes.

    ``stages``: by name, ``cpu_s``, ``wall_s`` and ``kept_bytes``. ``begun``: CPU seconds before the first stage, most
    of which the start of the session takes.
    """

    def __init__(self, spark: SparkSession, path: str) -> None:
        super().__init__(spark, path)
        self.stages: dict[str, dict[str, float]] = {}
        self.begun = self._before = tree_cpu()

    def forget(self) -> None:
        """Begin again, as if no stage had been computed yet."""
        self.stages.clear()
        self.begun = self._before = tree_cpu()

    def keep(self, name: str, frame: DataFrame) -> DataFrame:
        """Compute a stage, and note what it took."""
        cpu, wall = tree_cpu(), time.perf_counter()
        self._add_between(cpu)
        kept = super().keep(name, frame)
        self._before = tree_cpu()
        size = sum(file.stat().st_size for file in Path(self.path, name).rglob("*.parquet"))
        self.stages[name] = {
            "cpu_s": round(self._before - cpu, 2),
            "wall_s": round(time.perf_counter() - wall, 2),
            "kept_bytes": size,
        }
        self.spark.sparkContext.setJobDescription(BETWEEN)
        return kept

    def end(self) -> float:
        """Return the CPU seconds of all stages. What came after the last one counts as BETWEEN."""
        now = tree_cpu()
        self._add_between(now)
        return now - self.begun

    def _add_between(self, until: float) -> None:
        between = self.stages.setdefault(BETWEEN, {"cpu_s": 0.0})
        between["cpu_s"] += until - self._before


def event_log(folder: Path) -> dict[str, str]:
    """Make a folder for the event log, and return the settings of a session that writes it."""
    folder.mkdir()
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }


def with_shuffles(stages: dict[str, dict[str, float]], logs: Path) -> dict[str, dict[str, float]]:
    """Return the stages with ``shuffle_bytes``. ``logs``: as for ``event_log``, of a session that has ended."""
    written = shuffled_bytes(next(logs.iterdir()))
    return {
        name: {key: round(value, 2) for key, value in stage.items()} | {"shuffle_bytes": written.get(name, 0)}
        for name, stage in stages.items()
    }


def tree_cpu() -> float:
    """CPU seconds of this process and of all below it, with those that they waited for."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(folder.name)], used[int(folder.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    below, found = {os.getpid()}, 0
    while len(below) > found:
        found = len(below)
        below |= {process for process, parent in parents.items() if parent in below}
    return sum(used[process] for process in below) / os.sysconf("SC_CLK_TCK")


def shuffled_bytes(log: Path) -> dict[str, int]:
    """Bytes that were written to shuffles, by the descriptions of the jobs."""
    names: dict[int, str] = {}
    written: dict[str, int] = defaultdict(int)
    with log.open(encoding="utf-8") as events:
        for line in events:
            event: dict[str, Any] = json.loads(line)
            if event["Event"] == "SparkListenerJobStart":
                name = (event.get("Properties") or {}).get("spark.job.description", BETWEEN)
                names |= dict.fromkeys(event["Stage IDs"], name)
            elif event["Event"] == "SparkListenerStageCompleted":
                info = event["Stage Info"]
                for metric in info["Accumulables"]:
                    if metric["Name"] == "internal.metrics.shuffle.write.bytesWritten":
                        written[names.get(info["Stage ID"], BETWEEN)] += int(metric["Value"])
    return dict(written)
