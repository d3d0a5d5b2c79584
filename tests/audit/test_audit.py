"""An audit: every word is in one class, and all sources and places can be checked; the command ``dedupe audit``."""

import csv
import io
import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from dedupe.article import Article
from dedupe.audit import aligned_pairs
from dedupe.audit.audit import audit
from dedupe.settings import Settings

SHARES = ("original", "verbatim", "edited", "rewritten", "quoted", "boilerplate")


NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


REPORT = [
    "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday.",
    "The bell weighs forty kilograms and still carries the name of the yard that cast it.",
    "It will be shown in the harbour museum once the salt has been washed out of the bronze.",
    "The ferry sank in a storm ninety years ago with nobody on board.",
    "The town council paid for half of the search and private donors for the other half.",
]


QUOTE = "“We had looked in every corner of that bay and were about to give up for the year,” the diver said."


OTHERS = [
    "The national team lost its opening match three goals to one after the goalkeeper was sent off early.",
    "A bakery in the old town has sold the same rye bread for a hundred and twenty years.",
    "Beekeepers report the best spring since records began and expect a honey glut by the summer.",
    "The night train to the coast returns in autumn after the operator found enough sleeping cars.",
    "Three councillors left the meeting in protest when the vote on the swimming pool was put off.",
]


def article(name, sentences, hours=0, publisher=None, **fields):
    return Article(
        name, text="\n".join(sentences), publisher=publisher, published_at=NOON + timedelta(hours=hours), **fields
    )


def shares_add_up(found):
    return all(sum(getattr(row, name) for name in SHARES) == pytest.approx(1) for row in found.articles if row.words)


def test_the_empty_collection_has_an_empty_audit():
    found = audit([])
    assert (found.articles, found.publishers, found.sentences) == ((), (), ())
    assert found.counts["articles"] == found.counts["compared"] == 0


GERMAN = "Der Vertrag gilt ab dem 3. Quartal für alle Länder der Union. Danach wird er jedes Jahr vom Rat geprüft."


@pytest.mark.parametrize("said", [None, "en", "de"])
def test_texts_are_split_by_the_rules_of_their_language(said):
    both = [article(name, [GERMAN], hours, name, language=said) for hours, name in enumerate("ab")]
    assert len(audit(both).sentences) == 2
    assert len(audit(both, language="de").sentences) == 2


def test_a_given_language_is_believed():
    both = [article(name, [GERMAN], hours, name, language="de") for hours, name in enumerate("ab")]
    assert len(audit(both, language="en").sentences) == 3


def test_one_article_is_all_original():
    [row] = audit([article("a", REPORT)]).articles
    assert (row.original, row.sources, row.compared) == (1.0, (), 0)


def test_an_article_without_words_has_no_shares():
    found = audit([Article("a"), Article("b", text="… — !")])
    assert all(getattr(row, name) == 0 for row in found.articles for name in SHARES)


def test_of_identical_articles_the_first_is_original_and_the_rest_verbatim():
    found = audit([article("late", REPORT, 3.5, "Gazette"), article("early", REPORT, 0, "Post")])
    late, early = found.articles
    assert (early.original, late.verbatim) == (1.0, 1.0)
    [source] = late.sources
    assert (source.article, source.words, source.share, source.hours) == ("early", late.words, 1.0, 3.5)
    assert (source.is_certain, source.is_common_agency) == (True, False)
    [pair] = found.publishers
    assert (pair.taker, pair.giver, pair.articles, pair.words) == ("Gazette", "Post", 1, late.words)
    assert (pair.share, pair.median_hours, pair.undetermined_words) == (1.0, 3.5, 0)


def test_two_texts_are_aligned_once_however_many_articles_have_them(monkeypatch):
    aligned = []
    match = aligned_pairs.match_tokenized
    monkeypatch.setattr(aligned_pairs, "match_tokenized", lambda *texts: aligned.append(texts) or match(*texts))
    copies = [article(f"n{k}", [*REPORT, OTHERS[k % 2]], k, f"o{k}") for k in range(12)]
    found = audit(copies)
    assert found.counts["compared"] == 12 * 11 // 2
    assert len(aligned) <= 4
    assert len({id(text) for texts in aligned for text in texts}) == 2
    assert {row.verbatim for row in found.articles[2:]} == {1.0}
    assert found.articles[1].verbatim == audit(copies[:2]).articles[1].verbatim < 1.0


