"""Assigns a new article to one of the stories of the last days, or to none.

It uses the stages that a collection goes through (``dedupe.stories``: candidate pairs, similarity, joining) on the new
article and the stored articles most like it. The new article is compared with each story as a whole, as two groups are
in a collection. An answer never changes afterwards: a story keeps the row number of its first article as its number,
and two stories are never joined later, nor is one split.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dedupe.arrays import F64, I64
from dedupe.index.storage.rows import DamagedRowError, StoredArticle, StoryEntry
from dedupe.index.storage.store import State, Store
from dedupe.index.stories import term_vectors
from dedupe.index.stories.postings import Postings
from dedupe.settings import FAR_DAYS, Settings
from dedupe.stories import joining
from dedupe.stories.candidates import CandidatePairs, propose_pairs, text_weights
from dedupe.stories.models import load_model
from dedupe.stories.similarity import measure_similarity
from dedupe.stories.sparse import Columns
from dedupe.stories.times import MICROSECONDS_PER_DAY, days_apart
from dedupe.text.background import load_background
from dedupe.text.terms import Terms

NEIGHBOURS = 60
"""Stored articles that a new article is compared with. Over three months of a news desk, 120 have the same mean
pair F1 (0.517 to 0.519) and take about 1.7 times as long."""

CAUTION = 0.5
"""Log-odds that the index asks for beyond the threshold of a collection, because a wrong join cannot be corrected here.

Mean pair F1 and B-cubed F1 over three months of a news desk, in which the collection has 0.602 and 0.905:

    caution   0                0.533   0.884
    caution   0.25             0.524   0.888
    caution   0.5              0.519   0.892
    caution   0.8              0.524   0.895

The middle is kept, for all are within what a month or two decide. Joining the neighbourhood anew for each article, more
neighbours, or means over the near articles of a story alone give 0.50 to 0.54 as well: what costs most is that answers
never change, so that a story which begins in two parts stays in two.

