"""What ``dedupe index`` promises, what an index keeps from run to run, and the exit codes of it and of ``filter``."""

import json
import time

import pytest
from filter_support import jsonlines, text, verdicts

from dedupe.index import Index


def test_an_index_keeps_the_thresholds_it_was_made_with(run, tmp_path):
    start = " ".join(text(1).split()[:110])
    first, second, third = ({"id": str(i), "text": f"{start} {text(i, 10)}"} for i in (2, 3, 4))
    lines = jsonlines(first, second)
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    done = run("filter", "--index", one, stdin=lines)
    assert verdicts(done.rows) == ["new", "near_duplicate"]
    done = run("filter", "--index", two, "--near-duplicate-jaccard", 0.95, stdin=lines)
    assert verdicts(done.rows) == ["new", "excerpt"]
    done = run("filter", "--index", three, "--near-duplicate-jaccard", 0.95, "--excerpt-containment", 0.95, stdin=lines)
    assert verdicts(done.rows) == ["new", "new"]
    assert verdicts(run("filter", "--index", one, stdin=jsonlines(third)).rows) == ["near_duplicate"]
    assert verdicts(run("filter", "--index", three, stdin=jsonlines(third)).rows) == ["new"]


def test_an_index_keeps_its_retention_until_another_is_given(run, folder):
    line = jsonlines({"id": "a", "text": text(1)})
    run("filter", "--index", folder, "--retention-days", 7, stdin=line)
    assert run("filter", "--index", folder, stdin=line).rows[0]["dedupe"]["replayed"]
    assert json.loads(run("index", "stats", folder, "--format", "json").out)["retention_days"] == 7
    [row] = run("filter", "--index", folder, "--retention-days", 1e-8, stdin=line).rows
    assert (row["dedupe"]["verdict"], row["dedupe"]["replayed"]) == ("new", False)


def test_an_index_keeps_its_seed(run, tmp_path):
    line = jsonlines({"id": "a", "text": text(1)})
    for name, seed in (("one", 5), ("two", 6)):
        run("filter", "--index", tmp_path / name, "--seed", seed, stdin=line)
        for more in ((), ("--excerpt-containment", 0.9)):
            assert run("filter", "--index", tmp_path / name, *more, stdin=line).rows[0]["dedupe"]["replayed"]
    recipes = [
        json.loads(run("index", "stats", tmp_path / name, "--format", "json").out)["recipe"] for name in ("one", "two")
    ]
    assert recipes[0] != recipes[1]


def test_stats_doctor_expire_forget_and_export(run, folder, tmp_path):
    run("filter", "--index", folder, stdin=jsonlines({"id": "a", "text": text(1)}, {"id": "=b", "text": text(1)}))
    stats = json.loads(run("index", "stats", folder, "--format", "json").out)
    assert (stats["articles"], stats["retention_days"]) == (2, 30.0)
    assert "retention days" in run("index", "stats", folder).out
    exported = run("index", "export", folder).rows
    assert [(row["id"], row["verdict"], row["matched_id"]) for row in exported] == [
        ("a", "new", None),
        ("=b", "identical", "a"),
    ]
    assert run("index", "export", folder, "-o", tmp_path / "out.jsonl").out == ""
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 2
    assert run("index", "doctor", folder).out.splitlines()[-1] == "sound"
    assert json.loads(run("index", "doctor", folder, "--format", "json").out)["is_sound"]
    out = tmp_path / "out.json"
    assert run("index", "stats", folder, "--format", "json", "-o", out).out == ""
    assert json.loads(out.read_text())["articles"] == 2
    assert run("index", "doctor", folder, "-o", out).out == ""
    assert out.read_text().splitlines()[-1] == "sound"
    assert "a: 1 forgotten" in run("index", "forget", folder, "a", "zz").out
    time.sleep(0.01)
    assert "1 article expired; 0 of 1e-08 days remain" in run("index", "expire", folder, "--retention-days", "1e-8").out


@pytest.mark.parametrize("flipped", [b"name-8", b"name-\xff"])
def test_doctor_says_what_is_damaged_and_exits_with_4(run, folder, flipped):
    run("filter", "--index", folder, stdin=jsonlines(*({"id": f"name-{i}", "text": text(i)} for i in range(5))))
    path = folder / "articles.sqlite"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"name-3", flipped, 1))
    done = run("index", "doctor", folder)
    assert done.code == 4
    assert "DAMAGED: row 4 does not match its checksum" in done.out


def test_help_names_every_command(run):
    for command in ("filter", "index"):
        assert run(command, "--help").code == 0
    listed = run("index", "--help").out
    assert all(name in listed for name in ("stats", "doctor", "expire", "forget", "export"))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["filter"], 2, "Missing option '--index'"),
        (["filter", "--index", "{new}", "--drop", "identical,nonsense"], 2, "'nonsense' is not one of new, identical"),
        (["filter", "--index", "{new}", "--on-error", "quarantine"], 2, "'quarantine' is not one of 'pass', 'fail'"),
        (["filter", "--index", "{new}", "--quarantine"], 2, "requires an argument"),
        (["filter", "--index", "{new}", "--quarantine", "bad", "--on-error", "fail"], 2, "not both"),
        (["filter", "--index", "{new}", "--quarantine", "{foreign}/no/file"], 5, "cannot be written"),
        (["filter", "--index", "{new}", "no/such/file"], 3, "no/such/file"),
        (["filter", "--index", "{new}", "{foreign}/"], 3, "filter reads files; name them: {foreign}/*.jsonl"),
        (["filter", "--index", "{new}", "--near-duplicate-jaccard", "7"], 2, "must be between 0.05 and 1.0, not 7.0"),
        (["filter", "--index", "{new}", "--retention-days", "0"], 2, "retention_days must be above 0"),
        (["filter", "--index", "{foreign}"], 4, "is no index"),
        (["filter", "--index", "{index}", "--seed", "5"], 4, "another recipe (seed)"),
        (["index", "stats", "{new}"], 4, "no such folder"),
        (["index", "doctor", "{foreign}"], 4, "is no index"),
        (["index", "forget", "{index}"], 2, "Missing argument"),
    ],
)
def test_exit_codes(run, tmp_path, arguments, code, message):
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "mine.txt").write_text("mine")
    Index(tmp_path / "index").close()
    places = {name: str(tmp_path / name) for name in ("new", "index", "foreign")}
    done = run(*(argument.format(**places) for argument in arguments))
    assert done.code == code
    assert message.format(**places) in done.err
    assert "Traceback" not in done.err
