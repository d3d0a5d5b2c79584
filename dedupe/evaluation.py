"""Score a clustering against gold labels with B-cubed, the adjusted Rand index and pair F1."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import comb
from pathlib import Path

from dedupe.errors import InputError
from dedupe.reading.contents import identified
from dedupe.reading.fields import Columns
from dedupe.reading.kinds import format_of
from dedupe.reading.problems import Origin, Problem
from dedupe.reading.records import records

_LABELS_AT_ONCE = 1000
"""Labels after which ``read_labels`` says that they were read."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How well predicted groups agree with gold groups. Every score is between 0 and 1, but ``ari`` may be below 0.

    ``articles``, ``gold`` and ``predicted`` are the numbers of articles, gold groups and predicted groups. ``b3_*`` are
    the B-cubed scores (Bagga & Baldwin 1998), averages over articles: precision is the share of an article's predicted
    group that is in its gold group, recall the share of its gold group that is in its predicted group. ``ari`` is the
    adjusted Rand index (Hubert & Arabie 1985). ``pair_precision`` is the share of the pairs of articles in one
    predicted group that are in one gold group, ``pair_recall`` the share of the pairs in one gold group that are in one
    predicted group (1 if there is no such pair), and ``pair_f1`` their harmonic mean. ``confusable_pairs`` counts the
    pairs with one topic but two gold groups, and ``confusable_merged`` is the share of them that the prediction puts
    into one group (0 if there are no such pairs). Both are None without topics.
    """

    articles: int
    gold: int
    predicted: int
    b3_precision: float
    b3_recall: float
    b3_f1: float
    ari: float
    pair_precision: float
    pair_recall: float
    pair_f1: float
    confusable_pairs: int | None = None
    confusable_merged: float | None = None


def evaluate(
    gold: Mapping[str, Hashable], predicted: Mapping[str, Hashable], topic: Mapping[str, Hashable] | None = None
) -> Scores:
    """Score predicted group labels against gold labels.

    All arguments map article ids to labels. Predictions for ids without a gold label are ignored. ``topic``, if it is
    given and not empty, must have a label for every gold id. If all articles are alone in both groupings, or there is
    only one article, every score is 1.

    Raises ``InputError`` if ``gold`` is empty or a gold id has no prediction.

    >>> evaluate({"a": 1, "b": 1, "c": 2}, {"a": "x", "b": "x", "c": "x"}).b3_precision
    0.5555555555555555
    """
    if not gold:
        raise InputError("the gold labels are empty: there is nothing to score")
    missing = [name for name in gold if name not in predicted]
    if missing:
        articles = "1 gold article has" if len(missing) == 1 else f"{len(missing)} gold articles have"
        raise InputError(f"{articles} no prediction, such as {', '.join(missing[:3])}; predict every article")
    both = Counter((gold[name], predicted[name]) for name in gold)
    by_gold = Counter(gold.values())
    by_predicted = Counter(predicted[name] for name in gold)
    total = len(gold)
    b3_precision = sum(n * n / by_predicted[p] for (_, p), n in both.items()) / total
    b3_recall = sum(n * n / by_gold[g] for (g, _), n in both.items()) / total
    together, in_gold, in_predicted = (_pairs(counter.values()) for counter in (both, by_gold, by_predicted))
    pair_precision = together / in_predicted if in_predicted else 1.0
    pair_recall = together / in_gold if in_gold else 1.0
    expected = in_gold * in_predicted / comb(total, 2) if total > 1 else 0.0
    ceiling = (in_gold + in_predicted) / 2
    confusable, merged = _confusable(gold, predicted, topic) if topic else (None, None)
    return Scores(
        articles=total,
        gold=len(by_gold),
        predicted=len(by_predicted),
        b3_precision=b3_precision,
        b3_recall=b3_recall,
        b3_f1=_f1(b3_precision, b3_recall),
        ari=(together - expected) / (ceiling - expected) if ceiling != expected else 1.0,
        pair_precision=pair_precision,
        pair_recall=pair_recall,
        pair_f1=_f1(pair_precision, pair_recall),
        confusable_pairs=confusable,
        confusable_merged=merged,
    )


def _pairs(sizes: Iterable[int]) -> int:
    """Number of pairs inside groups of these sizes."""
    return sum(comb(size, 2) for size in sizes)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _confusable(
    gold: Mapping[str, Hashable], predicted: Mapping[str, Hashable], topic: Mapping[str, Hashable]
) -> tuple[int, float]:
    """Count the pairs with one topic but two gold groups, and the share of them that the prediction puts together."""
    topics: defaultdict[Hashable, list[str]] = defaultdict(list)
    for name in gold:
        topics[topic[name]].append(name)
    pairs = merged = 0
    for names in topics.values():
        counters = (
            Counter(predicted[name] for name in names),
            Counter(gold[name] for name in names),
            Counter((gold[name], predicted[name]) for name in names),
        )
        in_predicted, in_gold, in_both = (_pairs(counter.values()) for counter in counters)
        pairs += comb(len(names), 2) - in_gold
        merged += in_predicted - in_both
    return pairs, merged / pairs if pairs else 0.0


class _ColumnsOfLabels(Columns):
    """The columns of a table of labels, which needs no text."""

    def has_text(self, names: Iterable[str]) -> bool:
        return True


def read_labels(
    path: str, field: str, optional: bool = False, on_labels: Callable[[int], None] | None = None
) -> dict[str, Hashable]:
    """Read the labels of articles from a file of JSONL or CSV, or any other that has records, by its extension.

    Returns the value of ``field`` of every record, as text, by article id. The last record of an id counts. With
    ``optional``, a file in which any record lacks the field gives no labels at all. ``on_labels`` is called with the
    number of labels that were read since the last call, now and then.

    Raises ``InputError``, naming the file and the line, if a record cannot be read or has no id or no such field.
    """

    def refuse(problem: Problem) -> None:
        raise InputError(str(problem))

    labels: dict[str, Hashable] = {}
    try:
        origin = Origin(path, Path(path).stem, refuse, _ColumnsOfLabels())
        with Path(path).open("rb") as file, identified(file, format_of(path) or "jsonl", origin) as content:
            for record in records(content, origin) if content else ():
                label, article_id = record.fields.get(field), record.fields.get("id")
                if label in (None, "") and optional:
                    return {}
                if label in (None, "") or article_id in (None, ""):
                    wanted = field if label in (None, "") else "id"
                    raise InputError(f"{path}:{record.line}: no field {wanted!r} — give every record one")
                labels[str(article_id)] = str(label)
                if on_labels and len(labels) % _LABELS_AT_ONCE == 0:
                    on_labels(_LABELS_AT_ONCE)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    return labels
