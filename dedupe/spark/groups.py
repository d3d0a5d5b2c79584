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
from dedupe.schemas import COPY_KINDS, KINDS, RELATIONS
from dedupe.settings import Settings
from dedupe.spark.components import find_components
from dedupe.spark.places import numbered
from dedupe.spark.stages import Batches, batch_of, in_workers, taken
from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

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
    """Yield the groups of components, as soon as they are complete."""
    opened: pa.Table | None = None
    for batch in batches:
        own = pa.Table.from_batches([batch])
        table = own if opened is None else pa.concat_tables([opened, own])
        # Only the first and the last component of a batch can be open: look at the last one.
        last = batch.column("component")[len(batch) - 1]
        is_last = pa.compute.equal(table["component"], last)
        opened = table.filter(is_last)
        complete = table.filter(pa.compute.invert(is_last))
        if len(complete):
            yield _groups_of(complete, settings)
    if opened is not None:
        yield _groups_of(opened, settings)


def _groups_of(pairs: pa.Table, settings: Settings) -> pa.RecordBatch:
    """Return the groups of the articles of whole components."""
    places, (left, right) = numbered(pairs["left"], pairs["right"])
    words = np.zeros(len(places), np.int64)
    words[left], words[right] = pairs["left_words"].to_numpy(), pairs["right_words"].to_numpy()
    order = np.lexsort((right, left))
    ordered = pairs.take(pa.array(order))
    kind = pa.DictionaryArray.from_arrays(
        pa.compute.index_in(ordered["kind"], pa.array(KINDS)).combine_chunks().cast(pa.int8()), pa.array(KINDS)
    )
    columns = [pa.array(left[order]), pa.array(right[order])]
    columns += [ordered[name] for name in ("shared", "jaccard", "left_in_right", "right_in_left")]
    relations = pa.Table.from_arrays([*columns, kind], schema=RELATIONS)
    copy_of = group_copies(words, relations, settings, kernels.choose())
    longest = longest_members(words, copy_of)
    return batch_of(place=places, copy_place=taken(places, copy_of), longest_place=taken(places, longest))
