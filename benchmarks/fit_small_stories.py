"""Fit the model that divides small collections, and check it on topics it has not seen.

    python benchmarks/fit_small_stories.py [--check] [--write]

Draws seeded small collections: two events of one ECB+ topic (the one corpus with labelled confusable events), one ECB+
event, and one to four unrelated events of any of the four sets. ``--check`` fits on three quarters of the ECB+ topics and
counts, on the last quarter, how often two events come out exactly and one event stays whole; four times, so that every
topic is checked once; and scores unrelated events drawn anew. Without it the model is fitted on all
topics and compared with dedupe/data/small_story_model.json; ``--write`` writes it there. Needs ``pip install '.[fit]'``.
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from common import bench_data, readable, store
from fit_search import NO_SEARCH, Ways, fit_search, judge_by_all_ways, right_parts, ways
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from story_collections import SETS, StorySet, confusable, read_set, read_strangers, strangers

from dedupe import divisions, terms
from dedupe.scores import evaluate
from dedupe.small_features import MOST_TEXTS, measure_small
from dedupe.stories import Feature, StoryModel

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
MODEL = Path(divisions.__file__).parent / "data" / "small_story_model.json"
SEED, SAMPLES, MIXED, STRANGERS, FOLDS = 21, 1000, 165, 200, 4
FEATURES = (
    *("words", "rare_words_beyond_average", "lead_of_best", "lead_of_lesser_best", "lead_beyond_average"),
    *("rare_lead_of_best", "rare_lead_of_lesser_best", "names", "names_of_lesser_best", "numbers"),
    *("dividing_words_of_best", "dividing_words_of_lesser_best", "dividing_words_beyond_average"),
    *("dividing_shared_words_of_best", "dividing_names", "dividing_names_of_best", "dividing_names_of_lesser_best"),
    *("dividing_names_beyond_average", "dividing_shared_names_of_best", "dividing_shared_names_of_lesser_best"),
    *("days_and_months", "words_of_shorter", "times_longer"),
)
"""What was left of all columns of ``small_features.measure_small`` after dropping, one by one, those that --check does not miss."""
CLIP, ONE_EVENT_WEIGHT = 5.0, 1.5
"""Log-odds beyond this count as this; weight of collections of one event."""
MEANINGS = {
    "words": "shared words", "rare_words": "shared rare words", "lead": "shared words of the leads",
    "rare_lead": "shared rare words of the leads", "names": "shared names",
    "numbers": "shared numbers", "days_and_months": "shared weekdays and months",
    "dividing_words": "shared words that few others have", "dividing_shared_words": "the same, without words of one text only",
    "dividing_names": "shared names that few others have", "dividing_shared_names": "the same, without names of one text only",
    "words_of_shorter": "words of the shorter text (logarithm)", "times_longer": "how much longer the other text is (logarithm)",
    "of_best": "against the best match of either", "of_lesser_best": "against the weaker of the two best matches",
    "beyond_average": "beyond what both have with the others on average",
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A small collection with its pair features and its gold labels."""

    words: terms.Terms
    columns: dict[str, F64]
    event: npt.NDArray[np.str_]
    topic: int

    @property
    def is_one_event(self) -> bool:
        return len(set(self.event.tolist())) == 1

    @property
    def same(self) -> npt.NDArray[np.bool_]:
        left, right = np.triu_indices(self.event.size, 1)
        return self.event[left] == self.event[right]


def draw(of: StorySet, events: int, count: int, random: np.random.Generator) -> list[Sample]:
    """Collections of one event or of two confusable ones, 2 to 6 articles of each."""
    members = {event: np.flatnonzero(of.event == event) for event in np.unique(of.event).tolist()}
    usable = [event for event, rows in members.items() if rows.size > 1]
    near = confusable(of)
    found: list[Sample] = []
    while len(found) < count:
        chosen = [usable[random.integers(len(usable))]]
        if events == 2:
            others = [event for event in near[chosen[0]] if members[event].size > 1]
            if not others:
                continue
            chosen.append(others[random.integers(len(others))])
        drawn = [random.choice(members[e], min(int(random.integers(2, 7)), members[e].size), False) for e in chosen]
        rows = np.sort(np.concatenate(drawn))
        words = of.words.take(rows)
        found.append(Sample(words, measure_small(words), of.event[rows], int(of.topic[rows[0]])))
    return found


