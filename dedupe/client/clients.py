"""The two clients of the service. This is the only module that uses httpx, which the extra ``client`` installs."""

from __future__ import annotations

import asyncio
import re
import secrets
import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import replace
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

from dedupe.alignment.align import Alignment
from dedupe.article import Article
from dedupe.client.attempts import Attempt, Lost, Pause, Steps, steps
from dedupe.client.messages import (
    ABOUT_INDEX,
    Question,
    Received,
    about_articles,
    about_forgetting,
    about_pair,
    encoded,
    read_alignment,
    read_forgotten,
    read_stats,
    read_verdicts,
)
from dedupe.errors import InputError, SettingsError
from dedupe.index import Stats, Verdict
from dedupe.index.verdicts import Verdicts
from dedupe.reading.arrow_streams import Frame, articles_of, checked_article

if TYPE_CHECKING:
    import httpx

_REQUEST_ARTICLES, _REQUEST_BYTES = 256, 4_000_000
"""Most articles and bytes of a request of ``check_stream``: as many as the service stores in one commit by default, and
less than half of the largest body that it takes by default."""

_LAST_PORT = 65_535


class _Requests:
    """Cuts a stream of articles into requests of a bounded size."""

    def __init__(self, most_articles: int) -> None:
        if most_articles < 1:
            raise SettingsError(f"request_articles is {most_articles}: give at least 1")
        self._most_articles = most_articles
        self._lines: list[bytes] = []
        self._bytes = self._number = 0

    def add(self, article: Article) -> list[bytes]:
        """Take an article. Returns the lines of a request that is full without it, and none if it still has room."""
        self._number += 1
        line = encoded(article, self._number)
        is_full = len(self._lines) >= self._most_articles or self._bytes + len(line) > _REQUEST_BYTES
        full = self.rest() if is_full else []
        self._lines.append(line)
        self._bytes += len(line)
        return full

    def rest(self) -> list[bytes]:
        """Return the lines that are left."""
        lines, self._lines, self._bytes = self._lines, [], 0
        return lines


class _Service:
    """Where the service is, and who asks."""

    def __init__(self, url: str, token: str | None, deadline_seconds: float) -> None:
        if not deadline_seconds > 0:
            raise SettingsError(f"deadline_seconds is {deadline_seconds:g}: give a number above 0")
        if token is not None and not re.fullmatch(r"[!-~]+", token):
            raise InputError("a token has ASCII characters and no blank: give one line of the service's --token-file")
        self.url = _checked_url(url)
        self.deadline_seconds = deadline_seconds
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def place(self, question: Question) -> str:
        """Return the URL of a question, for messages."""
        return self.url + question.path

    def steps(self, question: Question) -> Steps:
        """Return what to do to have a question answered."""
        return steps(question, self.place(question), self.deadline_seconds)

    def request(self, attempt: Attempt, request_id: str) -> dict[str, Any]:
        """Return an attempt as arguments of ``httpx.Client.request``."""
        question = attempt.question
        headers = self.headers | {"X-Request-ID": request_id}
        return {
            "method": question.method,
            "url": self.url + question.path,
            "params": question.parameters or None,
            "content": question.body or None,
            "headers": headers | ({"Content-Type": question.media_type} if question.method == "POST" else {}),
            "timeout": _httpx().Timeout(attempt.seconds, connect=attempt.connect_seconds),
        }


