"""The direction of reuse between two texts, as a line for people and as a record for programs."""

from __future__ import annotations

from collections.abc import Iterator

from dedupe.alignment.direction import Direction
from dedupe.report.formats import printable

_VERDICT_WORDS = {
    "left_to_right": "from left to right",
    "right_to_left": "from right to left",
    "undetermined": "undetermined",
}


def lines(direction: Direction) -> Iterator[str]:
    """Yield one line with the verdict and its reasons."""
    reasons = "; ".join(printable(reason.says) for reason in direction.reasons) or "no dates, no credit lines"
    yield f"direction: {_VERDICT_WORDS[direction.verdict]} ({reasons})"


def record(direction: Direction) -> dict[str, object]:
    """Return the verdict and the reasons as a record for JSON. Each reason names the verdict that it points to."""
    return {"verdict": direction.verdict, "reasons": direction.reasons}
