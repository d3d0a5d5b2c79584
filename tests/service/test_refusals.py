"""What the service refuses, as application/problem+json: bad requests, too large ones, and whoever has no token."""

import http.client
import json
import os
import socket
import threading
import time

import pytest
from index_support import text
from service_support import JSON, NDJSON, STORY, keep_sending, serving


def problem(answered):
    assert answered.headers["content-type"] == "application/problem+json"
    found = answered.json()
    assert found["status"] == answered.status_code
    assert found["request_id"] == answered.headers["x-request-id"]
    assert found["detail"]
    return found["status"], found["type"].removeprefix("urn:news-dedupe:problem:")


@pytest.mark.parametrize("path", ["/v1/check", "/v1/peek", "/v1/align"])
@pytest.mark.parametrize(
    "body", [b"", b"\0", b"{", b"[", b'{"id": 1', b"null", b"1", b'"text"', b"{} {}", b"[" * 100_000, b'{"a":' * 5_000]
)
def test_a_body_that_is_no_json_object_is_refused(client, path, body):
    assert problem(client.post(path, content=body, headers=JSON)) == (400, "malformed")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        JSON | {"Content-Encoding": "gzip"},
    ],
)
def test_another_media_type_is_refused(client, headers):
    assert problem(client.post("/v1/check", content=b"{}", headers=headers)) == (415, "wrong-media-type")


def test_ndjson_is_no_pair_of_articles(client):
    assert problem(client.post("/v1/align", content=b"{}", headers=NDJSON)) == (415, "wrong-media-type")


def test_another_path_or_method_is_a_problem_too(client):
    assert problem(client.get("/")) == (404, "not-found")
    assert problem(client.get("/v1/check")) == (405, "wrong-method")