def test_every_place_of_a_sentence_is_given_first_publication_first():
    texts = [article(name, [OTHERS[k], *REPORT], k, name) for k, name in enumerate(("w", "x", "y"))]
    found = audit(texts[::-1])
    assert len(found.sentences) == len(REPORT)
    by_id = {one.id: one.text for one in texts}
    for sentence in found.sentences:
        assert [place.article for place in sentence.places] == ["w", "x", "y"]
        assert [place.kind for place in sentence.places] == ["first", "verbatim", "verbatim"]
        assert {by_id[place.article][place.start : place.end] for place in sentence.places} == {sentence.text}
        assert (sentence.articles, sentence.publishers, sentence.is_first_certain) == (3, 3, True)


def test_edited_and_new_sentences_are_told_apart():
    edited = [REPORT[0].replace("Tuesday", "Tuesday evening"), *REPORT[1:], OTHERS[0]]
    early, late = audit([article("a", REPORT), article("b", edited, 1)]).articles
    assert early.original == 1.0
    assert late.edited == pytest.approx(16 / late.words)
    assert late.original == pytest.approx(len(OTHERS[0].split()) / late.words)
    assert shares_add_up(audit([article("a", REPORT), article("b", edited, 1)]))


def test_a_shared_quotation_is_no_copied_narration():
    early, late = audit([article("a", [*REPORT, QUOTE]), article("b", [QUOTE, *REPORT[:3]], 1)]).articles
    assert (early.quoted, early.original) == (0.0, 1.0)
    assert late.quoted == pytest.approx(len(QUOTE.split()) / late.words)
    assert late.sources[0].quoted_words == len(QUOTE.split())


def test_on_the_same_day_both_share_and_neither_is_the_source_for_certain():
    both = [Article(name, text="\n".join(REPORT), publisher=name, published_at="2024-05-01") for name in ("x", "y")]
    found = audit(both)
    assert [row.verbatim for row in found.articles] == [1.0, 1.0]
    assert [row.undetermined for row in found.articles] == [1.0, 1.0]
    assert not any(row.sources[0].is_certain for row in found.articles)
    assert all(pair.undetermined_words == pair.words for pair in found.publishers)
    assert not found.sentences[0].is_first_certain


def test_two_prints_of_one_agency_are_said_to_be_that():
    texts = [article(name, ["OSLO (AP) — The bay.", *REPORT], k, name) for k, name in enumerate(("x", "y"))]
    found = audit(texts)
    assert [row.agencies for row in found.articles] == [("Associated Press",)] * 2
    [source] = found.articles[1].sources
    assert (source.is_common_agency, source.hours) == (True, 1.0)
    assert found.publishers[0].common_agency_words == found.publishers[0].words


def test_what_a_publisher_repeats_is_boilerplate_in_the_audit():
    box = "Our readers make this newspaper possible and keep it free for everyone in the valley."
    texts = [article(f"n{k}", [f"{text} {text[::-1]}", box], 50 * k, "Gazette") for k, text in enumerate(OTHERS)]
    found = audit(texts, Settings(story_probability=0.999))
    assert all(row.boilerplate == pytest.approx(15 / row.words) for row in found.articles)
    assert found.sentences == ()
    assert found.counts["boilerplate_by_repetition"] == len(OTHERS)


def test_a_repeated_sentence_is_reused_every_time_it_stands_there():
    first, second, *_ = REPORT
    early, late = audit([article("a", REPORT), article("b", [first, second, OTHERS[0], first, first], 1)]).articles
    assert early.original == 1.0
    assert late.original == pytest.approx(len(OTHERS[0].split()) / late.words)


def collection():
    draw = random.Random(4)
    texts = []
    for k in range(24):
        own = [" ".join(draw.sample(" ".join(OTHERS).split(), 14)) + "." for _ in range(3)]
        texts.append(article(f"n{k}", draw.sample(REPORT, k % 5) + own, k / 4, "ABCD"[k % 4]))
    return texts


def test_order_and_number_of_processes_do_not_change_the_result():
    texts = collection()
    wanted = audit(texts)
    shuffled = audit(random.Random(1).sample(texts, len(texts)), processes=2)
    assert sorted(shuffled.articles, key=lambda row: row.id) == sorted(wanted.articles, key=lambda row: row.id)
    assert (shuffled.publishers, shuffled.sentences, shuffled.counts) == (
        wanted.publishers,
        wanted.sentences,
        wanted.counts,
    )
    assert shares_add_up(wanted)
    assert [row.id for row in wanted.articles] == [one.id for one in texts]


