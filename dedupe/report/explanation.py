"""Why each article is in its story, in words and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tabulate import tabulate

from dedupe.pipeline import Clustering
from dedupe.reasons import Link, Reasons, explain, telling_words
from dedupe.report.plain import printable

_REASONS_SHOWN = 4


def lines(clustering: Clustering) -> Iterator[str]:
    """For every text of a story with two or more: mean log-odds, the strongest reasons, the nearest text elsewhere."""
    reasons = explain(clustering)
    sizes = Counter(reason.story for reason in reasons)
    meanings = {feature.name: feature.meaning for feature in clustering.evidence.links.model.features}
    yield "Log-odds that an article reports the event of its story (mean over the other texts; 0 is the fitted cut):"
    for number, words in telling_words(clustering).items():
        yield f"story {number} is told from the others by: {printable(', '.join(words)) or 'no shared words'}"
    for reason in sorted(reasons, key=lambda r: (-sizes[r.story], r.story)):
        if sizes[reason.story] > 1:
            yield ""
            yield from _of_one(reason, meanings)


def _of_one(reason: Reasons, meanings: dict[str, str]) -> Iterator[str]:
    yield f"story {reason.story}  {printable(reason.id)}  {reason.log_odds:+.2f}"
    parts = list(reason.contributions.items())
    table = [(f"{value:+.2f}", meanings.get(name, name)) for name, value in parts[:_REASONS_SHOWN]]
    rest = sum(value for _, value in parts[_REASONS_SHOWN:])
    table.append((f"{rest:+.2f}", f"{len(parts[_REASONS_SHOWN:])} smaller reasons"))
    table.append((_value(reason.weakest_inside), f"weakest link inside: {_name(reason.weakest_inside)}"))
    table.append((_value(reason.nearest_outside), f"nearest article outside: {_name(reason.nearest_outside)}"))
    for line in tabulate(table, tablefmt="plain", colalign=("right", "left"), disable_numparse=True).splitlines():
        yield f"  {line}"


def _value(link: Link | None) -> str:
    return f"{link.log_odds:+.2f}" if link else ""


def _name(link: Link | None) -> str:
    return f"{printable(link.id)} (story {link.story})" if link else "none close enough to be scored"
