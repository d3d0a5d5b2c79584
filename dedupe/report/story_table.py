"""The stories of a clustering as a table for people: each with a header, and its articles in the order of time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from dedupe.clustering import Clustering
from dedupe.report.cells import columns_of, fitted, fitted_end, padded, wrapped
from dedupe.report.formats import counted, printable, shown_probability
from dedupe.results import Relation, Row, Story
from dedupe.schemas import COPY_KINDS

_INDENT = 2
_GAP = "  "
_LONGEST_TITLE = 300
"""Columns of a title that are shown. No headline is so long, but a text in the field of a title may be."""

_NARROWEST_TITLE = 40
"""Columns that are left for titles where the rest of a row stands beside them; with fewer it stands below."""

_ID_COLUMNS, _PUBLISHER_COLUMNS = (8, 20), (12, 24)
"""Fewest and most columns of an article id and of a publisher. Longer ones are cut, unless the table is wide."""


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What the table shows.

    ``min_size``: fewest articles of a story that is listed. ``sort``: "size", the largest story first, or "time", the
    earliest first. ``since``, ``until``: only stories with an article of this time are listed. ``wide``: nothing is cut
    or wrapped, however wide the terminal is.
    """

    min_size: int = 2
    sort: str = "size"
    since: datetime | None = None
    until: datetime | None = None
    wide: bool = False


class StoryTable:
    """The stories of a clustering that a table lists, in their order.

    ``members``: the articles of every story in the order of time, by number. ``timely``: the stories with an article of
    the chosen time, which is every story if none is chosen. ``listed``: those of them that are large enough.
    """

    def __init__(self, clustering: Clustering, width: int, options: TableOptions) -> None:
        self._width, self._options = width, options
        members: dict[int, list[Row]] = defaultdict(list)
        for row in clustering.rows:
            members[row.story].append(row)
        self.members = {story: sorted(rows, key=_reading_order) for story, rows in members.items()}
        self._saga_sizes: Counter[int | None] = Counter(row.saga for row in clustering.rows if row.saga is not None)
        self.stories = sorted(clustering.stories, key=self._order)
        self.timely = [story for story in self.stories if self._is_timely(story)]
        self.listed = [story for story in self.timely if self._size(story) >= options.min_size]
        self._untimely = len(self.stories) - len(self.timely)
        self._small = [story for story in self.timely if self._size(story) < options.min_size]

    def lines(self) -> Iterator[str]:
        """Yield the listed stories, then what is not listed."""
        rows = [row for story in self.listed for row in self.members[story.story]]
        layout = _Layout(rows, {row.id: self._details(row) for row in rows}, self._width, wide=self._options.wide)
        for story in self.listed:
            if self._size(story) > 1:
                yield from layout.broken(f"Story {story.story}: {printable(story.label)}")
                yield from layout.broken(self.facts(story))
                for number, row in enumerate(self.members[story.story], 1):
                    yield from layout.row(row, str(number))
                yield ""
        alone = [story for story in self.listed if self._size(story) == 1]
        if alone:
            yield f"{counted(len(alone), 'article')} without another report of the same event"
            for story in alone:
                yield from layout.row(self.members[story.story][0], "")
            yield ""
        if layout.legend:
            yield from (*layout.broken(layout.legend), "")
        if note := self._left_out():
            yield from layout.broken(note)

    def facts(self, story: Story) -> str:
        """Return the size of a story, its saga, its publishers and its time span, as far as they are known."""
        rows = self.members[story.story]
        publishers = {row.publisher for row in rows if row.publisher}
        texts = "" if story.texts == len(rows) else f" ({counted(story.texts, 'independent text')})"
        parts = [f"{counted(len(rows), 'article')}{texts}"]
        parts += [counted(len(publishers), "publisher")] if publishers else []
        parts += [span] if (span := span_of(rows)) else []
        parts += [f"saga {story.saga}"] if story.saga is not None else []
        return ", ".join(parts)

    def _size(self, story: Story) -> int:
        """Return the articles of a story or, where sagas were asked for, of its saga."""
        return max(len(story.articles), self._saga_sizes[story.saga])

    def _order(self, story: Story) -> tuple[object, ...]:
        first = self.members[story.story][0].published_at
        by_time = (first is None, first.isoformat() if first else "")
        by_size = (-self._saga_sizes[story.saga], story.saga or 0, -len(story.articles), -story.texts)
        return (*by_time, *by_size, story.story) if self._options.sort == "time" else (*by_size, *by_time, story.story)

    def _is_timely(self, story: Story) -> bool:
        since, until = self._options.since, self._options.until
        if since is None and until is None:
            return True
        times = (row.published_at for row in self.members[story.story] if row.published_at)
        return any((since is None or since <= at) and (until is None or at <= until) for at in times)

    def _left_out(self) -> str:
        """Return a line that counts the stories that are not listed, "" if all are."""
        alone = sum(len(story.articles) == 1 for story in self._small)
        several = len(self._small) - alone
        parts = []
        if several:
            fewer = counted(several, "story", "stories")
            parts.append(f"{fewer} of fewer than {counted(self._options.min_size, 'article')}")
        if alone:
            parts.append(f"{counted(alone, 'article')} without another report of the same event")
        if self._untimely:
            parts.append(f"{counted(self._untimely, 'story', 'stories')} without an article of this time")
        every = "every story of this time" if self._untimely else "every article"
        advice = f"; --all lists {every}" if self._small else ""
        return f"Not listed: {', '.join(parts)}{advice}" if parts else ""

    def _details(self, row: Row) -> str:
        """Return how an article relates to its canonical article or, if it is canonical itself, to its story."""
        if row.relation:
            place_of = {other.id: place for place, other in enumerate(self.members[row.story], 1)}
            return _copy_of(row.relation, place_of[row.canonical])
        if row.story_relation:
            shares = row.story_relation.kind == "overlapping"
            parts = ["same event"]
            parts += [f"p {shown_probability(row.story_probability, digits=2)}"] if row.story_probability else []
            parts += [f"{row.story_relation.left_in_right:.0%} shared"] if shares else []
            return ", ".join(parts)
        if row.story_size == 1:
            return ""
        if row.published_at is None:
            return "longest"
        return "first" if _is_surely_first(row, self.members[row.story]) else "perhaps first"


