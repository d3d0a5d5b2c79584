"""Reports of bad input, each of which prints as one line: file, line number, what is wrong, and what to do.

Problem              one report
Origin               where records come from, to report problems to
valid_text(text)     replaces the characters that Arrow, SQLite or terminals do not accept
escaped(text)        replaces the characters that are not printable by escapes
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dedupe.errors import InputError

if TYPE_CHECKING:
    from dedupe.reading.charsets import Charset
    from dedupe.reading.fields import Columns

_LONGEST_QUOTE = 300
"""Characters of a file name or reason that are printed; the rest is cut off."""


_LAYOUTS_KEPT = 256
"""Sets of field names that are noted for one file."""

_NAMES_SHOWN = 12
"""Names of fields that a message lists."""

_MEANINGS = {"id": "an id", "published_at": "a date", "publisher": "a publisher", "title": "a title"}

# Characters to replace, for str.translate: NUL and all surrogates become U+FFFD.
_REPLACED = dict.fromkeys([0, *range(0xD800, 0xE000)], "\ufffd")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the input.

    ``kind`` says what reading did about it: ``"skipped"`` means that the record, or the rest of the file, is not in the
    result; ``"repaired"`` means that the article is in the result with the change or flaw that ``reason`` names.
    ``"unused"`` is no fault of the input: a column that nobody named may hold what the articles lack.
    ``line`` counts lines of text, rows of Parquet or articles of a JSON document from 1, and is None if the problem
    concerns the whole file. ``article_id`` is None if no id was read.
    """

    kind: Literal["skipped", "repaired", "unused"]
    file: str
    line: int | None
    article_id: str | None
    reason: str
    advice: str

    def __str__(self) -> str:
        r"""Return ``file:line: what is wrong — what to do`` as one line of printable characters.

        >>> print(Problem("skipped", "a\nb.csv", 3, None, "no text", "add it"))
        a\nb.csv:3: no text — add it
        """
        place = _clipped(self.file) if self.line is None else f"{_clipped(self.file)}:{self.line}"
        whole = f"{place}: {_clipped(self.reason)} — {self.advice}"
        return escaped(whole)


def _usual_columns() -> Columns:
    from dedupe.reading.fields import Columns  # not needed to ask for help, and slow to import

    return Columns()


def _unknown_charset() -> Charset:
    from dedupe.reading.charsets import Charset

    return Charset()


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that records come from, for messages and ids.

    ``file`` is its name in messages. Records without an id get one that begins with ``stem``. ``report`` is called with
    every problem. ``columns`` finds the fields of an article in its records, ``charset`` decodes those that are not
    UTF-8. ``layouts`` are the names of fields that records have, where the user named some.
    """

    file: str
    stem: str
    report: Callable[[Problem], None]
    columns: Columns = field(default_factory=_usual_columns)
    charset: Charset = field(default_factory=_unknown_charset)
    layouts: dict[tuple[str, ...], None] = field(default_factory=dict)

    def skipped(self, reason: str, advice: str, line: int | None = None, article_id: str | None = None) -> None:
        """Report that a record, or the rest of the file, is not in the result."""
        self.report(Problem("skipped", self.file, line, article_id, valid_text(reason), advice))

    def repaired(self, reason: str, advice: str, line: int | None = None, article_id: str | None = None) -> None:
        """Report that an article is in the result with a change or a flaw."""
        self.report(Problem("repaired", self.file, line, article_id, valid_text(reason), advice))

    def note_names(self, names: tuple[str, ...]) -> None:
        """Note the names of the fields of a record, for ``name_absent``."""
        if self.columns.named and len(self.layouts) < _LAYOUTS_KEPT:
            self.layouts[names] = None

    def name_unused(self, names: tuple[str, ...], line: int | None = None) -> None:
        """Report columns that look like a field that records with these names lack, each once."""
        for missing, name in self.columns.unused(names):
            reason = f"{name!r} looks like {_MEANINGS[missing]} and is not used"
            self._report_unused(reason, f"give --map {missing}=NAME if it is meant", line)

    def name_absent(self) -> None:
        """Report the columns that --map names and no record of the file has, and which there are."""
        names = dict.fromkeys(name for layout in self.layouts for name in layout)
        shown = ", ".join([*names][:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
        from dedupe.reading.fields import closest_name

        for missing, name in self.columns.absent(self.layouts) if self.layouts else ():
            meant = closest_name(name, names)
            advice = f"did you mean {missing}={meant}?" if meant else "check the name in --map"
            self._report_unused(f"no {name!r}, which is named for {missing}, among the fields {shown}", advice)

    def _report_unused(self, reason: str, advice: str, line: int | None = None) -> None:
        self.report(Problem("unused", self.file, line, None, valid_text(reason), escaped(advice)))


OnProblem = Callable[[Problem], None]
"""Called with every problem of the input."""


def reporter(on_problem: OnProblem | None, *, strict: bool = False) -> OnProblem:
    """Return the function to call with problems: with ``strict`` it raises ``InputError``; the default is a warning.

    An unused column is no fault, so that it is never refused.
    """
    tell = on_problem or _warn

    def refuse(problem: Problem) -> None:
        if problem.kind != "unused":
            raise InputError(str(problem))
        tell(problem)

    return refuse if strict else tell


def _warn(problem: Problem) -> None:
    warnings.warn(str(problem), stacklevel=3)


def escaped(text: str) -> str:
    r"""Return the text with an escape for every character that is not printable.

    These are control characters, which may move the cursor or change what a terminal does, characters that change the
    direction of writing, and surrogates.

    >>> print(escaped("a\x1b[2J\u202eb.csv"))
    a\x1b[2J\u202eb.csv
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def valid_text(text: str) -> str:
    """Return the text with U+FFFD for NUL and for every surrogate.

    Surrogates stand in Python strings for half of a surrogate pair, and for bytes of a file name that are not UTF-8.
    """
    return text if is_valid(text) else text.translate(_REPLACED)


def is_valid(text: str) -> bool:
    """Return whether ``valid_text`` would leave the text as it is."""
    return (text.isascii() and "\0" not in text) or encoded(text) is not None


def encoded(text: str) -> bytes | None:
    """Return the text as UTF-8, or None if ``valid_text`` would change it."""
    try:
        return None if "\0" in text else text.encode()
    except UnicodeEncodeError:
        return None


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
