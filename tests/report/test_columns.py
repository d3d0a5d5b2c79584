"""Tables fit the terminal: cells are cut first, then columns are left out, which is said."""

import pytest

from dedupe.report.cells import columns_of
from dedupe.report.columns import fitted_table

COLUMNS = {
    "id": ["helsinki-10106", "b"],
    "who": ["The Port Alder Gazette", "Wire"],
    "words": ["1,200", "7"],
    "quoted": ["", ""],
    "share": ["12", "100"],
    "what": ["Talks ended on Friday without a result.", ""],
}
LEAST = {"what": 10, "who": 8, "id": 8}


def table(width, columns=COLUMNS, spare=("quoted", "share")):
    return fitted_table(columns, width, right={"words", "share"}, least=LEAST, spare=spare, ids={"id"})


def test_a_table_that_may_be_wide_has_everything():
    header, _, first, second = table(None)
    assert header.split() == list(COLUMNS)
    assert first.endswith("12  Talks ended on Friday without a result.")
    assert second.split() == ["b", "Wire", "7", "100"]


def test_an_empty_column_that_may_be_missing_is_not_shown_and_not_named():
    assert table(200)[0].split() == ["id", "who", "words", "share", "what"]
    assert len(table(200)) == 4


@pytest.mark.parametrize("width", range(46, 120))
def test_no_line_is_longer_than_the_terminal(width):
    for line in table(width)[:4]:
        assert columns_of(line) <= width


def test_long_texts_are_cut_first_and_ids_at_their_beginning():
    assert table(72)[2].split("  ")[:2] == ["helsinki-10106", "The Port Alder Gazette"]
    assert table(72)[2].endswith("…")
    assert table(46)[2].startswith("…nki-10106  The Por…")


def test_what_is_left_out_is_named():
    assert table(40)[-1] == "Not shown: share; --wide shows all columns"
    assert "share" not in table(40)[0]


def test_wide_characters_count_twice():
    columns = {"id": ["峰会结束峰会结束"], "what": ["巴黎峰会在没有任何结果的情况下结束"]}
    for width in range(20, 60):
        assert all(columns_of(line) <= width for line in table(width, columns, ()))


def test_a_table_without_rows_has_its_header():
    assert table(80, dict.fromkeys(COLUMNS, ())) == ["id  who  words  what", "--  ---  -----  ----"]
