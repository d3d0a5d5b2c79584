"""Fixtures of the index tests: places for an index, an open index that must be sound afterwards, and small blocks."""

import itertools

import pytest

from dedupe.index import Index
from dedupe.index.storage import segments
from dedupe.index.storage.postgres import tables


@pytest.fixture(params=["sqlite", "postgresql"])
def new_place(request, tmp_path, monkeypatch):
    """Give places for an index, folders or schemas of a server: what a test promises holds for both."""
    if request.param == "sqlite":
        numbers = itertools.count()
        yield lambda: tmp_path / f"index{next(numbers) or ''}"
        return
    server = request.getfixturevalue("postgres")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    places = []

    def new():
        places.append(server.new_place())
        return places[-1]

    yield new
    for place in places:
        server.drop(place)


@pytest.fixture
def place(new_place):
    """One place for an index."""
    return new_place()


@pytest.fixture
def index(place):
    with Index(place) as opened:
        yield opened
        assert opened.doctor().is_sound


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks and partitions hold 16 rows, so that a few hundred articles fill several levels of segments."""
    monkeypatch.setattr(segments, "BASE_BITS", 4)
    monkeypatch.setattr(tables, "LEAST_PARTITION_ROWS", 16)
