"""What scoring promises: the published definitions, checked by hand and against their plainest form."""

import gzip
import json
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe import evaluate
from dedupe.errors import InputError
from dedupe.evaluation import read_labels


def labels(*groups):
    """Return labels by id for groups of ids: ``labels("ab", "c")`` puts a and b into one group."""
    return {name: number for number, group in enumerate(groups) for name in group}


def scores(gold, predicted):
    found = evaluate(gold, predicted)
    return found.b3_precision, found.b3_recall, found.b3_f1, found.ari, found.pair_f1


# By hand, in the order B-cubed precision, recall and F1, adjusted Rand index, pair F1.
BY_HAND = {
    "one article moved": (labels("abc", "de"), labels("ab", "cde"), (11 / 15, 11 / 15, 11 / 15, 1 / 6, 1 / 2)),
    "all in one group": (labels("abc", "d"), labels("abcd"), (5 / 8, 1, 10 / 13, 0, 2 / 3)),
    "all alone": (labels("abc", "d"), labels("a", "b", "c", "d"), (1, 1 / 2, 2 / 3, 0, 0)),
    "worse than chance": (labels("ab", "cd"), labels("ac", "bd"), (1 / 2, 1 / 2, 1 / 2, -1 / 2, 0)),
    "the same groups": (labels("ab", "c"), labels("c", "ab"), (1, 1, 1, 1, 1)),
    "alone in both": (labels("a", "b"), labels("a", "b"), (1, 1, 1, 1, 1)),
    "one group in both": (labels("ab"), labels("ab"), (1, 1, 1, 1, 1)),
    "a single article": (labels("a"), labels("a"), (1, 1, 1, 1, 1)),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_scores_are_those_computed_by_hand(case):
    gold, predicted, expected = BY_HAND[case]
    assert scores(gold, predicted) == pytest.approx(expected)


def test_articles_and_groups_are_counted_and_predictions_without_a_gold_label_ignored():
    found = evaluate(labels("abc", "de"), labels("ab", "cde", "xyz"))
    assert (found.articles, found.gold, found.predicted) == (5, 2, 2)
    assert (found.confusable_pairs, found.confusable_merged) == (None, None)


def test_pairs_of_one_topic_in_two_gold_groups_are_confusable():
    gold, topic = labels("ab", "cd", "e"), labels("abcd", "e")
    found = evaluate(gold, labels("abc", "de"), topic)
    assert (found.confusable_pairs, found.confusable_merged) == (
        4,
        1 / 2,
    )  # ac, bc of ac, ad, bc, bd; de is no such pair
    assert evaluate(gold, labels("abc", "de"), gold).confusable_merged == 0


def test_empty_gold_labels_and_missing_predictions_are_refused():
    with pytest.raises(InputError, match="the gold labels are empty: there is nothing to score"):
        evaluate({}, labels("ab"))
    with pytest.raises(InputError, match="2 gold articles have no prediction, such as b, c; predict every article"):
        evaluate(labels("abc"), labels("a"))
    with pytest.raises(InputError, match="1 gold article has no prediction, such as b; predict every article"):
        evaluate(labels("ab"), labels("a"))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_scores_are_those_of_the_plain_definitions(pairs):
    gold, predicted = ({str(i): pair[side] for i, pair in enumerate(pairs)} for side in (0, 1))
    names = list(gold)

    def shares(own, other):
        groups = ([[n for n in names if labels[n] == labels[name]] for labels in (own, other)] for name in names)
        return float(sum(Fraction(len({*mine} & {*theirs}), len(mine)) for mine, theirs in groups) / len(names))

    together = [
        (gold[left] == gold[right], predicted[left] == predicted[right]) for left, right in combinations(names, 2)
    ]
    right, in_gold, in_predicted = sum(map(all, together)), sum(g for g, _ in together), sum(p for _, p in together)
    found = evaluate(gold, predicted)
    assert found.b3_precision == pytest.approx(shares(predicted, gold))
    assert found.b3_recall == pytest.approx(shares(gold, predicted))
    assert -1 <= found.ari <= 1
    assert found.pair_precision == pytest.approx(right / in_predicted if in_predicted else 1)
    assert found.pair_recall == pytest.approx(right / in_gold if in_gold else 1)
    if in_gold and in_predicted:
        assert found.pair_f1 == pytest.approx(2 * right / (in_gold + in_predicted))


# Labels from files


def write(path, *lines):
    content = "".join(line + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return str(path)


@pytest.mark.parametrize("name", ["gold.jsonl", "gold.jsonl.gz"])
def test_labels_are_text_and_the_last_of_an_id_counts(tmp_path, name):
    rows = [{"id": 1, "cluster": 7}, {"id": "b", "cluster": "x"}, {"id": "b", "cluster": False}]
    path = write(tmp_path / name, *map(json.dumps, rows), "")
    assert read_labels(path, "cluster") == {"1": "7", "b": "False"}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_labels_may_be_a_table(tmp_path, separator):
    lines = [separator.join(cells) for cells in (("id", "cluster", "note"), ("a", "1", ""), ("b", "x", "sure"))]
    path = write(tmp_path / "gold.csv", *lines)
    assert read_labels(path, "cluster") == {"a": "1", "b": "x"}
    assert read_labels(path, "topic", optional=True) == {}
    with pytest.raises(InputError, match=r"gold\.csv:2: no field 'story' — give every record one"):
        read_labels(path, "story")


def test_a_file_without_records_has_no_labels(tmp_path):
    assert read_labels(write(tmp_path / "gold.jsonl"), "cluster") == {}


def test_optional_labels_are_those_of_all_records_or_none(tmp_path):
    some = write(tmp_path / "some.jsonl", '{"id": "a", "topic": 1}', '{"id": "b"}')
    every = write(tmp_path / "every.jsonl", '{"id": "a", "topic": 1}', '{"id": "b", "topic": 2}')
    assert read_labels(some, "topic", optional=True) == {}
    assert read_labels(every, "topic", optional=True) == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "b"}', "no field 'cluster' — give every record one"),
        ('{"id": "b", "cluster": null}', "no field 'cluster' — give every record one"),
        ('{"cluster": 1}', "no field 'id' — give every record one"),
        ('{"id": "b", "cluster": ', "not valid JSON"),
        ("[1]", "a JSON list, not an object"),
    ],
)
def test_a_bad_record_is_refused_with_its_file_and_line(tmp_path, line, message):
    path = write(tmp_path / "gold.jsonl", '{"id": "a", "cluster": 1}', line)
    with pytest.raises(InputError) as refused:
        read_labels(path, "cluster")
    assert str(refused.value).startswith(f"{path}:2: {message}")


_NAMES = st.sampled_from(["id", "cluster", "text", "articles", "columns", "data", "@graph", "@type", "feed", "items"])
_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(_DOCUMENTS)
def test_any_json_has_labels_or_is_refused_with_its_line(tmp_path_factory, document):
    path = tmp_path_factory.mktemp("labels") / "gold.jsonl"
    path.write_text(json.dumps(document) + "\n")
    try:
        outcome = read_labels(str(path), "cluster")
    except InputError as error:
        outcome = str(error)
    assert isinstance(outcome, dict) or outcome.startswith(f"{path}:1")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no\.jsonl: cannot be read: No such file"):
        read_labels(str(tmp_path / "no.jsonl"), "cluster")
