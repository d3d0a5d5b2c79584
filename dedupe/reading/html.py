"""Extract the visible text from the HTML of an article body (``body_xhtml`` and ``body_html`` of ninjs)."""

from __future__ import annotations

import re
from html import unescape

# Elements whose content is not shown.
_INVISIBLE = frozenset({"script", "style", "template", "noscript"})

# Elements that begin a new line: those that the HTML Living Standard (15.3.3) renders as blocks, lists and tables.
_BLOCKS = frozenset(
    [
        *("address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "dialog", "div"),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("header", "hgroup", "hr", "legend", "li", "main", "nav", "ol", "p", "pre", "search", "section", "summary"),
        *("table", "tr", "ul"),
    ]
)


# Not html.parser: before the fixes of 2025 (CVE-2025-6069) its time grew with the square of the length of unclosed
# markup, and 800 KB of "<!--" kept it busy for five minutes. A match of this pattern ends at the next "<", so that the
# time grows in proportion to the length.
_TAG = re.compile(r"(<[/!?a-zA-Z][^<>]*>)")

_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")


def text_of_html(html: str) -> str:
    r"""Return the text of an HTML fragment, one line per block.

    Tags, comments and scripts are left out, and entities are resolved. This function never raises. A ">" inside an
    attribute ends the tag there. An empty fragment gives an empty text.

    >>> text_of_html("<p>Talks <b>ended</b> &amp; resumed.</p><script>if (a<b) track()</script><p>More.</p>")
    'Talks ended & resumed.\nMore.'
    """
    visible: list[str] = []
    inside = ""  # the invisible element that is open
    for number, piece in enumerate(_TAG.split(_without_comments(html))):
        if number % 2 == 0:  # even pieces are text, odd ones are tags
            visible.append("" if inside else re.sub(r"\s+", " ", unescape(piece)))
            continue
        tag = _NAME.match(piece)
        closing, name = (tag[1], tag[2].lower()) if tag else ("", "")
        if inside:
            inside = "" if closing and name == inside else inside
        elif name in _INVISIBLE and not closing:
            inside = name
        elif name in _BLOCKS:
            visible.append("\n")
    return "\n".join(filter(None, (line.strip() for line in "".join(visible).splitlines())))


def _without_comments(html: str) -> str:
    """Remove comments. As in browsers, a comment that is never closed reaches to the end of the fragment."""
    first, *others = html.split("<!--")
    return first + "".join(other.partition("-->")[2] for other in others)