def mix(of: StorySet, count: int, random: np.random.Generator) -> list[Sample]:
    """Collections of one to four unrelated events (ECB+: of different topics), one to four articles of each."""
    found: list[Sample] = []
    while len(found) < count:
        chosen: dict[str, I64] = {}
        for event in random.choice(np.unique(of.event), int(random.integers(2, 5)), False).tolist():
            rows = np.flatnonzero(of.event == event)
            drawn = random.choice(rows, min(rows.size, int(random.integers(1, 5))), False)
            chosen.setdefault(of.topic[rows[0]] or event, drawn)
        rows = np.sort(np.concatenate(list(chosen.values())))[:MOST_TEXTS]
        if rows.size > 1:
            topic = int(of.topic[rows[0]] or len(found))
            found.append(Sample(words := of.words.take(rows), measure_small(words), of.event[rows], topic))
    return found


def alone(of: StorySet, count: int, random: np.random.Generator) -> list[Sample]:
    """Collections of 2 to 12 articles no two of which report one event (ECB+: nor are on one topic)."""
    found: list[Sample] = []
    for number in range(count):
        rows = strangers(of, np.arange(of.event.size), random, (2, MOST_TEXTS))
        words = of.words.take(rows)
        topic = int(of.topic[rows[0]] or number)
        found.append(Sample(words, measure_small(words), of.event[rows], topic))
    return found


def logistic(columns: F64, target: npt.NDArray[np.bool_], weight: F64, strength: float) -> tuple[F64, float]:
    """Weights and intercept per unit of the unscaled columns."""
    scaler = StandardScaler().fit(columns)
    fitted = LogisticRegression(C=strength, max_iter=2000, tol=1e-8).fit(scaler.transform(columns), target, weight)
    weights = fitted.coef_[0] / scaler.scale_
    return weights, float(fitted.intercept_[0] - weights @ scaler.mean_)


def fit(samples: list[Sample]) -> StoryModel:
    """Weights of the pairs, then those of a division."""
    model = fit_pairs(samples)
    whole = [ways_of(s, model, np.arange(s.event.size)) for s in samples]
    weight = [ONE_EVENT_WEIGHT if s.is_one_event else 1.0 for s in samples]
    search, _ = fit_search(whole, np.array(weight))
    parts = [
        right_parts(np.arange(s.event.size), group, search, functools.partial(ways_of, s, model, is_part=True))
        for s, group in zip(samples, whole, strict=True)
    ]
    weight += [1 / len(own) for own in parts for _ in own]
    fitted = fit_search(whole + [group for own in parts for group in own], np.array(weight))
    return msgspec.structs.replace(model, divisions=judge_by_all_ways(*fitted, CLIP, whole=True))


def fit_pairs(samples: list[Sample]) -> StoryModel:
    """Weights of the pairs; how they are divided is left open."""
    pairs = np.concatenate([np.column_stack([s.columns[name] for name in FEATURES]) for s in samples])
    same = np.concatenate([s.same for s in samples])
    share = np.concatenate([np.full(s.same.size, 1 / s.same.size) for s in samples])
    weights, intercept = logistic(pairs, same, share / share.mean(), 0.1)
    features = tuple(
        Feature(name, round(float(weight), 3), meaning(name)) for name, weight in zip(FEATURES, weights, strict=True)
    )
    no_judge = divisions.Model(True, CLIP, NO_SEARCH, 0.0, ())
    return StoryModel(round(intercept, 3), 0.0, features, no_judge)


def ways_of(sample: Sample, model: StoryModel, rows: I64, is_part: bool = False) -> Ways:
    """Every division of some texts of a collection."""
    odds = np.zeros((sample.event.size, sample.event.size))
    odds[np.triu_indices(sample.event.size, 1)] = np.clip(log_odds(sample, model), -CLIP, CLIP)
    wording = divisions.read_wording(sample.words)
    return ways(wording, rows, (odds + odds.T)[np.ix_(rows, rows)], sample.event[rows], is_part)


