"""How scores are shown."""

import json

from dedupe.evaluation import Scores
from dedupe.report.evaluation import lines

SCORES = Scores(1000, 10, 12, 1 / 3, 1.0, 0.5, -0.00004, 0.25, 0.75, 0.123456)


def test_json_rounds_to_four_decimals_and_leaves_out_what_was_not_measured():
    [line] = lines(SCORES, "json")
    record = json.loads(line)
    assert (record["b3_precision"], record["pair_f1"], record["articles"]) == (0.3333, 0.1235, 1000)
    assert "confusable_pairs" not in record


def test_the_table_has_one_score_a_line():
    [table] = lines(SCORES, "table")
    shown = dict(line.split() for line in table.splitlines())
    assert (shown["articles"], shown["b3_precision"], shown["b3_recall"]) == ("1000", "0.3333", "1.0000")
    assert "confusable_merged" not in shown
