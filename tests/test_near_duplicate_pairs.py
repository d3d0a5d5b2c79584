"""Near duplicates from files: the same pairs as plain set arithmetic, whatever the file's form, threads or kernels."""

import gzip
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
from itertools import pairwise

import pytest
from backends import EVERY_BACKEND_NAME
from support import PROGRAM

from dedupe import Article, Settings, cluster, near_duplicates
from dedupe.errors import InputError
from dedupe.kernels import reference
from dedupe.reading.text_store import JsonlTexts


def article(seed, length=200):
    draw = random.Random(seed)
    return [f"w{draw.randrange(5000)}" for _ in range(length)]


def collection(size=60):
    """Records of which every third is an edit of the one before, and every tenth the same words as it."""
    records = []
    for i in range(size):
        words = article(i)
        if i % 10 == 9:
            words = article(i - 1)
        elif i % 3 == 2:
            words = [*article(i - 1)[: 150 + i % 40], *article(i)[:20]]
        records.append({"id": f"a{i}", "title": "“Été”", "text": " ".join(words) + '.\n\n“Ünï 漢字” \\ \t"end"'})
    return records


def plain_pairs(records):
    sets = []
    for record in records:
        words = record["text"].lower().split()
        sets.append({tuple(words[i : i + 5]) for i in range(len(words) - 4)})
    return {
        (records[i]["id"], records[j]["id"])
        for j in range(len(sets))
        for i in range(j)
        if len(sets[i] & sets[j]) >= 0.5 * len(sets[i] | sets[j])
    }


def found_in(path, backend="numpy", **changes):
    problems = []
    found = near_duplicates([path], Settings(**changes), on_problem=problems.append, backend=backend)
    return found, problems


@EVERY_BACKEND_NAME
@pytest.mark.parametrize("threads", [1, 3])
def test_pairs_of_a_jsonl_file_are_those_of_plain_set_arithmetic(jsonl, backend, threads):
    records = collection()
    found, problems = found_in(jsonl(records), backend, threads=threads)
    assert {(pair.left, pair.right) for pair in found.relations} == plain_pairs(records)
    assert {pair.kind for pair in found.relations} == {"identical", "near_duplicate"}
    assert found.counts["articles"] == 60
    assert problems == []


def test_numbers_are_those_of_cluster(jsonl):
    records = collection()
    found, _ = found_in(jsonl(records))
    articles = [Article(record["id"], text=record["text"]) for record in records]
    known = {frozenset((r.left, r.right)): r for r in cluster(articles).relations}
    for pair in found.relations:
        other = known[frozenset((pair.left, pair.right))]
        assert (pair.kind, pair.jaccard, pair.shared_shingles) == (other.kind, other.jaccard, other.shared_shingles)


@EVERY_BACKEND_NAME
@pytest.mark.parametrize(
    "spoiler",
    [
        {"id": "x", "body": "another name for the text"},
        {"id": 17, "text": "a number for an id"},
        {"id": " padded ", "text": "an id with blanks"},
        {"text": "no id at all"},
        {"id": "x", "text": ""},
        {"id": "x", "text": "…"},
        {"id": "x", "text": " \n"},
        {"id": "x", "text": "half a \ud800 surrogate"},
        {"id": "x", "text": "nul \0"},
        [{"id": "x", "text": "a list on a line"}],
        "only text",
    ],
)
def test_a_record_that_is_not_plain_is_read_like_any_other_file(jsonl, backend, spoiler):
    records = [*collection(30), spoiler]
    whole, problems = found_in(jsonl(records), backend)
    packed = jsonl([])
    packed = packed.with_name("same.jsonl.gz")
    packed.write_bytes(gzip.compress("".join(json.dumps(record) + "\n" for record in records).encode()))
    expected, expected_problems = found_in(packed, backend)
    assert whole.relations == expected.relations
    assert whole.counts == expected.counts
    assert [p.reason for p in problems] == [p.reason for p in expected_problems]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"{\n",
        b"\xff\xfe{\x00",
        b'{"id": "a", "text": "\xff"}\n',
        b'{"id": "a"}',
        b'{"id": "a", "text": ' + b'{"a":' * 100_000,
    ],
)
def test_broken_files_are_reported_and_give_no_pairs(tmp_path, content):
    path = tmp_path / "broken.jsonl"
    path.write_bytes(content)
    found, problems = found_in(path)
    assert found.relations == ()
    assert problems


@pytest.mark.parametrize("size", [1, 7, 100, 1000, 5000])
@pytest.mark.parametrize("end", ["\n", ""])
def test_every_line_is_read_once_whatever_the_ranges(tmp_path, monkeypatch, size, end):
    monkeypatch.setattr("dedupe.reading.text_store._RANGE_BYTES", size)
    lines = [json.dumps({"id": f"a{i}", "text": "word " * (i % 7 + 1)}) for i in range(40)]
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(lines) + end)
    store = JsonlTexts(path, reference)
    batches = [store.read(place) for place in store.ranges()]
    assert [name for batch in batches for name in batch.ids.to_pylist()] == [f"a{i}" for i in range(40)]
    for batch in batches:
        texts = list(store.again(batch.starts.tolist(), batch.sizes.tolist()))
        utf8, offsets = batch.texts
        assert [bytes(utf8[a:b]).decode() for a, b in pairwise(offsets)] == texts


