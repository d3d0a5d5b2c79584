"""What an evidence pack of an audit holds besides the audit and its pairs: how it was made, and from what.

With the manifest a reader can check that the inputs are the same, install the same versions, and run the same command.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pyarrow as pa

from dedupe import __version__
from dedupe.alignment import grades
from dedupe.audit import pair_reuse, pair_selection
from dedupe.reading.files import InputFile
from dedupe.report.formats import json_line
from dedupe.settings import RECIPE_VERSION, Settings

_LIBRARIES = (
    *(
        "charset-normalizer",
        "datasketch",
        "dateparser",
        "ftfy",
        "msgspec",
        "numpy",
        "py3langid",
        "pyarrow",
        "pystemmer",
    ),
    *("python-dateutil", "rapidfuzz", "selectolax", "sentencex"),
)
"""The libraries that what an audit reads and finds depends on: all that are required, but those of the terminal."""

_FORMAT_LIBRARIES = ("fastwarc", "feedparser", "lxml", "lxml_html_clean", "openpyxl", "trafilatura")
"""Libraries that read feeds, pages, web archives and workbooks, where they are installed."""

README = """Evidence for an audit by dedupe

manifest.json    program, versions, settings, command, and SHA-256 of every input and of every other file here
articles.jsonl   one line for each article: its fields, and SHA-256 of its text (UTF-8) as it was compared
pairs.jsonl      one line for each compared pair: its matched sentences with spans and texts, and who had them first
audit.json       the audit: the account of every sentence, articles, publishers, reused sentences, warnings
problems.jsonl   one line for each record of the inputs that was left out or repaired

To repeat the audit, install the versions that the manifest names and run its command on inputs with the same SHA-256.
The other files are then the same to the byte.
"""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file by its name, with its size and SHA-256; these are None if it could not be read again, as with stdin."""

    name: str
    bytes: int | None
    sha256: str | None


def manifest(
    command: Sequence[str], settings: Settings, inputs: Sequence[EvidenceFile], files: Sequence[EvidenceFile]
) -> dict[str, object]:
    """How an audit was made. ``command``: the words of the command line."""
    return {
        "program": "news-dedupe",
        "version": __version__,
        "recipe": RECIPE_VERSION,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": _versions(),
        "command": list(command),
        "settings": asdict(settings),
        "limits": {
            "min_words": pair_reuse.MIN_WORDS,
            "min_edited_words": pair_reuse.MIN_EDITED_WORDS,
            "min_probability": pair_reuse.MIN_PROBABILITY,
            "max_names": pair_reuse.MAX_NAMES,
            "max_related": pair_selection.MAX_RELATED,
            "max_compared": pair_selection.MAX_COMPARED,
            "max_story": pair_selection.MAX_STORY,
            "min_reused_words": grades.MIN_REUSED_WORDS,
            "min_heavy": grades.MIN_HEAVY,
            "min_copied": grades.MIN_COPIED,
        },
        "inputs": list(inputs),
        "files": list(files),
    }


def _versions() -> dict[str, str]:
    """The versions of the libraries, by their names in alphabetical order."""
    found = {name: version(name) for name in _LIBRARIES}
    for name in _FORMAT_LIBRARIES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return dict(sorted(found.items()))


def article_lines(articles: pa.Table) -> Iterator[str]:
    """Yield one line of JSON for each article of an ARTICLES table: its fields, without the text, and its SHA-256."""
    for row in (row for batch in articles.to_batches(256) for row in batch.to_pylist()):
        text = row.pop("text")
        yield json_line(row | {"characters": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()})


def describe_file(path: Path, name: str) -> EvidenceFile:
    """The size and the SHA-256 of a file."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            return EvidenceFile(name, stream.tell(), digest)
    except OSError:
        return EvidenceFile(name, None, None)


def describe_input(file: InputFile) -> EvidenceFile:
    """The size and the SHA-256 of an input file; stdin cannot be read again, but ``article_lines`` has its articles."""
    return describe_file(file.path, file.shown) if file.path else EvidenceFile(file.shown, None, None)
