import itertools
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT

from dedupe.clustering import cluster
from dedupe.explanations import explain_stories
from dedupe.kernels.linkage import average_link
from dedupe.report import explanation
from dedupe.schemas import ARTICLES, Article
from dedupe.stories.candidates import EXHAUSTIVE_ROWS, propose_pairs, text_weights
from dedupe.stories.models import load_model, load_models
from dedupe.stories.pair_features import Times, measure_pair_features, second_order_similarity, time_features
from dedupe.stories.scoring import LOCAL_CAUTION, score_same_event, scores_schema
from dedupe.stories.split_search import MOST_COMPARED
from dedupe.stories.topic_features import MOST_TEXTS
from dedupe.text import terms, tokens
from dedupe.text.background import Background, load_background

NO_NEWS = Background(0, {})

FIRE = [
    "Fire guts warehouse in Rotterdam harbour\nA fire destroyed a paint warehouse in the port of Rotterdam on Monday. "
    "Harbour master Joost van Dijk said forty firefighters fought the flames for nine hours.",
    "Rotterdam paint warehouse burns down\nForty firefighters needed nine hours on Monday to put out a blaze in a paint "
    "warehouse in Rotterdam, harbour master Joost van Dijk told reporters.",
    "Nine-hour blaze in Dutch port\nHarbour master Van Dijk praised firefighters after a paint warehouse in Rotterdam burnt "
    "down on Monday. Nobody was hurt, Joost van Dijk said.",
]
VOTE = [
    "Parliament rejects pension reform in Lisbon\nLawmakers in Lisbon voted down the pension bill of minister Ana Ribeiro by "
    "118 to 112 on Thursday. Ribeiro said she would not resign.",
    "Ribeiro's pension bill fails\nThe Portuguese parliament rejected a pension reform by 118 votes to 112. Minister Ana Ribeiro "
    "called the vote in Lisbon on Thursday a setback but will stay.",
    "Minister stays after lost pension vote\nAna Ribeiro will not step down after parliament in Lisbon voted 118 to 112 against "
    "her pension reform on Thursday.",
]


def table(texts, published=None):
    published = published or [None] * len(texts)
    rows = [
        {"id": f"a{i}", "title": "", "text": text, "published_at": when, "day_precision": False}
        for i, (text, when) in enumerate(zip(texts, published, strict=True))
    ]
    return pa.Table.from_pylist(rows, schema=ARTICLES)


def log_odds(links):
    """Log-odds of each pair, by (left, right)."""
    columns = (links.pairs[name].to_pylist() for name in ("left", "right", "log_odds"))
    return {(left, right): value for left, right, value in zip(*columns, strict=True)}


def stories(texts):
    """Story of each text, numbered in the order in which they first appear, by the whole pipeline."""
    rows = cluster([Article(id=f"a{i}", text=text) for i, text in enumerate(texts)]).rows
    seen = {}
    return [seen.setdefault(row.story, len(seen)) for row in rows]


@pytest.mark.parametrize("texts", [[], ["One article about one thing."]])
def test_fewer_than_two_articles_have_no_links(texts):
    links = score_same_event(table(texts))
    assert links.pairs.num_rows == 0
    assert links.pairs.schema == scores_schema(links.model)
    assert links.counts["story_pairs"] == 0


def test_articles_on_two_events_make_two_stories():
    assert stories(FIRE + VOTE) == [0, 0, 0, 1, 1, 1]


def test_two_reports_of_one_event_alone_are_one_story():
    assert stories(FIRE[:2]) == [0, 0]


STRANGERS = [
    f"{subject} {place}\n{who} of {place} said on {day} that {what}."
    for subject, place, who, day, what in (
        ("Record marrow in", "Swindon", "Gardener Pat Olsen", "Sunday", "the marrow weighs 93 kilos and will be eaten"),
        ("New tram line for", "Gdansk", "Engineer Wanda Nowak", "Friday", "trams will run to the shipyard by spring"),
        (
            "Chess title stays in",
            "Yerevan",
            "Grandmaster Levon Petrosyan",
            "Tuesday",
            "his rook endgame decided the match",
        ),
        ("Flu vaccine short in", "Tucson", "Nurse Maria Delgado", "Wednesday", "clinics ran out of doses before noon"),
    )
]


