"""``POST /v1/check`` and ``/v1/peek``: the verdicts of ``dedupe filter``, in the form and order of what was sent."""

import json

import pytest
from index_support import edited, text
from service_support import JSON, NDJSON, STORY, serving

from dedupe import Index


def verdicts(answers):
    return [answer["dedupe"]["verdict"] for answer in answers]


def lines(answered):
    return [json.loads(line) for line in answered.text.splitlines()]


@pytest.mark.parametrize("path", ["/v1/check", "/v1/peek"])
def test_no_articles_have_no_answers(client, path):
    assert client.post(path, json=[]).json() == []
    assert client.post(path, content=b"", headers=NDJSON).text == ""
    assert client.post(path, content=b"\n\n", headers=NDJSON).text == ""


def test_one_object_is_answered_with_one_object(client):
    answered = client.post("/v1/check", json={"id": "one", "text": text(1)})
    assert answered.headers["content-type"] == "application/json"
    assert answered.json() == {
        "id": "one",
        "dedupe": {
            "verdict": "new",
            "matched_id": None,
            "story": None,
            "canonical": "one",
            "score": None,
            "jaccard": None,
            "left_in_right": None,
            "right_in_left": None,
            "reason": "nothing like it in the window",
            "replayed": False,
        },
    }


@pytest.mark.parametrize("path", ["/v1/check", "/v1/peek"])
def test_a_byte_order_mark_before_a_body_is_left_out(client, path):
    article = json.dumps({"id": "marked", "text": text(9)})
    for body, headers in ((article, JSON), (f" [{article}]", JSON), (f"{article}\n", NDJSON)):
        answered = client.post(path, content=f"\ufeff{body}".encode(), headers=headers)
        assert answered.status_code == 200
        assert '"id":"marked"' in answered.text
    assert client.post(path, content="\ufeff\ufeff[]".encode(), headers=JSON).status_code == 400
    assert client.post(path, content=b"\xef\xbb\xbf", headers=NDJSON).text == ""


def test_an_array_is_answered_in_its_order_also_where_members_are_bad(client):
    body = text(2)
    sent = [
        {"id": "a", "text": body},
        {"id": "b", "text": body.upper()},
        {"text": body},
        {"id": "c"},
        "no article",
        None,
        {"id": "d", "text": edited(body, 20)},
        {"url": "https://example.org/e", "text": body},
    ]
    answers = client.post("/v1/check", json=sent).json()
    assert [answer["id"] for answer in answers] == ["a", "b", None, "c", None, None, "d", "https://example.org/e"]
    expected = ["new", "identical", "unknown", "unknown", "unknown", "unknown", "near_duplicate", "identical"]
    assert verdicts(answers) == expected
    reasons = [answer["dedupe"]["reason"] for answer in answers]
    assert reasons[2].startswith("no id and no address")
    assert reasons[3].startswith("no text among the fields")
    assert reasons[4].startswith("JSON, but no object")


def test_ndjson_is_answered_line_by_line_also_where_a_line_is_broken(client):
    body = json.dumps({"id": "n1", "text": text(3)}).encode() + b'\n{"id": \r\n\n\xff\xfe\n{"id": "n2", "text": "x"}'
    answered = client.post("/v1/check", content=body, headers=NDJSON)
    assert answered.headers["content-type"] == "application/x-ndjson"
    assert verdicts(lines(answered)) == ["new", "unknown", "unknown", "new"]


NOTHING = {
    "blanks": b"[" + b" " * 9_000_000 + b"]",
    "lines": b"\n" * 9_000_000,
    "objects": b"[" + b"{}," * 2_900_000 + b"{}]",
}


@pytest.mark.parametrize("kind", NOTHING)
def test_large_bodies_of_nothing_harm_nobody(client, kind):
    answered = client.post("/v1/check", content=NOTHING[kind], headers=NDJSON if kind == "lines" else JSON)
    assert answered.status_code == (413 if kind == "objects" else 200)
    assert client.get("/livez").status_code == 200


def test_an_article_of_millions_of_values_is_unknown(client):
    [answer] = client.post("/v1/check", content=b"[[" + b"{}," * 600_000 + b"{}]]", headers=JSON).json()
    assert answer["dedupe"]["reason"] == "JSON of more than 1,000,000 values"


@pytest.mark.parametrize("form", ["array", "lines"])
def test_a_text_of_many_commas_is_read_like_any_other(client, form):
    article = json.dumps({"id": f"commas-{form}", "text": "one, two, " * 120_000})
    body, headers = (f"[{article}]", JSON) if form == "array" else (article, NDJSON)
    answered = client.post("/v1/check", content=body, headers=headers)
    [answer] = answered.json() if form == "array" else lines(answered)
    assert answer["dedupe"]["verdict"] in {"new", "identical"}


