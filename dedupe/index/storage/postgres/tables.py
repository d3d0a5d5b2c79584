"""The tables of an index on a PostgreSQL server, and the partitions of those that grow.

Rows and story entries stand in partitions by ranges of row numbers, and expire with them: a partition of which all rows
have expired is dropped, which costs the same for any number of rows and leaves nothing to vacuum. Ranges of row numbers
are better for this than days, because every query names row numbers, so that it looks into one partition, and because
the next partition never depends on a clock. Its size follows the number of articles, so the log is never much larger
than its window.

A partition is made apart and then attached, and is dropped only where that needs no waiting: both would otherwise hold
up everybody behind one slow reader.
"""

from __future__ import annotations

import functools
import re
from typing import LiteralString

from psycopg.sql import SQL, Identifier

from dedupe.index.storage.postgres.connection import Connection
from dedupe.index.storage.rows import COLUMNS, STORY_ENTRY_COLUMNS

FORMAT = 1
"""Version of the tables. An index of another format is refused."""

LEAST_PARTITION_ROWS = 2_048
"""Rows of the smallest partition."""

_PARTITIONS_PER_WINDOW = 8
"""A partition holds at most one eighth as many rows as the window, and at least half of that."""

MARK = "news-dedupe index, format "
"""The comment on the table of the state begins so, and ends with the format."""

ARTICLE_TYPES = {
    "id": "bigint", "arrived": "bigint", "name": "text", "digest": "bytea", "words": "bigint", "publisher": "bigint",
    "published": "bigint", "verdict": "text", "matched": "text", "story": "bigint", "canonical": "text",
    "founder": "bigint", "score": "float8", "jaccard": "float8", "left_in_right": "float8", "right_in_left": "float8",
    "crc": "bigint", "bands": "bytea", "passages": "bytea", "details": "bytea", "shingles": "bytea",
    "key_crc": "bigint", "passage_hashes": "bytea",
}  # fmt: skip
"""Columns of the article table: those of SQLite and, for processes that follow, the hashes of the passage fingerprints
with a checksum of their own. PostgreSQL keeps the shingles apart and reads them only where they are asked for, so a
follower reads a tenth of an article."""

STORY_ENTRY_TYPES = {
    "id": "bigint", "arrived": "bigint", "published": "bigint", "story": "bigint", "crc": "bigint",
    "top_terms": "bytea", "term_vector_crc": "bigint", "term_vector": "bytea",
}  # fmt: skip
"""Columns of the table of story entries, as in SQLite."""

_NULLABLE = {"publisher", "published", "matched", "score", "jaccard", "left_in_right", "right_in_left"}

KEY_COLUMNS = ("id", "name", "digest", "words", "bands", "key_crc", "passage_hashes")
"""What a follower reads of an article."""

_SMALL_TABLES: LiteralString = """
CREATE TABLE {schema}.about (name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE {schema}.state (
    single int PRIMARY KEY CHECK (single = 1),
    next bigint NOT NULL, floor bigint NOT NULL, latest bigint NOT NULL, forgotten bigint NOT NULL,
    index_id bytea NOT NULL, history bytea NOT NULL, crc bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO {schema}.state VALUES (1, 0, 0, 0, 0, '', '', 0);
CREATE TABLE {schema}.history (block_end bigint PRIMARY KEY, digest bytea NOT NULL);
CREATE TABLE {schema}.forgotten (id bigint PRIMARY KEY);
"""

_LARGE_TABLES: LiteralString = """
ALTER TABLE {schema}.article ALTER shingles SET STORAGE EXTERNAL, ALTER passage_hashes SET STORAGE MAIN;
ALTER TABLE {schema}.story_entry ALTER term_vector SET STORAGE EXTERNAL;
"""


@functools.cache
def qualified(query: LiteralString, schema: str) -> bytes:
    """Return a query with the name of the schema in place of ``{schema}``."""
    return SQL(query).format(schema=Identifier(schema)).as_bytes(None)


