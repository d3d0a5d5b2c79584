"""Stories on Spark are those of one machine, stage by stage and as a whole."""

import dataclasses
import random
from datetime import date, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from spark_support import frame_of, news, table
from story_articles import FIRE

from dedupe import read
from dedupe.article import Article
from dedupe.clustering import cluster
from dedupe.copies.verification import find_series
from dedupe.settings import Settings
from dedupe.spark.copies import Copies
from dedupe.spark.order import in_canonical_order
from dedupe.spark.running import Run
from dedupe.spark.stories import find_stories, label_stories
from dedupe.spark.stories.printed import printed_forms
from dedupe.spark.workspace import Workspace
from dedupe.stories.candidates import LONGEST_LIST

SETTINGS = Settings()


def of_one_machine(machine):
    columns = ("story", "story_canonical", "story_size", "story_label", "story_probability")
    return {row.id: tuple(getattr(row, name) for name in columns) for row in machine.rows}


def copies_of(spark, frame, machine):
    """The groups of copies and the reports of one series that one machine found, as ``find_copies`` gives them."""
    evidence = machine.evidence
    ids, linked = evidence.articles["id"].to_pylist(), evidence.linked
    row_of = {row.id: row for row in machine.rows}
    stand_for_groups = {row_of[ids[row]].canonical for row in linked.tolist()}
    of_linked = {ids[row] for row in linked.tolist()}
    copies = [
        (
            own,
            row_of[own].canonical,
            own in of_linked or (row_of[own].is_canonical and own not in stand_for_groups),
            words,
        )
        for own, words in zip(ids, evidence.fingerprints["words"].to_pylist(), strict=True)
    ]
    groups = spark.createDataFrame(copies, "id string, copy_group string, longest boolean, words long")
    ends = zip(*find_series(evidence.measured, evidence.details, linked), strict=True)
    series = [(ids[linked[left]], ids[linked[right]]) for left, right in ends]
    places = in_canonical_order(frame).select("id", "place")
    of_left, of_right = places.toDF("one", "left"), places.toDF("other", "right")
    series = spark.createDataFrame(series, "one string, other string").join(of_left, "one").join(of_right, "other")
    return Copies(groups.join(places, "id"), series.select("left", "right"), None, None, {}, None)


def stories_of(work, frame, machine):
    """The story of each article: its number, the canonical article, the size, the label, and the probability."""
    stories = find_stories(work, frame, copies_of(work.spark, frame, machine), SETTINGS)
    names = ("story_pairs", "oversized_postings", "cut_candidate_lists", "stories")
    assert stories.counts == {name: machine.counts[name] for name in names}
    assert stories.largest == max((len(story.articles) for story in machine.stories), default=0)
    return {row["id"]: tuple(row)[1:] for row in label_stories(work, frame, stories).collect()}


@pytest.fixture(scope="module")
def machine():
    """What one machine finds."""
    return cluster(table(news()), SETTINGS)


@pytest.fixture(scope="module")
def whole(spark, tmp_path_factory, machine):
    """The workspace of a run in one partition, and what it found."""
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", "1")
    with Workspace(spark, str(tmp_path_factory.mktemp("stories") / "out.working")) as work:
        found = stories_of(work, frame_of(spark, news()), machine)
        spark.conf.set("spark.sql.shuffle.partitions", before)
        yield work, found


def stage_of(work, name):
    """What a stage wrote."""
    return work.spark.read.parquet(f"{work.path}/{name}")


def stage(work, name, *order):
    """A stage as Arrow table, in order."""
    return stage_of(work, name).orderBy(*order).toArrow()


def rows_of(work, machine):
    """The row of each linked article among those of one machine, by its row on Spark."""
    rows = stage(work, "story_rows", "row")
    linked = {row: place for place, row in enumerate(machine.evidence.linked.tolist())}
    return {row: linked.get(row - 1) for row in rows["row"].to_pylist()}


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_articles_are_stories_of_their_own(spark, work, count):
    articles = news()[:count]
    one_machine = cluster(table(articles), SETTINGS)
    found = stories_of(work, frame_of(spark, articles), one_machine)
    assert found == of_one_machine(one_machine)
    assert [row[:3] for row in found.values()] == [(1, article.id, 1) for article in articles]


