"""Both backends against each other, against plain Python, and against the definition of a word in ``text.words``."""

import functools
import json
import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from backends import EVERY_BACKEND
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe.copies.fingerprints import Fingerprinter
from dedupe.kernels import contract, reference
from dedupe.settings import Settings
from dedupe.text.fold_table import FoldTable
from dedupe.text.line_ends import join_broken_words
from dedupe.text.lookalikes import replace_lookalikes
from dedupe.text.words import normalise, word_bounds, words

# Alphabets in which normalising, classes and marks meet: compatibility forms, decomposed accents, Hangul letters and
# syllables, Indic and Thai marks, kana with half-width voicing, Turkish and Greek case, symbols, astral planes; what is
# not shown, and what is one letter to a reader, of every script that has any.
ALPHABET = (
    "aZ09_ -’“”…™.\n\u00a0éÉßẞİıſŉﬁⅷ½①Ａ㎏Ⓐ\u0301\u0323\u0327\u0345\u200d"
    "ΣςσΆ각가ᄀ\u1161\u11a8कक़ड\u093c\u094dाि\u0e01\u0e33\u0e48ㄱ漢字豈カガｶﾞﾞ゙々〇"
    "\U0001f600\U0001d400\U00020000\U0002f800\U000e0100\U000e0041"
    "-\r\u00ad\u200b\u200c\u200f\u2060\ufeffʼ`iı\u0300İяёйг\u0306άᾳ\u0342ιşș"
    "أایکهۀـ\u064e\u0654ﻻﷺ\ufe77ש\u05c1שׁ١कड़ড়া\u09c7\u09bcா\u0bc6\u0dcaක\u0e4d\u0eb3ກ"
)
ANY = st.sampled_from(ALPHABET) | st.characters(exclude_categories=["Cs"])
STRANGE = st.lists(st.text(ANY, max_size=40), max_size=4)
VALUES = st.lists(st.lists(st.integers(0, 30), max_size=40), max_size=5)


def arrow(texts):
    encoded = [text.encode() for text in texts]
    return np.frombuffer(b"".join(encoded), np.uint8), offsets_of(encoded)


@functools.cache
def fingerprinter(backend):
    return Fingerprinter(Settings(), backend)


NEW_TABLE = FoldTable().entries


def fold(texts, backend):
    """Fold texts as a new Fingerprinter does, which has learned no characters yet; making one takes longer than this."""
    signer = fingerprinter(backend)
    signer._table.entries[:] = NEW_TABLE
    return signer.fold(*arrow(texts))


def offsets_of(rows):
    return np.concatenate((np.zeros(1, np.int64), np.cumsum([len(row) for row in rows], dtype=np.int64)))


def ragged(rows, spread=0x9E3779B97F4A7C15):
    """Rows of small numbers as ragged uint64; the spread makes them as even as hashes are."""
    flat = np.array([value for row in rows for value in row], np.uint64)
    return flat * np.uint64(spread), offsets_of(rows)


def lists(values, offsets):
    return [values[start:end].tolist() for start, end in pairwise(offsets)]


def plain_words(text):
    normal = normalise(replace_lookalikes(join_broken_words(text)))
    bounds = zip(*(places.tolist() for places in word_bounds(normal)), strict=True)
    return [normal[start:end] for start, end in bounds]


@EVERY_BACKEND
@given(STRANGE)
@example(["", "a"])
@example(["0\U00040000", "a\U0010ffffb"])
@example(["\u0301a", "漢\u0301b", "a\u0301", "b"])
@example(["e\u0323\u0301", "e\u0301\u0323", "각", "\u1100\u1161\u11a8"])
@example(
    ["E\u0301cole e\u0302\u0301 o\u031b\u0323 é\u0301 =\u0338 \u0301", "ﬁ\u0301", "и\u0306 " * 40, "x" * 70 + "e\u0301"]
)
@example(["a" + "\u0301" * 40, "क" + "\u094d" * 31, "\u0e01" + "\u0e48" * 31])
@settings(max_examples=400, deadline=None)
def test_folded_words_are_those_of_normalise_and_word_bounds(backend, texts):
    letters, offsets = fold(texts, backend)
    found = [bytes(letters[start:end]).split(b"\0") for start, end in pairwise(offsets)]
    assert [[word.decode() for word in row if word] for row in found] == [plain_words(text) for text in texts]


