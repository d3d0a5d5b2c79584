"""Alignment: spans are exact, edits replay, and any two texts, however odd, can be aligned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from alignment_checks import OTHER, REPORT, check, matched
from hypothesis import given, settings
from hypothesis import strategies as st
from support import NEARLY_LINEAR, SEEDS, cpu_growth

from dedupe.alignment.align import LIMITS_OF_A_PAIR, align, align_tokenized, match_tokenized
from dedupe.alignment.direction import direction
from dedupe.alignment.tokenized import Span, tokenize
from dedupe.article import Article
from dedupe.audit.audit import audit
from dedupe.report.alignment import lines as report
from dedupe.text.sentences import MAX_SENTENCES


@pytest.mark.parametrize("left", ["", "   \n", "word", "...", "?! — “”", REPORT])
@pytest.mark.parametrize("right", ["", "   \n", "word", "...", "?! — “”", REPORT])
def test_empty_one_word_and_punctuation_only_texts_align(left: str, right: str) -> None:
    found = align(left, right)
    check(left, right, found)
    if left != right:
        assert not matched(found)
        assert found.passages == ()
        assert found.left_reused == found.right_reused == 0


def test_an_identical_text_is_one_verbatim_passage_and_all_verbatim_sentences() -> None:
    found = align(REPORT, REPORT)
    assert [row.kind for row in found.sentences] == ["verbatim"] * 4
    assert all(row.edits == () and row.score == 1 for row in found.sentences)
    assert [(p.kind, p.left, p.right) for p in found.passages] == [
        ("verbatim", Span(0, len(REPORT)), Span(0, len(REPORT)))
    ]
    assert found.left_reused == found.right_reused == 1
    assert not found.is_partial


def test_mixed_scripts_align() -> None:
    left = "Президент прибыл в Париж во вторник утром. 総理大臣は火曜日にパリに到着した。 अध्यक्ष मंगलवार को पहुंचे।"
    right = "वे चले गए। Президент прибыл в Париж в среду утром. 総理大臣は火曜日にパリに到着した。"
    found = align(left, right)
    check(left, right, found)
    assert {row.kind for row in matched(found)} == {"verbatim", "edited"}


def test_unrelated_texts_share_nothing() -> None:
    found = align(REPORT, OTHER)
    assert {row.kind for row in found.sentences} == {"new"}
    assert found.passages == ()


def test_a_shared_quotation_is_marked() -> None:
    left = "The mayor came late.\n“We will not wait another nine years for a safe harbour wall,” she said."
    right = "“We will not wait another nine years for a safe harbour wall.”\nThe meeting was short."
    (row,) = matched(align(left, right))
    assert row.is_quote
    assert not row.is_boilerplate


def test_boilerplate_is_marked() -> None:
    footer = "The post Piers Closed Again appeared first on Harbour News."
    found = align(f"{REPORT}\n\n{footer}", f"{OTHER}\n\n{footer}")
    assert [row.is_boilerplate for row in matched(found)] == [True]


def test_both_directions_find_the_same() -> None:
    left, right = (SEEDS / name for name in ("003_0b1f6f713b302656.txt", "004_c5266b4a31ecb91c.txt"))
    texts = [path.read_text(encoding="utf-8") for path in (left, right)]
    there, back = align(*texts), align(*reversed(texts))
    assert {(row.left, row.right, row.kind) for row in there.sentences} == {
        (row.right, row.left, row.kind) for row in back.sentences
    }
    assert (there.left_reused, there.right_reused) == (back.right_reused, back.left_reused)


def test_texts_tokenized_once_give_the_same_alignment() -> None:
    left, right = tokenize(REPORT), tokenize(f"{OTHER} {REPORT}")
    assert align_tokenized(left, right) == align(left.text, right.text)


CLASSES_ONLY = [
    ("", ""),
    ("The quay was closed.", ""),
    ("The quay was closed at noon on Monday.", "The quay was closed at noon on Monday."),
    (
        "The harbour council did not close the old quay on Monday. Photo: Ann Lee/Agency. Will the ferry sail?",
        "The harbour council did close the old quay on Monday. Photo: Ann Lee/Agency. The ferry will sail.",
    ),
    (
        "“We shall rebuild the quay,” said mayor Maren Holt, who has led the town for 12 years. Boats left at 5 pm.",
        "“We shall rebuild the quay,” said Maren Holt, who has led the old town for 12 years. The boats left at 5 pm.",
    ),
    ("The cоuncil closed the quay for 1,500 boats.", "The council closed the quay for 1500 boats."),
]


@pytest.mark.parametrize(("left", "right"), [*CLASSES_ONLY, *(pair[::-1] for pair in CLASSES_ONLY)])
def test_without_details_every_match_is_the_same_but_for_edits_and_changes(left, right):
    texts = tokenize(left), tokenize(right)
    whole = align_tokenized(*texts)
    assert_same_but_for_edits(match_tokenized(*texts), whole)


def assert_same_but_for_edits(found, whole):
    matches = tuple(replace(row, edits=(), changes=()) for row in whole.sentences if row.kind != "new")
    assert (found.sentences, found.passages) == (matches, whole.passages)
    assert (found.left_reused, found.right_reused) == (whole.left_reused, whole.right_reused)
    assert found.is_partial == whole.is_partial


WORDS = [
    "quay",
    "harbour",
    "Holt",
    "not",
    "said",
    "12",
    "1,500",
    "the",
    "on",
    "Monday",
    "“we",
    "will”",
    "ferry",
    "boats",
]


@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=1, max_size=8), st.randoms())
@settings(max_examples=60, deadline=None)
def test_without_details_matches_of_any_texts_are_the_same(drawn, random):
    left = [" ".join(words).capitalize() + random.choice(".?") for words in drawn]
    right = [line if random.random() < 0.5 else line.replace("quay", "pier").replace("not ", "") for line in left]
    random.shuffle(right)
    texts = tokenize(" ".join(left)), tokenize(" ".join(right))
    whole = align_tokenized(*texts)
    assert_same_but_for_edits(match_tokenized(*texts), whole)


def test_a_text_gives_the_same_beside_every_other_text_as_alone():
    """What is remembered of a text for later pairs does not show in them."""
    lines = [text for pair in CLASSES_ONLY for text in pair]
    shared = [tokenize(text) for text in lines]
    for k, left in enumerate(lines):
        for j, right in enumerate(lines):
            assert align_tokenized(shared[k], shared[j]) == align(left, right)


def test_lone_surrogates_and_nul_bytes_align() -> None:
    left, right = f"\ud800 {REPORT}\x00", f"{REPORT} \udfff\x00 {OTHER}"
    found = align(left, right)
    check(left, right, found)
    assert len(found.passages) == 1


def test_time_grows_no_faster_than_two_texts_of_one_repeated_word() -> None:
    small, large = (("word " * size, "word " * (size - size // 6)) for size in (5_000, 20_000))
    check(*large, align(*large))
    assert cpu_growth(lambda texts: align(*texts), small, large) < NEARLY_LINEAR


WORDS = st.sampled_from(
    "harbour wall ferry Ferry mayor said the The of 4.2 café 漢字 слово क्षि e\u0301 😀 'quoted' . , — \n".split(" ")
)


TEXTS = st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=80)


@given(TEXTS, TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_two_texts_give_exact_spans_and_differences_that_replay(left: str, right: str) -> None:
    check(left, right, align(left, right))


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_any_text_is_verbatim_with_itself(text: str) -> None:
    assert {row.kind for row in align(text, text).sentences} <= {"verbatim"}


def test_a_text_with_too_many_sentences_is_aligned_in_part():
    """A limit that was reached is named by the report and by an audit."""
    text = " ".join(f"Hi {number}!" for number in range(MAX_SENTENCES + 5))
    found = align(text, f"{text} Bye!")
    assert found.is_partial
    assert found.left_reused > 0.99
    assert f"{MAX_SENTENCES:,} sentences" in LIMITS_OF_A_PAIR
    articles = [Article("a", text=text), Article("b", text=f"{text} Bye!")]
    shown = report(
        *articles, found, direction(*articles, found), "text", width=80, coloured=False, show_unmatched=False
    )
    assert any(line.endswith(f"something may be missing: {LIMITS_OF_A_PAIR}") for line in shown)
    assert f"compared in part only: 2 articles (b, a); {LIMITS_OF_A_PAIR}" in audit(articles).warnings
