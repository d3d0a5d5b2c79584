"""The verbs ``pairs`` and ``cluster`` on Apache Spark, for archives that one machine cannot hold.

The results are those of ``dedupe pairs`` and ``dedupe cluster``: the same kernels compute the same numbers, in Python
workers that are given Arrow batches. This room alone imports pyspark (extra ``spark``).

    opened()               a session of Spark: the one that runs, or a local one
    Workspace              a folder on a Hadoop file system that holds what is between two stages
    read_articles          Parquet or JSON lines as a DataFrame of ARTICLES
    find_pairs             near duplicates
    find_copies            relations, copy groups and reports of one series
    cluster_rows           one row an article, as ``dedupe cluster --format csv`` has them
    find_audit_candidates  the pairs of articles that are worth aligning

An article is known by its *place* (``order``): bytes that sort as the articles do in canonical order. No result depends
on how many partitions there are, on how the rows lie in them, or on whether a task was run again.
"""
