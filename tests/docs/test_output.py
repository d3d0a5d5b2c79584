"""docs/output.md names every field of every output with its type, and names nothing else."""

import json
import re

import pytest
from pages import section, table
from support import SEEDS

from dedupe import Settings

TALKS = (
    "Leaders of thirty nations met in the capital on Thursday to talk about a ceasefire that both sides still refuse. "
)
QUOTED = '"We will not give up a single village in the north of our country this winter," the minister told reporters. '
DETAILS = (
    "Envoys said the next round would begin in Geneva on Monday with monitors from twelve states at the same table. "
)
LATER = (
    "Envoys said that the next round begins in Geneva next Monday, with monitors from a dozen states at that table. "
)
COLLECTION = [
    {"id": "wire", "text": TALKS + QUOTED + DETAILS, "source": "AP", "date": "2024-05-01T10:00:00Z"},
    {"id": "copy", "text": TALKS + QUOTED + LATER, "source": "Gazette", "date": "2024-05-01T12:00:00Z"},
    {"id": "own", "text": f"Geneva hosts leaders. {QUOTED}{LATER}More talks follow.", "source": "Post"},
    {"id": "alone", "title": "Rain", "text": "It rained on the coast all day, and ferries stayed in port until dark."},
]


OTHERS = "copy", "alone"


def walk(value, path=""):
    """Every record in a JSON value with the path it stands under; lists count as their members."""
    if isinstance(value, dict):
        yield path, value
        for name, own in value.items():
            yield from walk(own, f"{path}.{name}")
    elif isinstance(value, list):
        for own in value:
            yield from walk(own, f"{path}[]")


MEANT = {
    "text": str,
    "time": str,
    "integer": int,
    "number": (int, float),
    "true or false": bool,
    "map": dict,
    "list": list,
}


def check_records(heading, records, optional=()):
    """The table under a heading of docs/output.md has the fields of these records, with their types."""
    assert records, heading
    documented = table("docs/output.md", heading)
    assert set(documented) == {name for record in records for name in record} | set(optional)
    for record in records:
        for name, value in record.items():
            kind = documented[name][0]
            if value is None:
                assert kind.endswith(" or null"), f"{heading}: {name} may be null"
            elif kind:
                plain = kind.removesuffix(" or null")
                allowed = MEANT.get("list" if plain.startswith("list of ") else plain, dict)
                is_right = isinstance(value, allowed) and (isinstance(value, bool) == (allowed is bool))
                assert is_right, f"{heading}: {name} is {value!r}, not {kind}"
                if allowed is dict and kind != "map":
                    assert section("docs/output.md", plain), f"{heading}: {name}"


def check_columns(heading, *headers):
    """The names under a heading are the columns of these CSV headers, in their order."""
    names = re.findall(r"`(\w+)`", section("docs/output.md", heading).replace("`csv`", ""))
    for header in headers:
        columns = header.split(",")
        assert any(names[i : i + len(columns)] == columns for i in range(len(names))), header


@pytest.fixture
def collection(jsonl):
    return jsonl(COLLECTION)


def records_at(document, paths):
    """The records of a document by heading."""
    found = {heading: [] for heading in paths}
    for at, record in walk(document):
        for heading, wanted in paths.items():
            if re.fullmatch(wanted, at):
                found[heading].append(record)
    return found


def test_fields_of_cluster_are_documented(run, collection):
    document = json.loads(run("cluster", collection, SEEDS, "--sagas", "--format", "json", "-v").out)
    paths = {
        "Cluster document": "",
        "Row": r"\.articles\[\]",
        "Relation": r"\.relations\[\]|.*relation",
        "Story": r"\.stories\[\]",
        "Article explanation": r"\.reasons\[\]",
        "Nearest story": r".*\.nearest_outside",
        "Story explanation": r"\.story_reasons\[\]",
        "Join": r".*\.(weakest_join|refused_join)",
        "Words by kind": r".*\.(shared|left_only|right_only)",
        "Split": r".*\.(splits_made\[\]|refused_split)",
        "Cluster counts": r"\.counts",
    }
    for heading, records in records_at(document, paths).items():
        check_records(heading, records)
    assert set(document["settings"]) == set(Settings.__dataclass_fields__)
    stages = re.findall(r"`(\w+)`", " ".join(table("docs/output.md", "Cluster document")["timings"]))
    assert set(stages) == set(document["timings"])
    assert run("cluster", collection, SEEDS, "--sagas", "--format", "jsonl").rows == document["articles"]
    check_columns("Cluster CSV columns", run("cluster", collection, "--format", "csv").out.splitlines()[0])


