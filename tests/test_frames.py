"""Data frames go in, and results come out, through the Arrow C stream interface, whatever library they are of."""

import re
from dataclasses import asdict
from datetime import datetime

import pyarrow as pa
import pytest

from dedupe import Article, DedupeError, Index, cluster, near_duplicates, read

TALKS = "Talks between the two ministers ended on Friday without a result, both sides said after nine hours in Alderby."
RAIN = "Heavy rain flooded the lower town of Port Brannock on Sunday, and the fire brigade pumped out forty cellars."


class Frame:
    """Arrow data that is nothing else."""

    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


class DataSet:
    """Rows as the library ``datasets`` gives them, which has no such interface."""

    def __init__(self, table):
        self._table = table
        self.features = self

    @property
    def arrow_schema(self):
        return self._table.schema

    def with_format(self, kind):
        assert kind == "arrow"
        return self

    def iter(self, batch_size):
        return (self._table.slice(start, batch_size) for start in range(0, len(self._table), batch_size))


def frame(**columns):
    return Frame(pa.table(columns))


NEWS = {"guid": ["a", "b", "c"], "Body": [TALKS, TALKS.upper(), RAIN], "source": ["X", None, "Y"]}


def copies_in(given, **options):
    """Check that ``cluster`` and ``near_duplicates`` find the same copies, and return their ids."""
    rows = cluster(given, **options).rows
    pairs = {(row.canonical, row.id) for row in rows if not row.is_canonical}
    assert {(pair.left, pair.right) for pair in near_duplicates(given, **options).relations} == pairs
    return pairs


def refusal(given, **options):
    """Check that ``cluster`` and ``near_duplicates`` refuse something in the same words, and return them."""
    said = []
    for function in (cluster, near_duplicates):
        with pytest.raises(DedupeError) as refused:
            function(given, **options)
        said.append(str(refused.value))
    assert said[0] == said[1]
    return said[0]


def test_a_frame_is_clustered_like_its_articles():
    articles = [Article(i, text=t, publisher=p) for i, t, p in zip(*NEWS.values(), strict=True)]
    assert cluster(frame(**NEWS)).rows == cluster(articles).rows
    assert cluster(frame(**NEWS), columns={"publisher": "guid"}).rows[0].publisher == "a"


def test_a_frame_gives_the_results_of_a_file(jsonl):
    changed = TALKS.replace("Friday", "Monday")
    rows = [
        {"id": f"n{i}", "title": f"No. {i}", "text": text and f"{text} {i % 3}", "source": f"P{i % 4}", "published": "2024-01-0" + str(i % 8 + 1)}
        for i, text in enumerate([TALKS, RAIN, changed, f"<p>{RAIN}</p>", TALKS, ""] * 5)
    ]  # fmt: skip
    path, given = jsonl(rows), Frame(pa.Table.from_pylist(rows))
    with pytest.warns(UserWarning, match="the text is empty"):
        assert cluster(given).rows == cluster(read([path])).rows
    with pytest.warns(UserWarning, match="the text is empty"):
        ours, others = near_duplicates(given), near_duplicates([path])
    assert (ours.relations, ours.counts) == (others.relations, others.counts)


VIEWS = pytest.mark.skipif(not hasattr(pa, "string_view"), reason="pyarrow has no string views yet")


