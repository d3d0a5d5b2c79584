"""Why articles are in one story or in two: the joins that decided, how groups compare, and the terms they share.

Nothing here decides anything. The joins of a collection are read again, groups are measured once more in the way in
which ``joining`` measures them, and terms are weighed to choose those worth showing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dedupe.arrays import F64, I64, U32, Bools
from dedupe.kernels import SERIAL, Compute, ranges, run_starts
from dedupe.kernels.records import LEAST_OUTWARD, Joined
from dedupe.parallel import in_threads
from dedupe.stories.finding import StoryEvidence
from dedupe.stories.joining import MEANS, JoinModel
from dedupe.stories.split_search import group_terms, shared_terms
from dedupe.stories.splitting import parting_terms
from dedupe.text.terms import Terms


@dataclass(frozen=True, slots=True)
class JoinTree:
    """The joins of a collection as a tree.

    Node r is the article of row r alone, and node ``rows`` + i the group that join i made. ``sides``: the two nodes
    that each join joined, int64[joins, 2]. ``parent``: the node that each node was joined to, -1 for the groups that
    were left, int64[rows + joins].
    """

    rows: int
    sides: I64
    parent: I64

    @classmethod
    def of_joins(cls, rows: int, joins: I64) -> JoinTree:
        """The tree of joins given by the first members of both groups, as ``Joined.joins`` has them."""
        node = list(range(rows))
        sides = np.empty((len(joins), 2), np.int64)
        parent = np.full(rows + len(joins), -1, np.int64)
        for number, (low, high) in enumerate(joins.tolist()):
            sides[number] = node[low], node[high]
            parent[sides[number]] = node[low] = rows + number
        return cls(rows, sides, parent)

    def members(self, node: int) -> I64:
        """The rows of a node, ascending."""
        found, waiting = [], [node]
        while waiting:
            node = waiting.pop()
            if node < self.rows:
                found.append(node)
            else:
                waiting += self.sides[node - self.rows].tolist()
        return np.sort(np.array(found, np.int64))

    def uniting_join(self, one: int, two: int) -> int:
        """The number of the join that brought two rows into one group, -1 if none did."""
        above = set()
        while one >= 0:
            above.add(one)
            one = int(self.parent[one])
        while two >= 0 and two not in above:
            two = int(self.parent[two])
        return two - self.rows if two >= 0 else -1


def deciding_joins(labels: I64, joins: I64, log_odds: F64) -> I64:
    """The join by which each row is least surely in its story: int64[rows], -1 for a row that is alone in its story.

    It has the least log-odds of the joins that brought the row to the larger part of its story: where two groups join,
    that counts for the rows of the smaller one, or of both if they are of one size. Only rows of the story count.

    ``labels``: the story of each row, int64[rows]. ``joins``: the first members of both groups, int64[joins, 2], the
    lower one first; ``log_odds``: float64[joins].
    """
    deciding, least = np.full(labels.size, -1, np.int64), np.full(labels.size, np.inf)
    # The rows of each story in each group of two rows or more, by the first member of the group.
    members: dict[int, dict[int, list[int]]] = {}
    story_of = labels.tolist()
    for number, ((low, high), of_join) in enumerate(zip(joins.tolist(), log_odds.tolist(), strict=True)):
        sides = (members.pop(side, {story_of[side]: [side]}) for side in (low, high))
        few, many = sorted(sides, key=len)
        for story, own in few.items():
            their = many.get(story, [])
            smaller, larger = sorted((own, their), key=len)
            if smaller:
                newly_judged = [*smaller, *larger] if len(smaller) == len(larger) else smaller
                rows = np.array(newly_judged)
                rows = rows[of_join < least[rows]]
                least[rows], deciding[rows] = of_join, number
            larger += smaller
            many[story] = larger
        members[low] = many
    return deciding


def story_probabilities(labels: I64, joined: Joined, model: JoinModel, collection: int) -> F64:
    """How surely each article belongs to its story, float64[rows]; NaN for an article that is alone in its story.

    It is the probability of the article's deciding join. ``labels``: the story of each article, int64[rows].
    ``collection``: how many articles the collection has.
    """
    log_odds = model.log_odds(joined.measured, collection)
    deciding = deciding_joins(labels, joined.joins, log_odds)
    probability = np.full(deciding.size, np.nan)
    is_judged = deciding >= 0
    probability[is_judged] = 1 / (1 + np.exp(-log_odds[deciding[is_judged]]))
    return probability


@dataclass(frozen=True, slots=True)
class ComparedGroups:
    """Pairs of groups between which at least one candidate pair of articles was measured, sorted by left and right.

    ``left``, ``right``: numbers of the groups, int64[pairs], ``left < right``. ``measured``: the features of a join of
    both, float64[pairs, features]. ``log_odds``: of one event, float64[pairs]. ``span``: days from the first article to
    the last of both together, float64[pairs], 0 where either has no date.
    """

    left: I64
    right: I64
    measured: F64
    log_odds: F64
    span: F64

    def find(self, one: I64, two: I64) -> I64:
        """The places of pairs of groups, int64[pairs], -1 for groups that were never compared."""
        groups = 1 + max(self.right.max(initial=0), np.max(one, initial=0), np.max(two, initial=0))
        known = np.append(self.left * groups + self.right, -1)
        wanted = np.minimum(one, two) * groups + np.maximum(one, two)
        place = np.searchsorted(known[:-1], wanted)
        return np.where(known[place] == wanted, place, -1)

    def nearest(self, groups: int) -> I64:
        """The pair with the highest log-odds of each group, int64[groups], -1 for a group without pairs."""
        ends, pair = np.concatenate((self.left, self.right)), np.tile(np.arange(self.left.size), 2)
        order = np.lexsort((pair, -self.log_odds[pair], ends))
        first = order[run_starts(ends[order])]
        best = np.full(groups, -1, np.int64)
        best[ends[first]] = pair[first]
        return best


def telling_terms(words: Terms, rows: I64, side: Bools, most: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The terms that best tell either side of a split from the other, without those that the other has too, as printed.

    ``rows``: of the group that was split, ascending. ``side``: which of them are on the first side, bool[texts]. At
    most ``most`` terms are given for each side.
    """
    shared = shared_terms(words, group_terms(words, rows))

    def of_side(own: Bools) -> tuple[str, ...]:
        parting = parting_terms(shared, own)
        alone = parting[~shared.has[np.ix_(~own, parting)].any(axis=0)][:most]
        return tuple(words.printed[term] for term in shared.term[alone].tolist())

    return of_side(side), of_side(~side)


