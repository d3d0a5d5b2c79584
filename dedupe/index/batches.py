"""Decides on the articles of one call, in order, each against what is stored and what came before it in the call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dedupe.copies.verification import TEMPLATE_SHARE
from dedupe.errors import InputError
from dedupe.index.decisions import Decision, compare_details, decide, find_replay, measure_matches
from dedupe.index.lookup.hits import Hits
from dedupe.index.lookup.keys import FingerprintedArticle
from dedupe.index.lookup.lookup import Lookup
from dedupe.index.lookup.memtable import Memtable
from dedupe.index.storage.rows import StoredArticle, StoryEntry
from dedupe.index.stories.tracker import FetchTermVector, StoryTracker, has_story_entry
from dedupe.index.verdicts import Verdicts
from dedupe.settings import Settings


class DecisionBatch:
    """The articles of one call.

    ``answers``: one verdict per article decided so far. ``skipped``: number of candidates that were not compared.
    """

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
        scratch: Memtable | None,
    ) -> None:
        """Begin a call.

        ``next_id``: row number of the next article that is stored. ``arrived``: time of arrival of all articles of the
        call. ``oldest``: articles that arrived before this time match nothing. Both are microseconds since 1970 UTC.
        ``fetch``: returns a stored row, None if it is gone. ``scratch``: a memtable for the articles of a call that
        stores nothing; None adds them to the memtable of the index.
        """
        self._lookup, self._tracker, self._settings, self._scratch = lookup, tracker, settings, scratch
        self._next, self._arrived, self._oldest = next_id, arrived, oldest
        self._fetch_stored, self._fetch_term_vector = fetch, fetch_term_vector
        self._pending: dict[int, StoredArticle] = {}
        self._pending_entries: dict[int, StoryEntry] = {}
        self.answers = Verdicts()
        self.skipped = 0

    @property
    def rows(self) -> list[StoredArticle]:
        """The rows to store, in order."""
        return list(self._pending.values())

    @property
    def story_entries(self) -> list[StoryEntry]:
        """The story entries to store, in order."""
        return list(self._pending_entries.values())

    def decide(self, fingerprinted: FingerprintedArticle, hits: Hits) -> None:
        """Decide on one article and append its verdict to ``answers``. ``hits``: what the segments hold of it."""
        self._lookup.find_in_memtable(fingerprinted, hits, self._lookup.memtable)
        if self._scratch is not None:
            self._lookup.find_in_memtable(fingerprinted, hits, self._scratch)
        before = find_replay(fingerprinted, hits, self._fetch)
        if before:
            self.answers.append(before.answer(replayed=True))
            return
        decision = decide(fingerprinted, hits, self._fetch, self._settings)
        self.skipped += decision.skipped
        story = None
        if self._tracker is not None:
            decision, story = self._assign_story(self._tracker, fingerprinted, decision)
        row = _row(self._next, self._arrived, fingerprinted, decision, story, self._settings)
        self.answers.append(row.answer(replayed=False))
        self._add(row, fingerprinted)

    def _fetch(self, row_id: int) -> StoredArticle | None:
        row = self._pending.get(row_id) or self._fetch_stored(row_id)
        return row if row and row.arrived >= self._oldest else None

    def _term_vector(self, row_id: int) -> bytes | None:
        entry = self._pending_entries.get(row_id)
        return entry.term_vector if entry else self._fetch_term_vector(row_id)

    def _assign_story(
        self, tracker: StoryTracker, fingerprinted: FingerprintedArticle, decision: Decision
    ) -> tuple[Decision, int | None]:
        """Return the decision, which may become ``same_story`` if it is ``new``, and the number of the story.

        A copy is in the story of the article that it copies, and the next report of a series is in a story of its own.
        A text shorter than a shingle is in no story.
        """
        if fingerprinted.packed_terms is None:
            raise InputError(
                f"{fingerprinted.name}: the index tracks stories, but the article was fingerprinted without them; "
                "use fingerprint_articles(…, stories=True)"
            )
        if decision.match and decision.match.row.story is not None:
            return decision, decision.match.row.story
        if fingerprinted.words < self._settings.shingle_words:
            return decision, None
        if decision.match:
            return decision, self._next
        joined = tracker.find_story(
            fingerprinted.packed_terms, fingerprinted.published, self._arrived, self._term_vector
        )
        row = self._fetch(joined.row) if joined else None
        if joined is None or row is None:
            return decision, self._next
        [match] = measure_matches(fingerprinted, [row], self._settings)
        if (
            max(match.left_in_right, match.right_in_left) >= TEMPLATE_SHARE
            and compare_details(fingerprinted, [row])[0][0]
        ):
            return decision, self._next
        same = replace(decision, verdict="same_story", match=match, probability=joined.probability)
        return same, joined.story

    def _add(self, row: StoredArticle, fingerprinted: FingerprintedArticle) -> None:
        """Make an article known to the articles that come after it in this call."""
        self._next += 1
        self._pending[row.id] = row
        if self._scratch is None:
            self._lookup.add(row.id, fingerprinted)
        else:
            self._scratch.add(row.id, fingerprinted.keys(self._settings).tolist(), fingerprinted.passage_keys.size)
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
            self._pending_entries[row.id] = entry
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
