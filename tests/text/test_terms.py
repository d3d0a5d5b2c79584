"""Texts as terms: the compiled backend against the reference, to the bit, whatever the characters."""

import functools
import re
from dataclasses import fields
from itertools import pairwise
from string import ascii_lowercase

import numpy as np
import pytest
from backends import NATIVE, NEEDS_NATIVE, NUMPY
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe.kernels import Compute, reference
from dedupe.kernels.records import NOWHERE
from dedupe.text import terms, tokens
from dedupe.text.background import Background

# Where the rules of tokens meet: digits of several scripts and scripts without spaces (some are both), letters that
# are no letters, joints, underscores, marks, half surrogates.
ALPHABET = "aB9_ .,:'’-é½²Ⅷ٣๓๔ก໙၁漢字かﾞ々〇\u0301\ud800\U0001d7d8\U0001d400\U00020000\U0001f600\U000e0100\U0010ffff"
ALPHABET += "\u00ad\u200b\u200c\u200d\ufeffʼ`میـ\u064eक\u094dि"
TEXTS = st.lists(st.text(st.sampled_from(ALPHABET) | st.characters(), max_size=60), max_size=6)


@functools.lru_cache(1_000)
def split(text):
    """The tokens of a text by the pattern, which takes most of the time of these tests."""
    return tokens.tokens(text)


def plain(texts):
    """Tokens numbered in the order in which they first appear, without kernels."""
    numbers = {}
    return [[numbers.setdefault(token, len(numbers)) for token in split(text)] for text in texts]


def numbered(texts, backend, batches=1):
    reader = backend.TokenNumbers(tokens.TOKEN_RULES)
    found = []
    for i in range(batches):
        numbers, offsets = reader.read(texts[i::batches])
        found += [numbers[a:b].tolist() for a, b in pairwise(offsets)]
    known = reader.tokens()
    read = [token for i in range(batches) for text in texts[i::batches] for token in split(text)]
    assert [known[number] for one in found for number in one] == read
    return found


@NEEDS_NATIVE
@given(TEXTS)
@example(
    [
        "Halb\u00adjahr’s 1\u200b2.\u200b3 _\u0301a \u00ada",
        "می\u200cشود a\u200cb",
        "ก\u200bขค\u200c 漢\u200b字 ๓๓\u200b๓ ๓๓๓1",
    ]
)
@example(["1.2.3,4:5 _1.2 a1 1a 1_a o'neill's ''", "๓.๔ ก๓ ๓ก กขค กข a漢字b ๓๓๓", "\ud800a\udfff"])
@settings(max_examples=300, deadline=None)
def test_tokens_are_those_of_the_pattern(texts):
    assert numbered(texts, NATIVE) == numbered(texts, NUMPY) == plain(texts)


@NEEDS_NATIVE
def test_every_character_is_split_as_the_pattern_splits_it():
    around = [
        f"a{chr(point)}1{chr(point)}_{chr(point)}漢字{chr(point)}{chr(point)}{chr(point)}" for point in range(0x30000)
    ]
    texts = [" ".join(around[i : i + 300]) for i in range(0, len(around), 300)]
    assert numbered(texts, NATIVE, batches=7) == plain([text for i in range(7) for text in texts[i::7]])


def test_characters_without_a_class_of_their_own_stand_in_no_token():
    beyond = "".join(map(chr, range(len(tokens.character_classes()) - 1, 0x110000)))
    assert tokens.tokens(beyond) == []
    assert not re.search(r"\w", beyond)


@NEEDS_NATIVE
@pytest.mark.parametrize("text", ["word " * 3000, "x" * 50_000, "漢字" * 9000, "1.1" * 9000, "", " \n"])
def test_long_and_empty_texts_are_cut_at_the_same_word(text):
    assert numbered([text, "a"], NATIVE) == plain([text, "a"])
    assert len(plain([text])[0]) <= tokens.MAX_WORDS


def ragged(rows):
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return np.array([value for row in rows for value in row], np.uint32), offsets