def test_unrelated_articles_change_no_story(seeds):
    summits = [path.read_text("utf-8") for path in sorted(seeds.glob("*.txt"))]
    for company in ([], STRANGERS[:1], STRANGERS):
        assert stories([*summits, *company])[:5] == [0, 0, 0, 1, 1]
    assert stories(FIRE + VOTE + STRANGERS) == [0, 0, 0, 1, 1, 1, 2, 3, 4, 5]


def test_only_pairs_on_one_topic_of_a_small_collection_are_scored(seeds):
    summits = [path.read_text("utf-8") for path in sorted(seeds.glob("*.txt"))]
    links = score_same_event(table([*summits, *STRANGERS]))
    topic = links.group.tolist()
    assert links.local is None
    assert len(set(topic[:5])) == 1
    assert not set(topic[:5]) & set(topic[5:])
    assert list(log_odds(links)) == [p for p in itertools.combinations(range(9), 2) if topic[p[0]] == topic[p[1]]]


def company(places=30):
    """Unrelated articles: as many places, and two subjects in each."""
    return [
        f"{subject} in Town{place}\n{who} of Town{place} told reporters number {7 * place} that {what}."
        for place in range(places)
        for subject, who, what in (
            (f"Marrow {place * 3} kilos", f"Gardener Olsen{place}", f"it will be eaten with sauce{place}"),
            (f"Tram line {place}", f"Engineer Nowak{place}", f"trams will run to yard{place} by spring"),
        )
    ]


def test_groups_of_a_large_collection_that_may_be_two_alike_events_are_looked_at_more_closely():
    links = score_same_event(table(FIRE + VOTE + company()))
    assert links.rows > MOST_TEXTS
    texts, group = np.bincount(links.group)[links.group], links.group.tolist()
    few = {row for row in range(links.rows) if 4 <= texts[row] <= 10}  # two events have four texts or more
    expected = [p for p in itertools.combinations(range(links.rows), 2) if p[0] in few and group[p[0]] == group[p[1]]]
    assert expected
    assert list(zip(links.local.pairs.left.tolist(), links.local.pairs.right.tolist(), strict=True)) == expected
    assert np.isfinite(links.local.log_odds).all()
    small = load_models().small.splits
    assert links.local.model == msgspec.structs.replace(small, intercept=small.intercept - LOCAL_CAUTION)


@pytest.mark.parametrize("copies_of_the_collection", [1, 11])
def test_empty_and_wordless_articles_have_finite_scores(copies_of_the_collection):
    links = score_same_event(table(["", "", "— … —", *FIRE] * copies_of_the_collection))
    assert np.isfinite(links.pairs["log_odds"].to_numpy()).all()


def test_the_order_of_articles_changes_no_number():
    texts = FIRE + VOTE
    straight = log_odds(score_same_event(table(texts)))
    for order in ([5, 4, 3, 2, 1, 0], [3, 0, 4, 1, 5, 2]):
        shuffled = log_odds(score_same_event(table([texts[i] for i in order])))
        for (left, right), value in shuffled.items():
            assert straight[tuple(sorted((order[left], order[right])))] == value


