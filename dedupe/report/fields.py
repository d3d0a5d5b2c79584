"""The accepted names of the fields of an article, as text for people and as JSON for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from dedupe.reading.fields import ARTICLE_FIELDS, TEXT_KINDS, field_aliases
from dedupe.report.formats import json_document

_NOTES = {"html": "text as HTML", "teaser": "text, where there is nothing else"}
"""What the lists of names for a text mean that are not called like a field of an article."""


def lines(format_name: str, width: int) -> Iterator[str]:
    """Yield the names of each field in the format ``table``, for a terminal of ``width`` columns, or ``json``."""
    aliases = field_aliases()
    names = {field: aliases[field] for field in dict.fromkeys((*ARTICLE_FIELDS[:2], *TEXT_KINDS, *ARTICLE_FIELDS[2:]))}
    if format_name == "json":
        yield json_document(names)
        return
    for field, known in names.items():
        heading = f"{field} ({_NOTES[field]})" if field in _NOTES else field
        yield f"{heading}:"
        yield from textwrap.wrap(
            ", ".join(known), max(width, 40), initial_indent="  ", subsequent_indent="  ",
            break_on_hyphens=False,
        )  # fmt: skip
