"""One index and several users: handles, threads, a fork, and an object that is closed."""

import os
import threading

import pytest
from index_support import text

from dedupe import Article
from dedupe.errors import DedupeError
from dedupe.index import Index


def test_two_handles_see_each_others_articles(tmp_path):
    with Index(tmp_path / "index") as one, Index(tmp_path / "index") as two:
        for i in range(6):
            mine, theirs = (one, two) if i % 2 else (two, one)
            assert mine.check([Article(f"x{i}", text=text(i))])[0].verdict == "new"
            assert theirs.check([Article(f"y{i}", text=text(i))])[0].matched_id == f"x{i}"


def test_threads_may_share_an_index(index):
    found = []

    def deliver(name):
        found.extend(index.check([Article(f"{name}-{i}", text=text(i)) for i in range(20)]))

    threads = [threading.Thread(target=deliver, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    news = [v.id.split("-")[1] for v in found if v.verdict == "new"]
    assert sorted(news, key=int) == [str(i) for i in range(20)]


def test_a_closed_index_says_so(tmp_path):
    with Index(tmp_path / "index") as index:
        pass
    with pytest.raises(DedupeError, match="closed"):
        index.check([])


def test_an_index_opened_before_a_fork_is_refused(index, monkeypatch):
    pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: pid + 1)
    with pytest.raises(DedupeError, match="before a fork"):
        index.peek([])
    monkeypatch.undo()
