"""Defaults from dedupe.toml and from [tool.dedupe] of pyproject.toml."""

import json
import re

import pytest

TEXT = (
    "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday. "
    "The bell weighs forty kilograms and still carries the name of the yard that cast it."
)
ARTICLES = [{"id": "a", "text": f"{TEXT} It rained."}, {"id": "b", "text": f"{TEXT} Nobody came."}]


@pytest.fixture
def here(tmp_path, monkeypatch, jsonl):
    """A working directory with two copies in day.jsonl; gives a function that writes a file into it."""
    monkeypatch.chdir(tmp_path)
    jsonl(ARTICLES, "day.jsonl")

    def write(content, name="dedupe.toml"):
        (tmp_path / name).write_text(content, encoding="utf-8")

    return write


def refusal(run, *words):
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    return done.err


def test_without_a_file_nothing_is_read(run, here):
    assert run("cluster", "day.jsonl", "-v").err.count("defaults from") == 0


@pytest.mark.parametrize("content", ["", "# nothing\n", "\ufeff", "[cluster]\n"])
def test_an_empty_file_changes_nothing(run, here, content):
    before = run("cluster", "day.jsonl").out
    here(content)
    assert run("cluster", "day.jsonl").out == before
    assert "defaults from dedupe.toml: none for this command" in run("cluster", "day.jsonl", "-v").err


def test_a_key_at_the_top_is_for_all_commands_and_a_table_for_one(run, here):
    here('format = "json"\n[cluster]\nformat = "jsonl"\n')
    assert [row["id"] for row in run("cluster", "day.jsonl").rows] == ["a", "b"]
    assert json.loads(run("pairs", "day.jsonl").out)["pairs"]


def test_the_command_line_counts_more(run, here):
    here('[cluster]\nformat = "jsonl"\n')
    assert run("cluster", "day.jsonl", "--format", "csv").out.startswith("id,")


def test_the_project_file_has_a_table(run, here):
    here('[project]\nname = "x"\n[tool.dedupe.cluster]\nformat = "jsonl"\n', "pyproject.toml")
    assert len(run("cluster", "day.jsonl").rows) == 2


def test_the_own_file_comes_before_the_project_file(run, here):
    here('[tool.dedupe]\nformat = "json"\n', "pyproject.toml")
    here('[cluster]\nformat = "jsonl"\n')
    assert len(run("cluster", "day.jsonl").rows) == 2


@pytest.mark.parametrize("content", ["not toml at all", '[project]\nname = "x"\n', '[project]\nname = "dedupe"\n'])
def test_a_project_file_without_the_table_is_not_looked_at(run, here, content):
    here(content, "pyproject.toml")
    assert run("cluster", "day.jsonl").code == 0


def test_config_names_a_file(run, here):
    here('[cluster]\nformat = "csv"\n')
    here('[cluster]\nformat = "jsonl"\n', "other.toml")
    assert len(run("cluster", "day.jsonl", "--config", "other.toml").rows) == 2
    done = run("cluster", "day.jsonl", "--config", "gone.toml")
    assert done.code == 3
    assert done.err == "dedupe: gone.toml: cannot be read: no such file; check the path after --config\n"


def test_verbose_says_what_was_read(run, here):
    here('verbose = true\n[cluster]\nmin-size = 1\nmap = {text = "text"}\nday-first = false\n')
    said = run("cluster", "day.jsonl").err.splitlines()[0]
    assert said.startswith("defaults from dedupe.toml: ")
    assert set(said.split()[3:]) == {"--verbose", "--min-size=1", "--map=text=text", "--month-first"}


def test_lists_and_tables_are_values_of_options_that_take_several(run, here):
    here('[filter]\nindex = "seen"\ndrop = ["identical", "near_duplicate"]\n[filter.map]\ntext = "text"\n')
    assert len(run("filter", "day.jsonl").rows) == 1


def test_subcommands_have_tables_of_their_own(run, here):
    run("filter", "--index", "seen", "day.jsonl")
    here('[index]\nwait = 1\n[index.stats]\nformat = "json"\n')
    assert run("index", "stats", "seen").rows[0]["articles"] == 2
    assert "sound" in run("index", "doctor", "seen").out


