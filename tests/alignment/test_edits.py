"""Edits: the words that changed are shown, and replaying the edits gives the right sentences."""

from __future__ import annotations

from alignment_checks import OTHER, REPORT, check
from hypothesis import given, settings
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


@given(st.lists(st.sampled_from(REPORT.split(". ") + OTHER.split(". ")), min_size=1, max_size=8), st.data())
@settings(max_examples=60, deadline=None)
def test_edited_news_replays(sentences: list[str], data: st.DataObject) -> None:
    left = ". ".join(sentences)
    words = left.split(" ")
    dropped = data.draw(st.sets(st.integers(0, len(words) - 1), max_size=6))
    right = " ".join(word for k, word in enumerate(words) if k not in dropped)
    check(left, right, align(left, right))
