"""``identical`` means the same words in the same order, also for texts that were made to look so."""

import random

import numpy as np
import pyarrow as pa
import pytest
from backends import EVERY_BACKEND, EVERY_BACKEND_NAME, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe import Article, Settings, cluster, near_duplicates
from dedupe.copies.fingerprints import Fingerprinter, fingerprint, first_with_same_digest, permutations, utf8_rows
from dedupe.index import Index
from dedupe.index.storage.rows import StoredArticle
from dedupe.kernels.records import drawn_constants, hash_constants
from dedupe.text.words import words


def thue_morse(first, second, doublings=11):
    """2^doublings words in the order of Thue and Morse.

    In this order and the opposite one, a polynomial modulo 2^64 has the same value whatever its base.
    """
    order = [0]
    for _ in range(doublings):
        order += [1 - place for place in order]
    return " ".join((first, second)[place] for place in order)


BEGINNING = " ".join(random.Random(1).choices([f"word{i}" for i in range(500)], k=60))
FORGED = {
    "orders of words": (thue_morse("east", "west"), thue_morse("west", "east")),
    # Both last words have one 64-bit hash by seed 1. A second of searching finds such a pair.
    "last word": (f"{BEGINNING} unbelievablesoup", f"{BEGINNING} aeppicdheckhkxxl"),
}
EVERY_FORGERY = pytest.mark.parametrize("texts", FORGED.values(), ids=FORGED)


def column(texts):
    return pa.chunked_array([pa.array(texts, pa.large_string())])


@EVERY_FORGERY
@EVERY_BACKEND
def test_the_forged_texts_have_one_sequence_hash_but_not_one_digest(backend, texts):
    fingerprinter = Fingerprinter(Settings(), backend)
    [rows] = utf8_rows(column(texts))
    hints = fingerprinter.sketch(rows).sequence_hashes
    assert hints[0] == hints[1]
    digests = fingerprint(pa.table({"text": column(texts)}), Settings(), backend)["digest"].to_pylist()
    assert digests[0] != digests[1]


@EVERY_FORGERY
def test_forged_texts_are_not_identical_for_the_index(tmp_path, texts):
    with Index(tmp_path / "index") as index:
        first, forged, copy = index.check([Article(str(i), text=text) for i, text in enumerate([*texts, texts[1]])])
        assert (first.verdict, forged.verdict) == ("new", "near_duplicate")
        assert (copy.verdict, copy.matched_id) == ("identical", "1")
        # The same id with other words is no second delivery.
        assert not index.check([Article("0", text=texts[1])])[0].replayed


@EVERY_FORGERY
def test_forged_texts_are_not_identical_in_a_collection(texts):
    found = cluster([Article(str(i), text=text) for i, text in enumerate([*texts, *texts])]).relations
    same = {(relation.left, relation.right) for relation in found if relation.kind == "identical"}
    assert same == {("0", "2"), ("1", "3")}
    assert len(found) == 6


@EVERY_FORGERY
@EVERY_BACKEND_NAME
def test_forged_texts_are_not_identical_among_pairs_of_files(jsonl, backend, texts):
    path = jsonl([{"id": str(i), "text": text} for i, text in enumerate([*texts, *texts])])
    found = near_duplicates([path], backend=backend).relations
    same = {(relation.left, relation.right) for relation in found if relation.kind == "identical"}
    assert same == {("0", "2"), ("1", "3")}
    assert len(found) == 6


WORD = st.sampled_from(["a", "b", "ab", "é", "东", "e\u0301", "𐌰", "don't"])
GAP = st.sampled_from([" ", ", ", "\n\n – ", "…  "])


@EVERY_BACKEND
@given(st.lists(st.lists(st.tuples(GAP, WORD), max_size=12), min_size=1, max_size=6), st.integers(0, 2**64 - 1))
@settings(max_examples=60, deadline=None)
def test_digests_are_equal_exactly_when_the_words_are_and_the_same_in_both_backends(backend, rows, seed):
    texts = ["".join(gap + word for gap, word in row) for row in rows]
    own, numpy = (
        fingerprint(pa.table({"text": column(texts)}), Settings(seed=seed), some)["digest"].to_pylist()
        for some in (backend, NUMPY)
    )
    assert own == numpy
    forms = [tuple(words(text).forms) for text in texts]
    assert len(set(zip(own, forms, strict=True))) == len(set(own)) == len(set(forms))


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=12))
def test_the_first_row_with_the_same_digest_is_that_of_a_plain_search(digests):
    pairs = np.array(digests, np.uint64).reshape(-1, 2)
    assert first_with_same_digest(pairs).tolist() == [digests.index(one) for one in digests]


def test_every_bit_of_a_seed_of_64_bits_counts():
    seeds = [5, 5 + 2**32, 5 + 2**63, 2**64 - 1]
    assert len({hash_constants(seed) for seed in seeds}) == len(seeds)
    assert len({permutations(128, seed)[0].tobytes() for seed in seeds}) == len(seeds)
    assert all((permutations(128, seed)[0] % 2 == 1).all() for seed in seeds)


def test_what_is_written_down_for_the_default_seed_is_what_would_be_drawn():
    assert hash_constants(Settings().seed) == drawn_constants(Settings().seed)
    assert {type(constant) for constant in hash_constants(Settings().seed)} == {np.uint64}


def test_an_index_with_a_seed_of_64_bits_answers_and_opens_again(tmp_path, run, jsonl):
    path = jsonl([{"id": "a", "text": BEGINNING}, {"id": "b", "text": BEGINNING}])
    seed = str(2**64 - 3)
    done = run("filter", "--index", tmp_path / "index", "--seed", seed, path)
    assert [row["dedupe"]["verdict"] for row in done.rows] == ["new", "identical"]
    assert run("filter", "--index", tmp_path / "index", path).code == 0
    assert run("filter", "--index", tmp_path / "index", "--seed", str(2**64 - 4), path).code == 4
    with Index(tmp_path / "index") as index:
        assert all(isinstance(row, StoredArticle) and len(row.digest) == 16 for row in index.export())
    assert run("filter", "--index", tmp_path / "other", "--seed", str(2**64), path).code == 2