def test_rows_are_numbered_in_canonical_order(whole, machine):
    work, _ = whole
    rows = stage(work, "story_rows", "row")
    assert rows["row"].to_pylist() == list(range(1, len(rows) + 1))
    assert rows["id"].to_pylist() == machine.evidence.articles["id"].to_pylist()


def test_terms_and_how_many_articles_have_them_are_those_of_one_machine(whole, machine):
    work, _ = whole
    words, place = machine.evidence.links.words, rows_of(work, machine)
    found = stage(work, "story_terms", "row").to_pylist()
    assert [place[row["row"]] for row in found] == list(range(words.rows))
    vocabulary = np.array(words.vocabulary)
    for row, article in enumerate(found):
        own = slice(words.starts[row], words.starts[row + 1])
        term = words.term[own]
        assert article["term"] == vocabulary[term].tolist()
        for name, wanted in (
            ("decayed_tf", words.decayed_tf[own]),
            ("first", words.first[own]),
            ("is_name", words.is_name[own]),
            ("holders", words.in_articles[term]),
            ("in_news", words.in_news[term]),
        ):
            assert article[name] == wanted.tolist(), name
        assert (article["words"], article["title_words"]) == (words.words[row], words.title_words[row])
        assert article["language"] == words.languages[row]
    assert {"en", "ru"} <= set(words.languages)


def test_candidate_pairs_and_what_they_have_in_common_are_those_of_one_machine(whole, machine):
    work, _ = whole
    links, place = machine.evidence.links, rows_of(work, machine)
    found = stage(work, "story_links", "left", "right")
    assert [place[row] for row in found["left"].to_pylist()] == links.pairs.left.tolist()
    assert [place[row] for row in found["right"].to_pylist()] == links.pairs.right.tolist()
    for name, wanted in links.columns.items():
        assert found[name].to_pylist() == wanted.tolist(), name
    evidence = machine.evidence
    assert find_series(evidence.measured, evidence.details, evidence.linked)[0].size
    assert links.columns["other_numbers"].max() == 1.0


def test_stories_and_their_probabilities_are_those_of_one_machine(whole, machine):
    _, found = whole
    assert found == of_one_machine(machine)
    sizes = [len(story.articles) for story in machine.stories]
    assert max(sizes) >= 3
    assert sum(probability is not None for *_, probability in found.values()) >= 8


def test_stories_are_called_as_on_one_machine(whole, machine):
    _, found = whole
    label = {own: row[3] for own, row in found.items()}
    assert label == {row.id: row.story_label for row in machine.rows}
    own_title = {row.id: row.title for row in machine.rows}
    assert label["question-first000"] == own_title["question-first001"]
    assert label["questions-only002"].endswith("?")
    assert "Karwendel" in label["says-nothing004"]
    assert len(label["sentence007"]) == 200
    assert label["copies021"] == own_title["copies022"]
    assert "Zeeland" in label["alone026"]
    assert {label[own] for own in ("short028", "short-copies029")} == {"short028", "short-copies029"}
    assert label["zh009"] == own_title["zh010"]


def test_every_term_is_printed_as_on_one_machine(whole, machine):
    work, _ = whole
    plain, runs, vocabulary = (stage_of(work, f"story_{name}") for name in ("plain_texts", "furniture", "vocabulary"))
    with Workspace(work.spark, f"{work.path}/printed") as own:
        found = dict(map(tuple, printed_forms(own, plain, runs, vocabulary.select("term")).collect()))
    words = machine.evidence.links.words
    printed = dict(zip(words.vocabulary, words.printed, strict=True))
    assert found == {term: form or term for term, form in printed.items() if " " not in term}
    assert found["die"] == "die"


def test_stories_are_the_same_in_seven_partitions_and_another_order(spark, work, partitions, machine):
    partitions(7)
    assert stories_of(work, frame_of(spark, news(), 7, 2), machine) == of_one_machine(machine)


