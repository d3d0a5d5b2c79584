"""The options for reading mean the same in every command that reads articles."""

import json

import pytest

TEXT = "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday. It weighs forty kilograms."
COMMANDS = [
    ["align", "--follow-symlinks", "--max-record-mb", "0.05", "a", "b", "--articles"],
    ["audit", "--follow-symlinks", "--max-record-mb", "0.05", "--processes", "1"],
    ["cluster", "--follow-symlinks", "--max-record-mb", "0.05"],
    ["explain", "--follow-symlinks", "--max-record-mb", "0.05"],
    ["pairs", "--follow-symlinks", "--max-record-mb", "0.05"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_links_are_followed_and_large_records_left_out_on_request(run, tmp_path, words):
    """The folder has the first article, a link to the second, and a third one of 100 KB."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text(f"{TEXT} Nobody came.")
    (folder / "b.txt").symlink_to(tmp_path / "b.txt")
    (folder / "large.txt").write_text(f"{TEXT} " * 1000)
    after = ["a", "b"] if words[0] == "explain" else []
    done = run(*words, folder, *after)
    assert done.code == 0, done.err
    assert "large.txt: more than 50,000 bytes" in done.err
    assert "links not followed" not in done.err
    plain = run(words[0], *[word for word in words[1:] if word != "--follow-symlinks"], folder, *after)
    assert "links not followed (1): b.txt — give --follow-symlinks" in plain.err
    assert plain.out != done.out


MAPPED = [
    ["align", "--map", "text=Lauftext,publisher=Blatt", "a", "b", "--articles"],
    ["audit", "--map", "text=Lauftext,publisher=Blatt", "--processes", "1"],
    ["cluster", "--map", "text=Lauftext,publisher=Blatt"],
    ["explain", "--map", "text=Lauftext,publisher=Blatt"],
    ["pairs", "--map", "text=Lauftext", "--map", "publisher=Blatt"],
]


@pytest.mark.parametrize("words", MAPPED, ids=lambda words: words[0])
def test_columns_are_named_in_every_command(run, jsonl, tmp_path, words):
    own = jsonl(
        [{"id": n, "Blatt": n.upper(), "Lauftext": TEXT, "text": f"Not this one {n}."} for n in "ab"], "own.jsonl"
    )
    usual = jsonl([{"id": n, "publisher": n.upper(), "text": TEXT} for n in "ab"], "usual.jsonl")
    after = ["a", "b"] if words[0] == "explain" else []
    done, plain = (run(*command, path, *after) for command, path in ((words, own), (_without_map(words), usual)))
    assert (done.code, done.err, done.out) == (0, plain.err, plain.out)


def _without_map(words):
    return [word for word, before in zip(words, ["", *words], strict=False) if "--map" not in (word, before)]


def test_filter_reads_the_columns_that_are_named(run, jsonl, tmp_path):
    lines = jsonl([{"id": n, "Lauftext": TEXT, "text": f"Not this one {n}."} for n in "ab"])
    done = run("filter", "--index", tmp_path / "index", "--map", "text=Lauftext", lines)
    assert [row["dedupe"]["verdict"] for row in done.rows] == ["new", "identical"]
    wrong = run("filter", "--index", tmp_path / "other", "--map", "text=Laufext", lines)
    assert wrong.err.count("among the fields id, Lauftext, text — did you mean text=Lauftext?") == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("txt=Body", "no article has a field 'txt'"),
        ("text", "'text' is no FIELD=NAME"),
        ("text=a,text=b", "text is given twice"),
    ],
)
def test_a_map_that_names_nothing_is_refused(run, tmp_path, value, message):
    done = run("cluster", "--map", value, tmp_path)
    assert done.code == 2
    assert message in done.err


def test_a_name_may_have_a_comma(run, jsonl):
    path = jsonl([{"id": "a", "Text, whole": TEXT, "Blatt": "Post"}])
    done = run("cluster", "--map", "text=Text, whole,publisher=Blatt", "--format", "json", path)
    assert [(row["id"], row["publisher"]) for row in json.loads(done.out)["articles"]] == [("a", "Post")]


def test_a_column_that_looks_like_a_field_is_named_once_and_is_no_problem(run, jsonl):
    path = jsonl([{"id": n, "text": f"{TEXT} {n}", "Zeitung": "Post", "crawl_date": "2024-05-01"} for n in range(3)])
    done = run("cluster", "--strict", "--fail-on", "problems", path)
    assert done.code == 0
    assert (
        done.err.count("'Zeitung' looks like a publisher and is not used — give --map publisher=NAME if it is meant")
        == 1
    )
    assert done.err.count("'crawl_date' looks like a date and is not used") == 1
    assert "problems in the input" not in done.err


def test_filter_gives_a_large_line_no_verdict(run, tmp_path):
    lines = tmp_path / "day.jsonl"
    lines.write_text("".join(json.dumps({"id": name, "text": TEXT * n}) + "\n" for name, n in (("a", 1), ("b", 20))))
    done = run("filter", "--index", tmp_path / "index", "--max-record-mb", "0.001", lines)
    assert [row["dedupe"]["verdict"] for row in done.rows] == ["new", "unknown"]
    assert "a line of more than 1,000 bytes, which are not kept; raise --max-record-mb to read it" in done.err


DAY_FIRST = [
    ["align", "--day-first", "a", "b", "--articles"],
    ["audit", "--day-first", "--processes", "1"],
    ["cluster", "--day-first"],
    ["explain", "--day-first"],
    ["pairs", "--day-first"],
]
MONTH_FIRST = [
    ["align", "--month-first", "a", "b", "--articles"],
    ["audit", "--month-first", "--processes", "1"],
    ["cluster", "--month-first"],
    ["explain", "--month-first"],
    ["pairs", "--month-first"],
]
DATED = [
    {"id": "a", "text": TEXT, "published_at": "01/02/2024"},
    {"id": "b", "text": f"{TEXT} Nobody.", "date": "05/03/2024"},
]


@pytest.mark.parametrize("words", [*DAY_FIRST, *MONTH_FIRST], ids=" ".join)
def test_whether_the_day_comes_first_may_be_said_to_every_command(run, jsonl, words):
    articles = jsonl([*DATED, {"id": "blank", "text": ""}])  # the last makes `pairs` read the other fields too
    after = ["a", "b"] if words[0] == "explain" else []
    assert "left out" not in run(*words, articles, *after).err
    plain = [word for word in words if not word.endswith("-first")]
    assert "the date '01/02/2024' is left out" in run(*plain, articles, *after).err


def test_the_day_or_the_month_comes_first_as_it_was_said(run, jsonl, tmp_path):
    articles = jsonl(DATED)
    for option, days in (
        ("--day-first", ["2024-02-01", "2024-03-05"]),
        ("--month-first", ["2024-01-02", "2024-05-03"]),
    ):
        rows = run("cluster", articles, option, "--format", "jsonl").rows
        assert [row["published_at"][:10] for row in rows] == days
    index = tmp_path / "index"
    assert run("filter", "--index", index, articles, "--day-first").err.count("left out") == 0
    assert run("filter", "--index", tmp_path / "other", articles, "--month-first").err.count("left out") == 0
    assert run("filter", "--index", tmp_path / "third", articles).err.count("left out") == 2


IN_RUSSIAN = "Паром затонул в бухте во вторник, сообщили спасатели. Погибших нет, все пассажиры доставлены на берег."

ENCODED = [
    ["align", "--encoding", "KOI8-R", "a", "b", "--articles"],
    ["audit", "--encoding", "KOI8-R", "--processes", "1"],
    ["cluster", "--encoding", "KOI8-R"],
    ["explain", "--encoding", "KOI8-R"],
    ["pairs", "--encoding", "KOI8-R"],
]


@pytest.mark.parametrize("words", ENCODED, ids=lambda words: words[0])
def test_an_encoding_may_be_named_in_every_command(run, tmp_path, words):
    path = tmp_path / "x.csv"
    path.write_bytes(f"id;text\na;{IN_RUSSIAN}\nb;{IN_RUSSIAN}\n".encode("koi8-r"))
    after = ["a", "b"] if words[0] == "explain" else []
    done = run(*words, path, *after)
    assert done.code == 0, done.err
    assert done.err.count("invalid UTF-8: read as KOI8-R") == 1
    refused = run(*["klingon" if word == "KOI8-R" else word for word in words], path, *after)
    assert (refused.code, "no encoding of files has the name 'klingon'" in refused.err) == (2, True)


def test_filter_reads_lines_that_are_not_utf8(run, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes("".join(f'{{"id": {n}, "text": "{IN_RUSSIAN}"}}\n' for n in range(2)).encode("koi8-r"))
    detected = run("filter", "--index", tmp_path / "one", path)
    named = run("filter", "--index", tmp_path / "two", "--encoding", "koi8-r", path)
    rows = [json.loads(line) for line in detected.out.splitlines()]
    assert [(row["text"], row["dedupe"]["verdict"]) for row in rows] == [(IN_RUSSIAN, "new"), (IN_RUSSIAN, "identical")]
    assert named.out == detected.out