def meaning(name: str) -> str:
    """What a feature says, in words."""
    if name in MEANINGS:
        return MEANINGS[name]
    kind = next(
        k for k in sorted(MEANINGS, key=len, reverse=True) if name.startswith(k) and name[len(k) + 1 :] in MEANINGS
    )
    return f"{MEANINGS[kind]}, {MEANINGS[name[len(kind) + 1 :]]}"


def log_odds(sample: Sample, model: StoryModel) -> F64:
    """Same-event log-odds of the pairs of a collection."""
    return np.sum(list(model.contributions(sample.columns).values()), axis=0)


def stories(sample: Sample, model: StoryModel) -> list[int]:
    """Story of each text."""
    left, right = np.triu_indices(sample.event.size, 1)
    wording = divisions.read_wording(sample.words)
    return divisions.divide(wording, left, right, log_odds(sample, model), model.divisions, 0.0).labels.tolist()


def exact(sample: Sample, model: StoryModel) -> bool:
    """Whether a collection comes out exactly as labelled."""
    labels = stories(sample, model)
    both = set(zip(sample.event.tolist(), labels, strict=True))
    return len(both) == len(set(sample.event.tolist())) == len(set(labels))


def score(sample: Sample, model: StoryModel) -> float:
    """B-cubed F1 of a collection."""
    return evaluate(dict(enumerate(sample.event.tolist())), dict(enumerate(stories(sample, model)))).b3_f1


def check(train: list[Sample], test: list[Sample], mixed: dict[str, list[Sample]]) -> dict[str, Any]:
    """Shares of test collections that come out exactly, each by a model fitted on the other topics."""
    right: dict[bool, list[bool]] = {True: [], False: []}
    b3_f1: dict[str, list[float]] = {name: [] for name in mixed}
    for fold in range(FOLDS):
        model = fit([s for s in train if s.topic % FOLDS != fold])
        for sample in test:
            if sample.topic % FOLDS == fold:
                right[sample.is_one_event].append(exact(sample, model))
        for name, samples in mixed.items():
            b3_f1[name] += [score(s, model) for s in samples if s.topic % FOLDS == fold]
    return {
        "two_events_exact": round(float(np.mean(right[False])), 3), "two_event_collections": len(right[False]),
        "one_event_whole": round(float(np.mean(right[True])), 3), "one_event_collections": len(right[True]),
        "unrelated_events_b3_f1": {name: round(float(np.mean(found)), 3) for name, found in b3_f1.items()},
    }  # fmt: skip


def main() -> int:
    """Fit or check."""
    background = terms.load_background()
    sets = {name: read_set(bench_data(), name, background) for name in SETS}
    random = np.random.default_rng(SEED)
    train = [s for events in (2, 1) for s in draw(sets["ecb"], events, SAMPLES, random)]
    train += [s for of in sets.values() for s in mix(of, MIXED, random)]
    apart = read_strangers(bench_data(), background)
    train += [s for of in (*sets.values(), apart) for s in alone(of, STRANGERS, random)]
    if "--check" in sys.argv:
        test = [s for events in (2, 1) for s in draw(sets["ecb"], events, SAMPLES, random)]
        mixed = {name: mix(of, MIXED, random) for name, of in sets.items()}
        mixed |= {f"{of.name}, strangers": alone(of, STRANGERS, random) for of in (*sets.values(), apart)}
        store("small_stories", check(train, test, mixed), "--write" in sys.argv)
        return 0
    about = {
        "about": "collections of up to 12 texts: log-odds of one event for two texts, and of two events for a division",
        "made_by": "benchmarks/fit_small_stories.py",
        "sets": "ECB+ (Cybulska & Vossen 2014), Wikinews sources, BASIL (Fan et al. 2019), Multi-News (Fabbri et al. 2019)",
    }
    document = readable(about | msgspec.to_builtins(fit(train))) + "\n"
    if "--write" in sys.argv:
        MODEL.write_text(document, encoding="utf-8")
    elif document != MODEL.read_text(encoding="utf-8"):
        print(f"{MODEL.name} is not what this script makes", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