class Client:
    """Asks a service for what ``Index`` gives: the same verbs, the same results and the same exceptions.

    Threads may share one client. What may succeed later is sent again, with pauses, until a deadline: a connection that
    is refused or breaks, 429 and 503. That is safe, because an article that comes again with the same id and the same
    words gets its first verdict, with ``replayed``.

    The service reads articles as ``dedupe filter`` reads lines: white space around an id, and HTML and wrong encodings
    in a text, are mended first. An article that was read by ``dedupe.read`` stays as it is.
    """

    def __init__(self, url: str, token: str | None = None, *, deadline_seconds: float = 60.0, **options: Any) -> None:  # noqa: ANN401 - what httpx takes
        """Make a client. It connects when it first asks.

        ``url``: where the service is, such as ``http://127.0.0.1:8765``, or the path of a proxy under which it stands.
        ``token``: one of the service's ``--token-file``; send it over the network by https only.
        ``deadline_seconds``: how long one request may take with all its attempts. An attempt waits at most for what is
        left of it, and for the next part of an answer that has begun. ``options`` go to ``httpx.Client``, such as
        ``verify`` for certificates and ``limits`` for connections.

        Raises ``InputError`` for a URL or a token that cannot be used, or if httpx is not installed.
        """
        self._service = _Service(url, token, deadline_seconds)
        self._http: httpx.Client = _httpx().Client(**options)

    def check(self, articles: Iterable[Article] | Frame, *, columns: Mapping[str, str] | None = None) -> Verdicts:
        """Decide on articles and store them, in one durable transaction, as ``Index.check`` does.

        All articles are one request. ``check_stream`` is for more than the service takes at once.

        Raises ``InputError`` for an article that cannot be read or a request that is too large, ``IndexRefusedError``
        for a token that is not valid, and ``IndexUnavailableError`` if there is no answer until the deadline, or if the
        service failed. If no answer came, the articles may be stored: repeated, the call gives the same verdicts.
        """
        return self._verdicts("check", articles, columns)

    def peek(self, articles: Iterable[Article] | Frame, *, columns: Mapping[str, str] | None = None) -> Verdicts:
        """Return the verdicts that ``check`` would give now, without storing anything. Raises as ``check`` does."""
        return self._verdicts("peek", articles, columns)

    def check_stream(
        self,
        articles: Iterable[Article] | Frame,
        *,
        columns: Mapping[str, str] | None = None,
        request_articles: int = _REQUEST_ARTICLES,
    ) -> Iterator[Verdict]:
        """Yield the verdicts on any number of articles, in their order, and store the articles.

        The articles are sent in requests of at most ``request_articles`` or 4 MB, each of them one transaction. Only
        one request is in memory, and its verdicts are yielded before the next one is sent.

        Raises as ``check`` does, for one request; those before it are stored, and their verdicts have been yielded.
        """
        requests, first = _Requests(request_articles), 1
        for article in articles_of(articles, columns):
            if lines := requests.add(article):
                yield from self._answered("check", lines, first)
                first += len(lines)
        if lines := requests.rest():
            yield from self._answered("check", lines, first)

    def align(self, left: Article | str, right: Article | str, language: str | None = None) -> Alignment:
        """Align two articles by their texts, or two plain texts, as ``dedupe.align`` does.

        ``language``: that of both texts. Raises as ``check`` does, and ``IndexUnavailableError`` for a pair that takes
        the service too long.
        """
        left, right = _article(left, "left"), _article(right, "right")
        question = about_pair(left, right, language)
        return read_alignment(self._ask(question), left, right, self._service.place(question))

    def forget(self, article_id: str) -> int:
        """Delete all versions of an article, and return how many there were. Raises as ``check`` does.

        If the answer to a first attempt was lost, the number may be 0 although versions were deleted.
        """
        question = about_forgetting(article_id)
        return read_forgotten(self._ask(question), self._service.place(question))

    def stats(self) -> Stats:
        """Return the sizes, times and counters of the index. Raises as ``check`` does."""
        return read_stats(self._ask(ABOUT_INDEX), self._service.place(ABOUT_INDEX))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _verdicts(self, verb: str, articles: Iterable[Article] | Frame, columns: Mapping[str, str] | None) -> Verdicts:
        return self._answered(verb, _lines(articles, columns))

    def _answered(self, verb: str, lines: list[bytes], first: int = 1) -> Verdicts:
        question = about_articles(verb, lines)
        return read_verdicts(self._ask(question), len(lines), self._service.place(question), first)

    def _ask(self, question: Question) -> bytes:
        """Do the steps that lead to an answer, and return its body."""
        to_do, request_id = self._service.steps(question), secrets.token_hex(8)
        outcome: Received | Lost | None = None
        while True:
            try:
                step = to_do.send(outcome)
            except StopIteration as end:
                return bytes(end.value)
            if isinstance(step, Pause):
                time.sleep(step.seconds)
                outcome = None
            else:
                outcome = self._attempt(step, request_id)

    def _attempt(self, attempt: Attempt, request_id: str) -> Received | Lost:
        try:
            return _received(self._http.request(**self._service.request(attempt, request_id)))
        except _httpx().RequestError as error:
            return _lost(error)