def compare_groups(evidence: StoryEvidence, group: I64) -> ComparedGroups:
    """Measure all pairs of groups as ``joining`` would measure a join of them.

    ``group``: of each article of the evidence, int64[rows], numbered from 0 without gaps.
    """
    pairs, columns, day = evidence.pairs, evidence.columns, evidence.day
    size = np.bincount(group).astype(np.float64)
    left, right = group[pairs.left], group[pairs.right]
    inside, across = np.flatnonzero(left == right), np.flatnonzero(left != right)
    shares = np.column_stack([columns["share_left"], columns["share_right"]])
    kept = np.bincount(left[inside], shares[inside].sum(axis=1), size.size)
    to_lower = np.where((left > right)[:, None], shares[:, ::-1], shares)[across]
    code = np.minimum(left, right)[across] * size.size + np.maximum(left, right)[across]
    distinct, place = np.unique(code, return_inverse=True)
    low, high = distinct // size.size, distinct % size.size

    def summed(values: F64) -> F64:
        return np.asarray(np.bincount(place, values, distinct.size), np.float64)

    measured = [summed(columns[name][across]) / (size[low] * size[high]) for name in MEANS]
    outward = np.maximum(size - kept, LEAST_OUTWARD * size)
    measured.append(np.maximum(summed(to_lower[:, 0]) / outward[low], summed(to_lower[:, 1]) / outward[high]))
    measured.append(np.log(np.maximum(size[low], size[high])))
    apart, span = _compare_days(day, group, low, high, evidence.far_days)
    measured.append(apart)
    features = np.column_stack(measured)
    return ComparedGroups(low, high, features, evidence.model.join.log_odds(features, group.size), span)


