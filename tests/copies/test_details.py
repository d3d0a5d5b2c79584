"""The next report of a series is no copy of the last one; an updated, edited or shortened report is a copy."""

import itertools

import numpy as np
import pytest
from backends import EVERY_BACKEND
from hypothesis import given
from hypothesis import strategies as st
from series_articles import COPIES, REPORT, SERIES, lottery, market, water, weather

from dedupe import Article, cluster, near_duplicates
from dedupe.copies import details
from dedupe.index import Index
from dedupe.kernels import DEFAULT, reference
from dedupe.kernels.ragged import ragged_offsets


def read(texts, backend=DEFAULT):
    """The details of each text, uint64."""
    encoded = [text.encode() for text in texts]
    offsets = ragged_offsets(np.array([len(text) for text in encoded], np.int64))
    values, places = details.read_details(np.frombuffer(b"".join(encoded), np.uint8), offsets, backend)
    return values, places


def series(left, right, backend=DEFAULT):
    return bool(details.compare(*read([left, right], backend), np.array([0]), np.array([1]), backend)[0][0])


def two(left, right):
    """Both texts as articles of one publisher, an hour apart."""
    return [
        Article("left", text=left, publisher="Gazette", published_at="2024-03-04T08:00:00Z"),
        Article("right", text=right, publisher="Gazette", published_at="2024-03-04T09:00:00Z"),
    ]


@pytest.mark.parametrize("kind", SERIES)
def test_two_reports_of_a_series_are_no_copies_and_two_stories(kind, tmp_path, jsonl):
    left, right = SERIES[kind]
    clustering = cluster(two(left, right))
    assert [row.copy_group for row in clustering.rows] == [1, 2]
    assert [row.story for row in clustering.rows] == [1, 2]
    assert {relation.kind for relation in clustering.relations} == {"overlapping"}
    assert clustering.relations[0].jaccard >= 0.5
    assert not near_duplicates([jsonl([{"id": "left", "text": left}, {"id": "right", "text": right}])]).relations
    for name, days in (("copies", 0), ("stories", 14)):
        with Index(tmp_path / name, story_days=days) as index:
            assert [verdict.verdict for verdict in index.check(two(left, right))] == ["new", "new"]


@pytest.mark.parametrize("kind", COPIES)
def test_a_version_of_a_report_stays_a_copy(kind, tmp_path):
    clustering = cluster(two(REPORT, COPIES[kind]))
    assert [row.copy_group for row in clustering.rows] == [1, 1]
    assert clustering.relations[0].route == "revised"
    with Index(tmp_path / "index") as index:
        assert [verdict.verdict for verdict in index.check(two(REPORT, COPIES[kind]))] == ["new", "revised"]


def test_no_two_versions_of_a_report_are_a_series():
    assert not any(series(left, right) for left, right in itertools.combinations(COPIES.values(), 2))


def test_copies_of_each_report_of_a_series_find_one_another(tmp_path):
    days = [market(day, f"4,{100 + 7 * n}", n / 10, 70 + n, 1800 + n, 600 + n) for n, day in enumerate("ABCDE", 11)]
    texts = [*days, *(day.replace("a quiet session", "quiet trade") for day in days)]
    articles = [Article(str(number), text=text) for number, text in enumerate(texts)]
    assert [row.canonical for row in cluster(articles).rows] == [*"01234", *"01234"]
    with Index(tmp_path / "index") as index:
        assert [verdict.canonical for verdict in index.check(articles)] == [*"01234", *"01234"]


def test_an_index_that_was_opened_again_still_knows_the_details(tmp_path):
    left, right = SERIES["weather"]
    for article, verdict in zip(two(left, right), ("new", "new"), strict=True):
        with Index(tmp_path / "index") as index:
            assert index.check([article])[0].verdict == verdict
    with Index(tmp_path / "index") as index:
        assert index.doctor().is_sound


def test_under_one_id_the_next_report_is_a_version_of_the_last(tmp_path):
    left, right = (Article("warnings", text=text) for text in SERIES["weather"])
    with Index(tmp_path / "index") as index:
        assert [verdict.verdict for verdict in index.check([left, right])] == ["new", "revised"]


