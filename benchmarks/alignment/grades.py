"""Measure the grade of reuse: on made pairs whose grade is known, on independent reports, and on PAN-2013's degrees.

    python -m benchmarks.alignment.grades [--write]

The made pairs have a source and a text made from it, with a fixed seed, as many of each kind:

- ``copy``: the source with another first line and a line of the publisher at its end; ``cut``: the source without its
  end, without some sentences or paragraphs. Both are ``copied``;
- ``light revision``: a tenth of the words of every sentence replaced by words of other texts, or left out, and some
  sentences exchanged with the next one: ``copied``;
- ``extended``: at most half of the words are of the source, which is cut to a quarter to half: ``light``; ``reworked``:
  from 60 to 75 % of the words are of the source: ``heavy``;
- ``heavy revision``: ten sentences that people said are paraphrases of those of the source (MSRP), in the order of the
  source, among none of its own: ``heavy``;
- ``same event``: two articles on one event without eight words in a row in common; ``strangers``: two articles of a
  crawl: ``none``.

The grade is that of the text that was made. The baselines are the share of its 5-grams, and of its distinct words, that
the source has, with the three thresholds that give most right grades on the half of the pairs with even numbers; all
are compared on the other half. The bounds of the grade were not fitted.

On PAN-2013 it counts how many pairs of each type have a grade above ``none`` on either side. Made pairs come from
news_allsides, stories_* and paraphrase_msrp in DEDUPE_BENCH_DATA (default ../shared/data).
``--write`` stores the figures in benchmarks/results/grades.json.
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple, get_args

from benchmarks.alignment.direction import Maker, Paragraphs, cut, first_sentences, joined, paragraphs
from benchmarks.alignment.pan13 import rows as pan_rows
from benchmarks.common import bench_data, keep_figures, rows_of
from dedupe.alignment.align import align_tokenized
from dedupe.alignment.grades import Grade
from dedupe.alignment.tokenized import TokenizedText, tokenize
from dedupe.text.words import words

SEED, PAIRS_A_KIND = 10, 150
GRADES: tuple[Grade, ...] = get_args(Grade)
TRUTH: dict[str, Grade] = {
    "copy": "copied",
    "cut": "copied",
    "light revision": "copied",
    "reworked": "heavy",
    "heavy revision": "heavy",
    "extended": "light",
    "same event": "none",
    "strangers": "none",
}
"""The kinds of made pairs and the grade of the text that was made."""
EVENTS = ("stories_ecb", "stories_basil", "stories_wikinews", "stories_multinews", "stories_desk")
REPLACED, EXCHANGED = 0.1, 0.1
"""Shares of the words that a light revision replaces or leaves out, and of the sentences that change places."""
PARAPHRASES = 10
RUN_WORDS, GRAM_WORDS = 8, 5


class Pair(NamedTuple):
    """A source, a text that was made from it or is independent of it, and its kind."""

    kind: str
    source: str
    made: str


def grams(forms: Sequence[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(forms[k : k + size]) for k in range(len(forms) - size + 1)}


def lightly_revised(parts: Paragraphs, others: list[str], draw: random.Random) -> Paragraphs:
    """Every sentence with a tenth of its words replaced or left out, some sentences in the place of the next one."""
    revised = []
    for part in parts:
        sentences = [" ".join(_revised_words(sentence.split(), others, draw)) for sentence in part]
        for k in range(len(sentences) - 1):
            if draw.random() < EXCHANGED:
                sentences[k], sentences[k + 1] = sentences[k + 1], sentences[k]
        revised.append(sentences)
    return revised


def _revised_words(given: list[str], others: list[str], draw: random.Random) -> Iterator[str]:
    for word in given:
        if draw.random() >= REPLACED:
            yield word
        elif draw.random() < 0.5:
            yield draw.choice(others)


def count(parts: Paragraphs) -> int:
    return sum(len(sentence.split()) for part in parts for sentence in part)


class GradeMaker:
    """Makes the pairs of every kind."""

    def __init__(self) -> None:
        self.draw = random.Random(SEED)
        self.maker = Maker(rows_of(bench_data() / "news_allsides.jsonl.gz"))
        self.msrp = [row for row in rows_of(bench_data() / "paraphrase_msrp.jsonl.gz") if row["label"]]
        self.words = [word for text in self.maker.texts[:200] for word in text.split() if len(word) > 3]

    def pairs(self) -> Iterator[Pair]:
        for number in range(PAIRS_A_KIND):
            parts = paragraphs(self.maker.texts[number])
            for kind in ("copy", "cut", "light revision", "extended", "reworked"):
                yield Pair(kind, joined(parts), joined(self.made(kind, number, parts)))
            chosen = self.draw.sample(self.msrp, PARAPHRASES)
            yield Pair("heavy revision", *("\n".join(" ".join(row[side].split()) for row in chosen) for side in "ab"))
            yield Pair("strangers", joined(parts), self.maker.texts[-1 - number])
        yield from self.of_events()

    def made(self, kind: str, number: int, parts: Paragraphs) -> Paragraphs:
        draw = self.draw
        if kind == "copy":
            return [["Our own headline for the day"], *parts, ["Sign up for the letter that we send every morning."]]
        if kind == "light revision":
            return lightly_revised(parts, self.words, draw)
        if kind == "cut":
            return cut(parts, draw)
        wanted = draw.uniform(0.2, 0.45) if kind == "extended" else draw.uniform(0.6, 0.75)
        kept = first_sentences(parts, max(3, sum(map(len, parts)) // (3 if kind == "extended" else 1)))
        return self.diluted(kept, self.maker.background(number), wanted)

    def diluted(self, parts: Paragraphs, background: Paragraphs, wanted: float) -> Paragraphs:
        """The parts with so many paragraphs of another text in between that the parts are the wanted share."""
        made, added = list(parts), 0
        for part in background * 9:
            if count(parts) <= wanted * (count(parts) + added):
                break
            made.insert(self.draw.randrange(1, len(made) + 1), part)
            added += count([part])
        return made

    def of_events(self) -> Iterator[Pair]:
        """Pairs of articles on one event that share no run of eight words, as many from each collection."""
        for name in EVENTS:
            by_event = defaultdict(list)
            for row in rows_of(bench_data() / f"{name}.jsonl.gz"):
                if not row.get("boilerplate"):
                    by_event[row.get("month"), row.get("topic"), row["cluster"]].append(row["text"])
            candidates = [pair for texts in by_event.values() for pair in combinations(texts, 2)]
            found = 0
            for left, right in self.draw.sample(candidates, len(candidates)):
                forms = words(left).forms, words(right).forms
                if min(map(len, forms)) < 120 or grams(forms[0], RUN_WORDS) & grams(forms[1], RUN_WORDS):
                    continue
                yield Pair("same event", left, right)
                found += 1
                if found == PAIRS_A_KIND // len(EVENTS):
                    break


def containments(source: TokenizedText, made: TokenizedText) -> dict[str, float]:
    """The baselines: how much of the made text the source has."""
    by_size = {}
    for name, size in (("5-grams", GRAM_WORDS), ("words", 1)):
        own = grams(made.forms, size)
        by_size[name] = len(own & grams(source.forms, size)) / max(1, len(own))
    return by_size


def best_thresholds(values: list[float], truth: list[Grade]) -> tuple[float, ...]:
    """The three thresholds, from a grid of 0.02, that give most right grades."""
    grid = [step / 50 for step in range(1, 50)]
    ranks = [GRADES.index(grade) for grade in truth]
    return max(
        combinations(grid, len(GRADES) - 1),
        key=lambda bounds: sum(
            sum(value >= bound for bound in bounds) == rank for value, rank in zip(values, ranks, strict=True)
        ),
    )


def graded(value: float, bounds: tuple[float, ...]) -> Grade:
    return GRADES[sum(value >= bound for bound in bounds)]


def scores(found: Sequence[Grade], truth: Sequence[Grade]) -> dict[str, float]:
    """The share of right grades, of grades at most one step away, and of texts without reuse that have a grade."""
    steps = [abs(GRADES.index(a) - GRADES.index(b)) for a, b in zip(found, truth, strict=True)]
    innocent = [a != "none" for a, b in zip(found, truth, strict=True) if b == "none"]
    return {
        "right": round(steps.count(0) / len(steps), 3),
        "within_one_step": round(sum(step <= 1 for step in steps) / len(steps), 3),
        "accused_without_reuse": round(sum(innocent) / len(innocent), 3),
    }


def measure_made(pairs: list[Pair]) -> dict[str, Any]:
    by_kind = {kind: Counter[str]() for kind in TRUTH}
    found: list[Grade] = []
    values = defaultdict[str, list[float]](list)
    for pair in pairs:
        source, made = tokenize(pair.source), tokenize(pair.made)
        grade = align_tokenized(source, made, classes_only=True).right_words.grade
        found.append(grade)
        by_kind[pair.kind][grade] += 1
        for name, value in containments(source, made).items():
            values[name].append(value)
    truth = [TRUTH[pair.kind] for pair in pairs]
    contenders = {"dedupe": found}
    bounds = {}
    for name, of_name in values.items():
        bounds[name] = best_thresholds(of_name[::2], truth[::2])
        contenders[name] = [graded(value, bounds[name]) for value in of_name]
    return {
        "pairs": len(pairs),
        "grades": {kind: {grade: counts[grade] for grade in GRADES} for kind, counts in by_kind.items()},
        "right_by_kind": {kind: round(by_kind[kind][TRUTH[kind]] / by_kind[kind].total(), 3) for kind in TRUTH},
        "odd_half": {name: scores(grades[1::2], truth[1::2]) for name, grades in contenders.items()},
        "fitted_thresholds": bounds,
    }


def measure_pan() -> dict[str, Any]:
    """For each type of PAN-2013, apart where nothing was reused: the pairs, and those graded above none on a side."""
    texts = {row["id"]: row["text"] for row in pan_rows("reuse_pan13_docs.jsonl.gz")}
    tokenized: dict[str, TokenizedText] = {}
    pairs, above = Counter[str](), Counter[str]()
    for pair in pan_rows("reuse_pan13_pairs.jsonl.gz"):
        for name in (pair["a"], pair["b"]):
            if name not in tokenized:
                tokenized[name] = tokenize(texts[name])
        found = align_tokenized(tokenized[pair["a"]], tokenized[pair["b"]], classes_only=True)
        kind = pair["type"][3:] if pair["spans"] else "nothing reused"
        pairs[kind] += 1
        above[kind] += any(words.grade != "none" for words in (found.left_words, found.right_words))
    return {kind: {"pairs": pairs[kind], "above_none": round(above[kind] / pairs[kind], 3)} for kind in sorted(pairs)}


def main() -> None:
    pairs = list(GradeMaker().pairs())
    keep_figures("grades", {"made": measure_made(pairs), "pan13": measure_pan()}, "--write" in sys.argv)


if __name__ == "__main__":
    main()