A new index does not ask for more. It joins more among few articles, as a collection does, and the pair F1 on BASIL,
where only a few articles are ever in the window, is 0.99.
"""

_TERM_VECTORS_KEPT = 2_048
"""Term vectors that are kept, about 40 KB each once they are unpacked."""

FetchTermVector = Callable[[int], bytes | None]
"""Returns the packed term vector of a row, None if the row is gone. Raises ``DamagedRowError``."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The story that a new article joins.

    ``story``: its number. ``row``: the row of its article that has most in common with the new one. ``probability``:
    that the new article and the story as a whole report one event.
    """

    story: int
    row: int
    probability: float


class StoryTracker:
    """The stories of one index within the last ``days`` days.

    Every process keeps its own tracker. Its content depends only on the stored rows. ``damaged`` counts story entries
    and term vectors that did not match their checksum. ``end`` is the row number up to which entries have been read.
    """

    def __init__(self, settings: Settings, days: float) -> None:
        self.days = days
        probability = settings.story_probability
        self._least_log_odds = math.log(probability / (1 - probability)) + CAUTION
        self._span, self._far_days = settings.story_span, FAR_DAYS[settings.dates]
        self._model = load_model().join
        self._term_vectors: OrderedDict[int, Terms | bytes] = OrderedDict()  # packed until they are first needed
        self.damaged = 0
        self.restart()

    def restart(self) -> None:
        """Drop everything, as after rows were taken out. The next ``catch_up`` reads all entries again."""
        self._postings = Postings()
        self._rows: list[int] = []
        self._arrived: list[int] = []
        self._entries: dict[int, tuple[int, int | None]] = {}
        self._members: dict[int, list[int]] = {}
        self._term_vectors.clear()
        self.end = self._committed = 0

    # Following the store

    def catch_up(self, store: Store, state: State) -> None:
        """Inside a transaction: add the story entries that other processes have stored since the last call."""
        start = self.end or store.first_arrived_after(self.oldest(state.latest), state)
        # All entries are read before the first is added, so that a read error leaves no half of them behind.
        read = list(store.story_entries(start, state.next))
        story_entries = [entry for entry in read if isinstance(entry, StoryEntry)]
        self.damaged += len(read) - len(story_entries)
        for entry in story_entries:
            self._add_member(entry)
        stored_terms = [(entry.id, term_vectors.unpack_top_terms(entry.top_terms)) for entry in story_entries]
        self._postings.add_stored(stored_terms, self.kept_from)
        self.end = self._committed = state.next

    def add(self, entry: StoryEntry) -> None:
        """Add an entry that is not stored yet. ``undo`` takes it back, ``commit`` says that it is stored."""
        self._postings.add(entry.id, term_vectors.unpack_top_terms(entry.top_terms))
        self._add_member(entry)
        if entry.term_vector:
            self._keep(entry.id, entry.term_vector)

    def _add_member(self, entry: StoryEntry) -> None:
        self._rows.append(entry.id)
        self._arrived.append(entry.arrived)
        self._entries[entry.id] = (entry.story, entry.published)
        self._members.setdefault(entry.story, []).append(entry.id)

    def _remove_member(self, row: int) -> None:
        story, _ = self._entries.pop(row)
        self._members[story].remove(row)
        if not self._members[story]:
            del self._members[story]

    def undo(self) -> None:
        """Take back the entries that were added since the last ``catch_up`` or ``commit``: they were not stored."""
        self._postings.remove_from(self._committed)
        while self._rows and self._rows[-1] >= self._committed:
            row = self._rows.pop()
            self._arrived.pop()
            self._remove_member(row)
            self._term_vectors.pop(row, None)

    def commit(self, end: int) -> None:
        """Note that all entries below row ``end`` are stored, and now and then drop those that are too old."""
        self.end = self._committed = end
        if not self._arrived:
            return
        first = self._first_within_days(self._arrived[-1])
        self._postings.commit(self._rows[first])
        if first > len(self._rows) // 8:
            for row in self._rows[:first]:
                self._remove_member(row)
            del self._rows[:first], self._arrived[:first]

    def oldest(self, arrived: int) -> int:
        """Return the earliest arrival that an article arriving at ``arrived`` is compared with, both in
        microseconds."""
        return arrived - int(self.days * MICROSECONDS_PER_DAY)

    @property
    def kept_from(self) -> int:
        """The row below which story entries are no longer needed; 0 if there are none."""
        return self._rows[self._first_within_days(self._arrived[-1])] if self._rows else 0

    def _first_within_days(self, arrived: int) -> int:
        """Position in ``_rows`` of the first article that one arriving at ``arrived`` is compared with."""
        return bisect_left(self._arrived, self.oldest(arrived))

    # Deciding

    def find_story(
        self,
        packed_terms: term_vectors.PackedTerms,
        published: int | None,
        arrived: int,
        fetch_term_vector: FetchTermVector,
    ) -> Joined | None:
        """Return the story that a new article joins, None if it joins none.

        ``published`` and ``arrived``: times in microseconds since 1970 UTC.
        """
        first = self._first_within_days(arrived)
        articles = len(self._rows) - first
        if not articles:
            return None
        floor = self._rows[first]
        top_terms = term_vectors.unpack_top_terms(packed_terms.top_terms)
        counts = self._postings.document_counts(top_terms.terms, floor)
        nearest = self._postings.nearest(top_terms, counts, floor, articles, NEIGHBOURS)
        neighbours = [
            (row, term_vector) for row in nearest.tolist() if (term_vector := self._term_vector(row, fetch_term_vector))
        ]
        if not neighbours:
            return None
        own = term_vectors.unpack(packed_terms.term_vector)
        terms = term_vectors.merge([own, *(term_vector for _, term_vector in neighbours)], load_background())
        terms = _with_window_counts(terms, own, top_terms, counts, articles)
        return self._choose([row for row, _ in neighbours], terms, published, floor, articles)

    def _choose(self, near: list[int], terms: Terms, published: int | None, floor: int, articles: int) -> Joined | None:
        """Return the story with the highest log-odds (the older one of two equal), None if that is too low.

        ``near``: the rows of the neighbours. ``terms``: of the new article and, behind it, of the neighbours. The
        articles of a story from row ``floor`` on count; those that are not near have nothing in common with any other.
        ``articles``: number of articles in the window.
        """
        stories = sorted({self._entries[row][0] for row in near})
        members = itertools.chain.from_iterable(self._current_members(story, floor) for story in stories)
        rows = list(dict.fromkeys([*near, *members]))
        story = np.searchsorted(stories, [self._entries[row][0] for row in rows])
        day = _whole_days([published, *(self._entries[row][1] for row in rows)])
        pairs, columns = self._measure(terms, day[: terms.rows])
        measured, span = joining.measure_newcomer(story, pairs, columns, day, self._far_days)
        log_odds = self._model.log_odds(measured, articles)
        # As in a collection, the new article can only join a story if it has a candidate pair with one of its articles.
        of_new = pairs.left == 0
        paired = pairs.right[of_new] - 1
        is_paired = np.isin(np.arange(len(stories)), story[paired])
        log_odds[~is_paired | (span > self._span)] = -np.inf
        best = int(np.argmax(log_odds))
        if log_odds[best] < self._least_log_odds:
            return None
        # Of the story's articles, the one most like the new one; the first of several.
        most = int(np.argmax(np.where(story[paired] == best, columns["similarity"][of_new], -np.inf)))
        return Joined(stories[best], rows[paired[most]], 1 / (1 + math.exp(-log_odds[best])))

    def _measure(self, terms: Terms, day: F64) -> tuple[CandidatePairs, Columns]:
        """Measure what the articles have in common. ``day``: of each article, float64[rows], NaN if unknown."""
        pairs = propose_pairs(terms, text_weights(terms), day, self._span)
        days = np.minimum(days_apart(day, pairs.left, pairs.right), self._far_days)
        return pairs, measure_similarity(terms, days, pairs)

    def _current_members(self, story: int, floor: int) -> list[int]:
        """The rows of a story from row ``floor`` on."""
        members = self._members[story]
        return members[bisect_left(members, floor) :]

    def _term_vector(self, row: int, fetch_term_vector: FetchTermVector) -> Terms | None:
        kept = self._term_vectors.get(row)
        if kept is None:
            try:
                kept = fetch_term_vector(row)
            except DamagedRowError:
                self.damaged += 1
            if kept is None:
                return None
        unpacked = term_vectors.unpack(kept) if isinstance(kept, bytes) else kept
        self._keep(row, unpacked)
        return unpacked

    def _keep(self, row: int, term_vector: Terms | bytes) -> None:
        """Keep the term vector of a row as the one that was needed last."""
        self._term_vectors[row] = term_vector
        self._term_vectors.move_to_end(row)
        if len(self._term_vectors) > _TERM_VECTORS_KEPT:
            self._term_vectors.popitem(last=False)


def _with_window_counts(
    terms: Terms, own: Terms, top_terms: term_vectors.TopTerms, counts: I64, articles: int
) -> Terms:
    """Raise the document frequencies so that the whole window counts as the collection, not only the neighbours.

    A term that every second article of these days has is not rare, however rare it was before. Only the frequencies of
    the new article's top terms are raised, because only those have been counted (``counts``). ``terms``: the new
    article, whose term vector is ``own``, and the neighbours. ``articles``: number of articles in the window.
    """
    by_hash = dict(zip(top_terms.terms.tolist(), counts.tolist(), strict=True))
    entries = terms.term[: terms.starts[1]]
    in_news, in_articles = terms.in_news.copy(), terms.in_articles
    for term, name in zip(entries.tolist(), own.vocabulary, strict=True):
        in_news[term] += max(0, by_hash.get(term_vectors.hash_term(name), 0) - in_articles[term])
    return replace(terms, in_news=in_news, news_articles=terms.news_articles + max(0, articles + 1 - terms.rows))


def _whole_days(published: Sequence[int | None]) -> F64:
    """The days of publication since 1970, float64[articles], NaN if unknown. ``published``: microseconds since 1970."""
    micros = np.array([math.nan if date is None else date for date in published], np.float64)
    return np.floor(micros / MICROSECONDS_PER_DAY)


def has_story_entry(row: StoredArticle, settings: Settings) -> bool:
    """Whether a row has a story entry: it is the first article with its text, and at least one shingle long."""
    return row.story is not None and row.founder == row.id and row.words >= settings.shingle_words
