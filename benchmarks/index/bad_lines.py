"""Does every line of a hostile stream come out of ``dedupe filter`` in its place, answered or with a reason?

    python -m benchmarks.index.bad_lines [--lines 100000] [--write]

Lines of twelve kinds that hold no article stand among articles, copies, deliveries that come again, and articles that
must be repaired. Which is which is known from how a line was made. The stream is given to the installed program on
stdin, with ``--quarantine``. Each line must come out in its place. An article must have a verdict, and a line that
needed no repair must be unchanged but for it. Every other line must be ``unknown`` with a reason, and stand in the
quarantine with its number, a reason and its exact bytes; only of lines beyond ``--max-record-mb`` are the bytes not
kept. Given again, every article must be ``replayed`` with its first verdict. The exit code must be 0, and 3 with
``--on-error fail``, where nothing behind the first bad line may come out. Exits 1 if anything of this is not so.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import keep_figures, program

MOST_MB = 0.02
VOCABULARY = [f"word{i}" for i in range(5_000)]

Maker = Callable[[random.Random, dict[str, Any]], bytes]


@dataclass(frozen=True, slots=True)
class Line:
    """A line, the kind it was made as, whether it holds an article, and whether that has to be repaired."""

    raw: bytes
    kind: str
    is_article: bool
    is_repaired: bool = False


def as_json(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode()


def _cut(draw: random.Random, record: dict[str, Any]) -> bytes:
    whole = as_json(record)
    return whole[: draw.randrange(1, len(whole))]


def _noise(draw: random.Random, record: dict[str, Any]) -> bytes:
    return bytes(byte for byte in draw.randbytes(draw.randrange(1, 80)) if byte not in b"\r\n") or b"\xff"


BAD: dict[str, Maker] = {
    "cut": _cut,
    "noise": _noise,
    "empty": lambda draw, _: draw.choice((b"", b"  ", b"\t", b" \r")),
    "no object": lambda draw, record: draw.choice(
        (b"[1, 2]", b'"text"', b"17", b"null", b"[" + as_json(record) + b"]")
    ),
    "no text": lambda _, record: as_json({"id": record["id"]}),
    "text is no text": lambda draw, record: as_json(record | {"text": draw.choice(({"deep": {}}, [[1]]))}),
    "nested": lambda _, record: as_json(record)[:-1] + b', "x": ' + b"[" * 150 + b"]" * 150 + b"}",
    "too large": lambda _, record: as_json(record | {"more": "x" * int(MOST_MB * 1.1e6)}),
    "UTF-16": lambda _, record: json.dumps(record).encode("utf-16-le"),
    "Python": lambda _, record: repr(record).encode(),
    "CSV": lambda _, record: f"{record['id']},{record['text']}".encode(),
    "XML": lambda _, record: f"<item><title>{record['text']}</title></item>".encode(),
}
"""How lines without an article are made from a record of one."""

REPAIRED: dict[str, Maker] = {
    "number out of range": lambda _, record: as_json(record)[:-1] + b', "n": 1e400}',
    "NaN": lambda _, record: as_json(record)[:-1] + b', "score": NaN}',
    "half surrogate": lambda _, record: as_json(record).replace(b"word", b"\\ud800word", 1),
    "control character": lambda _, record: as_json(record).replace(b" word", b"\x07 word", 1),
    "not UTF-8": lambda _, record: as_json(record).replace(b" word", b" caf\xe9 word", 1),
}

ARTICLES: dict[str, Maker] = {
    "plain": lambda _, record: as_json(record),
    "CRLF": lambda _, record: as_json(record) + b"\r",
    "key twice": lambda _, record: b'{"id": "another", ' + as_json(record)[1:],
    "large number": lambda _, record: as_json(record)[:-1] + b', "n": 123456789012345678901234567890}',
    "NUL": lambda _, record: as_json(record).replace(b" word", b"\\u0000 word", 1),
    "spaces": lambda _, record: b"  " + as_json(record) + b" \t",
    "no id": lambda _, record: as_json({"text": record["text"]}),
    "empty text": lambda draw, record: as_json(record | {"text": draw.choice((None, "", "  "))}),
}
NAMED = ("NUL", "empty text")
"""Articles whose line stays as it is, and that are named on stderr nevertheless."""


def make(number: int, seed: int) -> list[Line]:
    """Three in ten lines hold no article, one in ten one that must be repaired, and one in ten is an earlier line."""
    draw = random.Random(seed)
    lines: list[Line] = []
    texts: list[str] = []
    for i in range(number):
        if not texts or draw.random() < 0.7:
            texts.append(" ".join(draw.choices(VOCABULARY, k=draw.randrange(12, 60))))
        record = {"id": f"a{i}", "text": draw.choice(texts[-50:])}
        share = draw.random()
        if i and share < 0.3:
            kind = draw.choice(sorted(BAD))
            lines.append(Line(BAD[kind](draw, record), kind, is_article=False))
        elif i and share < 0.4:
            kind = draw.choice(sorted(REPAIRED))
            lines.append(Line(REPAIRED[kind](draw, record), kind, is_article=True, is_repaired=True))
        elif i and share < 0.5:
            lines.append(draw.choice(lines[-200:]))
        else:
            kind = draw.choice(sorted(ARTICLES))
            lines.append(Line(ARTICLES[kind](draw, record), kind, is_article=True))
    return lines


def run(source: Path, index: Path, *options: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Give a file to ``dedupe filter`` on stdin."""
    command = [program(), "filter", "--index", index, "--max-record-mb", str(MOST_MB), *options]
    with source.open("rb") as given:
        return subprocess.run(command, stdin=given, capture_output=True, check=False)