@EVERY_BACKEND
@given(STRANGE)
@example(["agree-\nment", "a\u00ad\r\n b", "e\u0301-\nb", "-\na", "a-\nB", "a-\n\u0301b", "a- \r\nb", "\r\na"])
@example(["می\u200cشود", "a\u200cb", "ی\u064e\u200c\u200d\u200cی", "\u200cی", "ﻻ\u200cی", "ﷺ\u200cی", "क\u200cक"])
@example(
    ["h\u0430rbour", "\u0430ce \u0430\u0435", "USB\u043f\u043e\u0440\u0442", "\u03bfne-\ntw\u03bf", "é\u0430 \u0430b"]
)
@settings(max_examples=400, deadline=None)
def test_fingerprints_and_alignment_have_the_same_words(backend, texts):
    letters, offsets = fold(texts, backend)
    found = [bytes(letters[start:end]).split(b"\0") for start, end in pairwise(offsets)]
    assert [[word.decode() for word in row if word] for row in found] == [words(text).forms for text in texts]


@EVERY_BACKEND
@given(st.lists(st.text(st.sampled_from("aB9é- \t\r\n\u00ad\u2010\u0430\u03bf字"), max_size=12), max_size=6))
@example(
    ["", "-\na", "a-\nb", "a\u00ad \r\n\tb", "a\u2010\nö", "a-\nB", "-", "\na", "h\u0430", "\u0430h", "h\u0430\u03bf"]
)
def test_every_text_with_a_broken_or_mixed_word_is_found(backend, texts):
    odd = [replace_lookalikes(join_broken_words(text)) != text for text in texts]
    found = backend.has_odd_words(*arrow(texts))
    assert found.dtype == np.bool_
    assert found.shape == (len(texts),)
    assert not [text for text, is_odd, flag in zip(texts, odd, found, strict=True) if is_odd and not flag]


@EVERY_BACKEND
@pytest.mark.parametrize("text", ["", "A well-known “plan” –\nno more. -", "Пять, USB - порт\r\n", "Ünïted\n\nNations"])
def test_a_plain_text_has_no_odd_words(text, backend):
    assert not backend.has_odd_words(*arrow([text])).any()


@functools.cache
def words_of_every_character():
    """Every character below U+30000 as a text, and its words: once for both backends, from one text with a line each."""
    texts = [chr(point) for point in range(0x30000) if not 0xD800 <= point < 0xE000]
    normal = [normalise(text) for text in texts]
    lines = "\n".join(normal)
    line_starts = offsets_of([form + "\n" for form in normal])
    starts, ends = word_bounds(lines)
    line_of = np.searchsorted(line_starts, starts, side="right") - 1
    words = [[] for _ in texts]
    for line, start, end in zip(line_of.tolist(), starts.tolist(), ends.tolist(), strict=True):
        words[line].append(lines[start:end])
    return texts, words


def test_words_of_lines_are_those_of_each_line_alone():
    texts, words = words_of_every_character()
    assert words[::97] == [plain_words(text) for text in texts[::97]]


@EVERY_BACKEND
def test_every_letter_the_table_knows_is_folded_as_normalise_folds_it(backend):
    texts, words = words_of_every_character()
    letters, offsets = fold(texts, backend)
    letters = letters.tobytes()
    found = [letters[start:end].split(b"\0") for start, end in pairwise(offsets.tolist())]
    assert [[word.decode() for word in row if word] for row in found] == words


