"""The direction of reuse between two texts, as a line for people and as a record for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from dedupe.alignment.direction import Direction
from dedupe.report.formats import printable, shown_probability

_VERDICT_WORDS = {
    "left_to_right": "from left to right",
    "right_to_left": "from right to left",
    "undetermined": "undetermined",
}


def lines(direction: Direction) -> Iterator[str]:
    """Yield one line with the verdict, its probability and its reasons."""
    reasons = "; ".join(printable(reason.says) for reason in direction.reasons) or "no dates, no credit lines"
    probability = "" if direction.probability is None else f", {shown_probability(direction.probability, 2)}"
    yield f"direction: {_VERDICT_WORDS[direction.verdict]}{probability} ({reasons})"


def record(direction: Direction) -> dict[str, object]:
    """Return the direction as a record for JSON. Each reason names the verdict that it points to."""
    return {field.name: getattr(direction, field.name) for field in fields(direction)}
