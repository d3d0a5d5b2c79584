"""Labelled news to fit and check the story model on, read once, and the collections that are drawn from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.common import rows_of
from dedupe import Article
from dedupe.arrays import F64, I64
from dedupe.copies import candidates, fingerprints, groups, verification
from dedupe.copies.details import TextDetails
from dedupe.kernels import Compute
from dedupe.reading.articles import to_table
from dedupe.reading.repair import readable
from dedupe.settings import Settings
from dedupe.stories.times import Times
from dedupe.text import terms
from dedupe.text.background import load_background
from dedupe.text.furniture import plain_headlines, without_boilerplate

MONTHS = "may2013", "oct2019", "jan2020"
"""The months of the news desk."""
SETS = "ecb", "wikinews", "basil", "multinews", "vietnamese"
SEED = 7
COMPANY = 1_200
"""Articles of news_allsides that are drawn as company."""
WRONG_DATE, NO_DATE = 0.03, 0.10
"""Shares of the simulated dates that are wrong, and missing."""
LAGS, LAG_SHARES = (0, 1, 2, 3, 5), (0.5, 0.25, 0.12, 0.08, 0.05)
"""Days after an event on which it is simulated to be reported, and how often."""
USUAL = 2, 6
"""Articles that are drawn of an event, at least and at most."""


@dataclass(frozen=True)
class Pool:
    """Labelled articles of several sets.

    Of each article: ``part`` (its set or month, or "company"), ``id``, ``event``, ``topic`` (of ECB+), ``saga`` (of the
    desk) and ``day`` (NaN if unknown). Events, topics and sagas of different parts differ. ``words``: their terms.
    """

    part: npt.NDArray[np.str_]
    id: npt.NDArray[np.str_]
    event: npt.NDArray[np.str_]
    topic: npt.NDArray[np.str_]
    saga: npt.NDArray[np.str_]
    day: F64
    words: terms.Terms

    def rows(self, part: str) -> I64:
        """The rows of a part."""
        return np.flatnonzero(self.part == part)


@dataclass(frozen=True)
class Collection:
    """Some rows of a pool as one collection. ``kind``: how it was drawn. ``day``: of each row, NaN if unknown."""

    kind: str
    rows: I64
    day: F64

    @property
    def times(self) -> Times:
        """The times of the articles, in whole days."""
        return Times(self.day, np.ones(self.day.size, bool))


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a corpus with titles and texts as the program reads them from a file: entities and encodings repaired."""
    return [
        row | {name: readable(row[name])[0] for name in ("title", "text") if row.get(name)} for row in rows_of(path)
    ]