def _compare_days(day: F64, group: I64, low: I64, high: I64, far_days: float) -> tuple[F64, F64]:
    """Compare the days of pairs of groups: float64[pairs] each.

    The first result is the mean of log(1 + days apart) over all pairs of dated articles across, 0 if there is none; the
    second is the days from the first article of both to the last, 0 where no day is known.
    """
    size = np.bincount(group)
    dated = np.flatnonzero(~np.isnan(day))
    # The distinct days of each group, and how many articles have them.
    distinct, articles = np.unique(np.column_stack((group[dated], day[dated])), axis=0, return_counts=True)
    of_group, of_day = distinct[:, 0].astype(np.int64), distinct[:, 1]
    days = np.bincount(of_group, minlength=size.size)
    first = np.cumsum(days) - days
    pairs = days[low] * days[high]
    pair, place = np.repeat(np.arange(low.size), pairs), ranges(np.zeros(low.size, np.int64), pairs)
    one, other = first[low][pair] + place // days[high][pair], first[high][pair] + place % days[high][pair]
    weight = articles[one] * articles[other]
    logs = np.log1p(np.minimum(far_days, np.abs(of_day[one] - of_day[other]))) * weight
    apart = np.bincount(pair, logs, low.size) / np.maximum(np.bincount(pair, weight, low.size), 1)
    earliest, latest = np.full(size.size, np.inf), np.full(size.size, -np.inf)
    np.minimum.at(earliest, of_group, of_day)
    np.maximum.at(latest, of_group, of_day)
    span = np.maximum(latest[low], latest[high]) - np.minimum(earliest[low], earliest[high])
    return apart, np.maximum(span, 0.0)


KINDS = ("names", "numbers", "dates", "words")
"""Kinds of terms that are shown apart. Dates are months, weekdays, years and days of a month."""

TermsByKind = tuple[tuple[str, ...], ...]
"""Terms of each of KINDS, as they are printed."""

TEXTS_AT_ONCE = 2_000
"""The terms of about so many texts are weighed at once, because each needs some tens of kilobytes then. It changes no
result."""


@dataclass(frozen=True, slots=True)
class _WeighedTerms:
    """The distinct terms of several groups, ascending within each: row i has the terms starts[i]:starts[i + 1].

    ``weight``: the mean weight of each term in its group. ``is_name``: whether it is a name in each text that has it.
    """

    starts: I64
    term: U32
    weight: F64
    is_name: Bools

    def only(self, entries: I64) -> _WeighedTerms:
        """The same groups with only these terms. ``entries``: ascending entry numbers, int64."""
        starts = np.searchsorted(entries, self.starts)
        return _WeighedTerms(starts, self.term[entries], self.weight[entries], self.is_name[entries])


