"""The routes of the service: what is asked, answered and refused, logged and counted."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPMethod

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST

from dedupe.errors import DedupeError
from dedupe.index import Index, Stats
from dedupe.reading.fields import Columns
from dedupe.reading.problems import valid_text
from dedupe.service.aligners import Aligners
from dedupe.service.bodies import JSON, NDJSON, Articles, Form, cut, media_type, received, rest_is_read
from dedupe.service.budget import Budget
from dedupe.service.documents import Answer, Forgotten, State
from dedupe.service.logs import Log, note
from dedupe.service.metrics import Metrics
from dedupe.service.openapi import openapi_document
from dedupe.service.problems import (
    DRAINING,
    INTERNAL,
    MALFORMED,
    NOT_FOUND,
    UNAUTHORIZED,
    UNAVAILABLE,
    WRONG_METHOD,
    ServiceError,
    index_error,
    problem_response,
)
from dedupe.service.reader import Reader, answers_to, fingerprint
from dedupe.service.requests import ClientLeftError, Receive, Request, Response, Scope, Send, new_request_id
from dedupe.service.tokens import Tokens
from dedupe.service.writer import Writer

_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""The form of a request id of a client that is taken over. Any other is replaced."""

_CLIENT_LEFT = 499
"""The status in the log of a request whose client left before the answer, as nginx has it."""

_CUT_IN_THREAD_BYTES = 256_000
"""From this size on a body is cut into articles in another thread, so that others are answered meanwhile. There is one
such thread, because some bodies take much memory to cut."""

_STATS_SECONDS = 1.0
"""How long ``/metrics`` waits for the index, which may itself wait for another process."""

_WARM_UP = b'{"id": "-", "text": "Leaders of thirty nations met in the capital on Thursday. They agreed on little."}'
"""The article that is looked up before the first request, so that everything is loaded that one needs."""

_Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """What answers the requests of one path with one of ``methods``. ``is_open``: it needs no token."""

    path: str
    methods: tuple[str, ...]
    endpoint: _Endpoint
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the service takes.

    ``max_body``: bytes of a body. ``max_waiting``: articles that wait. ``max_batch``, ``max_delay``: see ``Writer``.
    ``align_processes``, ``align_seconds``, ``align_memory``: see ``Aligners``.
    """

    max_body: int = 10_000_000
    max_waiting: int = 4096
    max_batch: int = 256
    max_delay: float = 0.0
    align_processes: int = 1
    align_seconds: float = 10.0
    align_memory: int = 1_000_000_000

    @property
    def max_bytes(self) -> int:
        """Bytes of all bodies that are held at once."""
        return 8 * self.max_body


class Service:
    """The service over an index, as the ASGI application ``app``.

    ``tokens``: who may ask; None lets everybody. ``columns``: finds the fields of articles. ``log``: what
    writes the log. ``is_draining`` makes ``/readyz`` answer 503, and ends each connection with its next answer.
    """

    def __init__(
        self,
        index: Index,
        limits: Limits,
        tokens: Tokens | None = None,
        columns: Columns | None = None,
        log: Log | None = None,
        *,
        day_first: bool | None = None,
    ) -> None:
        self._index, self._limits, self._tokens = index, limits, tokens
        self._budget = Budget(limits.max_waiting, limits.max_bytes)
        self._metrics = Metrics(self._budget, log)
        named = columns or Columns()
        self._reader = Reader(Columns(named.named), day_first=day_first)
        self._writer = Writer(
            index,
            Reader(named, day_first=day_first),
            self._metrics,
            max_batch=limits.max_batch,
            max_delay=limits.max_delay,
        )
        self._aligners = Aligners(limits.align_processes, limits.align_seconds, limits.align_memory)
        self._cutting = ThreadPoolExecutor(1, "dedupe cut")
        self._peeking = ThreadPoolExecutor(1, "dedupe peek")
        self._looking = ThreadPoolExecutor(1, "dedupe stats")
        self._measuring: asyncio.Future[Stats] | None = None
        self._openapi = msgspec.json.encode(openapi_document())
        self.is_draining = False
        get, post = (HTTPMethod.GET, HTTPMethod.HEAD), (HTTPMethod.POST,)
        self.routes = [
            Route("/v1/check", post, self.check),
            Route("/v1/peek", post, self.peek),
            Route("/v1/align", post, self.align),
            Route("/v1/articles", (HTTPMethod.DELETE,), self.forget),
            Route("/v1/stats", get, self.stats),
            Route("/livez", get, self.livez, is_open=True),
            Route("/readyz", get, self.readyz, is_open=True),
            Route("/metrics", get, self.metrics),
            Route("/openapi.json", get, self.openapi),
        ]
        self._route_of = {route.path: route for route in self.routes}

    @property
    def observer(self) -> Metrics:
        """What counts the clients that are refused or cut before their requests come here."""
        return self._metrics

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: this is the ASGI application. Each path is taken as it is, without redirects."""
        request = Request(scope, receive)
        route = self._route_of.get(request.path)
        if route is None:
            route = _NO_PATH
        elif request.method not in route.methods:
            route = _other_methods(route)
        response = await self._answer(request, route)
        await response.send(request, send)

    def start(self) -> None:
        """Load what the first request needs, and start the writer. Raises ``DedupeError`` if the index is unusable."""
        self._peek(Articles("object", [_WARM_UP]))
        for circumstance in self._index.stats().notes:
            _log.warning(circumstance)
        self._writer.start()

    def read_tokens(self) -> None:
        """Read the file of tokens again, whether or not it seems to have changed."""
        if self._tokens:
            self._tokens.read()
        else:
            _log.info("there is no --token-file that could be read again")

    def close(self) -> None:
        """Stop the threads and processes, after what waits."""
        self._writer.stop()
        for threads in (self._cutting, self._peeking, self._looking):
            threads.shutdown()
        self._aligners.close()

    # The routes

    async def check(self, request: Request) -> Response:
        """Give each article a verdict and store it, durably and in one transaction."""
        answers, form = await self._with_articles(request, self._writer.check)
        self._metrics.articles_answered(answers)
        return _response(answers, form)

    async def peek(self, request: Request) -> Response:
        """Give each article the verdict that it would get now, and store nothing."""

        async def peeked(articles: Articles) -> list[Answer]:
            return await asyncio.get_running_loop().run_in_executor(self._peeking, self._peek, articles)

        return _response(*await self._with_articles(request, peeked))

    async def align(self, request: Request) -> Response:
        """Align two articles. It knows nothing of the index."""
        media_type(request, JSON)
        async with received(request, self._budget, self._limits.max_body) as body:
            return Response(await self._aligners.align(body), JSON)

    async def forget(self, request: Request) -> Response:
        """Delete all versions of an article."""
        ids = request.query("id")
        if len(ids) != 1 or not ids[0]:
            raise ServiceError(MALFORMED, "name one article: DELETE /v1/articles?id=…")
        article_id = valid_text(ids[0])  # as the id was stored
        return _json(Forgotten(article_id, await self._writer.forget(article_id)))

    async def stats(self, request: Request) -> Response:
        """Return the sizes, times and counters of the index."""
        return _json(await self._stats())

    async def livez(self, request: Request) -> Response:
        """Say that the process answers."""
        return _json(State("alive"))

    async def readyz(self, request: Request) -> Response:
        """Say whether articles should be sent to this process."""
        if self.is_draining:
            raise ServiceError(DRAINING, "the service is stopping: ask another one")
        if not self._writer.is_alive:
            raise ServiceError(UNAVAILABLE, "the thread that stores articles has ended: start the service again")
        if trouble := self._writer.trouble:
            raise ServiceError(UNAVAILABLE, f"the index could not store at last: {trouble}")
        return _json(State("ready"))

    async def metrics(self, request: Request) -> Response:
        """Return the numbers for Prometheus."""
        stats: Stats | None
        try:
            stats = await asyncio.wait_for(self._stats(), _STATS_SECONDS)
        except (DedupeError, TimeoutError):
            stats = None
        return Response(self._metrics.exposition(stats), CONTENT_TYPE_LATEST)

    async def openapi(self, request: Request) -> Response:
        """Return the description of the service."""
        return Response(self._openapi, JSON)

    # What they share

    async def _with_articles(
        self, request: Request, work: Callable[[Articles], Awaitable[list[Answer]]]
    ) -> tuple[list[Answer], Form]:
        """Read the articles of a body, and return what ``work`` answers on them, and in which form it is wanted."""
        kind = media_type(request, JSON, NDJSON)
        async with received(request, self._budget, self._limits.max_body) as body:
            is_large = len(body) >= _CUT_IN_THREAD_BYTES
            most = self._limits.max_waiting
            if is_large:
                articles = await asyncio.get_running_loop().run_in_executor(self._cutting, cut, body, kind, most)
            else:
                articles = cut(body, kind, most)
            del body  # the articles are copies
            with self._budget.holding(len(articles.raw)):
                return await work(articles), articles.form

    def _peek(self, articles: Articles) -> list[Answer]:
        lines = self._reader.read(articles)
        fingerprinted, faults = fingerprint(lines, self._index)
        return answers_to(lines, self._index.peek_fingerprinted(fingerprinted), faults)

    async def _stats(self) -> Stats:
        """Ask the index for its numbers. Whoever asks meanwhile gets the same ones."""
        if self._measuring is None or self._measuring.done():
            self._measuring = asyncio.get_running_loop().run_in_executor(self._looking, self._index.stats)
        return await asyncio.shield(self._measuring)

    async def _answer(self, request: Request, route: Route) -> Response:
        """Answer a request, and log and count that."""
        began = time.monotonic()
        given = request.headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_request_id()
        fields: dict[str, object] = {"request_id": request_id, "method": request.method, "route": route.path}
        try:
            if self._tokens and not route.is_open and not self._tokens.allow(request.headers.get("authorization")):
                raise ServiceError(UNAUTHORIZED, "send Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"})
            response = await route.endpoint(request)
        except ClientLeftError:
            response = Response(b"", JSON, _CLIENT_LEFT)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            problem = _as_service_error(error)
            fields["problem"] = problem.kind.name
            self._metrics.refused(problem.kind)
            response = problem_response(problem, request_id)
            if not await rest_is_read(request):
                response.headers["Connection"] = "close"
        response.headers["X-Request-ID"] = request_id
        if self.is_draining:
            response.headers["Connection"] = "close"
        seconds = time.monotonic() - began
        self._metrics.answered(route.path, response.status, seconds)
        fields |= {"status": response.status, "milliseconds": round(seconds * 1000, 3)}
        note(_log, "answered", fields)
        return response


async def _refuse_path(request: Request) -> Response:
    raise ServiceError(NOT_FOUND, "see /openapi.json for the paths")


_NO_PATH = Route("other", (), _refuse_path, is_open=True)
"""Answers the requests of all other paths, in the log and in the metrics under one name."""


def _other_methods(route: Route) -> Route:
    """Return what answers the requests of a path with methods that it does not have."""

    async def refuse(request: Request) -> Response:
        raise ServiceError(WRONG_METHOD, "see /openapi.json for the methods", {"Allow": ", ".join(route.methods)})

    return Route(_NO_PATH.path, (), refuse, is_open=True)


def _as_service_error(error: Exception) -> ServiceError:
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, DedupeError):
        return index_error(error)
    _log.error("a request failed", exc_info=error)
    return ServiceError(INTERNAL, "see the log of the service under this request id")


def _json(document: object) -> Response:
    return Response(msgspec.json.encode(document), JSON)


def _response(answers: Sequence[Answer], form: Form) -> Response:
    """Return answers in the form in which the articles stood."""
    if form == "lines":
        return Response(b"".join(msgspec.json.encode(one) + b"\n" for one in answers), NDJSON)
    return _json(answers[0] if form == "object" else answers)
