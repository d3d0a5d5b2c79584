"""The page of a clustering: its stories by size, and for each who printed what, why it is one story, and its copies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
import pyarrow as pa

from dedupe.article import Article
from dedupe.clustering import Clustering, articles_table
from dedupe.errors import InputError
from dedupe.explanations import StoryExplanation, explain_collection
from dedupe.reading.arrow_streams import Frame
from dedupe.report.clustering import counts_line
from dedupe.report.explanation import kept_apart, some_words
from dedupe.report.formats import counted, shown_probability
from dedupe.report.html import page
from dedupe.report.html.texts import Budget, PageOptions, PairTexts, Texts
from dedupe.results import Row, Story

_STATIC_STORIES = 50
"""Stories that are listed where there is no JavaScript."""

_STORIES_SHARE, _REASONS_SHARE = 0.5, 0.2
"""Parts of the page that stories and reasons may take. Each leaves what it does not need, and its rest is for texts."""


def html_page(
    clustering: Clustering,
    articles: Iterable[Article] | Frame,
    *,
    columns: Mapping[str, str] | None = None,
    texts: Texts = "matched",
    max_bytes: int = 10_000_000,
) -> str:
    """Return the page that ``dedupe cluster --format html`` writes: one file, which loads nothing from a network.

    ``articles`` and ``columns`` are those that ``cluster`` got; its result does not hold the texts. ``texts`` of
    articles in the page: ``none``, the sentences that articles share (``matched``), or ``all``. ``max_bytes``: about
    how large the page may become; it says what was left out.

    Raises ``InputError`` if these are other articles than those of ``clustering``.
    """
    table = articles_table(articles, columns)
    if table["id"].to_pylist() != [row.id for row in clustering.rows]:
        raise InputError("these are not the articles of the clustering: give the same, in the same order, as a list")
    return "\n".join(page_lines(clustering, table, ["Python"], PageOptions(texts, max_bytes)))


def page_lines(
    clustering: Clustering, articles: pa.Table, inputs: Sequence[str], options: PageOptions
) -> Iterator[str]:
    """Yield the page of a clustering.

    ``articles`` (ARTICLES) are those that were clustered, in the order of ``clustering.rows``. ``inputs`` are the paths
    they were read from.

    The page holds as much as fits into ``options.max_bytes``: first the stories, the largest ones first, then why each
    is one story, then the texts. It says what was left out.
    """
    content = _Content(clustering, articles, options)
    title = f"Stories in {counted(len(articles), 'article')}"
    summary = "".join(
        (
            f"<h1>{page.escaped(title)}</h1>",
            f"<p>{page.escaped(counts_line(clustering))}</p>",
            page.list_of("Warnings", clustering.warnings),
            page.list_of("Not in this page", content.left_out),
        )
    )
    settings = asdict(clustering.settings)
    settings.pop("threads")  # changes nothing in the result, and the page should be the same on every machine
    yield from page.page(
        title,
        summary,
        content.static_table(),
        page.about(inputs, settings),
        content.data(),
        ("article.js", "alignment.js", "listing.js", "story.js", "stories.js"),
    )


class _Content:
    """What a page can hold of a clustering, and what had to be left out."""

    def __init__(self, clustering: Clustering, articles: pa.Table, options: PageOptions) -> None:
        self.clustering = clustering
        self.row_of = {row.id: row for row in clustering.rows}
        self.place_of = {row.id: place for place, row in enumerate(clustering.rows)}
        self.day_precision = articles["day_precision"].to_pylist()
        self.urls = articles["url"].to_pylist()
        names = {row.publisher for row in clustering.rows if row.publisher}
        self.publishers = {name: number for number, name in enumerate(sorted(names))}
        self.stories = sorted(clustering.stories, key=lambda story: (-len(story.articles), -story.texts, story.story))
        self.publisher_names = [page.shown(name) for name in self.publishers]
        budget = Budget(options)
        budget.room -= len(page.encoded(self.publisher_names))
        budget.allow(_STORIES_SHARE)
        self.shown = self._stories(budget)
        budget.allow(_REASONS_SHARE)
        self.reasons = self._reasons(budget)
        budget.allow(1 - _STORIES_SHARE - _REASONS_SHARE)
        texts = PairTexts(articles, self._beside(), options.texts)
        keys = ((f"{one.story}/{place}", name) for one in self.stories for place, name in enumerate(one.articles))
        self.pairs = budget.take_texts(texts, keys)
        self.left_out = budget.notes()

    def data(self) -> dict[str, object]:
        """Return what the script reads."""
        return {
            "publishers": self.publisher_names,
            "stories": self.shown,
            "reasons": self.reasons,
            "pairs": self.pairs,
            "threshold": self.clustering.settings.story_probability,
        }

    def static_table(self) -> str:
        """Return the largest stories as HTML, for readers without JavaScript."""
        rows = []
        for story in self.stories[:_STATIC_STORIES]:
            members = [self.row_of[name] for name in story.articles]
            times = sorted(time for row in members if (time := self._time(row)))
            publishers = {row.publisher for row in members if row.publisher}
            span = (times[0], times[-1]) if times else ("–", "–")
            rows.append((story.story, story.label, len(members), story.texts, len(publishers), *span))
        header = ("story", "headline", "articles", "independent texts", "publishers", "first", "last")
        caption = f"The {counted(len(rows), 'largest story', 'largest stories')}"
        note = "<p>Search, filters, copies and comparisons need JavaScript, which is switched off here.</p>"
        return note + page.table_of(caption, header, rows)

    def _stories(self, budget: Budget) -> list[msgspec.Raw]:
        """Return the stories that fit, the largest ones first."""
        shown: list[msgspec.Raw] = []
        cut = 0
        for number, story in enumerate(self.stories):
            articles, record = len(story.articles), budget.take(self._story(story, len(story.articles)))
            while record is None and articles > 1:
                articles //= 2
                record = budget.take(self._story(story, articles))
            if record is None:
                missing = sum(len(one.articles) for one in self.stories[number:])
                stories = counted(len(self.stories) - number, "story", "stories")
                budget.left_out.append(f"The smallest {stories}, with {counted(missing, 'article')}.")
                self.stories = self.stories[:number]
                break
            shown.append(record)
            cut += len(story.articles) - articles
        if cut:
            budget.left_out.append(
                f"{counted(cut, 'article')} of stories that are in this page: of each, the last ones."
            )
        return shown

    def _story(self, story: Story, articles: int) -> dict[str, Any]:
        """Return a story with so many of its articles, the canonical one first, and how many are missing."""
        place_of = {name: place for place, name in enumerate(story.articles)}
        members = [self.row_of[name] for name in story.articles[:articles]]
        record: dict[str, Any] = {"story": story.story, "texts": story.texts}
        if story.label != members[0].title:
            record["label"] = page.shown(story.label)
        if articles < len(story.articles):
            record["missing"] = len(story.articles) - articles
        if story.saga is not None:
            record["saga"] = story.saga
        record["articles"] = [self._article(row, place_of) for row in members]
        return record

    def _article(self, row: Row, place_of: Mapping[str, int]) -> dict[str, Any]:
        """Return an article without what it does not have. ``place_of``: places in its story, by id."""
        relation = row.relation or row.story_relation
        fields = {
            "id": page.shown(row.id),
            "title": page.shown(row.title),
            "publisher": self.publishers.get(row.publisher or ""),
            "time": self._time(row),
            "url": page.web_address(self.urls[self.place_of[row.id]]),
            "copy_of": None if row.is_canonical else place_of[row.canonical],
            "relation": relation.kind.replace("_", " ") if relation else None,
            "route": relation.route if relation and relation.route != "unknown" else None,
            "shared": round(relation.left_in_right, 2) if relation else None,
            "p": shown_probability(row.story_probability, digits=2) if row.story_probability is not None else None,
        }
        return {name: value for name, value in fields.items() if value is not None and value != ""}

    def _time(self, row: Row) -> str | None:
        return page.time_of(row.published_at, self.day_precision[self.place_of[row.id]])

    def _reasons(self, budget: Budget) -> dict[str, msgspec.Raw]:
        """Return why the stories that are shown are stories, by number, as far as that fits."""
        explained = {one.story: one for one in explain_collection(self.clustering).stories}
        wanted = [explained[story.story] for story in self.stories if story.story in explained]
        reasons: dict[str, msgspec.Raw] = {}
        for explanation in wanted:
            record = budget.take(self._reason(explanation))
            if record is None:
                missing = counted(len(wanted) - len(reasons), "story", "stories")
                budget.left_out.append(f"The reasons for the smallest {missing} of two texts or more.")
                break
            reasons[str(explanation.story)] = record
        return reasons

    def _reason(self, explanation: StoryExplanation) -> dict[str, object]:
        weakest, nearest = explanation.weakest_join, explanation.nearest_outside
        record: dict[str, object] = {
            "p": shown_probability(weakest.probability),
            "sides": [len(weakest.left), len(weakest.right)],
            "shared": some_words(weakest.shared),
        }
        if weakest.days_apart is not None:
            record["days"] = round(weakest.days_apart, 1)
        if nearest:
            refused = explanation.refused_join
            record["nearest"] = {
                "story": nearest.story,
                "p": shown_probability(nearest.probability),
                "why": kept_apart(nearest.kept_apart_by, refused, self.clustering.settings),
            }
            if refused:
                record["nearest"] |= {  # type: ignore[operator]
                    "shared": some_words(refused.shared),
                    "here": some_words(refused.left_only),
                    "there": some_words(refused.right_only),
                }
        return record

    def _beside(self) -> dict[str, str]:
        """Return with which article each one is compared, by id.

        That is the canonical article of its copies or, if it is canonical itself and shares passages with the canonical
        article of its story, that one.
        """
        beside = {}
        for row in self.clustering.rows:
            if row.relation:
                beside[row.id] = row.canonical
            elif row.story_relation and row.story_relation.kind == "overlapping":
                beside[row.id] = row.story_canonical
        return beside