@EVERY_BACKEND
@given(st.lists(st.lists(st.text("abcdefgh", min_size=1, max_size=30), max_size=20), max_size=4), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_words_have_equal_hashes_exactly_when_they_are_equal(backend, rows, seed):
    letters, offsets = fold([" ".join(row) for row in rows], backend)
    hashed, word_offsets = backend.word_hashes(letters, offsets, seed)
    assert np.diff(word_offsets).tolist() == [len(row) for row in rows]
    words = [word for row in rows for word in row]
    assert len(set(hashed.tolist())) == len(set(words))
    assert len(set(zip(words, hashed.tolist(), strict=True))) == len(set(words))
    expected, _ = reference.word_hashes(letters, offsets, seed)
    assert np.array_equal(hashed, expected)


@EVERY_BACKEND
@given(
    st.lists(st.text("aAb©\n", max_size=12), max_size=4), st.lists(st.text("ab©", min_size=1, max_size=5), max_size=6)
)
@example(["", "A"], ["a", "aa", "aaa"])
def test_a_text_contains_the_phrases_that_python_finds_in_it(backend, texts, phrases):
    found = backend.phrases_in(*arrow(texts), *arrow(phrases))
    assert found.dtype == np.bool_
    assert found.tolist() == [[phrase in text.lower() for phrase in phrases] for text in texts]


@EVERY_BACKEND
@given(
    st.lists(st.text("aAb(é\n\r\x0b\x0c\x85\u2028\u2029", max_size=12), max_size=4),
    st.lists(st.text("ab ", max_size=4), max_size=6),
)
@example(["(A", "\u2028ab", "é\x85ab", "\n-\na b"], ["", "b", " b"])
def test_a_phrase_behind_a_line_feed_stands_where_a_line_begins(backend, texts, ends):
    phrases = [f"a{end}" for end in ends]
    found = backend.phrases_in(*arrow(texts), *arrow([f"\n{phrase}" for phrase in phrases]))
    lines = [[re.sub("^[^0-9a-z]*", "", line.lower()) for line in text.splitlines()] for text in texts]
    assert found.tolist() == [[any(line.startswith(phrase) for line in own) for phrase in phrases] for own in lines]


@EVERY_BACKEND
@given(st.lists(st.lists(st.sampled_from(["", "a", "ab", "é", "word" * 9]), max_size=8), max_size=4))
def test_a_word_sequence_has_one_zero_between_two_words(backend, texts):
    rows = ["\0".join(words).encode() for words in texts]
    letters = np.frombuffer(b"".join(rows) + bytes(contract.SLACK), np.uint8)
    words, places = backend.word_sequences(letters, offsets_of(rows))
    found = [words[start:end].tobytes() for start, end in pairwise(places.tolist())]
    assert found == ["\0".join(filter(None, words)).encode() for words in texts]
    assert (places[0], words.dtype, places.dtype) == (0, np.uint8, np.int64)


@EVERY_BACKEND
@given(VALUES, st.integers(1, 8), st.integers(1, 20), st.integers(0, 6), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_backends_give_the_same_shingles_passages_and_digests(backend, rows, size, window, reach_on, seed):
    words, offsets = ragged(rows)
    assert np.array_equal(
        backend.sequence_hashes(words, offsets, seed), reference.sequence_hashes(words, offsets, seed)
    )
    shingles, places = backend.shingle_hashes(words, offsets, size, seed)
    expected, expected_places = reference.shingle_hashes(words, offsets, size, seed)
    assert np.array_equal(shingles, expected)
    assert np.array_equal(places, expected_places)
    passages, places_of_passages = backend.winnow(shingles, places, window, reach_on)
    expected, expected_places = reference.winnow(shingles, places, window, reach_on)
    assert np.array_equal(passages, expected)
    assert np.array_equal(places_of_passages, expected_places)


@EVERY_BACKEND
@given(VALUES, st.integers(1, 20))
@settings(deadline=None)
def test_passages_are_the_minima_of_every_window(backend, rows, window):
    values, offsets = ragged(rows)
    found = lists(*backend.winnow(values, offsets, window, 0))
    for row, passages in zip(lists(values, offsets), found, strict=True):
        starts = range(max(1, len(row) - window + 1)) if row else ()
        assert passages == sorted({min(row[i : i + window]) for i in starts})


@EVERY_BACKEND
@pytest.mark.parametrize("spread", [1, 0x9E3779B97F4A7C15, 1 << 63])
@given(rows=VALUES)
@settings(deadline=None)
def test_distinct_values_are_ascending_whatever_their_spread(backend, spread, rows):
    values, offsets = ragged(rows, spread)
    found = lists(*backend.unique_sorted(values, offsets))
    assert found == [sorted(set(row)) for row in lists(values, offsets)]


@EVERY_BACKEND
def test_a_row_of_many_equal_top_bits_is_sorted_too(backend):
    values = np.arange(3503, 0, -1, dtype=np.uint64)
    values[3000:3500] = np.uint64(2**64 - 1)
    values[3500:] = 0
    found, offsets = backend.unique_sorted(values, np.array([0, 0, values.size, values.size]))
    assert found.tolist() == sorted(set(values.tolist()))
    assert offsets.tolist() == [0, 0, found.size, found.size]


@EVERY_BACKEND
@pytest.mark.parametrize("permutations", [1, 16, 30, 127])
@given(rows=VALUES)
@settings(max_examples=20, deadline=None)
def test_minima_are_those_of_every_permutation(backend, permutations, rows):
    values, offsets = ragged(rows)
    a = np.arange(1, 2 * permutations, 2, dtype=np.uint32) * np.uint32(0x9E3779B1)
    b = np.arange(permutations, dtype=np.uint32) * np.uint32(0x85EBCA77)
    ours = backend.signatures(values, offsets, a, b)
    assert ours.shape == (len(rows), permutations)
    assert np.array_equal(ours, reference.signatures(values, offsets, a, b))


@EVERY_BACKEND
@given(VALUES)
@settings(deadline=None)
def test_shared_counts_are_those_of_plain_sets(backend, rows):
    values, offsets = ragged([sorted(set(row)) for row in rows], spread=1 << 50)
    left, right = (places.ravel().astype(np.int64) for places in np.indices((len(rows), len(rows))))
    plain = [len(set(rows[i]) & set(rows[j])) for i, j in zip(left, right, strict=True)]
    half = len(rows) // 2
    chunks = [(values, offsets[: half + 1]), (values, offsets[half:])]
    assert backend.shared_counts(backend.rows_of(chunks), left, right).tolist() == plain


@EVERY_BACKEND
def test_rows_of_one_batch_do_not_depend_on_the_others(backend):
    texts = ["one two three", "", "“four” five", "six漢字"]
    letters, offsets = fold(texts, backend)
    together, places = backend.word_hashes(letters, offsets, 1)
    alone = [backend.word_hashes(*fold([text], backend), 1)[0] for text in texts]
    assert lists(together, places) == [row.tolist() for row in alone]


@EVERY_BACKEND
@given(st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=6), st.sampled_from([1, 2, 4]))
@settings(deadline=None)
def test_members_of_shared_buckets_are_those_of_plain_counting(backend, rows, parts):
    keys, offsets = ragged([sorted(set(row)) for row in rows])
    found = []
    for part in range(parts):
        members = backend.bucket_members(keys, offsets, 10, 5, part, parts)
        members.sort()
        found += [(int(member) >> 5, int(member) & 31) for member in backend.shared_buckets(members, 5)]
    plain = [(key << 5 & (1 << 64) - 1, row) for row, own in enumerate(lists(keys, offsets), 10) for key in own]
    counts = Counter(key for key, _ in plain)
    assert sorted(found) == sorted((key >> 5, row) for key, row in plain if counts[key] > 1)


@EVERY_BACKEND
@given(VALUES, st.integers(1, 5))
@settings(deadline=None)
def test_equal_bands_have_equal_keys_and_only_they(backend, rows, size):
    signatures = np.array([(row + [0] * 12)[:12] for row in rows], np.uint32).reshape(-1, 12)
    keys = backend.band_keys(signatures, size)
    assert np.array_equal(keys, reference.band_keys(signatures, size))
    bands = [(i, tuple(row[i * size : (i + 1) * size])) for row in signatures.tolist() for i in range(12 // size)]
    assert len(set(keys.ravel().tolist())) == len(set(bands))


JSON_TEXT = st.text(
    st.sampled_from('ab"\\/\n\t\u2019é漢😀\x7f') | st.characters(exclude_categories=["Cs"]), max_size=200
)


def quoted(rows):
    """JSON strings joined, with their offsets and the room that kernels ask for."""
    encoded = [row.encode() for row in rows]
    return np.frombuffer(b"".join(encoded) + bytes(contract.SLACK), np.uint8), offsets_of(encoded)


@EVERY_BACKEND
@given(st.lists(JSON_TEXT, max_size=5), st.booleans())
@settings(deadline=None)
def test_json_strings_are_unescaped_as_python_does(backend, texts, ascii_only):
    utf8, offsets, unsure = backend.unescape(*quoted([json.dumps(t, ensure_ascii=ascii_only) for t in texts]))
    assert unsure.tolist() == ["\0" in text for text in texts]
    found = [bytes(utf8[start:end]).decode() for start, end in pairwise(offsets)]
    assert all(bad or row == text for row, text, bad in zip(found, texts, unsure, strict=True))


@EVERY_BACKEND
@pytest.mark.parametrize(
    "value", ["null", "12", '["a"]', '"\\ud800"', '"\\udc00 and on"', '"\\ud800\\u0041"', '"a\\u0000"', '"', "{}"]
)
def test_what_cannot_be_text_is_flagged(backend, value):
    _, _, unsure = backend.unescape(*quoted(['"text"', value, '"\\ud83d\\ude00"']))
    assert unsure.tolist() == [False, True, False]


@EVERY_BACKEND
@given(VALUES, st.integers(1, 5))
@settings(deadline=None)
def test_members_of_a_band_meet_exactly_where_the_band_is_equal(backend, rows, size):
    signatures = np.array([(row + [0] * 12)[:12] for row in rows], np.uint32).reshape(-1, 12)
    for band in range(12 // size):
        members = backend.band_members(signatures, band, size, 4)
        assert np.array_equal(members, reference.band_members(signatures, band, size, 4))
        assert (members & np.uint64(15)).tolist() == list(range(len(rows)))
        slices = {tuple(row[band * size : (band + 1) * size]) for row in signatures.tolist()}
        assert len(set((members >> np.uint64(4)).tolist())) == len(slices)


@EVERY_BACKEND
@given(VALUES)
@settings(deadline=None)
def test_agreements_are_counted_minimum_by_minimum(backend, rows):
    signatures = np.array([(row + [0] * 12)[:12] for row in rows], np.uint32).reshape(-1, 12)
    left, right = (places.ravel().astype(np.int64) for places in np.indices((len(rows), len(rows))))
    found = backend.equal_minima(signatures, left, right)
    assert found.tolist() == [(signatures[i] == signatures[j]).sum() for i, j in zip(left, right, strict=True)]
