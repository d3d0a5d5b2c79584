"""Why articles are in one story or in two, in words.

``lines`` is what ``dedupe cluster --explain`` prints below the table, ``pair_lines`` what ``dedupe explain`` prints.
Words stand as the articles print them, and of the log-odds only the sums of a few kinds of reasons are shown; JSON has
every contribution.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from dedupe.clustering import Clustering
from dedupe.explanations import (
    ArticleExplanation,
    Explanation,
    Join,
    NearestStory,
    Split,
    StoryExplanation,
    WordsByKind,
    explain_collection,
)
from dedupe.report.cells import columns_of, fitted
from dedupe.report.formats import clipped, counted, json_document, printable, shown_probability
from dedupe.results import Relation
from dedupe.settings import Settings

_IDS_SHOWN = 4
"""Ids of a group that are named; of a larger group, the rest is counted."""

_SHOWN_OF_A_KIND = {"names": 5, "numbers": 2, "dates": 2, "words": 12}
_SHOWN_IN_A_LINE = 12
"""Words in a line: the first names, numbers and dates, and as many other words as there is room for."""

_JOIN_SUMS = {
    "other numbers or days": ("other_numbers", "other_dates"),
    "dates": ("days_apart",),
    "to begin with": ("intercept", "larger_group"),
}
_SPLIT_SUMS = {
    "what only one side says": ("names", "numbers", "others"),
    "likeness across": ("across",),
    "to begin with": ("intercept", "words", "texts", "side"),
}
"""Reasons whose contributions are shown as one sum. All others of a join are what both groups have in common."""

_LABEL_WIDTH = 18

_NARROWEST_TITLE = 24
"""Columns that a title gets at least. Where fewer are left beside an article, its title stands below."""


def lines(clustering: Clustering, width: int, listed: Collection[int] | None = None) -> Iterator[str]:
    """Yield the explanation of every story of two or more texts, the largest story first.

    Titles and labels are cut to ``width``, the number of columns. ``listed``: the numbers of the stories to explain;
    None explains all.

    Each story is explained by the weakest join that made it, the splits that parted it from other stories, its best
    split, which was refused, and the nearest story outside. Then its texts follow, with the probability that they
    belong to it and the text that is most like each.
    """
    explained = explain_collection(clustering)
    settings = clustering.settings
    yield (
        f"Why these stories: p is the probability that two sides report one event; {settings.story_probability:g} or "
        "more makes one story."
    )
    titles = {row.id: row.title for row in clustering.rows}
    labels = {story.story: story.label for story in clustering.stories}
    articles: dict[int, list[ArticleExplanation]] = {}
    for article in explained.articles:
        articles.setdefault(article.story, []).append(article)
    for story in sorted(explained.stories, key=lambda story: (-len(story.texts), story.story)):
        if listed is not None and story.story not in listed:
            continue
        yield ""
        yield from _story_lines(story, settings, labels, width)
        for number, article in enumerate(articles[story.story]):
            surely = f"p {shown_probability(article.probability or 0)} in this story"
            closest = f", closest to {printable(article.closest)}" if article.closest else ""
            judged = f"{printable(article.id)}: {surely}{closest}"
            yield from _with_title("" if number else "texts", judged, titles[article.id], width)


def pair_lines(clustering: Clustering, explanation: Explanation, format_name: str, width: int) -> Iterator[str]:
    """Yield why two articles are, or are not, in one story, in the format ``table`` or ``json``.

    ``width`` is the number of columns of a table.
    """
    if format_name == "json":
        yield json_document(explanation)
        return
    titles = {row.id: row.title for row in clustering.rows}
    settings = clustering.settings
    for label, name, text, story in (
        ("left", explanation.left, explanation.left_text, explanation.left_story),
        ("right", explanation.right, explanation.right_text, explanation.right_story),
    ):
        judged = "" if text == name else f", judged by its longest copy {printable(text)}"
        shown = f"{printable(name)}  (story {story}{judged})  {printable(titles[name])}"
        yield _line(label, clipped(shown, max(width - _LABEL_WIDTH - 2, len(name))))
    yield ""
    if explanation.relation:
        yield _line("same text", _relation(explanation.relation, explanation.same_text))
    yield _line("same story", _decision(explanation, settings))
    if explanation.decided_by not in ("copies", "too_short"):
        days = "not known" if explanation.days_apart is None else f"{explanation.days_apart:g}"
        yield _line("days apart", days)
        yield from _words_lines("both have", explanation.shared)
        yield from _words_lines("only left has", explanation.left_only)
        yield from _words_lines("only right has", explanation.right_only)
    if explanation.join:
        label = "join" if explanation.decided_by in ("join", "split") else "refused join"
        yield ""
        yield _line(label, f"{_sides(explanation.join)}: {_odds(explanation.join)}{_days(explanation.join)}")
        yield from _join_lines(explanation.join, "left group", "right group")
    if explanation.split:
        label = "split" if explanation.decided_by == "split" else "refused split"
        yield ""
        yield _line(label, f"{_sides(explanation.split)}: {_odds(explanation.split)}")
        yield from _split_lines(explanation.split)


def _story_lines(story: StoryExplanation, settings: Settings, labels: Mapping[int, str], width: int) -> Iterator[str]:
    yield from _with_title(f"story {story.story}", counted(len(story.texts), "text"), labels[story.story], width)
    join = story.weakest_join
    yield _line("weakest join", f"{_sides(join)}: {_odds(join)}{_days(join)}")
    yield from _join_lines(join)
    for split in story.splits_made:
        yield _line("split made", f"{_sides(split)}: {_odds(split)}")
        yield from _split_lines(split)
    if story.refused_split:
        yield _line("best split refused", f"{_sides(story.refused_split)}: {_odds(story.refused_split)}")
        yield from _split_lines(story.refused_split)
    nearest = story.nearest_outside
    if nearest is None:
        yield _line("nearest outside", "none that was compared")
        return
    apart = f"{_odds(nearest)}, {kept_apart(nearest.kept_apart_by, story.refused_join, settings)}"
    judged = f"story {nearest.story}: {apart}{_days(story.refused_join)}"
    yield from _with_title("nearest outside", judged, labels[nearest.story], width)
    if story.refused_join:
        yield from _join_lines(story.refused_join, "this", "that")


def kept_apart(kept_apart_by: str, join: Join | None, settings: Settings) -> str:
    """Return what kept two stories apart, in words."""
    if kept_apart_by == "story_span" and join and join.days_spanned is not None:
        return f"but both span {join.days_spanned:g} days, more than {settings.story_span:g}"
    return "parted by a split" if kept_apart_by == "split" else f"below {settings.story_probability:g}"


def _decision(explanation: Explanation, settings: Settings) -> str:
    """Whether two articles are in one story, and what decided, in words."""
    join = explanation.join
    if join and explanation.decided_by in ("story_probability", "story_span"):
        why = kept_apart(explanation.decided_by, join, settings)
        return f"no: a join of their groups has {_odds(join)}, {why}"
    return {
        "copies": "yes: they are copies of one text",
        "join": "yes: they came together by a join",
        "split": "no: a join brought them together, and a split parted them",
        "not_compared": "no: they have too little in common to be compared",
        "too_short": f"no: an article of fewer than {settings.shingle_words} words stays alone",
    }[explanation.decided_by]


def _relation(relation: Relation, same_text: bool) -> str:
    shares = f"{relation.left_in_right:.0%} of left in right, {relation.right_in_left:.0%} of right in left"
    kind = relation.kind.replace("_", " ")
    return f"{'yes' if same_text else 'no'}: {kind}, Jaccard {relation.jaccard:.2f}, {shares}"


def _join_lines(join: Join, left: str = "", right: str = "") -> Iterator[str]:
    """Yield what both groups have in common, what only one has unless its name is empty, and the sums of reasons."""
    yield _line("", f"both have: {some_words(join.shared)}")
    for side, only in ((left, join.left_only), (right, join.right_only)):
        if side:
            yield _line("", f"only {side} has: {some_words(only)}")
    yield _line("", _sums(join.log_odds, join.contributions, _JOIN_SUMS, "in common"))


def _split_lines(split: Split) -> Iterator[str]:
    """Yield the words that only one side has, and the sums of reasons."""
    for side, words in (("first", split.smaller_words), ("second", split.larger_words)):
        yield _line("", f"only the {side}: {printable(', '.join(words)) or 'no words that tell'}")
    yield _line("", _sums(split.log_odds, split.contributions, _SPLIT_SUMS, "other reasons"))


def _sums(log_odds: float, contributions: Mapping[str, float], sums: Mapping[str, Sequence[str]], rest: str) -> str:
    """The log-odds as a sum: the contributions that ``sums`` does not name as ``rest``, and then those of each name."""
    named = {name for names in sums.values() for name in names}
    parts = {rest: sum(value for name, value in contributions.items() if name not in named)}
    parts |= {label: sum(contributions.get(name, 0.0) for name in names) for label, names in sums.items()}
    shown = ", ".join(f"{value:+.2f} {label}" for label, value in parts.items() if value)
    return f"log-odds {log_odds:+.2f} = {shown}"


def some_words(words: WordsByKind) -> str:
    """Return the first words of each kind in one line, the kinds apart by semicolons."""
    kinds, room = [], _SHOWN_IN_A_LINE
    for kind, most in _SHOWN_OF_A_KIND.items():
        some = getattr(words, kind)[: min(most, room)]
        room -= len(some)
        if some:
            kinds.append(printable(", ".join(some)))
    return "; ".join(kinds) or "nothing"


def _words_lines(label: str, words: WordsByKind) -> Iterator[str]:
    """Yield the words of each kind in a line of its own."""
    shown = [(kind, getattr(words, kind)) for kind in _SHOWN_OF_A_KIND if getattr(words, kind)]
    for number, (kind, some) in enumerate(shown):
        yield _line(label if not number else "", f"{kind}: {printable(', '.join(some))}")
    if not shown:
        yield _line(label, "nothing")


def _odds(judged: Join | Split | NearestStory) -> str:
    return f"p {shown_probability(judged.probability)} of one event"


def _days(join: Join | None) -> str:
    """The days between both groups, as the end of a line."""
    if join is None or join.days_apart is None:
        return ""
    return f", {join.days_apart:.0f} days apart" if round(join.days_apart) != 1 else ", 1 day apart"


def _sides(judged: Join | Split) -> str:
    if isinstance(judged, Join):
        return f"{_ids(judged.left)} with {_ids(judged.right)}"
    return f"{_ids(judged.smaller)} | {_ids(judged.larger)}"


def _ids(ids: Sequence[str]) -> str:
    shown = ", ".join(map(printable, ids[:_IDS_SHOWN]))
    return f"{shown} and {len(ids) - _IDS_SHOWN} more" if len(ids) > _IDS_SHOWN else shown


def _with_title(label: str, text: str, title: str, width: int) -> Iterator[str]:
    """Yield a line with a title or the label of a story at its end, or below it where too little room is left."""
    line = _line(label, text)
    shown = printable(title)
    room = width - columns_of(line) - 2
    if not shown:
        yield line
    elif room >= min(_NARROWEST_TITLE, columns_of(shown)):
        yield f"{line}  {fitted(shown, room)}"
    else:
        yield line
        yield _line("", f"  {fitted(shown, max(_NARROWEST_TITLE, width - _LABEL_WIDTH - 4))}")


def _line(label: str, text: str) -> str:
    """A line with a label, or what continues the line above."""
    return f"{label:<{_LABEL_WIDTH}}  {text}"