def test_a_line_too_long_to_hold_is_left_to_the_other_reader(jsonl, monkeypatch):
    records = collection(20)
    path = jsonl([*records, {"id": "long", "text": "word " * 20_000}])
    expected, _ = found_in(path)
    monkeypatch.setattr("dedupe.reading.text_store._RANGE_BYTES", 1000)
    lines = JsonlTexts(path, reference, max_line_bytes=10_000)
    assert {lines.read(place) is None for place in lines.ranges()} == {True, False}
    assert found_in(path)[0] == expected


def test_stdin_and_folders_are_read_too(tmp_path, jsonl, seeds):
    records = collection(20)
    (tmp_path / "folder" / "sub").mkdir(parents=True)
    for name, record in zip(["one", "sub/two"], records[18:20], strict=True):
        (tmp_path / "folder" / f"{name}.txt").write_text(record["text"])
    [pair] = near_duplicates([tmp_path / "folder"]).relations
    assert (pair.left, pair.right, pair.kind) == ("one", "sub/two", "identical")
    stdin = io.BytesIO("".join(json.dumps(record) + "\n" for record in records).encode())
    assert {(p.left, p.right) for p in near_duplicates(["-"], stdin=stdin).relations} == plain_pairs(records)
    assert near_duplicates([seeds]).relations == ()


def test_a_flood_is_compared_with_its_first_articles_and_gives_a_warning(jsonl):
    page = " ".join(article(1))
    found, _ = found_in(jsonl([{"id": str(i), "text": f"{page} visitor {i}"} for i in range(60)]), bucket_cap=10)
    assert found.warnings
    assert {(p.left, p.right) for p in found.relations} >= {("0", str(i)) for i in range(1, 60)}
    assert len(found.relations) < 60 * 10


def test_a_file_that_changes_while_it_is_read_is_refused(jsonl):
    path = jsonl(collection(20))

    def change(stage):
        if stage == "verify":
            path.write_text("x" * 100_000)

    with pytest.raises(InputError, match="changed while it was read"):
        near_duplicates([path], progress=change)


def test_the_command_prints_pairs_in_every_layout(run, jsonl):
    path = jsonl(collection(20))
    table = run("pairs", path)
    assert table.code == 0
    assert "near_duplicate" in table.out
    assert "20 articles" in table.err
    rows = run("pairs", path, "--format", "jsonl", "--threads", 1).rows
    assert {(row["left"], row["right"]) for row in rows} == plain_pairs(collection(20))
    assert run("pairs", path, "--format", "csv").out.startswith("left,right,kind,jaccard,left_in_right")
    document = json.loads(run("pairs", path, "--format", "json").out)
    assert "timings" not in document
    assert document["pairs"] == rows
    timed = run("pairs", path, "--format", "json", "-v")
    assert json.loads(timed.out)["timings"].keys() == {"sign", "pair", "verify"}
    assert re.search(r"^sign \d+\.\d\d s, pair \d+\.\d\d s, verify \d+\.\d\d s$", timed.err, re.MULTILINE)
    assert run("pairs", "nowhere.jsonl").code == 3


def test_cluster_prints_its_timings_only_when_asked(run, seeds):
    assert "timings" not in json.loads(run("cluster", seeds, "--format", "json").out)
    timings = json.loads(run("cluster", seeds, "--format", "json", "--verbose").out)["timings"]
    assert list(timings) == ["read", "sign", "pair", "verify", "relate", "group"]


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("command", ["pairs", "cluster"])
def test_an_interrupt_ends_with_130_before_the_result_and_leaves_no_file(tmp_path, jsonl, command):
    records = [record | {"id": f"{n}-{record['id']}"} for n in range(120) for record in collection(100)]
    path = jsonl(["no article: reported as soon as it is read", *records])
    output = tmp_path / "out.jsonl"
    started = [PROGRAM, command, str(path), "--format", "jsonl", "-o", str(output)]
    with subprocess.Popen(started, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert any(b"articles.jsonl:1:" in line for line in iter(running.stderr.readline, b""))
        running.send_signal(signal.SIGINT)
        _, rest = running.communicate(timeout=120)
    assert running.returncode == 130
    assert b"12000 articles" not in rest.replace(b",", b"")
    assert {path.name for path in tmp_path.iterdir()} == {"articles.jsonl"}


def test_small_collections_load_neither_scipy_nor_datasketch(seeds):
    code = f"""if True:
        import dedupe, sys
        dedupe.cluster(dedupe.read([{str(seeds)!r}]))
        print([name for name in ("scipy", "datasketch") if name in sys.modules])
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_boilerplate_makes_no_pairs(tmp_path):
    offer = "To continue reading this article you need a subscription. Subscribe now for full access. " * 10
    texts = [offer + " ".join(article(seed, 40)) for seed in range(3)] + [offer, offer]
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(texts)))
    assert near_duplicates(path).relations == ()
