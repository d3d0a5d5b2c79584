"""Data frames go in, and results come out, through the Arrow C stream interface, whatever library they are of."""

import pyarrow as pa
import pytest

from dedupe import Article, DedupeError, Index, cluster, near_duplicates

TALKS = "Talks between the two ministers ended on Friday without a result, both sides said after nine hours in Alderby."
RAIN = "Heavy rain flooded the lower town of Port Brannock on Sunday, and the fire brigade pumped out forty cellars."


class Frame:
    """Arrow data that is nothing else."""

    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


def frame(**columns):
    return Frame(pa.table(columns))


NEWS = {"guid": ["a", "b", "c"], "Body": [TALKS, TALKS.upper(), RAIN], "source": ["X", None, "Y"]}


def test_a_frame_is_clustered_like_its_articles():
    articles = [Article(i, text=t, publisher=p) for i, t, p in zip(*NEWS.values(), strict=True)]
    assert cluster(frame(**NEWS)).rows == cluster(articles).rows
    assert cluster(frame(**NEWS), columns={"publisher": "guid"}).rows[0].publisher == "a"


@pytest.mark.parametrize(
    "text",
    [
        pa.array(NEWS["Body"], pa.large_string()),
        pa.array(NEWS["Body"]).dictionary_encode(),
        pa.chunked_array([NEWS["Body"][:1], [], NEWS["Body"][1:]]),
        pytest.param(
            pa.array(NEWS["Body"], pa.string_view()) if hasattr(pa, "string_view") else None,
            marks=pytest.mark.skipif(not hasattr(pa, "string_view"), reason="pyarrow has no string views yet"),
        ),
    ],
    ids=["large", "categories", "chunks", "views"],
)
def test_text_may_have_any_layout(text):
    assert [row.copy_group for row in cluster(frame(id=["a", "b", "c"], text=text)).rows] == [1, 1, 2]


def test_empty_frames_and_missing_values():
    assert cluster(frame(text=pa.array([], pa.string()))).rows == ()
    with pytest.warns(UserWarning, match="data frame:2"):
        rows = cluster(frame(id=[None, "b"], text=[TALKS, None])).rows
    assert [row.id for row in rows] == ["row:1", "b"]


def test_what_is_missing_is_named():
    with pytest.raises(DedupeError, match=r"no column for the text, only headline_a, n: .*columns="):
        cluster(frame(headline_a=["x"], n=[1]))
    with pytest.raises(DedupeError, match="no column for the text"):
        cluster(frame())


def test_an_index_takes_a_frame_with_ids(tmp_path):
    with Index(tmp_path / "index") as index:
        assert [answer.verdict for answer in index.check(frame(**NEWS))] == ["new", "identical", "new"]
        assert [answer.replayed for answer in index.peek(frame(**NEWS))] == [True, True, True]
        with pytest.raises(DedupeError, match="row 2 has no id"):
            index.check(frame(id=["x", None], text=[TALKS, RAIN]))


def test_results_are_arrow_data(jsonl):
    rows = pa.table(cluster(frame(**NEWS)))
    assert rows["id"].to_pylist() == ["a", "b", "c"]
    assert rows["relation_kind"].to_pylist() == [None, "identical", None]
    assert rows["story_probability"].type == pa.float64()
    pairs = near_duplicates([jsonl([{"id": i, "text": t} for i, t in zip("abc", NEWS["Body"], strict=True)])])
    assert pa.table(pairs).to_pylist()[0]["right"] == "b"
    assert pa.table(cluster([])).num_rows == 0
    assert pa.table(cluster([])).schema == rows.schema


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_of_other_libraries(library):
    made = pytest.importorskip(library).DataFrame(NEWS)
    assert [row.copy_group for row in cluster(made).rows] == [1, 1, 2]
