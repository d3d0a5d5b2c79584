"""Tell HTML from plain text, and extract the text that a reader of the page sees."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape

from dedupe.reading.problems import valid_text

_BLOCKS = (
    "address,article,aside,blockquote,br,caption,center,dd,details,dialog,div,dl,dt,fieldset,figcaption,figure,footer,"
    "form,h1,h2,h3,h4,h5,h6,header,hgroup,hr,legend,li,main,nav,ol,p,pre,search,section,summary,table,tr,ul"
)
"""Elements that begin a new line: those that the HTML Living Standard (15.3.3) renders as blocks, lists and tables."""

_INVISIBLE = ["script", "style", "template", "noscript", "title"]
"""Elements whose content is not shown on the page."""

_ELEMENTS = "|".join(
    [
        *_BLOCKS.split(","), *_INVISIBLE,
        *("a", "abbr", "b", "body", "button", "cite", "code", "col", "del", "dfn", "em", "font", "head", "html", "i"),
        *("iframe", "img", "input", "ins", "kbd", "label", "link", "mark", "meta", "object", "option", "picture", "q"),
        *("s", "samp", "select", "small", "source", "span", "strike", "strong", "sub", "sup", "svg", "tbody", "td"),
        *("tfoot", "th", "thead", "time", "tt", "u", "var", "video", "audio", "wbr"),
    ]
)  # fmt: skip
"""Elements of HTML by which it is told from plain text."""

_ALONE = frozenset({"br", "hr", "img", "meta", "link", "wbr"})
"""Elements that have no end."""

# Every "<" ends a match, so that the time grows in proportion to the length.
_TAG = re.compile(rf"<(/?)({_ELEMENTS})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!doctype html", re.IGNORECASE)

# A tag that prose speaks of, as in: Write <br> at the end of a line, or: the tags <p>, "</p>" and <b>.
_BEFORE_MENTION = re.compile(r"\w[,:]? [\"'“‘«(`]?$")
_AFTER_MENTION = re.compile(r"[\"'”’»)`]?(?:[ .,;:!?]|$)")

_MOST_MENTIONS = 3
"""A text with more of them does not speak of tags."""

_MOST_TAGS = 5_000
"""Larger pages are parsed in pieces of so many tags: the time of the parser grows with the square of the number of
elements that lie in one another."""

_PIECE = re.compile(rf"(?=<(?:{_BLOCKS.replace(',', '|')})[\s/>])", re.IGNORECASE)

_FORMATTING = re.compile(
    r"<(/?)(a|big|b|code|em|font|i|nobr|small|strike|strong|s|tt|u)(?=[\s/>])"
    r"(?:\"[^\"]{0,5000}\"|'[^']{0,5000}'|[^<>\"']++){0,100}+>",
    re.IGNORECASE,
)
"""Elements of formatting. Those that were never closed are opened again in every block behind them, so that the time of
the parser grows with their number times that of the blocks. No text depends on them."""

_FEW_TAGS, _MOST_UNCLOSED = 200, 50
"""HTML with more tags is looked at for formatting that is never closed. Articles have a handful."""

_LONG_TAG = re.compile(r"(<[a-z][\w:-]*)([^<>]{5000,})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"[^\s=]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|\S*))?")
_MOST_ATTRIBUTES = 500
"""A tag with more of them loses them: the time of the parser grows with the square of their number."""

_LINE_END = "\x1e"
"""Stands for a line end while text is gathered. It is a control character that separates records."""


def has_markup(text: str) -> bool:
    """Return whether a text is HTML: whether it has elements that begin and end, breaks, comments or paragraphs.

    A text that has a mere "<", or that speaks of a tag, is plain.

    >>> has_markup("<p>Talks ended.</p>"), has_markup("1 < 2 <3"), has_markup("Write <br> for a new line.")
    (True, False, False)
    """
    opened: set[str] = set()
    mentions = 0
    for tag in _TAG.finditer(text):
        closing, name = tag[1], tag[2].lower()
        if mentions < _MOST_MENTIONS and _is_mention(text, tag.start(), tag.end()):
            mentions += 1
            continue
        if name in _ALONE or (name in opened and (closing or name in ("p", "li"))):
            return True
        if not closing:
            opened.add(name)
    comment = text.find("<!--")
    return (comment >= 0 and text.find("-->", comment) > 0) or _DOCTYPE.search(text) is not None


def _is_mention(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 4) : start], text[end : end + 2]
    return bool(_BEFORE_MENTION.search(before) and _AFTER_MENTION.match(after))


def text_of_html(html: str) -> str:
    r"""Return the text of a page or fragment of HTML, one line per block.

    Tags, comments and scripts are left out, and entities are resolved. Where there are no blocks, the lines are those
    of the source. This function never raises. NUL is left out, and half surrogate pairs become U+FFFD.

    >>> text_of_html("<p>Talks <b>ended</b> &amp; resumed.</p><script>if (a<b) track()</script><p>More.</p>")
    'Talks ended & resumed.\nMore.'
    """
    bounded = _without_formatting(_LONG_TAG.sub(_short_tag, valid_text(html)))
    return "\n".join(line for piece in _pieces(bounded) for line in _lines(piece))


def _short_tag(tag: re.Match[str]) -> str:
    has_too_many = sum(1 for _ in _ATTRIBUTE.finditer(tag[2])) > _MOST_ATTRIBUTES
    return tag[1] if has_too_many else tag[0]


def _without_formatting(html: str) -> str:
    """Return HTML as it is, or without formatting if much of it is never closed."""
    if html.count("<") <= _FEW_TAGS:
        return html
    opened: Counter[str] = Counter()
    for tag in _FORMATTING.finditer(html):
        name = tag[2].lower()
        opened[name] = max(0, opened[name] + (-1 if tag[1] else 1))
        if opened[name] > _MOST_UNCLOSED:
            return _FORMATTING.sub("", html)
    return html


def _pieces(html: str) -> Iterator[str]:
    """Yield the HTML in pieces of about ``_MOST_TAGS`` tags, each of which begins with a block."""
    if html.count("<") <= _MOST_TAGS:
        yield html
        return
    start = 0
    for number, block in enumerate(_PIECE.finditer(html), 1):
        if number % (_MOST_TAGS // 2) == 0:
            yield html[start : block.start()]
            start = block.start()
    yield html[start:]


def _lines(html: str) -> Iterator[str]:
    from selectolax.lexbor import LexborHTMLParser  # slow to import, so only where there is HTML

    page = LexborHTMLParser(html)
    page.strip_tags(_INVISIBLE)
    blocks = page.css(_BLOCKS)
    for block in blocks:
        block.insert_before(_LINE_END)
        block.insert_after(_LINE_END)
    for cell in page.css("td,th"):
        cell.insert_before(" ")
    text = page.body.text(deep=True) if page.body else ""
    if all(block.tag == "br" for block in blocks):
        text = text.replace("\n", _LINE_END)
    for line in text.split(_LINE_END):
        if words := " ".join(line.split()):
            yield words


_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def without_entities(text: str) -> str:
    """Return plain text with the characters that entities such as ``&#8217;`` stand for.

    An entity ends with a semicolon here, so that "R&D" and "?a=1&copy=2" stay as they are.
    """
    return _ENTITY.sub(lambda entity: unescape(entity[0]), text)
