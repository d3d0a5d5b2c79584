"""Sentence matches: rewritten sentences and lists are matched, headings and fragments are not."""

from __future__ import annotations

import pytest
from alignment_checks import REPORT, check, matched, shown
from support import SEEDS

from dedupe.alignment.align import align


def test_a_list_matches_the_sentence_it_became() -> None:
    left = (
        "The plan has four parts.\n- Rebuild the eastern harbour wall.\n- Dredge the shipping channel twice a year.\n"
        "- Move the fish market to the northern quay.\n- Hire twelve more pilots.\nWork starts in May."
    )
    right = (
        "Nobody asked the residents. Under the plan the town would rebuild the eastern wall of the harbour, dredge the "
        "shipping channel twice a year, move the fish market to the northern quay, and hire twelve more pilots."
    )
    found = align(left, right)
    check(left, right, found)
    (row,) = matched(found)
    assert shown(left, row.left) == [line for line in left.split("\n") if line.startswith("-")]
    assert len(row.right) == 1


def test_a_heading_of_words_that_occur_in_a_sentence_is_not_matched() -> None:
    left = "Unresolved Details\nThe ferry timetable is out."
    right = REPORT + " Many important details of the repair plan are still unresolved, Holt added."
    assert not matched(align(left, right))


@pytest.mark.parametrize(
    ("in_left", "in_right"),
    [
        ("'not everyone is ready' to commit", "'not everyone is ready' to commit"),
        ("require parliamentary approval", "require parliamentary approval"),
        ("the very existence of the coalition", "the very existence of the coalition"),
        ("'If they are not ready at all", "'If they are not willing at all"),
        ("'weapons, technologies and intelligence'", "'through weapons, technologies, and intelligence.'"),
        ("citing 'productive' discussions", "described the talks as 'productive,'"),
        ("Steve Witkoff and Jared Kushner", "envoys Steve Witkoff and Jared Kushner"),
        ("security guarantees from Washington", "firm assurances from Washington"),
        ("effective mechanisms to monitor a ceasefire", "five critical priorities"),
        ("ongoing support for Ukraine's armed forces", "five critical priorities"),
        ("multinational military force", "five critical priorities"),
        ("Securing concrete commitments", "five critical priorities"),
        ("long-term defence cooperation", "five critical priorities"),
    ],
)
def test_rewritten_sentences_of_the_seeds_are_found(in_left: str, in_right: str) -> None:
    left = (SEEDS / "003_0b1f6f713b302656.txt").read_text(encoding="utf-8")
    right = (SEEDS / "004_c5266b4a31ecb91c.txt").read_text(encoding="utf-8")
    found = align(left, right)
    check(left, right, found)
    assert any(
        in_left in " ".join(shown(left, row.left)) and in_right in " ".join(shown(right, row.right))
        for row in matched(found)
    )


def test_no_heading_of_the_seeds_is_matched() -> None:
    left = (SEEDS / "003_0b1f6f713b302656.txt").read_text(encoding="utf-8")
    right = (SEEDS / "004_c5266b4a31ecb91c.txt").read_text(encoding="utf-8")
    for row in matched(align(left, right)):
        assert all(len(sentence.split()) >= 5 for sentence in shown(left, row.left) + shown(right, row.right))
