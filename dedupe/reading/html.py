"""HTML of article bodies (ninjs ``body_xhtml``, ``body_html``) → the text a reader sees."""

from __future__ import annotations

import re
from html import unescape

_UNSEEN = frozenset({"script", "style", "template", "noscript"})

# Elements that begin a new line: those the HTML Living Standard (15.3.3) renders as blocks, lists and tables.
_BLOCKS = frozenset(
    [
        *("address", "article", "aside", "blockquote", "br", "caption", "center", "dd", "details", "dialog", "div"),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("header", "hgroup", "hr", "legend", "li", "main", "nav", "ol", "p", "pre", "search", "section", "summary"),
        *("table", "tr", "ul"),
    ]
)


# Not html.parser: before the fixes of 2025 (CVE-2025-6069) its time grows with the square of unclosed markup; 800 KB of
# "<!--" kept it busy for five minutes. This pattern stops at the next "<", so time grows with the length only.
_TAG = re.compile(r"(<[/!?a-zA-Z][^<>]*>)")

_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")


def text_of_html(html: str) -> str:
    r"""The text of an HTML fragment: tags, comments and scripts left out, entities resolved, one line a block.

    Never raises. A ">" inside an attribute ends the tag there.

    >>> text_of_html("<p>Talks <b>ended</b> &amp; resumed.</p><script>if (a<b) track()</script><p>More.</p>")
    'Talks ended & resumed.\nMore.'
    """
    seen: list[str] = []
    unseen = ""
    for number, piece in enumerate(_TAG.split(_without_comments(html))):
        if number % 2 == 0:
            seen.append("" if unseen else re.sub(r"\s+", " ", unescape(piece)))
            continue
        tag = _NAME.match(piece)
        closing, name = (tag[1], tag[2].lower()) if tag else ("", "")
        if unseen:
            unseen = "" if closing and name == unseen else unseen
        elif name in _UNSEEN and not closing:
            unseen = name
        elif name in _BLOCKS:
            seen.append("\n")
    return "\n".join(filter(None, (line.strip() for line in "".join(seen).splitlines())))


def _without_comments(html: str) -> str:
    """The fragment without comments; one that is never closed reaches to the end, as browsers have it."""
    first, *others = html.split("<!--")
    return first + "".join(other.partition("-->")[2] for other in others)
