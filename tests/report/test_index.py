"""How the statistics, the health and the content of an index are shown."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dedupe.article import Article
from dedupe.index import Examination, Index, Stats
from dedupe.report.index import doctor_lines, export_lines, stats_lines

TEXT = "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday."


@pytest.fixture
def index(tmp_path):
    with Index(tmp_path / "index") as opened:
        yield opened


def test_statistics_of_an_empty_index(index):
    stats = index.stats()
    [table] = stats_lines(stats, "table")
    assert [line.split()[-1] for line in table.splitlines() if line.startswith(("articles", "oldest"))] == ["0", "–"]
    [line] = stats_lines(stats, "json")
    assert set(json.loads(line)) == set(Stats.__dataclass_fields__)


def test_the_table_groups_digits_shows_times_in_utc_and_ends_with_the_notes(index):
    at = datetime(2024, 5, 1, 10, 0, 30, 999, UTC)
    stats = replace(index.stats(), articles=1_234_567, oldest=at, path="bad\x1bname", notes=("a note",))
    table, note = stats_lines(stats, "table")
    cells = dict(re.split(" {2,}", line, maxsplit=1) for line in table.splitlines())
    assert cells["articles"] == "1,234,567"
    assert cells["oldest"] == "2024-05-01 10:00:30 UTC"
    assert cells["path"] == "bad\ufffdname"
    assert "notes" not in cells
    assert note == "note: a note"


def test_an_examination_ends_with_its_verdict():
    sound = Examination(("all rows",), (), ("a note",))
    assert list(doctor_lines(sound, "table")) == ["checked: all rows", "note: a note", "sound"]
    damaged = Examination((), ("row 4\n",), ())
    first, last = doctor_lines(damaged, "table")
    assert first == "DAMAGED: row 4 "
    assert last.startswith("damaged: ")
    for examination in (sound, damaged):
        [line] = doctor_lines(examination, "json")
        assert json.loads(line)["is_sound"] == (examination is sound)


def test_an_export_has_one_line_an_article_in_order_of_arrival(index):
    assert list(export_lines(index)) == []
    index.check([Article("b", text=TEXT, published_at="2024-05-01T10:00:00Z"), Article("a", text=TEXT)])
    first, second = (json.loads(line) for line in export_lines(index))
    assert (first["id"], first["verdict"], first["published_at"]) == ("b", "new", "2024-05-01T10:00:00Z")
    assert (second["id"], second["verdict"], second["published_at"]) == ("a", "identical", None)
    assert second["words"] == 15
    assert "replayed" not in first
