"""The store of an index on a PostgreSQL server: an append log that any number of machines share.

Whoever appends locks the one row of the state first, and takes the next row numbers from it. So the numbers become
visible in their order, and a reader that has seen the state has seen, or can read, every row below ``State.next``. (A
sequence would not do: a number that is drawn early may be committed late, after a reader has passed it.)
"""

from __future__ import annotations

import contextlib
import secrets
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, LiteralString

import platformdirs

from dedupe.errors import IndexDamagedError, IndexRefusedError, IndexUnavailableError
from dedupe.index.storage.failpoints import failpoint
from dedupe.index.storage.folder import BUILD_LOCK
from dedupe.index.storage.locks import FileLock
from dedupe.index.storage.postgres.address import parse_address
from dedupe.index.storage.postgres.connection import Connection
from dedupe.index.storage.postgres.tables import (
    ARTICLE_TYPES,
    FORMAT,
    KEY_COLUMNS,
    STORY_ENTRY_TYPES,
    add_partition,
    create_tables,
    drop_partitions,
    partitions,
    qualified,
    stored_format,
)
from dedupe.index.storage.rows import (
    COLUMNS,
    STORY_ENTRY_COLUMNS,
    DamagedRowError,
    KeyedRow,
    StoredArticle,
    StoryEntry,
    pack_shingles,
    read_row,
    read_story_entry,
    read_term_vector,
    unpack_shingles,
)
from dedupe.index.storage.segments import History
from dedupe.index.storage.store import (
    State,
    advance,
    as_history,
    checksum,
    find_arrival,
    limited_arrivals,
    with_checksum,
)

_ROWS_AT_ONCE, _KEYED_ROWS_AT_ONCE = 256, 2_048
"""Rows that are read from the server at once, about 2 MB each."""

_CRC = COLUMNS.index("crc")

_STATE: LiteralString = """
SELECT next, floor, latest, forgotten, index_id, history, crc, tableoid::bigint,
    CASE WHEN pg_is_in_recovery() THEN '' ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END
FROM {schema}.state WHERE single = 1"""
"""The state, and what tells the server's copy of it from any other: restoring makes another table, and a standby that
takes over, or a recovery to a point in time, begins another timeline."""

_SELECT_ROWS: LiteralString = f"SELECT {', '.join(COLUMNS)} FROM {{schema}}.article"  # noqa: S608 - names are ours

_SELECT_KEYED_ROWS: LiteralString = f"SELECT {', '.join(KEY_COLUMNS)} FROM {{schema}}.article"  # noqa: S608

_SELECT_STORY_ENTRIES: LiteralString = f"SELECT {', '.join(STORY_ENTRY_COLUMNS[:-2])} FROM {{schema}}.story_entry"  # noqa: S608

_NOW: LiteralString = "; SELECT extract(epoch FROM clock_timestamp())::float8"

_CREATE = b"SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE; SELECT pg_advisory_xact_lock(1313101136)"
"""The number of the lock is APPLICATION_ID of an SQLite file, "NDUP" in ASCII."""

_WRITE: LiteralString = f"SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE; {_STATE} FOR UPDATE{_NOW}"

_READ: LiteralString = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
    "LOCK TABLE {schema}.article, {schema}.story_entry IN ACCESS SHARE MODE; "  # no partition is dropped meanwhile
    f"{_STATE}{_NOW}"
)


