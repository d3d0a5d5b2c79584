"""When a question is sent again, and when a client gives up.

Every question may be sent again, because the service answers a repeated one alike: an article that was stored, although
its answer was lost, has the same verdict with ``replayed``. What is refused for a reason that will not pass, such as a
bad token, is not sent again.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from dedupe.client.messages import Question, Received, content
from dedupe.errors import IndexRefusedError, IndexUnavailableError

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 5.0
"""The pauses between attempts double from the first to the longest, where the service does not say how long to wait."""

_CONNECT_SECONDS = 5.0
"""How long a client tries to connect, unless the deadline is nearer."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something to do: send the question, and wait ``seconds`` for each part of the answer."""

    question: Question
    seconds: float

    @property
    def connect_seconds(self) -> float:
        """How long to try to connect."""
        return min(self.seconds, _CONNECT_SECONDS)


@dataclass(frozen=True, slots=True)
class Pause:
    """Something to do: wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """The outcome of an attempt without an answer: nobody could be reached, or the connection broke.

    ``may_change``: whether another attempt may have another outcome.
    """

    reason: str
    may_change: bool = True

    def __str__(self) -> str:
        return self.reason


Steps = Generator[Attempt | Pause, Received | Lost | None, bytes]
"""What a client has to do, step by step. It hands in the outcome of each attempt, and None after a pause."""


def steps(
    question: Question,
    place: str,
    deadline_seconds: float,
    now: Callable[[], float] = time.monotonic,
    draw: Callable[[float, float], float] = random.uniform,
) -> Steps:
    """Yield what to do until there is an answer, and return its body.

    ``place``: the URL that is asked, for messages. ``deadline_seconds``: how long all attempts may take together.
    ``now`` returns the time in seconds, and ``draw`` a random number between two: pauses differ, so that clients which
    were refused together do not come back together.

    Raises what ``messages.content`` raises, ``IndexRefusedError`` for a certificate that is not trusted, and
    ``IndexUnavailableError`` at the deadline.
    """
    end = now() + deadline_seconds
    tried = 0
    while True:
        outcome = yield Attempt(question, max(end - now(), 0.001))
        tried += 1
        if isinstance(outcome, Received) and not outcome.may_change:
            return content(outcome, place)
        if isinstance(outcome, Lost) and not outcome.may_change:
            raise IndexRefusedError(f"{place}: {outcome}; check the URL, the proxies and the certificates")
        asked = _seconds_asked_for(outcome.retry_after) if isinstance(outcome, Received) else None
        usual = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(tried - 1, 10))
        pause = draw(usual / 2, usual) if asked is None else asked + draw(0, usual)
        if now() + pause >= end:
            raise IndexUnavailableError(
                f"{place}: no answer in {deadline_seconds:g} s and {tried} attempts, at last: {outcome}; ask again "
                "later: what was stored meanwhile gets the same verdict then"
            )
        yield Pause(pause)


def _seconds_asked_for(retry_after: str) -> float | None:
    """Return how many seconds a header ``Retry-After`` asks to wait, None if it is absent or cannot be read.

    It holds seconds or, from some proxies, a date (RFC 9110, section 10.2.3).
    """
    if re.fullmatch("[0-9]+", retry_after):
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
