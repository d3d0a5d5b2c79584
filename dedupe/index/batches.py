"""judge → ANSWERS: the articles of one call, in their order, each against what is stored and what came before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dedupe.errors import InputError
from dedupe.index.decisions import Decision, decide, find_replay, measure_matches
from dedupe.index.lookup.hits import Hits
from dedupe.index.lookup.keys import FingerprintedArticle
from dedupe.index.lookup.lookup import Lookup
from dedupe.index.lookup.memtable import Memtable
from dedupe.index.storage.rows import StoredArticle, StoryEntry
from dedupe.index.stories.tracker import StoryTracker, has_story_entry
from dedupe.index.verdicts import Verdict
from dedupe.settings import Settings

FetchTermVector = Callable[[int], bytes | None]


class DecisionBatch:
    """One call. ``answers``: one an article. ``skipped``: proposed articles that were not compared."""

    def __init__(
        self,
        lookup: Lookup,
        tracker: StoryTracker | None,
        settings: Settings,
        *,
        next_id: int,
        arrived: int,
        oldest: int,
        fetch: Callable[[int], StoredArticle | None],
        fetch_term_vector: FetchTermVector,
        aside: Memtable | None,
    ) -> None:
        """``arrived``: when the articles came, µs; what arrived before ``oldest`` counts for nothing. ``aside``: where
        articles are filed that will not be stored."""
        self._lookup, self._tracker, self._settings, self._aside = lookup, tracker, settings, aside
        self._next, self._arrived, self._oldest = next_id, arrived, oldest
        self._fetch_stored, self._fetch_term_vector = fetch, fetch_term_vector
        self._pending: dict[int, StoredArticle] = {}
        self.answers: list[Verdict] = []
        self._entries: dict[int, StoryEntry] = {}
        self.skipped = 0

    @property
    def rows(self) -> list[StoredArticle]:
        """The rows to store, in order."""
        return list(self._pending.values())

    @property
    def story_entries(self) -> list[StoryEntry]:
        """What to store of them for the stories, in order."""
        return list(self._entries.values())

    def judge(self, fingerprinted: FingerprintedArticle, hits: Hits) -> None:
        """Answer one article. ``hits``: what the segments hold of it."""
        self._lookup.find_in_memtable(fingerprinted, hits, self._lookup.memtable)
        if self._aside is not None:
            self._lookup.find_in_memtable(fingerprinted, hits, self._aside)
        before = find_replay(fingerprinted, hits, self._fetch)
        if before:
            self.answers.append(before.answer(replayed=True))
            return
        decision = decide(fingerprinted, hits, self._fetch, self._settings)
        self.skipped += decision.skipped
        story = None
        if self._tracker is not None:
            decision, story = self._follow(self._tracker, fingerprinted, decision)
        row = _row(self._next, self._arrived, fingerprinted, decision, story, self._settings)
        self.answers.append(row.answer(replayed=False))
        self._file(row, fingerprinted)

    def _fetch(self, row_id: int) -> StoredArticle | None:
        row = self._pending.get(row_id) or self._fetch_stored(row_id)
        return row if row and row.arrived >= self._oldest else None

    def _term_vector(self, row_id: int) -> bytes | None:
        return self._entries[row_id].term_vector if row_id in self._entries else self._fetch_term_vector(row_id)

    def _follow(
        self, tracker: StoryTracker, fingerprinted: FingerprintedArticle, decision: Decision
    ) -> tuple[Decision, int | None]:
        """The decision, where it is no copy perhaps ``same_story``, and the number of its story. A copy is in the story
        of what it copies; a text shorter than a shingle says nothing about an event."""
        if fingerprinted.packed_terms is None:
            raise InputError(
                f"{fingerprinted.name}: the index follows stories, and the article was fingerprinted without: "
                "fingerprint_articles(…, stories=True)"
            )
        if decision.match and decision.match.row.story is not None:
            return decision, decision.match.row.story
        if fingerprinted.words < self._settings.shingle_words:
            return decision, None
        if decision.match:
            return decision, self._next
        joined = tracker.follow(fingerprinted.packed_terms, fingerprinted.published, self._arrived, self._term_vector)
        row = self._fetch(joined.row) if joined else None
        if joined is None or row is None:
            return decision, self._next
        [match] = measure_matches(fingerprinted, [row], self._settings)
        same = replace(decision, verdict="same_story", match=match, probability=joined.probability)
        return same, joined.story

    def _file(self, row: StoredArticle, fingerprinted: FingerprintedArticle) -> None:
        """Let what comes next in this call find the article."""
        self._next += 1
        self._pending[row.id] = row
        if self._aside is None:
            self._lookup.add(row.id, fingerprinted)
        else:
            self._aside.add(row.id, fingerprinted.keys(self._settings).tolist(), fingerprinted.passage_keys.size)
        packed_terms = fingerprinted.packed_terms
        if (
            self._tracker is not None
            and packed_terms
            and row.story is not None
            and has_story_entry(row, self._settings)
        ):
            entry = StoryEntry(
                row.id, row.arrived, row.published, row.story, packed_terms.top_terms, packed_terms.term_vector
            )
            self._entries[row.id] = entry
            self._tracker.add(entry)


def _row(
    row_id: int,
    arrived: int,
    fingerprinted: FingerprintedArticle,
    decision: Decision,
    story: int | None,
    settings: Settings,
) -> StoredArticle:
    match, founder = decision.match, decision.founder
    return StoredArticle(
        id=row_id,
        arrived=arrived,
        name=fingerprinted.name,
        digest=fingerprinted.digest,
        words=fingerprinted.words,
        publisher=fingerprinted.publisher,
        published=fingerprinted.published,
        verdict=decision.verdict,
        matched=match.row.name if match else None,
        story=story,
        canonical=founder.canonical if founder else fingerprinted.name,
        founder=founder.id if founder else row_id,
        score=decision.score,
        jaccard=match.jaccard if match else None,
        left_in_right=match.left_in_right if match else None,
        right_in_left=match.right_in_left if match else None,
        **fingerprinted.columns(settings),
    )
