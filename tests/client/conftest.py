"""Fixtures of the tests of the clients: a service, and either client of it with the same methods."""

import asyncio

import pytest

from dedupe import AsyncClient, Client


class Awaited:
    """An ``AsyncClient`` whose answers are waited for, so that one test tests both clients."""

    def __init__(self, *given, **options):
        self._client = AsyncClient(*given, **options)
        self._runner = asyncio.Runner()

    def _run(self, coroutine):
        return self._runner.run(coroutine)

    def __getattr__(self, verb):
        return lambda *given, **options: self._run(getattr(self._client, verb)(*given, **options))

    def check_stream(self, articles, **options):
        async def collected():
            return [verdict async for verdict in self._client.check_stream(articles, **options)]

        return self._run(collected())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._run(self._client.close())
        self._runner.close()


@pytest.fixture(params=[Client, Awaited], ids=["Client", "AsyncClient"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    from service_support import serving  # here, so that without the extra each file says itself that it is skipped

    with serving("serve", "--index", tmp_path_factory.mktemp("served") / "index", "--max-body", "5") as served:
        yield served


@pytest.fixture
def client(service, kind):
    with kind(service.url) as client:
        yield client
