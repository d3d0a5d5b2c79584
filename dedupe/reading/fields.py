"""The fields of one article as its file has them, and the names that such fields may have."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec

from dedupe.shipped import read_shipped

Repairs = tuple[tuple[str, str], ...]
"""What was changed to keep a record: pairs of reason and advice."""

NOT_UTF8 = ("invalid UTF-8: the unreadable bytes became U+FFFD", "convert the file to UTF-8")
"""Reason and advice for text that had to be repaired."""

_ARTICLE_FIELDS = ("id", "text", "html", "title", "published_at", "publisher", "url", "language")


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of one article, with the names and values that they have in the file.

    ``line`` is where the record begins, counted as in ``Problem``. ``place`` distinguishes the record from the others
    of its file; it is "" if the record is the whole file.
    """

    fields: dict[str, Any]
    line: int | None = None
    place: str = ""
    repairs: Repairs = ()


@functools.cache
def field_aliases() -> dict[str, list[str]]:
    """Return the names that each of our fields has in other people's files, from ``data/field_aliases.json``."""
    names: dict[str, Any] = msgspec.json.decode(read_shipped("field_aliases.json"))
    return {field: aliases for field, aliases in names.items() if isinstance(aliases, list)}


def known_names() -> set[str]:
    """Return every name that a field of an article may have, in lower case."""
    return set(chain.from_iterable(field_aliases()[field] for field in _ARTICLE_FIELDS))


def has_text(names: Iterable[str]) -> bool:
    """Return whether one of these field names, in upper or lower case, is one for the text of an article."""
    text_names = {*field_aliases()["text"], *field_aliases()["html"]}
    return any(name.strip().lower() in text_names for name in names)


def decode_utf8(raw: bytes) -> tuple[str, Repairs]:
    """Decode UTF-8. Invalid bytes become U+FFFD, which is returned as a repair."""
    try:
        return raw.decode("utf-8"), ()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace"), (NOT_UTF8,)
