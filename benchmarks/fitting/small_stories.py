"""Fit the model that divides small collections, and check it on topics it has not seen.

    python -m benchmarks.fitting.small_stories [--check] [--write]

Draws seeded small collections: two events of one ECB+ topic (the one corpus with labelled confusable events), one ECB+
event, both also in the company of articles on other topics, and one to four unrelated events of any of the four sets.
``--check`` fits on three quarters of the ECB+ topics and counts, on the last quarter, how often two events come out exactly
and one event stays whole; four times, so that every topic is checked once; and scores unrelated events drawn anew. Without
it the model is fitted on all topics and compared with dedupe/data/small_story_model.json; ``--write`` writes it there.
Needs ``pip install '.[fit]'``.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from benchmarks.common import bench_data, keep_figures, readable
from benchmarks.corpora import SETS, StorySet, read_set, read_strangers, same_grouping, small, strangers, undated
from benchmarks.fitting.search import NO_SEARCH, Ways, fit_search, judge_by_all_ways, right_parts, ways
from dedupe.arrays import F64, I64, Bools
from dedupe.evaluation import evaluate
from dedupe.stories import splitting
from dedupe.stories.candidates import CandidatePairs
from dedupe.stories.models import PairFeature, PairModel, SmallStoryModel, load_model, with_time_features
from dedupe.stories.scoring import find_topics, score_texts
from dedupe.stories.split_search import MOST_COMPARED
from dedupe.stories.topic_features import measure_topic_features
from dedupe.text import terms
from dedupe.text.background import load_background

MODEL = Path(splitting.__file__).parent / "data" / "small_story_model.json"
SEED, SAMPLES, CHECKED, IN_COMPANY, MIXED, STRANGERS, FOLDS = 21, 1000, 2000, 500, 165, 200, 4
COMPANY = 1, 6
"""Articles on other topics (from, to) in a collection that is drawn in company."""
ONE_EVENT = (2, 6), (2, MOST_COMPARED)
"""Articles of one event (from, to), half of the collections each: with 6 at most, 7 articles would be two events."""
TWO_IN_COMPANY = (2, 5)
LARGER = 30
"""Texts in the larger of the collections drawn."""
LARGE_COMPANY = 9, 24
"""The same as COMPANY, for collections larger than those fitted: not of the fold alone, which has ten topics."""
FEATURES = (
    *("words", "rare_words_beyond_average", "lead_of_best", "lead_of_lesser_best", "lead_beyond_average"),
    *("rare_lead_of_best", "rare_lead_of_lesser_best", "names", "names_of_lesser_best", "numbers"),
    *(
        "topic_conditioned_words_of_best",
        "topic_conditioned_words_of_lesser_best",
        "topic_conditioned_words_beyond_average",
    ),
    *(
        "topic_conditioned_shared_words_of_best",
        "topic_conditioned_names",
        "topic_conditioned_names_of_best",
        "topic_conditioned_names_of_lesser_best",
    ),
    *(
        "topic_conditioned_names_beyond_average",
        "topic_conditioned_shared_names_of_best",
        "topic_conditioned_shared_names_of_lesser_best",
    ),
    *("days_and_months", "words_of_shorter", "times_longer"),
)
"""What was left of all columns of ``small_features.measure_topic_features`` after dropping, one by one, those that --check does not miss."""
CLIP = 5.0
"""Log-odds beyond this count as this."""
SERIES = (
    PairFeature("same_words_other_numbers", -24.0, "nearly the same words with other numbers: two days of one series"),
    PairFeature(
        "same_words_other_dates", -8.0, "nearly the same words naming other days of a month: two days of one series"
    ),
)
"""Chosen as in fit_stories.py, and added to what is fitted: no collection drawn here holds a series. All else that two days
of one series have in common comes to log-odds of up to 16."""
ONE_EVENT_WEIGHT = 0.42
"""Weight of groups of one event, chosen: --check finds one event of 2 to 6 articles whole in 94.6 of 100, about the 95 that
are wanted. More joins two events, less parts one. From .45 on the two summits of the seeds are joined (seeds/README.md)."""
TOPIC_CUT = -0.5
"""Log-odds of one topic from which texts are joined: what is joined wrongly can still be parted. 0 parts more of two events
on one topic right in company (.003), and fewer alone (.01)."""
MEANINGS = {
    "words": "shared words", "rare_words": "shared rare words", "lead": "shared words of the leads",
    "rare_lead": "shared rare words of the leads", "names": "shared names",
    "numbers": "shared numbers", "days_and_months": "shared weekdays and months",
    "topic_conditioned_words": "shared words that few others have", "topic_conditioned_shared_words": "the same, without words of one text only",
    "topic_conditioned_names": "shared names that few others have", "topic_conditioned_shared_names": "the same, without names of one text only",
    "words_of_shorter": "words of the shorter text (logarithm)", "times_longer": "how much longer the other text is (logarithm)",
    "of_best": "against the best match of either", "of_lesser_best": "against the weaker of the two best matches",
    "beyond_average": "beyond what both have with the others on average",
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A small collection with its pair features and its gold labels. Topics of ``fold`` are checked together."""

    words: terms.Terms
    pairs: CandidatePairs
    columns: dict[str, F64]
    event: npt.NDArray[np.str_]
    topic: npt.NDArray[np.str_]
    fold: int


