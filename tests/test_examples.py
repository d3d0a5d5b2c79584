"""The examples work. The tests use the real clients if these are installed, and a small stand-in for Kafka always."""

import http.server
import importlib.util
import json
import subprocess
import sys
import threading

import pytest
from support import ROOT

from dedupe.index import Index

TEXTS = [" ".join(f"word{(i * seed) % 97}" for i in range(1, 120)) for seed in (3, 5, 7)]


def example(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Topic:
    """A topic with one partition, and its consumer and producer in one object, as far as the example uses them."""

    def __init__(self, values=()):
        self.values, self.committed, self.position = list(values), 0, 0

    def consume(self, number, _):
        taken = self.values[self.position : self.position + number]
        self.position += len(taken)
        return [type("Message", (), {"value": lambda _, v=v: v, "error": lambda _: None})() for v in taken]

    def commit(self, asynchronous):
        assert asynchronous is False
        self.committed = self.position

    def restart(self):
        self.position = self.committed

    def produce(self, topic, key, value):
        self.values.append(value)

    def flush(self):
        pass


def records():
    copies = [{"url": f"u{i}", "text": TEXTS[i % 3] if i < 6 else TEXTS[0][:-40]} for i in range(7)]
    return [json.dumps(record).encode() for record in copies] + [b"no json"]


def test_a_consumer_that_dies_before_it_commits_loses_and_doubles_nothing(tmp_path):
    kafka = example("kafka_filter")
    source, target = Topic(records()), Topic()

    def die():
        raise KeyboardInterrupt

    with Index(tmp_path / "seen") as index:
        target.flush = die
        with pytest.raises(KeyboardInterrupt):
            kafka.filter_batch(source, target, index, "out")
        assert source.committed == 0
    target, _ = Topic(), source.restart()
    with Index(tmp_path / "seen") as index:
        verdicts = kafka.filter_batch(source, target, index, "out")
        assert kafka.filter_batch(source, target, index, "out") == []
    assert source.committed == len(records())
    assert [v.verdict for v in verdicts] == ["new"] * 3 + ["identical"] * 3 + ["near_duplicate"]
    assert all(v.replayed for v in verdicts)
    assert [json.loads(value)["url"] for value in target.values] == ["u0", "u1", "u2"]


def test_the_consumer_runs_with_the_real_client_against_its_own_mock_broker(tmp_path):
    """librdkafka has a mock broker, which speaks the protocol on a local port."""
    confluent = pytest.importorskip("confluent_kafka")
    kafka = example("kafka_filter")
    broker = confluent.Producer({"test.mock.num.brokers": 1})
    [server] = [f"{b.host}:{b.port}" for b in broker.list_topics(timeout=10).brokers.values()]
    for value in records():
        broker.produce("news", value, partition=0)
    broker.flush()
    found = []
    for verdicts in kafka.run(server, "news", "first-seen", str(tmp_path / "seen")):
        found += verdicts
        if len(found) == len(records()) - 1:
            break
    assert sum(v.verdict == "new" for v in found) == 3
    group = {"group.id": "check", "auto.offset.reset": "earliest"}
    consumer = confluent.Consumer({"bootstrap.servers": server, **group})
    consumer.subscribe(["first-seen"])
    passed = consumer.consume(3, 20)
    consumer.close()
    assert sorted(json.loads(message.value())["url"] for message in passed) == ["u0", "u1", "u2"]


def test_scrapy_crawls_pages_through_the_pipeline(tmp_path):
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
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    server.shutdown()
    server.server_close()
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Dropped: identical of http") == 2
    with Index(tmp_path / "seen") as index:
        assert sorted(row.verdict for row in index.export()) == ["identical", "identical", "new", "new"]
