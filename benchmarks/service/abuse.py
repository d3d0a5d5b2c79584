"""How much memory does the service take, and are others served, while clients misbehave?

    python -m benchmarks.service.abuse [--connections 10000] [--body-mb 1000] [--unread 500] [--write]

Five kinds of clients, one after the other: many slow ones (a third sends nothing, a third half of a head, a third half
of a body), a tenth as many that pack much into one packet (thousands of requests, or thousands of fields before or
behind a body), one that sends a body without an end in chunks, some that ask for large answers and never read, and some
whose bodies become millions of values. Beside each of them an honest client sends one article after the other. Its
requests must be answered, with 200 or 429, and the memory of the service may grow by 400 MB at most. Exits 1 if that is
not so. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import resource
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import keep_figures
from benchmarks.service.running import Service, article, running

MOST_MB = 400
"""Most memory above that of the idle service, MB."""

_SECONDS = 8.0
"""How long each kind of client is there."""

_WIDE = 30
"""Bodies of millions of values."""

_HEAD = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

Abuse = Callable[[int], Awaitable[dict[str, int]]]
"""Misbehaves for a while at a port, and returns what became of that, counted."""


async def slow_clients(port: int, number: int) -> dict[str, int]:
    """Open connections that never send a whole request, and hold them."""
    body = json.dumps(article(0, "slow")).encode()
    half_a_body = _HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[: len(body) // 2]
    return await _hold(port, number, (b"", _HEAD[:40], half_a_body))


async def packed_clients(port: int, number: int) -> dict[str, int]:
    """Open connections that send as much at once as the service reads at once, and hold them."""
    requests = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 6_000
    chunked = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n"
    return await _hold(port, number, (requests, _HEAD + b"a:\r\n" * 50_000, chunked + b"a:\r\n" * 50_000))


async def _hold(port: int, number: int, beginnings: Sequence[bytes]) -> dict[str, int]:
    """Open connections, send the beginnings in turns, and hold them."""
    found: Counter[str] = Counter()
    held = []
    for i in range(number):
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 10)
        except (OSError, TimeoutError):
            found["not opened"] += 1
            continue
        writer.write(beginnings[i % len(beginnings)])
        held.append(writer)
        found["opened"] += 1
    await asyncio.sleep(_SECONDS)
    for writer in held:
        writer.close()
    return dict(found)


async def endless_body(port: int, megabytes: int) -> dict[str, int]:
    """Send one body in chunks until it is refused or all of it is sent."""
    return await asyncio.to_thread(_send_endless_body, port, megabytes)


def _send_endless_body(port: int, megabytes: int) -> dict[str, int]:
    chunk, sent, status = b"100000\r\n" + b"[" * 2**20 + b"\r\n", 0, b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sending:
        with contextlib.suppress(ConnectionError):
            sending.sendall(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            while sent < megabytes:
                sending.sendall(chunk)
                sent += 1
        with contextlib.suppress(ConnectionError):
            status = sending.recv(12)[9:]
    return {"sent_mb": sent, "status": int(status or 0)}


async def clients_that_never_read(port: int, number: int) -> dict[str, int]:
    """Ask for the answers on 2,000 bad articles once a second, and read none of them."""
    body = json.dumps([{}] * 2_000).encode()
    request = _HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    loop = asyncio.get_running_loop()
    found: Counter[str] = Counter()

    async def ask() -> None:
        with socket.socket() as asking:
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            asking.setblocking(False)
            try:
                await loop.sock_connect(asking, ("127.0.0.1", port))
                async with asyncio.timeout(_SECONDS):
                    while True:
                        await loop.sock_sendall(asking, request)
                        found["sent"] += 1
                        await asyncio.sleep(1)
            except TimeoutError:
                found["held"] += 1
            except ConnectionError:
                found["cut"] += 1

    await asyncio.gather(*(ask() for _ in range(number)))
    return dict(found)


async def wide_bodies(port: int, number: int) -> dict[str, int]:
    """Send bodies of nine megabytes that become far more values than articles, all at once."""
    kinds = (
        (b"application/json", b"[" + b"1," * 4_500_000 + b"1]"),
        (b"application/json", b"[" + b"{}," * 3_000_000 + b"{}]"),
        (b"application/json", b"[[" + b"{}," * 3_000_000 + b"{}]]"),
        (b"application/x-ndjson", b"\n" * 9_000_000),
        (b"application/x-ndjson", b"{}\n" * 3_000_000),
    )
    found: Counter[str] = Counter()

    def ask(kind: bytes, body: bytes) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=120) as asking:
            head = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
            try:
                asking.sendall(head % (kind, len(body)) + body)
                found[asking.recv(12)[9:].decode()] += 1
            except ConnectionError:
                found["cut"] += 1

    await asyncio.gather(*(asyncio.to_thread(ask, *kinds[i % len(kinds)]) for i in range(number)))
    return dict(found)


async def honest_client(service: Service, run: str, is_over: asyncio.Event) -> dict[str, Any]:
    """Send one article after the other until ``is_over``, and return how that went."""
    statuses: Counter[str] = Counter()
    slowest = 0.0
    number = 0
    while not is_over.is_set():
        began = time.perf_counter()
        statuses[await asyncio.to_thread(service.check_once, article(number, run))] += 1
        slowest = max(slowest, time.perf_counter() - began)
        number += 1
        await asyncio.sleep(0.02)
    return {"statuses": dict(statuses), "slowest_seconds": round(slowest, 3)}


async def beside(service: Service, name: str, abuse: Abuse) -> dict[str, Any]:
    """Let clients misbehave beside an honest one, and return what was seen."""
    idle = service.memory_mb()
    service.forget_peak()
    is_over = asyncio.Event()
    honest = asyncio.create_task(honest_client(service, name, is_over))
    found = await abuse(service.port)
    is_over.set()
    served = await honest
    return {"abuse": found, "honest": served, "grown_mb": round(service.peak_mb() - idle, 1)}


def measure(connections: int, body_mb: int, unread: int) -> dict[str, Any]:
    """Measure all kinds of clients, each at a service of its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kinds: dict[str, Abuse] = {
        "slow": lambda port: slow_clients(port, connections),
        "packed": lambda port: packed_clients(port, connections // 10),
        "endless": lambda port: endless_body(port, body_mb),
        "unread": lambda port: clients_that_never_read(port, unread),
        "wide": lambda port: wide_bodies(port, _WIDE),
    }
    figures: dict[str, Any] = {"connections": connections, "body_mb": body_mb, "unread_clients": unread}
    for name, abuse in kinds.items():
        with tempfile.TemporaryDirectory() as folder, running(Path(folder, "index")) as service:
            figures[name] = asyncio.run(beside(service, name, abuse))
        print(name, figures[name], file=sys.stderr)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return figures


def faults(figures: dict[str, Any]) -> list[str]:
    """What is not as it must be."""
    found = []
    for name in ("slow", "packed", "endless", "unread", "wide"):
        seen = figures[name]
        if seen["grown_mb"] > MOST_MB:
            found.append(f"{name}: memory grew by {seen['grown_mb']} MB")
        statuses = seen["honest"]["statuses"]
        if not statuses.get("200") or set(statuses) - {"200", "429"}:
            found.append(f"{name}: others were answered with {statuses}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--body-mb", type=int, default=1_000)
    parser.add_argument("--unread", type=int, default=500)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    figures = measure(options.connections, options.body_mb, options.unread)
    keep_figures("service_abuse", figures, options.write)
    if wrong := faults(figures):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
