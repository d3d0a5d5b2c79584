"""How the direction of reuse is shown."""

import pytest

from dedupe.alignment.direction import Direction, DirectionReason
from dedupe.report import direction as report


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("left_to_right", "from left to right"),
        ("right_to_left", "from right to left"),
        ("undetermined", "undetermined"),
    ],
)
def test_one_line_has_the_verdict_and_all_reasons(verdict, words):
    reasons = (
        DirectionReason("time", verdict, "left was\nfirst"),
        DirectionReason("credit", verdict, "right cites left"),
    )
    assert list(report.lines(Direction(verdict, reasons))) == [f"direction: {words} (left was first; right cites left)"]
    assert report.record(Direction(verdict, reasons)) == {"verdict": verdict, "reasons": reasons}


def test_without_reasons_the_line_says_what_is_missing():
    assert list(report.lines(Direction("undetermined", ()))) == ["direction: undetermined (no dates, no credit lines)"]
