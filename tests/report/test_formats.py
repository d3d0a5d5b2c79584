"""Text that is safe to show, and records as JSON and CSV."""

import csv
import io
from dataclasses import dataclass

import pytest

from dedupe.report.formats import (
    clipped,
    csv_lines,
    formula_safe,
    json_document,
    json_document_lines,
    json_line,
    printable,
)


@dataclass
class Inner:
    kind: str


@dataclass
class Outer:
    id: str
    relation: Inner | None
    number: float


@dataclass
class Lists:
    empty: tuple[Inner, ...]
    numbers: tuple[int, ...]
    counts: dict[str, int]
    records: tuple[Outer, ...]


@pytest.mark.parametrize("records", [(), (Outer("a\nb", None, 0.5),), (Outer("ü", Inner("x"), 1.0),) * 3])
def test_the_lines_of_a_json_document_are_those_of_the_whole(records):
    document = Lists((), (1, 2), {"a": 1, "b": 2}, records)
    assert "\n".join(json_document_lines(document)) == json_document(document)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("a\tb\nc", "a b c"),
        ("\x1b[2J", "\ufffd[2J"),
        ("\u202eabc", "\ufffdabc"),
        ("Zürich 北京", "Zürich 北京"),
    ],
)
def test_printable_text_is_one_line_without_control_characters(text, expected):
    assert printable(text) == expected
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ("text", "width", "expected"), [("", 3, ""), ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("abcd", 1, "…")]
)
def test_clipped_text_has_at_most_the_width(text, width, expected):
    assert clipped(text, width) == expected


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_looks_like_a_formula_gets_an_apostrophe(start):
    assert formula_safe(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("cell", ["", "1+1", -1, 0.5, None, True])
def test_any_other_cell_stays_as_it_is(cell):
    assert formula_safe(cell) is cell


def test_csv_has_a_header_and_a_column_for_each_field_of_a_nested_record():
    header = ["id", "relation_kind", "number", "absent"]
    records = [Outer("=a", Inner('say "hi", go'), -1.5), Outer("b", None, 0)]
    rows = list(csv.reader(csv_lines(records, header)))
    assert rows == [header, ["'=a", 'say "hi", go', "-1.5", ""], ["b", "", "0", ""]]
    assert list(csv_lines([], header)) == ["id,relation_kind,number,absent"]


@pytest.mark.parametrize("cell", ["two\nlines", "two\r\nlines", "one\r", "\n", 'a "quoted"\nword', ""])
def test_a_line_break_in_a_cell_ends_no_row(cell):
    text = "\n".join(csv_lines([Inner(cell), Inner("next")], ["kind"]))
    assert [row["kind"] for row in csv.DictReader(io.StringIO(text, newline=""))] == [cell, "next"]


def test_csv_takes_dataclasses_only():
    with pytest.raises(TypeError, match="not a record"):
        list(csv_lines([{"id": "a"}], ["id"]))


def test_json_is_one_line_or_indented():
    assert json_line({"a": [1, None], "b": "ü"}) == '{"a":[1,null],"b":"ü"}'
    assert json_document({"a": [1]}) == '{\n  "a": [\n    1\n  ]\n}'
