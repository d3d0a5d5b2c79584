"""Whatever a client sends, it gets an answer that fits, nothing is logged or reflected, and the service goes on."""

import json
import re
import socket
import threading

import pytest
from index_support import text
from service_support import JSON, serving

from dedupe import Article, Client

LIVE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"

TEXT = '"text": "Rain fell in the town on Friday."'


def exchange(port, request):
    """Send bytes, and return what comes back until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sent:
        sent.sendall(request)
        sent.shutdown(socket.SHUT_WR)
        answer = b""
        while part := sent.recv(65_536):
            answer += part
    return answer


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A service that asks for tokens."""
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "tokens").write_text("0123456789abcdef")
    with serving("serve", "--index", folder / "index", "--token-file", folder / "tokens") as served:
        yield served


def status(answer):
    return int(re.match(rb"HTTP/1\.1 (\d+) ", answer)[1])


@pytest.mark.parametrize("path", ["/v1/check", "/v1/peek"])
@pytest.mark.parametrize(
    ("body", "answer_id"),
    [
        (f'{{"id": "first", "id": "last", {TEXT}}}', "last"),
        (f'{{"id": "a\\r\\nSet-Cookie: x=1", {TEXT}}}', "a\r\nSet-Cookie: x=1"),
        (f'{{"id": "\\u001b[31mred", {TEXT}}}', "\x1b[31mred"),
        (f'{{"id": "\\ud800", {TEXT}}}', "�"),
        (f'{{"id": "a\\u0000b", {TEXT}}}', "a�b"),
        (f'{{"id": {"9" * 5000}, {TEXT}}}', None),
        (f'{{"id": NaN, {TEXT}}}', None),
        (f'{{"id": {{"a": 1}}, {TEXT}}}', None),
        (f'{{"id": "deep", {TEXT}, "z": {"[" * 500}{"]" * 500}}}', None),
        (f'{{"id": "at", {TEXT}, "published_at": 1e308}}', "at"),
        (f'{{"id": "at", {TEXT}, "published_at": "0000-00-00"}}', "at"),
        (f'{{"id": "at", {TEXT}, "published_at": {{"$date": []}}}}', "at"),
        (f'{{"id": "by", {TEXT}, "publisher": [[[]]], "language": {{"a": 1}}, "title": {{}}}}', "by"),
        ('{"id": "tags", "text": "' + "<div>" * 20_000 + '"}', "tags"),
        ('{"id": "marks", "text": "a' + "\u0301" * 20_000 + '"}', "marks"),
    ],
)
def test_an_odd_article_is_read_or_unknown_and_never_a_failure(client, path, body, answer_id):
    for form in (body, f"[{body}]"):
        answered = client.post(path, content=form.encode(), headers=JSON)
        assert answered.status_code == 200
        [found] = answered.json() if form != body else [answered.json()]
        assert found["id"] == answer_id
        assert (found["dedupe"]["verdict"] == "unknown") == (answer_id is None)
        assert "set-cookie" not in answered.headers


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "CONNECT", "LOCK"])
def test_another_method_is_405_and_names_those_that_there_are(service, method):
    answer = exchange(service.port, f"{method} /v1/check HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert status(answer) == 405
    assert b"\r\nallow: POST\r\n" in answer


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "//v1/check",
        "/v1/../livez",
        "/v1/%2e%2e/livez",
        "/v1/check/",
        "/%00",
        "*",
        "/" + "a" * 9000,
    ],
)
def test_another_path_is_404_and_leads_nowhere(service, path):
    answer = exchange(service.port, f"GET {path} HTTP/1.1\r\nHost: evil.example.org\r\n\r\n".encode())
    assert status(answer) == 404
    assert b"evil" not in answer


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("http://evil.example.org/livez", 200),
        ("HTTPS://evil.example.org:443/livez?a=http://b/", 200),
        ("http:///livez", 200),
        ("http://evil.example.org", 404),
        ("http://evil.example.org/http://evil.example.org/livez", 404),
        ("http://evil.example.org//livez", 404),
        ("ftp://evil.example.org/livez", 404),
        ("http://evil.example.org/v1/stats", 401),
    ],
)
def test_a_target_that_is_a_whole_url_means_its_path(guarded, target, expected):
    answer = exchange(guarded.port, f"GET {target} HTTP/1.1\r\nHost: evil.example.org\r\n\r\n".encode())
    assert status(answer) == expected
    assert b"evil" not in answer