def test_fields_of_explain_are_documented(run, collection):
    wire, own = (
        json.loads(run("explain", collection, SEEDS, "wire", other, "--format", "json").out) for other in OTHERS
    )
    check_records("Explanation", [wire, own])
    said = re.findall(r"`(\w+)`", table("docs/output.md", "Explanation")["decided_by"][1])
    assert {wire["decided_by"], own["decided_by"]} <= {*said}


def test_fields_of_pairs_are_documented(run, collection):
    document = json.loads(run("pairs", collection, "--format", "json", "-v").out)
    paths = {"Pairs document": "", "Pair": r"\.pairs\[\]", "Pair counts": r"\.counts"}
    for heading, records in records_at(document, paths).items():
        check_records(heading, records)
    stages = re.findall(r"`(\w+)`", " ".join(table("docs/output.md", "Pairs document")["timings"]))
    assert set(stages) == set(document["timings"])
    assert run("pairs", collection, "--format", "jsonl").rows == document["pairs"]
    check_columns("Pairs CSV columns", run("pairs", collection, "--format", "csv").out.splitlines()[0])


def test_fields_of_align_are_documented(run, collection, jsonl):
    two = ("align", "--articles", collection, "wire", "copy", "--format")
    document = json.loads(run(*two, "json").out)
    paths = {
        "Alignment document": "",
        "Aligned article": r"\.(left|right)",
        "Passage": r"\.passages\[\]",
        "Span": r"\.passages\[\]\.(left|right)|\.sentences\[\]\.(left|right)\[\]",
        "Sentence match": r"\.sentences\[\]",
        "Edit": r"\.sentences\[\]\.edits\[\]",
        "Edit span": r"\.sentences\[\]\.edits\[\]\.(left|right)",
        "Direction": r"\.direction",
        "Direction reason": r"\.direction\.reasons\[\]",
    }
    for heading, records in records_at(document, paths).items():
        check_records(heading, records)
    assert run(*two, "jsonl").rows == document["sentences"]
    pairs = jsonl([{"id": "1", "a": "wire", "b": "copy"}], "pairs.jsonl")
    rows = run("align", "--articles", collection, "--pairs", pairs, "--processes", 1).rows
    check_records("Aligned pair", rows)
    check_records("Pair span", rows[0]["spans"])


def test_fields_of_audit_are_documented(run, collection):
    audit = ("audit", collection, "--processes", 1, "--format")
    paths = {
        "Audit document": "",
        "Article audit": r"\.articles\[\]",
        "Source": r"\.articles\[\]\.sources\[\]",
        "Publisher pair": r"\.publishers\[\]",
        "Reused sentence": r"\.sentences\[\]",
        "Place": r"\.sentences\[\]\.places\[\]",
        "Audit counts": r"\.counts",
    }
    for heading, records in records_at(json.loads(run(*audit, "json").out), paths).items():
        check_records(heading, records)
    kinds = ("articles", "publishers", "sentences")
    headers = [run(*audit, "csv", "--rows", rows).out.splitlines()[0] for rows in kinds]
    check_columns("Audit CSV columns", *headers)


def test_fields_of_filter_and_index_are_documented(run, collection, tmp_path):
    folder, aside = tmp_path / "seen", tmp_path / "aside.jsonl"
    broken = b"no json\n\xff\n"
    seen = [row["dedupe"] for row in run("filter", "--index", folder, collection).rows]
    lines = run("filter", "--index", folder, stdin=broken).rows
    check_records("Verdict", seen + [line["dedupe"] for line in lines])
    check_records("Unreadable line", lines)
    run("filter", "--index", folder, "--quarantine", aside, stdin=broken)
    check_records("Quarantined line", [json.loads(line) for line in aside.read_text("utf-8").splitlines()])
    check_records("Stored article", run("index", "export", folder).rows)
    check_records("Stats", run("index", "stats", folder, "--format", "json").rows)
    check_records("Examination", run("index", "doctor", folder, "--format", "json").rows)


def test_fields_of_evaluate_are_documented(run, jsonl):
    labels = jsonl(
        [{"id": "a", "cluster": 1, "topic": 1, "story": 1}, {"id": "b", "cluster": 2, "topic": 1, "story": 1}]
    )
    check_records("Scores", run("evaluate", labels, labels, "--format", "json").rows)