@dataclass(frozen=True)
class Group:
    """Some texts of a sample, its ``rows``, found to be on one topic, with their pair features among themselves."""

    of: Sample
    wording: splitting.StoryTerms
    rows: I64
    columns: dict[str, F64]

    @property
    def event(self) -> npt.NDArray[np.str_]:
        return self.of.event[self.rows]

    @property
    def is_one_event(self) -> bool:
        return len(set(self.event.tolist())) == 1


def same(labels: npt.NDArray[np.str_]) -> Bools:
    """Whether two texts are labelled alike, for each pair."""
    left, right = np.triu_indices(labels.size, 1)
    return labels[left] == labels[right]


def sample(of: StorySet, rows: I64, number: int, most: int = MOST_COMPARED) -> Sample:
    """Some rows of a set, at ``most`` so many, as a small collection, the ``number``th. An event without a topic is one."""
    rows = np.sort(rows)[:most]
    words = of.words.take(rows)
    topic = np.where(of.topic[rows] == "", of.event[rows], of.topic[rows])
    measured = measure_topic_features(words, np.zeros(rows.size, np.int64))
    return Sample(words, *measured, of.event[rows], topic, int(of.topic[rows[0]] or number) % FOLDS)


def draw(
    of: StorySet,
    events: int,
    count: int,
    random: np.random.Generator,
    sizes: tuple[int, int] = (2, 6),
    company: tuple[int, int] = (0, 0),
    most: int = MOST_COMPARED,
) -> list[Sample]:
    """Collections of at ``most`` so many articles: so many (from, to) on one event or on each of two confusable ones, and
    so many on other topics."""
    found: list[Sample] = []
    for drawn in small(of, np.arange(of.event.size), events, count, random, sizes):
        rows = drawn[: most - company[0]]
        others = int(random.integers(company[0], min(company[1], most - rows.size) + 1))
        if others:
            rows = np.concatenate((rows, on_other_topics(of, of.topic[rows[0]], others, random)))
        found.append(sample(of, rows, len(found), most))
    return found


def on_other_topics(of: StorySet, topic: str, count: int, random: np.random.Generator) -> I64:
    """So many articles on other topics, no two on one topic; of the same fold, where it has so many."""
    others = np.array([one for one in np.unique(of.topic).tolist() if one != topic])
    of_fold = others[(others.astype(np.int64) - int(topic)) % FOLDS == 0]
    allowed = of_fold if of_fold.size >= count else others
    return strangers(of, np.flatnonzero(np.isin(of.topic, allowed)), random, (count, count))


def mix(of: StorySet, count: int, random: np.random.Generator) -> list[Sample]:
    """Collections of one to four unrelated events (ECB+: of different topics), one to four articles of each."""
    found: list[Sample] = []
    while len(found) < count:
        chosen: dict[str, I64] = {}
        for event in random.choice(np.unique(of.event), int(random.integers(2, 5)), False).tolist():
            rows = np.flatnonzero(of.event == event)
            drawn = random.choice(rows, min(rows.size, int(random.integers(1, 5))), False)
            chosen.setdefault(of.topic[rows[0]] or event, drawn)
        rows = np.concatenate(list(chosen.values()))
        if rows.size > 1:
            found.append(sample(of, rows, len(found)))
    return found


