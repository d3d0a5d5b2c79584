"""The evidence pack of an audit: complete, checkable against the inputs, the same every time, and written whole."""

import hashlib
import json
import re
from importlib.metadata import requires, version

import pytest

REPORT = [
    "The old lighthouse on the northern cape was lit again on Sunday after four dark years.",
    "Its lamp turns once in twelve seconds and can be seen from ships twenty miles away.",
    "Volunteers from three villages scraped the rust from the stairs and painted the gallery.",
    "The harbour office paid for the glass and a foundry gave the new hinges for the door.",
]
QUOTE = "“I counted the stairs every evening until I knew each of them by its sound,” the keeper said."
OTHERS = [
    "A chess tournament for school teams begins on Friday in the sports hall by the river.",
    "The price of salt fell for the third month because the winter was mild in most places.",
]

ROWS = [
    {"id": "a", "text": "\n".join([*REPORT, QUOTE]), "source": "Post", "published_at": "2024-05-01T10:00:00Z"},
    {"id": "b", "text": "\n".join([OTHERS[0], QUOTE, *REPORT[1:]]), "source": "Gazette", "published_at": "2024-05-02T10:00:00Z"},
    {"id": "c", "text": OTHERS[1]},
]  # fmt: skip
FILES = ["README.txt", "articles.jsonl", "audit.json", "manifest.json", "pairs.jsonl", "problems.jsonl"]


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_number_can_be_traced_to_two_texts(run, jsonl, tmp_path):
    source, pack = jsonl([*ROWS, {"id": "d"}]), tmp_path / "pack"
    assert run("audit", source, "--evidence", pack).code == 0
    assert sorted(path.name for path in pack.iterdir()) == FILES
    texts = {row["id"]: row["text"] for row in ROWS}
    [pair] = [pair for pair in lines(pack / "pairs.jsonl") if pair["sentences"]]
    assert (pair["left"], pair["right"], pair["came_first"], pair["direction"]["verdict"]) == (
        "a",
        "b",
        "left",
        "left_to_right",
    )
    for one in pair["sentences"]:
        for side in ("left", "right"):
            assert texts[pair[side]][one[side]["start"] : one[side]["end"]] == one[side]["text"]
    counted = {(one["right"]["start"], one["left"]["start"]) for one in pair["sentences"] if one["is_counted"]}
    found = json.loads((pack / "audit.json").read_text(encoding="utf-8"))
    [taker] = [row for row in found["articles"] if row["id"] == "b"]
    assert counted == {(one["start"], one["source_start"]) for one in taker["sentences"] if one["source"]}
    assert [row["id"] for row in lines(pack / "articles.jsonl")][:3] == ["a", "b", "c"]
    assert {row["sha256"] for row in lines(pack / "articles.jsonl")} >= {
        hashlib.sha256(text.encode()).hexdigest() for text in texts.values()
    }


def test_what_differs_between_two_sentences_is_said(run, jsonl, tmp_path):
    changed = [
        REPORT[0],
        REPORT[1].replace("twelve", "twenty"),
        REPORT[2].replace("scraped", "never scraped"),
        REPORT[3],
    ]
    source, pack = jsonl([ROWS[0], ROWS[1] | {"text": "\n".join(changed)}]), tmp_path / "pack"
    run("audit", source, "--evidence", pack)
    [pair] = lines(pack / "pairs.jsonl")
    assert [(one["kind"], one["changes"]) for one in pair["sentences"]] == [
        ("verbatim", []),
        ("edited", ["number"]),
        ("edited", ["negation"]),
        ("verbatim", []),
    ]


def test_the_manifest_says_how_it_was_made_and_from_what(run, jsonl, tmp_path):
    source, pack = jsonl(ROWS), tmp_path / "pack"
    run("audit", source, "--evidence", pack)
    made = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
    assert made["command"] == ["dedupe", "audit", str(source), "--evidence", str(pack)]
    assert made["inputs"] == [
        {
            "name": str(source),
            "bytes": source.stat().st_size,
            "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        }
    ]
    assert {file["name"]: file["sha256"] for file in made["files"]} == {
        name: hashlib.sha256((pack / name).read_bytes()).hexdigest() for name in FILES if name != "manifest.json"
    }
    assert made["settings"]["shingle_words"] == 5


def test_the_manifest_names_every_library_that_reads_or_compares(run, jsonl, tmp_path):
    run("audit", jsonl(ROWS), "--evidence", tmp_path / "pack")
    made = json.loads((tmp_path / "pack" / "manifest.json").read_text(encoding="utf-8"))
    needed = [re.split(r"[^\w.-]", line)[0] for line in requires("news-dedupe") if "extra ==" not in line]
    of_the_terminal = {"click", "tabulate", "tzdata", "wcwidth"}
    assert {name.lower(): version(name) for name in needed if name not in of_the_terminal}.items() <= made[
        "libraries"
    ].items()


def test_the_same_audit_gives_the_same_pack_for_any_number_of_processes(run, jsonl, tmp_path):
    source = jsonl(ROWS)
    for name, processes in (("one", 1), ("two", 2)):
        run("audit", source, "--evidence", tmp_path / name, "--processes", processes)
    for name in FILES:
        if name != "manifest.json":
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_bad_records_are_part_of_the_pack(run, tmp_path):
    source, pack = tmp_path / "articles.jsonl", tmp_path / "pack"
    source.write_text(json.dumps(ROWS[0]) + "\n{broken\n", encoding="utf-8")
    assert run("audit", source, "--evidence", pack).code == 0
    [problem] = lines(pack / "problems.jsonl")
    assert (problem["kind"], problem["line"]) == ("skipped", 2)


def test_an_empty_collection_and_stdin_have_a_pack(run, tmp_path):
    assert run("audit", "-", "--evidence", tmp_path / "pack").code == 0
    assert lines(tmp_path / "pack" / "pairs.jsonl") == []
    made = json.loads((tmp_path / "pack" / "manifest.json").read_text(encoding="utf-8"))
    assert made["inputs"] == [{"name": "stdin", "bytes": None, "sha256": None}]


def test_a_folder_that_holds_something_is_left_alone(run, jsonl, tmp_path):
    source, pack = jsonl(ROWS), tmp_path / "pack"
    pack.mkdir()
    (pack / "mine").touch()
    for place in (pack, pack / "mine", source):
        done = run("audit", source, "--evidence", place)
        assert (done.code, "choose a new folder" in done.err) == (2, True)
    assert [path.name for path in pack.iterdir()] == ["mine"]
    assert run("audit", source, "--evidence", tmp_path / "no" / "pack").code == 5
    assert run("audit", tmp_path, "--evidence", tmp_path / "pack2").code == 2


@pytest.mark.parametrize("arguments", [["no/such/path"], ["--strict", "broken"]])
def test_an_audit_that_fails_leaves_nothing_behind(run, tmp_path, arguments):
    (tmp_path / "broken").write_text('{"id": "a", "text": "x"}\n{broken\n', encoding="utf-8")
    arguments = [str(tmp_path / "broken") if word == "broken" else word for word in arguments]
    assert run("audit", *arguments, "--evidence", tmp_path / "pack").code == 3
    assert [path.name for path in tmp_path.iterdir()] == ["broken"]
