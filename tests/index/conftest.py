"""Fixtures of the index tests: an open index that must be sound afterwards, and small blocks."""

import pytest

from dedupe.index import Index
from dedupe.index.storage import segments


@pytest.fixture
def index(tmp_path):
    with Index(tmp_path / "index") as opened:
        yield opened
        assert opened.doctor().is_sound


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks hold 16 rows, so that a few hundred articles fill several levels of segments."""
    monkeypatch.setattr(segments, "BASE_BITS", 4)