def test_the_verb_writes_the_rows_of_one_machine_and_counts_as_it_does(spark, jsonl, tmp_path):
    names = ("id", "title", "text", "publisher", "published_at")
    source = jsonl([{name: getattr(article, name) for name in names} for article in news()[:24]])
    check_the_verb(spark, source, tmp_path / "out")


def check_the_verb(spark, source, out):
    """Compare the rows, all counts and the warnings of ``dedupe spark cluster`` with those of one machine."""
    run = Run(spark, str(source), str(out), SETTINGS)
    counts = run.cluster(stories=True)
    found = pq.read_table(out).sort_by("id")
    machine = cluster(read([source], on_problem=lambda problem: None), SETTINGS)
    wanted = machine.to_arrow().sort_by("id")
    assert found.column_names == wanted.column_names
    assert found.cast(wanted.schema).equals(wanted)
    assert counts == machine.counts
    assert sorted(run.warnings) == sorted(machine.warnings)
    return counts


def test_identical_articles_are_one_story_without_a_probability(spark, work):
    articles = [dataclasses.replace(news()[0], id=f"same{number}", publisher=f"Paper {number}") for number in range(5)]
    one_machine = cluster(table(articles), SETTINGS)
    found = stories_of(work, frame_of(spark, articles, 2), one_machine)
    assert found == of_one_machine(one_machine)
    assert {row[:3] + row[4:] for row in found.values()} == {(1, "same0", 5, None)}


def two_events(count):
    """Articles of two events, each in the same words in other orders, within 45 days or without a date.

    Half of the words are in all articles, which are too many to be looked up for articles of the days in the middle.
    """
    draw, articles = random.Random(3), []
    for number in range(count):
        words = [f"{name}{word}" for name in ("harbour", ("ferry", "bridge")[number % 2]) for word in range(20)]
        day = date(2024, 3, 1) + timedelta(number % 45)
        at = str(day) if number % 20 else None
        text = " ".join(draw.sample(words, len(words))).capitalize()
        articles.append({"id": f"r{number}", "text": text, "published_at": at})
    return articles


def undated():
    """Articles without dates: with titles that are empty, huge or hold what is no text, and with such texts."""
    titles = ["", "Fire in the harbour " * 50_000, "Fire \ud800 in \udc00 Rotterdam", "Fire\0in\0Rotterdam", " ", "\0"]
    texts = [text.partition("\n")[2] for text in FIRE]
    odd = [f"{texts[0]} \ud83d", texts[1].replace(" ", "\0 ", 3), f"{texts[2]} \udfff\udfff"]
    return [
        {
            "id": f"{kind}{number}",
            "title": titles[number % len(titles)],
            "text": text,
            "publisher": ["", "P\0", None][number % 3],
        }
        for kind, some in (("plain", texts * 2), ("odd", odd))
        for number, text in enumerate(some)
    ]


def test_articles_without_a_date_and_with_hostile_titles_are_as_on_one_machine(spark, jsonl, tmp_path):
    check_the_verb(spark, jsonl(undated()), tmp_path / "out")


def test_articles_that_say_nothing_are_as_on_one_machine(spark, jsonl, tmp_path):
    without_words = ["...", "!!! ??? -- ***"]
    function_words = ["It was what it was, and that is that.", "So it is that we are what we were."]
    records = [{"id": f"a{number}", "text": text} for number, text in enumerate(without_words + function_words)]
    counts = check_the_verb(spark, jsonl(records), tmp_path / "out")
    assert counts["empty"] == len(without_words)


def test_articles_without_a_word_are_stories_of_their_own(spark, work):
    articles = [Article(f"a{number}", "", "... !!!") for number in range(3)]
    one_machine = cluster(table(articles), SETTINGS)
    assert one_machine.evidence.linked.size == 0
    assert stories_of(work, frame_of(spark, articles), one_machine) == of_one_machine(one_machine)


def test_look_ups_and_candidates_that_are_cut_short_are_counted_as_on_one_machine(spark, jsonl, tmp_path):
    counts = check_the_verb(spark, jsonl(two_events(LONGEST_LIST + 10)), tmp_path / "out")
    assert counts["oversized_postings"] > 0
    assert counts["cut_candidate_lists"] > 0
