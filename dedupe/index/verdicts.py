"""What the index answers about one article: a frozen record with the numbers that decided it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["new", "identical", "near_duplicate", "excerpt", "revised", "same_story"]
KINDS: tuple[Kind, ...] = ("new", "identical", "near_duplicate", "excerpt", "revised", "same_story")
"""Verdicts an index gives. ``dedupe filter`` adds ``unknown`` for lines no verdict can be given on."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one article is, seen against everything stored in the retention window before it.

    ``verdict``: ``new`` · ``identical`` (the same words in the same order) · ``near_duplicate`` · ``excerpt`` (one
    holds the other; the two shares say which) · ``revised`` (a near duplicate or excerpt of an earlier article of the
    same publisher) · ``same_story`` (no copy, but on the same event; only where the index follows stories).
    ``matched_id`` is the article that decided it, the likeliest of the story for ``same_story``, None for ``new``.

    ``canonical`` is the id of the first article of this text: its own for the first. ``story`` is a number that
    articles on one event have in common and that never changes, None where stories are not followed or the text is too
    short to say. ``jaccard``, ``left_in_right`` (of this article in the matched one) and ``right_in_left`` are exact
    shares of distinct shingles, None for ``new``; ``score`` is the one that decided, for ``same_story`` the probability
    that goes with the mean log-odds with the story's articles. ``replayed``: the same article was checked before under
    this id, and this is the answer it got then.
    """

    id: str
    verdict: Kind
    matched_id: str | None
    story: int | None
    canonical: str
    score: float | None
    jaccard: float | None
    left_in_right: float | None
    right_in_left: float | None
    reason: str
    replayed: bool


def reason(verdict: Kind, words: int, left_in_right: float | None, right_in_left: float | None) -> str:
    """One sentence on what decided, from the stored numbers alone, so that a replay says the same."""
    if left_in_right is None or right_in_left is None:
        return "nothing like it in the window" if words else "no words: it matches nothing"
    if verdict == "same_story":
        return f"another report of the same event; {left_in_right:.0%} of it stands in the other"
    if verdict == "identical":
        return "the same words in the same order"
    shared = f"{left_in_right:.0%} of this article stands in the other, {right_in_left:.0%} of the other in this"
    return f"a version by the same publisher: {shared}" if verdict == "revised" else shared