def _copy_of(relation: Relation, number: int) -> str:
    """Return the relation of a copy to its canonical article, which has this number in its story."""
    if relation.kind == "identical":
        return f"identical to {number}"
    if relation.kind not in COPY_KINDS:
        return f"copy of a copy of {number}, {relation.left_in_right:.0%}"
    if relation.kind == "excerpt" and relation.right_in_left > relation.left_in_right:
        return f"contains {number}, {relation.right_in_left:.0%}"
    revised = "revision" if relation.route == "revised" else "near duplicate"
    name = "excerpt" if relation.kind == "excerpt" else revised
    return f"{name} of {number}, {relation.left_in_right:.0%}"


def _reading_order(row: Row) -> tuple[object, ...]:
    """Return a sort key within a story: time, and for one time the canonical article and its copies before others."""
    known = row.published_at is not None
    at = row.published_at.isoformat() if row.published_at else ""
    is_first = row.id == row.story_canonical, row.canonical == row.story_canonical
    return (not known, at, not is_first[0], not is_first[1], row.canonical, not row.is_canonical, row.id)


def _is_surely_first(row: Row, members: Sequence[Row]) -> bool:
    """Return whether an article was surely published before all others of its story.

    It is not sure where one of them has no date, nor within a day where one of the two has a day alone.
    """
    return all(other is row or _is_surely_before(row.published_at, other.published_at) for other in members)


def _is_surely_before(earlier: datetime | None, later: datetime | None) -> bool:
    if earlier is None or later is None:
        return False
    has_days_only = _is_day(earlier) or _is_day(later)
    return earlier.date() < later.date() if has_days_only else earlier < later


def _is_day(at: datetime) -> bool:
    """Return whether a time is a midnight, which is how a date without a time is stored."""
    return at.time() == time.min


def shown_time(at: datetime | None) -> str:
    """Return day and time, or the day alone where no time is known; "" for None."""
    if at is None:
        return ""
    return at.strftime("%Y-%m-%d" if _is_day(at) else "%Y-%m-%d %H:%M")