def test_reused_words_have_a_source_and_no_article_is_its_own():
    found = audit(collection())
    for row in found.articles:
        reused = row.verbatim + row.edited + row.rewritten
        assert sum(source.share for source in row.sources) <= reused + 1e-9
        assert all(source.article != row.id for source in row.sources)
        assert bool(row.sources) >= (reused > 0)


def test_limits_are_counted(monkeypatch):
    for limit in ("MAX_RELATED", "MAX_COMPARED"):
        monkeypatch.setattr(f"dedupe.audit.pair_selection.{limit}", 3)
    found = audit([article(f"n{k}", [*REPORT, OTHERS[k % 5]], k, f"o{k}") for k in range(12)])
    assert found.counts["not_compared"] > 0
    assert found.counts["compared"] + found.counts["not_compared"] == 12 * 11 // 2
    assert sum(row.not_compared for row in found.articles) == 2 * found.counts["not_compared"]
    assert any("were not compared" in warning for warning in found.warnings)


@pytest.fixture
def written(jsonl):
    rows = [
        {
            "id": "=1+1",
            "title": "@x",
            "text": "\n".join(REPORT),
            "source": "-Post",
            "published_at": "2024-05-01T10:00:00Z",
        },
        {"id": "b", "text": "\n".join(REPORT), "source": "Gazette\x1b[2J", "published_at": "2024-05-01T12:00:00Z"},
    ]
    return jsonl(rows)


def test_the_table_shows_articles_publishers_and_sentences(run, written):
    done = run("audit", written)
    assert done.code == 0
    assert "\x1b" not in done.out
    for said in ("largest source", "has from", "2.0 h", "100 % -Post", REPORT[0][:40], "2 articles"):
        assert said in done.out


def test_json_holds_everything(run, written):
    found = json.loads(run("audit", written, "--format", "json").out)
    assert [row["verbatim"] for row in found["articles"]] == [0.0, 1.0]
    assert len(found["sentences"]) == len(REPORT)
    assert found["sentences"][0]["places"][0]["kind"] == "first"


@pytest.mark.parametrize(("rows", "number"), [("articles", 2), ("publishers", 1), ("sentences", 10)])
def test_csv_is_safe_in_a_spreadsheet(run, written, rows, number):
    done = run("audit", written, "--format", "csv", "--rows", rows)
    found = list(csv.DictReader(io.StringIO(done.out)))
    assert len(found) == number
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in found for cell in row.values())


def test_long_tables_are_cut_and_say_so(run, written):
    assert "4 more sentences; --top 0 shows all" in run("audit", written, "--top", 1).out
    assert "more" not in run("audit", written, "--top", 0).out


@pytest.mark.parametrize("layout", ["table", "json", "csv"])
def test_an_empty_collection_is_no_error(run, layout):
    assert run("audit", "-", "--format", layout).code == 0


def test_unreadable_input_exits_with_three(run):
    done = run("audit", "no/such/path")
    assert (done.code, "no/such/path" in done.err) == (3, True)


def test_hostile_texts_are_audited(run, jsonl):
    texts = ["", "…" * 1000, "word " * 50_000, "word " * 50_000, "你好世界" * 2000, "a" * 100_000]
    done = run("audit", jsonl([{"id": str(k), "text": text} for k, text in enumerate(texts)]), "--format", "json")
    assert done.code == 0
    assert len(json.loads(done.out)["articles"]) == len(texts)


def test_the_account_of_every_sentence_adds_up_to_the_shares_exactly():
    texts = [
        *collection(),
        article("q", [*REPORT, QUOTE], 9, "A"),
        article("r", [QUOTE, REPORT[1], OTHERS[0]], 10, "B"),
    ]
    by_id = {one.id: one.text for one in texts}
    for row in audit(texts).articles:
        for name in SHARES:
            assert sum(one.words for one in row.sentences if one.kind == name) / row.words == getattr(row, name)
        for one in row.sentences:
            assert by_id[row.id][one.start : one.end].strip()
            assert (one.source is None) == (one.kind in ("original", "boilerplate"))
            if one.match == "verbatim":
                assert by_id[one.source][one.source_start : one.source_end] == by_id[row.id][one.start : one.end]
            if one.kind in ("verbatim", "edited", "rewritten"):
                assert one.match == one.kind
        assert [one.start for one in row.sentences] == sorted(one.start for one in row.sentences)


