"""Clients that are many, send much at once or read nothing take neither the places nor the memory of the others."""

import asyncio
import contextlib
import json
import re
import socket
import time
from pathlib import Path

import pytest
import uvicorn
from service_support import serving
from uvicorn.server import ServerState

from dedupe.service import connections

HEAD = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

LIVE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


def connected(port):
    return socket.create_connection(("127.0.0.1", port), timeout=60)


@pytest.fixture(scope="module")
def cramped(tmp_path_factory):
    """A service that may open 64 files, and so has room for 32 connections."""
    with serving("serve", "--index", tmp_path_factory.mktemp("cramped") / "index", files=64) as served:
        yield served
    assert "out of system resource" not in "".join(served.log)


def number_of(served, name):
    """Return one of the numbers of ``/metrics``."""
    lines = served.client().get("/metrics").text.splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))


def test_connections_that_wait_after_an_answer_make_room_for_new_ones(cramped):
    name = 'dedupe_cut_connections_total{reason="too many"}'
    before = number_of(cramped, name)
    with contextlib.ExitStack() as held:
        for _ in range(100):
            waiting = held.enter_context(connected(cramped.port))
            waiting.sendall(LIVE)
            assert waiting.recv(12) == b"HTTP/1.1 200"
        assert cramped.client().get("/livez").status_code == 200
    assert number_of(cramped, name) - before > 60


def test_more_connections_at_once_than_files_may_be_open_do_not_keep_others_out(cramped):
    with contextlib.ExitStack() as held:
        for _ in range(300):
            opening = held.enter_context(socket.socket())
            opening.setblocking(False)
            opening.connect_ex(("127.0.0.1", cramped.port))
        assert cramped.client().get("/livez").status_code == 200


def peak_mb(served):
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it reads /proc")
def test_requests_behind_articles_that_wait_hold_little_memory_and_are_refused_beyond_it(tmp_path):
    """125 MB are sent behind 500 articles, which wait for the lock of the index, which this test holds."""
    import fcntl

    with serving("serve", "--index", tmp_path / "index", "--wait", 60) as served, contextlib.ExitStack() as held:
        client = served.client()
        assert client.post("/v1/check", json={"id": "first", "text": "Rain fell."}).status_code == 200
        before = peak_mb(served)
        asking = [held.enter_context(connected(served.port)) for _ in range(500)]
        with (tmp_path / "index" / "write.lock").open("rb+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for number, one in enumerate(asking):
                body = json.dumps({"id": f"article-{number}", "text": "Rain fell."}).encode()
                one.setblocking(False)
                one.send(HEAD % len(body) + body + HEAD % 9_000_000 + b"x" * 250_000)
            while "dedupe_waiting_articles 500.0" not in client.get("/metrics").text:
                time.sleep(0.02)
            assert number_of(served, 'dedupe_refused_total{problem="busy"}') > 0
            assert peak_mb(served) - before < 80
        for one in asking:
            one.settimeout(60)
            assert one.recv(12) == b"HTTP/1.1 200"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="it reads /proc")
def test_many_bodies_that_come_at_once_are_not_held_before_there_is_room(tmp_path):
    """125 MB come over 500 connections, and there is room for 8 MB."""
    with serving("serve", "--index", tmp_path / "index", "--max-body", 1) as served, contextlib.ExitStack() as held:
        assert served.client().get("/livez").status_code == 200
        before = peak_mb(served)
        for one in [held.enter_context(connected(served.port)) for _ in range(500)]:
            one.setblocking(False)
            one.send(HEAD % 900_000 + b"x" * 250_000)
        assert served.client().get("/livez").status_code == 200
        assert number_of(served, 'dedupe_refused_total{problem="busy"}') > 0
        assert peak_mb(served) - before < 60


class _Counted:
    """Remembers who was refused or cut."""

    def __init__(self):
        self.refusals, self.cuts = [], []

    def refused(self, kind):
        self.refusals.append(kind)

    def cut(self, reason):
        self.cuts.append(reason)


def test_a_client_that_leaves_the_last_bytes_of_an_answer_unread_is_cut(monkeypatch):
    """These bytes would keep the connection for ever: asyncio does not close one before they are sent."""
    monkeypatch.setattr(connections, "TAKING_SECONDS", 0.2)

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"40000")]})
        await send({"type": "http.response.body", "body": b"x" * 40_000})

    async def cuts():
        counted = _Counted()
        config = uvicorn.Config(app, http=connections.connection_class(10, counted), lifespan="off", log_config=None)
        config.load()
        with socket.socket() as bound, socket.socket() as asking:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # as the connections then have
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            bound.bind(("127.0.0.1", 0))
            state = ServerState()
            server = await asyncio.get_running_loop().create_server(
                lambda: config.http_protocol_class(config=config, server_state=state, app_state={}), sock=bound
            )
            async with server:
                asking.connect(bound.getsockname())
                asking.sendall(LIVE)
                async with asyncio.timeout(10):
                    while not counted.cuts:
                        await asyncio.sleep(0.05)
        return counted.cuts

    assert asyncio.run(cuts()) == ["unread answer"]
