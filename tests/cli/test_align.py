"""What ``dedupe align`` promises for one pair, for ids of a collection and for many pairs."""

import json
import subprocess

import pytest
from support import PROGRAM

from dedupe.alignment.align import align

TEXT = (
    "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday. "
    "The bell weighs forty kilograms and still carries the name of the yard that cast it. "
    "It will be shown in the harbour museum once the salt has been washed out of the bronze."
)
OTHER = (
    "The national team lost its opening match three goals to one after the goalkeeper was sent off early. "
    "The coach told reporters that he would not resign before the tournament is over."
)


@pytest.fixture
def collection(jsonl):
    return jsonl(
        [
            {"id": "a", "text": f"Ünïcode 😀 lead-in of this page. {TEXT}", "published_at": "2024-05-01T10:00:00Z"},
            {"id": "b", "text": f"{OTHER} {TEXT}", "published_at": "2024-05-01T12:00:00Z"},
            {"id": "c", "text": OTHER},
            {"id": "d", "text": ""},
        ]
    )


GERMAN = "Der Vertrag gilt ab dem 3. Quartal für alle Länder der Union. Danach wird er jedes Jahr vom Rat geprüft."


@pytest.mark.parametrize(("options", "count"), [((), 2), (("--language", "de"), 2), (("--language", "en-GB"), 3)])
def test_sentences_are_those_of_the_language_that_is_found_or_given(run, jsonl, options, count):
    articles = jsonl([{"id": "a", "text": GERMAN}, {"id": "b", "text": GERMAN}])
    found = json.loads(run("align", "a", "b", "--articles", articles, "--format", "json", *options).out)
    assert len(found["sentences"]) == count


def test_each_side_has_its_own_language():
    french = "M. Garnier a rencontré les élus de la ville lundi matin. Ils ont parlé du budget de la région."
    found = align(GERMAN, french)
    assert len(found.sentences) == 4


@pytest.mark.parametrize("code", ["", "d", "deutsch!", "../de", "de\n"])
@pytest.mark.parametrize("command", [("align", "a", "b"), ("audit", "a")])
def test_what_is_no_code_of_a_language_is_refused(run, code, command):
    done = run(*command, "--language", code)
    assert done.code == 2
    assert "is no code of a language, such as de or pt-BR" in done.err


def test_pairs_and_audit_take_a_language(run, jsonl):
    articles = jsonl([{"id": "a", "text": GERMAN}, {"id": "b", "text": GERMAN}])
    assert run("align", "--articles", articles, "--pairs", pairs_of(jsonl, "ab"), "--language", "de").code == 0
    for code, count in (("de", 2), ("en", 3)):
        done = run("audit", articles, "--language", code, "--format", "json")
        assert len(json.loads(done.out)["sentences"]) == count


def pairs_of(jsonl, *names):
    return jsonl([{"id": f"{a}-{b}", "a": a, "b": b} for a, b in names], "pairs.jsonl")


def test_no_pairs_are_no_error(run, collection, jsonl):
    done = run("align", "--articles", collection, "--pairs", jsonl([], "pairs.jsonl"))
    assert (done.code, done.out) == (0, "")


def test_one_article_aligns_with_itself_and_empty_ones_with_nothing(run, collection, jsonl):
    rows = run("align", "--articles", collection, "--pairs", pairs_of(jsonl, "aa", "ad", "dd")).rows
    assert [len(row["spans"]) for row in rows] == [1, 0, 0]
    assert (rows[0]["spans"][0]["class"], rows[0]["a_reused"]) == ("verbatim", 1.0)


def test_a_row_a_pair_in_order_with_exact_places(run, collection, jsonl):
    texts = {row["id"]: row["text"] for row in map(json.loads, collection.read_text(encoding="utf-8").splitlines())}
    rows = run(
        "align", "--articles", collection, "--pairs", pairs_of(jsonl, "ab", "ac", "bc"), "--format", "jsonl"
    ).rows
    assert [row["id"] for row in rows] == ["a-b", "a-c", "b-c"]
    for row in rows:
        for span in row["spans"]:
            left = texts[row["a"]][span["a_off"] : span["a_off"] + span["a_len"]]
            right = texts[row["b"]][span["b_off"] : span["b_off"] + span["b_len"]]
            assert left.rstrip(".") == right.rstrip(".")
            assert span["class"] == "verbatim"
            assert 0 < span["score"] <= 1
    assert [len(row["spans"]) for row in rows] == [1, 0, 1]


