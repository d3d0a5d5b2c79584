"""Filter articles between two Kafka topics: articles that did not come before are passed on, with their verdicts.

    python examples/kafka_filter.py localhost:9092 news news.first-seen /var/lib/seen

The arguments are the broker, the topic to read, the topic to write and the folder of the index. The script needs
``confluent-kafka``. It commits offsets after it has passed the articles on. If a worker dies in between, Kafka delivers
the same articles again, and the index gives them the same verdicts, marked ``replayed``. So no article is lost, and
none is taken for a copy of itself. Any number of workers on one machine may share the folder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from dedupe import Article, Index, Verdict

KEEP = ("new", "revised", "excerpt", "same_story")
"""Articles with these verdicts are passed on."""
BATCH = 200
"""Most messages checked in one transaction of the index."""


def article_of(message: Any) -> Article | None:
    """Return the article in a message, or None if there is none. This example skips such messages."""
    try:
        record = json.loads(message.value())
        return Article(record["url"], record.get("title", ""), record["text"], record.get("source"))
    except (KeyError, TypeError, ValueError):
        return None


def filter_batch(consumer: Any, producer: Any, index: Index, topic: str, seconds: float = 1.0) -> list[Verdict]:
    """Read a batch of messages, pass on those whose verdict is in KEEP, commit, and return all verdicts in order.

    ``seconds`` is the longest time to wait for messages.
    """
    messages = [message for message in consumer.consume(BATCH, seconds) if not message.error()]
    readable = [(message, article) for message in messages if (article := article_of(message))]
    verdicts = index.check([article for _, article in readable])
    for (message, _), verdict in zip(readable, verdicts, strict=True):
        if verdict.verdict in KEEP:
            about = {"verdict": verdict.verdict, "matched_id": verdict.matched_id, "replayed": verdict.replayed}
            producer.produce(topic, key=verdict.id, value=json.dumps(json.loads(message.value()) | {"dedupe": about}))
    if messages:
        producer.flush()
        consumer.commit(asynchronous=False)
    return verdicts


def run(servers: str, source: str, target: str, folder: str) -> Iterator[list[Verdict]]:
    """Filter batch after batch without end, and yield the verdicts of each."""
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
    for verdicts in run(*sys.argv[1:5]):
        if verdicts:
            print(f"{len(verdicts)} articles, {sum(verdict.verdict == 'new' for verdict in verdicts)} new")