@pytest.mark.parametrize(
    "text",
    [
        pa.array(NEWS["Body"], pa.large_string()),
        pa.array(NEWS["Body"]).dictionary_encode(),
        pa.array([None, TALKS, *NEWS["Body"]]).dictionary_encode()[2:],
        pa.chunked_array([NEWS["Body"][:1], [], NEWS["Body"][1:]]),
        pa.chunked_array([pa.array(NEWS["Body"][:1]).dictionary_encode(), pa.array(NEWS["Body"][1:]).dictionary_encode()]),
        pa.array([text.encode() for text in NEWS["Body"]]),
        pa.array([None, *NEWS["Body"]])[1:],
        pa.array([[text[:20], text[20:]] for text in NEWS["Body"]]),
        pa.array([{"value": text} for text in NEWS["Body"]]),
        pytest.param(pa.array(NEWS["Body"], pa.string_view()) if hasattr(pa, "string_view") else None, marks=VIEWS),
    ],
    ids="large categories slice-of-categories chunks chunks-of-categories bytes slice lists objects views".split(),
)  # fmt: skip
def test_text_may_have_any_layout(text):
    assert copies_in(frame(id=["a", "b", "c"], text=text)) == {("a", "b")}


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (pa.array(["2024-01-05T10:30:00Z", None]), "2024-01-05T10:30:00+00:00"),
        (pa.array([datetime(2024, 1, 5, 10, 30), None]), "2024-01-05T10:30:00+00:00"),
        (pa.array([datetime(2024, 1, 5, 10, 30), None], pa.timestamp("ns", "UTC")), "2024-01-05T10:30:00+00:00"),
        (pa.array([datetime(2024, 1, 5, 10, 30), None], pa.timestamp("ms", "+02:00")), "2024-01-05T10:30:00+00:00"),
        (pa.array([19727, None], pa.int32()).cast(pa.date32()), "2024-01-05T00:00:00+00:00"),
        (pa.array([datetime(2024, 1, 5), None]), "2024-01-05T00:00:00+00:00"),
        (pa.array([1704450600, None]), "2024-01-05T10:30:00+00:00"),
        (pa.array([datetime(2024, 1, 5), None], pa.timestamp("s")).dictionary_encode(), "2024-01-05T00:00:00+00:00"),
    ],
    ids="text naive nanoseconds zone day midnight number categories".split(),
)
def test_dates_may_have_any_type(published, expected):
    rows = cluster(frame(id=["a", "b"], text=[TALKS, RAIN], published=published)).rows
    assert [row.published_at and row.published_at.isoformat() for row in rows] == [expected, None]


def test_a_date_elsewhere_in_the_frame_says_whether_the_day_comes_first():
    rows = cluster(frame(id=["a", "b"], text=[TALKS, RAIN], date=["01/02/2024", "25/02/2024"])).rows
    assert [row.published_at.month for row in rows] == [2, 2]


def test_empty_frames_and_missing_values():
    assert copies_in(frame(text=pa.array([], pa.string()))) == set()
    assert copies_in(frame(text=pa.array([], pa.null()), id=pa.array([], pa.int64()))) == set()
    assert copies_in(frame(text=pa.chunked_array([], pa.string()))) == set()
    with pytest.warns(UserWarning, match="data frame:2"):
        rows = cluster(frame(id=[None, "b"], text=[TALKS, None])).rows
    assert [row.id for row in rows] == ["row:1", "b"]
    with pytest.warns(UserWarning, match=r"data frame:\d: the text is empty"):
        assert copies_in(frame(text=pa.nulls(2))) == set()


def test_an_id_that_comes_again_is_treated_as_in_a_file(jsonl):
    rows = [
        {"id": own, "text": text}
        for own, text in (
            ("a", TALKS),
            ("a", RAIN),
            ("a#2", TALKS),
            ("b", TALKS),
            ("a", TALKS),
            ("c", RAIN),
            ("a", "x"),
        )
    ]
    with pytest.warns(UserWarning, match="came before"):
        ours, others = cluster(Frame(pa.Table.from_pylist(rows))), cluster(read([jsonl(rows)]))
    assert [row.id for row in ours.rows] == ["a", "a#2", "a#2#2", "b", "c", "a#3"]
    assert ours.rows == others.rows
    assert near_duplicates(Frame(pa.Table.from_pylist(rows))).counts["articles"] == len(rows)


def test_what_is_missing_is_named():
    assert "no column for the text, only headline_a, n: " in refusal(frame(headline_a=["x"], n=[1]))
    assert "no column for the text" in refusal(frame())
    assert "no column for the text, only headline_a" in refusal(frame(headline_a=["x"]), columns={"text": "Txet"})


