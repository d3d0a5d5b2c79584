"""Find connected components of pairs of articles.

They only say which articles must be looked at together; what belongs together is decided within each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe.kernels.linkage import components as components_of_rows
from dedupe.spark.places import numbered
from dedupe.spark.stages import Batches, batch_of, in_workers, taken
from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PAIRS_IN_ONE_TASK = 1_000_000
"""So many pairs are looked at in one task, in about 200 MB. More are looked at in rounds, of three shuffles each."""


def find_components(work: Workspace, pairs: DataFrame, name: str, in_one_task: int = PAIRS_IN_ONE_TASK) -> DataFrame:
    """Return every article of some pairs (``place``) with the lowest article that it is connected to (``component``).

    ``pairs``: places ``left`` < ``right``, kept in the workspace, or other values that sort as the articles do, such as
    their ranks. ``name`` begins the names of stages.
    """
    pairs = pairs.select("left", "right")
    kind = pairs.schema["left"].dataType.simpleString()
    if pairs.count() <= in_one_task:
        return work.keep(
            f"{name}_components", in_workers(pairs.coalesce(1), _together, f"place {kind}, component {kind}")
        )
    # Every article takes the lowest component of those it is paired with, and then that component's own: the second
    # halves what is left of a chain, so that there are about as many rounds as the longest chain has bits.
    both = work.keep(f"{name}_pairs", pairs.union(pairs.selectExpr("right", "left")).toDF("place", "other"))
    known = both.groupBy("place").agg({"other": "min"}).toDF("place", "other")
    known = work.keep(f"{name}_round_0", known.selectExpr("place", "least(place, other) as component"))
    number = 0
    while True:
        number += 1
        of_others = known.toDF("other", "component")
        lowest = (
            both.join(of_others, "other").select("place", "component").unionByName(known)
            .groupBy("place").agg({"component": "min"}).toDF("place", "component")
        )  # fmt: skip
        lowest = work.keep(f"{name}_lowest_{number}", lowest)
        further = lowest.toDF("component", "further")
        found = work.keep(
            f"{name}_round_{number}",
            lowest.join(further, "component", "left").selectExpr("place", "coalesce(further, component) as component"),
        )
        changed = found.join(known.toDF("place", "before"), "place").where("component != before")
        if changed.isEmpty():
            return found
        known = found


def _together(batches: Batches) -> Batches:
    """Yield the components of all pairs of a partition."""
    found = [*batches]
    if not found:
        return
    pairs = pa.Table.from_batches(found)
    places, (left, right) = numbered(pairs["left"], pairs["right"])
    component = components_of_rows(len(places), left, right)
    if component.size:
        yield batch_of(place=places, component=taken(places, np.asarray(component)))