@NEEDS_NATIVE
@given(
    st.lists(
        st.tuples(st.lists(st.integers(0, 15), max_size=30), st.sets(st.integers(8, 2000), max_size=5)), max_size=5
    )
)
@settings(max_examples=100, deadline=None)
def test_backends_count_terms_alike_to_the_bit(rows):
    codes, offsets = ragged([own for own, _ in rows])
    extra = ragged([sorted(more) for _, more in rows])
    decay = np.exp(-np.arange(30) / 7)
    counted = [backend.distinct_terms(codes, offsets, decay, *extra) for backend in (NATIVE, NUMPY)]
    for one, other in zip(*counted, strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


def test_terms_are_counted_as_plain_python_counts_them():
    codes, extra = ragged([[4, 3, 4, 2], [], [7, 7]]), ragged([[], [9], [4, 0]])
    found = reference.distinct_terms(*codes, np.array([1.0, 0.5, 0.25, 0.125]), *extra)
    assert found.term.tolist() == [1, 2, 9, 0, 3, 4]
    assert found.decayed_tf.tolist() == [0.625, 1.25, 0, 0, 1.5, 0]
    assert found.first.tolist() == [1, 0, NOWHERE, NOWHERE, 0, NOWHERE]
    assert found.is_name.tolist() == [False, False, False, False, True, False]
    assert found.offsets.tolist() == [0, 2, 3, 6]


@NEEDS_NATIVE
@given(TEXTS)
@settings(max_examples=50, deadline=None)
def test_both_ways_of_reading_give_the_same_terms(texts):
    articles, publisher = [(text[:20], text) for text in texts] * 9, (["a", "b", None] * 18)[: 9 * len(texts)]
    read = [
        terms.read_terms(articles, Background(10, {"a": 3}), Compute(backend), publisher) for backend in (NATIVE, NUMPY)
    ]
    for field in fields(terms.Terms):
        one, other = (getattr(each, field.name) for each in read)
        assert np.array_equal(one, other), field.name


def of_article(words, row=0):
    """The terms of an article with the place of their first occurrence."""
    own = slice(words.starts[row], words.starts[row + 1])
    return {
        words.vocabulary[term]: first for term, first in zip(words.term[own], words.first[own].tolist(), strict=True)
    }


@pytest.mark.parametrize(
    ("title", "text", "title_words"),
    [
        ("Rain in Oslo", "It rained.", 3),
        ("Rain in Oslo", "Rain in Oslo\nIt rained.", 3),
        (" Rain in Oslo ", "", 3),
        ("", "It rained.", 0),
        ("", "", 0),
        ("word " * 1200, "text", tokens.MAX_WORDS),
    ],
)
def test_the_words_of_the_title_come_first_and_are_counted(title, text, title_words):
    words = terms.read_terms([("Other", "article"), (title, text)], Background(0, {}))
    assert words.title_words.tolist() == [1, title_words]
    assert words.title_words[1] <= words.words[1] <= tokens.MAX_WORDS
    assert sum(first < title_words for first in of_article(words, 1).values()) == len(set(title.split()))


def test_the_lead_falls_from_the_first_word_on():
    words = terms.read_terms([("", "red sun red old dog")], Background(0, {}))
    assert of_article(words) == {"red": 0, "sun": 1, "old": 3, "dog": 4}
    lead = dict(zip(words.first.tolist(), words.lead.tolist(), strict=True))
    assert lead[0] == 1.0
    assert lead[4] == pytest.approx(np.exp(-4 / terms.LEAD_DECAY_WORDS))


BYLINE = "one two three four five six seven eight"


@pytest.mark.parametrize(
    ("publisher", "kept"), [(["a", "a"], False), ([None, None], False), (["a", "b"], True), (["a", None], True)]
)
def test_words_that_a_publisher_repeats_are_left_out(publisher, kept):
    articles = [("Rain", f"Oslo {BYLINE} dry"), (f"{BYLINE} Snow", "Bergen")]
    words = terms.read_terms(articles, Background(0, {}), publisher=publisher)
    assert words.words.tolist() == ([11, 10] if kept else [3, 2])
    assert words.title_words.tolist() == ([1, 9] if kept else [1, 1])
    assert of_article(words)["dry"] == (10 if kept else 2)
    assert ("six" in of_article(words)) == kept
    assert terms.read_terms(articles, Background(0, {})).words.tolist() == [11, 10]


def dates_of(texts):
    words = terms.read_terms([("", text) for text in texts], Background(0, {}))
    assert not words.decayed_tf[words.date[words.term]].any()
    assert not words.lead[words.date[words.term]].any()
    assert not words.is_name[words.date[words.term]].any()
    return [[words.vocabulary[t] for t in words.term[a:b] if words.date[t]] for a, b in pairwise(words.starts.tolist())]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("OSLO, May 4 - Oil", ["may 4"]),
        ("On 4 May 2010, and on Tuesday, Sept. 12th", ["may 4", "september 12"]),
        ("the 1st January and 02 February, JUNE 3", ["february 2", "january 1", "june 3"]),
        ("May 4, 4 May, May 04", ["may 4"]),
        ("It may 4 times; March forward; May 2010; December 32; May", []),
        ("th May", []),
        ("4 th", []),
        ("", []),
    ],
)
def test_days_of_a_month_are_read(text, dates):
    assert dates_of([text]) == [dates]


