"""group → copies and stories: which articles belong together, and by which article each group is known.

Rows are in canonical order here (earliest, then fullest, then id), so the first member of a group is its canonical
article. No group grows along a chain: a newcomer is judged against the group, not against its nearest member.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64
from dedupe.kernels import REFERENCE, Backend
from dedupe.kernels.linkage import average_link
from dedupe.schemas import KINDS
from dedupe.settings import Settings

IDENTICAL, NEAR_DUPLICATE, EXCERPT = (KINDS.index(kind) for kind in ("identical", "near_duplicate", "excerpt"))


def first_members(labels: I64) -> I64:
    """The lowest row of each row's group, int64[rows]: its canonical article."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)


def group_copies(words: I64, relations: pa.Table, settings: Settings, backend: Backend = REFERENCE) -> I64:
    """Groups of copies as the canonical row of every row, int64[rows], from verified relations only.

    1. A text joins the earliest text at Jaccard (1 + t) ÷ 2 or more, t the near-duplicate threshold: Jaccard distance
       is a metric, so any two that join the same text have at least t with each other.
    2. The remaining texts are joined by average link: at least half of all pairs across are near duplicates.
    3. A group whose longest text is an excerpt joins the one text that holds most of it. Excerpts never join two
       longer texts with each other: an agency brief inside two different reports makes them no copies.
    """
    left, right = relations["left"].to_numpy(), relations["right"].to_numpy()
    kind = relations["kind"].combine_chunks().indices.to_numpy()
    jaccard = relations["jaccard"].to_numpy()
    close = (kind == IDENTICAL) | ((kind <= NEAR_DUPLICATE) & (jaccard >= (1 + settings.near_duplicate_jaccard) / 2))
    founder = _founders(words.size, left[close], right[close])
    linked = (kind <= NEAR_DUPLICATE) & (founder[left] == left) & (founder[right] == right)
    texts = average_link(
        words.size,
        left[linked],
        right[linked],
        np.ones(np.count_nonzero(linked)),
        threshold=0.5,
        missing=0.0,
        backend=backend,
    )
    groups = first_members(np.asarray(texts, np.int64)[founder])
    return _attach_excerpts(words, groups, relations.filter(pa.array(kind == EXCERPT)))


def _founders(rows: int, left: I64, right: I64) -> I64:
    """For each row the lowest row it is paired with that founded a group itself, or the row: one level, no chains."""
    founder = np.arange(rows)
    order = np.lexsort((left, right))
    for low, high in zip(left[order].tolist(), right[order].tolist(), strict=True):
        if founder[high] == high and founder[low] == low:
            founder[high] = low
    return founder


def _attach_excerpts(words: I64, groups: I64, excerpts: pa.Table) -> I64:
    """Join each group to the group of the text that holds most of its longest member, and so on up."""
    longest = longest_members(words, groups)
    best: dict[int, tuple[float, int, int]] = {}
    names = ("left", "right", "left_in_right", "right_in_left")
    for left, right, left_in_right, right_in_left in zip(*(excerpts[name].to_pylist() for name in names), strict=True):
        short, long, share = (left, right, left_in_right)
        if (words[right], -right) < (words[left], -left):
            short, long, share = (right, left, right_in_left)
        if longest[short] == short and groups[short] != groups[long]:
            offer = (share, -long, int(groups[long]))
            best[int(groups[short])] = max(best.get(int(groups[short]), offer), offer)
    holder = np.arange(words.size)
    for group, (_, _, target) in best.items():
        holder[group] = target
    # Every step leads to a longer text, so the walk ends.
    while (holder[holder] != holder).any():
        holder = holder[holder]
    return first_members(holder[groups])


def longest_members(words: I64, groups: I64) -> I64:
    """The row with most words in each row's group (ties: the lower row), int64[rows]."""
    order = np.lexsort((np.arange(words.size), -words, groups))
    first_in_group = np.concatenate((np.ones(1, bool), groups[order][1:] != groups[order][:-1]))[: order.size]
    longest = np.zeros(words.size, np.int64)
    longest[groups[order[first_in_group]]] = order[first_in_group]
    return longest[groups]