def stored_format(connection: Connection, schema: str) -> int | None:
    """Return the format of the index in a schema: None if no index is there, 0 if the tables are of something else."""
    # The catalogue itself is read: to_regclass may remember that a table was absent before this process had to wait.
    query = b"""SELECT obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = %s AND c.relname = 'state'"""
    comments = connection.run(query, [schema])
    if not comments:
        return None
    found = re.fullmatch(re.escape(MARK) + r"(\d+)", comments[0][0] or "")
    return int(found[1]) if found else 0


def create_tables(connection: Connection, schema: str) -> None:
    """Inside a transaction: make the schema if it is absent, and the tables in it."""
    if not connection.run(b"SELECT FROM pg_namespace WHERE nspname = %s", [schema]):
        connection.run(qualified("CREATE SCHEMA {schema}", schema))
    statements = qualified(_SMALL_TABLES, schema).split(b";")
    assert tuple(STORY_ENTRY_TYPES) == STORY_ENTRY_COLUMNS  # noqa: S101 - rows are stored in this order
    assert tuple(ARTICLE_TYPES)[: len(COLUMNS)] == COLUMNS  # noqa: S101
    for table, types in (("article", ARTICLE_TYPES), ("story_entry", STORY_ENTRY_TYPES)):
        nullable = _NULLABLE if table == "story_entry" else _NULLABLE | {"story"}
        columns = ", ".join(f"{name} {kind}{'' if name in nullable else ' NOT NULL'}" for name, kind in types.items())
        statements.append(
            f'CREATE TABLE "{schema}".{table} ({columns}, PRIMARY KEY (id)) PARTITION BY RANGE (id)'.encode()
        )
    statements += qualified(_LARGE_TABLES, schema).split(b";")
    statements.append(f"COMMENT ON TABLE \"{schema}\".state IS '{MARK}{FORMAT}'".encode())
    for statement in filter(None, map(bytes.strip, statements)):
        connection.run(statement)


def partitions(connection: Connection, schema: str, table: str) -> list[tuple[int, int]]:
    """Return the range of row numbers of each partition of a table, ascending; its end is not in it.

    The name of a partition tells its range, such as ``article_1_2049``.
    """
    query = b"""SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass(%s)"""
    names = [name.rsplit("_", 2)[1:] for (name,) in connection.run(query, [f"{schema}.{table}"])]
    return sorted((int(start), int(end)) for start, end in names)


def add_partition(connection: Connection, schema: str, start: int, live: int) -> int:
    """Inside a writing transaction: make the partitions of all tables that begin with row ``start``.

    ``live``: number of rows that have not expired. Returns the end of the partitions.
    """
    end = start + max(LEAST_PARTITION_ROWS, 1 << max(0, (live // _PARTITIONS_PER_WINDOW).bit_length() - 1))
    for table in ("article", "story_entry"):
        name, parent = f'"{schema}".{table}_{start}_{end}', f'"{schema}".{table}'
        connection.run(f"CREATE TABLE {name} (LIKE {parent} INCLUDING ALL)".encode())
        connection.run(f"ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})".encode())
    return end


def drop_partitions(connection: Connection, schema: str, floors: dict[str, int]) -> None:
    """Inside a writing transaction: drop the partitions that have expired, unless somebody reads just now.

    ``floors``: for each table, the row below which all have expired. Who reads in a long transaction, such as pg_dump,
    keeps the partitions until the next time.
    """
    dropped = [
        f'"{schema}".{table}_{start}_{end}'
        for table, floor in floors.items()
        for start, end in partitions(connection, schema, table)
        if end <= floor
    ]
    if not dropped:
        return
    parents = qualified("LOCK TABLE {schema}.article, {schema}.story_entry IN ACCESS EXCLUSIVE MODE NOWAIT", schema)
    if connection.run_if_free(parents):
        connection.run(f"DROP TABLE {', '.join(dropped)}".encode())