def test_a_day_is_the_same_day_however_it_is_written():
    template = "The council met in the town hall on {} and voted for the plan of the mayor without any debate."
    days = [template.format(day) for day in ("May 4", "4 May", "Monday, May 4, 2020", "May 5")]
    first, *same, other = np.split(*(part[1:-1] if at else part for at, part in enumerate(read(days))))
    assert all(np.array_equal(first, one) for one in same)
    assert not np.array_equal(first, other)


def test_numbers_alone_make_a_series_only_if_there_are_many():
    first = "They counted {} cows, then {} pigs, later {} hens, also {} geese and at last {} goats on that farm."
    assert not series(first.format(1, 2, 3, 4, 5), first.format(6, 7, 8, 9, 5))
    assert series(first.format(1, 2, 3, 4, 5), first.format(6, 7, 8, 9, 10))


def test_one_change_in_many_places_counts_once():
    assert not series(REPORT, REPORT.replace("Port Brannock", "Old Haven"))
    text = water("Kiev", "the Desna", "Vyshgorod")
    assert not series(text, text.replace("Kiev", "Kyiv"))


def test_what_only_one_text_has_contradicts_nothing():
    left, right = weather("Marsh County", "March 4", 85), lottery("Monday, May 4", "3, 11, 19", 8, 12)
    assert not series(left, right)
    assert not series(REPORT, REPORT + " " + right)


@EVERY_BACKEND
@pytest.mark.parametrize(
    "text", ["", "…", "no details at all", "12", "Monday", "中国 12 月", "İ ǅ ß 4", "1,2.3:4,", "4th A4B4"]
)
def test_any_text_has_details_and_is_no_series_with_itself(text, backend):
    assert not series(text, text, backend)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("on 4 May in Łódź", "on ٤ May in ŁÓDŹ"),
        ("see Zo\u00adran Ivić at 10:30", "see Zoran Ivic\u0301 at 10:30"),
        ("paid 4,000 to Müller", "paid 4000 to Mu\u0308ller"),
        ("on 4 May in Diyarbakır", "on 4 May in DİYARBAKIR"),
        ("on 4 May in Constanța", "on 4 May in Constanţa"),
        ("в городе Королёв 4", "в городе Коро\u0301лев 4"),
        ("met the OʼBrien at 4", "met the O’Brien at 4"),
    ],
)
def test_what_readers_see_as_the_same_is_the_same_detail(left, right):
    values, places = read([left, right])
    assert np.array_equal(values[: places[1]], values[places[1] :])
    assert places[1] == 2


ANY = st.text(
    st.sampled_from("aA bBéÉ0123456789.,:!\n'“İﬁ中٤\u0301\u00ad\u200b\U00020000\U0001f600")
    | st.characters(exclude_categories=["Cs"])
)
DATED = st.lists(
    st.sampled_from(["May", "4", "Monday", "Sept", "2020", ",", ".", "the", "Ann", "31", "1,000", "10:30"])
).map(" ".join)


@EVERY_BACKEND
@given(st.lists(ANY | DATED, min_size=2, max_size=4))
def test_both_backends_read_and_compare_the_same_details(backend, texts):
    values, places = read(texts, backend)
    expected, expected_places = read(texts, reference)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(places, expected_places)
    assert (values < 1 << 48).all()
    for start, end in itertools.pairwise(places.tolist()):
        assert (np.diff(values[start:end].astype(np.int64)) > 0).all()
    left, right = map(np.array, zip(*itertools.permutations(range(len(texts)), 2), strict=True))
    found = backend.compare_details(values, places, left, right)
    for own, other in zip(found, reference.compare_details(values, places, left, right), strict=True):
        np.testing.assert_array_equal(own, other)


@EVERY_BACKEND
@given(st.lists(DATED, min_size=2, max_size=2))
def test_the_order_of_two_texts_does_not_matter(backend, texts):
    assert series(*texts, backend) == series(*texts[::-1], backend)


def test_only_the_top_of_a_long_text_is_read():
    top = "He met Ann at 5. " * 200
    values, places = read([top + "He met Bob at 6.", top])
    assert np.array_equal(values[: places[1]], values[places[1] :])
