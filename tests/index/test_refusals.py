"""What the index refuses: articles without an id, other recipes and formats, folders of somebody else."""

import sqlite3

import pytest
from index_support import articles, text

from dedupe import Article, Settings
from dedupe.errors import IndexRefusedError, InputError, SettingsError
from dedupe.index import Index
from dedupe.index.storage.connection import journal_mode
from dedupe.index.storage.folder import DATABASE


def test_an_article_needs_an_id_and_text_that_is_text(index):
    with pytest.raises(InputError, match="article 2 has no id"):
        index.check([Article("a", text="x"), Article("", text="y")])
    with pytest.raises(InputError, match="text is a list"):
        index.check([Article("a", text=["x"])])
    with pytest.raises(InputError, match="text is a float"):
        index.check([Article("a", text=1.5)])
    assert index.stats().articles == 0


def test_half_surrogates_and_nul_are_stored_as_replacement_characters(index):
    [verdict] = index.check([Article("a\ud800\0", text="\ud800 word \0")])
    assert verdict.id == "a\ufffd\ufffd"


def test_another_recipe_is_refused_and_a_seed_is_not_shown(tmp_path):
    with Index(tmp_path / "index", settings=Settings(seed=123_456)) as index:
        index.check(articles(text(1)))
    with pytest.raises(IndexRefusedError, match="another recipe") as refused:
        Index(tmp_path / "index", settings=Settings(seed=7))
    assert "123456" not in str(refused.value)
    with pytest.raises(IndexRefusedError, match="shingle_words 5, not 4"):
        Index(tmp_path / "index", settings=Settings(seed=123_456, shingle_words=4))
    with pytest.raises(IndexRefusedError, match="other bands"):
        Index(tmp_path / "index", settings=Settings(seed=123_456, near_duplicate_jaccard=0.8))
    with Index(tmp_path / "index") as index:
        assert index.settings.seed == 123_456
        assert index.check(articles(text(1)))[0].replayed


def test_settings_that_are_not_given_stay_those_of_the_index(tmp_path):
    with Index(tmp_path / "index", settings={"seed": 5, "excerpt_containment": 0.9}) as index:
        assert index.settings == Settings(seed=5, excerpt_containment=0.9)
    with Index(tmp_path / "index", settings={"excerpt_containment": 0.7}) as index:
        assert index.settings == Settings(seed=5, excerpt_containment=0.7)
    with Index(tmp_path / "index") as index:  # a threshold of one run is not stored
        assert index.settings == Settings(seed=5, excerpt_containment=0.9)


def test_fingerprints_of_an_earlier_version_are_refused_with_the_line_that_makes_the_index_again(tmp_path):
    with Index(tmp_path / "index") as index, index._store.writing():
        index._store.write_metadata({"recipe": "earlier"})
    with pytest.raises(
        IndexRefusedError, match=r"earlier version of the fingerprints.*dedupe filter --index NEW_FOLDER"
    ):
        Index(tmp_path / "index")


def set_format(folder, number):
    """Make an index look like one of another format."""
    with sqlite3.connect(folder / DATABASE) as database:
        database.execute(f"PRAGMA user_version={number}")
    database.close()


def test_a_newer_format_is_refused(tmp_path):
    Index(tmp_path / "index").close()
    set_format(tmp_path / "index", 99)
    with pytest.raises(IndexRefusedError, match=r"format 99, but this version of news-dedupe needs format 5; upgrade"):
        Index(tmp_path / "index")


def test_an_older_format_is_refused_with_the_line_that_makes_the_index_again(tmp_path, run, jsonl):
    Index(tmp_path / "index").close()
    set_format(tmp_path / "index", 3)
    with pytest.raises(IndexRefusedError, match=r"format 3, but .* needs format 5; make it again") as refused:
        Index(tmp_path / "index")
    line = str(refused.value).rsplit(": ", 1)[1].removesuffix(" > /dev/null")
    jsonl([{"id": "a", "text": text(1)}])
    places = {"NEW_FOLDER": tmp_path / "new", "articles.jsonl": tmp_path / "articles.jsonl"}
    program, *arguments = (places.get(word, word) for word in line.split())
    assert program == "dedupe"
    assert run(*arguments).code == 0
    with Index(tmp_path / "new") as index:
        assert index.stats().articles == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["filter", "--index"],
        ["index", "stats"],
        ["index", "stats", "--format", "json"],
        ["index", "doctor"],
        ["index", "expire"],
        ["index", "export"],
        ["index", "forget"],
    ],
)
def test_every_command_shows_the_refusal_of_an_older_format_and_exits_with_4(tmp_path, run, arguments):
    Index(tmp_path / "index").close()
    set_format(tmp_path / "index", 2)
    ids = ["a"] if "forget" in arguments else []
    done = run(*arguments, tmp_path / "index", *ids, stdin=b'{"id": "a", "text": "Talks ended on Friday."}\n')
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith(f"dedupe: {tmp_path / 'index'}: the index has format 2, but this version")
    assert "dedupe filter --index NEW_FOLDER articles.jsonl > /dev/null" in done.err
    assert done.err.count("\n") == 1


def test_foreign_folders_and_files_are_refused_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(IndexRefusedError, match=r"holds 'notes.txt'"):
        Index(tmp_path)
    with pytest.raises(IndexRefusedError, match="is a file"):
        Index(tmp_path / "notes.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(IndexRefusedError, match="no such folder"):
        Index(tmp_path / "absent", create=False)
    (tmp_path / "other").mkdir()
    with sqlite3.connect(tmp_path / "other" / DATABASE) as database:
        database.execute("CREATE TABLE theirs (x)")
    database.close()
    with pytest.raises(IndexRefusedError, match="another program"):
        Index(tmp_path / "other")
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / DATABASE).write_text("not a database, but a text of some length" * 100)
    with pytest.raises(IndexRefusedError, match="no SQLite file"):
        Index(tmp_path / "text")


@pytest.mark.parametrize("days", [0, -1, 100_000, float("nan")])
def test_a_retention_out_of_range_is_refused(tmp_path, days):
    with pytest.raises(SettingsError, match="retention_days must be above 0"):
        Index(tmp_path / "index", retention_days=days)


def test_ids_never_become_paths(tmp_path):
    with Index(tmp_path / "index") as index:
        index.check([Article("../../outside", text=text(1)), Article("/etc/passwd", text=text(2))])
    assert {path.name for path in tmp_path.iterdir()} == {"index"}
    assert {path.name for path in (tmp_path / "index").iterdir()} == {
        DATABASE,
        f"{DATABASE}-journal",
        "write.lock",
        "build.lock",
    } or (journal_mode() == "wal")
