"""Segments: they answer what the memtable answered, and are built again from the rows."""

import sqlite3

import pytest
from index_support import answers, mixed_stream

from dedupe import Article, Settings
from dedupe.index import Index, fingerprint_articles
from dedupe.index.storage.folder import DATABASE


def test_segments_answer_what_the_memtable_answered(tmp_path, small_blocks):
    stream = mixed_stream(300)
    fingerprinted = fingerprint_articles(stream, Settings())
    with Index(tmp_path / "index") as index:
        first = index.check_fingerprinted(fingerprinted)
        assert {segment.block.level for segment in index._lookup.files.segments} >= {0, 1}
        renamed = [Article(f"new-{a.id}", text=a.text) for a in stream]
        assert all(v.verdict == "identical" for v in index.peek(renamed))
    with Index(tmp_path / "index") as index:
        assert answers(index.check_fingerprinted(fingerprinted)) == answers(first)


def test_deleted_segments_are_built_again_from_the_rows(tmp_path, small_blocks):
    stream = mixed_stream(200)
    with Index(tmp_path / "index") as index:
        first = index.check(stream)
    for path in (tmp_path / "index").glob("segment-*"):
        path.unlink()
    with Index(tmp_path / "index") as index:
        assert answers(index.check(stream)) == answers(first)
        assert index.stats().segments > 3


@pytest.mark.parametrize("digest", ["text", b"", 7, bytes(16), bytes(17)])
def test_a_damaged_history_has_segments_built_again_and_changes_no_answer(tmp_path, small_blocks, digest):
    """The digests have no checksum of their own, and a flipped bit can make text of one."""
    stream = mixed_stream(100)
    with Index(tmp_path / "index") as index:
        first = index.check(stream)
    with sqlite3.connect(tmp_path / "index" / DATABASE) as database:
        database.execute("UPDATE history SET digest = ?", (digest,))
    database.close()
    for _ in range(2):
        with Index(tmp_path / "index") as index:
            assert answers(index.check(stream)) == answers(first)
            assert index.doctor().is_sound
