"""When a client asks again and when it gives up, step by step: no connection, and a clock that the test moves."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest

from dedupe.client.attempts import Attempt, Lost, Pause, steps
from dedupe.client.messages import ABOUT_INDEX, Received
from dedupe.errors import IndexRefusedError, IndexUnavailableError, InputError

URL = "http://service/v1/stats"


def problem(status, name="busy", retry_after=""):
    document = {
        "type": f"urn:news-dedupe:problem:{name}", "title": "in words", "status": status, "detail": "what to do",
        "request_id": "r1",
    }  # fmt: skip
    return Received(status, "application/problem+json", retry_after, msgspec.json.encode(document))


DONE = Received(200, "application/json", "", b"{}")
BAD_GATEWAY = Received(502, "text/html", "", b"<h1>Bad gateway</h1>")


def run(*outcomes, seconds=60.0, draw=lambda low, high: high):
    """Return what the client does, each with the time it may take, and what comes of it. The last outcome repeats."""
    clock = [0.0]
    asking = steps(ABOUT_INDEX, URL, seconds, now=lambda: clock[0], draw=draw)
    waiting, done, outcome = list(outcomes), [], None
    try:
        while True:
            step = asking.send(outcome)
            done.append((type(step), step.seconds))
            if isinstance(step, Pause):
                clock[0] += step.seconds
                outcome = None
            else:
                outcome = waiting.pop(0) if len(waiting) > 1 else waiting[0]
    except StopIteration as end:
        return done, end.value


def pauses(done):
    return [seconds for kind, seconds in done if kind is Pause]


def test_an_answer_ends_it():
    assert run(DONE) == ([(Attempt, 60.0)], b"{}")


@pytest.mark.parametrize(
    "outcome", [Lost("ConnectError"), Lost("ReadError"), problem(429), problem(503, "unavailable"), BAD_GATEWAY]
)
def test_what_may_pass_is_asked_again(outcome):
    done, body = run(outcome, outcome, DONE)
    assert body == b"{}"
    assert [kind for kind, _ in done] == [Attempt, Pause, Attempt, Pause, Attempt]


def test_pauses_double_up_to_five_seconds_and_are_drawn():
    highest = pauses(run(*[Lost("x")] * 9, DONE)[0])
    assert highest == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert pauses(run(*[Lost("x")] * 9, DONE, draw=lambda low, high: low)[0]) == [each / 2 for each in highest]


def test_a_client_waits_at_least_as_long_as_it_is_asked_to():
    assert pauses(run(problem(429, retry_after="7"), DONE, draw=lambda low, high: low)[0]) == [7]
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    [pause] = pauses(run(problem(503, "unavailable", retry_after=at), DONE)[0])
    assert 25 < pause < 31
    past = format_datetime(datetime.now(UTC) - timedelta(days=9), usegmt=True)
    assert pauses(run(problem(429, retry_after=past), DONE)[0]) == [0.1]


@pytest.mark.parametrize(
    "odd", ["-1", "soon", "1.5", "Fri, 99 Foo 2026", "Fri, 31 Dec 9999 23:59:59 -1200", "٣", "nan"]
)
def test_a_wish_that_cannot_be_read_counts_as_none(odd):
    assert pauses(run(problem(429, retry_after=odd), DONE)[0]) == [0.1]


@pytest.mark.parametrize("far", ["60", "9" * 5000])
def test_a_wish_beyond_the_deadline_ends_it_at_once(far):
    with pytest.raises(IndexUnavailableError, match=r"no answer in 60 s and 1 attempts, at last: 429, in words"):
        run(problem(429, retry_after=far))


def test_at_the_deadline_the_error_says_what_was_wrong_last_and_that_it_may_be_repeated():
    with pytest.raises(IndexUnavailableError, match=r"stats: no answer in 2 s .* at last: ConnectError.*same verdict"):
        run(Lost("ConnectError"), seconds=2)


def test_no_attempt_may_take_longer_than_what_is_left():
    done, _ = run(*[Lost("x")] * 3, DONE, seconds=5)
    assert [round(seconds, 6) for kind, seconds in done if kind is Attempt] == [5, 4.9, 4.7, 4.3]


@pytest.mark.parametrize(
    ("outcome", "raised", "says"),
    [
        (problem(400, "malformed"), InputError, r"400, in words: what to do \(request r1\)"),
        (problem(413, "too-large"), InputError, "413"),
        (problem(401, "unauthorized"), IndexRefusedError, "give the client a token"),
        (problem(500, "internal"), IndexUnavailableError, "500"),
        (problem(503, "deadline"), IndexUnavailableError, "503"),
        (Received(403, "text/html", "", b"<b>No</b>"), IndexRefusedError, "HTTP status 403"),
        (Received(404, "text/html", "", b""), IndexUnavailableError, "not from the service: check the URL"),
        (Received(302, "", "", b""), IndexUnavailableError, "HTTP status 302, and not from the service"),
        (Received(500, "application/problem+json", "", b"{"), IndexUnavailableError, "HTTP status 500"),
    ],
)
def test_what_will_not_pass_is_not_asked_again(outcome, raised, says):
    with pytest.raises(raised, match=says):
        run(outcome, DONE)
