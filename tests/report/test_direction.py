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
    found = Direction(verdict, None if verdict == "undetermined" else 0.9971, None, reasons)
    probability = "" if verdict == "undetermined" else ", >0.99"
    assert list(report.lines(found)) == [f"direction: {words}{probability} (left was first; right cites left)"]
    assert report.record(found) == {
        "verdict": verdict,
        "probability": found.probability,
        "common_source": None,
        "reasons": reasons,
    }


def test_without_reasons_the_line_says_what_is_missing():
    assert list(report.lines(Direction("undetermined", None, None, ()))) == [
        "direction: undetermined (no dates, no credit lines)"
    ]
