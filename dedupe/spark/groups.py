"""Group copies of one text, with the function of one machine, component after component.

No two articles of one copy group are in two components of the pairs that make copies. So ``copies.groups.group_copies``
decides for whole components what it decides for the whole collection. Of the open component all pairs are held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dedupe import kernels
from dedupe.copies.groups import group_copies, longest_members
from dedupe.schemas import COPY_KINDS, KINDS, RELATIONS, column_of
from dedupe.settings import Settings
from dedupe.spark.components import find_components
from dedupe.spark.places import numbered
from dedupe.spark.stages import Batches, batch_of, in_workers, taken
from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_HELD = ("left", "right", "left_words", "right_words", "shared", "jaccard", "left_in_right", "right_in_left")

_GROUPED = "place binary, copy_place binary, longest_place binary"


def find_groups(work: Workspace, relations: DataFrame, settings: Settings) -> DataFrame:
    """Return the articles that are in a relation of copies, with the canonical and the longest article of their group.

    ``relations``: as ``comparison.measure`` returns them, kept in the workspace. Other articles are groups of their
    own.
    """
    kinds = ", ".join(f"'{kind}'" for kind in COPY_KINDS)
    copies = work.keep("copy_pairs", relations.where(f"kind in ({kinds})").drop("series"))
    component = find_components(work, copies, "copy").withColumnRenamed("place", "left")
    by_component = copies.join(component, "left").repartition("component")
    return in_workers(
        by_component.sortWithinPartitions("component", "left", "right"), _group, _GROUPED, settings=settings
    )


def _group(batches: Batches, settings: Settings) -> Batches:
    """Yield the groups of components, as soon as they are complete. The pairs of a component follow each other."""
    opened: list[pa.RecordBatch] = []
    component: pa.Scalar | None = None
    for batch in batches:
        components = batch.column("component")
        last = components[len(batch) - 1]
        start = pa.compute.index(components, last).as_py()
        pairs = _held(batch)
        if component != last and (opened or start):
            yield _groups_of([*opened, pairs.slice(0, start)], settings)
            opened = []
        opened.append(pairs.slice(start))
        component = last
    if opened:
        yield _groups_of(opened, settings)


def _held(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return what of pairs is held until their component is complete, with ``kind`` as a number."""
    kind = pa.compute.index_in(batch.column("kind"), pa.array(KINDS)).cast(pa.int8())
    return batch_of(**{name: batch.column(name) for name in _HELD}, kind=kind)


def _groups_of(pieces: list[pa.RecordBatch], settings: Settings) -> pa.RecordBatch:
    """Return the groups of the articles of whole components."""
    pairs = pa.Table.from_batches(pieces)
    places, (left, right) = numbered(pairs["left"], pairs["right"])
    words = np.zeros(len(places), np.int64)
    words[left], words[right] = pairs["left_words"].to_numpy(), pairs["right_words"].to_numpy()
    order = np.lexsort((right, left))
    ordered = pairs.select(["shared", "jaccard", "left_in_right", "right_in_left", "kind"]).take(column_of(order))
    kind = pa.DictionaryArray.from_arrays(ordered["kind"].combine_chunks(), pa.array(KINDS))
    columns = [column_of(left[order]), column_of(right[order])]
    columns += [ordered[name] for name in ("shared", "jaccard", "left_in_right", "right_in_left")]
    relations = pa.Table.from_arrays([*columns, kind], schema=RELATIONS)
    copy_of = group_copies(words, relations, settings, kernels.choose())
    longest = longest_members(words, copy_of)
    return batch_of(place=places, copy_place=taken(places, copy_of), longest_place=taken(places, longest))
