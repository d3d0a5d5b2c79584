"""Put an HTML page together: a summary that needs no JavaScript, the data, one style sheet and one script.

The page asks nothing of a network, and no text of an article can become markup or code in it:

- What Python writes as HTML goes through ``escaped``. Everything else is data in JSON, in which ``encoded`` leaves no
  character that could end the element; the script makes text nodes of it.
- The content security policy allows only the style sheet and the script whose hashes it names.
- Only addresses that ``web_address`` lets through become links.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from string import Template

import msgspec

import dedupe
from dedupe.report.formats import clipped

_FOLDER = Path(__file__).parent

_LONGEST_NAME = 300
"""Characters of a headline, a publisher or an id that are shown."""

_INPUTS_SHOWN = 50
"""Paths that are named; of more, the rest is counted."""

_LONGEST_ADDRESS = 2000
"""Characters of an address; a longer one is no link. Browsers and servers begin to refuse addresses about there."""

_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of what follows them (Unicode, "Bidirectional Algorithm"), by which a headline
could make other text read backwards."""

_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


def page(title: str, summary: str, static: str, about: str, data: object, scripts: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a page.

    ``summary``, ``static`` and ``about`` are HTML: the head of the page, what stands in the place of the view where
    there is no JavaScript, and the foot. ``data`` is what the script reads. ``scripts`` names the parts of the script,
    each of which may use those before it.
    """
    style = _part("page.css")
    script = "\n".join(_part(name) for name in ("elements.js", *scripts))
    policy = (
        f"default-src 'none'; style-src '{_hash_of(style)}'; script-src '{_hash_of(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    whole = Template(_part("page.html")).substitute(
        policy=policy,
        generator=f"dedupe {dedupe.__version__}",
        title=escaped(title),
        style=style,
        summary=summary,
        static=static,
        about=about,
        data=encoded(data).decode(),
        script=script,
    )
    yield from whole.rstrip("\n").split("\n")


def encoded(data: object) -> bytes:
    r"""Return JSON that can stand in a script element: no text can end the element or begin a comment in it.

    >>> encoded("</script><!--")
    b'"\\u003c/script\\u003e\\u003c!--"'
    """
    return msgspec.json.encode(data).decode().translate(_ESCAPES).encode()


def shown(text: str, longest: int = _LONGEST_NAME) -> str:
    r"""Return a text for people: without control characters, on one line, and cut to ``longest`` characters.

    >>> shown("Breaking\x00 \u202enews\n today")
    'Breaking\ufffd \ufffdnews today'
    """
    return clipped(cleaned(text), longest)


def cleaned(text: str) -> str:
    """Return a text of any length with its white space as single blanks, and U+FFFD for what could harm a page.

    These are control characters, those that change the direction of what follows, and halves of surrogate pairs.
    """
    if text.isascii() and text.isprintable():
        return text
    spaced = re.sub(r"\s+", " ", text)
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if char in _DIRECTIONS or unicodedata.category(char) in ("Cc", "Cs") else char
        for char in spaced
    )


def escaped(text: object) -> str:
    """Return a text as HTML, cleaned and cut as by ``shown``."""
    return html.escape(shown(str(text)))


def web_address(url: str | None) -> str | None:
    """Return an address that may become a link: http or https, without blanks and control characters, else None.

    >>> web_address("https://example.org/a?b=1"), web_address("javascript:alert(1)")
    ('https://example.org/a?b=1', None)
    """
    is_safe = url and len(url) <= _LONGEST_ADDRESS and re.fullmatch(r"https?://[!-~\u00a1-\U0010ffff]+", url, re.I)
    return url if is_safe else None


def time_of(published_at: datetime | None, is_day: bool) -> str | None:
    """Return when an article was published: its day, or its day and time, as 2024-05-01T10:00:00Z."""
    if published_at is None:
        return None
    return published_at.strftime("%Y-%m-%d" if is_day else "%Y-%m-%dT%H:%M:%SZ")


def list_of(heading: str, entries: Iterable[str]) -> str:
    """Return a heading and a list as HTML, empty where there is no entry."""
    points = "".join(f"<li>{html.escape(cleaned(entry))}</li>" for entry in entries)
    return f'<section class="notes"><h2>{escaped(heading)}</h2><ul>{points}</ul></section>' if points else ""


def table_of(heading: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as HTML; ``heading`` is its caption."""
    head = "".join(f'<th scope="col">{escaped(name)}</th>' for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{escaped(cell)}</td>' for cell in row)}</tr>" for row in rows)
    table = f"<table><caption>{escaped(heading)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'


def about(inputs: Sequence[str], settings: Mapping[str, object]) -> str:
    """Return the foot of a page as HTML: what was read, the settings, and the version of the program."""
    named = ["stdin" if name == "-" else shown(name) for name in inputs[:_INPUTS_SHOWN]]
    if len(inputs) > len(named):
        named.append(f"and {len(inputs) - len(named):,} more")
    parts = [list_of("Read from", named)]
    if settings:
        parts.append(table_of("Settings", ("setting", "value"), settings.items()))
    parts.append(f"<p>Made by dedupe {escaped(dedupe.__version__)}. Times are UTC. This page loads nothing.</p>")
    return f"<details><summary>Input, settings and version</summary>{''.join(parts)}</details>"


def _part(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash_of(part: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}"
