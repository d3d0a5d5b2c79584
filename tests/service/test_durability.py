"""No verdict that was given is lost or changes: kills, a full disk, lost connections, and clients with one article."""

import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest
from index_support import text
from service_support import JSON, STORY, httpx, keep_sending, serving
from support import ROOT

from dedupe import Index


def sent_in_parallel(work, number):
    """Call ``work`` with 0, 1, 2 … in as many threads, all at once, and return what it returned."""
    answers, gate = [None] * number, threading.Barrier(number)

    def call(i):
        gate.wait()
        answers[i] = work(i)

    threads = [threading.Thread(target=call, args=(i,)) for i in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("have_one_id", [False, True])
def test_of_64_clients_with_one_article_exactly_one_gets_new(service, have_one_id):
    def send(i):
        article = {"id": "one" if have_one_id else f"of-64-{i}", "text": text(64 + have_one_id)}
        with httpx.Client(base_url=service.url, timeout=60) as client:
            return client.post("/v1/check", json=article).json()["dedupe"]

    answers = sent_in_parallel(send, 64)
    first = [answer for answer in answers if answer["verdict"] == "new" and not answer["replayed"]]
    assert len(first) == 1
    others = Counter((answer["verdict"], answer["replayed"]) for answer in answers if answer not in first)
    assert others == {("new", True) if have_one_id else ("identical", False): 63}


def test_a_retry_after_a_lost_connection_gets_the_same_answer_with_replayed(service, client):
    article = {"id": "retried", "text": text(70)}
    body = json.dumps(article).encode()
    with socket.create_connection(("127.0.0.1", service.port)) as leaving:
        leaving.sendall(b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        leaving.sendall(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    while not client.post("/v1/peek", json=article).json()["dedupe"]["replayed"]:
        time.sleep(0.02)
    again = client.post("/v1/check", json=article).json()["dedupe"]
    assert (again["verdict"], again["replayed"]) == ("new", True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the files of another process")
def test_on_a_full_disk_nothing_is_stored_and_the_same_process_is_ready_again_once_there_is_room(tmp_path):
    """No file of the service may grow, which fails its writes as a full disk does, until it may again."""
    with serving("serve", "--index", tmp_path / "index") as served:
        client = served.client()
        assert client.post("/v1/check", json={"id": "before", "text": STORY}).status_code == 200
        _, hard = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        group = [{"id": f"full-{i}", "text": text(i)} for i in range(3)]
        for article in group:
            refused = client.post("/v1/check", json=article)
            assert refused.status_code == 503
            assert refused.json()["type"].endswith(":unavailable")
            assert refused.json()["detail"].startswith("nothing was stored: ")
        assert client.delete("/v1/articles?id=before").status_code == 503
        assert client.post("/v1/peek", json={"id": "other", "text": STORY}).json()["dedupe"]["verdict"] == "identical"
        assert client.get("/v1/stats").json()["articles"] == 1
        assert "dedupe_failed_commits_total 4.0" in client.get("/metrics").text
        not_ready = client.get("/readyz")
        assert (not_ready.status_code, not_ready.json()["type"].rpartition(":")[2]) == (503, "unavailable")
        assert client.get("/livez").status_code == 200
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        while client.get("/readyz").status_code == 503:  # no article comes meanwhile
            time.sleep(0.05)
        answers = client.post("/v1/check", json=group).json()
        assert [(one["dedupe"]["verdict"], one["dedupe"]["replayed"]) for one in answers] == [("new", False)] * 3
    with Index(tmp_path / "index") as index:
        assert index.doctor().is_sound
        assert index.stats().articles == 4


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the files of another process")
def test_a_service_with_room_for_a_commit_of_nothing_is_not_ready(tmp_path):
    """Files may grow to a megabyte: a probe of some bytes would succeed, and the next articles fail again."""
    with serving("serve", "--index", tmp_path / "index") as served:
        client = served.client()
        _, hard = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
        articles = [{"id": f"large-{i}", "text": text(i, 2_000)} for i in range(200)]
        assert client.post("/v1/check", json=articles).status_code == 503
        is_over = time.monotonic() + 2.5  # two probes
        while time.monotonic() < is_over:
            assert client.get("/readyz").status_code == 503
            time.sleep(0.1)
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        while client.get("/readyz").status_code == 503:
            time.sleep(0.05)
        assert client.post("/v1/check", json=articles).status_code == 200


@pytest.mark.durability
def test_no_answer_is_lost_or_changed_by_50_kills_under_load(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.service.kills", "--cycles", "50"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["wrong"] == {}
    assert figures["acknowledged"] > 50 * 12


@pytest.mark.durability
def test_clients_that_never_read_their_answers_are_cut_and_hold_no_memory(tmp_path):
    """A client asks for answers of 18 MB, more than the system keeps for it, and reads none of them."""
    body = json.dumps([{}] * 4_000).encode()
    head = b"POST /v1/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    request = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with serving("serve", "--index", tmp_path / "index") as served:
        with socket.socket() as asking:
            asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            asking.connect(("127.0.0.1", served.port))
            asking.settimeout(60)
            with pytest.raises(ConnectionError):
                keep_sending(asking, request, pause=0.2)
        assert served.client().get("/livez").status_code == 200


@pytest.mark.durability
def test_a_head_that_does_not_come_ends_the_connection(service):
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as slow:
        slow.sendall(b"POST /v1/check HTT")
        assert slow.recv(1) == b""


@pytest.mark.durability
def test_a_body_that_does_not_come_is_refused(service):
    asking = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    asking.putrequest("POST", "/v1/check")
    for name, value in (JSON | {"Content-Length": "10"}).items():
        asking.putheader(name, value)
    asking.endheaders()
    answered = asking.getresponse()
    assert (answered.status, answered.getheader("connection")) == (408, "close")
    asking.close()
