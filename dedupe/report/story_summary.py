"""A large collection in one screenful: its largest stories, who reported them, copies and warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dedupe.clustering import Clustering
from dedupe.report.cells import columns_of, fitted, wrapped
from dedupe.report.formats import counted, printable
from dedupe.report.story_table import StoryTable, shown_time, span_of

_STORIES = _PUBLISHERS = 10
_PUBLISHER_COLUMNS = 24
_NARROWEST = 40
_NARROWEST_LABEL = 20
_WIDE = 100
"""Columns from which on there is room for all numbers beside the labels."""


def summary_lines(clustering: Clustering, table: StoryTable, width: int) -> Iterator[str]:
    """Yield the summary of a collection of at least one article, for a terminal of ``width`` columns.

    ``table`` holds its stories, and says which of them have an article of the time that was asked for: the largest
    stories are chosen from these. The counts before them are those of the collection.
    """
    rows = clustering.rows
    publishers = {row.publisher for row in rows if row.publisher}
    several = [story for story in clustering.stories if len(story.articles) > 1]
    together = sum(len(story.articles) for story in several)
    facts = [counted(len(rows), "article")]
    facts += [counted(len(publishers), "publisher")] if publishers else []
    facts += [span] if (span := span_of(rows)) else []
    yield ", ".join(facts)
    stories = counted(len(several), "story", "stories")
    yield f"{stories} of several articles ({together:,} in all), {counted(len(rows) - together, 'article')} alone"
    kinds = Counter(row.relation.kind for row in rows if row.relation)
    names = {"near_duplicate": "near duplicate", "excerpt": "excerpt"}
    copies = [
        counted(number, names[kind]) if kind in names else f"{number:,} {kind}"
        for kind, number in sorted(kinds.items())
    ]
    yield f"{counted(kinds.total(), 'copy', 'copies')}: {', '.join(copies)}" if copies else "no copies"
    for warning in clustering.warnings:
        yield from wrapped(f"Warning: {printable(warning)}", max(width, _NARROWEST))
    timely = [story for story in table.timely if len(story.articles) > 1]
    largest = sorted(timely, key=lambda story: (-len(story.articles), -story.texts, story.story))[:_STORIES]
    if largest:
        yield ""
        is_limited = len(table.timely) < len(table.stories)
        yield "The largest stories with an article of this time" if is_limited else "The largest stories"
        yield from _stories(table, [story.story for story in largest], width)
    if largest and publishers:
        yield ""
        yield "Articles of the publishers with most articles, by story"
        yield from _publishers(clustering, [story.story for story in largest], width)
    yield ""


def _stories(table: StoryTable, numbers: list[int], width: int) -> Iterator[str]:
    """Yield a line for each of some stories, with its label cut to the width that is left."""
    known = {story.story: story for story in table.stories}
    cells = []
    for number in numbers:
        rows = table.members[number]
        names = {row.publisher for row in rows if row.publisher}
        first = min((row.published_at for row in rows if row.published_at), default=None)
        sizes = (len(rows), known[number].texts, len(names))
        cells.append([str(number), *(f"{size:,}" if size else "" for size in sizes), shown_time(first)[:10]])
    if width < _WIDE:  # the header of each story has the rest
        cells = [[number, articles, "", "", first] for number, articles, _, _, first in cells]
    yield from _table(
        ["story", "articles", "texts", "publishers", "first"], cells, [known[number].label for number in numbers], width
    )


def _table(names: list[str], cells: list[list[str]], labels: list[str], width: int) -> Iterator[str]:
    """Yield columns that are aligned to the right, without empty ones, and behind them labels, cut to the width."""
    kept = [place for place in range(len(names)) if any(row[place] for row in cells)]
    sizes = [max(len(row[place]) for row in [names, *cells]) for place in kept]
    room = max(width - sum(size + 2 for size in sizes) - 1, _NARROWEST_LABEL)
    for row, label in zip([names, *cells], ["", *labels], strict=True):
        numbers = "  ".join(f"{row[place]:>{size}}" for place, size in zip(kept, sizes, strict=True))
        yield f"{numbers}  {fitted(printable(label), room)}".rstrip()


def _publishers(clustering: Clustering, numbers: list[int], width: int) -> Iterator[str]:
    """Yield a line for each of the publishers with most articles: how many of them are in each of some stories."""
    articles = Counter(row.publisher for row in clustering.rows if row.publisher)
    inside = Counter((row.publisher, row.story) for row in clustering.rows)
    alone = Counter(row.publisher for row in clustering.rows if row.story_size == 1)
    chosen = sorted(articles, key=lambda name: (-articles[name], name))[:_PUBLISHERS]
    names = {name: fitted(printable(name), _PUBLISHER_COLUMNS) for name in chosen}
    first = max(map(columns_of, names.values()))
    while len(numbers) > 1 and first + 6 * len(numbers) + 24 > width:
        numbers = numbers[:-1]
    head = [*map(str, numbers), "others", "alone", "all"]
    sizes = [max(len(name), 4) for name in head]
    yield " " * first + "".join(f"  {name:>{size}}" for name, size in zip(head, sizes, strict=True))
    for name in chosen:
        of_stories = [inside[name, number] for number in numbers]
        rest = articles[name] - sum(of_stories) - alone[name]
        counts = [*of_stories, rest, alone[name], articles[name]]
        cells = "".join(f"  {count or '':>{size}}" for count, size in zip(counts, sizes, strict=True))
        yield names[name] + " " * (first - columns_of(names[name])) + cells
