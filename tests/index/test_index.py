"""What the persistent index promises: verdicts, replays, the window, one truth for many readers."""

import os
import random
import sqlite3
import threading
from dataclasses import fields

import pytest

from dedupe import Article, Settings, cluster
from dedupe.errors import DedupeError, IndexRefusedError, InputError, SettingsError
from dedupe.index import Index, Verdict, fingerprint_articles
from dedupe.index.lookup import lookup
from dedupe.index.storage import segments
from dedupe.index.storage.folder import DATABASE
from dedupe.index.storage.store import journal_mode

VOCABULARY = [f"word{i}" for i in range(4_000)]
DAY = 86_400.0


def text(seed, words=200):
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


def edited(original, every):
    """The text with one word in ``every`` replaced, at even distances."""
    words = original.split()
    words[every - 1 :: every] = [f"edit{i}" for i in range(len(words[every - 1 :: every]))]
    return " ".join(words)


def articles(*texts, source=None):
    return [Article(f"a{i}", text=body, publisher=source) for i, body in enumerate(texts)]


def answers(verdicts):
    return [(v.verdict, v.matched_id) for v in verdicts]


@pytest.fixture
def index(tmp_path):
    with Index(tmp_path / "index") as opened:
        yield opened
        assert opened.doctor().is_sound


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 16 rows: a few hundred articles fill several levels of segments."""
    monkeypatch.setattr(segments, "BASE_BITS", 4)
    monkeypatch.setattr(lookup, "BASE_BITS", 4)


def test_an_empty_index_answers_new_and_an_empty_call_nothing(index):
    assert index.check([]) == index.peek([]) == []
    [verdict] = index.check([Article("a", text=text(1))])
    assert (verdict.verdict, verdict.matched_id, verdict.canonical, verdict.score) == ("new", None, "a", None)


def test_each_kind_of_copy_gets_its_verdict_with_the_numbers_that_decided(index):
    body = text(1)
    new, same, near, excerpt, other = index.check(
        articles(body, body.upper() + "!", edited(body, 40), " ".join(body.split()[:80]), text(2))
    )
    assert answers([new, other]) == [("new", None), ("new", None)]
    assert answers([same, near, excerpt]) == [("identical", "a0"), ("near_duplicate", "a0"), ("excerpt", "a0")]
    assert same.score == same.jaccard == same.right_in_left == 1.0
    assert 0.7 < near.jaccard == near.score < 0.9
    assert excerpt.left_in_right == excerpt.score == 1.0
    assert excerpt.right_in_left == pytest.approx(76 / 196)
    assert "100% of this article stands in the other" in excerpt.reason
    assert {v.canonical for v in (new, same, near, excerpt)} == {"a0"}


def test_an_article_that_holds_an_earlier_brief_is_an_excerpt_but_founds_a_text_of_its_own(index):
    brief = text(1, 60)
    first, second = (f"{text(seed)} {brief} {text(seed + 1)}" for seed in (10, 20))
    verdicts = index.check(articles(brief, first, second))
    assert answers(verdicts) == [("new", None), ("excerpt", "a0"), ("excerpt", "a0")]
    assert [v.canonical for v in verdicts] == ["a0", "a1", "a2"]


def test_a_later_version_by_the_same_publisher_is_revised_by_another_publisher_a_near_duplicate(index):
    body = text(1)
    versions = [
        Article("first", text=body, publisher="Gazette", published_at="2024-01-01T10:00:00Z"),
        Article("later", text=edited(body, 50), publisher="gazette ", published_at="2024-01-01T12:00:00Z"),
        Article("other", text=edited(body, 30), publisher="Herald", published_at="2024-01-01T13:00:00Z"),
        Article("earlier", text=edited(body, 60), publisher="Gazette", published_at="2023-12-31T00:00:00Z"),
    ]
    verdicts = index.check(versions)
    assert [v.verdict for v in verdicts] == ["new", "revised", "near_duplicate", "near_duplicate"]


def test_the_same_id_with_other_words_is_a_new_version_and_both_are_replayed(index):
    body = text(1)
    one, two = Article("url", text=body), Article("url", text=edited(body, 50))
    first = index.check([one, two])
    assert answers(first) == [("new", None), ("revised", "url")]
    again = index.check([two, one])
    assert answers(again) == answers(first)[::-1]
    assert all(verdict.replayed for verdict in again)


def test_an_id_used_again_for_another_article_is_new(index):
    assert answers(index.check([Article("x", text=text(1)), Article("x", text=text(2))])) == [("new", None)] * 2


def test_a_second_delivery_gets_the_first_answer_also_in_one_call_and_after_reopening(tmp_path):
    batch = articles(text(1), text(1), edited(text(1), 40), text(2))
    with Index(tmp_path / "index") as index:
        first = index.check([*batch, *batch])
    with Index(tmp_path / "index") as index:
        again = index.check(batch)
        assert index.stats().articles == len(batch)
    assert not any(v.replayed for v in first[:4])
    for repeated in (first[4:], again):
        assert all(v.replayed for v in repeated)
        for old, new in zip(first, repeated, strict=False):
            assert all(getattr(old, f.name) == getattr(new, f.name) for f in fields(Verdict) if f.name != "replayed")


def test_peek_answers_like_check_and_stores_nothing(index):
    batch = articles(text(1), text(1), text(2))
    peeked = index.peek(batch)
    assert index.stats().articles == 0
    assert peeked == index.peek(batch) == index.check(batch)


def test_articles_without_words_match_nothing_and_short_ones_only_the_same_words(index):
    verdicts = index.check(articles("", " … ", "", "Read more", "Read more!", "Sign up"))
    assert [v.verdict for v in verdicts] == ["new", "new", "new", "new", "identical", "new"]
    assert "no words" in verdicts[0].reason
    assert index.check(articles(""))[0].replayed


def test_one_by_one_or_in_batches_the_answers_are_the_same(tmp_path, small_blocks):
    stream = fingerprint_articles(mixed_stream(120), Settings())
    results = []
    for size in (1, 17, 120):
        with Index(tmp_path / str(size)) as index:
            results.append([v for i in range(0, 120, size) for v in index.check_fingerprinted(stream[i : i + size])])
    assert answers(results[0]) == answers(results[1]) == answers(results[2])


def mixed_stream(number):
    """Originals, near duplicates of every strength, excerpts and twins, in one order."""
    draw = random.Random(3)
    bodies, stream = [], []
    for i in range(number):
        kind = draw.choice(("new", "new", "near", "excerpt", "same")) if bodies else "new"
        body = text(1000 + i, draw.choice((15, 60, 200, 400))) if kind == "new" else draw.choice(bodies)
        if kind == "near":
            body = edited(body, draw.choice((12, 20, 40)))
        elif kind == "excerpt":
            body = " ".join(body.split()[: max(45, len(body.split()) // 3)])
        else:
            bodies.append(body)
        stream.append(Article(f"{i:04}", text=body, published_at=f"2024-01-01T00:{i // 60:02}:{i % 60:02}Z"))
    return stream


def test_the_copies_found_are_those_the_batch_path_finds(tmp_path, small_blocks):
    stream = mixed_stream(400)
    place = {article.id: i for i, article in enumerate(stream)}
    rank = {"identical": 0, "near_duplicate": 1, "excerpt": 2}
    wanted, numbers = {}, {}
    for relation in cluster(stream).relations:
        if relation.kind not in rank:
            continue
        late, early = sorted((relation.left, relation.right), key=place.get, reverse=True)
        wanted[late] = min(wanted.get(late, 9), rank[relation.kind])
        numbers[late, early] = relation.jaccard
    with Index(tmp_path / "index") as index:
        verdicts = [v for i in range(0, 400, 20) for v in index.check(stream[i : i + 20])]
        assert index.stats().segments > 2
    assert {v.id for v in verdicts if v.verdict != "new"} == wanted.keys()
    assert {v.id: rank[v.verdict] for v in verdicts if v.verdict != "new"} == wanted
    assert all(v.jaccard == numbers[v.id, v.matched_id] for v in verdicts if v.verdict != "new")


def test_segments_answer_what_the_tail_answered(tmp_path, small_blocks):
    stream = mixed_stream(300)
    fingerprinted = fingerprint_articles(stream, Settings())
    with Index(tmp_path / "index") as index:
        first = index.check_fingerprinted(fingerprinted)
        assert {segment.block.level for segment in index._lookup.segments} >= {0, 1}
        renamed = [Article(f"new-{a.id}", text=a.text) for a in stream]
        assert all(v.verdict == "identical" for v in index.peek(renamed))
    with Index(tmp_path / "index") as index:
        assert answers(index.check_fingerprinted(fingerprinted)) == answers(first)


def test_deleted_segments_are_built_again_from_the_rows(tmp_path, small_blocks):
    stream = mixed_stream(200)
    with Index(tmp_path / "index") as index:
        first = index.check(stream)
    for path in (tmp_path / "index").glob("segment-*"):
        path.unlink()
    with Index(tmp_path / "index") as index:
        assert answers(index.check(stream)) == answers(first)
        assert index.stats().segments > 3


# The window


class Clock:
    now = 1_700_000_000.0

    def __call__(self):
        return self.now


def test_what_is_older_than_the_retention_matches_nothing_and_leaves_the_disk(tmp_path, small_blocks):
    clock = Clock()
    sizes = []
    with Index(tmp_path / "index", retention_days=10, clock=clock) as index:
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
    with Index(tmp_path / "index", clock=clock) as index:
        assert index.retention_days == 10


def test_expire_at_a_time_counts_what_leaves(tmp_path):
    clock = Clock()
    with Index(tmp_path / "index", retention_days=1, clock=clock) as index:
        index.check(articles(text(1), text(2)))
        assert index.expire(clock.now + DAY / 2) == 0
        assert index.expire(clock.now + 2 * DAY) == 2
        assert index.stats().articles == 0
        assert index.check(articles(text(1)))[0].replayed is False


def test_a_clock_that_jumps_back_keeps_the_order_of_arrival(tmp_path):
    clock = Clock()
    with Index(tmp_path / "index", retention_days=1, clock=clock) as index:
        index.check([Article("a", text=text(1))])
        clock.now -= 5 * DAY
        index.check([Article("b", text=text(2))])
        assert index.stats().articles == 2
        clock.now += 7 * DAY
        index.expire()
        assert index.stats().articles == 0


def test_a_forgotten_article_matches_nothing_in_any_process(tmp_path):
    body = text(1)
    with Index(tmp_path / "index") as one, Index(tmp_path / "index") as two:
        one.check([Article("a", text=body), Article("a", text=edited(body, 40)), Article("b", text=text(2))])
        assert two.peek([Article("c", text=body)])[0].matched_id == "a"
        assert one.forget("a") == 2
        assert one.forget("a") == one.forget("never seen") == 0
        for index in (one, two):
            assert answers(index.peek([Article("c", text=body)])) == [("new", None)]
            assert index.doctor().is_sound
        assert two.stats().articles == 1
        assert two.check([Article("a", text=body)])[0].replayed is False


# Floods


def test_a_flood_of_near_identical_pages_is_capped_counted_and_still_recognised(tmp_path, small_blocks):
    chrome = text(1, 120)
    with Index(tmp_path / "index") as index:
        pages = [Article(f"p{i}", text=f"{chrome} page {i} of the site") for i in range(400)]
        verdicts = index.check(pages)
        assert answers(verdicts)[0] == ("new", None)
        assert {v.verdict for v in verdicts[1:]} == {"near_duplicate"}
        assert {v.canonical for v in verdicts} == {"p0"}
        assert index.stats().capped_keys > 0
        assert index.check([Article("clean", text=text(2)), Article("copy", text=text(2))])[1].matched_id == "clean"


def test_a_flood_that_drifts_word_by_word_stays_recognised_long_after_its_first_page_no_longer_matches(tmp_path):
    words = text(1, 150).split()
    verdicts = []
    with Index(tmp_path / "index") as index:
        for i in range(600):
            words[(7 * i) % 150] = f"drift{i}"
            verdicts += index.check([Article(f"p{i}", text=" ".join(words))])
    assert {v.verdict for v in verdicts[1:]} == {"near_duplicate"}
    assert min(v.jaccard for v in verdicts[1:]) > 0.5
    assert verdicts[-1].canonical != "p0"


# Several users


def test_two_handles_see_each_others_articles(tmp_path):
    with Index(tmp_path / "index") as one, Index(tmp_path / "index") as two:
        for i in range(6):
            mine, theirs = (one, two) if i % 2 else (two, one)
            assert mine.check([Article(f"x{i}", text=text(i))])[0].verdict == "new"
            assert theirs.check([Article(f"y{i}", text=text(i))])[0].matched_id == f"x{i}"


def test_threads_may_share_an_index(index):
    found = []

    def deliver(name):
        found.extend(index.check([Article(f"{name}-{i}", text=text(i)) for i in range(20)]))

    threads = [threading.Thread(target=deliver, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    news = [v.id.split("-")[1] for v in found if v.verdict == "new"]
    assert sorted(news, key=int) == [str(i) for i in range(20)]


def test_a_closed_index_says_so(tmp_path):
    with Index(tmp_path / "index") as index:
        pass
    with pytest.raises(DedupeError, match="closed"):
        index.check([])


def test_an_index_opened_before_a_fork_is_refused(index, monkeypatch):
    pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: pid + 1)
    with pytest.raises(DedupeError, match="before a fork"):
        index.peek([])
    monkeypatch.undo()


# What is refused


def test_an_article_needs_an_id_and_text_that_is_text(index):
    with pytest.raises(InputError, match="article 2 has no id"):
        index.check([Article("a", text="x"), Article("", text="y")])
    with pytest.raises(InputError, match="text is a list"):
        index.check([Article("a", text=["x"])])
    assert index.stats().articles == 0


def test_half_surrogates_and_nul_are_stored_as_replacement_characters(index):
    [verdict] = index.check([Article("a\ud800\0", text="\ud800 word \0")])
    assert verdict.id == "a\ufffd\ufffd"


def test_another_recipe_is_refused_and_a_seed_is_not_shown(tmp_path):
    with Index(tmp_path / "index", settings=Settings(seed=123_456)) as index:
        index.check(articles(text(1)))
    with pytest.raises(IndexRefusedError, match="another recipe") as refused:
        Index(tmp_path / "index", settings=Settings(seed=7))
    assert "123456" not in str(refused.value)
    with pytest.raises(IndexRefusedError, match="shingle_words 5, not 4"):
        Index(tmp_path / "index", settings=Settings(seed=123_456, shingle_words=4))
    with pytest.raises(IndexRefusedError, match="other bands"):
        Index(tmp_path / "index", settings=Settings(seed=123_456, near_duplicate_jaccard=0.8))
    with Index(tmp_path / "index") as index:
        assert index.settings.seed == 123_456
        assert index.check(articles(text(1)))[0].replayed


def test_a_newer_format_is_refused(tmp_path):
    Index(tmp_path / "index").close()
    with sqlite3.connect(tmp_path / "index" / DATABASE) as database:
        database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(IndexRefusedError, match="format 99, this program 3; upgrade"):
        Index(tmp_path / "index")


def test_an_older_format_is_refused_with_the_line_that_makes_the_index_again(tmp_path):
    Index(tmp_path / "index").close()
    with sqlite3.connect(tmp_path / "index" / DATABASE) as database:
        database.execute("PRAGMA user_version=2")
    database.close()
    with pytest.raises(IndexRefusedError, match=r"format 2, this program 3; make it again.*dedupe filter --index"):
        Index(tmp_path / "index")


def test_foreign_folders_and_files_are_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(IndexRefusedError, match=r"holds 'notes.txt'"):
        Index(tmp_path)
    with pytest.raises(IndexRefusedError, match="is a file"):
        Index(tmp_path / "notes.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(IndexRefusedError, match="no such folder"):
        Index(tmp_path / "absent", create=False)
    (tmp_path / "other").mkdir()
    with sqlite3.connect(tmp_path / "other" / DATABASE) as database:
        database.execute("CREATE TABLE theirs (x)")
    database.close()
    with pytest.raises(IndexRefusedError, match="another program"):
        Index(tmp_path / "other")
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / DATABASE).write_text("not a database, but a text of some length" * 100)
    with pytest.raises(IndexRefusedError, match="no SQLite file"):
        Index(tmp_path / "text")


@pytest.mark.parametrize("days", [0, -1, 100_000, float("nan")])
def test_a_retention_out_of_range_is_refused(tmp_path, days):
    with pytest.raises(SettingsError, match="retention_days must be above 0"):
        Index(tmp_path / "index", retention_days=days)


def test_ids_never_become_paths(tmp_path):
    with Index(tmp_path / "index") as index:
        index.check([Article("../../outside", text=text(1)), Article("/etc/passwd", text=text(2))])
    assert {path.name for path in tmp_path.iterdir()} == {"index"}
    assert {path.name for path in (tmp_path / "index").iterdir()} == {
        DATABASE,
        f"{DATABASE}-journal",
        "write.lock",
        "build.lock",
    } or (journal_mode() == "wal")