def span_of(rows: Sequence[Row]) -> str:
    """Return the first and the last time of some articles, "" where none is known."""
    times = sorted(row.published_at for row in rows if row.published_at)
    if not times:
        return ""
    first, last = shown_time(times[0]), shown_time(times[-1])
    if first == last:
        return first
    has_same_day = first[:10] == last[:10] and not _is_day(times[0])
    return f"{first} to {last[11:] if has_same_day else last}"


def _any(part: str, cells: Iterable[str]) -> bool:
    return any(part in cell for cell in cells)


class _Layout:
    """Puts articles into rows of a terminal: what is known of each beside its title or, where that is narrow, below.

    ``details``: how each article relates to its story, by id. ``legend`` explains what stands in the rows.
    """

    def __init__(self, rows: Sequence[Row], details: dict[str, str], width: int, *, wide: bool) -> None:
        self._width, self._wide, self._details = width, wide, details
        largest = max((row.story_size for row in rows), default=0)
        self._number = len(str(largest)) if largest > 1 else 0
        self._indent = _INDENT + (self._number + len(_GAP) if self._number else 0)
        self._titles = {row.id: fitted(printable(row.title).strip() or "–", _LONGEST_TITLE) for row in rows}
        self._columns = [
            max((columns_of(cell) for cell in cells), default=0)
            for cells in zip(*(self._cells(row) for row in rows), strict=True)
        ] or [0, 0, 0, 0]
        self._fit_columns()
        beside = sum(columns + len(_GAP) for columns in self._columns if columns)
        longest = max(map(columns_of, self._titles.values()), default=0)
        self._title_columns = min(longest, max(width - self._indent - beside, 0))
        if wide:
            self._title_columns = longest
        self._is_below = not wide and self._title_columns < min(longest, _NARROWEST_TITLE)
        shown = details.values()
        parts = ["p: the probability that it reports the event of its story"] if _any(", p ", shown) else []
        parts += ["per cent: the share of its wording that the other has too"] if _any("%", shown) else []
        parts += ["with `contains`, of the other's"] if _any("contains ", shown) else []
        self.legend = "; ".join(parts)

    def row(self, row: Row, number: str) -> Iterator[str]:
        """Yield the lines of one article. ``number``: its place in its story."""
        *others, (name, most) = zip(self._cells(row), self._columns, strict=True)
        cells = [padded(fitted(cell, columns), columns) for cell, columns in others if columns]
        details = _GAP.join([*cells, fitted_end(name, most)])
        lead = " " * _INDENT + (f"{number:>{self._number}}{_GAP}" if self._number else "")
        indent = " " * self._indent
        title = self._titles[row.id]
        if self._is_below:
            first, *more = wrapped(title, max(self._width - self._indent, _NARROWEST_TITLE // 2))
            yield lead + first
            yield from (indent + line for line in [*more, details])
            return
        first, *more = [title] if self._wide else wrapped(title, max(self._title_columns, 1))
        yield f"{lead}{padded(first, self._title_columns)}{_GAP}{details}".rstrip()
        yield from (indent + line for line in more)

    def broken(self, text: str) -> list[str]:
        """Return the lines of a text that is no row, broken at the width of the terminal."""
        text = fitted(text, _LONGEST_TITLE)
        return [text] if self._wide else wrapped(text, max(self._width, _NARROWEST_TITLE))

    def _cells(self, row: Row) -> tuple[str, str, str, str]:
        publisher = printable(row.publisher or "")
        return shown_time(row.published_at), publisher, self._details[row.id], printable(row.id)

    def _fit_columns(self) -> None:
        """Cut publishers and ids, to their fewest columns only where the rest would not fit into a line of its own."""
        if self._wide:
            return
        published, publisher, relation, article = self._columns
        publisher, article = min(publisher, _PUBLISHER_COLUMNS[1]), min(article, _ID_COLUMNS[1])
        room = self._width - self._indent - published - relation - 3 * len(_GAP)
        if article > room - publisher:
            article = max(min(article, _ID_COLUMNS[0]), room - publisher)
        if publisher > room - article:
            publisher = max(min(publisher, _PUBLISHER_COLUMNS[0]), room - article)
        self._columns = [published, publisher, relation, article]
