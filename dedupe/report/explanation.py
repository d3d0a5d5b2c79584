"""Why each article is in its story: what ``dedupe cluster --explain`` prints below the table."""

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
"""Reasons listed one by one, the largest first; the others are added up in one line."""


def lines(clustering: Clustering) -> Iterator[str]:
    """Yield the explanation of every story of two or more texts, the largest story first.

    First come the words that distinguish each story of a small collection from the others. Then each story is explained
    as a whole, by the best split that was refused, and after it each of its texts: the mean log-odds with the other
    texts of the story, the largest reasons, the weakest link inside the story and the nearest article outside.
    """
    articles = explain_articles(clustering)
    stories = {story.story: story for story in explain_stories(clustering)}
    sizes = Counter(article.story for article in articles)
    model = clustering.evidence.links.model
    feature_meanings = {feature.name: feature.meaning for feature in model.features}
    split_meanings = {reason.name: reason.meaning for reason in model.splits.reasons}
    yield "Log-odds that an article reports the event of its story (mean over the other texts; 0 is the fitted cut):"
    for number, words in distinctive_words(clustering).items():
        yield f"story {number} is told from the others by: {printable(', '.join(words)) or 'no shared words'}"
    previous = 0
    for article in sorted(articles, key=lambda article: (-sizes[article.story], article.story)):
        if sizes[article.story] == 1:
            continue
        yield ""
        if article.story != previous:
            yield from _story_lines(stories[article.story], split_meanings)
            yield ""
        previous = article.story
        yield from _article_lines(article, feature_meanings)


def _story_lines(story: StoryExplanation, meanings: Mapping[str, str]) -> Iterator[str]:
    """Yield why the story was not split. Signs are turned round, so that positive numbers speak for one story."""
    sides = " | ".join(", ".join(map(printable, side)) for side in (story.smaller_side, story.larger_side))
    yield f"story {story.story}  as a whole  {-story.log_odds:+.2f}  at its best division, {sides}"
    if len(story.judged_by) < len(story.smaller_side) + len(story.larger_side):
        yield f"  by the least alike of either side: {', '.join(map(printable, story.judged_by))}"
    yield from _reason_table({name: -value for name, value in story.contributions.items()}, meanings)


def _article_lines(article: ArticleExplanation, meanings: Mapping[str, str]) -> Iterator[str]:
    yield f"story {article.story}  {printable(article.id)}  {article.log_odds:+.2f}"
    inside = (_log_odds(article.weakest_inside), f"weakest link inside: {_name(article.weakest_inside)}")
    outside = (_log_odds(article.nearest_outside), f"nearest article outside: {_name(article.nearest_outside)}")
    yield from _reason_table(article.contributions, meanings, (inside, outside))


def _reason_table(
    contributions: Mapping[str, float], meanings: Mapping[str, str], extra: Sequence[tuple[str, str]] = ()
) -> Iterator[str]:
    """Yield the largest contributions with their meanings, the sum of all others, and the ``extra`` rows."""
    reasons = list(contributions.items())
    table = [(f"{value:+.2f}", meanings.get(name, name)) for name, value in reasons[:_REASONS_SHOWN]]
    if rest := reasons[_REASONS_SHOWN:]:
        table.append((f"{sum(value for _, value in rest):+.2f}", f"{len(rest)} smaller reasons"))
    table += extra
    for line in tabulate(table, tablefmt="plain", colalign=("right", "left"), disable_numparse=True).splitlines():
        yield f"  {line}"


def _log_odds(link: LinkedArticle | None) -> str:
    return f"{link.log_odds:+.2f}" if link else ""


def _name(link: LinkedArticle | None) -> str:
    return f"{printable(link.id)} (story {link.story})" if link else "none close enough to be scored"
