"""What the tests of ``dedupe filter`` share: texts, lines of JSON, and the verdicts of what came out."""

import json
import random

VOCABULARY = [f"word{i}" for i in range(2_000)]


def text(seed, words=120):
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


def jsonlines(*records):
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def verdicts(rows):
    return [row["dedupe"]["verdict"] for row in rows]