def test_a_column_that_is_named_in_vain_is_said_and_the_usual_one_counts():
    with pytest.warns(UserWarning, match="no 'Txet', which is named for text, among the fields text — did you mean"):
        assert [row.id for row in cluster(frame(text=["x"]), columns={"text": "Txet"}).rows] == ["row:1"]


def test_the_language_of_a_row_says_what_its_month_means():
    rows = frame(id=["a", "b"], text=["x", "y"], date=["5 listopada 2024"] * 2, language=["Polish", "hr-HR"])
    assert [row.published_at.month for row in cluster(rows).rows] == [11, 10]


def test_a_column_without_any_value_may_have_the_type_that_pandas_gives_it():
    nothing, missing = pa.array([], pa.float64()), pa.array([None, float("nan")], pa.float64())
    assert copies_in(frame(id=nothing, text=nothing)) == set()
    with pytest.warns(UserWarning, match=r"data frame:\d: the text is empty"):
        assert [row.id for row in cluster(frame(id=["a", "b"], text=missing)).rows] == ["a", "b"]
    assert "the column 'text' holds numbers, such as 0.5, not text" in refusal(frame(text=[None, float("nan"), 0.5]))


@pytest.mark.parametrize(
    "text",
    [pa.array([True]), pa.array([1]), pa.array([datetime(2024, 1, 5)]), pa.array([1]).cast(pa.decimal128(38))],
)  # fmt: skip
def test_a_text_of_a_wrong_type_is_named(text):
    assert refusal(frame(id=["a"], text=text)).startswith(f"the column 'text' holds {text.type}, not text: ")
    with pytest.warns(UserWarning, match=re.escape(f"'summary' holds {text.type}, which is no")):
        assert cluster(frame(text=["x"], summary=text)).rows[0].id == "row:1"


def test_another_field_of_a_wrong_type_is_named_and_not_used():
    with pytest.warns(
        UserWarning, match=r"the column 'published' holds bool, which is no published at, and is not used"
    ):
        assert cluster(frame(id=["a"], text=[TALKS], published=[True])).rows[0].published_at is None
    with pytest.warns(UserWarning, match="the column 'id' holds timestamp"):
        assert cluster(frame(id=[datetime(2024, 1, 5)], text=[TALKS])).rows[0].id == "row:1"


def test_a_name_that_is_there_twice_is_named():
    twice = Frame(pa.table([["a"], [TALKS], [TALKS]], names=["id", "text", "text"]))
    assert refusal(twice) == "the data frame has 2 columns named 'text': rename all but one"
    unused = Frame(pa.table([["a"], [TALKS], [1], [2]], names=["id", "text", "n", "n"]))
    assert copies_in(unused) == set()


def test_a_value_that_cannot_be_read_is_reported_with_its_row():
    with pytest.warns(UserWarning, match="data frame:2: the date 'soon' is left out"):
        cluster(frame(text=[TALKS, RAIN], date=["2024-01-05", "soon"]))
    with pytest.warns(UserWarning, match="data frame:2: NUL or half a surrogate pair in publisher became"):
        cluster(frame(text=[TALKS, RAIN], source=["A", "B\0"]))
    with pytest.warns(UserWarning, match="data frame:3: texts of more than 200 characters"):
        found = near_duplicates(frame(text=[TALKS, TALKS, TALKS * 2]), max_record_bytes=200)
    assert found.counts["articles"] == 2
    with pytest.raises(DedupeError, match="data frame:2: the text is empty"):
        near_duplicates(frame(text=[TALKS, ""]), strict=True)


def test_data_that_cannot_be_read_is_refused():
    class Mixed:
        def __arrow_c_stream__(self, requested_schema=None):
            raise pa.ArrowTypeError(
                "Expected bytes, got a 'int' object", "Conversion failed for column text"
            )  # as pandas

    expected = (
        "cannot be read as Arrow data (Expected bytes, got a 'int' object; Conversion failed for column text): give"
    )
    assert expected in refusal(Mixed())

    def batches():
        yield pa.table({"text": [TALKS]}).to_batches()[0]
        raise OSError("the disk is gone")

    with pytest.raises(DedupeError, match=r"cannot be read beyond row 1: .*the disk is gone"):
        cluster(pa.RecordBatchReader.from_batches(pa.schema({"text": pa.string()}), batches()))
    with pytest.raises(DedupeError, match="article 1 is a dict, not an Article"):
        cluster([{"text": TALKS}])


