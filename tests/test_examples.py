"""The examples work. The tests use the real clients if these are installed, and a small stand-in for Kafka always."""

import contextlib
import csv
import http.server
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pages import PAGES
from support import ROOT

from dedupe import Client
from dedupe.errors import InputError
from dedupe.index import Index

TEXTS = [" ".join(f"word{(i * seed) % 97}" for i in range(1, 120)) for seed in (3, 5, 7)]


@pytest.fixture(autouse=True)
def _examples_stand_beside_each_other(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")


@pytest.fixture(params=["index", "service"])
def place(request, tmp_path):
    """The folder of an index, or the URL of a service that has it."""
    with contextlib.ExitStack() as running:
        folder = tmp_path / "seen"
        if request.param == "service":
            support = pytest.importorskip("service_support")
            yield running.enter_context(support.serving("serve", "--index", folder)).url
        else:
            yield str(folder)


def open_seen(place):
    return example("seen_articles").open_seen(place)


def example(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Message:
    """A message as the client has it: every value is behind a call."""

    def __init__(self, value, offset, key=None, failure=None, headers=None):
        values = {"value": value, "offset": offset, "key": key, "error": failure, "headers": headers}
        for name, found in {**values, "topic": "news", "partition": 0}.items():
            setattr(self, name, lambda found=found: found)


class Broker:
    """Topics with one partition, and their consumer and producer in one object, as far as the example uses them."""

    def __init__(self, values=(), largest=10_000, queue=1_000):
        self.messages = [v if isinstance(v, Message) else Message(v, i) for i, v in enumerate(values)]
        self.committed = self.position = 0
        self.largest, self.queue = largest, queue
        self.waiting, self.topics, self.refuses = [], {"out": [], "dead": []}, None

    def consume(self, number, _):
        taken = self.messages[self.position : self.position + number]
        self.position += len(taken)
        return taken

    def commit(self, asynchronous):
        assert asynchronous is False
        assert not self.waiting
        self.committed = self.position

    def restart(self):
        self.position, self.waiting = self.committed, []

    def produce(self, topic, key, value, headers, on_delivery):
        if value is not None and len(value) > self.largest:
            raise RuntimeError("MSG_SIZE_TOO_LARGE")
        if len(self.waiting) >= self.queue:
            raise BufferError("queue full")
        self.waiting.append((topic, Message(value, 0, key, headers=headers), on_delivery))

    def flush(self):
        for topic, message, on_delivery in self.waiting:
            if self.refuses is None:
                self.topics[topic].append(message)
            on_delivery(self.refuses, message)
        self.waiting = []
        return 0

    def passed_on(self):
        return [json.loads(message.value())["url"] for message in self.topics["out"]]


def records():
    copies = [{"url": f"u{i}", "text": TEXTS[i % 3] if i < 6 else TEXTS[0][:-40]} for i in range(7)]
    return [json.dumps(record).encode() for record in copies] + [b"no json"]


def test_a_place_is_a_folder_or_a_url_and_the_token_is_in_the_environment(tmp_path, monkeypatch):
    pytest.importorskip("httpx", reason="the extra `client` is not installed")
    monkeypatch.setenv("DEDUPE_TOKEN", "not a token")
    with open_seen(str(tmp_path / "seen")) as seen:
        assert (type(seen), seen.retention_days) == (Index, 30)
    with pytest.raises(InputError, match="a token has ASCII characters"):
        open_seen("https://dedupe.example.org")
    monkeypatch.setenv("DEDUPE_TOKEN", "t" * 32)
    with open_seen("https://dedupe.example.org/news") as seen:
        assert type(seen) is Client


def test_a_consumer_that_dies_before_it_commits_loses_and_doubles_nothing(place):
    kafka = example("kafka_filter")
    broker = Broker(records())

    def die():
        raise KeyboardInterrupt

    with open_seen(place) as seen:
        broker.flush = die
        with pytest.raises(KeyboardInterrupt):
            kafka.Filter(broker, broker, seen, "out", "dead").run_once()
        assert broker.committed == 0
    del broker.flush
    broker.restart()
    with open_seen(place) as seen:
        working = kafka.Filter(broker, broker, seen, "out", "dead")
        assert [working.run_once(), working.run_once()] == [8, 0]
    assert broker.committed == len(records())
    assert broker.passed_on() == ["u0", "u1", "u2"]
    assert all(json.loads(message.value())["dedupe"]["replayed"] for message in broker.topics["out"])
    assert working.counts == {
        "passed on, new": 3, "left out, identical": 3, "left out, near_duplicate": 1, "dead letters": 1
    }  # fmt: skip


UNFIT = [
    b"no json", b"", None, b"[]", b'"text"', b"null", b"\xff", b"[" * 100_000, b'{"url": "u"}', b'{"text": "no url"}',
    b'{"url": null, "text": "t"}', b'{"url": {"a": 1}, "text": "t"}', b'{"url": "u", "text": ["t"]}',
    b'{"url": "", "text": "t"}', b'{"url": "u", "text": "t", "title": {}}', b'{"url": "u", "text": 1e999}',
]  # fmt: skip


def test_no_message_stops_the_consumer_and_every_one_is_counted_and_kept(place):
    """What cannot be judged, or is too large to be passed on, is a dead letter with its reason and its place."""
    kafka = example("kafka_filter")
    good = json.dumps({"url": "good", "text": TEXTS[0]}).encode()
    large = json.dumps({"url": "large", "text": TEXTS[1], "more": "x" * 20_000}).encode()
    values = [value for unfit in UNFIT for value in (unfit, good)]
    broker = Broker([*values, large, Message(None, 99, failure="the partition moved")], queue=3)
    with open_seen(place) as seen:
        working = kafka.Filter(broker, broker, seen, "out", "dead")
        while working.run_once():
            pass
    assert broker.committed == len(broker.messages)
    assert working.counts.total() == len(broker.messages)
    assert working.counts["errors of the broker"] == 1
    assert working.counts["dead letters"] == len(UNFIT) + 1 == len(broker.topics["dead"])
    # The largest of the unfit ones was too large for this topic too: it came without its content.
    kept = [unfit for unfit in UNFIT if unfit is not None and len(unfit) <= broker.largest]
    assert sorted(v for message in broker.topics["dead"] if (v := message.value()) is not None) == sorted(kept)
    places = [dict(message.headers())["place"].decode() for message in broker.topics["dead"]]
    assert len({*places}) == len(places)
    assert all(dict(message.headers())["reason"] for message in broker.topics["dead"])


def test_what_the_broker_does_not_confirm_is_not_committed(place):
    kafka = example("kafka_filter")
    broker = Broker(records())
    broker.refuses = "not enough replicas"
    with open_seen(place) as seen:
        with pytest.raises(RuntimeError, match=r"not confirmed: .*not enough replicas.*nothing is committed"):
            kafka.Filter(broker, broker, seen, "out", "dead").run_once()
        assert broker.committed == 0
        broker.refuses = None
        broker.restart()
        kafka.Filter(broker, broker, seen, "out", "dead").run_once()
    assert broker.passed_on() == ["u0", "u1", "u2"]


def test_the_consumer_runs_with_the_real_client_against_its_own_mock_broker(place):
    """librdkafka has a mock broker, which speaks the protocol on a local port."""
    confluent = pytest.importorskip("confluent_kafka")
    kafka = example("kafka_filter")
    broker = confluent.Producer({"test.mock.num.brokers": 1})
    [server] = [f"{b.host}:{b.port}" for b in broker.list_topics(timeout=10).brokers.values()]
    for value in records():
        broker.produce("news", value, partition=0)
    broker.flush()
    for counts in kafka.run(server, "news", "first-seen", place, "dead-letters"):
        if counts.total() == len(records()):
            break
    assert (counts["passed on, new"], counts["dead letters"]) == (3, 1)
    group = {"group.id": "check", "auto.offset.reset": "earliest"}
    consumer = confluent.Consumer({"bootstrap.servers": server, **group})
    consumer.subscribe(["first-seen", "dead-letters"])
    passed = consumer.consume(4, 20)
    consumer.close()
    first = [message for message in passed if message.topic() == "first-seen"]
    assert sorted(json.loads(message.value())["url"] for message in first) == ["u0", "u1", "u2"]
    assert [message.value() for message in passed if message.topic() == "dead-letters"] == [b"no json"]


def test_the_filter_for_kafka_says_how_to_run_it():
    command = [sys.executable, str(ROOT / "examples" / "kafka_filter.py"), "localhost:9092"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "python examples/kafka_filter.py localhost:9092 news" in done.stderr
    assert "Traceback" not in done.stderr


def test_scrapy_crawls_pages_through_the_pipeline(tmp_path, place):
    pytest.importorskip("scrapy")

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            text = TEXTS[int(self.path[-1]) % 2]
            self.wfile.write(f"<title>{self.path}</title><p>{text[:300]}</p><p>{text[300:]}</p>".encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pages = [f"http://127.0.0.1:{server.server_port}/{i}" for i in range(4)]
    command = [sys.executable, str(ROOT / "examples" / "scrapy_pipeline.py"), *pages]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"DEDUPE_INDEX": place}, capture_output=True, text=True, check=False
    )
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Dropped: identical of http") == 2
    with Index(tmp_path / "seen") as index:
        assert sorted(row.verdict for row in index.export()) == ["identical", "identical", "new", "new"]


def frame_report(*arguments):
    pytest.importorskip("pandas", reason="pandas is not installed")
    command = [sys.executable, str(ROOT / "examples" / "frame_report.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "Body", "publisher", "published_at"), *rows])


def test_a_frame_becomes_stories_and_a_page(tmp_path):
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "seeds").glob("*.txt"))]
    rows = [(f"a{number}", text, f"paper {number}", f"2024-05-0{number + 1}") for number, text in enumerate(texts)]
    write_csv(tmp_path / "day.csv", [*rows, ("copy", texts[4], "wire", "2024-05-09")])
    done = frame_report(tmp_path / "day.csv", tmp_path / "day.html", "text=Body")
    assert done.returncode == 0, done.stderr
    stories = sorted(line.split()[-5:-1] for line in done.stdout.splitlines()[2:])
    assert stories == [
        ["3", "0", "3", "2024-05-01"],
        ["3", "1", "3", "2024-05-04"],
    ]  # articles, copies, publishers, day
    page = (tmp_path / "day.html").read_text("utf-8")
    assert "<h1>Stories in 6 articles</h1>" in page


def test_a_frame_of_one_article_has_no_story_of_two_and_an_empty_one_none(tmp_path):
    for rows in ([], [("a", "Leaders met in the capital on Thursday.", "wire", "")]):
        write_csv(tmp_path / "day.csv", rows)
        done = frame_report(tmp_path / "day.csv", tmp_path / "day.html", "text=Body")
        assert (done.returncode, done.stdout.splitlines()[0]) == (0, "Empty DataFrame"), done.stderr
        counted = f"{len(rows)} article{'' if len(rows) == 1 else 's'}"
        assert f"<h1>Stories in {counted}</h1>" in (tmp_path / "day.html").read_text("utf-8")


def test_a_frame_that_cannot_be_read_is_named(tmp_path):
    assert (
        frame_report("day.xml", "day.html").stderr == "day.xml: the name must end with one of .csv, .parquet, .jsonl\n"
    )
    assert "frame_report.py articles.csv report.html" in frame_report().stderr


def test_every_example_is_described_with_what_tests_it():
    described = dict(
        re.findall(r"^\| \[`([^`]+)`\]\([^)]+\) \|.+\| (.+) \|$", PAGES["examples/README.md"], re.MULTILINE)
    )
    folder = ROOT / "examples"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*") if "__pycache__" not in path.parts}
    assert set(described) == (files | {"Dockerfile"}) - {"README.md"}
    for name, tested in described.items():
        for place in re.findall(r"`(tests/[^`]+)`", tested):
            assert Path(name).name.partition(".")[0] in (ROOT / place).read_text("utf-8"), (name, place)
        assert "`tests/" in tested or tested.startswith("not run")
