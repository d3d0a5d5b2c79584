"""Segments: they answer what the memtable answered, and are built again from the rows."""

from index_support import answers, mixed_stream

from dedupe import Article, Settings
from dedupe.index import Index, fingerprint_articles


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