def test_a_client_that_leaves_in_the_middle_of_a_body_harms_nobody(service, client):
    with socket.create_connection(("127.0.0.1", service.port)) as leaving:
        leaving.sendall(b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    assert client.get("/livez").json() == {"status": "alive"}


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\0\x01", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000]
)
def test_what_is_no_http_ends_the_connection(service, client, garbage):
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as odd:
        try:
            odd.sendall(garbage + b"\r\n\r\n")
            while odd.recv(65_536):
                pass
        except ConnectionError:
            pass
    assert client.get("/livez").status_code == 200


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A service that takes little."""
    with serving(
        "serve", "--index", tmp_path_factory.mktemp("small") / "index", "--max-body", "0.01", "--max-waiting", "4"
    ) as served:
        yield served


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(small):
    asking = http.client.HTTPConnection("127.0.0.1", small.port, timeout=30)
    asking.putrequest("POST", "/v1/check")
    for name, value in (JSON | {"Content-Length": "1000000000", "Expect": "100-continue"}).items():
        asking.putheader(name, value)
    asking.endheaders()
    answered = asking.getresponse()
    assert (answered.status, answered.getheader("connection")) == (413, "close")
    assert json.loads(answered.read())["type"].endswith(":too-large")
    asking.close()


def test_a_body_without_a_length_is_counted_while_it_is_read(small):
    parts = (b"[" if first else b"1," * 1000 for first in [True] + [False] * 20)
    assert problem(small.client().post("/v1/check", content=parts, headers=JSON)) == (413, "too-large")


def test_a_connection_goes_on_after_a_refused_body_that_was_read(small):
    client = small.client()
    assert problem(client.post("/v1/check", content=b"1" * 20_000, headers=JSON)) == (413, "too-large")
    assert client.post("/v1/check", json={"id": "after", "text": STORY}).status_code == 200


def test_more_articles_than_may_wait_are_too_many_for_one_request(small):
    assert problem(small.check([{}] * 5)) == (413, "too-large")
    assert small.check([{}] * 4).status_code == 200


def test_more_articles_than_may_wait_are_refused_with_the_time_to_try_again(tmp_path):
    """The writer waits for the lock of the index, which this test holds, so that everything has to wait."""
    import fcntl

    with serving("serve", "--index", tmp_path / "index", "--max-waiting", "4") as served:
        with (tmp_path / "index" / "write.lock").open("rb+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            waiting = [
                threading.Thread(target=served.check, args=([{"id": f"{n}-{m}", "text": text(n)} for m in range(2)],))
                for n in range(2)
            ]
            for thread in waiting:
                thread.start()
            client = served.client()
            while "dedupe_waiting_articles 4.0" not in client.get("/metrics").text:
                time.sleep(0.02)
            answered = client.post("/v1/check", json={"id": "late", "text": text(9)})
            assert problem(answered) == (429, "busy")
            assert int(answered.headers["retry-after"]) > 0
            assert client.get("/livez").status_code == 200
        for thread in waiting:
            thread.join()
        assert client.post("/v1/check", json={"id": "late", "text": text(9)}).status_code == 200


TOKENS = "a-token-of-the-first-client\n# a remark\n\nand-one-of-the-second-client\n"


def test_only_who_has_a_token_is_answered_but_probers_need_none(tmp_path):
    file = tmp_path / "tokens"
    file.write_text(TOKENS)
    with serving("serve", "--index", tmp_path / "index", "--host", "0.0.0.0", "--token-file", file) as served:  # noqa: S104
        client = served.client()
        for given in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "Basic YQ=="},
            {"Authorization": "Bearer"},
        ):
            answered = client.get("/v1/stats", headers=given)
            assert problem(answered) == (401, "unauthorized")
            assert answered.headers["www-authenticate"] == "Bearer"
        for path in ("/v1/check", "/v1/peek", "/v1/align"):
            assert client.post(path, json={}).status_code == 401
        assert client.get("/metrics").status_code == client.delete("/v1/articles?id=a").status_code == 401
        assert client.get("/livez").status_code == client.get("/readyz").status_code == 200
        for token in ("a-token-of-the-first-client", "and-one-of-the-second-client"):
            assert client.get("/v1/stats", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert "of-the-first-client" not in "".join(served.log)


def test_a_body_without_a_token_is_read_past_and_an_endless_one_ends_the_connection(tmp_path):
    file = tmp_path / "tokens"
    file.write_text(TOKENS)
    with serving("serve", "--index", tmp_path / "index", "--token-file", file) as served:
        asking = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        for token, status in (("wrong", 401), ("a-token-of-the-first-client", 200)):  # on one connection
            asking.request("POST", "/v1/check", b"[]", JSON | {"Authorization": f"Bearer {token}"})
            answered = asking.getresponse()
            assert (answered.status, answered.getheader("connection")) == (status, None)
            answered.read()
        asking.close()
        with socket.create_connection(("127.0.0.1", served.port), timeout=30) as endless:
            endless.sendall(b"POST /v1/check HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            with pytest.raises(ConnectionError):
                keep_sending(endless, b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def test_tokens_are_replaced_without_a_restart_and_a_bad_file_changes_nothing(tmp_path):
    """The service looks at the file at most once a second."""
    file, new = tmp_path / "tokens", tmp_path / "new"
    file.write_text("the-old-token-of-all\n")
    with serving("serve", "--index", tmp_path / "index", "--token-file", file) as served:
        client = served.client()

        def status(token):
            return client.get("/v1/stats", headers={"Authorization": f"Bearer {token}"}).status_code

        def wait_for(old, new):
            while (status("the-old-token-of-all"), status("the-new-token-of-all")) != (old, new):
                time.sleep(0.05)

        def replace_by(content):
            new.write_text(content)
            os.replace(new, file)  # noqa: PTH105

        def wait_for_refusals(number):
            while "".join(served.log).count("the tokens from before stay valid") < number:
                assert status("the-new-token-of-all") == 200
                time.sleep(0.05)

        replace_by("the-old-token-of-all\nthe-new-token-of-all\n")
        wait_for(200, 200)
        replace_by("the-new-token-of-all\n")
        wait_for(401, 200)
        file.unlink()
        wait_for_refusals(1)
        replace_by("short\n")
        wait_for_refusals(2)
        assert status("the-new-token-of-all") == 200


@pytest.mark.parametrize(
    ("content", "says"), [("", "holds no token"), ("# none\n", "holds no token"), ("short\n", ":1: ")]
)
def test_a_file_without_a_good_token_is_refused(run, tmp_path, content, says):
    file = tmp_path / "tokens"
    file.write_text(content)
    done = run("serve", "--index", tmp_path / "index", "--token-file", file)
    assert done.code == 3
    assert says in done.err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104
def test_other_machines_are_not_served_without_tokens(run, tmp_path, host):
    done = run("serve", "--index", tmp_path / "index", "--host", host)
    assert done.code == 2
    assert "--token-file" in done.err
    assert not (tmp_path / "index").exists()


def test_a_port_that_is_taken_is_refused_before_the_index_is_opened(run, service, tmp_path):
    done = run("serve", "--index", tmp_path / "index", "--port", service.port)
    assert done.code == 3
    assert f"127.0.0.1:{service.port}: cannot be bound" in done.err
    assert not (tmp_path / "index").exists()


def test_a_folder_that_is_no_index_is_refused(run, tmp_path):
    (tmp_path / "notes.txt").write_text("not an index")
    done = run("serve", "--index", tmp_path, "--port", "0")
    assert done.code == 4
