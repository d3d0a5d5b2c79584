"""Articles that try to break an HTML page, and a page as a browser reads it."""

import json
import warnings

from selectolax.lexbor import LexborHTMLParser

from dedupe.alignment.align import align
from dedupe.alignment.direction import direction
from dedupe.article import Article
from dedupe.audit.audit import audit
from dedupe.clustering import cluster
from dedupe.reading.articles import to_table
from dedupe.report.html import alignment
from dedupe.report.html import audit as html_audit
from dedupe.report.html.clustering import page_lines
from dedupe.report.html.texts import PageOptions

TALKS = (
    "Leaders of thirty nations met in the capital on Thursday to discuss how a ceasefire could be watched, who would "
    "pay for it and which troops would be sent, officials said after a day of talks that ended without a signature. "
)
MATCH = (
    "The national team lost its opening match three goals to one after the goalkeeper was sent off early, and the "
    "coach of the visitors called the evening in Lisbon the best of his long career with the club. "
)
HOSTILE = [
    "</script><script>window.broken=1</script>",
    "<!--<script>",
    "<img src=x onerror=window.broken=1>",
    '"><svg onload="window.broken=1">',
    "' onmouseover='window.broken=1",
    "<a href=javascript:window.broken=1>click</a>",
    "</title></style><style>*{display:none}</style>",
    "\u202egnidaeh\u202c \u2066isolated",
    "null\x00and\x1b[2Jescape",
    "two\u2028lines\u2029here",
    "W" * 10_000,
    "&lt;b&gt; &amp; &#60;",
    "${data} $style {{ 7*7 }}",
    "\ud800 half a pair",
]


def articles_of_two_stories():
    """A story of three articles with a copy each, and one article alone."""
    return [
        Article(
            "wire", "Leaders meet", TALKS * 2 + "Nothing was signed on that night.", "Wire", "2024-05-01T10:00:00Z"
        ),
        Article(
            "copy", "Leaders met", TALKS * 2 + "Nothing was agreed on that night.", "Gazette", "2024-05-01T12:30:00Z"
        ),
        Article("late", "Leaders met again", TALKS * 2 + "Nothing was signed on that night.", "Post", "2024-05-03"),
        Article("alone", "Match lost", MATCH, "Sport", "2024-05-02T08:00:00Z", "https://example.org/match?a=1&b=2"),
    ]


def hostile_articles():
    """Articles with each hostile text in every field, as copies of each other."""
    return [
        Article(f"{number} {text}", text, f"{TALKS}{text} {TALKS}", text, "2024-05-01", f"javascript:{text}", text)
        for number, text in enumerate(HOSTILE)
    ]


def page_of(articles, *, inputs=("articles.jsonl",), **options):
    """The page of a clustering, as text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of characters that reading has to repair
        table = to_table(articles)
    return "\n".join(page_lines(cluster(table), table, inputs, PageOptions(**options))) + "\n"


def page_of_audit(articles, **options):
    """The page of an audit, as text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = to_table(articles)
    return "\n".join(html_audit.page_lines(audit(table), table, ["articles.jsonl"], PageOptions(**options)))


def page_of_alignment(left, right, *, texts="all"):
    """The page of an alignment, as text."""
    found = align(left, right)
    return "\n".join(alignment.page_lines(left, right, found, direction(left, right, found), texts=texts))


def parsed(page):
    """A page as a browser without JavaScript reads it."""
    return LexborHTMLParser(page)


def data_of(page):
    """What the script of a page reads."""
    return json.loads(parsed(page).css_first("#data").text())
