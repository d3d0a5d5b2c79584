"""Verdicts: what each kind means, replays, and that batches do not change them."""

from dataclasses import fields

import pytest
from index_support import answers, articles, edited, mixed_stream, text

from dedupe import Article, Settings, cluster
from dedupe.index import Index, Verdict, fingerprint_articles


def test_an_empty_index_answers_new_and_an_empty_call_nothing(index):
    assert index.check([]) == index.peek([]) == index.peek_fingerprinted([]) == []
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


def test_a_second_delivery_gets_the_first_answer_also_in_one_call_and_after_reopening(place):
    batch = articles(text(1), text(1), edited(text(1), 40), text(2))
    with Index(place) as index:
        first = index.check([*batch, *batch])
    with Index(place) as index:
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
    assert peeked == index.peek_fingerprinted(fingerprint_articles(batch, index.settings)) == index.check(batch)


def test_articles_without_words_match_nothing_and_short_ones_only_the_same_words(index):
    verdicts = index.check(articles("", " … ", "", "Rain expected", "Rain expected!", "Snow falls"))
    assert [v.verdict for v in verdicts] == ["new", "new", "new", "new", "identical", "new"]
    assert "no words but boilerplate" in verdicts[0].reason
    assert index.check(articles(""))[0].replayed


def test_one_by_one_or_in_batches_the_answers_are_the_same(new_place, small_blocks):
    stream = fingerprint_articles(mixed_stream(120), Settings())
    results = []
    for size in (1, 17, 120):
        with Index(new_place()) as index:
            results.append([v for i in range(0, 120, size) for v in index.check_fingerprinted(stream[i : i + size])])
    assert answers(results[0]) == answers(results[1]) == answers(results[2])


def test_the_copies_found_are_those_the_batch_path_finds(place, small_blocks):
    stream = mixed_stream(400)
    order = {article.id: i for i, article in enumerate(stream)}
    rank = {"identical": 0, "near_duplicate": 1, "excerpt": 2}
    wanted, numbers = {}, {}
    for relation in cluster(stream).relations:
        if relation.kind not in rank:
            continue
        late, early = sorted((relation.left, relation.right), key=order.get, reverse=True)
        wanted[late] = min(wanted.get(late, 9), rank[relation.kind])
        numbers[late, early] = relation.jaccard
    with Index(place) as index:
        verdicts = [v for i in range(0, 400, 20) for v in index.check(stream[i : i + 20])]
        assert index.stats().segments > 2
    assert {v.id for v in verdicts if v.verdict != "new"} == wanted.keys()
    assert {v.id: rank[v.verdict] for v in verdicts if v.verdict != "new"} == wanted
    assert all(v.jaccard == numbers[v.id, v.matched_id] for v in verdicts if v.verdict != "new")


OFFER = "To continue reading this article you need a subscription. Subscribe now for full access. Cancel any time. "


def test_boilerplate_is_no_evidence_of_a_copy(index):
    """What a page prints around an article neither makes a copy nor hides one."""
    offers, reports = OFFER * 20, [text(seed) for seed in range(3)]
    texts = [
        f"{offers}\n{reports[0][:200]}",
        f"{offers}\n{reports[1][:200]}",
        reports[2],
        f"{reports[2][:600]}\n{offers}",
    ]
    verdicts = index.check(articles(*texts, offers, offers))
    assert [v.verdict for v in verdicts] == ["new", "new", "new", "excerpt", "new", "new"]
    assert verdicts[3].matched_id == "a2"
