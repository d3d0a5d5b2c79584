"""A PostgreSQL server for the tests: that of DEDUPE_POSTGRES, or one of their own in a folder that goes with them."""

import contextlib
import os
import platform
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import psycopg

SERVER_SETTINGS = {"listen_addresses": "", "max_connections": "60", "wal_level": "replica", "log_lock_waits": "on"}


def programs():
    """The folder with PostgreSQL's programs, the newest there is; None without a server."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name), reverse=True)
    return next((place for place in found if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


class NoServerError(Exception):
    """No server can be had here."""


class Server:
    """One server. ``url`` is that of its database; ``admin`` runs a statement beside the index."""

    def __init__(self, url, folder=None, bin_folder=None):
        self.url, self.folder, self._bin = url, folder, bin_folder

    def admin(self, statement, *values):
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def new_place(self):
        """The URL of a schema that nobody has used."""
        return f"{self.url}{'&' if '?' in self.url else '?'}schema=t_{secrets.token_hex(6)}"

    def drop(self, place):
        """Delete the schema that a URL names."""
        self.admin(f'DROP SCHEMA IF EXISTS "{place.rpartition("schema=")[2]}" CASCADE')

    def program(self, name):
        return self._bin / name

    def control(self, *arguments):
        as_server(self.program("pg_ctl"), "-D", self.folder / "data", "-w", *arguments)

    def start(self, **settings):
        options = " ".join(f"-c {name}='{value}'" for name, value in (SERVER_SETTINGS | settings).items())
        self.control("-l", self.folder / "log", "-o", f"-k {self.folder} {options}", "start")

    def restart(self, mode="immediate", **settings):
        self.control("-m", mode, "stop")
        self.start(**settings)


@contextlib.contextmanager
def standby_of(server):
    """Start a second server that follows the first one, which does not wait for it."""
    folder = server.folder / "standby"
    folder.mkdir()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    as_server(
        server.program("pg_basebackup"),
        "-R",
        "-c",
        "fast",
        "-h",
        server.folder,
        "-U",
        "postgres",
        "-D",
        folder / "data",
    )
    standby = Server(
        server.url.replace(f"host={server.folder}", f"host={folder}"), folder, server.program("pg_ctl").parent
    )
    standby.start()
    try:
        yield standby
    finally:
        standby.control("-m", "immediate", "stop")


def as_server(*command):
    """Run a program of the server. It refuses root, so that user postgres runs it then."""
    prefix = ["runuser", "-u", "postgres", "--"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryFile() as said:  # not a pipe, which the server would inherit and keep open
        done = subprocess.run([*prefix, *map(str, command)], stdout=said, stderr=said, check=False, cwd="/")
        said.seek(0)
        assert done.returncode == 0, said.read().decode()


@contextlib.contextmanager
def own_server():
    """Start a server that only this machine's socket reaches. Raises ``NoServerError`` where there is no PostgreSQL."""
    place = programs()
    if place is None:
        raise NoServerError("no PostgreSQL here: install it, or name a server in DEDUPE_POSTGRES=postgresql://…")
    folder = Path(tempfile.mkdtemp(prefix="dedupe-pg-"))
    try:
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        as_server(place / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        server = Server(f"postgresql://postgres@/postgres?host={folder}", folder, place)
        server.start()
        try:
            yield server
        finally:
            server.control("-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def shared_server():
    """The server of DEDUPE_POSTGRES, where it is set, or one of our own."""
    url = os.environ.get("DEDUPE_POSTGRES")
    if url:
        yield Server(url)
    else:
        with own_server() as server:
            yield server


class Proxy:
    """Stands between a client and the server's socket, and cuts connections when it is told to.

    ``cut_at``: "before" cuts when the next COMMIT comes and does not pass it on, "after" passes it on and cuts before
    the answer, None cuts nothing. ``pause`` holds back everything, as a network does that is cut.
    """

    def __init__(self, server, folder):
        self._target = server.folder / ".s.PGSQL.5432"
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self.cut_at = None
        self.flowing = threading.Event()
        self.flowing.set()
        self._pairs = []
        self._swallows = False
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self._target))
            except OSError:
                client.close()
                continue
            self._pairs.append((client, server))
            threading.Thread(target=self._pass_on, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, False), daemon=True).start()

    def _pass_on(self, source, target, from_client):
        with contextlib.suppress(OSError):
            while content := source.recv(1 << 16):
                self.flowing.wait()
                if from_client and self.cut_at and b"COMMIT\0" in content:
                    when, self.cut_at = self.cut_at, None
                    if when == "before":
                        break
                    self._swallows = True
                elif not from_client and self._swallows:  # this is the answer to COMMIT
                    self._swallows = False
                    break
                target.sendall(content)
        self.cut(source, target)

    def cut(self, *sockets):
        """Cut these connections, or all."""
        for one in sockets or [one for pair in self._pairs for one in pair]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.close()
        self.cut()


def end_backends(server, process="%"):
    """End every connection of an index, or those of one process of this machine, and return how many there were."""
    query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE %s"
    return server.admin(query, f"dedupe {platform.node()} {process}")[0][0]
