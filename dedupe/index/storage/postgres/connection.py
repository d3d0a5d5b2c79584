"""One connection to a PostgreSQL server: its transactions, its reconnecting, and its errors in plain words.

Nothing here outlives a transaction on the server (no settings of a session, no prepared statements, no session locks),
so a pooler may give every transaction another connection.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import conninfo, errors
from psycopg.pq import TransactionStatus

from dedupe.errors import IndexDamagedError, IndexRefusedError, IndexUnavailableError, OutcomeUnknownError
from dedupe.index.storage.postgres.address import Address, unreadable
from dedupe.index.storage.waiting import Wait

_OLDEST_SERVER = 15
"""First version that is supported: the tests run with it."""

_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""Parameters of libpq where the URL does not give them: a network that is cut is noticed within half a minute."""

_MOST_IDLE_SECONDS = 300
"""A writer that does nothing for so long inside of a transaction, as a machine that is cut off, loses it, so that
others can go on. The longest work between two queries is the tracking of stories, tens of milliseconds an article."""

_LATER_LOCKS = b"; SET LOCAL lock_timeout = '10s'"
"""After the first lock only statements of an administrator can be in the way, such as ANALYZE of a whole table."""

_REFUSALS = (
    "authentication failed", "no password supplied", "does not exist", "no pg_hba.conf entry", "permission denied",
)  # fmt: skip
"""What the server says where waiting and repeating do not help."""

_SERVER = """
SELECT current_setting('server_version_num')::int / 10000, current_setting('server_version'),
    current_setting('server_encoding'), current_setting('fsync'), current_setting('full_page_writes'),
    current_setting('synchronous_commit'), current_setting('synchronous_standby_names'), pg_is_in_recovery(),
    (SELECT count(*) FROM pg_stat_replication), current_setting('data_checksums')
"""

_HOLDER = """
SELECT a.pid, coalesce(nullif(a.application_name, ''), 'of another role'),
    coalesce(a.client_addr::text, 'this machine'),
    CASE WHEN a.state LIKE 'idle%%' THEN extract(epoch FROM clock_timestamp() - a.state_change)::int ELSE 0 END
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.relation = %s::regclass AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.mode IN ('RowShareLock', 'RowExclusiveLock') AND l.pid <> pg_backend_pid()
    AND l.pid NOT IN (SELECT pid FROM pg_locks WHERE NOT granted)
ORDER BY a.xact_start LIMIT 1
"""

_TO_DO: dict[type[psycopg.Error], str] = {
    errors.DiskFull: "free disk space on the server and repeat it",
    errors.TooManyConnections: "raise max_connections of the server, or use a pooler, and repeat it",
    errors.QueryCanceled: "raise the statement_timeout of this role, or repeat it",
    errors.ReadOnlySqlTransaction: "name the primary server (with several hosts: target_session_attrs=read-write)",
    errors.UndefinedTable: "the tables of the index were deleted: restore them with pg_restore, then open it again",
    errors.InvalidSchemaName: "the schema of the index was deleted: restore it with pg_restore, then open it again",
}

_LOG = logging.getLogger("dedupe")