def check_lines(lines: list[Line], out: list[bytes]) -> Counter[str]:
    """Count what is wrong with the lines that came out."""
    wrong: Counter[str] = Counter()
    wrong["lines not in their place"] += abs(len(lines) - len(out))
    for number, (line, came) in enumerate(zip(lines, out, strict=False), 1):
        row = json.loads(came)
        answer = row["dedupe"]
        if not line.is_article:
            wrong["bad lines with a verdict"] += answer["verdict"] != "unknown"
            wrong["bad lines without a reason"] += not answer["reason"]
            wrong["lines not in their place"] += row.get("line", number) != number
            continue
        wrong["articles without a verdict"] += answer["verdict"] == "unknown"
        body = line.raw.rstrip()
        if line.is_repaired:
            named = re.search(rb'"id": "(\w+)"', body)
            wrong["lines not in their place"] += named is None or row["id"].encode() != named[1]
        else:
            wrong["changed lines"] += not came.startswith(body[:-1] + b', "dedupe": {')
    return wrong


def check_quarantine(lines: list[Line], quarantine: Path) -> Counter[str]:
    """Count what is wrong with the quarantine."""
    wrong: Counter[str] = Counter()
    expected = [(number, line) for number, line in enumerate(lines, 1) if not line.is_article]
    kept = [json.loads(line) for line in quarantine.read_bytes().splitlines()]
    wrong["not in the quarantine"] += abs(len(expected) - len(kept))
    for (number, line), record in zip(expected, kept, strict=False):
        raw = base64.b64decode(record["raw_base64"]) if "raw_base64" in record else record["raw"].encode()
        wrong["quarantined under another number"] += (record["file"], record["line"]) != ("stdin", number)
        wrong["quarantined without a reason"] += not record["reason"]
        wrong["quarantined with other bytes"] += raw != (b"" if line.kind == "too large" else line.raw.rstrip(b"\r"))
    return wrong


