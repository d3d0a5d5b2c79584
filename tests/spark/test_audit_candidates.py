"""The candidates for alignment on Spark are the pairs that ``dedupe audit`` aligns on one machine."""

import numpy as np
import pytest
from spark_support import frame_of, news, table

from dedupe.article import Article
from dedupe.audit import pair_selection
from dedupe.audit.audit import _with_languages, audit
from dedupe.audit.repeated_boilerplate import find_repeated
from dedupe.audit.sentence_table import tabulate_sentences
from dedupe.clustering import cluster
from dedupe.settings import Settings
from dedupe.spark import Workspace, audit_candidates, find_audit_candidates
from dedupe.spark.copies import find_copies
from dedupe.spark.order import in_canonical_order
from dedupe.spark.stories import find_stories

SETTINGS = Settings(bucket_cap=6)
BOX = "Write to the tips desk of the paper by noon and win a tour of the old printing hall with your family."
USUAL, LOW = (300, 50, 300), (3, 2, 4)
"""MAX_RELATED, MAX_COMPARED and MAX_STORY of ``dedupe audit``, and limits that a small collection reaches."""


def articles():
    """Articles of all kinds, and a box that one publisher prints in texts with little else in common."""
    own = news()
    boxed = [
        Article(f"box{number}", "", f"{article.text}\n\n{BOX}", "Evening Box", published_at=article.published_at)
        for number, article in enumerate(own[:40:5])
    ]
    return [*own, *boxed]


def of_one_machine(some):
    """The pairs that ``audit`` aligns, and its counts."""
    pairs = []
    found = audit(table(some), SETTINGS, on_pair=lambda pair: pairs.append((pair.left, pair.right)))
    counts = {"articles": found.counts["articles"], "pairs": found.counts["compared"]}
    return sorted(pairs), counts | {"not_compared": found.counts["not_compared"]}, found.counts


def without_stories(some):
    """The pairs of one machine if every independent text is a story of its own."""
    clustering = cluster(table(some), SETTINGS)
    order = clustering.evidence.input_order
    ordered = _with_languages(table(some).take(order), None)
    group_of = np.array([clustering.rows[place].copy_group for place in order.tolist()])
    sentences = tabulate_sentences(ordered, np.zeros(len(ordered), bool), 1, lambda *_: None)
    repeated = find_repeated(sentences.keys, sentences.article, ordered["publisher"].to_pylist(), group_of, group_of)
    boilerplate = sentences.boilerplate | repeated
    found = pair_selection.select_pairs(clustering, ordered, sentences, boilerplate, group_of, group_of)
    ids = ordered["id"].to_pylist()
    return sorted((ids[left], ids[right]) for left, right in zip(found.left, found.right, strict=True))


def of_spark(work, name, *found):
    with Workspace(work.spark, f"{work.path}/{name}") as own:
        candidates = find_audit_candidates(own, *found, SETTINGS)
        rows = candidates.pairs.collect()
    assert all((row["kind"] is None) == (row["shared_shingles"] is None) for row in rows)
    return sorted((row["a"], row["b"]) for row in rows), candidates.counts


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_articles_give_no_pairs(spark, work, count):
    placed = in_canonical_order(frame_of(spark, articles()[:count]))
    copies = find_copies(work, placed, SETTINGS)
    stories = find_stories(work, placed, copies, SETTINGS)
    assert of_spark(work, "own", placed, copies, stories) == ([], {"articles": count, "pairs": 0, "not_compared": 0})


@pytest.mark.parametrize(("parts", "shuffled"), [(1, None), (7, 2)])
def test_the_pairs_are_those_that_audit_aligns_in_any_number_of_partitions_and_any_order(
    spark, work, partitions, monkeypatch, parts, shuffled
):
    partitions(parts)
    some = articles()
    placed = in_canonical_order(frame_of(spark, some, parts, shuffled))
    copies = find_copies(work, placed, SETTINGS)
    stories = find_stories(work, placed, copies, SETTINGS)
    for limits in (USUAL, LOW):
        for name, limit in zip(("MAX_RELATED", "MAX_COMPARED", "MAX_STORY"), limits, strict=True):
            monkeypatch.setattr(pair_selection, name, limit)
            monkeypatch.setattr(audit_candidates, name, limit)
        pairs, counts, of_audit = of_one_machine(some)
        assert of_spark(work, f"limits_{limits[0]}", placed, copies, stories) == (pairs, counts)
        assert of_audit["boilerplate_by_repetition"] >= 8
        assert (counts["not_compared"] > 0) == (limits == LOW)
    if parts == 2:
        assert of_spark(work, "without_stories", placed, copies, None)[0] == without_stories(some)