def test_a_name_with_a_dot_leads_into_an_object():
    stories = pa.array([{"body": text, "by": "X"} for text in NEWS["Body"]])
    named = {"text": "story.body", "publisher": "story.by"}
    assert copies_in(frame(id=["a", "b", "c"], story=stories), columns=named) == {("a", "b")}
    assert cluster(frame(id=["a", "b", "c"], story=stories), columns=named).rows[0].publisher == "X"


def test_a_data_set_is_read_as_its_table():
    assert copies_in(DataSet(pa.table(NEWS))) == {("a", "b")}
    assert copies_in(DataSet(pa.table(NEWS).slice(0, 0))) == set()


def test_an_index_takes_a_frame_with_ids(tmp_path):
    with Index(tmp_path / "index") as index:
        assert [answer.verdict for answer in index.check(frame(**NEWS))] == ["new", "identical", "new"]
        assert [answer.replayed for answer in index.peek(frame(**NEWS))] == [True, True, True]
        named = frame(key=["a", "d"], story=[TALKS, RAIN])
        answers = index.check(named, columns={"id": "key", "text": "story"})
        assert [(answer.replayed, answer.canonical) for answer in answers] == [(True, "a"), (False, "c")]
        with pytest.raises(DedupeError, match="row 2 has no id"):
            index.check(frame(id=["x", None], text=[TALKS, RAIN]))


def test_results_are_arrow_data(jsonl, tmp_path):
    rows = pa.table(cluster(frame(**NEWS)))
    assert rows["id"].to_pylist() == ["a", "b", "c"]
    assert rows["relation_kind"].to_pylist() == [None, "identical", None]
    assert rows["story_probability"].type == pa.float64()
    pairs = near_duplicates([jsonl([{"id": i, "text": t} for i, t in zip("abc", NEWS["Body"], strict=True)])])
    assert pa.table(pairs).to_pylist()[0]["right"] == "b"
    assert pa.table(near_duplicates(frame(**NEWS))).equals(pa.table(pairs))
    with Index(tmp_path / "index") as index:
        verdicts = index.check(frame(**NEWS))
        table = verdicts.to_arrow()
        assert table.to_pylist() == [asdict(verdict) for verdict in verdicts]
        assert index.check([]).to_arrow().schema == table.schema


def test_results_without_rows_are_arrow_data_with_the_same_columns():
    rows, pairs = cluster(frame(**NEWS)), near_duplicates(frame(**NEWS))
    nothing = frame(text=pa.array([], pa.string()))
    assert pa.table(cluster(nothing)).num_rows == pa.table(near_duplicates(nothing)).num_rows == 0
    assert pa.table(cluster(nothing)).schema == pa.table(rows).schema
    assert pa.table(near_duplicates(nothing)).schema == pa.table(pairs).schema


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_of_other_libraries(library):
    made = pytest.importorskip(library).DataFrame(NEWS)
    assert copies_in(made) == {("a", "b")}


@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.float64()])
def test_days_may_be_whole_numbers(kind):
    days = pa.array([20240105, 20240106, None], kind)
    rows = cluster(frame(id=["a", "b", "c"], text=[TALKS, RAIN, "Snow fell."], date=days)).rows
    assert [row.published_at and row.published_at.day for row in rows] == [5, 6, None]


def test_ids_that_gaps_made_floats_are_whole_numbers_again():
    rows = cluster(frame(id=pa.array([1.0, 2.0, None]), text=[TALKS, RAIN, "Snow fell."])).rows
    assert [row.id for row in rows] == ["1", "2", "row:3"]


def test_bytes_of_one_size_are_no_text():
    with pytest.raises(DedupeError, match="the column 'text' holds fixed_size_binary"):
        cluster(frame(id=["a"], text=pa.array([b"\x01\x02\x03\x04"], pa.binary(4))))