def check_replay(lines: list[Line], first: list[bytes], second: list[bytes]) -> Counter[str]:
    """Count the articles that are not answered as before when the same lines are given again."""
    wrong: Counter[str] = Counter()
    wrong["lines of the second run"] += abs(len(first) - len(second))
    for line, before, after in zip(lines, first, second, strict=False):
        if line.is_article:
            right = json.loads(before)["dedupe"] | {"replayed": True}
            wrong["answered differently when given again"] += json.loads(after)["dedupe"] != right
    return wrong


def check_messages(lines: list[Line], errors: str) -> Counter[str]:
    """Count what is wrong on stderr: every rejected or repaired line is named, or counted where many are alike.

    The encoding of what is not UTF-8 is that of the whole stream, and is said with the first such line only.
    """
    wrong: Counter[str] = Counter()
    encoded = [number for number, line in enumerate(lines, 1) if line.kind == "not UTF-8"]
    rejected = {number for number, line in enumerate(lines, 1) if not line.is_article}
    flawed = {i for i, line in enumerate(lines, 1) if line.is_repaired or line.kind in NAMED} - {*encoded[1:]}
    named = {int(number) for number in re.findall(r"^stdin:(\d+): ", errors, re.MULTILINE)}
    hidden = {True: 0, False: 0}
    for count, kind in re.findall(r"^([\d,]+) more were not shown: (.*)", errors, re.MULTILINE):
        hidden[kind.endswith("no verdict")] += int(count.replace(",", ""))
    wrong["good lines named on stderr"] += len(named - rejected - flawed)
    wrong["rejected lines not named or counted"] += abs(len(named & rejected) + hidden[True] - len(rejected))
    wrong["repaired lines not named or counted"] += abs(len(named & flawed) + hidden[False] - len(flawed))
    wrong["summary"] += f"{len(lines):,} lines: " not in errors or f", {len(rejected):,} unknown" not in errors
    wrong["tracebacks"] += "Traceback" in errors
    wrong["more than a page of messages"] += len(errors.splitlines()) > 1_000
    return wrong


def main() -> int:
    """Make the lines, run the filter three times, and print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    lines = make(options.lines, options.seed)
    with tempfile.TemporaryDirectory(prefix="bad-lines-") as folder:
        source, quarantine = Path(folder) / "lines", Path(folder) / "quarantine"
        source.write_bytes(b"".join(line.raw + b"\n" for line in lines))
        started = time.perf_counter()
        first = run(source, Path(folder) / "index", "--quarantine", quarantine)
        seconds = time.perf_counter() - started
        second = run(source, Path(folder) / "index")
        failing = run(source, Path(folder) / "other", "--on-error", "fail")
        out, again = first.stdout.splitlines(), second.stdout.splitlines()
        wrong = check_lines(lines, out) + check_quarantine(lines, quarantine) + check_replay(lines, out, again)
    wrong += check_messages(lines, first.stderr.decode())
    stop = next(number for number, line in enumerate(lines, 1) if not line.is_article)
    wrong["exit codes"] += (first.returncode, second.returncode, failing.returncode) != (0, 0, 3)
    wrong["not stopped at the first bad line"] += len(failing.stdout.splitlines()) != stop - 1
    wrong["first bad line not named"] += f"stdin:{stop}: " not in failing.stderr.decode()
    figures = {
        "lines": len(lines),
        "rejected": dict(sorted(Counter(line.kind for line in lines if not line.is_article).items())),
        "articles": dict(sorted(Counter(line.kind for line in lines if line.is_article).items())),
        "lines_per_second": round(len(lines) / seconds),
        "exit_codes": [first.returncode, second.returncode, failing.returncode],
        "wrong": {name: count for name, count in wrong.items() if count},
    }
    keep_figures("index_bad_lines", figures, options.write)
    if wrong["tracebacks"]:  # say which: it may not come again
        _, *traceback = first.stderr.decode().partition("Traceback")
        print("".join(traceback), file=sys.stderr)
    return int(bool(figures["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
