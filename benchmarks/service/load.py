"""How many articles does the service store in a second, and how long do clients wait?

    python -m benchmarks.service.load [--seconds 5] [--write]

`wrk` sends new articles of 150 words over 1, 8 and 64 connections, each with the next article as soon as it has its
answer: to a service that stores what waits in one commit and, in turns with it, to one that stores one by one
(`--max-batch 1`). Then one client alone and `Index.check` in this process check the same articles, each of them one after
the other. Medians count, since a shared disk and machine have their moods. Skipped, with exit code 77, where `wrk` is not
installed.

At 64 connections the groups must store eight times as many as one by one, and their 99th percentile must be below
twenty commits. One client alone must wait three milliseconds longer than `Index.check` takes, at most. Exits 1 if that is
not so.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from benchmarks.common import keep_figures
from benchmarks.service.running import Service, article, running
from dedupe import Article, Index

CONNECTIONS = (1, 8, 64)

LEAST_GAIN, MOST_COMMITS, MOST_MS = 8.0, 20.0, 3.0

_MODES: dict[str, tuple[str, ...]] = {"grouped": (), "one_by_one": ("--max-batch", "1")}
"""The options of each service."""

_TURNS = 3
"""How often both services take turns with each number of connections. The medians count."""

_WARM = 200
"""Articles that both indexes hold before one client alone is measured."""

_ALONE = 600
"""Articles that one client alone sends and `Index.check` gets, in turns. The times for each article are compared, since
a commit takes a millisecond on one day of a shared disk and thirty on another, and the median difference counts."""


def send(service: Service, connections: int, seconds: int, run: str) -> dict[str, Any]:
    """Let `wrk` send articles for so many seconds."""
    script = str(Path(__file__).with_name("load.lua"))
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", script]
    done = subprocess.run(
        [*words, f"http://127.0.0.1:{service.port}", "--", run, str(connections)],
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures | {"per_second": round(figures["requests"] / figures["seconds"], 1)}


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 3)


def check_alone(service: Service, index: Index) -> list[tuple[float, float]]:
    """Return the milliseconds that one client alone waits for each article, and those that `Index.check` takes."""
    taken = []
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)) as connection:
        for number in range(-_WARM, _ALONE):
            one = article(number, "alone")
            began = time.perf_counter()
            status = service.check(connection, one)
            answered = time.perf_counter()
            index.check([Article(one["id"], text=one["text"])])
            checked = time.perf_counter()
            assert status == HTTPStatus.OK, status
            taken.append(((answered - began) * 1e3, (checked - answered) * 1e3))
    return taken[_WARM:]


def measure(seconds: int) -> dict[str, Any]:
    """Measure both modes over all numbers of connections, then one client alone."""
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as opened:
        services = {}
        for mode, options in _MODES.items():
            Path(place, mode).mkdir()
            services[mode] = opened.enter_context(running(Path(place, mode, "index"), *options))
            send(services[mode], 1, 1, f"{mode}-warm")
        figures: dict[str, Any] = {mode: {} for mode in _MODES}
        for connections in CONNECTIONS:
            runs: dict[str, list[dict[str, Any]]] = {mode: [] for mode in _MODES}
            for turn, mode in itertools.product(range(_TURNS), _MODES):
                runs[mode].append(send(services[mode], connections, seconds, f"{mode}-{connections}-{turn}"))
            for mode, own in runs.items():
                figures[mode][str(connections)] = {name: _median(run[name] for run in own) for name in own[0]}
    with (
        tempfile.TemporaryDirectory() as place,
        running(Path(place, "index")) as service,
        Index(Path(place, "own")) as index,
    ):
        taken = check_alone(service, index)
    figures["index_check_ms"] = _median(check for _, check in taken)
    figures["one_client_ms"] = _median(answer for answer, _ in taken)
    figures["one_client_more_ms"] = _median(answer - check for answer, check in taken)
    grouped, one_by_one = figures["grouped"]["64"], figures["one_by_one"]["64"]
    figures["gain_at_64"] = round(grouped["per_second"] / one_by_one["per_second"], 2)
    figures["p99_in_commits_at_64"] = round(grouped["p99_ms"] / figures["index_check_ms"], 2)
    return figures


def faults(figures: dict[str, Any]) -> list[str]:
    """What is not as it must be."""
    found = []
    if figures["gain_at_64"] < LEAST_GAIN:
        found.append(f"groups gain {figures['gain_at_64']} times")
    if figures["p99_in_commits_at_64"] > MOST_COMMITS:
        found.append(f"the 99th percentile is {figures['p99_in_commits_at_64']} commits")
    if figures["one_client_more_ms"] > MOST_MS:
        found.append(f"one client waits {figures['one_client_more_ms']} ms longer than Index.check takes")
    failed = sum(run["failed"] for mode in ("grouped", "one_by_one") for run in figures[mode].values())
    return [*found, *([f"{failed} requests failed"] if failed else [])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not installed (apt-get install wrk); nothing was measured", file=sys.stderr)
        sys.exit(77)
    figures = measure(options.seconds)
    keep_figures("service_load", figures, options.write)
    if wrong := faults(figures):
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