def test_requests_that_are_sent_at_once_are_answered_in_order(service):
    heads = [f"{words} HTTP/1.1\r\nHost: x\r\n" for words in ("GET /livez", "HEAD /livez", "GET /none", "GET /readyz")]
    answer = exchange(service.port, "\r\n".join([*heads, ""]).encode())
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answer) == [b"200", b"200", b"404", b"200"]
    assert re.findall(rb'"status":"(\w+)"', answer) == [b"alive", b"ready"]


@pytest.mark.parametrize(
    "head",
    [
        "GET /livez HTTP/1.1\r\n\r\n",
        "GET /livez\r\n\r\n",
        "GET /livez HTTP/0.9\r\nHost: x\r\n\r\n",
        "GET /livez HTTP/2.0\r\nHost: x\r\n\r\n",
        "FOO /livez HTTP/1.1\r\nHost: x\r\n\r\n",
        "get /livez HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\n b: c\r\n\r\n",
        f"GET /livez HTTP/1.1\r\nHost: x\r\nA: {'b' * 20_000}\r\n\r\n",
        f"GET /livez HTTP/1.1\r\nHost: x\r\n{'A: b' * 20_000}",
        "GET /livez HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
        "POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        f"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: {'9' * 5000}\r\n\r\n",
        "POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
        "POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n12345",
        "POST /v1/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "POST /v1/check HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\nx",
        "no request, and no end of a line",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "a" * 100,
    ],
)
def test_what_is_no_http_is_refused(service, client, head):
    answer = exchange(service.port, head.encode("latin-1"))
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"].endswith(":malformed")
    assert client.get("/livez").status_code == 200


def test_a_request_that_is_no_http_is_refused_after_the_answers_to_those_before_it(service):
    body = f'{{"id": "before-garbage", {TEXT}}}'.encode()
    good = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    answer = exchange(service.port, (good + body) * 2 + b"\x16\x03\x01 no request")
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answer) == [b"200", b"200", b"400"]


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_a_client_that_would_rather_speak_another_protocol_is_answered_in_this_one(service, protocol):
    """Java's client asks for h2c with its first request. The body of that is no request of its own."""
    wish = f"Connection: Upgrade\r\nUpgrade: {protocol}\r\n"
    body = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    heads = [
        f"GET /livez HTTP/1.1\r\nHost: x\r\n{wish}\r\n",
        f"POST /v1/check HTTP/1.1\r\nHost: x\r\n{wish}Content-Length: {len(body)}\r\n\r\n{body}",
        f"POST /v1/check HTTP/1.1\r\nHost: x\r\n{wish}Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
        f"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n{wish}\r\n",
        "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    answer = exchange(service.port, "".join(heads).encode())
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answer) == [b"200", b"415", b"415", b"404", b"200"]


def test_a_wish_for_another_protocol_leaves_a_request_of_http_1_0_what_it_is(service):
    wish = b"GET /livez HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    answer = exchange(service.port, wish + LIVE)
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answer) == [b"200"]


def test_a_client_that_ends_its_side_of_a_connection_gets_its_answer(service):
    body = f'{{"id": "half-closed", {TEXT}}}'.encode()
    head = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    answer = exchange(service.port, head % len(body) + body)
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answer) == [b"200"]


