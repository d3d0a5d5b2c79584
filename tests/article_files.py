"""Helpers for the tests of reading: they write files of articles, read them, and check the problems."""

import json

from dedupe.reading.articles import read

FOREIGN = 'Zażółć — "gęślą" 日本 😀'


def load(*paths, **options):
    """Return the articles and the problems of the paths."""
    problems = []
    articles = list(read([str(path) for path in paths], on_problem=problems.append, **options))
    return articles, problems


def write(path, content):
    """Write text or bytes to a file and return its path."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_jsonl(path, *rows):
    """Write rows as a JSONL file and return its path."""
    return write(path, "".join(json.dumps(row) + "\n" for row in rows))


def only(problems):
    """Return the only problem, after checking that it prints as one line of printable characters."""
    assert len(problems) == 1, problems
    assert str(problems[0]).isprintable()
    return problems[0]


def as_jsonl(rows):
    """Return rows as JSONL in UTF-8, without escapes."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
