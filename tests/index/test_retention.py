"""The retention window: what expires or is forgotten matches nothing and leaves the disk."""

from index_support import DAY, Clock, answers, articles, edited, text

from dedupe import Article
from dedupe.index import Index


def test_what_is_older_than_the_retention_matches_nothing_and_leaves_the_disk(place, small_blocks):
    clock = Clock()
    sizes = []
    with Index(place, retention_days=10, clock=clock) as index:
        for day in range(45):
            index.check([Article(f"{day}-{i}", text=text(day * 100 + i)) for i in range(20)])
            clock.now += DAY
            stats = index.stats()
            sizes.append(stats.bytes_log + stats.bytes_segments)
        assert 180 <= stats.articles <= 220
        assert max(sizes[25:]) <= 1.3 * sizes[20]
        assert index.check([Article("late copy", text=text(10 * 100))])[0].verdict == "new"
        assert index.check([Article("copy", text=text(4_400))])[0].verdict == "identical"
        assert index.doctor().is_sound
    with Index(place, clock=clock) as index:
        assert index.retention_days == 10


def test_expire_at_a_time_counts_what_leaves(place):
    clock = Clock()
    with Index(place, retention_days=1, clock=clock) as index:
        index.check(articles(text(1), text(2)))
        assert index.expire(clock.now + DAY / 2) == 0
        assert index.expire(clock.now + 2 * DAY) == 2
        assert index.stats().articles == 0
        assert index.check(articles(text(1)))[0].replayed is False


def test_a_clock_that_jumps_back_keeps_the_order_of_arrival(place):
    clock = Clock()
    with Index(place, retention_days=1, clock=clock) as index:
        index.check([Article("a", text=text(1))])
        clock.now -= 5 * DAY
        index.check([Article("b", text=text(2))])
        assert index.stats().articles == 2
        clock.now += 7 * DAY
        index.expire()
        assert index.stats().articles == 0


def test_a_forgotten_article_matches_nothing_in_any_process(place):
    body = text(1)
    with Index(place) as one, Index(place) as two:
        one.check([Article("a", text=body), Article("a", text=edited(body, 40)), Article("b", text=text(2))])
        assert two.peek([Article("c", text=body)])[0].matched_id == "a"
        assert one.forget("a") == 2
        assert one.forget("a") == one.forget("never seen") == 0
        for index in (one, two):
            assert answers(index.peek([Article("c", text=body)])) == [("new", None)]
            assert index.doctor().is_sound
        assert two.stats().articles == 1
        assert two.check([Article("a", text=body)])[0].replayed is False
