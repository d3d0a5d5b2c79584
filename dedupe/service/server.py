"""Runs the service: opens the index, answers until a signal, and stops without losing a request."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
from collections.abc import Iterator
from types import FrameType

import uvicorn

from dedupe.errors import InputError
from dedupe.service.app import Service
from dedupe.service.connections import connection_class

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

_log = logging.getLogger(__name__)

_FILES_KEPT = 128
"""Files that the index, the processes that align, and the log may need beside the connections."""

_MOST_AT_ONCE = 2_048
"""Most connections that are accepted at once, where the limit for opened files admits it."""

_ROUNDS = 4
"""How many times as many may be accepted until the first one is cut: asyncio tells its protocol of it rounds later."""

_WITHOUT_LIMIT = 10_000
"""Most connections where the system has no limit for opened files."""

_FINISHING_SECONDS = 60
"""Most seconds for requests under way, after the service no longer takes new ones."""

_KEEP_ALIVE_SECONDS = 60
"""How long a connection stays open without a request: longer than most proxies keep theirs, which therefore end it."""


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that nothing reaches yet. ``port`` 0 takes a free one. Raises ``InputError`` if it is taken."""
    with contextlib.ExitStack() as opened:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            bound = opened.enter_context(socket.socket(family, kind, protocol))
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError as error:
            fault = f"{host}:{port}: cannot be bound: {error.strerror}"
            raise InputError(f"{fault}; give another --host or --port") from error
        opened.pop_all()
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the URL of a socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn's server, which at SIGTERM keeps answering for a while with ``/readyz`` at 503, so that probers see it.

    SIGINT, and a second signal, end the service after the requests under way. Where SIGINT was ignored before, it still
    is. SIGHUP reads the tokens again.
    """

    def __init__(self, config: uvicorn.Config, service: Service, drain_seconds: float) -> None:
        super().__init__(config)
        self._service, self._drain_seconds = service, drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say where. Raises ``InputError`` if another program listens there by now."""
        try:
            await super().startup(sockets)
        except OSError as error:
            places = " and ".join(map(address_of, sockets or ()))
            raise InputError(f"{places}: cannot be used: {error.strerror}; give another --host or --port") from error
        for bound in sockets or ():
            _log.info("answering on %s", address_of(bound))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while the service runs. Afterwards they are not raised again: it has ended as it should."""
        ends = [signal.SIGTERM]
        if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:  # as a shell ignores it for what runs in the background
            ends.append(signal.SIGINT)
        before = {number: signal.signal(number, self.handle_exit) for number in ends}
        if hasattr(signal, "SIGHUP"):  # not on Windows
            before[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._on_hangup)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        was_draining, self._service.is_draining = self._service.is_draining, True
        if was_draining or sig == signal.SIGINT or not self._drain_seconds:
            self.should_exit = True
            return
        asyncio.get_running_loop().call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        _log.info("stopping: /readyz answers 503, and others are answered for %g s more", self._drain_seconds)
        asyncio.get_running_loop().call_later(self._drain_seconds, self._exit)

    def _exit(self) -> None:
        self.should_exit = True

    def _on_hangup(self, number: int, frame: FrameType | None) -> None:
        asyncio.get_running_loop().call_soon_threadsafe(self._service.read_tokens)


def serve(service: Service, bound: socket.socket, drain_seconds: float) -> None:
    """Answer requests on a bound socket until SIGTERM or SIGINT; then finish those under way, and return.

    ``drain_seconds``: how long all requests are answered after SIGTERM, while ``/readyz`` says 503.
    """
    service.start()
    limit, at_once = _most_connections()
    config = uvicorn.Config(
        service.app,
        http=connection_class(limit, service.observer),
        backlog=at_once,
        loop="asyncio",
        interface="asgi3",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_FINISHING_SECONDS,
    )
    try:
        _Server(config, service, drain_seconds).run([bound])
    finally:
        service.close()
    _log.info("stopped: every request was answered")


def _most_connections() -> tuple[int, int]:
    """Let this process open as many files as it may, and return how many of them may be connections.

    The second number is how many may be accepted at once. More than the system admits must never be: asyncio then tries
    again thousands of times a second, with an error in the log each time.
    """
    if resource is None:
        return _WITHOUT_LIMIT, _MOST_AT_ONCE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    if soft == resource.RLIM_INFINITY:
        return _WITHOUT_LIMIT, _MOST_AT_ONCE
    at_once = min(_MOST_AT_ONCE, max(1, soft // 16))
    return max(soft // 2, soft - _FILES_KEPT - _ROUNDS * at_once), at_once
