"""follow → STORY: which of the stories seen in the last days a new article belongs to, if any.

The stages are those of a collection (``story_pairs``, ``story_features``, the fitted model), applied to the new article
and the articles most like it; and as there, it is the mean over all articles of a story that decides. An answer once
given stays: a story has the number of its first article, and two stories are never joined later.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dedupe.arrays import I64
from dedupe.index.storage.rows import DamagedRowError, StoredArticle, StoryEntry
from dedupe.index.storage.store import State, Store
from dedupe.index.stories import term_vectors
from dedupe.index.stories.postings import Postings
from dedupe.kernels import SERIAL
from dedupe.settings import Settings
from dedupe.stories.candidates import propose_pairs, text_weights
from dedupe.stories.models import load_model
from dedupe.stories.pair_features import Times, measure_pair_features
from dedupe.stories.scoring import MICROSECONDS_PER_DAY
from dedupe.text.background import load_background
from dedupe.text.terms import Terms

NEIGHBOURS = 60
"""Articles a new one is compared with. Every pair among them is measured: 30 take a third of the time, and lose two
points of B-cubed F1 on the hardest of the development sets; 64 is the most that is measured whole."""

CAUTION = 0.5
"""Log-odds asked for beyond the threshold of a collection: there a wrong pair is outvoted by what comes later."""

COLD_CAUTION, COLD_ARTICLES = 2.0, 30.0
"""More still for the first articles, fading e times in so many: without company nothing says what is ordinary."""

_TERM_VECTORS_REMEMBERED = 2_048
"""Bags kept unpacked, about 40 KB each."""


@dataclass(frozen=True, slots=True)
class Joined:
    """``story``: the number of the story. ``row``: its article with the highest log-odds. ``probability``: that goes
    with the mean log-odds of the new article with all articles of the story."""

    story: int
    row: int
    probability: float


class StoryTracker:
    """The stories of one index, kept by each process for itself; a pure function of the stored rows."""

    def __init__(self, settings: Settings, days: float) -> None:
        self.days = days
        self.compute = SERIAL
        least = settings.story_probability
        self._least = math.log(least / (1 - least)) + CAUTION
        self._model = load_model()
        self._term_vectors: OrderedDict[int, Terms] = OrderedDict()
        self.damaged = 0
        self._restart()

    def _restart(self) -> None:
        self._postings = Postings()
        self._rows: list[int] = []
        self._arrived: list[int] = []
        self._entries: dict[int, tuple[int, int | None]] = {}
        self._members: dict[int, list[int]] = {}
        self._term_vectors.clear()
        self.end = self._settled = 0

    # Catching up

    def catch_up(self, log: Store, state: State) -> None:
        """Take note of what other processes have filed since."""
        start = self.end or log.first_arrived_after(self.oldest(state.arrived), state)
        # Read first, noted afterwards: a read error half way must not leave half of them noted.
        read = list(log.story_entries(start, state.next))
        story_entries = [entry for entry in read if isinstance(entry, StoryEntry)]
        self.damaged += len(read) - len(story_entries)
        for entry in story_entries:
            self._enter(entry)
        stored_terms = [(entry.id, term_vectors.unpack_top_terms(entry.top_terms)) for entry in story_entries]
        self._postings.add_stored(stored_terms, self.kept_from)
        self.end = self._settled = state.next

    def add(self, entry: StoryEntry) -> None:
        """File one more article of a story; ``undo`` takes it back until it is stored."""
        self._postings.add(entry.id, term_vectors.unpack_top_terms(entry.top_terms))
        self._enter(entry)
        if entry.term_vector:
            self._remember(entry.id, term_vectors.unpack(entry.term_vector))

    def _enter(self, entry: StoryEntry) -> None:
        self._rows.append(entry.id)
        self._arrived.append(entry.arrived)
        self._entries[entry.id] = (entry.story, entry.published)
        self._members.setdefault(entry.story, []).append(entry.id)

    def undo(self) -> None:
        """Forget what was added since the last ``catch_up`` or ``settle``: it was not stored."""
        self._postings.cut(self._settled)
        while self._rows and self._rows[-1] >= self._settled:
            row = self._rows.pop()
            self._arrived.pop()
            story, _ = self._entries.pop(row)
            self._members[story].pop()
            if not self._members[story]:
                del self._members[story]
            self._term_vectors.pop(row, None)

    def settle(self, end: int) -> None:
        """What was added below row ``end`` is stored. Now and then, let go of articles that are too old to matter."""
        self.end = self._settled = end
        if not self._arrived:
            return
        first = self._first(self._arrived[-1])
        floor = self._rows[first]
        self._postings.settle(floor)
        if first > len(self._rows) // 8:
            for row in self._rows[:first]:
                story, _ = self._entries.pop(row)
                self._members[story].remove(row)
                if not self._members[story]:
                    del self._members[story]
            del self._rows[:first], self._arrived[:first]

    def forget_everything(self) -> None:
        """Read all again with the next ``catch_up``: rows were taken out."""
        self._restart()

    def oldest(self, arrived: int) -> int:
        """Arrival before which articles are not compared with one that arrives at ``arrived``, µs."""
        return arrived - int(self.days * MICROSECONDS_PER_DAY)

    @property
    def kept_from(self) -> int:
        """The row below which no filing can matter any more."""
        return self._rows[self._first(self._arrived[-1])] if self._rows else 0

    def _first(self, arrived: int) -> int:
        return bisect_left(self._arrived, self.oldest(arrived))

    # Deciding

    def follow(
        self,
        packed_terms: term_vectors.PackedTerms,
        published: int | None,
        arrived: int,
        fetch_term_vector: Callable[[int], bytes | None],
    ) -> Joined | None:
        """The story a new article belongs to, None where it begins one."""
        first = self._first(arrived)
        articles = len(self._rows) - first
        if not articles:
            return None
        floor = self._rows[first]
        top_terms = term_vectors.unpack_top_terms(packed_terms.top_terms)
        held = self._postings.holders(top_terms.terms, floor)
        near = self._postings.nearest(top_terms, held, floor, articles, NEIGHBOURS)
        known = [
            (row, term_vector) for row in near.tolist() if (term_vector := self._term_vector(row, fetch_term_vector))
        ]
        if not known:
            return None
        own = term_vectors.unpack(packed_terms.term_vector)
        words = term_vectors.merge([*(term_vector for _, term_vector in known), own], load_background())
        words = _in_window(words, own, top_terms, held, articles)
        dates = [*(self._entries[row][1] for row, _ in known), published]
        log_odds = self._log_odds(words, dates)
        return self._best([row for row, _ in known], log_odds, floor, articles)

    def _log_odds(self, words: Terms, dates: Sequence[int | None]) -> list[float]:
        """Of the last article with each one before it; the model's ``missing`` where a pair was not proposed."""
        micros = np.array([np.nan if date is None else date for date in dates], np.float64)
        whole = np.array([date is not None and date % MICROSECONDS_PER_DAY == 0 for date in dates])
        pairs = propose_pairs(words, text_weights(words), self.compute)
        columns = measure_pair_features(words, Times(micros / MICROSECONDS_PER_DAY, whole), pairs, self.compute)
        of_last = np.flatnonzero(pairs.right == words.rows - 1)
        scored = self._model.log_odds(columns)
        log_odds = np.full(words.rows - 1, self._model.missing)
        log_odds[pairs.left[of_last]] = scored[of_last]
        found: list[float] = log_odds.tolist()
        return found

    def _best(self, rows: list[int], log_odds: list[float], floor: int, articles: int) -> Joined | None:
        """The story with the highest mean log-odds (ties: the older), where that is enough."""
        known = dict(zip(rows, log_odds, strict=True))
        caution = COLD_CAUTION * math.exp(-articles / COLD_ARTICLES)
        clip = self._model.splits.clip
        least = min(self._least + caution, clip - 1e-9)
        best: tuple[float, int] | None = None
        for story in sorted({self._entries[row][0] for row in rows}):
            members = self._members[story]
            current = members[bisect_left(members, floor) :]
            counted = (known.get(row, self._model.missing) for row in current)
            mean = sum(max(-clip, min(clip, odds)) for odds in counted) / len(current)
            if mean >= least and (best is None or mean > best[0]):
                best = (mean, story)
        if best is None:
            return None
        mean, story = best
        row = max((row for row in rows if self._entries[row][0] == story), key=lambda row: (known[row], -row))
        return Joined(story, row, 1 / (1 + math.exp(-mean)))

    def _term_vector(self, row: int, fetch_term_vector: Callable[[int], bytes | None]) -> Terms | None:
        if row in self._term_vectors:
            self._term_vectors.move_to_end(row)
            return self._term_vectors[row]
        try:
            packed = fetch_term_vector(row)
        except DamagedRowError:
            self.damaged += 1
            return None
        return None if packed is None else self._remember(row, term_vectors.unpack(packed))

    def _remember(self, row: int, term_vector: Terms) -> Terms:
        self._term_vectors[row] = term_vector
        if len(self._term_vectors) > _TERM_VECTORS_REMEMBERED:
            self._term_vectors.popitem(last=False)
        return term_vector


def _in_window(words: Terms, own: Terms, top_terms: term_vectors.TopTerms, held: I64, articles: int) -> Terms:
    """The terms with the whole window as their collection: what every second article of these days says is not rare,
    however rare it was before. Counted for the terms the new article, the last one, is looked up by."""
    counts = dict(zip(top_terms.terms.tolist(), held.tolist(), strict=True))
    mine = words.term[words.starts[-2] :]
    in_news, in_articles = words.in_news.copy(), words.in_articles
    for term, name in zip(mine.tolist(), own.vocabulary, strict=True):
        in_news[term] += max(0, counts.get(term_vectors.hash_term(name), 0) - in_articles[term])
    return replace(words, in_news=in_news, news_articles=words.news_articles + max(0, articles + 1 - words.rows))


def has_story_entry(row: StoredArticle, settings: Settings) -> bool:
    """Whether later articles are compared with this one: the first of its text, and long enough to say anything."""
    return row.story is not None and row.founder == row.id and row.words >= settings.shingle_words