def test_grades_follow_from_the_words_of_each_class():
    more = [f"The council debated the price of water. {sentence}" for sentence in OTHERS]
    found = audit([article("a", REPORT), article("b", REPORT, 2), article("c", [*REPORT, *more, *OTHERS], 4)])
    assert [row.grade for row in found.articles] == ["none", "copied", "light"]
    for row in found.articles:
        for source in row.sources:
            assert source.words == source.verbatim_words + source.edited_words + source.rewritten_words
            assert source.words == round(source.share * row.words)
    assert [source.grade for source in found.articles[1].sources] == ["copied"]


def test_what_several_sources_gave_is_graded_together_and_each_alone():
    found = audit([article("a", REPORT), article("b", OTHERS, 1), article("c", [*REPORT, *OTHERS], 2)])
    taker = found.articles[2]
    assert taker.grade == "copied"
    assert sorted(source.grade for source in taker.sources) == ["heavy", "light"]


def test_a_place_is_compared_with_its_own_closest_source():
    edited = [REPORT[0], REPORT[1].replace("the name", "the old name"), *REPORT[2:]]
    found = audit([article("a", REPORT), article("b", edited, 1), article("c", edited, 2)])
    [changed] = [one for one in found.sentences if "name of the yard" in one.text]
    assert [(place.article, place.kind, place.source) for place in changed.places] == [
        ("a", "first", None),
        ("b", "edited", "a"),
        ("c", "verbatim", "b"),
    ]
    of_articles = {(row.id, one.start): (one.match, one.source) for row in found.articles for one in row.sentences}
    for sentence in found.sentences:
        for place in sentence.places[1:]:
            assert of_articles[place.article, place.start] == (place.kind, place.source)


FURNITURE = [
    "amp",
    "•",
    "…",
    "Fullscreen",
    "By ANA RUIZ and OLA LIND,\u00a0Associated Press",
    "By    Ana Ruiz , Gazette",
    "From the Gazette's Ola Lind",
    "Ruiz reported from Oslo.",
    "Post writers Ana Ruiz in Oslo and Ola Lind in Bergen contributed to this report.",
]


@pytest.mark.parametrize("line", FURNITURE)
def test_what_says_nothing_is_no_reuse(line):
    texts = [article(name, [line, *REPORT[:3], line, *REPORT[3:]], k, name) for k, name in enumerate(("x", "y", "z"))]
    found = audit(texts)
    assert len(found.sentences) == len(REPORT)
    rows = [one for row in found.articles for one in row.sentences]
    assert {one.kind for one in rows if one.words and line == texts[0].text[one.start : one.end]} <= {"boilerplate"}
    assert shares_add_up(found)


def test_short_sentences_are_reused_only_beside_longer_ones():
    together = article("a", ["Nobody knows.", *REPORT]), article("b", ["Nobody knows.", *REPORT, OTHERS[0]], 1)
    assert sum(one.kind == "verbatim" for one in audit(together).articles[1].sentences) == len(REPORT) + 1
    apart = article("a", ["Nobody knows.", OTHERS[1], *REPORT]), article("b", [*REPORT, OTHERS[0], "Nobody knows."], 1)
    assert audit(apart).articles[1].sentences[-1].kind == "original"


def test_articles_that_were_not_wholly_compared_are_named(monkeypatch):
    for limit in ("MAX_RELATED", "MAX_COMPARED"):
        monkeypatch.setattr(f"dedupe.audit.pair_selection.{limit}", 1)
    texts = [article(f"n{k:02d}", [*REPORT, OTHERS[k % 5]], k, f"o{k}") for k in range(4)]
    found = audit([*texts, Article("blank", text="…")])
    cut = sorted(row.id for row in found.articles if row.not_compared)
    assert cut
    assert any("were not compared" in said and all(name in said for name in cut) for said in found.warnings)
    assert any("blank" in said and "without words" in said for said in found.warnings)


def test_the_account_is_shown_with_the_text_of_every_sentence(run, written):
    shown = run("audit", written, "--rows", "account", "--top", 0).out
    assert "verbatim" in shown
    assert REPORT[0][:20] in shown
    rows = list(csv.DictReader(io.StringIO(run("audit", written, "--rows", "account", "--format", "csv").out)))
    assert [row["text"] for row in rows] == REPORT * 2
