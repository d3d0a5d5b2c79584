"""Edits: the words that changed are shown, and replaying the edits gives the right sentences."""

from __future__ import annotations

from alignment_checks import OTHER, REPORT, check
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe.alignment.align import align
from dedupe.alignment.edits import replay


def test_case_and_punctuation_are_differences_but_not_of_words() -> None:
    left, right = "The “old” Pier was closed, again and again.", "the old pier was closed again and again"
    (row,) = align(left, right).sentences
    assert row.kind == "verbatim"
    assert row.edits
    assert not any(edit.changes_words for edit in row.edits)
    assert replay(left, row.left, right, row.edits) == right


def test_an_edited_sentence_shows_the_changed_words() -> None:
    left = "Repairs will cost 4.2 million euros and last until the end of October."
    right = "Repairs will cost 5.1 million euros and last until the end of November."
    (row,) = align(left, right).sentences
    assert row.kind == "edited"
    changed = [
        (left[e.left.start : e.left.end], right[e.right.start : e.right.end]) for e in row.edits if e.changes_words
    ]
    assert changed == [("4.2", "5.1"), ("October", "November")]


ABUTTING = [
    "总统周一宣布辞职。",
    "他表示自己已经筋疲力尽。",
    "总统周一宣布辞职，",
    "说自己已经筋疲力尽。",
    "The pier was closed.",
    "It was shut on Monday.",
    "“Nobody came.”",
    '"Who came?"',
    "市長は月曜日に辞任した。",
    " ",
    "\n",
]


@given(*[st.lists(st.sampled_from(ABUTTING), max_size=7).map("".join)] * 2, st.sampled_from([None, "en", "zh", "ja"]))
@settings(max_examples=150, deadline=None)
@example("".join(ABUTTING[:2]), "".join(ABUTTING[2:4]), "zh")
def test_edits_of_sentences_that_abut_replay(left: str, right: str, language: str | None) -> None:
    check(left, right, align(left, right, language))


def test_an_edit_that_reaches_over_the_border_of_abutting_sentences_replays() -> None:
    left, right = ABUTTING[0] + ABUTTING[1], ABUTTING[2] + ABUTTING[3]
    for one, other in ((left, right), (right, left)):
        edited = [row for row in align(one, other, "zh").sentences if row.kind != "new"]
        assert edited
        assert all(
            replay(one, row.left, other, row.edits) == "".join(other[s.start : s.end] for s in row.right)
            for row in edited
        )


@given(st.lists(st.sampled_from(REPORT.split(". ") + OTHER.split(". ")), min_size=1, max_size=8), st.data())
@settings(max_examples=60, deadline=None)
def test_edited_news_replays(sentences: list[str], data: st.DataObject) -> None:
    left = ". ".join(sentences)
    words = left.split(" ")
    dropped = data.draw(st.sets(st.integers(0, len(words) - 1), max_size=6))
    right = " ".join(word for k, word in enumerate(words) if k not in dropped)
    check(left, right, align(left, right))