def test_a_day_of_a_month_is_never_read_across_two_texts():
    assert dates_of(["May", "4", "May 4", "of 4", "May"]) == [[], [], ["may 4"], [], []]
    assert dates_of(["x"] * 200 + ["4 May"] + ["May"] * 100) == [[]] * 200 + [["may 4"]] + [[]] * 100


def test_terms_are_those_of_the_text_that_a_reader_sees():
    hidden = "The Verwaltungs\u00adgericht in Kob\u200blenz de-\ncided on Tues\u00adday, 4\u200f May."
    shown = "The Verwaltungsgericht in Koblenz decided on Tuesday, 4 May."
    found, expected = (terms.read_terms([("", text)], Background(0, {})) for text in (hidden, shown))
    assert found.vocabulary == expected.vocabulary
    assert found.printed == expected.printed
    assert found.first.tolist() == expected.first.tolist()


GERMAN = "Der Minister sagte am Montag, dem 4. Mai 2010, in Berlin, die Regierungen würden ein Gesetz beschließen."
ENGLISH = "The minister said in Berlin on Monday, 4 May 2010, that the governments would die for it."


def test_every_article_is_read_in_its_own_language():
    words = terms.read_terms([("", GERMAN), ("", ENGLISH)], Background(0, {}))
    assert words.languages == ["de", "en"]
    german, english = of_article(words), of_article(words, 1)
    expected = "minist sagt monday 4 may 2010 berlin regier gesetz beschliess".split()
    assert german.keys() == {*expected, "may 4"}
    assert "die" in english
    assert {"monday", "may", "may 4", "2010", "berlin"} <= english.keys()
    assert sorted(german.values())[:3] == [0, 1, 2]


def test_function_words_of_a_title_are_left_out_of_its_length():
    words = terms.read_terms([("Der Minister und die Regierungen", GERMAN)], Background(0, {}))
    assert words.title_words.tolist() == [2]


@pytest.mark.parametrize("text", ["Le 1er mai 2010 le ministre a dit que", "El 1 de mayo de 2010 el ministro dijo que"])
def test_days_of_a_month_are_found_in_lower_case_too(text):
    assert dates_of([text]) == [["may 1"]]


def test_words_of_a_language_without_a_table_are_as_common_as_in_its_articles():
    articles = [("", f"{GERMAN} {letter}wort") for letter in ascii_lowercase]
    words = terms.read_terms([*articles, ("", ENGLISH)], Background(100, {"berlin": 90}))
    in_news = dict(zip(words.vocabulary, words.in_news.tolist(), strict=True))
    assert in_news["gesetz"] == pytest.approx(100 * 26 / (26 + terms.UNSEEN_ARTICLES))
    assert in_news["qwort"] == pytest.approx(100 / (26 + terms.UNSEEN_ARTICLES))
    assert in_news["berlin"] == 90
    assert in_news["government"] == 0


@given(st.permutations(range(6)))
@settings(max_examples=20, deadline=None)
def test_the_language_of_an_article_does_not_depend_on_others(order):
    articles = [
        GERMAN,
        ENGLISH,
        "",
        "Le ministre a dit lundi à Paris que la loi",
        "財務大臣は月曜日に述べた。",
        "Oslo 1",
    ]
    languages = ["de", "en", "en", "fr", "ja", "en"]
    words = terms.read_terms([("", articles[at]) for at in order], Background(0, {}))
    assert words.languages == [languages[at] for at in order]
