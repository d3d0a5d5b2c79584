"""judge → DIRECTION: which of two texts that share wording came first, with the reasons, or that it cannot be told.

Three witnesses: publication times, credit lines ("HELSINKI (AP) —", "Reuters reported"; ``data/credit_lines.json``) and
which text contains the other. Where they contradict each other, or both texts credit one agency, the answer is
``undetermined``, and says so: an auditor must not be handed a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dedupe.alignment.align import Alignment
from dedupe.alignment.provenance import Provenance, common_source, credit_rules, provenance, squeezed_publisher
from dedupe.schemas import Article

DirectionVerdict = Literal["left_to_right", "right_to_left", "undetermined"]

ReasonKind = Literal["time", "credit", "common_source", "subset", "conflict", "nothing_shared"]


MIN_CONTAINED = 0.9
"""Share of a text's words that must stand in the other for it to count as contained, as in a cut agency report."""

MIN_ONE_PLACE = 0.8
"""Share of the longer text's own words that must stand behind (or before and between) the shared ones to say how one
was made from the other."""

EAST_HOURS, WEST_HOURS = 14, 12
"""A date without a time is some hour of that day in an unknown zone, UTC+14 to UTC-12; it matters only where it is
compared with an exact time."""


@dataclass(frozen=True, slots=True)
class DirectionReason:
    """One witness: what it is, where it points (``undetermined``: it speaks, but for neither), and in words."""

    kind: ReasonKind
    points: DirectionVerdict
    says: str


@dataclass(frozen=True, slots=True)
class Direction:
    """Which way the wording went, with every reason that was looked at and had something to say."""

    verdict: DirectionVerdict
    reasons: tuple[DirectionReason, ...]


def direction(left: Article, right: Article, alignment: Alignment) -> Direction:
    """Which way the wording went between two articles that were aligned."""
    return judge_direction(provenance(left), provenance(right), alignment)


def judge_direction(left: Provenance, right: Provenance, alignment: Alignment) -> Direction:
    """As ``direction``, for articles whose provenance was read before.

    Times and credit lines decide together, each alone suffices. What contains what decides only where neither does: a
    text may be contained because it was extended as well as because it was cut.
    """
    if not alignment.left_reused and not alignment.right_reused:
        return Direction("undetermined", (DirectionReason("nothing_shared", "undetermined", "nothing is shared"),))
    common = common_source(left, right)
    if common:
        says = f"both print {common}: neither need come from the other"
        return Direction(
            "undetermined", (DirectionReason("common_source", "undetermined", says), *_by_time(left, right))
        )
    reasons = [*_by_time(left, right), *_by_credit(left, right)]
    subset = _by_subset(alignment)
    if subset:
        decided = any(reason.points != "undetermined" for reason in reasons)
        reasons.append(DirectionReason("subset", "undetermined", subset.says) if decided else subset)
    points = {reason.points for reason in reasons} - {"undetermined"}
    if len(points) > 1:
        reasons.append(DirectionReason("conflict", "undetermined", "the reasons contradict each other"))
    return Direction(points.pop() if len(points) == 1 else "undetermined", tuple(reasons))


def publication_order(left: datetime | None, left_is_day: bool, right: datetime | None, right_is_day: bool) -> int:
    """-1 if left was certainly published first, 1 if right was, 0 if that cannot be told from the times.

    Equal days tie; a date and an exact time are compared only where no time zone could turn them round.
    """
    if left is None or right is None:
        return 0
    if left_is_day == right_is_day:
        return (left > right) - (left < right)
    day, exact = (left, right) if left_is_day else (right, left)
    if exact < day - timedelta(hours=EAST_HOURS):
        day_is_first = -1
    elif exact >= day + timedelta(hours=24 + WEST_HOURS):
        day_is_first = 1
    else:
        return 0
    return -day_is_first if left_is_day else day_is_first


def duration(gap: timedelta) -> str:
    """A delay in words, in its two largest units.

    >>> duration(timedelta(hours=3, minutes=12)), duration(timedelta(days=2))
    ('3 h 12 min', '2 days')
    """
    minutes = int(gap.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min")]
    said = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(said[:2]) or f"{int(gap.total_seconds())} s"


def _by_time(left: Provenance, right: Provenance) -> list[DirectionReason]:
    if left.published_at is None or right.published_at is None:
        return []
    first = publication_order(left.published_at, left.day_precision, right.published_at, right.day_precision)
    if first == 0:
        why = "on the same day, times unknown" if left.day_precision or right.day_precision else "at the same time"
        return [DirectionReason("time", "undetermined", f"both were published {why}")]
    gap = duration(abs(right.published_at - left.published_at))
    side: tuple[str, DirectionVerdict] = ("left", "left_to_right") if first < 0 else ("right", "right_to_left")
    return [DirectionReason("time", side[1], f"{side[0]} was published {gap} earlier")]


def _by_credit(left: Provenance, right: Provenance) -> list[DirectionReason]:
    """Reasons from what each text says about the other's publisher or agency."""
    reasons = []
    sides: tuple[tuple[str, Provenance, Provenance, DirectionVerdict], ...] = (
        ("left", left, right, "right_to_left"),
        ("right", right, left, "left_to_right"),
    )
    for name, taker, giver, verdict in sides:
        said = _credit(taker, giver)
        if said:
            reasons.append(DirectionReason("credit", verdict, f"{name} {said}"))
    return reasons


def _credit(taker: Provenance, giver: Provenance) -> str | None:
    """What the taker's text says in credit of the giver, None if nothing."""
    if giver.is_agency and giver.is_agency in taker.prints and taker.is_agency != giver.is_agency:
        return f"prints {giver.is_agency}, which the other publisher is"
    own = squeezed_publisher(taker.publisher)
    names = credit_rules().squeezed_names
    for agency in (giver.is_agency, *giver.prints):
        if agency and agency not in (taker.is_agency, *taker.prints) and names[agency] & taker.cites:
            return f"cites {agency}, which the other text is from"
    publisher = squeezed_publisher(giver.publisher)
    if publisher and publisher != own and publisher in taker.cites and publisher not in giver.cites:
        return f"cites {giver.publisher}, the other publisher"
    return None


def _by_subset(alignment: Alignment) -> DirectionReason | None:
    """What it says that one text contains the other; None where neither does, or both do."""
    left_in, right_in = alignment.left_reused >= MIN_CONTAINED, alignment.right_reused >= MIN_CONTAINED
    if left_in == right_in:
        return None
    held, holder = ("left", "right") if left_in else ("right", "left")
    behind = _share_behind(alignment, holder)
    if behind >= MIN_ONE_PLACE:
        says = f"{held} is the beginning of {holder}, as a text cut from the end is"
        return DirectionReason("subset", "right_to_left" if left_in else "left_to_right", says)
    if behind <= 1 - MIN_ONE_PLACE:
        says = f"{holder} holds all of {held} between words of its own, as a text built on another does"
        return DirectionReason("subset", "left_to_right" if left_in else "right_to_left", says)
    return DirectionReason("subset", "undetermined", f"{holder} holds all of {held}")


def _share_behind(alignment: Alignment, side: str) -> float:
    """Share of the new characters of the left or right text that stand behind everything it shares."""
    other = "right" if side == "left" else "left"
    shared = [span for row in alignment.sentences if getattr(row, other) for span in getattr(row, side)]
    new = [span for row in alignment.sentences if not getattr(row, other) for span in getattr(row, side)]
    end = max((span.end for span in shared), default=0)
    total = sum(span.end - span.start for span in new)
    return sum(span.end - span.start for span in new if span.start >= end) / total if total else 0.0
