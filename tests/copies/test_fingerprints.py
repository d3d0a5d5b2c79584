import subprocess
import sys
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from backends import EVERY_BACKEND, NUMPY
from datasketch import LeanMinHash, MinHash
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe.copies.fingerprints import fingerprint, list_values, permutations
from dedupe.settings import Settings
from dedupe.text.columns import BATCH_BYTES
from dedupe.text.words import words

WORD = st.sampled_from("a b c d e f g h".split())
TEXTS = st.lists(st.lists(WORD, max_size=30).map(" ".join), max_size=6)


def fingerprints_of(texts, backend=NUMPY, **changes):
    return fingerprint(pa.table({"text": pa.array(texts, pa.large_string())}), Settings(**changes), backend)


def shingle_set(text, size=5):
    forms = words(text).forms
    return {tuple(forms[i : i + size]) for i in range(max(1, len(forms) - size + 1))} if forms else set()


def rows(column):
    values, offsets = list_values(column)
    return [values[start:end] for start, end in pairwise(offsets)]


@EVERY_BACKEND
def test_the_empty_collection_has_no_fingerprints(backend):
    assert fingerprints_of([], backend).num_rows == 0


@EVERY_BACKEND
def test_an_empty_article_has_no_shingles_and_no_passages(backend):
    table = fingerprints_of(["", "…", "one two three four five six"], backend)
    assert [row.size for row in rows(table["shingles"])] == [0, 0, 2]
    assert [row.size for row in rows(table["passages"])] == [0, 0, 1]


@EVERY_BACKEND
@given(TEXTS)
@settings(deadline=None)
def test_shingles_are_those_of_plain_set_arithmetic(backend, texts):
    hashed = rows(fingerprints_of(texts, backend)["shingles"])
    plain = [shingle_set(text) for text in texts]
    assert [row.size for row in hashed] == [len(row) for row in plain]
    for i in range(len(texts)):
        for j in range(i):
            assert np.intersect1d(hashed[i], hashed[j]).size == len(plain[i] & plain[j])


@EVERY_BACKEND
@given(TEXTS)
@settings(deadline=None)
def test_the_digest_is_equal_exactly_when_the_words_are(backend, texts):
    digests = fingerprints_of(texts, backend)["digest"].to_pylist()
    for i in range(len(texts)):
        for j in range(i):
            assert (digests[i] == digests[j]) == (words(texts[i]).forms == words(texts[j]).forms)


@EVERY_BACKEND
@given(TEXTS, st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_signatures_are_bit_identical_to_datasketch(backend, texts, seed):
    table = fingerprints_of(texts, backend, seed=seed)
    for shingles, signature in zip(rows(table["shingles"]), table["signature"].to_pylist(), strict=True):
        oracle = MinHash(num_perm=128, seed=seed, hashfunc=lambda h: int(h) & 0xFFFFFFFF, scheme="affine32")
        oracle.update_batch(shingles.tolist())
        assert signature == oracle.hashvalues.tolist()
        ours = np.array(signature, np.uint32)
        assert LeanMinHash(seed=seed, hashvalues=ours, scheme="affine32").jaccard(LeanMinHash(oracle)) == 1.0


@EVERY_BACKEND
def test_a_text_longer_than_a_block_has_the_signature_of_its_parts_together(backend):
    text = " ".join(map(str, range(5000)))
    a, b = permutations(128, 1)
    shingles = rows(fingerprints_of([text], backend)["shingles"])[0]
    whole = backend.signatures(shingles, np.array([0, shingles.size]), a, b)
    parts = backend.signatures(shingles, np.array([0, 1500, shingles.size]), a, b)
    assert np.array_equal(whole[0], parts.min(axis=0))


@EVERY_BACKEND
@given(st.lists(WORD, max_size=40), st.lists(WORD, max_size=40), st.lists(st.integers(0, 99), min_size=20, max_size=25))
@settings(deadline=None)
def test_a_shared_run_of_twenty_words_always_shares_a_passage(backend, before, after, run):
    shared = [f"n{number}" for number in run]
    left, right = rows(fingerprints_of([" ".join(before + shared), " ".join(shared + after)], backend)["passages"])
    assert np.intersect1d(left, right).size


@EVERY_BACKEND
@given(TEXTS, st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_fingerprints_do_not_depend_on_threads_or_batches(backend, texts, threads):
    many = [*texts, "x " * (BATCH_BYTES // 2 + 1), *texts]  # more than a batch
    assert fingerprints_of(many, backend, threads=threads).equals(fingerprints_of(many))


@pytest.mark.parametrize("count", [16, 127, 128, 129, 1024])
@given(seed=st.integers(0, 2**32 - 1))
@example(seed=0)
@example(seed=1)
@example(seed=2)
@settings(max_examples=10, deadline=None)
def test_permutations_are_those_datasketch_draws(count, seed):
    theirs = MinHash(num_perm=count, seed=seed, scheme="affine32").permutations
    ours = permutations(count, seed)
    assert [numbers.dtype for numbers in ours] == [np.uint32, np.uint32]
    assert np.array_equal(ours, theirs)


def test_only_other_permutations_than_the_default_ones_need_datasketch():
    code = """if True:
        import sys
        from dedupe.copies.fingerprints import permutations
        from dedupe.settings import Settings
        permutations(Settings().permutations, Settings().seed)
        before = "datasketch" in sys.modules
        permutations(64, 1)
        print(before, "datasketch" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


@EVERY_BACKEND
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_collection_in_pieces_has_the_fingerprints_of_the_whole(kind, backend):
    texts = [f"“Article {i}” says — " + "word " * i for i in range(50)]
    whole = pa.array(texts, kind)
    pieces = pa.chunked_array([whole[:7], whole[7:7], whole[7:30], pa.array(texts[30:], kind)])
    assert fingerprint(pa.table({"text": pieces}), Settings(), backend).equals(fingerprints_of(texts, backend))


def test_every_setting_of_the_recipe_changes_it():
    changes = ({"shingle_words": 4}, {"permutations": 64}, {"seed": 2}, {"passage_words": 25})
    recipes = {Settings(**change).recipe for change in changes} | {Settings().recipe}
    assert len(recipes) == 5
    assert Settings(threads=3, near_duplicate_jaccard=0.7).recipe == Settings().recipe
