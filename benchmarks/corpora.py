"""Labelled collections to fit and check the story models on: whole sets, thinned sets, small samples of confusable
events, unrelated articles, and made-up series."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.common import rows_of
from dedupe.arrays import F64, I64, Bools
from dedupe.evaluation import Scores, evaluate
from dedupe.kernels.linkage import average_link
from dedupe.stories.candidates import CandidatePairs, propose_pairs, text_weights
from dedupe.stories.models import Models
from dedupe.stories.pair_features import Times, measure_pair_features
from dedupe.stories.scoring import score_texts
from dedupe.stories.topic_features import MOST_TEXTS
from dedupe.text import terms, tokens
from dedupe.text.background import Background

SETS = ("ecb", "wikinews", "basil", "multinews")
SEED = 7


@dataclass(frozen=True)
class StorySet:
    """One labelled set, read once.

    ``ids``, ``event``, ``topic`` and ``day``: of each article; a topic may be empty, and ``day`` (days since 1970) is
    NaN if the article is undated. ``words``: the terms of the articles.
    """

    name: str
    ids: npt.NDArray[np.str_]
    words: terms.Terms
    event: npt.NDArray[np.str_]
    topic: npt.NDArray[np.str_]
    day: F64


@dataclass(frozen=True)
class Collection:
    """Some rows of a set as one collection, with the features of its candidate pairs."""

    of: StorySet
    kind: str
    rows: I64
    pairs: CandidatePairs
    columns: dict[str, F64]

    @property
    def same(self) -> Bools:
        """Whether the two articles of each pair report one event, by the gold labels."""
        event = self.of.event[self.rows]
        return event[self.pairs.left] == event[self.pairs.right]

    @property
    def words(self) -> terms.Terms:
        """The terms of its articles."""
        return self.of.words.take(self.rows)

    def linked(self, log_odds: F64, clip: float, cut: float) -> I64:
        """Group the articles by average linkage. Log-odds of pairs are clipped to ±``clip``; ``cut`` is the
        threshold."""
        weight = np.clip(log_odds, -clip, clip)
        return average_link(self.rows.size, self.pairs.left, self.pairs.right, weight, cut, -clip)

    def exact(self, labels: I64) -> bool:
        """Whether a grouping is the gold grouping."""
        return same_grouping(self.of.event[self.rows], labels)

    def scores(self, labels: I64) -> Scores:
        """Scores of a grouping against the gold grouping."""
        return grouping_scores(self.of, self.rows, labels)


def same_grouping(event: npt.NDArray[np.str_], labels: I64) -> bool:
    """Whether two labellings of the same texts give the same groups."""
    both = set(zip(event.tolist(), labels.tolist(), strict=True))
    return len(both) == len(set(event.tolist())) == len(set(labels.tolist()))


def read_set(folder: Path, name: str, background: Background) -> StorySet:
    """Read one labelled set, without the boilerplate rows of Multi-News."""
    rows = [row for row in rows_of(folder / f"stories_{name}.jsonl.gz") if not row.get("boilerplate")]
    texts = (tokens.full_text(row.get("title") or "", row["text"]) for row in rows)
    stamps = [row.get("published_at") for row in rows]
    day = [float(np.datetime64(s[:10]).astype("datetime64[D]").astype(int)) if s else np.nan for s in stamps]
    return StorySet(
        name,
        np.array([row["id"] for row in rows]),
        terms.read_terms(texts, background),
        np.array([str(row["cluster"]) for row in rows]),
        np.array([str(row.get("topic", "")) for row in rows]),
        np.array(day),
    )


def undated(texts: int) -> Times:
    """Times of this many texts that have no dates."""
    return Times(np.full(texts, np.nan), np.ones(texts, bool))


def times_of(of: StorySet, rows: I64, dated: bool) -> Times:
    """Times of some rows of a set; without dates unless ``dated``."""
    return Times(of.day[rows], np.ones(rows.size, bool)) if dated else undated(rows.size)


def stories(of: StorySet, rows: I64, models: Models, dated: bool = False, most_texts: int = MOST_TEXTS) -> I64:
    """Story of each of some rows of a set. ``most_texts``: see ``dedupe.stories.scoring.score_texts``."""
    return score_texts(of.words.take(rows), times_of(of, rows, dated), models, most_texts=most_texts).split(0.5).labels


def grouping_scores(of: StorySet, rows: I64, labels: I64) -> Scores:
    """Scores of a grouping of some rows of a set against the gold grouping."""
    names = [str(row) for row in rows.tolist()]
    gold = dict(zip(names, of.event[rows].tolist(), strict=True))
    topic = dict(zip(names, of.topic[rows].tolist(), strict=True)) if of.name == "ecb" else None
    return evaluate(gold, dict(zip(names, labels.tolist(), strict=True)), topic)


def collect(of: StorySet, kind: str, rows: I64) -> Collection:
    """Measure the candidate pairs of some rows of a set, without dates."""
    words = of.words.take(rows)
    pairs = propose_pairs(words, text_weights(words))
    return Collection(of, kind, rows, pairs, measure_pair_features(words, undated(rows.size), pairs))


def thinned(of: StorySet, rows: I64, random: np.random.Generator) -> I64:
    """Keep four events in ten whole and one article of each other event, because in real collections most articles are
    the only one on their event."""
    kept: list[int] = []
    for event in np.unique(of.event[rows]).tolist():
        members = rows[of.event[rows] == event]
        kept += members.tolist() if random.random() < 0.4 else [int(random.choice(members))]
    return np.array(sorted(kept), np.int64)


def strangers(of: StorySet, rows: I64, random: np.random.Generator, sizes: tuple[int, int] = (13, 60)) -> I64:
    """Draw articles no two of which are on one event (ECB+: nor on one topic). ``sizes``: how many (from, to)."""
    apart = np.where(of.topic[rows] == "", of.event[rows], of.topic[rows])
    different = np.unique(apart)
    count = min(int(random.integers(sizes[0], sizes[1] + 1)), different.size)
    chosen = random.choice(different, count, replace=False)
    return np.sort(np.array([random.choice(rows[apart == one]) for one in chosen], np.int64))


def read_strangers(folder: Path, background: Background) -> StorySet:
    """Read one article of news_allsides from each month, each labelled as an event of its own.

    The articles have no gold labels, but two from different months hardly ever report one event.
    """
    by_month: dict[str, dict[str, str]] = {}
    for row in rows_of(folder / "news_allsides.jsonl.gz"):
        if row.get("published_at"):
            by_month.setdefault(row["published_at"][:7], row)
    texts = (tokens.full_text(row["title"] or "", row["text"]) for row in by_month.values())
    labels = np.array(list(by_month))
    no_day = np.full(labels.size, np.nan)
    return StorySet("allsides", labels, terms.read_terms(texts, background), labels, np.full(labels.size, ""), no_day)


def confusable(of: StorySet) -> dict[str, list[str]]:
    """For each event, the events that are easiest to confuse with it: the others of its topic (ECB+), or the three with
    the most similar mean term weights."""
    events, number = np.unique(of.event, return_inverse=True)
    topic = {event: of.topic[of.event == event][0] for event in events.tolist()}
    if of.name == "ecb":
        return {a: [b for b in topic if b != a and topic[b] == topic[a]] for a in topic}
    weight = text_weights(of.words)
    centre = np.zeros((events.size, len(of.words.vocabulary)))
    np.add.at(centre, (number[of.words.owner], of.words.term), weight)
    centre /= np.bincount(number)[:, None]
    similarity = centre @ centre.T
    np.fill_diagonal(similarity, -1)
    return {a: events[np.argsort(-similarity[i], kind="stable")[:3]].tolist() for i, a in enumerate(events.tolist())}


def small(
    of: StorySet, rows: I64, events: int, count: int, random: np.random.Generator, sizes: tuple[int, int] = (2, 6)
) -> list[I64]:
    """Draw ``count`` collections of one event, or of two confusable events. ``sizes``: articles of each (from, to)."""
    members = defaultdict(list)
    for row in rows.tolist():
        members[of.event[row]].append(row)
    usable = sorted(event for event in members if len(members[event]) >= sizes[0])
    near = confusable(of) if events == 2 else {}
    found: list[I64] = []
    while usable and len(found) < count:
        chosen = [usable[random.integers(len(usable))]]
        if events == 2:
            others = [event for event in near[chosen[0]] if len(members.get(event, ())) >= sizes[0]]
            if not others:
                continue
            chosen.append(others[random.integers(len(others))])
        drawn = [row for event in chosen for row in _draw(members[event], random, sizes)]
        found.append(np.array(sorted(drawn), np.int64))
    return found


def _draw(members: list[int], random: np.random.Generator, sizes: tuple[int, int]) -> list[int]:
    size = min(int(random.integers(sizes[0], sizes[1] + 1)), len(members))
    return [int(row) for row in random.choice(members, size, replace=False)]


def gather(of: StorySet, rows: I64, random: np.random.Generator, sample: Callable[[str], int]) -> list[Collection]:
    """Draw all kinds of collection that a model is fitted on. ``sample`` says how many of a kind."""
    found = [collect(of, "whole", rows)]
    found += [collect(of, "thinned", thinned(of, rows, random)) for _ in range(sample("thinned"))]
    found += [collect(of, "two", some) for some in small(of, rows, 2, sample("two"), random)]
    found += [collect(of, "one", some) for some in small(of, rows, 1, sample("one"), random)]
    found += [collect(of, "strangers", strangers(of, rows, random)) for _ in range(sample("strangers"))]
    if of.name == "ecb":
        # The other sets have hardly any events with this many articles.
        found += [collect(of, "two_large", some) for some in small(of, rows, 2, sample("two_large"), random, (6, 20))]
        found += [collect(of, "one_large", some) for some in small(of, rows, 1, sample("one_large"), random, (6, 20))]
    return found


_SERIES = (
    "Currency table\nThe central bank set the euro at {a} and the pound at {b} on {d}. The yen was fixed at {c} and the franc "
    "at {e}. Rates are reviewed every working day at noon, the bank said.",
    "Harbour traffic\n{d}: {m} vessels called at the port, among them {n} tankers and {k} container ships. {p} tons of cargo "
    "were handled. Two berths were closed for repairs, the port authority said.",
    "Lottery numbers drawn\nThe winning numbers drawn on {d} are {k}, {n}, {m} and {q}. The jackpot stands at {p} dollars. "
    "Nobody had all numbers right last time. Tickets can be cashed in for a year.",
    "Reservoir levels\nWater in the reservoir stood at {a} metres on {d}, against {b} a week earlier. Inflow was {m} cubic "
    "metres a second. The dam operator released {n} cubic metres and expects little change.",
    "Corn and wheat at the exchange\nCHICAGO, {d} - Corn for delivery next month traded at {a}, wheat at {b} and soybeans at "
    "{c} a bushel. Hogs were at {e} cents. Traders said weather in the Midwest drove prices.",
)


def series(background: Background) -> list[Collection]:
    """Make up series with the same words and other figures every day, each day an event of its own; undated."""
    random = np.random.default_rng(SEED)
    start = np.datetime64("2019-03-04")
    texts, events = [], []
    for kind, pattern in enumerate(_SERIES):
        for step in range(16):
            day = (start + np.timedelta64(int(5 * step + kind), "D")).item()
            figures = {key: f"{random.uniform(1, 900):.2f}" for key in "abce"}
            figures |= {key: str(random.integers(2, 90)) for key in "kmnq"} | {"p": f"{random.integers(1000, 90000):,}"}
            texts.append(pattern.format(d=f"{day:%A, %B} {day.day}, {day.year}", **figures))
            events.append(f"{kind} {step}")
    none = np.full(len(texts), "")
    of = StorySet(
        "series",
        np.array(events),
        terms.read_terms(texts, background),
        np.array(events),
        none,
        np.full(len(texts), np.nan),
    )
    return [collect(of, "series", np.arange(len(texts)))]


def kinds(collections: list[Collection]) -> Counter[tuple[str, str]]:
    """How many collections of each kind a set has."""
    return Counter((one.of.name, one.kind) for one in collections)
