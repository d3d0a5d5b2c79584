"""Stories on Spark are those of one machine, stage by stage and as a whole."""

import dataclasses
import itertools

import numpy as np
import pyarrow.parquet as pq
import pytest
from label_articles import labelled
from series_articles import SERIES
from spark_support import collection, frame_of, table
from story_articles import FIRE, STRANGERS, SUMMITS, VOTE, unrelated

from dedupe import read
from dedupe.article import Article
from dedupe.clustering import cluster
from dedupe.copies.verification import find_series
from dedupe.settings import Settings
from dedupe.spark.order import in_canonical_order
from dedupe.spark.running import Run
from dedupe.spark.workspace import Workspace

SETTINGS = Settings()
RUSSIAN = [
    "Министр заявил в понедельник в Москве, что пенсионная реформа не будет внесена раньше осени, и обсудил это в парламенте.",
    "После спора с оппозицией реформа пенсий отложена до осени, сообщил министр журналистам в понедельник.",
    "Коалиция договорилась о том, что решение о пенсиях до выборов принимать не станут, пишет газета.",
]
FOOTER = "Follow our newsroom for the latest from the harbour, and write to the desk of the paper with your tips today."
LEAD = "The ministers of seven countries met on the island for a second day of talks on fishing quotas"


def news():
    """Articles with all that the stages look at: events, series, languages, furniture, titles, and dates."""
    articles = []

    def add(text, title="", publisher=None, day=None, language=None):
        at = None if day is None else f"2024-03-{day:02d}T{len(articles) % 20:02d}:30:00Z"
        own_id = f"n{len(articles):03d}"
        articles.append(Article(own_id, title, text, publisher, published_at=at, language=language))

    for number, text in enumerate([*FIRE, *VOTE, *SUMMITS]):
        headline, _, body = text.partition("\n")
        add(body, f"{headline} | The Daily" if number % 2 else "", "Daily" if number % 3 else None, number % 9 + 1)
    for number, text in enumerate(STRANGERS):
        headline, _, body = text.partition("\n")
        add(f"{body} {FOOTER}", f"{headline} - Harbour Post", "Harbour Post", number + 1 if number else None)
    for number, text in enumerate(RUSSIAN):
        add(text, f"Пенсии: часть {number}", None, number + 3, "ru")
    for number, topic in enumerate(("cod", "herring", "mackerel")):
        add(
            f"{LEAD}. They spoke about {topic} only, officials said.",
            f"Talks on {topic} | The Daily",
            "Wire",
            number + 1,
        )
    for number, text in enumerate(itertools.chain(*SERIES.values())):
        add(text, "In brief", "Ticker", number + 11)
    for text in unrelated(12):
        headline, _, body = text.partition("\n")
        add(body, headline, None, len(articles) % 27 + 1)
    return [*articles, *labelled(), *collection()]


def of_one_machine(machine):
    columns = ("story", "story_canonical", "story_size", "story_label", "story_probability")
    return {row.id: tuple(getattr(row, name) for name in columns) for row in machine.rows}


def copies_of(spark, frame, machine):
    """The copies and the reports of one series that one machine found, as ``find_copies`` gives them."""
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
    return groups.join(places, "id"), spark.createDataFrame(series, "left string, right string")


def find_stories(work, frame, machine):
    """The story of each article: its number, the canonical article, the size, the label, and the probability."""
    from dedupe.spark.stories import story_labels

    groups, series = copies_of(work.spark, frame, machine)
    labels = story_labels(work, frame, groups, SETTINGS, series)
    return {row["id"]: tuple(row)[1:] for row in labels.collect()}


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
        found = find_stories(work, frame_of(spark, news()), machine)
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
    found = find_stories(work, frame_of(spark, articles), one_machine)
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
    from dedupe.spark.stories.printed import printed_forms

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
    assert find_stories(work, frame_of(spark, news(), 7, 2), machine) == of_one_machine(machine)


def test_the_verb_writes_the_rows_of_one_machine(spark, jsonl, tmp_path):
    names = ("id", "title", "text", "publisher", "published_at")
    source = jsonl([{name: getattr(article, name) for name in names} for article in news()[:24]])
    out = tmp_path / "out"
    Run(spark, str(source), str(out), SETTINGS).cluster(stories=True)
    found = pq.read_table(out).sort_by("id")
    wanted = cluster(read([source]), SETTINGS).to_arrow().sort_by("id")
    assert found.column_names == wanted.column_names
    assert found.cast(wanted.schema).equals(wanted)


def test_identical_articles_are_one_story_without_a_probability(spark, work):
    articles = [dataclasses.replace(news()[0], id=f"same{number}", publisher=f"Paper {number}") for number in range(5)]
    one_machine = cluster(table(articles), SETTINGS)
    found = find_stories(work, frame_of(spark, articles, 2), one_machine)
    assert found == of_one_machine(one_machine)
    assert {row[:3] + row[4:] for row in found.values()} == {(1, "same0", 5, None)}
