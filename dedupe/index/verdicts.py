"""The verdict an index gives on one article, with the numbers that decided it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dedupe.results import table_of

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["new", "identical", "near_duplicate", "excerpt", "revised", "same_story"]
KINDS: tuple[Kind, ...] = ("new", "identical", "near_duplicate", "excerpt", "revised", "same_story")
"""Verdicts that an index gives. ``dedupe filter`` adds ``unknown`` for lines on which no verdict can be given."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one article is, compared with every article that arrived before it within the retention window.

    ``jaccard``, ``left_in_right`` and ``right_in_left`` compare this article (left) with the matched one (right). They
    are exact shares of distinct shingles, between 0 and 1, and None for ``new``.
    """

    id: str
    """The id of the article as it was given. NUL and half surrogates in it are replaced by U+FFFD."""
    verdict: Kind
    """``new``: no earlier article matches. ``identical``: an earlier article has the same words in the same order.
    ``near_duplicate``: the Jaccard with an earlier article reaches ``Settings.near_duplicate_jaccard``. ``excerpt``:
    one of the two articles contains most of the other (``Settings.excerpt_containment``); the two containments say
    which. ``revised``: a near duplicate or excerpt of an earlier article with the same id, or of the same publisher
    unless its publication date is later than that of this article. ``same_story``: no copy, but a report of the same
    event; only an index that tracks stories gives it."""
    matched_id: str | None
    """The id of the earlier article that decided the verdict, None for ``new``. For ``same_story`` it is the article of
    the story with the highest log-odds."""
    story: int | None
    """A number that all articles on one event share and that never changes. None if the index does not track stories,
    or if the text has fewer words than a shingle."""
    canonical: str
    """The id of the first article with this text. For the first article it is its own id."""
    score: float | None
    """The number that decided, between 0 and 1: the Jaccard for ``identical`` and ``near_duplicate``, the larger
    containment for ``excerpt``, either of them for ``revised``, and for ``same_story`` the probability that belongs to
    the mean log-odds of this article with the articles of the story. None for ``new``."""
    jaccard: float | None
    """Shared shingles divided by the shingles that at least one of the two articles has."""
    left_in_right: float | None
    """The share of this article's shingles that the matched article has too."""
    right_in_left: float | None
    """The share of the matched article's shingles that this article has too."""
    reason: str
    """One sentence for people that says what decided."""
    replayed: bool
    """Whether the same id with the same words was checked before. If so, this is the verdict it got then."""


class Verdicts(list[Verdict]):
    """The verdicts of one call, one per article and in their order."""

    def to_arrow(self) -> pa.Table:
        """The verdicts as an Arrow table, with a column for each field."""
        return table_of(Verdict, self)


def reason(verdict: Kind, words: int, left_in_right: float | None, right_in_left: float | None) -> str:
    """Return one sentence that says what decided.

    It uses only numbers that are stored, so that a replayed verdict has the same reason as the first one.
    """
    if left_in_right is None or right_in_left is None:
        return "nothing like it in the window" if words else "no words but boilerplate: it matches nothing"
    if verdict == "same_story":
        return f"another report of the same event; {left_in_right:.0%} of it stands in the other"
    if verdict == "identical":
        return "the same words in the same order"
    shared = f"{left_in_right:.0%} of this article stands in the other, {right_in_left:.0%} of the other in this"
    return f"a version by the same publisher: {shared}" if verdict == "revised" else shared
