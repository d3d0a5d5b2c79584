"""Whether two installed programs give the same results, for a change that must not change any.

    python -m benchmarks.same_results OLD NEW [--pairs 200]

OLD and NEW are ``dedupe`` commands, such as those of two virtual environments. Both run ``cluster`` (every format, and
``--explain``), ``align``, ``align --pairs``, ``audit``, ``pairs`` and ``filter`` on the seeds and on two development
sets (BASIL, dated; Helsinki, with copies and page furniture), with compiled kernels where the program takes them. What
OLD calls by another name (``RENAMED``) is renamed first, and a field may stand elsewhere in its record; all else must be
the same to the byte. Numbers that only differ behind the tenth digit are counted apart, since a sum taken in another
order may do that.

Exit code 1 where anything differs. Development sets: ``DEDUPE_BENCH_DATA``, default ../shared/data.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.common import ROOT, bench_data, keep_figures, rows_of

RENAMED = {
    "is_canonical": {"source": "publisher", "copies": "copy_group"},
    "tail": {"tail": "memtable"},
    "outlet": {"outlet": "publisher"},
    "outlets": {"outlets": "publishers"},
    "matched_in_this": {"matched_in_this": "right_in_left", "this_in_matched": "left_in_right", "copies": "canonical"},
}
"""New names by old ones, for the records that have the field named first."""
RENAMED_FEATURES = {
    "lead_told": "lead_coverage",
    "same_contrasts": "profile_correlation_words",
    "same_name_contrasts": "profile_correlation_names",
    "same_company_told": "second_order_lead_coverage",
    "same_company_lead": "second_order_leads",
    "other_divisions": "other_splits",
    "part": "side_of_split",
    "texts_of_part": "texts_of_side",
}
"""Features and reasons of the story models; ``dividing_…`` became ``topic_conditioned_…``."""
RENAMED_WORDS = {"outlets": "publishers", "outlet": "publisher", "source_outlet": "source_publisher"}
"""The same for tables and CSV headers."""
RENAMED_COLUMNS = {"source": "publisher", "copies": "copy_group"}


def renamed(value: object) -> object:
    """A JSON value of the old program under the new names."""
    if isinstance(value, str):
        return value.replace("by the same outlet", "by the same publisher")
    if isinstance(value, list):
        return [renamed(part) for part in value]
    if not isinstance(value, dict):
        return value
    names: dict[str, str] = {}
    for mark, new in RENAMED.items():
        if mark in value:
            names |= new
    if value and all(isinstance(part, float) for part in value.values()):
        names = {name: RENAMED_FEATURES.get(name, name.replace("dividing_", "topic_conditioned_")) for name in value}
    return {names.get(name, name): renamed(part) for name, part in value.items()}


def records(text: str) -> list[object] | None:
    """The JSON values of a document or of lines; None where the text is something else."""
    try:
        return [json.loads(text)]
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines()]
    except ValueError:
        return None


def as_words(text: str) -> str:
    """A table or CSV under the new names, without padding, which depends on the length of names.

    The words that ``--explain`` writes behind the number of a reason are left out: the JSON outputs compare the reasons
    by name.
    """
    header, _, rest = text.partition("\n")
    header = re.sub(r"\b(source|copies)\b", lambda found: RENAMED_COLUMNS[found[0]], header)
    text = re.sub(r"\b(source_outlet|outlets?)\b", lambda found: RENAMED_WORDS[found[0]], f"{header}\n{rest}")
    text = re.sub(r"^( +[+-]\d+\.\d\d) .*$", r"\1", text, flags=re.MULTILINE)
    return re.sub(r"-{3,}", "---", re.sub(r" {2,}", "  ", text))


def differences(old: object, new: object, path: str = "") -> list[str]:
    """Where two JSON values differ; ``~`` before a path where only the last digits do."""
    if isinstance(old, dict) and isinstance(new, dict):
        if sorted(old) == sorted(new):
            return [found for name in old for found in differences(old[name], new[name], f"{path}.{name}")]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [found for place, (a, b) in pairs for found in differences(a, b, f"{path}[{place}]")]
    elif old == new:
        return []
    is_close = isinstance(old, float) and isinstance(new, float) and math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-9)
    return [f"{'~' * is_close}{path}: {old!r:.80} {new!r:.80}"]


def compared(old: str, new: str) -> tuple[str, list[str]]:
    """``same``, ``last digits`` or ``different``, and the first places that differ."""
    if old == new:
        return "same", []
    before, after = records(old), records(new)
    if before is not None and after is not None:
        found = differences([renamed(value) for value in before], after)
    else:
        lines = itertools.zip_longest(as_words(old).splitlines(), as_words(new).splitlines())
        found = [f"line {number}: {a!r} {b!r}" for number, (a, b) in enumerate(lines, 1) if a != b]
    if not found:
        return "same", []
    return ("last digits" if all(place.startswith("~") for place in found) else "different"), found[:3]


def commands(articles: Path, pairs: Path, files: list[Path]) -> dict[str, list[str]]:
    """What is run on one collection, by name."""
    given = str(articles)
    found = {f"cluster {kind}": ["cluster", given, "--format", kind] for kind in ("table", "json", "jsonl", "csv")}
    found |= {
        "cluster --explain": ["cluster", given, "--explain"],
        "pairs json": ["pairs", given, "--format", "json"],
        "pairs csv": ["pairs", given, "--format", "csv"],
        "audit table": ["audit", given],
        "audit json": ["audit", given, "--format", "json"],
        "audit csv": ["audit", given, "--format", "csv", "--rows", "sentences"],
        "align --pairs": ["align", "--articles", given, "--pairs", str(pairs)],
    }
    for kind in ("text", "json", "jsonl"):
        found[f"align {kind}"] = ["align", *map(str, files[-2:]), "--format", kind]
    return found


def run(program: str, arguments: list[str], stdin: bytes = b"") -> str:
    # Wide, so that no title is cut at another place because a column has another name.
    environment = os.environ | {"COLUMNS": "4000"}
    done = subprocess.run([program, *arguments], input=stdin, capture_output=True, env=environment, check=False)
    if done.returncode:
        sys.exit(f"{program} {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout.decode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--pairs", type=int, default=200, help="pairs of each collection given to align --pairs")
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    files = sorted((ROOT / "seeds").glob("*.txt"))
    folder = bench_data()
    results: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as place:
        collections = {
            "seeds": ROOT / "seeds",
            "BASIL": folder / "stories_basil.jsonl.gz",
            "Helsinki": folder / "wire_helsinki.jsonl.gz",
        }
        for name, articles in collections.items():
            if articles.is_dir():
                rows = [{"id": path.stem, "text": path.read_text("utf-8")} for path in files]
            else:
                rows = rows_of(articles)
            pairs = Path(place, f"{name}.jsonl")
            some = itertools.islice(itertools.combinations([row["id"] for row in rows], 2), options.pairs)
            pairs.write_text("".join(json.dumps({"a": a, "b": b}) + "\n" for a, b in some), "utf-8")
            lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
            results[name] = {}
            wanted = commands(articles, pairs, files)
            for days in ("0", "14"):
                wanted[f"filter --story-days {days}"] = ["filter", "--story-days", days]
            for said, arguments in wanted.items():
                both = []
                for which, program in (("old", options.old), ("new", options.new)):
                    index = ["--index", str(Path(place, f"{which}-{name}-{said}"))] if "filter" in said else []
                    both.append(run(program, [*arguments, *index], lines if index else b""))
                verdict, places = compared(*both)
                results[name][said] = verdict
                print(f"{name:9} {said:22} {verdict:12} {len(both[1]):10,} bytes", *places, sep="  ")
    verdicts = [verdict for found in results.values() for verdict in found.values()]
    figures = {
        "outputs": len(verdicts),
        "same": verdicts.count("same"),
        "differ": "different" in verdicts,
        "verdicts": results,
    }
    keep_figures("same_results", figures, options.write)
    if "different" in verdicts:
        sys.exit(1)


if __name__ == "__main__":
    main()
