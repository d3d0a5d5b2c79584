"""audit → AUDIT: what of a collection was published before in it, by whom, and where every reused sentence stands.

A sentence of an article counts as reused where it also stands in an article that was published earlier, or may have
been (``undetermined`` says how much of it that is). Its words count in exactly one class, the first that applies:

1. boilerplate – marked by a rule or by repetition (``repetition``), reused or not;
2. quoted – most of it inside quotation marks here, and a quotation there too: a shared source, not copied narration;
3. verbatim, edited, rewritten – its closest match, as ``alignments`` defines the classes;
4. original – everything else, quotations nobody had before included.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import numpy as np
import pyarrow as pa

from dedupe.alignment.direction import publication_order
from dedupe.arrays import I64, Bools
from dedupe.audit.aligned_pairs import AlignedPairs, align_pairs
from dedupe.audit.attribution import (
    BOILERPLATE,
    CLASSES,
    ORIGINAL,
    QUOTED,
    SentenceGroup,
    Uses,
    classify_sentences,
    closest_uses,
    group_sentences,
    list_uses,
)
from dedupe.audit.pair_selection import SelectedPairs, select_pairs
from dedupe.audit.repeated_boilerplate import find_repeated
from dedupe.audit.results import ArticleAudit, Audit, Place, PlaceKind, PublisherPair, ReusedSentence, Source
from dedupe.audit.sentence_table import Progress, SentenceTable, tabulate_sentences
from dedupe.clustering import Clustering, cluster
from dedupe.reading.articles import to_table
from dedupe.schemas import Article
from dedupe.settings import Settings

SOURCES = 5
"""Sources listed an article, the largest."""

_KINDS: tuple[PlaceKind, ...] = ("verbatim", "edited", "rewritten", "first")


def audit(
    articles: Iterable[Article] | pa.Table,
    settings: Settings | None = None,
    processes: int = 1,
    progress: Progress | None = None,
) -> Audit:
    """Audit a collection: plain articles, or a table of the ARTICLES schema.

    The result does not depend on ``processes`` or the order of the articles. With more than one process, call it from
    under ``if __name__ == "__main__":`` in a script, as everything that starts Python processes.
    """
    progress = progress or (lambda stage, done, of: None)
    table = articles if isinstance(articles, pa.Table) else to_table(articles)
    stages = iter(range(1, 6))
    clustering = cluster(table, settings, lambda stage: progress("cluster", next(stages, 5), 5))
    ordered = clustering.evidence.articles
    outlines = tabulate_sentences(ordered, processes, progress)
    by_id = {row.id: row for row in clustering.rows}
    rows = [by_id[name] for name in ordered["id"].to_pylist()]
    story_of = np.array([row.story for row in rows], np.int64)
    text_of = np.array([row.copy_group for row in rows], np.int64)
    again = find_repeated(outlines.keys, outlines.article, ordered["publisher"].to_pylist(), text_of, story_of)
    boilerplate = outlines.boilerplate | again
    chosen = select_pairs(clustering, outlines, boilerplate, story_of)
    found = align_pairs(ordered, chosen, outlines, boilerplate, story_of, processes, progress)
    counts = {
        "articles": len(ordered),
        "words": int(outlines.words.sum()),
        "compared": chosen.left.size,
        "not_compared": int(chosen.cut.sum()) // 2,
        "boilerplate_by_rule": int(np.count_nonzero(outlines.boilerplate)),
        "boilerplate_by_repetition": int(np.count_nonzero(again & ~outlines.boilerplate)),
    }
    return _Account(clustering, outlines, boilerplate, chosen, found).audit(counts)


class _Account:
    """Adds up what the comparisons found. Articles are numbered canonically: earliest first."""

    def __init__(
        self,
        clustering: Clustering,
        outlines: SentenceTable,
        boilerplate: Bools,
        chosen: SelectedPairs,
        found: AlignedPairs,
    ) -> None:
        self.clustering, self.outlines, self.boilerplate = clustering, outlines, boilerplate
        self.chosen, self.found = chosen, found
        table = clustering.evidence.articles
        self.ids: list[str] = table["id"].to_pylist()
        self.titles: list[str] = table["title"].to_pylist()
        self.publishers: list[str | None] = table["publisher"].to_pylist()
        self.times: list[datetime | None] = table["published_at"].to_pylist()
        self.is_day: list[bool] = table["day_precision"].to_pylist()
        self.texts = table["text"]
        self.words = np.bincount(outlines.article, outlines.words, len(self.ids)).astype(np.int64)

    def audit(self, counts: dict[str, int]) -> Audit:
        """The whole result; ``counts`` are those of the stages before."""
        every = list_uses(self.found, self.boilerplate)
        best = closest_uses(every)
        classes, undetermined = classify_sentences(every, best, self.outlines.quoted, self.boilerplate)
        sentences = tuple(
            sorted(
                map(self._sentence, group_sentences(self.found, self.outlines, self.boilerplate)),
                key=_most_places_first,
            )
        )
        rows = self._articles(best, classes, undetermined)
        by_input = np.argsort(self.clustering.evidence.input_order).tolist()
        warnings = list(self.clustering.warnings)
        if counts["not_compared"]:
            warnings.append(f"{counts['not_compared']:,} pairs were not compared: both articles have closer relatives")
        counts = counts | {"reused_sentences": len(sentences)}
        return Audit(
            tuple(rows[k] for k in by_input), self._publishers(best, classes), sentences, counts, tuple(warnings)
        )

    def _articles(self, best: Uses, classes: I64, undetermined: Bools) -> list[ArticleAudit]:
        size, outlines, found = len(self.ids), self.outlines, self.found
        whole = np.maximum(1, self.words)
        cells = np.bincount(outlines.article * CLASSES + classes, outlines.words, size * CLASSES)
        shares = cells.reshape(size, CLASSES) / whole[:, None]
        unknown = np.bincount(outlines.article[undetermined], outlines.words[undetermined], size) / whole
        compared, partial = (
            np.bincount(np.concatenate(sides), minlength=size)
            for sides in (
                (found.left_article, found.right_article),
                (found.left_article[found.partial], found.right_article[found.partial]),
            )
        )
        sources = self._sources(best, classes)
        return [
            ArticleAudit(
                id=self.ids[row],
                title=self.titles[row],
                publisher=self.publishers[row],
                published_at=self.times[row],
                words=int(self.words[row]),
                original=float(shares[row, ORIGINAL]),
                verbatim=float(shares[row, 0]),
                edited=float(shares[row, 1]),
                rewritten=float(shares[row, 2]),
                quoted=float(shares[row, QUOTED]),
                boilerplate=float(shares[row, BOILERPLATE]),
                undetermined=float(unknown[row]),
                agencies=outlines.provenances[row].prints,
                sources=tuple(sources.get(row, ())),
                compared=int(compared[row]),
                not_compared=int(self.chosen.cut[row]),
                is_partial=bool(partial[row]),
            )
            for row in range(size)
        ]

    def _sources(self, best: Uses, classes: I64) -> dict[int, list[Source]]:
        """The largest sources of each article that has any."""
        article, words = self.outlines.article, self.outlines.words
        taker, giver, quoted = article[best.taker], article[best.giver], classes[best.taker] == QUOTED
        size = len(self.ids)
        pairs, pair = np.unique(taker * size + giver, return_inverse=True)
        narration = np.bincount(pair, words[best.taker] * ~quoted, pairs.size).astype(np.int64)
        quotes = np.bincount(pair, words[best.taker] * quoted, pairs.size).astype(np.int64)
        known, common = np.zeros(pairs.size, bool), np.zeros(pairs.size, bool)
        known[pair], common[pair] = best.known, best.common
        found: dict[int, list[Source]] = {}
        for k in np.lexsort((pairs, -quotes, -narration)).tolist():
            row, other = divmod(int(pairs[k]), size)
            listed = found.setdefault(row, [])
            if len(listed) < SOURCES:
                share = int(narration[k]) / max(1, int(self.words[row]))
                hours = self._hours(other, row) if known[k] else None
                numbers = int(narration[k]), int(quotes[k]), share
                listed.append(
                    Source(self.ids[other], self.publishers[other], *numbers, hours, bool(known[k]), bool(common[k]))
                )
        return found

    def _hours(self, early: int, late: int) -> float | None:
        """Hours between two publications; None where a time is missing, negative where a credit line says so."""
        before, after = self.times[early], self.times[late]
        return None if before is None or after is None else (after - before).total_seconds() / 3600

    def _publishers(self, best: Uses, classes: I64) -> tuple[PublisherPair, ...]:
        """Who has how much from whom, for publishers that are known; its own earlier text included."""
        article, words = self.outlines.article, self.outlines.words
        cells: dict[tuple[str, str], list[int]] = {}
        for k in range(best.taker.size):
            taker, giver = (self.publishers[article[side[k]]] for side in (best.taker, best.giver))
            if taker and giver:
                cells.setdefault((taker, giver), []).append(k)
        of_publisher: dict[str, int] = {}
        for publisher, number in zip(self.publishers, self.words.tolist(), strict=True):
            if publisher:
                of_publisher[publisher] = of_publisher.get(publisher, 0) + number
        found = []
        for (taker, giver), members in cells.items():
            use = best.take(np.array(members))
            kind, size = classes[use.taker], words[use.taker]
            by_class = [int(size[kind == code].sum()) for code in (0, 1, 2, QUOTED)]
            narration = sum(by_class[:3])
            pairs = {*zip(article[use.giver].tolist(), article[use.taker].tolist(), use.known.tolist(), strict=True)}
            hours = [gap for a, b, known in pairs if known and (gap := self._hours(a, b)) is not None]
            found.append(
                PublisherPair(
                    taker=taker,
                    giver=giver,
                    articles=len({b for _, b, _ in pairs}),
                    words=narration,
                    verbatim_words=by_class[0],
                    edited_words=by_class[1],
                    rewritten_words=by_class[2],
                    quoted_words=by_class[3],
                    share=narration / max(1, of_publisher[taker]),
                    median_hours=float(np.median(hours)) if hours else None,
                    common_agency_words=int(size[use.common].sum()),
                    undetermined_words=int(size[~use.known].sum()),
                )
            )
        return tuple(sorted(found, key=lambda pair: (-pair.words, pair.taker, pair.giver)))

    def _sentence(self, group: SentenceGroup) -> ReusedSentence:
        outlines = self.outlines
        rows = outlines.article[group.sentences].tolist()
        spans = [(int(outlines.starts[k]), int(outlines.ends[k])) for k in group.sentences]
        places = tuple(
            Place(self.ids[row], self.publishers[row], self.times[row], *span, _KINDS[kind])
            for row, span, kind in zip(rows, spans, group.kinds, strict=True)
        )
        first = group.sentences[0]
        certain = all(
            publication_order(self.times[rows[0]], self.is_day[rows[0]], self.times[row], self.is_day[row]) < 0
            for row in set(rows) - {rows[0]}
        )
        text: str = self.texts[rows[0]].as_py()
        publishers = len({self.publishers[row] for row in rows if self.publishers[row]})
        whole = text[spans[0][0] : spans[0][1]]
        numbers = int(outlines.words[first]), len(set(rows)), publishers
        return ReusedSentence(whole, *numbers, bool(outlines.quoted[first]), certain, places)


def _most_places_first(sentence: ReusedSentence) -> tuple[int, int, int, str, int]:
    first = sentence.places[0]
    return -sentence.publishers, -sentence.articles, -sentence.words, first.article, first.start
