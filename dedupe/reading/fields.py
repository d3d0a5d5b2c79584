"""The fields of one article as its file has them, and the names that such fields may have.

Record         the fields of one article
Columns        finds the fields of an article by their names, the usual ones or those that the user gives
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from dedupe.errors import InputError
from dedupe.shipped import read_shipped

Repair = tuple[str, str]
"""One thing that was changed to keep a record: reason and advice."""

Repairs = tuple[Repair, ...]

Place = tuple[str, ...]
"""Where a value is: the name of a field as the record has it, then the plain names of members inside of it."""

NOT_UTF8 = ("invalid UTF-8: the unreadable bytes became U+FFFD", "convert the file to UTF-8")
"""Reason and advice for text that had to be repaired."""

ARTICLE_FIELDS = ("id", "text", "title", "published_at", "publisher", "url", "language")
"""The fields of an article, whose columns the user may name."""

TEXT_KINDS = ("text", "html", "teaser")
"""The lists of names under which a record has the text of its article, the best first."""

_LAYOUTS_KEPT = 256
"""Sets of field names whose places are remembered. A file has one or a few; more are only looked up again."""


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of one article, with the names and values that they have in the file.

    ``line`` is where the record begins, counted as in ``Problem``. ``place`` distinguishes the record from the others
    of its file; it is "" if the record is the whole file. The text of a record that is ``verbatim`` stays as it is,
    because offsets into it are offsets into the file.
    """

    fields: dict[str, Any]
    line: int | None = None
    place: str = ""
    repairs: Repairs = ()
    verbatim: bool = False


@functools.cache
def _table() -> dict[str, Any]:
    table = read_shipped("field_aliases.json")
    content: dict[str, Any] = msgspec.json.decode(table)
    return content


@functools.cache
def field_aliases() -> dict[str, list[str]]:
    """Return the names that each of our fields has in other people's files, from ``data/field_aliases.json``."""
    return {field: names for field, names in _table().items() if isinstance(names, list)}


@functools.cache
def plain_names(field: str) -> tuple[str, ...]:
    """Return the names of ``field_aliases()[field]`` in the form in which names are compared, each once."""
    return tuple(dict.fromkeys(map(plain_name, field_aliases()[field])))


def lead_of(name: str) -> str | None:
    """Return the plain name of the field with the first paragraphs of the text that stands in a field; None if none."""
    lead: str | None = _table()["lead_of"].get(plain_name(name))
    return lead


@functools.lru_cache(10_000)
def plain_name(name: str) -> str:
    """Return a name in the form in which names are compared.

    >>> plain_name("Publish Date"), plain_name("publishDate"), plain_name("_id"), plain_name("source/title")
    ('publishdate', 'publishdate', '_id', 'source.title')
    """
    bare = name.strip().lower()
    return bare[:1] + re.sub(r"[\s_-]", "", bare[1:]).replace("/", ".")


class Columns:
    """Finds the fields of an article in records, by their names.

    ``named`` gives the columns of some fields, as the user of the program names them. Where a record has no value
    there, as for all other fields, the names of ``field_aliases`` count.

    Raises ``InputError`` if ``named`` names a field that no article has.
    """

    def __init__(self, named: Mapping[str, str] | None = None) -> None:
        self.named = dict(named or {})
        for field in self.named:
            if field not in ARTICLE_FIELDS:
                raise InputError(f"no article has a field {field!r}: name one of {', '.join(ARTICLE_FIELDS)}")
        self._names = {field: plain_names(field) for field in (*ARTICLE_FIELDS, *TEXT_KINDS)}
        for field, name in self.named.items():
            self._names[field] = (plain_name(name), *self._names[field])
        self._known = {part for names in self._names.values() for name in names for part in (name, name.split(".")[0])}
        self._layouts: dict[tuple[str, ...], dict[str, tuple[Place, ...]]] = {}
        self._checked: set[tuple[str, ...]] = set()
        self._reported: set[str] = set()

    def is_known(self, name: str) -> bool:
        """Return whether a field of an article may have this name, or lie inside of a field that has it."""
        plain = plain_name(name)
        outer, _, inner = plain.partition(".")
        return plain in self._known or outer in self._known or (_is_wrapper(outer) and inner in self._known)

    def has_text(self, names: Iterable[str]) -> bool:
        """Return whether one of these field names is one for the text of an article."""
        places = self.places(tuple(names))
        return any(places[field] for field in TEXT_KINDS)

    def places(self, names: tuple[str, ...]) -> dict[str, tuple[Place, ...]]:
        """Return where each field of an article may be in a record with these field names, the best place first."""
        layout = self._layouts.get(names)
        if layout is None:
            if len(self._layouts) >= _LAYOUTS_KEPT:
                self._layouts.clear()
            plain = [(plain_name(name), name) for name in reversed(names)]
            inner = {name.partition(".")[2]: given for name, given in plain if _is_wrapper(name.partition(".")[0])}
            own = inner | {name.replace(".", ""): given for name, given in plain} | dict(plain)
            layout = {field: tuple(_places(aliases, own)) for field, aliases in self._names.items()}
            self._layouts[names] = layout
        return layout

    def unused(self, names: tuple[str, ...]) -> list[tuple[str, str]]:
        """Return the fields of an article that a record with these names lacks, and a name that looks like each.

        A name is returned once, also for later records.
        """
        if names in self._checked:
            return []
        if len(self._checked) >= _LAYOUTS_KEPT:
            self._checked.clear()
        self._checked.add(names)
        places = self.places(names)
        found: list[tuple[str, str]] = []
        for field, words in _table()["looks_like"].items():
            if places[field] or field in self.named or (field == "id" and places["url"]):
                continue
            whole = _table()["may_be"].get(field, ())
            alike = [
                name
                for name in names
                if (plain_name(name) in whole or not set(words).isdisjoint(_words(name))) and not self.is_known(name)
            ]
            found += [(field, name) for name in alike[:1]]
        found = [(field, name) for field, name in found if name not in self._reported]
        self._reported.update(name for _, name in found)
        return found

    def absent(self, layouts: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
        """Yield the fields that the user named a column for that none of these records has, and the column.

        ``layouts``: the names of the fields of each kind of record.
        """
        own = [{plain_name(name): name for name in names} for names in layouts]
        for field, name in self.named.items():
            alias = (plain_name(name),)
            if not any(next(_places(alias, names), None) for names in own):
                yield field, name


def closest_name(name: str, names: Iterable[str]) -> str | None:
    """Return the one of some names of fields that another may be a misprint of; None if there is none."""
    from difflib import get_close_matches  # rarely needed

    own = {plain_name(given): given for given in names}
    found = get_close_matches(plain_name(name), own, n=1, cutoff=0.7)
    return own[found[0]] if found else None


def _is_wrapper(name: str) -> bool:
    return name in plain_names("inside_a_record")


def _places(aliases: Iterable[str], own: Mapping[str, str]) -> Iterator[Place]:
    """Yield where the aliases are among the fields of a record; ``own``: their names by their plain names."""
    for alias in aliases:
        outer, _, inner = alias.partition(".")
        flattened = own.get(alias) or own.get(alias.replace(".", ""))
        if flattened is not None:
            yield (flattened,)
        elif inner and outer in own:
            yield (own[outer], *inner.split("."))


def _words(name: str) -> set[str]:
    """Return the words of a name such as ``crawlDate`` or "Crawl date", in lower case."""
    return set(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower().replace("_", " ").replace("-", " ").split())