WRONG = [
    ("formt = 'json'", 1, "formt is no command and no option of one; did you mean format?"),
    ("\n\n[cluster]\nthreads = 1\nmin_sise = 3", 5, "the command has no option min_sise; did you mean min-size?"),
    ("[clustr]\nformat = 'json'", 1, "clustr is no command and no option of one; did you mean cluster?"),
    ("[index.stats]\nzzz = 1", 2, "the command has no option zzz; known here are "),
    ("[cluster]\nthreads = 'two'", 2, "threads = 'two': 'two' is not a valid integer."),
    ("[cluster]\nthreads = true", 2, "true and false are no values of this option"),
    ("[cluster]\nthreads = 0", 2, "threads must be"),
    ("[cluster]\nsagas = 1", 2, "must be true or false"),
    ("cluster = {format = 'xml'}", 1, "'xml' is not one of"),
    ("[cluster]\nstory-probability = 7.5", 2, "story_probability must be between"),
    ("[cluster]\nmap = 'nonsense'", 2, "is no FIELD=NAME"),
    ("[filter]\ndrop = 'nonsense'", 2, "'nonsense' is not one of"),
    ("format = 'csv'", 1, "(align)"),
    ("[cluster]\noutput = 'x'", 2, "output belongs to one run: give it on the command line"),
    ("config = 'x'", 1, "config belongs to one run"),
    ("[filter]\ntrust-clock = true", 2, "trust-clock belongs to one run"),
    ("[cluster]\nmonth-first = true", 2, "did you mean day-first?"),
    ("[cluster\n", 1, "is no TOML"),
    ("a = 1\na = 2", 2, "is no TOML"),
    ("cluster = 3", 1, "cluster is a command and needs a table, such as [cluster]"),
    ("[[cluster]]\nthreads = 1", 1, "cluster is a command and needs a table"),
    ("'\\u001b[2J' = 1", 1, "is no command and no option of one"),
    ('"a.b" = 1', 1, "a.b is no command and no option of one"),
]


@pytest.mark.parametrize(("content", "line", "said"), WRONG, ids=lambda value: repr(value)[:40])
def test_what_no_command_understands_is_refused_with_its_line(run, here, content, line, said):
    """Whatever the command that runs: a mistake in the table of another command is found too."""
    here(content)
    for words in (("cluster", "day.jsonl"), ("index", "stats", "gone")):
        error = refusal(run, *words)
        assert error.startswith(f"dedupe: dedupe.toml:{line}: "), error
        assert said in error
        assert error.removesuffix("\n").isprintable()


def test_the_table_of_the_project_file_must_be_one(run, here):
    here("# tool.dedupe\n[tool]\ndedupe = 3\n", "pyproject.toml")
    assert refusal(run, "cluster", "day.jsonl") == "dedupe: pyproject.toml:3: [tool.dedupe] must be a table\n"


def test_a_project_file_that_cannot_be_read_is_not_looked_at(run, here, tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"\xff tool.dedupe")
    assert run("cluster", "day.jsonl").code == 0


def test_a_file_that_is_not_utf8_is_refused(run, here, tmp_path):
    (tmp_path / "dedupe.toml").write_bytes(b"format = '\xff'")
    done = run("cluster", "day.jsonl")
    assert done.code == 3
    assert "dedupe.toml: cannot be read: it is not UTF-8" in done.err


def test_help_is_shown_whatever_the_file_says(run, here):
    here("nonsense")
    assert run("cluster", "--help").code == 0
    assert run("--version").code == 0


def test_pairs_to_align_are_rows_also_where_the_file_prefers_pages(run, here, jsonl):
    jsonl([{"id": "1", "a": "a", "b": "b"}], "pairs.jsonl")
    here('[align]\nformat = "html"\nprocesses = 1\n')
    done = run("align", "--articles", "day.jsonl", "--pairs", "pairs.jsonl")
    assert [row["id"] for row in done.rows] == ["1"]


def test_the_evidence_of_an_audit_names_what_the_file_set(run, here, tmp_path):
    here("[audit]\nprocesses = 1\nlanguage = 'en'\n")
    assert run("audit", "day.jsonl", "--evidence", "pack").code == 0
    manifest = (tmp_path / "pack" / "manifest.json").read_text("utf-8")
    assert re.search(r'"--language=en"', manifest)
