"""Text in columns of a terminal, where a character of East Asia takes two columns and a combining mark none."""

from __future__ import annotations

import textwrap


def columns_of(text: str) -> int:
    """Return how many columns a printable text takes.

    >>> columns_of("summit"), columns_of("峰会")
    (6, 4)
    """
    if text.isascii():
        return len(text)
    import wcwidth  # takes 10 ms to import, which English often does without

    return wcwidth.width(text)


def fitted(text: str, width: int) -> str:
    """Return the text, or its beginning and an ellipsis where it takes more than ``width`` columns.

    >>> fitted("Talks end", 9), fitted("Talks ended", 9), fitted("峰会结束", 6)
    ('Talks end', 'Talks en…', '峰会…')
    """
    if columns_of(text) <= width:
        return text
    if text.isascii():
        return f"{text[: width - 1]}…"
    import wcwidth

    return f"{wcwidth.clip(text, 0, width - 1).rstrip()}…"


def fitted_end(text: str, width: int) -> str:
    """Return the text, or an ellipsis and its end, which tells ids and addresses apart better than their beginning.

    >>> fitted_end("helsinki-10106", 9)
    '…ki-10106'
    """
    return text if columns_of(text) <= width else f"…{fitted(text[::-1], width)[-2::-1]}"


def padded(text: str, width: int) -> str:
    """Return the text with blanks behind it, so that it takes ``width`` columns, or more if it is longer."""
    return text + " " * (width - columns_of(text))


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text that is broken at ``width`` columns, at least one.

    >>> wrapped("Leaders meet in Paris", 12), wrapped("峰会结束", 4)
    (['Leaders meet', 'in Paris'], ['峰会', '结束'])
    """
    if text.isascii():
        return textwrap.wrap(text, width) or [""]
    import wcwidth

    return wcwidth.wrap(text, width) or [""]
