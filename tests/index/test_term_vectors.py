"""Term vectors and postings: what is stored of an article's words, and the articles found by it."""

import dataclasses
from dataclasses import fields

import numpy as np
import pytest
from index_support import stream

from dedupe import Article
from dedupe.index.lookup.keys import fingerprint_articles
from dedupe.index.stories import postings, term_vectors
from dedupe.settings import Settings
from dedupe.text import terms
from dedupe.text.background import Background, load_background
from dedupe.text.terms import Terms

TEXTS = [(article.title, article.text) for article in stream(3)] + [
    ("", ""),
    ("", "東京の株価が上がった 12 May 2010"),
    ("The minister spoke of Democra", "The minister spoke of Democrats on Monday."),  # a title cut within a word
]


def read(title, text):
    return terms.read_terms([(title, text)], Background(0, {}))


def test_every_field_of_terms_is_stored_or_named_as_not_stored():
    stored = [*term_vectors.PER_ARTICLE, *term_vectors.PER_ENTRY, *term_vectors.PER_TERM]
    named = [column.name for column in stored] + ["vocabulary", "languages", *term_vectors.NOT_STORED]
    assert sorted(named) == sorted(field.name for field in fields(Terms))


def test_stored_columns_have_the_types_and_lengths_of_terms():
    collection = terms.read_terms([("one", "two"), ("one two", "three four five")], load_background())
    lengths = {
        collection.rows: term_vectors.PER_ARTICLE,
        collection.term.size: term_vectors.PER_ENTRY,
        len(collection.vocabulary): term_vectors.PER_TERM,
    }
    assert sorted(lengths) == [2, 5, 7]
    for length, columns in lengths.items():
        for column in columns:
            values = getattr(collection, column.name)
            assert (values.size, values.dtype) == (length, np.dtype(column.dtype)), column.name


@pytest.mark.parametrize("text", TEXTS)
def test_a_packed_term_vector_unpacks_to_the_terms_of_the_text_in_half_precision(text):
    wanted = read(*text)
    rounded = dataclasses.replace(wanted, decayed_tf=wanted.decayed_tf.astype(np.float16).astype(np.float64))
    unpacked = term_vectors.unpack(term_vectors.pack(wanted))
    for field in (field for field in fields(Terms) if field.name != "printed"):
        want, got = getattr(rounded, field.name), getattr(unpacked, field.name)
        assert type(got) is type(want), field.name
        if isinstance(want, np.ndarray):
            assert got.dtype == want.dtype, field.name
            assert got.tolist() == want.tolist(), field.name
        else:
            assert got == want, field.name
    assert term_vectors.pack(unpacked) == term_vectors.pack(wanted) == term_vectors.pack_terms(*text).term_vector


def test_top_terms_unpack_to_the_heaviest_terms_in_half_precision():
    for title, text in TEXTS:
        packed = term_vectors.pack_terms(title, text)
        chosen = term_vectors.choose_top_terms(term_vectors.unpack(packed.term_vector))
        unpacked = term_vectors.unpack_top_terms(packed.top_terms)
        assert unpacked.terms.tolist() == chosen.terms.tolist()
        assert unpacked.weights.tolist() == chosen.weights.astype(np.float16).tolist()


def test_merged_term_vectors_are_the_terms_of_the_texts():
    wanted = terms.read_terms(TEXTS, load_background())
    packed = [term_vectors.pack_terms(*text).term_vector for text in TEXTS]
    merged = term_vectors.merge([term_vectors.unpack(one) for one in packed], load_background())
    for field in (field for field in fields(wanted) if field.name != "printed"):
        want, got = getattr(wanted, field.name), getattr(merged, field.name)
        if isinstance(want, np.ndarray):
            np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4, err_msg=field.name)
        else:
            assert got == want, field.name


def test_the_nearest_share_the_heaviest_terms_whether_in_the_arrays_or_not(monkeypatch):
    monkeypatch.setattr(postings, "_REBUILD_FROM", 10)
    draw = np.random.default_rng(5)
    articles = [
        term_vectors.TopTerms(draw.choice(60, 12, replace=False).astype(np.uint32), draw.random(12).astype(np.float32))
        for _ in range(50)
    ]
    index = postings.Postings()
    for row, top_terms in enumerate(articles, 1):
        index.add(row, top_terms)
        index.add(1_000, articles[0])
        index.remove_from(1_000)
        index.commit(5)
    index.add_stored([(row, articles[row % 50]) for row in range(51, 70)], 5)
    articles += [articles[row % 50] for row in range(51, 70)]
    new = articles[0]
    for floor in (5, 20):
        exact = {
            row: sum(
                w * float(x) for t, w in zip(new.terms.tolist(), new.weights.astype(float).tolist(), strict=True)
                for u, x in zip(other.terms.tolist(), other.weights, strict=True) if t == u
            )
            for row, other in enumerate(articles, 1) if row >= floor
        }  # fmt: skip
        counts = index.document_counts(new.terms, floor)
        assert counts.tolist() == [sum(t in o.terms for o in articles[floor - 1 :]) for t in new.terms.tolist()]
        best = sorted(sorted(exact, key=lambda row: (-exact[row], row))[:10])
        assert index.nearest(new, counts, floor, 69, 10).tolist() == best


def test_terms_are_not_read_of_a_text_that_is_in_no_story():
    settings = Settings()
    words = ["word"] * settings.shingle_words
    articles = [Article("short", text=" ".join(words[1:])), Article("long", text=" ".join(words))]
    short, long = fingerprint_articles(articles, settings, stories=True)
    assert short.packed_terms == term_vectors.PackedTerms(b"", b"")
    assert long.packed_terms == term_vectors.pack_terms("", articles[1].text)


def test_the_language_that_is_given_is_stored():
    packed = term_vectors.pack_terms("Merkel, Hollande", "Merkel, Hollande", "de")
    assert term_vectors.unpack(packed.term_vector).languages == ["de"]
    assert term_vectors.unpack(term_vectors.pack_terms("", "").term_vector).languages == ["en"]
