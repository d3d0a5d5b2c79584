"""Why each article is in its story, in words and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tabulate import tabulate

from dedupe.clustering import Clustering
from dedupe.explanations import (
    ArticleExplanation,
    LinkedArticle,
    StoryExplanation,
    distinctive_words,
    explain_articles,
    explain_stories,
)
from dedupe.report.formats import printable

_REASONS_SHOWN = 4


def lines(clustering: Clustering) -> Iterator[str]:
    """For every text of a story with two or more: mean log-odds, the strongest reasons, the nearest text elsewhere."""
    reasons = explain_articles(clustering)
    sizes = Counter(reason.story for reason in reasons)
    meanings = {feature.name: feature.meaning for feature in clustering.evidence.links.model.features}
    yield "Log-odds that an article reports the event of its story (mean over the other texts; 0 is the fitted cut):"
    for number, words in distinctive_words(clustering).items():
        yield f"story {number} is told from the others by: {printable(', '.join(words)) or 'no shared words'}"
    of_divisions = {reason.name: reason.meaning for reason in clustering.evidence.links.model.splits.reasons}
    whole = {one.story: one for one in explain_stories(clustering)}
    shown = 0
    for reason in sorted(reasons, key=lambda r: (-sizes[r.story], r.story)):
        if sizes[reason.story] > 1:
            yield ""
            if reason.story != shown:
                yield from _of_story(whole[reason.story], of_divisions)
                yield ""
            shown = reason.story
            yield from _of_one(reason, meanings)


def _of_story(whole: StoryExplanation, meanings: dict[str, str]) -> Iterator[str]:
    sides = " | ".join(", ".join(map(printable, side)) for side in (whole.smaller_side, whole.larger_side))
    yield f"story {whole.story}  as a whole  {-whole.log_odds:+.2f}  at its best division, {sides}"
    if len(whole.judged_by) < len(whole.smaller_side) + len(whole.larger_side):
        yield f"  by the least alike of either side: {', '.join(map(printable, whole.judged_by))}"
    yield from _parts({name: -value for name, value in whole.contributions.items()}, meanings)


def _parts(
    contributions: Mapping[str, float], meanings: Mapping[str, str], more: Sequence[tuple[str, str]] = ()
) -> Iterator[str]:
    """The largest reasons, each with what it adds, the rest in one line, and more lines of the same shape."""
    parts = list(contributions.items())
    table = [(f"{value:+.2f}", meanings.get(name, name)) for name, value in parts[:_REASONS_SHOWN]]
    if rest := parts[_REASONS_SHOWN:]:
        table.append((f"{sum(value for _, value in rest):+.2f}", f"{len(rest)} smaller reasons"))
    table += more
    for line in tabulate(table, tablefmt="plain", colalign=("right", "left"), disable_numparse=True).splitlines():
        yield f"  {line}"


def _of_one(reason: ArticleExplanation, meanings: dict[str, str]) -> Iterator[str]:
    yield f"story {reason.story}  {printable(reason.id)}  {reason.log_odds:+.2f}"
    inside = (_value(reason.weakest_inside), f"weakest link inside: {_name(reason.weakest_inside)}")
    outside = (_value(reason.nearest_outside), f"nearest article outside: {_name(reason.nearest_outside)}")
    yield from _parts(reason.contributions, meanings, (inside, outside))


def _value(link: LinkedArticle | None) -> str:
    return f"{link.log_odds:+.2f}" if link else ""


def _name(link: LinkedArticle | None) -> str:
    return f"{printable(link.id)} (story {link.story})" if link else "none close enough to be scored"
