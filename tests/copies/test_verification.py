import random

import numpy as np
import pyarrow as pa
import pytest
from backends import EVERY_BACKEND, NUMPY
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.copies.candidates import find_candidates
from dedupe.copies.details import TextDetails
from dedupe.copies.fingerprints import fingerprint
from dedupe.copies.verification import measure, verify
from dedupe.kernels import Compute
from dedupe.settings import Settings

WORD = st.sampled_from("a b c d e f g h i j".split())
TEXTS = st.lists(st.lists(WORD, max_size=40).map(" ".join), max_size=6)


def fingerprints_of(texts, backend=NUMPY):
    return fingerprint(pa.table({"text": pa.array(texts, pa.large_string())}), Settings(), backend)


def relations(texts, backend, threads=1, **changes):
    """Every candidate pair with its kind, as a table."""
    settings = Settings(threads=threads, **changes)
    fingerprints = fingerprints_of(texts, backend)
    left, right = (column.to_numpy() for column in find_candidates(fingerprints, settings, backend).pairs.columns)
    return verify(
        fingerprints,
        measure(fingerprints, left, right, Compute(backend, threads)),
        TextDetails(pa.chunked_array([pa.array(texts, pa.large_string())])),
        settings,
    )


def related(texts, backend=NUMPY):
    """Relation by pair of positions."""
    table = relations(texts, backend)
    return {(row["left"], row["right"]): row for row in table.to_pylist() if row["kind"] != "unrelated"}


def shingles(text):
    words = text.split()
    return {tuple(words[i : i + 5]) for i in range(max(1, len(words) - 4))} if words else set()


def article(seed, length=200):
    draw = random.Random(seed)
    return [f"w{draw.randrange(5000)}" for _ in range(length)]


@EVERY_BACKEND
@pytest.mark.parametrize("texts", [[], [""], ["one article alone"], ["", ""], ["", "…", "!!"]])
def test_nothing_to_compare_gives_no_relation(backend, texts):
    assert related(texts, backend) == {}


@EVERY_BACKEND
def test_identical_articles_are_identical_whatever_their_case_and_punctuation(backend):
    found = related(["Twenty-six nations agreed on Thursday.", "TWENTY SIX nations agreed, on Thursday"], backend)
    assert found[0, 1]["kind"] == "identical"


@EVERY_BACKEND
def test_texts_below_the_shingle_length_match_only_when_their_words_are_the_same(backend):
    assert related(["Scroll to top", "scroll to top", "scroll to", "top to scroll"], backend).keys() == {(0, 1)}


@EVERY_BACKEND
def test_other_numbers_make_another_text(backend):
    left = "The company paid $525 million"
    assert related([left, "The company paid $105 million"], backend) == {}


@EVERY_BACKEND
@given(TEXTS)
@settings(deadline=None)
def test_reported_numbers_are_those_of_plain_set_arithmetic(backend, texts):
    for (left, right), relation in related(texts, backend).items():
        a, b = shingles(texts[left]), shingles(texts[right])
        assert relation["shared"] == len(a & b)
        assert relation["jaccard"] == len(a & b) / len(a | b)
        assert relation["left_in_right"] == len(a & b) / len(a)
        assert relation["right_in_left"] == len(a & b) / len(b)


@EVERY_BACKEND
def test_nearly_every_pair_at_the_threshold_is_found(backend):
    texts = []
    for seed in range(300):
        words = article(seed)
        edited = list(words)
        # Each changed word breaks five shingles: 13 far apart leave a Jaccard just above one half.
        for place in range(7, 200, 15):
            edited[place] = f"e{seed}_{place}"
        texts += [" ".join(words), " ".join(edited)]
    found = related(texts, backend)
    pairs = [(i, i + 1) for i in range(0, len(texts), 2)]
    for i, j in pairs:
        left, right = shingles(texts[i]), shingles(texts[j])
        assert 0.5 <= len(left & right) / len(left | right) < 0.55
    assert sum(pair in found for pair in pairs) >= 298


@EVERY_BACKEND
def test_a_cut_from_the_bottom_is_an_excerpt_whatever_its_jaccard(backend):
    words = article(1, 1000)
    relation = related([" ".join(words), " ".join(words[:60])], backend)[0, 1]
    assert relation["kind"] == "excerpt"
    assert relation["right_in_left"] == 1.0
    assert relation["jaccard"] < 0.06


@EVERY_BACKEND
def test_a_shared_paragraph_makes_articles_overlap_and_no_more(backend):
    shared = article(3, 40)
    found = related([" ".join(article(1) + shared), " ".join(article(2) + shared)], backend)
    assert found[0, 1]["kind"] == "overlapping"


@EVERY_BACKEND
def test_relations_do_not_depend_on_threads_chunks_or_kernels(backend):
    page = article(9, 60)
    texts = [" ".join([*article(seed), *page[: seed % 60], *article(seed // 2)]) for seed in range(400)]
    expected = relations(texts, NUMPY, bucket_cap=20)
    assert relations(texts, backend, threads=3, bucket_cap=20).equals(expected)
    fingerprints = fingerprints_of(texts, backend)
    pieces = pa.concat_tables([fingerprints.slice(0, 150), fingerprints.slice(150, 1), fingerprints.slice(151)])
    left, right = np.array([399, 0, 151, 150]), np.array([0, 399, 150, 7])
    assert measure(pieces, left, right, Compute(backend, 2)).equals(measure(fingerprints, left, right))
