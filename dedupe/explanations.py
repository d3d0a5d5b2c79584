"""Explain a clustering in words: why articles are in one story, and why others are not.

Stories come about by joins and splits, and each was decided by log-odds. An explanation names the two groups of
articles, the words, names, numbers and dates that they share or that only one of them has, and the contributions that
add up to the log-odds. ``explain_collection`` explains a whole collection, ``explain`` two of its articles.
"""

from __future__ import annotations

import difflib
import functools
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.cluster_rows import relate_rows
from dedupe.clustering import Clustering
from dedupe.errors import InputError
from dedupe.kernels import distinct, run_starts
from dedupe.results import Relation
from dedupe.schemas import column_of
from dedupe.stories import splitting
from dedupe.stories.reasons import JoinTree, TermChooser, compare_groups, deciding_joins, telling_terms

MOST_WORDS = 12
"""Most words of each kind that are given."""

_IDS_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class WordsByKind:
    """Words as the articles print them, the rarest first, at most MOST_WORDS of each kind.

    ``dates`` are months, weekdays, years and days of a month; ``words`` are all that are none of the others.
    """

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    """Two groups of articles that were compared: they joined, or a join was refused.

    ``left`` and ``right`` are the ids of the articles of both groups at that time. ``log_odds`` and ``probability`` are
    those of one event, and ``contributions`` are the summands of ``log_odds`` by feature, the largest first.
    ``days_apart`` are the mean days between an article of one group and one of the other, ``days_spanned`` those from
    the first article to the last; both are None if one of the groups has no date.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    log_odds: float
    probability: float
    contributions: Mapping[str, float]
    shared: WordsByKind
    left_only: WordsByKind
    right_only: WordsByKind
    days_apart: float | None
    days_spanned: float | None


@dataclass(frozen=True, slots=True)
class Split:
    """The best split of a group of articles: it was made, or it was refused.

    ``smaller`` and ``larger`` are the ids on both sides, ``smaller_words`` and ``larger_words`` the words that tell the
    articles of a side from the others and that none of the others has, the most telling first. ``log_odds`` and
    ``probability`` are those of one event, as for a ``Join``, and ``contributions`` are the summands of ``log_odds`` by
    reason, the largest first.
    """

    smaller: tuple[str, ...]
    larger: tuple[str, ...]
    log_odds: float
    probability: float
    contributions: Mapping[str, float]
    smaller_words: tuple[str, ...]
    larger_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearestStory:
    """The story that another one is nearest to, and what kept them apart.

    ``kept_apart_by`` is ``story_probability`` or ``story_span``, for the setting that refused the join, or ``split``.
    ``log_odds`` and ``probability`` are those of one event when the two were kept apart.
    """

    story: int
    kept_apart_by: str
    log_odds: float
    probability: float


@dataclass(frozen=True, slots=True)
class ArticleExplanation:
    """How surely an article is in its story. Each copy group is explained by its longest article.

    ``log_odds``, ``probability`` and ``contributions`` are those of the join by which the article is least surely in
    its story; None and empty if no other text is there. ``closest`` is the text of the story that is most like it, None
    if no pair was measured.
    """

    id: str
    story: int
    log_odds: float | None
    probability: float | None
    contributions: Mapping[str, float]
    closest: str | None
    nearest_outside: NearestStory | None


@dataclass(frozen=True, slots=True)
class StoryExplanation:
    """Why a story of two or more texts is one story.

    ``texts`` are the ids of its texts. ``weakest_join`` has the lowest log-odds of the joins that made it.
    ``splits_made`` parted it from other stories, in their order. ``refused_split`` is its best split, None for two
    texts and for stories too large to be judged again. ``refused_join`` is the join with the nearest story, None where
    there is none or a split parted them.
    """

    story: int
    texts: tuple[str, ...]
    weakest_join: Join
    splits_made: tuple[Split, ...]
    refused_split: Split | None
    nearest_outside: NearestStory | None
    refused_join: Join | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two articles are, or are not, in one story.

    ``left_text`` and ``right_text`` are the ids of the longest articles of their groups of copies, which stand for
    them. ``relation`` is their text relation, and ``same_text`` says whether they are in one group of copies.
    ``decided_by`` names the step that decided:

    - ``copies``: they are copies of one text.
    - ``join``: ``join`` brought them into one group. ``split`` is the best split of their story, which was refused.
    - ``split``: ``split`` parted them, after ``join`` had brought them into one group.
    - ``story_probability``, ``story_span``: this setting refused ``join``.
    - ``not_compared``: their groups have so little in common that they were never compared.
    - ``too_short``: a text of fewer words than a shingle stays alone.

    ``shared``, ``left_only``, ``right_only`` and ``days_apart`` compare the two articles themselves. ``days_apart`` is
    None if one of them has no date.
    """

    left: str
    right: str
    left_story: int
    right_story: int
    same_text: bool
    same_story: bool
    relation: Relation | None
    decided_by: str
    left_text: str
    right_text: str
    shared: WordsByKind
    left_only: WordsByKind
    right_only: WordsByKind
    days_apart: float | None
    join: Join | None
    split: Split | None


