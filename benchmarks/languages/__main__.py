"""How well the program works in each of 13 languages, on ten articles a language that were written for this.

    python -m benchmarks.languages [--write]

Of the ten articles, three report event A: an original, a copy of it that is cut and has some words edited, and an
independent report. Two report another event of the same kind, place and people some months later. Two report event B,
and three report one event each. Every figure is measured with the language given and without it; stories also without
dates, and with the articles of all languages in one collection. The first row, "all", is that collection as a whole.
Sentences are those of tests/text/sentence_splits.txt: a line counts as right if all its splits are right and no other is
made. ``--write`` stores the figures in benchmarks/results/languages.json.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.common import ROOT, keep_figures
from dedupe import Article, cluster, evaluate
from dedupe.results import Row
from dedupe.text.sentences import sentences

ARTICLES = ROOT / "benchmarks" / "languages" / "articles.jsonl"
SPLITS = ROOT / "tests" / "text" / "sentence_splits.txt"
Labelled = Mapping[str, Any]
"""A record of the articles file: the fields of ``Article``, and ``event``, ``topic`` and ``copy_of``."""


def read_splits() -> dict[str, list[str]]:
    """The lines of the table of sentence splits, by language. "|" stands at every split."""
    sections = re.findall(r"^== (\w+).*\n((?:.+\n)+)", SPLITS.read_text(encoding="utf-8"), re.MULTILINE)
    return {language: lines.splitlines() for language, lines in sections}


def are_right(lines: Sequence[str], language: str | None) -> list[bool]:
    """For each line, whether exactly its sentences are found. The lines are the paragraphs of one text."""
    texts = [line.replace("|", "") for line in lines]
    document = "\n\n".join(texts)
    found = sentences(document, language)
    right, start = [], 0
    for line, text in zip(lines, texts, strict=True):
        end = start + len(text)
        own = [document[first:last] for first, last in found if start <= first < end]
        right.append(own == [sentence.strip() for sentence in line.split("|")])
        start = end + 2
    return right


def clustered(articles: Sequence[Labelled], dates: bool, given: bool) -> dict[str, Row]:
    """The program's row of every article."""
    found = cluster(
        Article(
            row["id"],
            row["title"],
            row["text"],
            row["publisher"],
            row["published_at"] if dates else None,
            language=row["language"] if given else None,
        )
        for row in articles
    )
    return {row.id: row for row in found.rows}


def scores_of_copies(articles: Sequence[Labelled], rows: Mapping[str, Row]) -> dict[str, float]:
    """Precision and recall of the pairs of articles in one group of copies; 1 where there are no pairs."""
    gold = {(row["copy_of"], row["id"]) for row in articles if row["copy_of"]}
    ids = [row["id"] for row in articles]
    found = {pair for pair in itertools.combinations(ids, 2) if len({rows[name].canonical for name in pair}) == 1}
    return {
        "precision": round(len(gold & found) / len(found), 4) if found else 1.0,
        "recall": round(len(gold & found) / len(gold), 4) if gold else 1.0,
    }


def scores_of_stories(articles: Sequence[Labelled], rows: Mapping[str, Row]) -> dict[str, float]:
    """B-cubed F1, and the share of pairs of alike events that were merged."""
    scores = evaluate(
        {row["id"]: row["event"] for row in articles},
        {row["id"]: rows[row["id"]].story for row in articles},
        {row["id"]: row["topic"] for row in articles},
    )
    return {
        "b3_f1": round(scores.b3_f1, 4),
        "b3_precision": round(scores.b3_precision, 4),
        "b3_recall": round(scores.b3_recall, 4),
        "confusable_merged": round(scores.confusable_merged or 0, 4),
    }


def measure(articles: Sequence[Labelled], given: bool) -> dict[str, dict[str, Any]]:
    """All figures, by language, with the language of every text given or not."""
    right = {code: are_right(lines, code if given else None) for code, lines in read_splits().items()}
    together = {dates: clustered(articles, dates, given) for dates in (True, False)}
    figures = {"all": row_of_figures([each for own in right.values() for each in own], articles, together)}
    for language, group in itertools.groupby(articles, lambda row: str(row["language"])):
        own = list(group)
        alone = {dates: clustered(own, dates, given) for dates in (True, False)}
        in_company = row_of_figures(right[language], own, together)
        figures[language] = row_of_figures(right[language], own, alone) | {
            f"{name}_together": value for name, value in in_company.items() if name != "sentences"
        }
    return figures


def row_of_figures(
    right: Sequence[bool], articles: Sequence[Labelled], found: Mapping[bool, Mapping[str, Row]]
) -> dict[str, Any]:
    """The figures of some articles: ``found`` has the rows of the program with dates and without."""
    return {
        "sentences": round(sum(right) / len(right), 4),
        "copies": scores_of_copies(articles, found[True]),
        "stories": scores_of_stories(articles, found[True]),
        "stories_undated": scores_of_stories(articles, found[False]),
    }


def table(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """One line a language, for people."""
    stories = ("stories", "stories_undated", "stories_together", "stories_undated_together")
    lines = ["     sentences  copies P / R  stories: dated, undated; among all languages: dated, undated"]
    for language, row in figures.items():
        copies = f"{row['copies']['precision']:.2f} / {row['copies']['recall']:.2f}"
        f1 = "  ".join(f"{row[name]['b3_f1']:.3f}" for name in stories if name in row)
        lines.append(f"{language:<4} {row['sentences']:>9.3f}  {copies:>12}  {f1}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print the figures."""
    articles = [json.loads(line) for line in ARTICLES.read_text(encoding="utf-8").splitlines()]
    figures = {name: measure(articles, name == "given") for name in ("given", "not_given")}
    keep_figures("languages", figures, "--write" in sys.argv)
    for name, own in figures.items():
        print(f"language {name.replace('_', ' ')}", table(own), sep="\n", file=sys.stderr)


if __name__ == "__main__":
    main()