@pytest.mark.parametrize(
    "sent", ['{"id": "s%s", "text": "half \\ud800 of a pair"}', '{"id": "s%s", "text": "x", "n": NaN}']
)
def test_json_with_the_flaws_that_filter_takes_is_read_in_every_form(client, sent):
    one, two, three = (sent % number for number in "123")
    assert client.post("/v1/check", content=one, headers=JSON).json()["id"] == "s1"
    assert client.post("/v1/check", content=f"[{two}]", headers=JSON).json()[0]["id"] == "s2"
    assert lines(client.post("/v1/check", content=three, headers=NDJSON))[0]["id"] == "s3"


def test_the_answers_are_those_of_dedupe_filter(run, jsonl, tmp_path):
    body = text(4)
    records = [
        {"id": 1, "text": body, "publisher": "Wire"},
        {"id": 2, "text": edited(body, 15)},
        {"id": 1, "text": body, "publisher": "Wire"},
        {"guid": 3, "content_html": f"<p>{text(5)}</p>", "date_published": "2024-05-01"},
        {"id": 4, "text": " ".join(body.split()[:60])},
        {"id": 5, "txt": "no field for the text"},
        {"id": 6, "text": ""},
    ]
    filtered = run("filter", "--index", tmp_path / "filtered", jsonl(records)).rows
    with serving("serve", "--index", tmp_path / "served") as served:
        answers = served.check(records).json()
    assert [answer["dedupe"] for answer in answers] == [row["dedupe"] for row in filtered]


def test_a_second_delivery_gets_the_first_verdict_with_replayed(client):
    article = {"id": "again", "text": text(6)}
    first, second = (client.post("/v1/check", json=article).json() for _ in range(2))
    assert second["dedupe"] == first["dedupe"] | {"replayed": True}


def test_peek_answers_as_check_would_and_stores_nothing(client):
    article = {"id": "peeked", "text": text(7)}
    peeked = [client.post("/v1/peek", json=article).json() for _ in range(2)]
    assert peeked == [client.post("/v1/check", json=article).json()] * 2
    assert client.post("/v1/peek", json=article).json()["dedupe"]["replayed"]


def test_a_forgotten_article_is_new_again(client):
    article = {"id": "to/forget ü", "text": text(8)}
    client.post("/v1/check", json=article)
    assert client.delete("/v1/articles", params={"id": article["id"]}).json() == {"id": article["id"], "forgotten": 1}
    assert client.delete("/v1/articles", params={"id": article["id"]}).json() == {"id": article["id"], "forgotten": 0}
    again = client.post("/v1/check", json=article).json()["dedupe"]
    assert (again["verdict"], again["replayed"]) == ("new", False)


@pytest.mark.parametrize("query", ["", "?id=", "?id=a&id=b"])
def test_one_article_is_forgotten_at_a_time_and_it_has_a_name(client, query):
    assert client.delete(f"/v1/articles{query}").status_code == 400


def test_stats_are_those_of_the_index(client, service):
    client.post("/v1/check", json={"id": "counted", "text": text(9)})
    stats = client.get("/v1/stats").json()
    with Index(stats["path"], create=False) as index:
        assert (stats["articles"], stats["recipe"]) == (index.stats().articles, index.stats().recipe)


def test_what_is_stored_survives_a_restart(tmp_path):
    article = {"id": "kept", "text": STORY}
    for replayed in (False, True):
        with serving("serve", "--index", tmp_path / "index") as served:
            assert served.check(article).json()["dedupe"]["replayed"] is replayed


def test_all_options_of_an_index_and_of_reading_count(tmp_path):
    body = text(10)
    with serving(
        "serve", "--index", tmp_path / "index", "--map", "text=Body", "--retention-days", "2", "--story-days", "1",
        "--near-duplicate-jaccard", "0.9", "--excerpt-containment", "0.95", "--seed", "7", "--day-first",
        "--trust-clock", "--wait", "3", "--max-batch", "4", "--max-delay-ms", "1",
    ) as served:  # fmt: skip
        first, second = served.check([{"id": 1, "Body": body}, {"id": 2, "Body": edited(body, 20)}]).json()
        stats = served.client().get("/v1/stats").json()
    assert (first["dedupe"]["verdict"], second["dedupe"]["verdict"]) == ("new", "same_story")
    assert (stats["retention_days"], stats["story_days"]) == (2, 1)
    with serving("serve", "--index", tmp_path / "other", "--month-first") as served:
        assert served.check({"id": 1, "text": body, "date": "01/02/2024"}).status_code == 200
