"""The copies of a collection on Spark: relations, copy groups, and reports of one series, as ``dedupe cluster`` has.

Later stages take ``Copies``:

``groups``, one row an article:

    id          string   the article
    place       binary   its place in canonical order (``order``)
    words       long     words that are compared: without boilerplate and without what its publisher repeats
    copy_group  string   id of the canonical article of its group: the first in canonical order
    copy_place  binary   place of that article
    longest     boolean  whether this article is the one with most words of its group (ties: the first). Stories are
                         looked for among those with ``longest`` and ``words >= settings.shingle_words``
    longest_place binary place of the longest article of the group, whose story the whole group has

``series``, pairs of such longest articles that are two reports of one series (``verification.find_series``):

    left, right binary   places, left < right

``relations``, the candidate pairs that are not ``unrelated``:

    left, right binary   places, left < right
    kind        string
    jaccard, left_in_right, right_in_left  double
    shared      long

Stories are found by ``dedupe.spark.stories.story_labels(articles, copies, settings, work)``: ``articles`` has the
columns of ARTICLES and ``place``, ``copies`` is a ``Copies``, ``work`` a ``Workspace`` for what is between its steps.
It returns one row for every longest article with enough words: ``place`` binary, ``story`` binary (the lowest place of
its story), ``probability`` double (null where it is alone), and ``label`` string.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, slots=True)
class Copies:
    """The copy groups of a collection and what they rest on; the columns are listed above.

    ``left_out`` holds, for the articles of which something was left out because their publisher repeats it, which
    words: ``place`` binary and ``left_out`` binary, one byte for each word, 1 where it is left out.
    """

    groups: DataFrame
    series: DataFrame
    relations: DataFrame
    left_out: DataFrame
