"""A clock that is wrong neither empties an index nor fills it for ever."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from index_support import DAY, Clock, answers, articles, stream, text

from dedupe import Article
from dedupe.errors import IndexRefusedError
from dedupe.index import Index
from dedupe.index.storage.folder import DATABASE

LINE = b'{"id": "a", "text": "Talks ended on Friday without a result."}\n'


def test_a_clock_that_is_far_ahead_is_refused_and_nothing_expires(place):
    clock = Clock()
    batch = articles(text(1), text(2))
    with Index(place, clock=clock) as index:
        index.check(batch)
        clock.now += 3_650 * DAY
        for ask in (index.check, index.peek, lambda _: index.expire()):
            with pytest.raises(
                IndexRefusedError, match=r"the clock says 2033-11-11 22:13 UTC, 3,650 days after the in"
            ):
                ask([Article("copy", text=text(1))])
        clock.now -= 3_650 * DAY
        assert answers(index.check([Article("copy", text=text(1))])) == [("identical", "a0")]
        assert index.stats().articles == 3
        clock.now = 2.0**60
        with pytest.raises(IndexRefusedError, match="1152921504606846976 s after 1970"):
            index.check(batch)


def test_after_a_long_pause_one_word_makes_the_clock_believed(place):
    clock = Clock()
    with Index(place, clock=clock) as index:
        index.check(articles(text(1)))
    clock.now += 40 * DAY
    with Index(place, clock=clock, trust_clock=True) as index:
        assert index.stats().newest.year == 2023
        assert answers(index.check([Article("copy", text=text(1))])) == [("new", None)]
        clock.now += 11 * DAY  # the word was given for that time only
        with pytest.raises(IndexRefusedError, match="11 days after the index was last used"):
            index.check([])
    with Index(place, clock=clock) as index, pytest.raises(IndexRefusedError):
        index.check([])


def test_a_weekly_run_that_is_late_needs_no_word(place):
    clock = Clock()
    for _ in range(3):
        with Index(place, clock=clock) as index:
            assert index.check(articles(text(1)))[0].verdict == "new"
        clock.now += 9.9 * DAY


@pytest.mark.parametrize("days", [40, -40])
def test_an_old_index_that_may_not_be_written_is_asked_by_one_word(tmp_path, days):
    """As a backup on a read-only medium, or one of a machine whose clock is behind."""
    clock = Clock()
    with Index(tmp_path / "index", clock=clock) as index:
        index.check(articles(text(1)))
    clock.now += days * DAY
    before = (tmp_path / "index" / DATABASE).read_bytes()
    with Index(tmp_path / "index", read_only=True, clock=clock) as index, pytest.raises(IndexRefusedError):
        index.peek([Article("copy", text=text(1))])
    with Index(tmp_path / "index", read_only=True, clock=clock, trust_clock=True) as index:
        found = answers(index.peek([Article("copy", text=text(1))]))
    assert found == [("new", None) if days > 0 else ("identical", "a0")]
    assert (tmp_path / "index" / DATABASE).read_bytes() == before


@pytest.mark.parametrize("days", [0, 14])
def test_articles_of_a_clock_that_was_ahead_get_the_right_time_by_one_word(place, days):
    """As after a machine whose first reading was wrong. Without the word such articles would stay for ten years."""
    clock, batch = Clock(), stream(6)
    clock.now += 3_650 * DAY
    with Index(place, story_days=days, clock=clock) as index:
        first = index.check(batch)
    clock.now -= 3_650 * DAY
    with Index(place, clock=clock) as index, Index(place, clock=clock) as other:
        with pytest.raises(IndexRefusedError, match=r"3,650 days before .* articles that came later get its time"):
            other.check(batch)
        Index(place, clock=clock, trust_clock=True).close()
        assert index.stats().newest.timestamp() == clock.now
        for opened in (index, other):
            assert [(v.verdict, v.story) for v in opened.check(batch)] == [(v.verdict, v.story) for v in first]
            assert opened.doctor().is_sound
        for _ in range(7):
            clock.now += 5 * DAY
            index.check([Article("later", text=text(1))])
        assert index.stats().articles == 1


def test_an_index_that_is_only_asked_again_for_weeks_is_in_use(place):
    clock = Clock()
    with Index(place, clock=clock) as index:
        for _ in range(20):
            assert index.check(articles(text(1)))[0].verdict == "new"
            clock.now += DAY
        for _ in range(5):
            clock.now += 9 * DAY
            assert index.expire() in (0, 1)
        assert index.stats().articles == 0


@given(st.integers(0, 24), st.one_of(st.floats(-20_000, 20_000), st.floats(-12, 12)))
@example(0, 3_650.0)
@example(12, 9.9)
@example(12, -9.9)
@settings(max_examples=8, deadline=None)
def test_one_wrong_reading_moves_no_expiry_by_more_than_ten_days(tmp_path_factory, at, days):
    """Of daily articles in a window of 16 days none goes 11 days early, and none stays 11 days too long."""
    clock, folder = Clock(), tmp_path_factory.mktemp("index")
    day_of = {}
    with Index(folder, retention_days=16, clock=clock) as index:
        for day in range(32):
            wrong = days * DAY if day == at else 0.0
            clock.now += wrong
            try:
                index.check([Article(f"a{day}", text=f"Report number {day} of the day.")])
                day_of[f"a{day}"] = day
            except IndexRefusedError:
                assert abs(days) > 9
            if at == 0 and abs(days) > 10 and day == 1:  # with nothing to compare, the first reading was believed
                assert day_of == {"a0": 0}
                Index(folder, clock=Clock(), trust_clock=True).close()
                clock.now = Clock().now
                continue
            clock.now += DAY - wrong
        kept = {day_of[row.name] for row in index.export()}
    assert kept >= {day for day in day_of.values() if day > 32 - 16 + 11}
    assert kept <= {day for day in range(32) if day >= 32 - 16 - 11}


def test_the_commands_take_the_word(tmp_path, run):
    with Index(tmp_path / "index", clock=Clock()) as index:
        index.check([Article("old", text="Talks ended on Friday without a result.")])
    for arguments in (["filter", "--index", tmp_path / "index"], ["index", "expire", tmp_path / "index"]):
        done = run(*arguments, stdin=LINE)
        assert (done.code, done.out) == (4, "")
        assert "say --trust-clock" in done.err
    assert run("index", "stats", tmp_path / "index").code == run("index", "doctor", tmp_path / "index").code == 0
    assert run("index", "expire", tmp_path / "index", "--trust-clock").out.startswith("1 article expired; 0 of")
    with Index(tmp_path / "other", clock=Clock()) as index:
        index.check([Article("old", text="Talks ended on Friday without a result.")])
    done = run("filter", "--index", tmp_path / "other", "--trust-clock", stdin=LINE)
    assert [row["dedupe"]["verdict"] for row in done.rows] == ["new"]
    assert run("filter", "--index", tmp_path / "other", stdin=LINE).rows[0]["dedupe"]["replayed"]
