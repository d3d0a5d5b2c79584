"""A body is cut into its articles without a change, and one that is no JSON is refused, in both ways of cutting."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_support import JSON, NDJSON

from dedupe.service import bodies
from dedupe.service.bodies import cut
from dedupe.service.problems import ServiceError

JSON, NDJSON = JSON["Content-Type"], NDJSON["Content-Type"]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@pytest.fixture(params=["all at once", "one by one"])
def way(request, monkeypatch):
    """Arrays of few commas are cut all at once, others one by one."""
    if request.param == "one by one":
        monkeypatch.setattr(bodies, "_FEW_COMMAS", -1)


@given(values=st.lists(VALUES, max_size=6), indent=st.sampled_from([None, 1]), one_by_one=st.booleans())
def test_the_elements_of_an_array_are_those_that_were_sent(values, indent, one_by_one):
    body = json.dumps(values, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
    found = list(bodies._elements_one_by_one(body.decode())) if one_by_one else cut(body, JSON, 100).raw
    assert [json.loads(raw) for raw in found] == json.loads(body)


@given(values=st.lists(VALUES, max_size=6), end=st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_the_lines_of_ndjson_are_those_that_were_sent(values, end):
    body = end.join(map(json.dumps, values)).encode()
    assert [json.loads(raw) for raw in cut(body, NDJSON, 100).raw] == values


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "body", [b"[", b"[1", b"[1,", b"[1,]", b"[,1]", b"[1 2]", b"[1]]", b"[1] 2", b"[tru]", b"[" * 90_000]
)
def test_a_broken_array_is_refused(body):
    with pytest.raises(ServiceError, match="not valid JSON"):
        cut(body, JSON, 10)


@pytest.mark.usefixtures("way")
def test_an_array_may_be_empty_and_bytes_that_are_no_utf8_stay_in_their_article():
    assert cut(b" [ ] ", JSON, 10).raw == []
    assert len(cut(b'[{"text": "a\xff"}, {"text": NaN}]', JSON, 10).raw) == 2


@pytest.mark.usefixtures("way")
def test_no_more_articles_are_cut_than_are_taken():
    assert len(cut(b"[1, 2]", JSON, 2).raw) == 2
    for body, kind in ((b"[1, 2, 3]", JSON), (b"1\n2\n3", NDJSON)):
        with pytest.raises(ServiceError, match="more than 2 articles"):
            cut(body, kind, 2)
