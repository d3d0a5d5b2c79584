"""Boilerplate by repetition: what a publisher repeats is told from what many publishers report."""

import numpy as np

from dedupe.audit.repeated_boilerplate import find_repeated


def repeats(prints):
    """Whether each print, as (publisher, text, story), of one sentence is boilerplate; every publisher has ten other texts."""
    others = [
        (publisher, 1000 + 20 * number + k, 500 + 20 * number + k)
        for number, publisher in enumerate("ABCDEFGHIJKL")
        for k in range(10)
    ]
    rows = [*prints, *others]
    keys = np.array([7] * len(prints) + list(range(100, 100 + len(others))), np.uint64)
    columns = [np.array([row[k] for row in rows], np.int64) for k in (1, 2)]
    found = find_repeated(keys, np.arange(len(rows)), [row[0] for row in rows], *columns)
    assert not found[len(prints) :].any()
    return found[: len(prints)].tolist()


def test_what_a_publisher_repeats_in_unrelated_texts_is_boilerplate_everywhere():
    assert repeats([("A", 1, 1), ("A", 2, 2), ("A", 3, 3), ("B", 4, 4)]) == [True] * 4


def test_a_quotation_many_publishers_print_is_not_boilerplate():
    assert not any(repeats([(publisher, number, number % 4) for number, publisher in enumerate("ABCDEFGHIJKL")]))
    assert not any(repeats([("A", 1, 1), ("A", 2, 2), ("A", 3, 3), *((o, n, 1) for n, o in enumerate("BCDEFG", 4))]))


def test_updates_of_one_report_are_not_boilerplate():
    assert not any(repeats([("A", number, 1) for number in range(3)]))
    assert not any(repeats([("A", 1, number) for number in range(6)]))


def test_a_stock_phrase_is_boilerplate_whoever_prints_it():
    assert all(repeats([(publisher, number, number) for number, publisher in enumerate("ABCDEFGHIJ")]))
    assert all(repeats([(None, number, number) for number in range(10)]))


def test_repetition_of_nothing_is_nothing():
    none = np.zeros(0, np.int64)
    assert find_repeated(none.astype(np.uint64), none, [], none, none).size == 0
    assert not find_repeated(np.zeros(3, np.uint64), np.arange(3), ["A"] * 3, np.arange(3), np.arange(3)).any()
