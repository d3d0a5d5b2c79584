"""The verbs ``pairs`` and ``cluster`` on Apache Spark, for archives that one machine cannot hold.

The results are those of ``dedupe pairs`` and ``dedupe cluster``: the same kernels compute the same numbers, in Python
workers that are given Arrow batches. This room alone imports pyspark (extra ``spark``), and only where it is used.

    opened()               a session of Spark: the one that runs, or a local one
    Run                    a verb, from the path of the articles to the folder of the result
    Workspace              a folder on a Hadoop file system that holds what is between two stages
    read_articles          Parquet or JSON lines as a DataFrame of ARTICLES
    find_pairs             near duplicates
    find_copies            relations, copy groups and reports of one series
    find_stories           which articles report the same event
    label_stories          what each story is called
    make_rows              one row for each article, as ``dedupe cluster --format csv`` has them
    find_audit_candidates  the pairs of articles that ``dedupe audit`` aligns

An article is known by its *place* (``order``): bytes that sort as the articles do in canonical order. No result depends
on how many partitions there are, on how the rows lie in them, or on whether a task was run again.
"""

from dedupe.spark.articles import ReadingOptions, read_articles
from dedupe.spark.audit_candidates import find_audit_candidates
from dedupe.spark.copies import Copies, find_copies
from dedupe.spark.order import in_canonical_order
from dedupe.spark.pairs import Pairs, find_pairs
from dedupe.spark.rows import make_rows
from dedupe.spark.running import Run
from dedupe.spark.session import opened
from dedupe.spark.stories import find_stories, label_stories
from dedupe.spark.workspace import Workspace

__all__ = [
    "Copies",
    "Pairs",
    "ReadingOptions",
    "Run",
    "Workspace",
    "find_audit_candidates",
    "find_copies",
    "find_pairs",
    "find_stories",
    "in_canonical_order",
    "label_stories",
    "make_rows",
    "opened",
    "read_articles",
]