class Connection:
    """A connection that is made again when it was lost. One thread at a time may use it.

    ``version`` of the server, ``mode``: the ``synchronous_commit`` in use, ``is_standby``: whether it cannot store.
    """

    def __init__(self, address: Address, *, read_only: bool, wait_seconds: float | None) -> None:
        """Connect. Raises ``IndexRefusedError`` for a server that must not be used, or that refuses this role."""
        self._address, self._read_only, self._wait_seconds = address, read_only, wait_seconds
        self._in_transaction = False
        self._has_warned = False
        self._connection = self._connect()

    # Connecting

    def _connect(self) -> psycopg.Connection:
        own = f"dedupe {platform.node()} {os.getpid()}"
        try:
            given = conninfo.conninfo_to_dict(self._address.url)
        except psycopg.ProgrammingError:
            raise unreadable() from None  # the message of libpq quotes the URL, with the password
        parameters = {"application_name": own, **_DEFAULTS, **given, "client_encoding": "UTF8"}
        try:
            connection = psycopg.connect(
                conninfo.make_conninfo("", **parameters), autocommit=True, prepare_threshold=None
            )
        except psycopg.OperationalError as error:
            raise self._no_connection(error) from error
        try:
            self._check_server(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _no_connection(self, error: psycopg.OperationalError) -> IndexRefusedError | IndexUnavailableError:
        said = _first_line(error)
        if any(words in said for words in _REFUSALS):
            to_do = "check the user, the password (~/.pgpass or PGPASSWORD), the database and pg_hba.conf"
            return IndexRefusedError(f"{self._address.name} cannot be opened: {said} – {to_do}")
        to_do = "check that the server runs and that this machine reaches it, and repeat it"
        return IndexUnavailableError(f"{self._address.name}: {said}; nothing of this call was stored – {to_do}")

    def _check_server(self, connection: psycopg.Connection) -> None:
        """Refuse a server that loses what it has confirmed, and say what a standby may lose."""
        name = self._address.name
        try:
            found = connection.execute(_SERVER).fetchone()
        except psycopg.OperationalError as error:
            raise self._no_connection(error) from error
        assert found is not None  # noqa: S101 - a SELECT without a table gives one row
        major, self.version, encoding, fsync, full_pages, commit, standbys, self.is_standby, followers, checks = found
        if major < _OLDEST_SERVER:
            raise IndexRefusedError(f"{name}: PostgreSQL {self.version} is too old; use {_OLDEST_SERVER} or newer")
        if encoding != "UTF8":
            raise IndexRefusedError(f"{name}: the database stores {encoding}; make one with ENCODING 'UTF8'")
        for setting, value in (("fsync", fsync), ("full_page_writes", full_pages)):
            if value == "off":
                raise IndexRefusedError(
                    f"{name}: the server runs with {setting} = off, and may lose or damage everything when its machine "
                    f"fails: set {setting} = on in postgresql.conf, and reload it"
                )
        if self.is_standby and not self._read_only:
            raise IndexRefusedError(
                f"{name}: the server is a standby, which cannot store: {_TO_DO[errors.ReadOnlySqlTransaction]}"
            )
        self.mode = "on" if commit == "off" else commit
        self.data_checksums = checks
        if followers and not self._read_only and (not standbys or self.mode == "local") and not self._has_warned:
            self._has_warned = True
            why = "synchronous_commit is local" if standbys else "synchronous_standby_names is empty"
            _LOG.warning(
                "%s: the server does not wait for its standby (%s): if the standby takes over, the last answers before "
                "that may be lost, and their articles are new when they come again", name, why,
            )  # fmt: skip

    # Transactions

    @contextlib.contextmanager
    def transaction(self, begin: bytes, *, durable: bool = False) -> Iterator[list[tuple[Any, ...]]]:
        """Run ``begin``, one or more statements, in a new transaction, and yield the row that each query gave.

        ``durable``: commit in the end, so that a crash of the server loses nothing, whatever the default of the role
        is. Otherwise nothing is stored.
        """
        found = self._begin(begin, durable=durable)
        self._in_transaction = True
        try:
            yield found
            if durable:
                self._commit()
        finally:
            self._in_transaction = False
            self._roll_back()

    def _begin(self, begin: bytes, *, durable: bool) -> list[tuple[Any, ...]]:
        """Begin a transaction, wait for the locks it needs, and connect again if the connection was lost meanwhile."""
        wait = Wait(self._address.name, self._wait_seconds, self._holder)
        while True:
            is_new = self._reconnect()
            milliseconds = max(1, int(wait.remaining() * 1_000))
            settings = f"BEGIN; SET LOCAL lock_timeout = {milliseconds}; SET LOCAL statement_timeout = 0; "
            settings += f"SET LOCAL idle_in_transaction_session_timeout = '{_MOST_IDLE_SECONDS}s'; "
            settings += f"SET LOCAL synchronous_commit = {self.mode}; " if durable else ""
            try:
                cursor = self._connection.execute(settings.encode() + begin + _LATER_LOCKS)
                rows = [row for _ in _results(cursor) if cursor.description and (row := cursor.fetchone())]
            except errors.LockNotAvailable:
                self._roll_back()
                wait.check()
            except psycopg.Error as error:
                is_lost = self._is_lost()
                self._roll_back()
                if is_new or not is_lost:
                    raise self.explained(error) from error
            except BaseException:
                self._roll_back()
                raise
            else:
                return rows

    def _commit(self) -> None:
        try:
            status = self._connection.execute(b"COMMIT").statusmessage
        except psycopg.Error as error:
            if not self._is_lost():
                raise self.explained(error) from error
            raise OutcomeUnknownError(
                f"{self._address.name}: the connection was lost while the server stored ({_first_line(error)}), so it "
                "is not known whether this call was stored – repeat it: what was stored is answered with `replayed`"
            ) from error
        if status != "COMMIT":
            raise IndexUnavailableError(
                f"{self._address.name}: the server rolled back; nothing of this call was stored"
            )

    def _roll_back(self) -> None:
        """End a transaction that has not ended yet. Where that fails, closing the connection does it."""
        with contextlib.suppress(psycopg.Error):
            if self._connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
                self._connection.execute(b"ROLLBACK")
        if self._connection.info.transaction_status != TransactionStatus.IDLE:
            self._connection.close()

    def _is_lost(self) -> bool:
        return self._connection.closed or self._connection.info.transaction_status == TransactionStatus.UNKNOWN

    def _reconnect(self) -> bool:
        """Connect again if the connection is known to be lost, and return whether it is new."""
        if not self._is_lost():
            return False
        self._connection.close()
        self._connection = self._connect()
        return True

    # Queries

    def run(self, query: bytes, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement, and return its rows.

        Outside of a transaction a lost connection is made again, and the statement repeated: it may only read.
        """
        while True:
            is_new = self._in_transaction or self._reconnect()
            try:
                cursor = self._connection.cursor(binary=True)
                cursor.execute(query, values)
                return cursor.fetchall() if cursor.description else []
            except psycopg.Error as error:
                if is_new or not self._is_lost():
                    raise self.explained(error) from error

    def run_if_free(self, statement: bytes) -> bool:
        """Inside a transaction: run a statement that does not wait for locks. Returns false if others hold them."""
        self.run(b"SAVEPOINT free")
        try:
            self._connection.execute(statement)
        except errors.LockNotAvailable:
            self.run(b"ROLLBACK TO SAVEPOINT free")
            return False
        except psycopg.Error as error:
            raise self.explained(error) from error
        return True

    def copy(self, statement: bytes, types: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Inside a transaction: send rows by a binary COPY. ``types``: the type of each column."""
        if not rows:
            return
        try:
            with self._connection.cursor().copy(statement) as copy:
                copy.set_types(types)
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            raise self.explained(error) from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    # Words

    def _holder(self) -> str:
        """Return in words who holds the lock on the state of the index."""
        try:
            found = self._connection.execute(_HOLDER, [f"{self._address.schema}.state"]).fetchone()
        except psycopg.Error:
            found = None
        if found is None:
            return "another process, which cannot be named from here"
        pid, application, host, idle_seconds = found
        holder = f"process {pid} of the server ({application}, from {host})"
        if idle_seconds >= 5:
            holder += f", which has done nothing for {idle_seconds} s: continue its program, or end it there by "
            holder += f"SELECT pg_terminate_backend({pid})"
        return holder

    def explained(self, error: psycopg.Error) -> IndexUnavailableError | IndexRefusedError:
        """Return an error of the server as one that says what is wrong and what to do."""
        name, said = self._address.name, _first_line(error)
        if isinstance(error, errors.InsufficientPrivilege):
            return IndexRefusedError(
                f"{name}: {said} – let the owner of the database run CREATE SCHEMA {self._address.schema} "
                "AUTHORIZATION with the role that writes; to one that only reads, grant USAGE on it and SELECT on its "
                "tables"
            )
        if isinstance(error, (errors.DataCorrupted, errors.IndexCorrupted)):
            return IndexDamagedError(
                f"{name}: {said}; nothing of this call was stored – the server's disk or database is damaged: restore "
                "it from a backup of the server"
            )
        if self._is_lost():
            to_do = "repeat it: the connection is then made again"
        else:
            to_do = next(
                (words for kind, words in _TO_DO.items() if isinstance(error, kind)),
                "see the server's log, and repeat it",
            )
        return IndexUnavailableError(f"{name}: {said}; nothing of this call was stored – {to_do}")


def _results(cursor: psycopg.Cursor) -> Iterator[None]:
    """Step through the results of several statements."""
    yield
    while cursor.nextset():
        yield


def _first_line(error: psycopg.Error) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