class TermChooser:
    """Chooses the terms that groups of articles share, or that only one has.

    A term weighs as much as it is rare, in general news and in the collection, and as the articles of a group have it
    often and early: idf × the mean of log(1 + 3 × decayed term frequency) over the group. Of two groups, the lower
    weight counts.
    """

    def __init__(self, words: Terms, compute: Compute = SERIAL) -> None:
        self._words, self._compute = words, compute
        self._idf = words.idf()
        # A single letter is what is left of an abbreviation such as U.S.
        self._is_shown = np.array(
            [len(term) > 1 or not (term.isalpha() and term.isascii()) for term in words.vocabulary], bool
        )
        # "May" is a month, "may" is none.
        is_date = words.date | words.weekday | words.year
        self._kind = np.where(is_date, 2, np.where(words.number, 1, 3))
        self._kind_of_name = np.where(is_date | words.month, 2, np.where(words.number, 1, 0))

    def compare(
        self, pairs: Sequence[tuple[I64, I64]], most: int
    ) -> list[tuple[TermsByKind, TermsByKind, TermsByKind]]:
        """The terms that two groups share, those that only the first has, and those that only the second has.

        ``pairs``: of groups, given by their rows, int64. The weightiest terms come first, at most ``most`` of each
        kind.
        """
        batch = np.cumsum([one.size + two.size for one, two in pairs]) // TEXTS_AT_ONCE
        batches = itertools.starmap(slice, itertools.pairwise([*run_starts(batch).tolist(), len(pairs)]))
        found = in_threads(lambda some: self._compare(pairs[some], most), batches, self._compute.threads)
        return list(itertools.chain.from_iterable(found))

    def _compare(
        self, pairs: Sequence[tuple[I64, I64]], most: int
    ) -> Iterator[tuple[TermsByKind, TermsByKind, TermsByKind]]:
        """``compare`` for all pairs at once."""
        both = self._of_groups([rows for pair in pairs for rows in pair])
        first, every = np.arange(0, 2 * len(pairs), 2), np.ones(len(pairs), bool)
        is_shared = self._compute.backend.count_shared(both.starts, both.term, first, first + 1, every, every) > 0
        is_first = np.repeat(np.arange(2 * len(pairs)) % 2 == 0, np.diff(both.starts))
        # What two groups share, as the first one has it, and as the second one has it, in the same order.
        shared, also = both.only(np.flatnonzero(is_shared & is_first)), both.only(np.flatnonzero(is_shared & ~is_first))
        lower = replace(shared, weight=np.minimum(shared.weight, also.weight), is_name=shared.is_name & also.is_name)
        alone = self._by_kind(both.only(np.flatnonzero(~is_shared)), most)
        return zip(self._by_kind(lower, most)[::2], alone[::2], alone[1::2], strict=True)

    def _of_groups(self, groups: Sequence[I64]) -> _WeighedTerms:
        """The terms of some groups, given by their rows."""
        words, texts = self._words, np.array([rows.size for rows in groups])
        rows = np.concatenate(groups)
        sizes = np.diff(words.starts)[rows]
        entries, group = ranges(words.starts[rows], sizes), np.repeat(np.repeat(np.arange(texts.size), texts), sizes)
        is_shown = self._is_shown[words.term[entries]]
        entries, group = entries[is_shown], group[is_shown]
        # The terms of each text are ascending already, and a stable sort is quick then.
        order = np.argsort(group * len(words.vocabulary) + words.term[entries], kind="stable")
        entries = entries[order]
        first = run_starts(group, words.term[entries])
        term, owner = words.term[entries], group[first]
        # A day of a month has no frequency of its own; it counts as if it stood at the top once.
        weight = np.where(words.date[term], np.log(4), np.log1p(3 * words.decayed_tf[entries]))
        return _WeighedTerms(
            np.searchsorted(owner, np.arange(texts.size + 1)),
            term[first],
            (np.add.reduceat(weight, first) if first.size else weight) / texts[owner],
            np.logical_and.reduceat(words.is_name[entries], first) if first.size else words.is_name[entries],
        )

    def _by_kind(self, groups: _WeighedTerms, most: int) -> list[TermsByKind]:
        """The ``most`` weightiest terms of each group and kind."""
        value = groups.weight * self._idf[groups.term]
        kind = np.where(groups.is_name, self._kind_of_name[groups.term], self._kind[groups.term])
        of_kinds = [
            self._weightiest(groups, value, np.flatnonzero(kind == number), most) for number in range(len(KINDS))
        ]
        return list(zip(*of_kinds, strict=True))

    def _weightiest(self, groups: _WeighedTerms, value: F64, entries: I64, most: int) -> list[tuple[str, ...]]:
        """Of some terms, given by their entries, the ``most`` ones with the highest value in each group."""
        starts = np.searchsorted(entries, groups.starts)
        best = entries[self._compute.backend.top_entries(starts, value[entries], most)]
        owner = np.searchsorted(groups.starts, best, side="right") - 1
        printed = [self._words.printed[term] for term in groups.term[best[np.lexsort((-value[best], owner))]].tolist()]
        ends = np.searchsorted(owner, np.arange(groups.starts.size)).tolist()
        return [tuple(printed[begin:end]) for begin, end in itertools.pairwise(ends)]
