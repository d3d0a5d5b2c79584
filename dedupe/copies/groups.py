"""Group articles that are copies of one text.

All functions take rows in canonical order (earliest, then longest, then id), so the first member of a group is its
canonical article. Groups do not grow along chains of near duplicates: a text is compared with the first text of a group
or with all of its members, never with the nearest member only.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64
from dedupe.kernels import DEFAULT, Backend, run_starts
from dedupe.kernels.linkage import average_link
from dedupe.schemas import KINDS, column_of
from dedupe.settings import Settings

IDENTICAL, NEAR_DUPLICATE, EXCERPT = (KINDS.index(kind) for kind in ("identical", "near_duplicate", "excerpt"))


def first_members(labels: I64) -> I64:
    """Return the lowest row of each row's group, int64[rows]."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)


def group_copies(words: I64, relations: pa.Table, settings: Settings, backend: Backend = DEFAULT) -> I64:
    """Return the canonical row of each row's copy group, int64[rows].

    ``words``: int64[rows], the number of words. ``relations``: a RELATIONS table; only its pairs can make copies.

    1. Each text joins the earliest text that is close to it and joins no other text itself. Close means a Jaccard of
       (1 + t) / 2 or more, where t is the near-duplicate threshold. The Jaccard distance is a metric, so any two texts
       that join the same text have a Jaccard of at least t with each other.
    2. The remaining texts are joined by average linkage: at least half of all pairs across two groups must be near
       duplicates.
    3. A group whose longest text is an excerpt joins the one text that contains most of it. An excerpt never joins two
       longer texts with each other: an agency brief inside two different reports does not make the reports copies.
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
    return _attach_excerpts(words, groups, relations.filter(column_of(kind == EXCERPT)))


def _founders(rows: int, left: I64, right: I64) -> I64:
    """Return the founder of each row's group, int64[rows].

    The founder of a row is the lowest row that it is paired with and that is its own founder, else the row itself. So
    there is one level of members, and no chain. ``left`` < ``right`` in all pairs.
    """
    founder = np.arange(rows)
    order = np.lexsort((left, right))
    for low, high in zip(left[order].tolist(), right[order].tolist(), strict=True):
        if founder[high] == high and founder[low] == low:
            founder[high] = low
    return founder


def _attach_excerpts(words: I64, groups: I64, excerpts: pa.Table) -> I64:
    """Join each group to the group of the text that contains most of its longest member, and return canonical rows.

    A group that others join may itself join another one; all of them then form one group.
    """
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
    joined = np.arange(words.size)
    for group, (_, _, target) in best.items():
        joined[group] = target
    # Every step leads to a group with a longer text, so the loop ends.
    while (joined[joined] != joined).any():
        joined = joined[joined]
    return first_members(joined[groups])


def longest_members(words: I64, groups: I64) -> I64:
    """Return the row with most words in each row's group (ties: the lowest row), int64[rows].

    ``groups``: int64[rows], each group given by one of its rows.
    """
    order = np.lexsort((np.arange(words.size), -words, groups))
    longest_rows = order[run_starts(groups[order])]
    longest = np.zeros(words.size, np.int64)
    longest[groups[longest_rows]] = longest_rows
    return longest[groups]