def read_part(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a set or a month of the desk, without the boilerplate rows of Multi-News.

    Every row gets an id of its own: BASIL has three articles with the id ``empty``.
    """
    if name in MONTHS:
        rows = [row for row in read_rows(folder / "stories_desk.jsonl.gz") if row["month"] == name]
    else:
        rows = [row for row in read_rows(folder / f"stories_{name}.jsonl.gz") if not row.get("boilerplate")]
    times: Counter[str] = Counter()
    found = []
    for row in rows:
        times[row["id"]] += 1
        found.append(row | {"id": f"{row['id']}-{times[row['id']]}"} if times[row["id"]] > 1 else row)
    return found


def read_company(folder: Path, taken: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Articles of news_allsides, each an event of its own, and none of those ``taken``."""
    ids = {row["id"] for row in taken}
    every = read_rows(folder / "news_allsides.jsonl.gz")
    rows = [row for row in every if row["id"] not in ids and row["published_at"]]
    chosen = np.random.default_rng(SEED).choice(len(rows), COMPANY, replace=False)
    return [rows[number] | {"cluster": rows[number]["id"]} for number in chosen.tolist()]


def articles_of(rows: Sequence[dict[str, Any]], dated: bool = True) -> list[Article]:
    """The articles of some rows, with their publishers and, if ``dated``, their dates."""
    return [
        Article(
            row["id"],
            row.get("title") or "",
            row["text"],
            row.get("source"),
            row.get("published_at") if dated else None,
        )
        for row in rows
    ]


def without_copies(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The longest row of each group of copies: stories are found among these only."""
    articles = to_table([Article(str(number), row.get("title") or "", row["text"]) for number, row in enumerate(rows)])
    settings = Settings()
    prints = fingerprints.fingerprint(articles, settings)
    proposed = candidates.find_candidates(prints, settings).pairs
    measured = verification.measure(prints, proposed["left"].to_numpy(), proposed["right"].to_numpy())
    verified = verification.verify(prints, measured, TextDetails(articles["text"]), settings)
    words = prints["words"].to_numpy()
    kept = np.unique(groups.longest_members(words, groups.group_copies(words, verified, settings)))
    return [rows[number] for number in kept.tolist()]


def read_pool(folder: Path, compute: Compute) -> Pool:
    """Read the desk, the labelled sets that the model is fitted on, and company."""
    parts = {name: read_part(folder, name) for name in (*MONTHS, *SETS[:4])}
    parts["company"] = read_company(folder, [row for month in MONTHS for row in parts[month]])
    rows = [(name, row) for name, some in parts.items() for row in without_copies(some)]
    stamps = [row.get("published_at") for _, row in rows]

    def column(field: str, named: bool = True) -> npt.NDArray[np.str_]:
        values = [row.get(field) for _, row in rows]
        return np.array(
            [
                f"{name} {value}" if named and value else str(value or "")
                for (name, _), value in zip(rows, values, strict=True)
            ]
        )

    publishers = [row.get("source") or f"{name} {number}" for number, (name, row) in enumerate(rows)]
    compared = without_boilerplate(pa.chunked_array([pa.array([row["text"] for _, row in rows], pa.large_string())]))
    titles, texts = plain_headlines([row.get("title") or "" for _, row in rows], compared.to_pylist(), publishers)
    return Pool(
        np.array([name for name, _ in rows]),
        column("id", named=False),
        column("cluster"),
        column("topic"),
        column("saga"),
        np.array([float(np.datetime64(s[:10]).astype("datetime64[D]").astype(int)) if s else np.nan for s in stamps]),
        terms.read_terms(zip(titles, texts, strict=True), load_background(), compute, publishers),
    )


def undated(rows: I64) -> F64:
    """The days of articles without dates."""
    return np.full(rows.size, np.nan)


def simulated_days(pool: Pool, rows: I64, random: np.random.Generator) -> F64:
    """Days of reports of events that are weeks or months apart; some dates are wrong and some are missing."""
    start = int(random.integers(0, 3_000))
    day_of = {}
    for event in np.unique(pool.event[rows]).tolist():
        day_of[event] = start + (int(random.integers(20, 400)) if day_of else 0)
    days = np.array([day_of[event] + random.choice(LAGS, p=LAG_SHARES) for event in pool.event[rows].tolist()], float)
    wrong = random.random(rows.size) < WRONG_DATE
    days[wrong] = start + random.integers(-400, 400, int(wrong.sum()))
    days[random.random(rows.size) < NO_DATE] = np.nan
    return days


def with_faults(day: F64, random: np.random.Generator, wrong: float = WRONG_DATE, missing: float = NO_DATE) -> F64:
    """Days of which a share is wrong, by up to 400 days either way, and a share is missing."""
    found = day.copy()
    is_wrong = random.random(day.size) < wrong
    found[is_wrong] += random.integers(-400, 400, int(is_wrong.sum()))
    found[random.random(day.size) < missing] = np.nan
    return found


def draw_events(
    pool: Pool, topics: Sequence[str], events: int, random: np.random.Generator, sizes: tuple[int, int] = USUAL
) -> I64:
    """Draw articles of one event of ECB+, or of both confusable events of a topic. ``sizes``: of each (from, to)."""
    of_topic = np.flatnonzero(pool.topic == topics[int(random.integers(len(topics)))])
    chosen = random.permutation(np.unique(pool.event[of_topic]))[:events]
    drawn = []
    for event in chosen.tolist():
        members = of_topic[pool.event[of_topic] == event]
        count = min(int(random.integers(sizes[0], sizes[1] + 1)), members.size)
        drawn.append(random.choice(members, count, replace=False))
    return np.sort(np.concatenate(drawn))


def with_company(
    pool: Pool, rows: I64, others: int, dated: bool, random: np.random.Generator, company: I64 | None = None
) -> Collection:
    """Some rows among so many others of the company (or of the rows ``company``); simulated dates, if ``dated``, lie
    among those of the others."""
    among = pool.rows("company") if company is None else company
    chosen = random.choice(among, others, replace=False)
    both = np.concatenate((rows, chosen))
    if not dated:
        return Collection("company", both, undated(both))
    first = float(np.nanmin(pool.day[chosen])) + 400
    own = first + simulated_days(pool, rows, random) % 1_500
    return Collection("company", both, np.concatenate((own, pool.day[chosen])))


def thinned(pool: Pool, rows: I64, random: np.random.Generator) -> I64:
    """Keep four events in ten whole and one article of each other event, because in real collections most articles are
    the only one on their event."""
    kept: list[int] = []
    for event in np.unique(pool.event[rows]).tolist():
        members = rows[pool.event[rows] == event]
        kept += members.tolist() if random.random() < 0.4 else [int(random.choice(members))]
    return np.array(sorted(kept), np.int64)


def is_right(pool: Pool, collection: Collection, labels: I64, own: int) -> bool:
    """Whether the first ``own`` rows of a collection are grouped by event, and with nobody else."""
    event = pool.event[collection.rows[:own]]
    both = set(zip(event.tolist(), labels[:own].tolist(), strict=True))
    stranger = set(labels[:own].tolist()) & set(labels[own:].tolist())
    return len(both) == np.unique(event).size == np.unique(labels[:own]).size and not stranger
