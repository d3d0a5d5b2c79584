"""No verdict that was given is lost or changes: kills, a full disk, lost connections, and clients with one article."""

import http.client
import json
import random
import resource
import signal
import socket
import sys
import threading
import time
from collections import Counter

import pytest
from index_support import text
from service_support import JSON, STORY, httpx, serving, start

from dedupe import Index

KILLS, CLIENTS, AT_ONCE = 50, 4, 3


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
def test_on_a_full_disk_nothing_is_stored_and_the_same_process_goes_on_once_there_is_room(tmp_path):
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
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        answers = client.post("/v1/check", json=group).json()
        assert [(one["dedupe"]["verdict"], one["dedupe"]["replayed"]) for one in answers] == [("new", False)] * 3
    with Index(tmp_path / "index") as index:
        assert index.doctor().is_sound
        assert index.stats().articles == 4


class Sender(threading.Thread):
    """Sends articles until the service is gone, and notes every answer."""

    def __init__(self, served, cycle, number, answered):
        super().__init__()
        self.served, self.cycle, self.number, self.answered = served, cycle, number, answered
        self.unanswered = []

    def run(self):
        draw = random.Random(f"{self.cycle} {self.number}")
        asking = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=60)
        count = 0
        try:
            while True:
                # Of the texts of a cycle several clients send the same ones.
                texts = [f"{self.cycle} {draw.randrange(40)}" for _ in range(AT_ONCE)]
                self.unanswered = [
                    {"id": f"{self.cycle}-{self.number}-{count}-{i}", "text": text(seed, 60)}
                    for i, seed in enumerate(texts)
                ]
                asking.request("POST", "/v1/check", json.dumps(self.unanswered), JSON)
                answers = json.loads(asking.getresponse().read())
                for article, answer in zip(self.unanswered, answers, strict=True):
                    self.answered[article["id"]] = article, answer["dedupe"]
                count += 1
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            asking.close()


@pytest.mark.durability
def test_no_answer_is_lost_or_changed_by_50_kills_under_load(tmp_path):
    draw = random.Random(5)
    total, new_of = 0, Counter()
    for cycle in range(KILLS):
        served, answered = start("serve", "--index", tmp_path / "index"), {}
        senders = [Sender(served, cycle, number, answered) for number in range(CLIENTS)]
        for sender in senders:
            sender.start()
        time.sleep(draw.uniform(0.1, 0.8))
        served.process.send_signal(signal.SIGKILL)
        for sender in senders:
            sender.join()
        assert served.stop() == -signal.SIGKILL
        with serving("serve", "--index", tmp_path / "index") as again:
            client = again.client()
            known = client.post("/v1/peek", json=[article for article, _ in answered.values()]).json()
            assert [answer["dedupe"] for answer in known] == [one | {"replayed": True} for _, one in answered.values()]
            for article in [one for sender in senders for one in sender.unanswered if one["id"] not in answered]:
                answered[article["id"]] = article, client.post("/v1/check", json=article).json()["dedupe"]
        total += len(answered)
        new_of.update(article["text"] for article, answer in answered.values() if answer["verdict"] == "new")
    assert total > KILLS * CLIENTS
    assert set(new_of.values()) == {1}
    with Index(tmp_path / "index") as index:
        assert index.doctor().is_sound


def keep_sending(asking, request):
    while True:
        asking.sendall(request)
        time.sleep(0.2)


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
                keep_sending(asking, request)
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
