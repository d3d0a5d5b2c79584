"""One index and several users: handles, threads, a fork, and an object that is closed."""

import os
import threading

import pytest
from index_support import text

from dedupe import Article
from dedupe.errors import DedupeError, IndexUnavailableError
from dedupe.index import Index
from dedupe.index.storage import failpoints


def test_two_handles_see_each_others_articles(place):
    with Index(place) as one, Index(place) as two:
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


def test_a_closed_index_says_so(place):
    with Index(place) as index:
        pass
    with pytest.raises(DedupeError, match="closed"):
        index.check([])


def test_an_index_opened_before_a_fork_is_refused(index, monkeypatch):
    pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: pid + 1)
    with pytest.raises(DedupeError, match="before a fork"):
        index.peek([])
    monkeypatch.undo()


@pytest.mark.parametrize("naive", [False, True])
def test_what_another_process_stores_between_the_look_up_and_the_transaction_is_seen(place, monkeypatch, naive):
    """The interleaving is forced. Without catching up inside of the transaction, both articles would be new."""
    [mine, copy] = [Article(name, text=text(1)) for name in ("mine", "copy")]
    with Index(place) as index, Index(place) as other:
        find = index._lookup.find

        def find_while_another_writes(fingerprinted):
            hits = find(fingerprinted)
            assert other.check([copy])[0].verdict == "new"
            return hits

        monkeypatch.setattr(index._lookup, "find", find_while_another_writes)
        if naive:
            monkeypatch.setattr(index, "_catch_up", lambda *_: None)
        [verdict] = index.check([mine])
        assert (verdict.verdict, verdict.matched_id) == (("new", None) if naive else ("identical", "copy"))


@pytest.mark.parametrize("point", ["before insert", "after insert", "before commit"])
def test_nobody_decides_while_another_has_decided_and_not_yet_stored(place, monkeypatch, point):
    [mine, copy] = [Article(name, text=text(1)) for name in ("mine", "copy")]
    refusals = []
    with Index(place) as index, Index(place, wait_seconds=0.1) as other:

        def interrupt(passed):
            if passed == point:
                with pytest.raises(IndexUnavailableError) as refusal:
                    other.check([copy])
                refusals.append(refusal)

        monkeypatch.setattr(failpoints, "on_failpoint", interrupt)
        assert [v.verdict for v in index.check([mine])] == ["new"]
        monkeypatch.undo()
        assert refusals
        assert [(v.verdict, v.matched_id) for v in other.check([copy])] == [("identical", "mine")]
