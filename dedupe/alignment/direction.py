"""Judge the direction of reuse: which of two aligned articles is the source of the other, and for what reasons.

There are three kinds of reasons: publication times, credit lines ("HELSINKI (AP) —", "Reuters reported"; see
``data/credit_lines.json``), and which text contains the other. If the reasons contradict each other, or if both
articles print one agency, the verdict is ``undetermined``, because a guess would mislead an auditor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dedupe.alignment.align import Alignment
from dedupe.alignment.provenance import Provenance, common_source, credit_rules, normalised_publisher, provenance
from dedupe.article import Article

DirectionVerdict = Literal["left_to_right", "right_to_left", "undetermined"]

ReasonKind = Literal["time", "credit", "common_source", "subset", "conflict", "nothing_shared"]

MIN_CONTAINED = 0.9
"""A text is contained in the other if at least this share of its words stands in matched sentences, as in an agency
report that was cut."""

MIN_ONE_PLACE = 0.8
"""If at least this share of the longer text's own characters stands after all shared sentences, the shorter text was
cut from it. If at least this share stands before and between them, the longer text was built on the shorter one."""

EAST_HOURS, WEST_HOURS = 14, 12
"""Hours by which time zones may shift a date: the zones reach from UTC+14 to UTC-12. A date without a time of day means
any moment of that day in an unknown zone. This counts only where a date is compared with an exact time."""


@dataclass(frozen=True, slots=True)
class DirectionReason:
    """One reason for a direction, or against giving one.

    - ``kind``: ``time`` (publication times), ``credit`` (one text names the other's publisher or agency),
      ``common_source`` (both print one agency), ``subset`` (one text contains the other), ``conflict`` (the other
      reasons contradict each other), ``nothing_shared`` (no sentence matches).
    - ``points``: the verdict this reason alone would give; ``undetermined`` if it favours neither direction or does not
      count beside the other reasons.
    - ``says``: the reason in words, for readers.
    """

    kind: ReasonKind
    points: DirectionVerdict
    says: str


@dataclass(frozen=True, slots=True)
class Direction:
    """The direction of reuse between two articles.

    - ``verdict``: ``left_to_right`` if the left article is the source of the right one, ``right_to_left`` if the right
      one is the source, else ``undetermined``.
    - ``reasons``: every reason found, also those that favour neither direction. Empty if there are none, as for two
      equal texts without dates and credit lines.
    """

    verdict: DirectionVerdict
    reasons: tuple[DirectionReason, ...]


def direction(left: Article, right: Article, alignment: Alignment) -> Direction:
    """Judge the direction of reuse between two articles, given their alignment."""
    return judge_direction(provenance(left), provenance(right), alignment)


def judge_direction(left: Provenance, right: Provenance, alignment: Alignment) -> Direction:
    """Judge as ``direction`` does, for articles whose provenance is known already.

    Times and credit lines decide together: either alone is enough, and if they contradict each other the verdict is
    ``undetermined``. Containment decides only where these two do not, because a text may be contained in another one
    that was cut to it or in one that extends it.
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
    """Compare two publication times: -1 if left was certainly first, 1 if right was, 0 if the order is unknown.

    ``left_is_day`` and ``right_is_day`` say that a time is a date without a time of day. Two equal dates, or two equal
    times, give 0. A date and an exact time are ordered only if the order is the same in every time zone.
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
    """A delay in words, in its two largest units that are not zero: days, hours, minutes, or seconds below a minute.

    >>> duration(timedelta(hours=3, minutes=12)), duration(timedelta(days=2))
    ('3 h 12 min', '2 days')
    """
    minutes = int(gap.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min")]
    shown = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(shown[:2]) or f"{int(gap.total_seconds())} s"


def _by_time(left: Provenance, right: Provenance) -> list[DirectionReason]:
    """The reason from the publication times; none if either is unknown."""
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
    """The reasons from what each text says about the other's publisher or agency."""
    reasons = []
    sides: tuple[tuple[str, Provenance, Provenance, DirectionVerdict], ...] = (
        ("left", left, right, "right_to_left"),
        ("right", right, left, "left_to_right"),
    )
    for name, taker, giver, verdict in sides:
        credit = _credit(taker, giver)
        if credit:
            reasons.append(DirectionReason("credit", verdict, f"{name} {credit}"))
    return reasons


def _credit(taker: Provenance, giver: Provenance) -> str | None:
    """How the taker's text credits the giver, in words; None if it does not."""
    if giver.is_agency and giver.is_agency in taker.prints and taker.is_agency != giver.is_agency:
        return f"prints {giver.is_agency}, which the other publisher is"
    own = normalised_publisher(taker.publisher)
    names = credit_rules().normalised_names
    for agency in (giver.is_agency, *giver.prints):
        if agency and agency not in (taker.is_agency, *taker.prints) and names[agency] & taker.cites:
            return f"cites {agency}, which the other text is from"
    publisher = normalised_publisher(giver.publisher)
    if publisher and publisher != own and publisher in taker.cites and publisher not in giver.cites:
        return f"cites {giver.publisher}, the other publisher"
    return None


def _by_subset(alignment: Alignment) -> DirectionReason | None:
    """The reason from one text being contained in the other; None if neither is, or both are."""
    left_in, right_in = alignment.left_reused >= MIN_CONTAINED, alignment.right_reused >= MIN_CONTAINED
    if left_in == right_in:
        return None
    shorter, longer = ("left", "right") if left_in else ("right", "left")
    after = _share_after(alignment, longer)
    if after >= MIN_ONE_PLACE:
        says = f"{shorter} is the beginning of {longer}, as a text cut from the end is"
        return DirectionReason("subset", "right_to_left" if left_in else "left_to_right", says)
    if after <= 1 - MIN_ONE_PLACE:
        says = f"{longer} holds all of {shorter} between words of its own, as a text built on another does"
        return DirectionReason("subset", "left_to_right" if left_in else "right_to_left", says)
    return DirectionReason("subset", "undetermined", f"{longer} holds all of {shorter}")


def _share_after(alignment: Alignment, side: str) -> float:
    """The share of one side's characters in new sentences that stand after its last matched sentence; 0.0 if none."""
    other = "right" if side == "left" else "left"
    shared = [span for row in alignment.sentences if getattr(row, other) for span in getattr(row, side)]
    new = [span for row in alignment.sentences if not getattr(row, other) for span in getattr(row, side)]
    end = max((span.end for span in shared), default=0)
    total = sum(span.end - span.start for span in new)
    return sum(span.end - span.start for span in new if span.start >= end) / total if total else 0.0