def alone(of: StorySet, count: int, random: np.random.Generator) -> list[Sample]:
    """Collections of articles no two of which report one event (ECB+: nor are on one topic): half of 2 to 12, half of 2 to
    30, whose many pairs tell what of unrelated articles is alike by chance."""
    everyone, half = np.arange(of.event.size), count // 2
    sizes = [MOST_COMPARED] * half + [LARGER] * half
    return [sample(of, strangers(of, everyone, random, (2, most)), i, most) for i, most in enumerate(sizes)]


def training(sets: Mapping[str, StorySet], apart: StorySet) -> list[Sample]:
    """What a model is fitted on. Without ECB+, alike events are taken from the other sets (``confusable``)."""
    random = np.random.default_rng(SEED)
    alike = [sets["ecb"]] if "ecb" in sets else list(sets.values())
    found: list[Sample] = []
    for of in alike:
        found += draw(of, 2, SAMPLES // len(alike), random)
        for sizes in ONE_EVENT:
            found += draw(of, 1, SAMPLES // len(alike) // 2, random, sizes)
    found += [one for of in sets.values() for one in mix(of, MIXED, random)]
    found += [one for of in (*sets.values(), apart) for one in alone(of, STRANGERS, random)]
    if "ecb" in sets:
        found += draw(sets["ecb"], 2, IN_COMPANY, random, TWO_IN_COMPANY, COMPANY)
        for sizes in ONE_EVENT:
            found += draw(sets["ecb"], 1, IN_COMPANY // 2, random, sizes, COMPANY)
    return found


def logistic(columns: F64, target: Bools, weight: F64, strength: float) -> tuple[F64, float]:
    """Weights and intercept per unit of the unscaled columns."""
    scaler = StandardScaler().fit(columns)
    fitted = LogisticRegression(C=strength, max_iter=2000, tol=1e-8).fit(scaler.transform(columns), target, weight)
    weights = fitted.coef_[0] / scaler.scale_
    return weights, float(fitted.intercept_[0] - weights @ scaler.mean_)


def fit(samples: list[Sample]) -> SmallStoryModel:
    """Weights of pairs on one topic, and then, topic by topic, those of pairs on one event and those of a division."""
    of_topics = fit_pairs([(one.columns, same(one.topic)) for one in samples], -TOPIC_CUT)
    groups = [group for one in samples for group in groups_of(one, of_topics)]
    pairs = fit_pairs([(one.columns, same(one.event)) for one in groups])
    model = SmallStoryModel(
        pairs.intercept, pairs.features, -CLIP, splitting.SplitModel(CLIP, NO_SEARCH, 0.0, ()), of_topics
    )
    whole = [ways_of(one, model, np.arange(one.rows.size)) for one in groups]
    weight = [one.rows.size / one.of.event.size * (ONE_EVENT_WEIGHT if one.is_one_event else 1) for one in groups]
    search, _ = fit_search(whole, np.array(weight))
    parts = [
        right_parts(np.arange(one.rows.size), every, search, functools.partial(ways_of, one, model, is_part=True))
        for one, every in zip(groups, whole, strict=True)
    ]
    weight += [share / len(own) for own, share in zip(parts, weight, strict=True) for _ in own]
    fitted = fit_search(whole + [every for own in parts for every in own], np.array(weight))
    features = (*model.features, *SERIES)
    return msgspec.structs.replace(model, features=features, splits=judge_by_all_ways(*fitted, CLIP))


def groups_of(one: Sample, of_topics: PairModel) -> list[Group]:
    """The topics of a collection that have two texts or more, and not too many for every division to be compared."""
    topic = find_topics(one.event.size, one.pairs, one.columns, of_topics, CLIP)
    wording = splitting.weigh_story_terms(one.words)
    pairs, columns = measure_topic_features(one.words, topic)
    found: list[Group] = []
    for number in np.unique(topic[pairs.left]).tolist():
        rows, own = np.flatnonzero(topic == number), topic[pairs.left] == number
        if rows.size <= MOST_COMPARED:
            found.append(Group(one, wording, rows, {name: values[own] for name, values in columns.items()}))
    return found


def fit_pairs(collections: list[tuple[dict[str, F64], Bools]], added: float = 0.0) -> PairModel:
    """Weights of the pairs of collections, from their columns and whether they are the same; ``added`` to the intercept."""
    pairs = np.concatenate([np.column_stack([columns[name] for name in FEATURES]) for columns, _ in collections])
    share = np.concatenate([np.full(same.size, 1 / same.size) for _, same in collections])
    same = np.concatenate([same for _, same in collections])
    weights, intercept = logistic(pairs, same, share / share.mean(), 0.1)
    features = tuple(
        PairFeature(name, round(float(weight), 3), meaning(name))
        for name, weight in zip(FEATURES, weights, strict=True)
    )
    return PairModel(round(intercept + added, 3), features)


def ways_of(group: Group, model: SmallStoryModel, own: I64, is_part: bool = False) -> Ways:
    """Every division of some texts of a group."""
    odds = np.zeros((group.rows.size, group.rows.size))
    odds[np.triu_indices(group.rows.size, 1)] = np.clip(model.log_odds(group.columns), -CLIP, CLIP)
    return ways(group.wording, group.rows[own], (odds + odds.T)[np.ix_(own, own)], group.event[own], is_part)


def meaning(name: str) -> str:
    """What a feature says, in words."""
    if name in MEANINGS:
        return MEANINGS[name]
    kind = next(
        k for k in sorted(MEANINGS, key=len, reverse=True) if name.startswith(k) and name[len(k) + 1 :] in MEANINGS
    )
    return f"{MEANINGS[kind]}, {MEANINGS[name[len(kind) + 1 :]]}"


def stories(one: Sample, model: SmallStoryModel) -> I64:
    """Story of each text."""
    return score_texts(one.words, undated(one.event.size), with_time_features(load_model(), model)).split(0.5).labels


def score(one: Sample, model: SmallStoryModel) -> float:
    """B-cubed F1 of a collection."""
    return evaluate(dict(enumerate(one.event.tolist())), dict(enumerate(stories(one, model).tolist()))).b3_f1


def check(train: list[Sample], drawn: dict[str, list[Sample]], mixed: dict[str, list[Sample]]) -> dict[str, Any]:
    """Shares of collections ``drawn`` that come out exactly and scores of those ``mixed``, each by a model fitted on the
    other topics."""
    right: dict[str, list[bool]] = {name: [] for name in drawn}
    b3_f1: dict[str, list[float]] = {name: [] for name in mixed}
    for fold in range(FOLDS):
        model = fit([one for one in train if one.fold != fold])
        for name, samples in drawn.items():
            right[name] += [same_grouping(one.event, stories(one, model)) for one in samples if one.fold == fold]
        for name, samples in mixed.items():
            b3_f1[name] += [score(one, model) for one in samples if one.fold == fold]
    shares: dict[str, Any] = {name: round(float(np.mean(found)), 3) for name, found in right.items()}
    return shares | {
        "collections_of_each": CHECKED,
        "unrelated_events_b3_f1": {name: round(float(np.mean(found)), 3) for name, found in b3_f1.items()},
    }


def main() -> int:
    """Fit or check."""
    background = load_background()
    sets = {name: read_set(bench_data(), name, background) for name in SETS}
    apart = read_strangers(bench_data(), background)
    train = training(sets, apart)
    if "--check" in sys.argv:
        random, ecb = np.random.default_rng([SEED, 1]), sets["ecb"]
        drawn = {
            "two_events_exact": draw(ecb, 2, CHECKED, random),
            "one_event_whole": draw(ecb, 1, CHECKED, random),
            "one_event_of_7_to_12_whole": draw(ecb, 1, CHECKED, random, (7, MOST_COMPARED)),
            "two_events_in_company_exact": draw(ecb, 2, CHECKED, random, TWO_IN_COMPANY, COMPANY),
            "one_event_in_company_exact": draw(ecb, 1, CHECKED, random, (2, 6), COMPANY),
            "two_events_of_30_exact": draw(ecb, 2, CHECKED, random, (2, 6), LARGE_COMPANY, LARGER),
            "one_event_of_30_exact": draw(ecb, 1, CHECKED, random, (2, 6), LARGE_COMPANY, LARGER),
        }
        mixed = {name: mix(of, MIXED, random) for name, of in sets.items()}
        mixed |= {f"{of.name}, strangers": alone(of, STRANGERS, random) for of in (*sets.values(), apart)}
        keep_figures("small_stories", check(train, drawn, mixed), "--write" in sys.argv)
        return 0
    about = {
        "about": "small collections: log-odds of one topic and, on one topic, of one event for two texts, and of "
        "two events for a division",
        "made_by": "benchmarks/fitting/small_stories.py",
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
