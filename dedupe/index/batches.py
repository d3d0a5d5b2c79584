"""judge → ANSWERS: the articles of one call, in their order, each against what is stored and what came before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dedupe.errors import InputError
from dedupe.index.decisions import Decision, decide, measure, replayed
from dedupe.index.lookup.hits import Hits
from dedupe.index.lookup.keys import Signed
from dedupe.index.lookup.lookup import Shelf
from dedupe.index.lookup.memtable import Tail
from dedupe.index.storage.rows import Filing, Row
from dedupe.index.stories.tracker import Followed, is_filed
from dedupe.index.verdicts import Verdict
from dedupe.settings import Settings

FetchBag = Callable[[int], bytes | None]


class Batch:
    """One call. ``answers``: one an article. ``skipped``: proposed articles that were not compared."""

    def __init__(
        self,
        shelf: Shelf,
        followed: Followed | None,
        settings: Settings,
        *,
        next_id: int,
        arrived: int,
        oldest: int,
        fetch: Callable[[int], Row | None],
        fetch_bag: FetchBag,
        aside: Tail | None,
    ) -> None:
        """``arrived``: when the articles came, µs; what arrived before ``oldest`` counts for nothing. ``aside``: where
        articles are filed that will not be stored."""
        self._shelf, self._followed, self._settings, self._aside = shelf, followed, settings, aside
        self._next, self._arrived, self._oldest = next_id, arrived, oldest
        self._fetch_stored, self._fetch_bag = fetch, fetch_bag
        self._pending: dict[int, Row] = {}
        self.answers: list[Verdict] = []
        self._filed: dict[int, Filing] = {}
        self.skipped = 0

    @property
    def rows(self) -> list[Row]:
        """The rows to store, in order."""
        return list(self._pending.values())

    @property
    def filings(self) -> list[Filing]:
        """What to store of them for the stories, in order."""
        return list(self._filed.values())

    def judge(self, signed: Signed, hits: Hits) -> None:
        """Answer one article. ``hits``: what the segments hold of it."""
        self._shelf.find_in_tail(signed, hits, self._shelf.tail)
        if self._aside is not None:
            self._shelf.find_in_tail(signed, hits, self._aside)
        before = replayed(signed, hits, self._fetch)
        if before:
            self.answers.append(before.answer(replayed=True))
            return
        decision = decide(signed, hits, self._fetch, self._settings)
        self.skipped += decision.skipped
        story = None
        if self._followed is not None:
            decision, story = self._follow(self._followed, signed, decision)
        row = _row(self._next, self._arrived, signed, decision, story, self._settings)
        self.answers.append(row.answer(replayed=False))
        self._file(row, signed)

    def _fetch(self, row_id: int) -> Row | None:
        row = self._pending.get(row_id) or self._fetch_stored(row_id)
        return row if row and row.arrived >= self._oldest else None

    def _bag(self, row_id: int) -> bytes | None:
        return self._filed[row_id].bag if row_id in self._filed else self._fetch_bag(row_id)

    def _follow(self, followed: Followed, signed: Signed, decision: Decision) -> tuple[Decision, int | None]:
        """The decision, where it is no copy perhaps ``same_story``, and the number of its story. A copy is in the story
        of what it copies; a text shorter than a shingle says nothing about an event."""
        if signed.said is None:
            raise InputError(
                f"{signed.name}: the index follows stories, and the article was signed without: sign(…, stories=True)"
            )
        if decision.match and decision.match.row.story is not None:
            return decision, decision.match.row.story
        if signed.words < self._settings.shingle_words:
            return decision, None
        if decision.match:
            return decision, self._next
        joined = followed.follow(signed.said, signed.published, self._arrived, self._bag)
        row = self._fetch(joined.row) if joined else None
        if joined is None or row is None:
            return decision, self._next
        [match] = measure(signed, [row], self._settings)
        same = replace(decision, verdict="same_story", match=match, probability=joined.probability)
        return same, joined.story

    def _file(self, row: Row, signed: Signed) -> None:
        """Let what comes next in this call find the article."""
        self._next += 1
        self._pending[row.id] = row
        if self._aside is None:
            self._shelf.add(row.id, signed)
        else:
            self._aside.add(row.id, signed.keys(self._settings).tolist(), signed.passage_keys.size)
        said = signed.said
        if self._followed is not None and said and row.story is not None and is_filed(row, self._settings):
            filing = Filing(row.id, row.arrived, row.published, row.story, said.telling, said.bag)
            self._filed[row.id] = filing
            self._followed.add(filing)


def _row(row_id: int, arrived: int, signed: Signed, decision: Decision, story: int | None, settings: Settings) -> Row:
    match, founder = decision.match, decision.founder
    return Row(
        id=row_id,
        arrived=arrived,
        name=signed.name,
        digest=signed.digest,
        words=signed.words,
        publisher=signed.publisher,
        published=signed.published,
        verdict=decision.verdict,
        matched=match.row.name if match else None,
        story=story,
        canonical=founder.canonical if founder else signed.name,
        founder=founder.id if founder else row_id,
        score=decision.score,
        jaccard=match.jaccard if match else None,
        left_in_right=match.left_in_right if match else None,
        right_in_left=match.right_in_left if match else None,
        **signed.columns(settings),
    )
