"""Is any answer of the service lost or changed if it is killed again and again under load?

    python -m benchmarks.service.kills [--cycles 50] [--write]

Four clients send three articles at a time, of texts that several of them have, until the service is gone (SIGKILL, after
a random time). Then it is started again. Every answer that a client got must come again with `replayed`. What had no
answer is sent once more, as a client would, and in the end exactly one article of each text must have been `new`. Exits
1 if that is not so, or if the index is not sound.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.common import keep_figures
from benchmarks.service.running import Service, article, running
from dedupe import Index

CLIENTS, AT_ONCE, TEXTS = 4, 3, 40

_JSON = {"Content-Type": "application/json"}

Answered = dict[str, tuple[dict[str, str], dict[str, Any]]]
"""The articles that were answered and their answers, by id."""


class Client(threading.Thread):
    """Sends articles until the service is gone, and notes every answer. ``unanswered``: what it sent last."""

    def __init__(self, service: Service, name: str, answered: Answered) -> None:
        super().__init__(name=name)
        self._service, self._answered = service, answered
        self.unanswered: list[dict[str, str]] = []

    def run(self) -> None:
        cycle = self.name.partition("-")[0]
        draw = random.Random(self.name)
        asking = http.client.HTTPConnection("127.0.0.1", self._service.port, timeout=60)
        count = 0
        try:
            while True:
                texts = [article(draw.randrange(TEXTS), f"cycle {cycle}", 60)["text"] for _ in range(AT_ONCE)]
                self.unanswered = [{"id": f"{self.name}-{count + i}", "text": text} for i, text in enumerate(texts)]
                count += AT_ONCE
                note(self._answered, self.unanswered, ask(asking, "/v1/check", self.unanswered))
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            asking.close()


def ask(asking: http.client.HTTPConnection, path: str, articles: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Send articles, and return what the answers say about them."""
    asking.request("POST", path, json.dumps(articles), _JSON)
    return [answer["dedupe"] for answer in json.loads(asking.getresponse().read())]


def note(answered: Answered, articles: list[dict[str, str]], answers: list[dict[str, Any]]) -> None:
    for one, answer in zip(articles, answers, strict=True):
        answered[one["id"]] = one, answer


def kill(index: Path, cycle: int, seconds: float) -> tuple[Answered, list[dict[str, str]]]:
    """Run one service under load, and kill it. Returns what was answered, and what was sent and has no answer."""
    answered: Answered = {}
    with running(index, killed=True) as service:
        clients = [Client(service, f"{cycle}-{number}", answered) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(seconds)
        service.process.kill()
        for client in clients:
            client.join()
    return answered, [one for client in clients for one in client.unanswered if one["id"] not in answered]


def measure(cycles: int) -> dict[str, Any]:
    """Kill a service so often, and count what is wrong."""
    draw = random.Random(5)
    wrong: Counter[str] = Counter()
    new_of: Counter[str] = Counter()
    acknowledged = unanswered = 0
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder, "index")
        for cycle in range(cycles):
            answered, sent = kill(index, cycle, draw.uniform(0.1, 0.8))
            acknowledged, unanswered = acknowledged + len(answered), unanswered + len(sent)
            with running(index) as service:
                asking = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
                before = [answer for _, answer in answered.values()]
                for known, now in zip(
                    before, ask(asking, "/v1/peek", [one for one, _ in answered.values()]), strict=True
                ):
                    wrong["lost"] += not now["replayed"]
                    wrong["changed"] += now != known | {"replayed": True}
                note(answered, sent, ask(asking, "/v1/check", sent))
                asking.close()
            new_of.update(one["text"] for one, answer in answered.values() if answer["verdict"] == "new")
        wrong["texts that were new more than once"] = sum(number > 1 for number in new_of.values())
        with Index(index) as opened:
            wrong["damaged"] = not opened.doctor().is_sound
    return {
        "kills": cycles,
        "acknowledged": acknowledged,
        "unanswered": unanswered,
        "texts": len(new_of),
        "wrong": {name: number for name, number in wrong.items() if number},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    figures = measure(options.cycles)
    keep_figures("service_kills", figures, options.write)
    sys.exit(bool(figures["wrong"]))


if __name__ == "__main__":
    main()