class PostgresStore:
    """The opened index of one schema on a server. ``Store`` says what each method does."""

    database = "the server"
    folder_is_cache = True
    sqlite = ""

    def __init__(
        self, url: str, cache: Path | None, *, create: bool, read_only: bool, wait_seconds: float | None
    ) -> None:
        """Open the index; with ``create``, make it if the schema has none.

        ``cache``: folder in which this index gets a folder for its segment files; None takes the user's cache folder.

        Raises ``IndexRefusedError`` if the server, the schema or the cache cannot be used, and
        ``IndexUnavailableError`` if the server cannot be reached.
        """
        address = parse_address(url)
        self.name, self._schema = address.name, address.schema
        self._dump = f"pg_dump --format=custom --schema={address.schema} --file=FILE '{address.database}'"
        self.read_only, self.wait_seconds = read_only, wait_seconds
        self.folder = (cache or Path(platformdirs.user_cache_dir("news-dedupe"))) / address.folder_name
        self._place: tuple[object, ...] | None = None
        self._state: State | None = None
        self._now = 0.0
        self._partitions_end = 0  # the row before which partitions are known to exist
        self.generation = 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.build_lock = FileLock(self.folder / BUILD_LOCK, wait_seconds=wait_seconds)
        except OSError as error:
            raise IndexRefusedError(
                f"{self.folder} cannot be used as the cache of {self.name}: {error.strerror or error}; name another one"
            ) from error
        try:
            self._connection = Connection(address, read_only=read_only, wait_seconds=wait_seconds)
        except BaseException:
            self.build_lock.close()
            raise
        try:
            self.postgresql, self.mode = self._connection.version, self._connection.mode
            self._find_tables(create=create and not read_only)
            with self.reading() as state:
                self._check_newest(state)
        except BaseException:
            self.close()
            raise

    def _find_tables(self, *, create: bool) -> None:
        """Check that the schema holds an index of this format, and make one if it holds none."""
        found = stored_format(self._connection, self._schema)
        if found is None and create:
            # Everybody who opens the new index at the same time waits here, and one of them makes the tables.
            with self._connection.transaction(_CREATE, durable=True):
                found = stored_format(self._connection, self._schema)
                if found is None:
                    create_tables(self._connection, self._schema)
                    own = secrets.token_bytes(16)
                    self.write_state(State(next=1, floor=1, latest=0, forgotten=0, index_id=own, history=own))
                    found = FORMAT
        if found is None:
            raise IndexRefusedError(f"{self.name}: no index here; `dedupe filter --index` makes one")
        if not found:
            raise IndexRefusedError(
                f"{self.name}: the schema {self._schema} belongs to another program; add ?schema=NAME to the URL"
            )
        if found != FORMAT:
            raise IndexRefusedError(
                f"{self.name}: the index has format {found}, but this version of news-dedupe needs format {FORMAT}; "
                "use the version that made it, or make it again from the articles in another schema (?schema=NAME)"
            )

    def _query(self, query: LiteralString) -> bytes:
        return qualified(query, self._schema)

    def _run(self, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.run(self._query(query), values)

    # Transactions

    @contextlib.contextmanager
    def writing(self) -> Iterator[State]:
        """Lock the state, and open one durable transaction. Where the connection is lost at its end, the error says so.

        What is not known then, the next call with the same articles finds out: they are replayed if they were stored.
        """
        if self.read_only:
            raise IndexRefusedError(f"{self.name}: the index was opened read-only and cannot be changed")
        try:
            with self._connection.transaction(self._query(_WRITE), durable=True) as found:
                yield self._accept(found)
                failpoint("before commit")
        except BaseException:
            self._partitions_end = 0  # new partitions are gone with the transaction
            raise
        failpoint("after commit")

    @contextlib.contextmanager
    def reading(self) -> Iterator[State]:
        """Open a view of the index as it is now. It holds up nobody who writes."""
        with self._connection.transaction(self._query(_READ)) as found:
            yield self._accept(found)

    @contextlib.contextmanager
    def explaining(self) -> Iterator[None]:
        """Return a context in which errors of the cache folder become ``IndexUnavailableError``."""
        try:
            yield
        except OSError as error:
            raise IndexUnavailableError(
                f"{self.name}: the cache {self.folder} cannot be used: {error.strerror or error}; nothing of this call "
                "was stored – repair it, or name another one"
            ) from error

    def _accept(self, found: list[tuple[Any, ...]]) -> State:
        """Return the state that a transaction began with.

        Raises ``IndexUnavailableError`` if the server has another copy of the index than before. The next transaction
        takes it as it is; ``generation`` has then changed.
        """
        if len(found) != 2:
            raise IndexDamagedError(f"{self.name}: the state of the index is missing; restore it with pg_restore")
        (*values, crc, table, timeline), (self._now,) = found
        state = State(*values)
        if checksum(state.values()) != crc:
            raise IndexDamagedError(
                f"{self.name}: the state does not match its checksum; restore the index with pg_restore"
            )
        place = (table, timeline, state.index_id)
        if self._place not in (None, place) or (self._state and state.next < self._state.next):
            self._place, self._state, self._partitions_end = None, None, 0
            self.generation += 1
            raise IndexUnavailableError(
                f"{self.name}: the index was restored, or another server has taken over; nothing of this call was "
                "stored – repeat it"
            )
        self._place, self._state = place, state
        return state

    # Inside a transaction

    def now(self) -> float:
        """Return the time of the server's clock at the beginning of the transaction, in seconds since 1970 UTC."""
        return self._now

    def write_state(self, state: State) -> None:
        """Replace the stored state."""
        values = state.values()
        query: LiteralString = """UPDATE {schema}.state SET next = %s, floor = %s, latest = %s, forgotten = %s,
            index_id = %s, history = %s, crc = %s WHERE single = 1"""
        self._run(query, *values, checksum(values))

    def _check_newest(self, state: State) -> None:
        """Raise ``IndexDamagedError`` if the newest rows are not those that the state says, as after half a restore."""
        [(newest,)] = self._run("SELECT max(id) FROM {schema}.article")
        first_missing = max(newest or 0, state.floor - 1) + 1
        query: LiteralString = "SELECT count(*) FROM {schema}.forgotten WHERE id >= %s AND id < %s"
        [(forgotten,)] = self._run(query, first_missing, state.next)
        if first_missing > state.next or forgotten < state.next - first_missing:
            raise IndexDamagedError(
                f"{self.name}: the newest rows are not those that the state says; restore the index with pg_restore"
            )

    def append(self, before: State, rows: Sequence[StoredArticle], story_entries: Sequence[StoryEntry]) -> State:
        """Store new rows and their story entries, and return the state after them, which is stored too."""
        failpoint("before insert")
        self._extend(before, rows[-1].id)
        stored = [row.stored() for row in rows]
        keyed = [(*values, *_stored_keys(KeyedRow.of(row))) for row, values in zip(rows, stored, strict=True)]
        copy = self._connection.copy
        copy(self._query("COPY {schema}.article FROM STDIN (FORMAT BINARY)"), list(ARTICLE_TYPES.values()), keyed)
        entries = [entry.stored() for entry in story_entries]
        copy(
            self._query("COPY {schema}.story_entry FROM STDIN (FORMAT BINARY)"),
            list(STORY_ENTRY_TYPES.values()),
            entries,
        )
        failpoint("after insert")
        after, ends = advance(before, rows, [values[_CRC] for values in stored])
        for end in ends:
            self._run("INSERT INTO {schema}.history VALUES (%s, %s)", *end)
        self.write_state(after)
        return after

    def _extend(self, before: State, last: int) -> None:
        """Make partitions until there is one for row ``last``. Nobody else does so meanwhile: the state is locked."""
        if last < self._partitions_end:
            return
        existing = partitions(self._connection, self._schema, "article")
        end = max((end for _, end in existing), default=before.next)
        while end <= last:
            end = add_partition(self._connection, self._schema, end, before.next - before.floor)
        self._partitions_end = end

    def forget(self, row_ids: Sequence[int]) -> None:
        """Delete rows and note their numbers, so that ``doctor`` does not report them as missing."""
        ids = list(row_ids)
        self._run("DELETE FROM {schema}.story_entry WHERE id = ANY(%s)", ids)
        self._run("DELETE FROM {schema}.article WHERE id = ANY(%s)", ids)
        self._run("INSERT INTO {schema}.forgotten SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING", ids)

    def first_arrived_after(self, arrived: int, state: State) -> int:
        """Return the lowest row number from which on all rows arrived at ``arrived`` or later, microseconds."""
        return find_arrival(arrived, state, self._first_from)

    def _first_from(self, row_id: int) -> tuple[int, int] | None:
        """Return the number and the time of arrival of the first row from a number on; None if there is no row."""
        found = self._run("SELECT id, arrived FROM {schema}.article WHERE id >= %s ORDER BY id LIMIT 1", row_id)
        return (found[0][0], found[0][1]) if found else None

    def forgotten(self, state: State) -> set[int]:
        """Return the numbers of the rows that ``forget`` deleted and that would not have expired yet."""
        return {row_id for (row_id,) in self._run("SELECT id FROM {schema}.forgotten WHERE id >= %s", state.floor)}

    def oldest(self, floor: int) -> int | None:
        """Return the time of arrival of the first row from ``floor`` on, microseconds; None if there is no row."""
        found = self._first_from(floor)
        return None if found is None else found[1]

    def newest(self, floor: int) -> int | None:
        """Return the time of arrival of the last row from ``floor`` on, microseconds; None if there is no row."""
        found = self._run("SELECT arrived FROM {schema}.article WHERE id >= %s ORDER BY id DESC LIMIT 1", floor)
        return found[0][0] if found else None

    def limit_arrivals(self, arrived: int, state: State) -> None:
        """Let the rows that arrived later than ``arrived``, in microseconds, have arrived then. Damaged rows stay."""
        update: dict[str, LiteralString] = {
            "article": "UPDATE {schema}.article t SET arrived = %s, crc = n.crc",
            "story_entry": "UPDATE {schema}.story_entry t SET arrived = %s, crc = n.crc",
        }
        for table, changed in limited_arrivals(self, arrived, state):
            ids, crcs = [row_id for _, _, row_id in changed], [crc for _, crc, _ in changed]
            query = update[table] + " FROM unnest(%s::bigint[], %s::bigint[]) n (id, crc) WHERE t.id = n.id"
            self._run(query, arrived, ids, crcs)

    def read_metadata(self) -> dict[str, str]:
        """Return what the index stores about itself, by name; empty for a new index."""
        found = dict(self._run("SELECT name, value FROM {schema}.about"))
        if found and found != with_checksum(found):
            raise IndexDamagedError(
                f"{self.name}: what the index says about itself does not match its checksum; restore it with pg_restore"
            )
        found.pop("crc", None)
        return found

    def write_metadata(self, values: dict[str, str]) -> None:
        """Add values to what the index stores about itself, or replace them."""
        query: LiteralString = (
            "INSERT INTO {schema}.about VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value"
        )
        for item in with_checksum(self.read_metadata() | values).items():
            self._run(query, *item)

    def integrity(self) -> list[str]:
        """Return the rows whose keys, which are stored a second time for followers, do not match their checksum."""
        if self._state is None:
            return []
        rows = self.keyed_rows(self._state.floor, self._state.next)
        return [f"{row} has keys that do not match their checksum" for row in rows if isinstance(row, DamagedRowError)]

    def description(self) -> str:
        """Return the version and the settings of the server, in a line for ``doctor``."""
        checks = self._connection.data_checksums
        return f"PostgreSQL {self.postgresql}, synchronous_commit {self.mode}, data_checksums {checks}"

    # Inside or outside a transaction

    def row(self, row_id: int) -> StoredArticle | None:
        """Return one row, None if there is none. Raises ``DamagedRowError``."""
        found = self._run(_SELECT_ROWS + " WHERE id = %s", row_id)
        return read_row(found[0]) if found else None

    def has_row(self, row_id: int) -> bool:
        """Whether an intact row with this number is stored."""
        try:
            return self.row(row_id) is not None
        except DamagedRowError:
            return False

    def rows(self, start: int, end: int) -> Iterator[StoredArticle | DamagedRowError]:
        """Yield the rows with start ≤ id < end in ascending order, and the error in place of a damaged row."""
        for values in self._between(_SELECT_ROWS, start, end, _ROWS_AT_ONCE):
            try:
                yield read_row(values)
            except DamagedRowError as error:
                yield error

    def keyed_rows(self, start: int, end: int) -> Iterator[KeyedRow | DamagedRowError]:
        """Yield of the same rows what their keys are made of. The shingles are not read."""
        found = self._between(_SELECT_KEYED_ROWS, start, end, _KEYED_ROWS_AT_ONCE)
        for row_id, name, digest, words, bands, crc, packed in found:
            row = KeyedRow(row_id, name, digest, words, bands, unpack_shingles(packed))
            yield row if _stored_keys(row)[0] == crc else DamagedRowError(f"row {row.id}")

    def story_entries(self, start: int, end: int) -> Iterator[StoryEntry | DamagedRowError]:
        """Yield the story entries with start ≤ id < end in ascending order, without their term vectors."""
        for values in self._between(_SELECT_STORY_ENTRIES, start, end, _KEYED_ROWS_AT_ONCE):
            try:
                yield read_story_entry(values)
            except DamagedRowError as error:
                yield error

    def _between(self, select: LiteralString, start: int, end: int, at_once: int) -> Iterator[tuple[Any, ...]]:
        for first in range(start, end, at_once):
            last = min(first + at_once, end)
            yield from self._run(select + " WHERE id >= %s AND id < %s ORDER BY id", first, last)

    def term_vector(self, row_id: int) -> bytes | None:
        """Return the packed term vector of one row, None if there is none. Raises ``DamagedRowError``."""
        found = self._run("SELECT term_vector_crc, term_vector FROM {schema}.story_entry WHERE id = %s", row_id)
        return read_term_vector(row_id, *found[0]) if found else None

    def history(self, block_end: int, state: State) -> History | None:
        """Return the history of the rows below the end of a lowest-level block; None if it is not known any more."""
        found = self._run("SELECT digest FROM {schema}.history WHERE block_end = %s", block_end)
        return as_history(found[0][0] if found else None, state)

    # Outside a transaction

    def delete_expired(self, story_floor: int = 0) -> bool:
        """Drop the partitions of which all rows have expired. Returns false: nothing more can be deleted now."""
        with self.writing() as state:
            floors = {"article": state.floor, "story_entry": max(story_floor, state.floor)}
            drop_partitions(self._connection, self._schema, floors)
            self._run("DELETE FROM {schema}.forgotten WHERE id < %s", state.floor)
            self._run("DELETE FROM {schema}.history WHERE block_end <= %s", state.floor)
        failpoint("expired rows deleted")
        return False

    def refusal_to_write(self) -> str:
        """Return "": a server that does not store says so at once."""
        return ""

    def log_bytes(self) -> int:
        """Return the size of all tables of the index on the server, bytes."""
        query = b"""SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
            WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r'"""
        [(size,)] = self._connection.run(query, [self._schema])
        return int(size)

    def copy_to(self, folder: Path) -> None:
        """Raise ``IndexRefusedError``: a server has means of its own for backups."""
        raise IndexRefusedError(
            f"{self.name}: a backup of an index on a server is made by {self._dump}, and put back by pg_restore"
        )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self.build_lock.close()


def _stored_keys(row: KeyedRow) -> tuple[int, bytes]:
    """Return the checksum of what a row's keys are made of, and the hashes of its passage fingerprints, packed."""
    packed = pack_shingles(row.passages)
    head = (row.id, row.name, row.digest, row.words)
    return zlib.crc32(packed, zlib.crc32(row.bands, zlib.crc32(repr(head).encode()))), packed