class CollectionExplanation(NamedTuple):
    """Why the articles of a collection are grouped as they are.

    ``stories``: every story of two or more texts, by number. ``articles``: every distinct text, in canonical order,
    except those shorter than a shingle, which are never compared for stories.
    """

    stories: tuple[StoryExplanation, ...]
    articles: tuple[ArticleExplanation, ...]


def explain_collection(clustering: Clustering) -> CollectionExplanation:
    """Explain every story and every distinct text of a clustering."""
    explainer = _Explainer(clustering)
    stories = explainer.stories()
    closest = explainer.closest_inside()
    articles = tuple(explainer.article(row, closest[row]) for row in range(explainer.labels.size))
    return CollectionExplanation(tuple(sorted(stories, key=lambda explanation: explanation.story)), articles)


def explain(clustering: Clustering, left: str, right: str) -> Explanation:
    """Say why two articles of a clustering, given by their ids, are or are not in one story.

    Raises ``InputError`` for an id that no article has, and for one id given twice.

    >>> from dedupe import Article, cluster
    >>> texts = {"a": "Divers recovered the bell of the ferry.", "b": "It rained in Oslo on Friday night."}
    >>> explain(cluster([Article(name, text=text) for name, text in texts.items()]), "a", "b").decided_by
    'not_compared'
    """
    row_of = {row.id: row for row in clustering.rows}
    for name in (left, right):
        if name not in row_of:
            same_start = [known for known in row_of if name and known.startswith(name)]
            close = (same_start or difflib.get_close_matches(name, row_of))[:_IDS_SUGGESTED]
            hint = (
                f"did you mean {' or '.join(map(repr, close))}?" if close else "give the id of an article that was read"
            )
            raise InputError(f"no article has the id {name!r}; {hint}")
    if left == right:
        raise InputError(f"{left!r} is given twice; give the ids of two articles")
    return _Explainer(clustering).pair(left, right)


class _Compared(NamedTuple):
    """Two groups that were compared, given by their rows, and their features, float64[features]."""

    left: I64
    right: I64
    measured: F64


