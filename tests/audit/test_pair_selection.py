"""The selection of pairs: the best pairs of each article come first, and what is cut is counted."""

from types import SimpleNamespace

import numpy as np

from dedupe.article import Article
from dedupe.audit import pair_selection
from dedupe.audit.pair_selection import select_pairs
from dedupe.copies import fingerprints
from dedupe.kernels import DEFAULT
from dedupe.reading.articles import to_table
from dedupe.settings import Settings


def selected(monkeypatch, most, articles, related, same_story, most_related=None):
    """The pairs selected from (left, right, shared shingles) and (left, right, log-odds), and the cut of each article."""
    monkeypatch.setattr(pair_selection, "MAX_COMPARED", most)
    monkeypatch.setattr(pair_selection, "MAX_RELATED", most_related or most)
    left, right, shared = np.array(related, np.int64).reshape(-1, 3).T
    columns = np.array(same_story, np.float64).reshape(-1, 3).T
    story = columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2], np.zeros(articles, np.int64)
    monkeypatch.setattr(pair_selection, "_related", lambda *_: (left, right, shared))
    monkeypatch.setattr(pair_selection, "_same_story", lambda *_: story)
    clustering = SimpleNamespace(evidence=SimpleNamespace(articles=range(articles)))
    found = select_pairs(clustering, None, None, None, None, None)
    return list(zip(found.left.tolist(), found.right.tolist(), strict=True)), found.cut.tolist()


def test_no_pairs_are_no_error(monkeypatch):
    assert selected(monkeypatch, 1, 0, [], []) == ([], [])
    assert selected(monkeypatch, 1, 2, [], []) == ([], [0, 0])


def test_one_shared_shingle_stands_before_any_log_odds(monkeypatch):
    related, same_story = [(0, 3, 1)], [(0, 1, 20.0), (1, 2, 30.0), (2, 3, 40.0)]
    assert selected(monkeypatch, 1, 4, related, same_story) == ([(0, 3), (1, 2), (2, 3)], [1, 1, 0, 0])


def test_more_shared_shingles_stand_before_fewer_and_scored_pairs_before_others(monkeypatch):
    related = [(0, 1, 7), (0, 2, 9), (1, 2, 8)]
    assert selected(monkeypatch, 1, 3, related, [])[0] == [(0, 2), (1, 2)]
    same_story = [(0, 1, -np.inf), (0, 2, -4.0), (1, 2, -3.0)]
    assert selected(monkeypatch, 1, 3, [], same_story)[0] == [(0, 2), (1, 2)]


def test_equal_pairs_are_ordered_by_the_other_article(monkeypatch):
    # Articles 0 to 2 have better pairs among themselves, so that only article 3 wants one of the last three.
    pairs = [(0, 1, 9), (0, 2, 9), (1, 2, 9), (0, 3, 5), (1, 3, 5), (2, 3, 5)]
    for found, cut in (selected(monkeypatch, 1, 4, pairs, []), selected(monkeypatch, 1, 4, [], pairs)):
        assert [pair for pair in found if 3 in pair] == [(0, 3)]
        assert cut[3] == 2


def test_a_pair_of_both_kinds_counts_once_and_as_related(monkeypatch):
    related, same_story = [(0, 1, 3), (0, 2, 2)], [(0, 1, -np.inf), (0, 2, 50.0), (1, 2, 60.0)]
    assert selected(monkeypatch, 1, 3, related, same_story) == ([(0, 1), (0, 2)], [0, 1, 1])


def test_pairs_that_share_text_have_a_limit_of_their_own(monkeypatch):
    related = [(0, 1, 9), (0, 2, 9), (0, 3, 9)]
    assert selected(monkeypatch, 1, 4, related, [], 3)[0] == [(0, 1), (0, 2), (0, 3)]
    same_story = [(1, 2, 5.0), (1, 3, 4.0), (2, 3, 3.0)]
    assert selected(monkeypatch, 1, 4, related, same_story, 3)[0] == [(0, 1), (0, 2), (0, 3)]
    assert selected(monkeypatch, 2, 4, related, same_story, 3)[0] == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3)]


PASSAGE = (
    "the last steam ferry of the northern islands will leave the old stone pier for good on the evening of the feast "
    "with the brass band of the fire brigade on board and all the lamps lit"
)


def sharing(texts, publishers):
    own = [
        " ".join([*(f"before{k}x{n}" for n in range(60)), text, *(f"after{k}x{n}" for n in range(60))])
        for k, text in enumerate(texts)
    ]
    table = to_table([Article(f"a{k}", text=text) for k, text in enumerate(own)])
    bodies = fingerprints.fingerprint(table, Settings(), DEFAULT)
    alone = np.arange(len(texts))
    left, right = pair_selection._sharing_a_passage(bodies, publishers, alone, alone)
    return set(zip(left.tolist(), right.tolist(), strict=True))


def test_articles_that_share_a_passage_are_a_pair_whatever_else_they_say():
    assert sharing([PASSAGE, "", PASSAGE, PASSAGE], ["w", "x", "y", None]) == {(0, 2), (0, 3), (2, 3)}
    assert sharing(["", ""], ["w", "x"]) == set()


def test_a_passage_that_a_publisher_repeats_or_too_many_print_relates_few():
    """Not none: which runs of a passage are chosen as its fingerprints depends, at its borders, on the words around."""
    assert len(sharing([PASSAGE] * 8, ["w"] * 8)) <= 4
    assert len(sharing([PASSAGE] * 8, list("abcdefgh"))) == 28


def test_a_passage_in_too_many_articles_relates_few(monkeypatch):
    monkeypatch.setattr(pair_selection, "MAX_RELATED", 5)
    assert len(sharing([PASSAGE] * 8, list("abcdefgh"))) < 28
