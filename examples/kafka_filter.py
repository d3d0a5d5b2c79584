"""Put an index between two Kafka topics: what was not here before goes on, with its verdict.

    python examples/kafka_filter.py localhost:9092 news news.first-seen /var/lib/seen

Needs ``confluent-kafka``. Offsets are committed after the verdicts have been used. A worker that dies in between gets
the same articles again, and the index gives them the same verdicts, marked ``replayed``: nothing is lost, and nothing
turns into a copy of itself. Any number of workers on one machine may share the folder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from dedupe import Article, Index, Verdict

KEEP = ("new", "revised", "excerpt", "same_story")
BATCH = 200


def article_of(message: Any) -> Article | None:
    """The article in a message; None where it holds none, which is a matter for another topic."""
    try:
        record = json.loads(message.value())
        return Article(record["url"], record.get("title", ""), record["text"], record.get("source"))
    except (KeyError, TypeError, ValueError):
        return None


def filter_batch(consumer: Any, producer: Any, index: Index, topic: str, seconds: float = 1.0) -> list[Verdict]:
    """Take some messages, pass on what is worth it, then commit; the verdicts, in order."""
    messages = [message for message in consumer.consume(BATCH, seconds) if not message.error()]
    taken = [(message, article) for message in messages if (article := article_of(message))]
    verdicts = index.check([article for _, article in taken])
    for (message, _), verdict in zip(taken, verdicts, strict=True):
        if verdict.verdict in KEEP:
            about = {"verdict": verdict.verdict, "matched_id": verdict.matched_id, "replayed": verdict.replayed}
            producer.produce(topic, key=verdict.id, value=json.dumps(json.loads(message.value()) | {"dedupe": about}))
    if messages:
        producer.flush()
        consumer.commit(asynchronous=False)
    return verdicts


def run(servers: str, source: str, target: str, folder: str) -> Iterator[list[Verdict]]:
    """Batch after batch, for ever."""
    from confluent_kafka import Consumer, Producer

    settings = {"group.id": "dedupe", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    consumer = Consumer({"bootstrap.servers": servers, **settings})
    producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True})
    consumer.subscribe([source])
    try:
        with Index(folder, retention_days=30) as index:
            while True:
                yield filter_batch(consumer, producer, index, target)
    finally:
        consumer.close()


if __name__ == "__main__":
    for answered in run(*sys.argv[1:5]):
        if answered:
            print(f"{len(answered)} articles, {sum(v.verdict == 'new' for v in answered)} new")