class _Explainer:
    """What all explanations of a clustering need. A row is a text that was looked at for stories.

    ``labels``: the story of each row as ``Clustering.found`` numbers them, int64[rows]. ``story_of``: the number that
    users see, for each label. ``deciding``: the join by which each row is least surely in its story, int64[rows].
    ``group``: of each row, before any group was split. ``members`` and ``of_group``: the rows of each story and group.
    """

    def __init__(self, clustering: Clustering) -> None:
        evidence, found = clustering.evidence, clustering.found
        self.clustering, self.links, self.found = clustering, evidence.links, found
        self.ids: list[str] = evidence.articles["id"].take(column_of(evidence.linked)).to_pylist()
        self.labels, self.joined = found.labels, found.groups.joined
        story_of = {row.id: row.story for row in clustering.rows}
        self.story_of = dict(zip(self.labels.tolist(), (story_of[name] for name in self.ids), strict=True))
        self.join_odds = self.links.model.join.log_odds(self.joined.measured, self.labels.size)
        self.tree = JoinTree.of_joins(self.labels.size, self.joined.joins)
        self.deciding = deciding_joins(self.labels, self.joined.joins, self.join_odds)
        _, self.group = np.unique(found.groups.labels, return_inverse=True)
        self.members, self.of_group = splitting.members_of(self.labels), splitting.members_of(self.group)
        self.groups = compare_groups(self.links, self.group)

    @functools.cached_property
    def splits_of(self) -> dict[int, list[tuple[splitting.Split, set[int]]]]:
        """The splits that were made of each story, by label, in their order, with the stories on the other side."""
        splits_of: dict[int, list[tuple[splitting.Split, set[int]]]] = defaultdict(list)
        for split in self.found.split.made:
            smaller, larger = set(self.labels[split.smaller].tolist()), set(self.labels[split.larger].tolist())
            for own, other in ((smaller, larger), (larger, smaller)):
                for label in own:
                    splits_of[label].append((split, other))
        return splits_of

    @functools.cached_property
    def chooser(self) -> TermChooser:
        """Chooses the terms that are shown."""
        return TermChooser(self.links.words, self.clustering.evidence.compute)

    @functools.cached_property
    def contributions(self) -> list[dict[str, float]]:
        """What speaks for and against each join."""
        return [self._contributions(measured) for measured in self.joined.measured]

    @functools.cached_property
    def nearest(self) -> dict[int, tuple[NearestStory, int]]:
        """The story nearest to each one, by label, with the place of the refused join in ``groups``, -1 for a split."""
        compared = compare_groups(self.links, self.labels)
        _, first = np.unique(self.labels, return_index=True)
        pairs = compared.nearest(first.size)
        label = np.flatnonzero(pairs >= 0)
        other = compared.left[pairs[label]] + compared.right[pairs[label]] - label
        place = self.groups.find(self.group[first[label]], self.group[first[other]])
        found = zip(label.tolist(), other.tolist(), place.tolist(), strict=True)
        return {label: (self._nearest(label, other, place), place) for label, other, place in found}

    def stories(self) -> list[StoryExplanation]:
        """Explain every story of two or more texts."""
        labels = [label for label, rows in enumerate(self.members) if rows.size > 1]
        weakest = self._joins([self._join(self._weakest(label)) for label in labels])
        refused = [label for label in labels if label in self.nearest and self.nearest[label][1] >= 0]
        sides = [self._refused(self.members[label][0], self.nearest[label][1]) for label in refused]
        refused_join = dict(zip(refused, self._joins(sides), strict=True))
        return [
            self._story(label, weakest_join, refused_join.get(label))
            for label, weakest_join in zip(labels, weakest, strict=True)
        ]

    def _story(self, label: int, weakest: Join, refused_join: Join | None) -> StoryExplanation:
        """Explain a story of two or more texts."""
        refused = self.found.split.refused.get(label)
        nearest, _ = self.nearest.get(label, (None, -1))
        return StoryExplanation(
            story=self.story_of[label],
            texts=self._names(self.members[label]),
            weakest_join=weakest,
            splits_made=tuple(self._split(split) for split, _ in self.splits_of.get(label, ())),
            refused_split=self._split(refused) if refused else None,
            nearest_outside=nearest,
            refused_join=refused_join,
        )

    def article(self, row: int, closest: int) -> ArticleExplanation:
        """Explain one text. ``closest``: the row of its story that is most like it, -1 if there is none."""
        deciding = int(self.deciding[row])
        contributions = self.contributions[deciding] if deciding >= 0 else {}
        log_odds = sum(contributions.values()) if contributions else None
        nearest, _ = self.nearest.get(int(self.labels[row]), (None, -1))
        return ArticleExplanation(
            id=self.ids[row],
            story=self.story_of[int(self.labels[row])],
            log_odds=log_odds,
            probability=None if log_odds is None else _probability(log_odds),
            contributions=contributions,
            closest=self.ids[closest] if closest >= 0 else None,
            nearest_outside=nearest,
        )

    def closest_inside(self) -> list[int]:
        """The row of its story that is most like each row (ties: the lowest), -1 where no pair was measured."""
        pairs, value = self.links.pairs, self.links.columns["similarity"]
        inside = np.flatnonzero(self.labels[pairs.left] == self.labels[pairs.right])
        ends = np.concatenate((pairs.left[inside], pairs.right[inside]))
        others = np.concatenate((pairs.right[inside], pairs.left[inside]))
        best_first = np.lexsort((others, -np.tile(value[inside], 2), ends))
        best = best_first[run_starts(ends[best_first])]
        closest = np.full(self.labels.size, -1, np.int64)
        closest[ends[best]] = others[best]
        return closest.tolist()

    def pair(self, left: str, right: str) -> Explanation:
        """Explain two articles."""
        articles = self.clustering.evidence.articles
        rows = {row.id: row for row in self.clustering.rows}
        texts = {rows[name].copy_group: place for place, name in enumerate(self.ids)}
        groups = rows[left].copy_group, rows[right].copy_group
        one, two = texts.get(groups[0], -1), texts.get(groups[1], -1)
        at = {name: place for place, name in enumerate(articles["id"].to_pylist()) if name in (left, right)}
        [relation] = relate_rows(
            self.clustering.evidence, self.clustering.settings, np.array([at[left]]), np.array([at[right]])
        )
        decided_by, join, split = ("copies", None, None) if groups[0] == groups[1] else self._decision(one, two)
        is_comparable = min(one, two) >= 0 and one != two
        sides = np.array([one]), np.array([two])
        [words] = self._words([sides]) if is_comparable else [(WordsByKind(),) * 3]
        shared, left_only, right_only = words
        days = [rows[name].published_at for name in (left, right)]
        days_apart = abs((days[0].date() - days[1].date()).days) if days[0] and days[1] else None
        return Explanation(
            left=left,
            right=right,
            left_story=rows[left].story,
            right_story=rows[right].story,
            same_text=groups[0] == groups[1],
            same_story=rows[left].story == rows[right].story,
            relation=relation,
            decided_by=decided_by,
            left_text=self.ids[one] if one >= 0 else left,
            right_text=self.ids[two] if two >= 0 else right,
            shared=shared,
            left_only=left_only,
            right_only=right_only,
            days_apart=None if days_apart is None else float(days_apart),
            join=join,
            split=split,
        )

    def _decision(self, one: int, two: int) -> tuple[str, Join | None, Split | None]:
        """What decided whether two rows are in one story (-1: a text that was not looked at), with its evidence."""
        if min(one, two) < 0:
            return "too_short", None, None
        number = self.tree.uniting_join(one, two)
        if number < 0:
            place = int(self.groups.find(self.group[one], self.group[two]))
            if place < 0:
                return "not_compared", None, None
            [refused_join] = self._joins([self._refused(one, place)])
            return self._refused_by(place), refused_join, None
        [join] = self._joins([self._join(number, one)])
        label = int(self.labels[one])
        if label != self.labels[two]:
            return "split", join, self._split(self._parting_split(label, int(self.labels[two])))
        refused = self.found.split.refused.get(label)
        return "join", join, self._split(refused) if refused else None

    def _weakest(self, label: int) -> int:
        """The join with the lowest log-odds of those that made a story."""
        joins = distinct(self.deciding[self.members[label]])
        return int(joins[np.argmin(self.join_odds[joins])])

    def _nearest(self, label: int, other: int, place: int) -> NearestStory:
        """What kept a story and its nearest one apart. ``place``: of their groups in ``groups``, -1 if it is one."""
        if place < 0:
            kept_apart_by, log_odds = "split", -self._parting_split(label, other).log_odds
        else:
            kept_apart_by, log_odds = self._refused_by(place), float(self.groups.log_odds[place])
        return NearestStory(self.story_of[other], kept_apart_by, log_odds, _probability(log_odds))

    def _refused_by(self, place: int) -> str:
        """The setting that refused to join two groups. ``place``: of them in ``groups``."""
        return "story_span" if self.groups.span[place] > self.links.span else "story_probability"

    def _parting_split(self, one: int, two: int) -> splitting.Split:
        """The split that put two stories of one group on two sides."""
        return next(split for split, other_side in self.splits_of[one] if two in other_side)

    def _join(self, number: int, left: int | None = None) -> _Compared:
        """A join by its number. ``left``: a row that the left group has."""
        one, two = (self.tree.members(side) for side in self.tree.sides[number].tolist())
        if left is not None and left not in one:
            one, two = two, one
        return _Compared(one, two, self.joined.measured[number])

    def _refused(self, left: int, place: int) -> _Compared:
        """A refused join by its place in ``groups``. ``left``: a row that the left group has."""
        own = self.group[left]
        other = self.groups.left[place] + self.groups.right[place] - own
        return _Compared(self.of_group[own], self.of_group[other], self.groups.measured[place])

    def _joins(self, compared: list[_Compared]) -> list[Join]:
        """Explain several comparisons."""
        words = self._words([(left, right) for left, right, _ in compared])
        return [self._compared(*groups, *of_groups) for groups, of_groups in zip(compared, words, strict=True)]

    def _compared(
        self,
        left: I64,
        right: I64,
        measured: F64,
        shared: WordsByKind,
        left_only: WordsByKind,
        right_only: WordsByKind,
    ) -> Join:
        """Explain a comparison by the features of both groups and their words."""
        contributions = self._contributions(measured)
        log_odds = sum(contributions.values())
        days = [self.links.day[rows] for rows in (left, right)]
        known = [some[~np.isnan(some)] for some in days]
        is_dated = bool(known[0].size and known[1].size)
        together = np.concatenate(known)
        return Join(
            left=self._names(left),
            right=self._names(right),
            log_odds=log_odds,
            probability=_probability(log_odds),
            contributions=contributions,
            shared=shared,
            left_only=left_only,
            right_only=right_only,
            days_apart=float(np.abs(known[0][:, None] - known[1]).mean()) if is_dated else None,
            days_spanned=float(np.ptp(together)) if is_dated else None,
        )

    def _split(self, split: splitting.Split) -> Split:
        rows = np.sort(np.concatenate((split.smaller, split.larger)))
        smaller = np.isin(rows, split.smaller)
        smaller_words, larger_words = telling_terms(self.links.words, rows, smaller, MOST_WORDS)
        return Split(
            smaller=self._names(split.smaller),
            larger=self._names(split.larger),
            log_odds=-split.log_odds,
            probability=_probability(-split.log_odds),
            contributions=_largest_first({name: -value for name, value in split.contributions.items()}),
            smaller_words=smaller_words,
            larger_words=larger_words,
        )

    def _words(self, pairs: list[tuple[I64, I64]]) -> list[tuple[WordsByKind, WordsByKind, WordsByKind]]:
        """The words that two groups share, and those that only the left or the right one has, for pairs of groups."""
        found = self.chooser.compare(pairs, MOST_WORDS)
        return [(WordsByKind(*both), WordsByKind(*left), WordsByKind(*right)) for both, left, right in found]

    def _contributions(self, measured: F64) -> dict[str, float]:
        return _largest_first(self.links.model.join.contributions(measured, self.labels.size))

    def _names(self, rows: I64) -> tuple[str, ...]:
        return tuple(self.ids[row] for row in rows.tolist())


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _largest_first(contributions: Mapping[str, float]) -> dict[str, float]:
    """Contributions other than 0, ordered by absolute value, the largest first (ties: by name)."""
    known = ((name, value) for name, value in contributions.items() if value)
    return dict(sorted(known, key=lambda item: (-abs(item[1]), item[0])))