def test_many_pairs_say_the_same_as_one(run, collection, jsonl):
    texts = {row["id"]: row["text"] for row in map(json.loads, collection.read_text(encoding="utf-8").splitlines())}
    [row] = run("align", "--articles", collection, "--pairs", pairs_of(jsonl, "ab")).rows
    found = align(texts["a"], texts["b"])
    assert [(s["a_off"], s["b_off"]) for s in row["spans"]] == [(p.left.start, p.right.start) for p in found.passages]


def test_any_number_of_processes_gives_the_same_rows_in_the_same_order(run, jsonl):
    articles = jsonl([{"id": str(i), "text": f"{TEXT if i % 3 else OTHER} Number {i}."} for i in range(30)])
    pairs = pairs_of(jsonl, *((str(i), str(j)) for i in range(30) for j in range(i % 4, 30, 4)))
    one, two = (run("align", "--articles", articles, "--pairs", pairs, "--processes", n) for n in (1, 2))
    assert (one.code, two.code) == (0, 0)
    assert len(one.rows) > 200
    assert one.out == two.out


def test_bad_pairs_are_said_with_file_and_line_and_the_rest_goes_on(run, collection, tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"id": 1, "a": "a", "b": "nobody"}\n\n[1]\n{broken\n{"a": "a"}\n{"a": "a", "b": "c"}\n', "utf-8")
    done = run("align", "--articles", collection, "--pairs", path)
    assert (done.code, [row["id"] for row in done.rows]) == (0, ["a c"])
    assert f"{path}:1: no article has the id 'nobody'" in done.err
    assert all(f"{path}:{line}:" in done.err for line in (3, 4, 5))
    assert "4 skipped" in done.err
    assert run("align", "--articles", collection, "--pairs", path, "--strict").code == 3


def test_pairs_may_come_from_stdin_and_gzip(run, collection, tmp_path):
    import gzip

    row = b'{"id": "x", "a": "a", "b": "b"}\n'
    assert len(run("align", "--articles", collection, "--pairs", "-", stdin=row).rows) == 1
    path = tmp_path / "pairs.jsonl.gz"
    path.write_bytes(gzip.compress(row))
    assert len(run("align", "--articles", collection, "--pairs", path).rows) == 1


def test_ids_of_a_collection_are_aligned_like_files(run, collection):
    found = json.loads(run("align", "a", "b", "--articles", collection, "--format", "json").out)
    assert (found["left"]["id"], found["direction"]["verdict"]) == ("a", "left_to_right")
    assert found["direction"]["reasons"][0]["says"] == "left was published 2 h earlier"
    assert "direction: from right to left" in run("align", "b", "a", "--articles", collection).out


def test_the_direction_is_said_with_its_reasons(run, seeds):
    files = sorted(seeds.glob("*.txt"))
    assert "direction: undetermined" in run("align", files[3], files[4]).out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["align"], 2, "Missing argument"),
        (["align", "a"], 2, "Missing argument"),
        (["align", "--pairs", "p.jsonl"], 2, "--pairs needs --articles"),
        (["align", "a", "b", "--articles", "x", "--pairs", "y"], 2, "not both"),
        (["align", "--articles", "-", "--pairs", "-"], 2, "stdin"),
        (["align", "--articles", "x", "--pairs", "y", "--format", "text"], 2, "writes jsonl, not text"),
        (["align", "--articles", "no/such", "--pairs", "y"], 3, "no/such"),
        (["align", "a", "b", "--articles", "no/such"], 3, "no/such"),
    ],
)
def test_usage_and_exit_codes(run, arguments, code, message):
    done = run(*arguments)
    assert (done.code, "Traceback" in done.err) == (code, False)
    assert message in done.err


@pytest.mark.parametrize(
    ("options", "warning"),
    [
        (["--all"], "--all changes nothing with --pairs"),
        (["--color"], "--color changes nothing with --pairs"),
        (["--all", "--color"], "--all and --color change nothing with --pairs"),
        (["--no-color"], ""),
        ([], ""),
    ],
)
def test_options_that_change_nothing_with_pairs_give_one_warning(run, collection, jsonl, options, warning):
    done = run("align", "--articles", collection, "--pairs", pairs_of(jsonl, "ab"), *options)
    assert (done.code, len(done.rows)) == (0, 1)
    assert done.err.count("warning:") == bool(warning)
    assert warning in done.err


def test_a_line_of_pairs_that_is_too_long_is_named_as_such(run, collection, tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"a": "' + "x" * 2**20 + '"}\n{"a": "a", "b": "c"}\n', "utf-8")
    done = run("align", "--articles", collection, "--pairs", path)
    assert len(done.rows) == 1
    assert f"{path}:1: a line of more than 1,048,576 bytes" in done.err


def test_missing_pairs_and_ids_are_named(run, collection):
    done = run("align", "--articles", collection, "--pairs", "no/such")
    assert (done.code, "no/such" in done.err) == (3, True)
    done = run("align", "a", "nobody", "--articles", collection)
    assert (done.code, "'nobody'" in done.err) == (3, True)