class AsyncClient:
    """Asks a service as ``Client`` does, for ``asyncio``: the same methods, to be awaited, with the same promises.

    ``check_stream`` takes articles that come by and by, and no data frame.
    """

    def __init__(self, url: str, token: str | None = None, *, deadline_seconds: float = 60.0, **options: Any) -> None:  # noqa: ANN401 - what httpx takes
        """Make a client, as ``Client`` is made. ``options`` go to ``httpx.AsyncClient``."""
        self._service = _Service(url, token, deadline_seconds)
        self._http: httpx.AsyncClient = _httpx().AsyncClient(**options)

    async def check(self, articles: Iterable[Article] | Frame, *, columns: Mapping[str, str] | None = None) -> Verdicts:
        """Decide on articles and store them, as ``Client.check`` does."""
        return await self._answered("check", _lines(articles, columns))

    async def peek(self, articles: Iterable[Article] | Frame, *, columns: Mapping[str, str] | None = None) -> Verdicts:
        """Return the verdicts that ``check`` would give now, without storing anything."""
        return await self._answered("peek", _lines(articles, columns))

    async def check_stream(
        self, articles: Iterable[Article] | AsyncIterable[Article], *, request_articles: int = _REQUEST_ARTICLES
    ) -> AsyncIterator[Verdict]:
        """Yield the verdicts on any number of articles, as ``Client.check_stream`` does. They may come by and by."""
        requests, first = _Requests(request_articles), 1
        async for article in _each(articles):
            if lines := requests.add(article):
                for verdict in await self._answered("check", lines, first):
                    yield verdict
                first += len(lines)
        if lines := requests.rest():
            for verdict in await self._answered("check", lines, first):
                yield verdict

    async def align(self, left: Article | str, right: Article | str, language: str | None = None) -> Alignment:
        """Align two articles by their texts, as ``Client.align`` does."""
        left, right = _article(left, "left"), _article(right, "right")
        question = about_pair(left, right, language)
        return read_alignment(await self._ask(question), left, right, self._service.place(question))

    async def forget(self, article_id: str) -> int:
        """Delete all versions of an article, as ``Client.forget`` does, and return how many there were."""
        question = about_forgetting(article_id)
        return read_forgotten(await self._ask(question), self._service.place(question))

    async def stats(self) -> Stats:
        """Return the sizes, times and counters of the index."""
        return read_stats(await self._ask(ABOUT_INDEX), self._service.place(ABOUT_INDEX))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _answered(self, verb: str, lines: list[bytes], first: int = 1) -> Verdicts:
        question = about_articles(verb, lines)
        return read_verdicts(await self._ask(question), len(lines), self._service.place(question), first)

    async def _ask(self, question: Question) -> bytes:
        """Do the steps that lead to an answer, and return its body."""
        to_do, request_id = self._service.steps(question), secrets.token_hex(8)
        outcome: Received | Lost | None = None
        while True:
            try:
                step = to_do.send(outcome)
            except StopIteration as end:
                return bytes(end.value)
            if isinstance(step, Pause):
                await asyncio.sleep(step.seconds)
                outcome = None
            else:
                outcome = await self._attempt(step, request_id)

    async def _attempt(self, attempt: Attempt, request_id: str) -> Received | Lost:
        try:
            return _received(await self._http.request(**self._service.request(attempt, request_id)))
        except _httpx().RequestError as error:
            return _lost(error)


def _httpx() -> ModuleType:
    """Return httpx, or raise ``InputError`` with the line that installs it."""
    try:
        import httpx
    except ModuleNotFoundError as error:
        raise InputError(f"a client cannot work here: {error}; pip install 'news-dedupe[client]'") from error
    return httpx


def _checked_url(url: str) -> str:
    """Return a URL without a slash at its end. An ``InputError`` does not show it, for it may hold a password."""
    httpx = _httpx()
    try:
        found = httpx.URL(url)
        is_fit = found.scheme in ("http", "https") and found.host and (found.port or 1) <= _LAST_PORT
        if is_fit and not (found.userinfo or found.query or found.fragment):
            return str(found).rstrip("/")
    except httpx.InvalidURL:
        pass
    raise InputError("the URL of a service is http or https, a host and perhaps a port, such as http://127.0.0.1:8765")


def _received(response: httpx.Response) -> Received:
    headers = response.headers
    return Received(
        response.status_code, headers.get("content-type", ""), headers.get("retry-after", ""), response.content
    )


def _lost(error: httpx.RequestError) -> Lost:
    causes: list[BaseException] = [error]
    while cause := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(cause)
    is_untrusted = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes)
    return Lost(f"{type(error).__name__} {error}".rstrip(), may_change=not is_untrusted)


def _lines(articles: Iterable[Article] | Frame, columns: Mapping[str, str] | None) -> list[bytes]:
    return [encoded(article, number) for number, article in enumerate(articles_of(articles, columns), 1)]


def _article(given: Article | str, side: str) -> Article:
    """Return one side of a pair, which is named after its side if it has no id."""
    if isinstance(given, str):
        return Article(side, text=given)
    article = checked_article(given, side)
    return article if article.id else replace(article, id=side)


async def _each(articles: Iterable[Article] | AsyncIterable[Article]) -> AsyncIterator[Article]:
    if isinstance(articles, AsyncIterable):
        number = 0
        async for article in articles:
            number += 1
            yield checked_article(article, f"article {number}")
    else:
        for article in articles_of(articles):
            yield article
