"""Judge the direction of reuse: which of two aligned articles is the source of the other, and for what reasons.

``undetermined`` is the default. A direction is given only if narration was taken, which is more than quotations or
facts, and for two reasons: a credit line in one text names the other's publisher or agency ("HELSINKI (AP) —", "Reuters
reported"; see ``data/credit_lines.json``), or one was published earlier. If both have their text from one agency, if
only one of them prints an agency, or if the reasons contradict each other, neither need come from the other.

That one text contains the other says nothing about the direction: a text that was cut and a text that was built on
another look the same. ``benchmarks/alignment/direction.py`` measures how often each reason is right.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from dedupe.alignment.align import Alignment, Matches, SentenceMatch
from dedupe.alignment.provenance import Provenance, common_source, credit_rules, normalised_publisher, provenance
from dedupe.alignment.tokenized import Span
from dedupe.article import Article
from dedupe.shipped import read_shipped
from dedupe.text.quotations import quotations

DirectionVerdict = Literal["left_to_right", "right_to_left", "undetermined"]

ReasonKind = Literal[
    "time", "credit", "common_source", "agency", "subset", "conflict", "no_narration", "nothing_shared"
]

MIN_CONTAINED = 0.9
"""A text is contained in the other if at least this share of its words stands in matched sentences."""

MIN_SENTENCE_CHARACTERS, MIN_NARRATION_SENTENCES, MIN_NARRATION_CHARACTERS = 20, 2, 100
"""Narration was taken if so many sentences of at least so many characters match, with so many characters altogether.
Quotations do not count, because both may have them from the speaker, and rewritten sentences neither, because both may
report the same facts. One sentence alone is often a fact, or the caption of a
picture that both have from its photographer."""

EAST_HOURS, WEST_HOURS = 14, 12
"""Hours by which time zones may shift a date: the zones reach from UTC+14 to UTC-12. A date without a time of day means
any moment of that day in an unknown zone. This counts only where a date is compared with an exact time."""


_FIRST_PERSON = re.compile(r"\b(?:I|[Mm]e|[Mm]y|[Mm]ine|[Ww]e|[Oo]ur|[Oo]urs|us)\b")


@dataclass(frozen=True, slots=True)
class DirectionReason:
    """One reason for a direction, or against giving one.

    - ``kind``: ``time`` (publication times), ``credit`` (one text names the other's publisher or agency),
      ``common_source`` (both are of, or print, one agency), ``agency`` (only one prints an agency), ``no_narration``
      (only quotations, boilerplate or facts are shared), ``subset`` (one text contains the other), ``conflict`` (the
      other reasons contradict each other), ``nothing_shared`` (no sentence matches).
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
    - ``probability``: how often verdicts on the same evidence were right on labelled pairs
      (``data/direction.json``); None if undetermined.
    - ``common_source``: the agency from which both have their text; None if there is none.
    - ``reasons``: every reason found, also those that favour neither direction. Empty if there are none, as for two
      equal texts without dates and credit lines.
    """

    verdict: DirectionVerdict
    probability: float | None
    common_source: str | None
    reasons: tuple[DirectionReason, ...]


def direction(left: Article, right: Article, alignment: Alignment) -> Direction:
    """Judge the direction of reuse between two articles, given their alignment."""
    return judge_direction(provenance(left), provenance(right), alignment, (left.text, right.text))


def judge_direction(
    left: Provenance, right: Provenance, alignment: Alignment | Matches, texts: tuple[str, str]
) -> Direction:
    """Judge as ``direction`` does, for articles whose provenance is known already. ``texts``: the left and right text.

    Either a credit line or the times are enough, and if they contradict each other the verdict is ``undetermined``.
    """
    if not alignment.left_reused and not alignment.right_reused:
        return _undetermined([DirectionReason("nothing_shared", "undetermined", "nothing is shared")])
    by_time = _by_time(left, right)
    common = common_source(left, right)
    if common:
        is_own = left.is_agency == right.is_agency == common
        says = f"both {'are of' if is_own else 'print'} {common}: neither need come from the other"
        return _undetermined([DirectionReason("common_source", "undetermined", says), *_not_counted(by_time)], common)
    credit = _by_credit(left, right)
    lack = _by_lack_of_narration(alignment, texts) if _pointing([*by_time, *credit]) else []
    one_print = _by_one_print(left, right) if _pointing(by_time) and not credit else []
    reasons = [
        *(_not_counted(by_time) if lack or one_print else by_time),
        *(_not_counted(credit) if lack else credit),
        *one_print,
        *lack,
        *_by_subset(alignment),
    ]
    pointing = _pointing(reasons)
    if len({reason.points for reason in pointing}) > 1:
        return _undetermined(
            [*reasons, DirectionReason("conflict", "undetermined", "the reasons contradict each other")]
        )
    if not pointing:
        return _undetermined(reasons)
    name = evidence_name({reason.kind for reason in pointing}, alignment)
    return Direction(pointing[0].points, _probability(name), None, tuple(reasons))


def evidence_name(kinds: set[ReasonKind], alignment: Alignment | Matches) -> str:
    """The name of the evidence of a verdict in ``data/direction.json``, from the kinds of the reasons that decided."""
    if "credit" in kinds:
        return "credit and time" if "time" in kinds else "credit"
    contained = max(alignment.left_reused, alignment.right_reused) >= MIN_CONTAINED
    return "time and containment" if contained else "time"


class _Measured(msgspec.Struct, frozen=True):
    """``data/direction.json``: for each kind of evidence the verdicts on labelled pairs, and the right ones of them."""

    source: str
    verdicts: dict[str, int]
    right: dict[str, int]


@functools.cache
def _measured() -> _Measured:
    return msgspec.json.decode(read_shipped("direction.json"), type=_Measured)


def _probability(evidence: str) -> float:
    """The share of right verdicts on this evidence, by Laplace's rule of succession: never 0 or 1."""
    measured = _measured()
    return round((measured.right[evidence] + 1) / (measured.verdicts[evidence] + 2), 3)


def _undetermined(reasons: Sequence[DirectionReason], common: str | None = None) -> Direction:
    return Direction("undetermined", None, common, tuple(reasons))


def _pointing(reasons: Sequence[DirectionReason]) -> list[DirectionReason]:
    return [reason for reason in reasons if reason.points != "undetermined"]


def _not_counted(reasons: Sequence[DirectionReason]) -> list[DirectionReason]:
    """The same reasons, which now point nowhere."""
    return [DirectionReason(reason.kind, "undetermined", reason.says) for reason in reasons]


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
        if left.day_precision != right.day_precision:
            dated, timed = ("left", "right") if left.day_precision else ("right", "left")
            says = f"{dated} has a date without a time, too close to the time of {timed} to tell which came first"
        elif left.day_precision:
            says = "both were published on the same day, times unknown"
        else:
            says = "both were published at the same time"
        return [DirectionReason("time", "undetermined", says)]
    gap = duration(abs(right.published_at - left.published_at))
    side: tuple[str, DirectionVerdict] = ("left", "left_to_right") if first < 0 else ("right", "right_to_left")
    return [DirectionReason("time", side[1], f"{side[0]} was published {gap} earlier")]


def _by_credit(left: Provenance, right: Provenance) -> list[DirectionReason]:
    """The reasons from what each text says about the other's publisher or agency."""
    reasons: list[DirectionReason] = []
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


def _by_one_print(left: Provenance, right: Provenance) -> list[DirectionReason]:
    """The reason against the times that only one article prints an agency; none if neither does.

    The other may have its text from the agency as well, without saying so.
    """
    sides = (("left", left, right), ("right", right, left))
    return [
        DirectionReason("agency", "undetermined", f"{name} prints {agency}, from which the other may have it too")
        for name, printer, other in sides
        for agency in printer.prints
        if agency not in (printer.is_agency, other.is_agency)
    ]


def _by_lack_of_narration(alignment: Alignment | Matches, texts: tuple[str, str]) -> list[DirectionReason]:
    """The reason against any direction that nothing but quotations, boilerplate or facts is shared; none if more is."""
    copied = [row for row in alignment.sentences if row.kind in ("verbatim", "edited") and not row.is_boilerplate]
    narrated = [_narrated_characters(row, texts) for row in copied]
    narrated = [characters for characters in narrated if characters >= MIN_SENTENCE_CHARACTERS]
    if len(narrated) >= MIN_NARRATION_SENTENCES and sum(narrated) >= MIN_NARRATION_CHARACTERS:
        return []
    return [DirectionReason("no_narration", "undetermined", "no narration is shared, only quotations or single facts")]


def _narrated_characters(row: SentenceMatch, texts: tuple[str, str]) -> int:
    """The characters of a match outside quotation marks, on the side that has fewer of them.

    None count of a sentence in the first person: it is a statement or a post that is printed without quotation marks.
    """
    fewest = []
    for text, spans in zip(texts, (row.left, row.right), strict=True):
        outside = [part for span in spans for part in _outside_quotations(text, span)]
        fewest.append(0 if _FIRST_PERSON.search(" ".join(outside)) else sum(map(len, outside)))
    return min(fewest)


def _outside_quotations(text: str, span: Span) -> Iterator[str]:
    """The parts of a span that stand outside quotation marks."""
    start = span.start
    for first, last in _quotations(text):
        if first < span.end and last > start:
            yield text[start : max(start, first)]
            start = last
    yield text[min(start, span.end) : span.end]


@functools.lru_cache(256)
def _quotations(text: str) -> list[tuple[int, int]]:
    return quotations(text)


def _by_subset(alignment: Alignment | Matches) -> list[DirectionReason]:
    """The remark that one text contains the other; none if neither does, or each the other."""
    left_in, right_in = alignment.left_reused >= MIN_CONTAINED, alignment.right_reused >= MIN_CONTAINED
    if left_in == right_in:
        return []
    longer, shorter = ("right", "left") if left_in else ("left", "right")
    says = f"{longer} holds all of {shorter}, which was cut from it or on which it was built"
    return [DirectionReason("subset", "undetermined", says)]
