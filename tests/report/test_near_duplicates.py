"""How pairs of near duplicates are shown."""

import csv
import io
import json

from dedupe.near_duplicate_pairs import NearDuplicates
from dedupe.report.near_duplicates import counts_line, lines
from dedupe.results import Relation

EMPTY = NearDuplicates((), {"articles": 0, "pairs": 0}, ())
ONE = NearDuplicates(
    (Relation("=a", "b\nc", "near_duplicate", 0.756, 0.8, 0.9, 31, "unknown"),), {"articles": 2, "pairs": 1}, ()
)
FIELDS = ["left", "right", "kind", "jaccard", "left_in_right", "right_in_left", "shared_shingles"]


def test_without_pairs_only_json_and_the_csv_header_have_lines():
    assert list(lines(EMPTY, "table")) == list(lines(EMPTY, "jsonl")) == []
    assert list(lines(EMPTY, "csv")) == [",".join(FIELDS)]
    assert json.loads("\n".join(lines(EMPTY, "json"))) == {"pairs": [], "counts": EMPTY.counts}


def test_every_format_has_the_same_pair():
    values = ["=a", "b\nc", "near_duplicate", 0.756, 0.8, 0.9, 31]
    record = dict(zip(FIELDS, values, strict=True))
    assert [json.loads(line) for line in lines(ONE, "jsonl")] == [record]
    assert json.loads("\n".join(lines(ONE, "json")))["pairs"] == [record]
    [row] = csv.DictReader(io.StringIO("\n".join(lines(ONE, "csv"))))
    assert row == {name: str(value) for name, value in record.items()} | {"left": "'=a"}
    [table] = lines(ONE, "table")
    assert table.splitlines()[-1].split() == ["=a", "b", "c", "near_duplicate", "0.76"]


def test_timings_are_in_json_only():
    assert json.loads("\n".join(lines(ONE, "json", {"pair": 0.5})))["timings"] == {"pair": 0.5}
    assert list(lines(ONE, "csv", {"pair": 0.5})) == list(lines(ONE, "csv"))


def test_the_counts_are_one_line():
    assert counts_line(ONE) == "2 articles, 1 pair"
