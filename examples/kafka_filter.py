"""Filter articles between two Kafka topics: articles that did not come before are passed on, with their verdicts.

    python examples/kafka_filter.py localhost:9092 news news.first-seen /var/lib/seen news.dead-letters

The arguments are the broker, the topic to read, the topic to write, the folder of the index or the URL of a service,
and the topic for messages that cannot be judged. The script needs ``confluent-kafka``.

Offsets are committed after the articles have been passed on and the broker has confirmed them. If a worker dies in
between, Kafka delivers the same articles again, and the index gives them the same verdicts, marked ``replayed``. So no
article is lost, and none is taken for a copy of itself. Do not leave out what is ``replayed`` here: a message that was
not passed on before comes as ``replayed``. Any number of workers on one machine may share the folder, and on any number
of machines a service.

A message that cannot be judged never stops the worker. It goes to the topic of dead letters as it came, with the reason
and its place in headers. Every message is counted: passed on, left out, or a dead letter.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from seen_articles import open_seen

from dedupe import Article, Client, Index, Verdict
from dedupe.errors import InputError

KEEP = ("new", "revised", "excerpt", "same_story")
"""Articles with these verdicts are passed on."""
BATCH = 200
"""Most messages checked in one transaction of the index."""


def article_of(message: Any) -> Article:
    """Return the article in a message. Raises ValueError with the reason if there is none."""
    try:
        record = json.loads(message.value())
        return Article(record["url"], record.get("title", ""), record["text"], record.get("source"))
    except KeyError as error:
        raise ValueError(f"no field {error}") from error
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no JSON object: {error}") from error


def check(seen: Index | Client, articles: Sequence[Article]) -> list[Verdict | InputError]:
    """Return the verdict of each article, or why it has none."""
    try:
        return [*seen.check(articles)]
    except InputError as error:
        if len(articles) == 1:
            return [error]
        return [answer for article in articles for answer in check(seen, [article])]


class Filter:
    """Passes messages on from one topic to another, and counts in ``counts`` what became of them."""

    def __init__(self, consumer: Any, producer: Any, seen: Index | Client, target: str, dead_letters: str) -> None:
        self.consumer, self.producer, self.seen = consumer, producer, seen
        self.target, self.dead_letters = target, dead_letters
        self.counts: Counter[str] = Counter()
        self._failures: list[str] = []

    def run_once(self, seconds: float = 1.0) -> int:
        """Read a batch of messages, deal with all of them, commit, and return how many there were.

        ``seconds`` is the longest time to wait for messages. Raises RuntimeError, before it commits, if the broker did
        not confirm what was passed on: the messages then come again.
        """
        messages = self.consumer.consume(BATCH, seconds)
        readable, articles = [], []
        for message in messages:
            if message.error():
                self.counts["errors of the broker"] += 1
                print(f"error of the broker: {message.error()}", file=sys.stderr)
                continue
            try:
                articles.append(article_of(message))
                readable.append(message)
            except ValueError as error:
                self._bury(message, str(error))
        for message, answer in zip(readable, check(self.seen, articles), strict=True):
            if isinstance(answer, InputError):
                self._bury(message, str(answer))
            else:
                self._deal_with(message, answer)
        if messages:
            unconfirmed = self.producer.flush()
            if unconfirmed or self._failures:
                raise RuntimeError(f"not confirmed: {unconfirmed} messages, {self._failures}; nothing is committed")
            self.consumer.commit(asynchronous=False)
        return len(messages)

    def _deal_with(self, message: Any, verdict: Verdict) -> None:
        """Pass a message on if its verdict is in KEEP, and count it."""
        if verdict.verdict not in KEEP:
            self.counts[f"left out, {verdict.verdict}"] += 1
            return
        about = {"verdict": verdict.verdict, "matched_id": verdict.matched_id, "replayed": verdict.replayed}
        value = json.dumps(json.loads(message.value()) | {"dedupe": about})
        try:
            self._produce(self.target, verdict.id, value)
        except Exception as error:  # noqa: BLE001 - larger than the topic takes, for example
            self._bury(message, f"cannot be passed on: {error}")
        else:
            self.counts[f"passed on, {verdict.verdict}"] += 1

    def _bury(self, message: Any, reason: str) -> None:
        """Send a message to the topic of dead letters; without its content if that is too large."""
        place = f"{message.topic()}[{message.partition()}]@{message.offset()}"
        headers = [("reason", reason[:1000].encode()), ("place", place.encode())]
        self.counts["dead letters"] += 1
        try:
            self._produce(self.dead_letters, message.key(), message.value(), headers)
        except Exception as error:  # noqa: BLE001 - the place of the message is kept, and the worker goes on
            headers.append(("content left out", str(error).encode()))
            self._produce(self.dead_letters, message.key(), None, headers)

    def _produce(self, topic: str, key: Any, value: Any, headers: Any = None) -> None:
        try:
            self.producer.produce(topic, key=key, value=value, headers=headers, on_delivery=self._confirm)
        except BufferError:  # the queue of the client is full
            self.producer.flush()
            self.producer.produce(topic, key=key, value=value, headers=headers, on_delivery=self._confirm)

    def _confirm(self, error: Any, message: Any) -> None:
        if error is not None:
            self._failures.append(str(error))


def run(servers: str, source: str, target: str, place: str, dead_letters: str) -> Iterator[Counter[str]]:
    """Filter batch after batch without end, and yield what became of all messages so far."""
    from confluent_kafka import Consumer, Producer

    settings = {"group.id": "dedupe", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    consumer = Consumer({"bootstrap.servers": servers, **settings})
    producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True})
    consumer.subscribe([source])
    try:
        with open_seen(place) as seen:
            working = Filter(consumer, producer, seen, target, dead_letters)
            while True:
                if working.run_once():
                    yield working.counts
    finally:
        consumer.close()


if __name__ == "__main__":
    if len(sys.argv) != 6:
        raise SystemExit(__doc__)
    for counts in run(*sys.argv[1:]):
        print(", ".join(f"{number} {name}" for name, number in sorted(counts.items())))