def test_a_reader_that_stops_early_ends_all_processes(collection, jsonl):
    pairs = pairs_of(jsonl, *[("a", "b")] * 2000)
    command = f"{PROGRAM} align --articles {collection} --pairs {pairs} --processes 2 | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.count(b"\n")) == (141, 1)
    assert done.stderr.decode().splitlines()[-1] == "dedupe: stdout: its reader has left before the end"
    assert done.stderr.count(b"Error") == 0


ODD = "It rained on T\u00a0. Nobody came to the bridge. " + TEXT


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("colours", ["--color", "--no-color"])
def test_all_shows_the_sentences_without_a_match_of_either_side(run, collection, monkeypatch, width, colours):
    monkeypatch.setenv("COLUMNS", str(width))
    done = run("align", "a", "b", "--articles", collection, "--all", colours)
    assert done.code == 0
    assert done.out.count("\n\x1b[90mnew" if colours == "--color" else "\nnew\n") == 3
    assert "goalkeeper" in done.out
    assert "are not shown" not in done.out
    assert "\nnew" not in run("align", "a", "b", "--articles", collection, "--no-color").out


def test_an_odd_sentence_costs_no_pair_and_no_audit(run, jsonl):
    """A space that made the sentence splitter panic."""
    articles = jsonl([{"id": "a", "text": ODD}, {"id": "b", "text": ODD}, {"id": "c", "text": TEXT}])
    rows = run("align", "--articles", articles, "--pairs", pairs_of(jsonl, "ab", "bc")).rows
    assert [len(row["spans"]) for row in rows] == [1, 1]
    assert json.loads(run("align", "a", "b", "--articles", articles, "--format", "json").out)["left_reused"] == 1.0
    audited = json.loads(run("audit", articles, "--format", "json").out)
    assert audited["counts"]["articles"] == 3


HOSTILE = {
    "empty against full": ("", TEXT),
    "punctuation only": ("…!? — (), . " * 5000, TEXT),
    "one word again and again": ("word " * 200_000, "word " * 200_000),
    "identical and large": (f"{TEXT} {OTHER}\n" * 2_500, f"{TEXT} {OTHER}\n" * 2_500),
    "mixed scripts": ("Привет мир 你好世界 สวัสดี مرحبا 😀 " * 500, "你好世界 Привет мир hello " * 500),
    "no blanks at all": ("a" * 1_000_000, "a" * 1_000_000),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_pairs_answer(run, jsonl, case):
    texts = HOSTILE[case]
    articles = jsonl([{"id": name, "text": text} for name, text in zip("ab", texts, strict=True)])
    [row] = run("align", "--articles", articles, "--pairs", pairs_of(jsonl, "ab"), "--processes", 1).rows
    for span in row["spans"]:
        assert 0 <= span["a_off"] < span["a_off"] + span["a_len"] <= len(texts[0])
        assert 0 <= span["b_off"] < span["b_off"] + span["b_len"] <= len(texts[1])


def test_the_seeds_show_what_was_rewritten_and_match_no_heading(run, seeds):
    left, right = sorted(seeds.glob("003*"))[0], sorted(seeds.glob("004*"))[0]
    found = json.loads(run("align", left, right, "--format", "json").out)
    texts = left.read_text(encoding="utf-8"), right.read_text(encoding="utf-8")
    matches = [row for row in found["sentences"] if row["left"] and row["right"]]
    for row in matches:
        for text, side in zip(texts, ("left", "right"), strict=True):
            assert all(text[span["start"] : span["end"]] == span["text"] for span in row[side])
    joined = [[" ".join(span["text"] for span in row[side]) for side in ("left", "right")] for row in matches]
    for words in (
        ("not everyone is ready", "not everyone is ready"),
        ("parliamentary approval", "parliamentary approval"),
        ("the very existence of the coalition", "the very existence of the coalition"),
        ("If they are not ready at all", "If they are not willing at all"),
        ("weapons, technologies and intelligence", "weapons, technologies, and intelligence"),
        ("'productive' discussions", "'productive,'"),
        ("Securing concrete commitments", "five critical priorities"),
        ("guarantees from Washington", "assurances from Washington"),
    ):
        assert any(words[0] in ours and words[1] in theirs for ours, theirs in joined), words
    five = next(row for row in matches if any("five critical priorities" in span["text"] for span in row["right"]))
    assert (len(five["left"]), len(five["right"])) == (6, 1)
    headings = ("Unresolved Details", "Key Security Talks in Paris", "Hurdles and Essential Commitments")
    assert not any(heading in text for heading in headings for pair in joined for text in pair)