def test_the_hash_seed_changes_no_number():
    code = (
        "import sys; sys.path[:0] = ['tests', 'tests/stories']; from test_scoring import *; "
        "print(score_same_event(table(FIRE + VOTE)).pairs['log_odds'].to_pylist())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            cwd=ROOT,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


@pytest.mark.parametrize("copies_of_the_collection", [1, 3])
def test_contributions_add_up_to_the_log_odds(copies_of_the_collection):
    links = score_same_event(table((FIRE + VOTE) * copies_of_the_collection))
    columns = {feature.name: links.pairs[feature.name].to_numpy() for feature in links.model.features}
    total = sum(links.model.contributions(columns).values())
    np.testing.assert_allclose(total, links.pairs["log_odds"].to_numpy(), atol=1e-3)


def test_dates_far_apart_speak_against_one_event_and_missing_ones_say_nothing():
    start = datetime(2024, 3, 4, 8, tzinfo=UTC)
    undated = log_odds(score_same_event(table(FIRE)))
    close = log_odds(score_same_event(table(FIRE, [start, start + timedelta(hours=3), None])))
    far = log_odds(score_same_event(table(FIRE, [start, start + timedelta(days=200), None])))
    assert far[0, 1] < undated[0, 1] < close[0, 1]
    assert close[0, 2] == undated[0, 2] == far[0, 2]


def test_a_year_apart_speaks_more_against_one_event_than_a_month():
    times = Times(np.array([0.0, 31.0, 365.0, 3000.0]), np.ones(4, bool))
    far = time_features(times, np.zeros(3, np.int64), np.arange(1, 4))["far_in_time"]
    assert far[0] < far[1] <= far[2] == 1


def test_a_day_without_a_time_is_the_same_day_as_any_time_of_it():
    times = Times(np.array([100.0, 100.9, 101.5]), np.array([True, False, False]))
    apart = time_features(times, np.array([0, 0, 1]), np.array([1, 2, 2]))
    assert apart["far_in_time"][0] == 0
    assert apart["close_in_time"][0] == 1
    assert apart["far_in_time"][1] > apart["far_in_time"][2] > 0


@pytest.mark.parametrize(
    ("one", "other"),
    [("30 leaders met", "35 leaders met"), ("7.1 magnitude", "7.2 magnitude"), ("on Monday", "on Tuesday")],
)
def test_numbers_and_days_stay_apart(one, other):
    assert set(map(tokens.stem, tokens.tokens(one))) != set(map(tokens.stem, tokens.tokens(other)))


@pytest.mark.parametrize(
    "spellings", [("Zelensky", "Zelenskyy", "Zelenskiy"), ("Gaddafi", "Gadafi"), ("4,000", "4000")]
)
def test_spellings_of_one_name_or_number_are_one_term(spellings):
    assert len({tokens.stem(token) for token in spellings}) == 1


def test_scripts_without_spaces_and_without_case_are_told_apart_too():
    quake = [
        "東京で大きな地震があり、三人がけがをしました。気象庁が発表しました。",
        "大きな地震が東京であり、三人がけが。気象庁によると津波はない。",
    ]
    rain = [
        "大阪の川が大雨であふれ、住民が学校に避難しました。市長が会見しました。",
        "大雨で大阪の川があふれた。住民は学校に避難し、市長が会見した。",
    ]
    scores = log_odds(score_same_event(table(quake + rain)))
    inside = [scores[0, 1], scores[2, 3]]
    assert min(inside) > max(value for pair, value in scores.items() if pair not in [(0, 1), (2, 3)])


def test_german_articles_are_told_apart():
    strike = [
        "Lokführer streiken am Montag in Hannover. Die Gewerkschaft GDL fordert acht Prozent mehr Lohn, sagte Sprecher Kurt Lange.",
        "Streik der Lokführer: Die GDL legt am Montag den Bahnverkehr in Hannover lahm. Kurt Lange verlangt acht Prozent mehr.",
    ]
    flood = [
        "Hochwasser an der Elbe: In Pirna werden 400 Menschen in Sicherheit gebracht, sagt Landrätin Eva Böhm.",
        "Die Elbe steigt weiter. Landrätin Eva Böhm ließ in Pirna 400 Bewohner aus ihren Häusern holen.",
    ]
    assert stories(strike + flood) == [0, 0, 1, 1]


COMMON = ["".join(letters) for letters in itertools.permutations("bdkmtvz", 5)]


def made_up(count, seed=3):
    """Articles of random words, two on each event."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count // 2):
        own = ["".join(random.permutation(list("abcdfghklmnop"))) for _ in range(12)]
        common = [COMMON[i] for i in random.integers(0, len(COMMON), 60)]
        found += [" ".join(random.permutation(own + common[half::2])) for half in (0, 1)]
    return found


def test_the_candidate_index_finds_what_all_pairs_would():
    texts = made_up(4 * EXHAUSTIVE_ROWS)
    links = log_odds(score_same_event(table(texts)))
    assert all((i, i + 1) in links for i in range(0, len(texts), 2))
    assert len(links) < len(texts) * (len(texts) - 1) / 4


def test_terms_in_too_many_articles_are_counted_not_dropped_silently():
    texts = [f"Everybody mentions Springfield again, {i}." for i in range(500)]
    counts = score_same_event(table(texts)).counts
    assert counts["oversized_postings"] > 0
    assert {type(count) for count in counts.values()} == {int}


def test_a_part_of_a_collection_reads_as_if_it_were_read_alone():
    background = load_background()
    part = terms.read_terms(FIRE + VOTE, background).take(np.array([0, 3, 4]))
    alone = terms.read_terms([FIRE[0], VOTE[0], VOTE[1]], background)
    times = Times(np.full(3, np.nan), np.zeros(3, bool))
    for one, other in zip(
        *(measure_pair_features(t, times, propose_pairs(t, text_weights(t))).items() for t in (part, alone)),
        strict=True,
    ):
        assert one[0] == other[0]
        np.testing.assert_allclose(one[1], other[1], rtol=1e-12)


def test_agreement_is_the_correlation_with_all_third_articles():
    left, right = np.triu_indices(6, 1)
    values = np.random.default_rng(1).random(left.size)
    matrix = np.zeros((6, 6))
    matrix[left, right] = matrix[right, left] = values
    found = second_order_similarity({"values": values}, left, right, 6, centred=["values"])["values"]
    for pair, (a, b) in enumerate(zip(left, right, strict=True)):
        others = [i for i in range(6) if i not in (a, b)]
        assert found[pair] == pytest.approx(np.corrcoef(matrix[a, others], matrix[b, others])[0, 1])


def test_average_link_merges_on_the_mean_of_all_pairs_not_on_one_good_pair():
    chain = average_link(4, [0, 1, 2], [1, 2, 3], [0.9, 0.8, 0.9], threshold=0.5, missing=0.0)
    assert chain.tolist() == [0, 0, 1, 1]


@given(st.integers(2, 9), st.integers(0, 2**32 - 1))
def test_average_link_is_the_textbook_algorithm_in_any_order_of_pairs(rows, seed):
    random = np.random.default_rng(seed)
    left, right = np.triu_indices(rows, 1)
    weight = random.normal(size=left.size).round(3)
    listed = random.random(left.size) < 0.7
    matrix = np.full((rows, rows), -2.0)
    matrix[left[listed], right[listed]] = matrix[right[listed], left[listed]] = weight[listed]
    groups = [[row] for row in range(rows)]
    while len(groups) > 1:
        mean, a, b = max(
            (matrix[np.ix_(x, y)].mean(), -i, -j) for (i, x), (j, y) in itertools.combinations(enumerate(groups), 2)
        )
        if mean < -0.2:
            break
        groups[-a] += groups.pop(-b)
    order = random.permutation(np.flatnonzero(listed))
    labels = average_link(rows, left[order], right[order], weight[order], threshold=-0.2, missing=-2.0)
    assert sorted(map(sorted, groups)) == sorted(np.flatnonzero(labels == g).tolist() for g in range(labels.max() + 1))


def test_average_link_refuses_a_missing_weight_that_would_join_strangers():
    with pytest.raises(ValueError, match="missing"):
        average_link(2, [], [], [], threshold=0.0, missing=0.5)


def test_the_same_words_with_other_figures_are_a_series_and_a_text_cut_short_is_none():
    monday = (
        "Stocks close mixed. On Monday the index ended at 4100 points, oil at 71.2 dollars and gold at 1890 dollars."
    )
    other = monday.replace("Monday", "Friday").replace("4100", "3950").replace("71.2", "69.8").replace("1890", "1875")
    cut, without = monday.partition(", oil")[0] + ".", "Stocks close mixed. The index ended higher, traders said."
    words = terms.read_terms([monday, other, cut, without, without], load_background())
    pairs = propose_pairs(words, text_weights(words))
    series = measure_pair_features(words, Times(np.full(5, np.nan), np.zeros(5, bool)), pairs)[
        "same_words_other_numbers"
    ]
    found = dict(zip(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True), series.tolist(), strict=True))
    assert found[0, 1] > 0.7
    assert found[0, 2] == found[3, 4] == 0


MARKET = (
    "Stocks close mixed in Oslo\nOSLO, {date} - The main index ended at {a} points. Oil traded at {b} dollars a barrel and "
    "gold at {c} dollars an ounce. Volume on the exchange was {d} million shares, a broker said."
)


def market(date, a, b, c, d):
    return MARKET.format(date=date, a=a, b=b, c=c, d=d)


DAYS_OF_A_SERIES = [
    market("May 4", 4100.25, 71.2, 1890.1, 612),
    market("May 7", 4177.5, 70.8, 1875.3, 598),
    market("8 May", 4102.75, 72.4, 1881.7, 640),
    market("June 4th", 4020.5, 69.1, 1866.9, 655),
    market("June 5", 4020.75, 68.3, 1869.4, 601),
]


@pytest.mark.parametrize("others", [[], FIRE + VOTE, FIRE + VOTE + company()])
def test_days_of_a_series_are_a_story_each_whatever_the_size_of_the_collection(others):
    for some in (DAYS_OF_A_SERIES[:2], DAYS_OF_A_SERIES):
        found = stories([*some, *others])
        assert found[: len(some)] == list(range(len(some)))
        assert not set(found[: len(some)]) & set(found[len(some) :])


def test_a_report_of_one_market_day_with_another_dateline_is_the_same_event():
    printed = market("May 4", 4100.25, 71.2, 1890.1, 612)
    later = printed.replace("May 4", "May 5").replace("a broker said", "according to one broker in the city")
    assert stories([printed, later]) == [0, 0]


def test_numbers_and_days_of_a_month_tell_a_series():
    first, second = DAYS_OF_A_SERIES[:2]
    words = terms.read_terms([first, second, first.replace("May 4", "May 5"), first.partition(" Oil")[0]], NO_NEWS)
    pairs = propose_pairs(words, text_weights(words))
    columns = measure_pair_features(words, Times(np.full(4, np.nan), np.zeros(4, bool)), pairs)
    numbers, dates = (columns[f"same_words_other_{name}"].reshape(-1) for name in ("numbers", "dates"))
    place = {pair: i for i, pair in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))}
    assert numbers[place[0, 1]] > 0.7 < dates[place[0, 1]]  # another day
    assert numbers[place[0, 2]] == 0 < dates[place[0, 2]]  # another dateline
    assert numbers[place[0, 3]] == dates[place[0, 3]] == 0  # cut short


def test_the_model_file_and_the_features_agree():
    model = load_model()
    words = terms.read_terms(FIRE, load_background())
    columns = measure_pair_features(
        words, Times(np.full(3, np.nan), np.zeros(3, bool)), propose_pairs(words, text_weights(words))
    )
    assert [feature.name for feature in model.features] == list(columns)
    assert all(feature.meaning for feature in model.features)


def test_the_model_file_is_what_the_fitting_script_makes():
    """Needs the benchmark data and the extra ``fit``; says so when it is skipped."""
    pytest.importorskip("scipy", reason="the extra `fit` is not installed")
    data = Path(os.environ.get("DEDUPE_BENCH_DATA", ROOT.parent / "shared" / "data"))
    if not data.is_dir() or not os.environ.get("DEDUPE_SLOW_TESTS"):
        pytest.skip("set DEDUPE_SLOW_TESTS=1, and DEDUPE_BENCH_DATA, to fit the model again")
    environment = os.environ | {"DEDUPE_BENCH_DATA": str(data)}
    command = [sys.executable, "-m", "benchmarks.fitting.stories", "--check", "--background"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr


def test_the_model_file_says_what_it_was_fitted_on():
    document = json.loads((ROOT / "dedupe" / "data" / "story_model.json").read_text("utf-8"))
    assert {"made_by", "sets", "fitted", "scores"} <= set(document)


def test_a_large_story_says_which_of_its_texts_it_was_judged_by():
    random = np.random.default_rng(5)
    words = "smoke flames crews paint harbour night roof foam boats wind alarm blaze quay drums tanks guards".split()
    texts = [
        f"Warehouse fire in Rotterdam: {' '.join(random.permutation(words))}. Harbour master Joost van Dijk praised the "
        f"firefighters. {' '.join(random.permutation(words))}."
        for _ in range(16)
    ]
    clustering = cluster([Article(id=f"a{i}", text=text) for i, text in enumerate([*texts, *VOTE])])
    largest = max(explain_stories(clustering), key=lambda one: len((*one.smaller_side, *one.larger_side)))
    assert len(largest.judged_by) == MOST_COMPARED < len((*largest.smaller_side, *largest.larger_side))
    assert set(largest.judged_by) < {*largest.smaller_side, *largest.larger_side}
    said = [line for line in explanation.lines(clustering) if "by the least alike of either side: " in line]
    assert said == [f"  by the least alike of either side: {', '.join(largest.judged_by)}"]


def test_the_reasons_of_a_story_add_up_and_name_all_its_articles():
    clustering = cluster([Article(id=f"a{i}", text=text) for i, text in enumerate(FIRE + VOTE)])
    explained = explain_stories(clustering)
    assert [one.story for one in explained] == [1, 2]
    for one, story in zip(explained, clustering.stories, strict=True):
        assert sorted((*one.smaller_side, *one.larger_side)) == sorted(one.judged_by) == sorted(story.articles)
        assert one.log_odds == pytest.approx(sum(one.contributions.values()))
        assert one.log_odds < 0