CHUNKED = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("requests", "statuses"),
    [
        (LIVE + CHUNKED + b"1\r\n{\r\nx", [200, 400]),
        (LIVE * 2 + CHUNKED + b"1\r\n{", [200, 200]),
        (CHUNKED + b"1\r\n{", []),
        (LIVE + b"GET /live", [200]),
        (LIVE * 16, [200] * 16),
        (LIVE * 5_000, [200] * 16 + [429]),
        (CHUNKED + b"2\r\n[]\r\n0\r\nX: " + b"y" * 100_000, [400]),
        (CHUNKED + b"2\r\n[]\r\n0\r\n" + b"X:\r\n" * 10_000, [400]),
        (CHUNKED + b"2\r\n[]\r\n0\r\nX: y\r\n\r\n" + LIVE, [200, 200]),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"A:\r\n" * 99 + b"\r\n", [200]),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"A:\r\n" * 100 + b"\r\n", [400]),
        (b"GET /livez HTTP/1.1\r\nHost: x\r\nA: " + b"y" * 15_000 + b"\r\n\r\n", [200]),
    ],
)
def test_each_whole_request_is_answered_once_and_in_order_whatever_comes_behind_it(service, requests, statuses):
    found = re.findall(rb"HTTP/1\.1 (\d+) ", exchange(service.port, requests))
    assert [int(status) for status in found] == statuses


def test_an_article_before_a_request_that_breaks_is_answered_also_if_the_client_then_ends_its_side(service):
    """Its answer comes after the end, because it waits for a commit."""
    body = f'{{"id": "before-broken", {TEXT}}}'.encode()
    head = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    answer = exchange(service.port, head % len(body) + body + CHUNKED + b"1\r\n{\r\nx")
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answer) == [b"200", b"400"]


@pytest.mark.parametrize("end", [b"", b"0\r\n\r\n"])
def test_a_request_that_was_refused_before_its_body_broke_has_one_answer(guarded, end):
    answer = exchange(guarded.port, CHUNKED + b"1\r\n{\r\nx" + end)
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answer) in ([b"400"], [b"401"])


def test_a_field_after_a_body_is_none_of_its_head(guarded):
    request = "POST /v1/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n"
    assert re.findall(rb"HTTP/1\.1 (\d+) ", exchange(guarded.port, request.encode())) == [b"401"]


@pytest.mark.parametrize(
    ("encoding", "expected"), [("identity", 200), ("Identity", 200), ("gzip", 415), ("br, gzip", 415)]
)
def test_a_body_may_not_be_compressed_whatever_the_case_of_the_header(client, encoding, expected):
    answered = client.post("/v1/peek", content=b"[]", headers=JSON | {"Content-Encoding": encoding})
    assert answered.status_code == expected


def test_a_token_with_anything_beside_it_is_none(tmp_path):
    own = "0123456789abcdef"
    others = ["Bearer", "Bearer a b", f"Basic {own}", own, f"Bearer {own} x", f"Bearer {own}x", f"Bearer {own},{own}"]
    (tmp_path / "tokens").write_text(own)
    with serving("serve", "--index", tmp_path / "index", "--token-file", tmp_path / "tokens") as served:
        client = served.client()
        for given in others:
            assert client.get("/v1/stats", headers={"Authorization": given}).status_code == 401, given
        assert client.get("/v1/stats", headers={"Authorization": f"bearer {own}"}).status_code == 200


def test_two_services_on_one_index_give_each_text_one_new(tmp_path):
    """Eight clients, four at each service, send the same texts under ids of their own, in orders of their own."""
    found, bodies = [], [text(i, 60) for i in range(40)]
    with (
        serving("serve", "--index", tmp_path / "index") as one,
        serving("serve", "--index", tmp_path / "index") as other,
    ):

        def ask(number):
            articles = [Article(f"{number}-{i}", text=body) for i, body in enumerate(bodies)]
            with Client((one, other)[number % 2].url) as client:
                verdicts = client.check_stream(articles[number * 5 :] + articles[: number * 5], request_articles=3)
                found.extend((verdict.id.split("-")[1], verdict.verdict) for verdict in verdicts)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(name for name, verdict in found if verdict == "new") == sorted(map(str, range(40)))
    assert sum(verdict == "identical" for _, verdict in found) == 7 * 40
