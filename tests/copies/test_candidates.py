import random

import numpy as np
import pyarrow as pa
import pytest
from backends import EVERY_BACKEND, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.copies.candidates import find_candidates, rows_per_band
from dedupe.copies.fingerprints import fingerprint
from dedupe.settings import Settings

WORD = st.sampled_from("a b c d e f g h i j".split())
TEXTS = st.lists(st.lists(WORD, max_size=40).map(" ".join), max_size=6)


def fingerprints_of(texts, backend=NUMPY):
    return fingerprint(pa.table({"text": pa.array(texts, pa.large_string())}), Settings(), backend)


def article(seed, length):
    draw = random.Random(seed)
    return [f"w{draw.randrange(5000)}" for _ in range(length)]


@pytest.mark.parametrize(("jaccard", "recall"), [(0.3, 0.99), (0.5, 0.995), (0.8, 0.999), (1.0, 0.99)])
def test_bands_find_a_pair_at_the_threshold_as_often_as_asked(jaccard, recall):
    rows = rows_per_band(128, jaccard, recall)
    assert 1 - (1 - jaccard**rows) ** (128 // rows) >= recall


@EVERY_BACKEND
def test_a_flood_over_the_bucket_cap_is_compared_with_its_first_members_and_counted(backend):
    page = article(5, 100)
    texts = [" ".join([*page, f"visitor{i}"]) for i in range(60)]
    fingerprints = fingerprints_of(texts)
    found = find_candidates(fingerprints, Settings(bucket_cap=10), backend)
    assert found.capped_buckets > 0
    assert found.largest_bucket == 60
    pairs = set(zip(*(column.to_pylist() for column in found.pairs.columns), strict=True))
    assert {(0, i) for i in range(1, 60)} <= pairs
    assert len(pairs) < 60 * 59 / 2 / 2


@EVERY_BACKEND
def test_a_flood_of_identical_pages_meets_only_once_and_still_meets_the_rest(backend):
    page = " ".join(article(5, 100))
    texts = [page] * 300 + [page + " updated"]
    found = find_candidates(fingerprints_of(texts), Settings(bucket_cap=10), backend)
    pairs = np.stack([column.to_numpy() for column in found.pairs.columns], axis=1)
    assert len(pairs) <= 300 * 11
    assert set(pairs[pairs[:, 1] == 300][:, 0].tolist()) == set(range(300))


@EVERY_BACKEND
@given(TEXTS)
@settings(deadline=None)
def test_pairs_are_distinct_ordered_and_ascending(backend, texts):
    table = find_candidates(fingerprints_of(texts), Settings(), backend).pairs
    pairs = list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    assert pairs == sorted(set(pairs))
    assert all(left < right for left, right in pairs)


@EVERY_BACKEND
def test_candidates_do_not_depend_on_threads_or_chunks(backend):
    page = article(9, 60)
    texts = [" ".join([*article(seed, 200), *page[: seed % 60], *article(seed // 2, 200)]) for seed in range(400)]
    fingerprints = fingerprints_of(texts, backend)
    pieces = pa.concat_tables([fingerprints.slice(0, 150), fingerprints.slice(150, 1), fingerprints.slice(151)])
    whole = find_candidates(fingerprints, Settings(), backend).pairs
    assert len(whole) > 200
    assert find_candidates(pieces, Settings(threads=2), backend).pairs.equals(whole)
