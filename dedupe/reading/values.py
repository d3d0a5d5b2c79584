"""The values of the fields of a record: text, a date, or an object or a list that holds them.

text_in(value)                the text of a value, such as a name or a title
body_in(value)                the text of a value that holds a whole article
has_text(fields, places)      whether a record has a field for the text of its article
date_in(value)                what may be a date in it
value_at(fields, place)       the value at a place of a record
is_missing(value)             whether there is none
unwrapped(fields, columns)    the fields of an article that lie in one member of its record
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dedupe.reading.fields import TEXT_KINDS, Columns, Place, plain_name, plain_names

_KIND_NAMES = ("contenttype", "type", "mimetype", "_type", "nodetype")
"""Plain names of the member that says which kind of text an object holds: of ninjs, Atom, feedparser and editors."""

_INLINE = ("text", "span")
"""Kinds of objects that hold a part of a paragraph, such as a word in bold, in the editors of content systems."""

_ROLES_OF_TEXT = ("main", "body", "text", "article", "full")
"""Roles of a form of a text in ninjs that say that it is the text of the article."""


def value_at(fields: Mapping[str, Any], place: Place) -> object:
    """Return the value at a place of a record, None if there is none. Of a list on the way the first object counts."""
    value: object = fields.get(place[0])
    for name in place[1:]:
        if isinstance(value, list):
            value = next((part for part in value if isinstance(part, dict)), None)
        value = _member(value, (name,)) if isinstance(value, dict) else None
    return value


def text_in(value: object) -> str:
    """Return the text of a value; "" if it has none.

    An object may hold the value, such as ``{"name": "AP"}``. A list of strings is joined. Of a list of objects, the
    first that has a value counts.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        if all(isinstance(part, str) for part in value):
            return "\n".join(value)
        return next((text for part in value if (text := _plain_text(inside(part)))), "")
    return _plain_text(inside(value))


def _plain_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():  # a whole number in a column of pandas that has gaps
        return f"{value:.0f}"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number and not is_missing(value) else ""


def body_in(value: object, *, in_paragraph: bool = False) -> str:
    """Return the text of a value that holds a whole article; "" if it has none.

    A list of strings is a list of paragraphs, which are joined. Of a list of objects that hold a value, each is the
    same text in another form, such as HTML: plain text counts, and else the first that has a value. Forms whose role
    says that they are something else than the text, such as an abstract, come last. Other objects hold the parts of a
    text, which are joined: with line ends, unless they are words of one paragraph. ``in_paragraph``: the value belongs
    to an object that may be one.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        is_all_objects = all(isinstance(part, dict) for part in value)
        is_one_line = is_all_objects and in_paragraph and any(_member(part, _KIND_NAMES) in _INLINE for part in value)
        is_of_nodes = is_all_objects and any(_member(part, ("nodetype",)) for part in value)
        forms = [part for part in value if _form(part)] if is_all_objects and not is_of_nodes else []
        if forms:
            return _form(min(forms, key=_rank_of_form))
        parts = (body_in(part) for part in value if isinstance(part, str | dict | list))  # numbers are no paragraphs
        if is_one_line:
            return "".join(part or " " for part in parts)  # a break or a picture has no text
        return "\n".join(filter(None, parts))
    if isinstance(value, dict):
        members = [_member(value, (name,)) for name in plain_names("parts_of_a_text")]
        has_kind = _member(value, _KIND_NAMES) is not None
        joined = "\n".join(filter(None, (body_in(member, in_paragraph=has_kind) for member in members)))
        return _form(value) or joined or _plain_text(_member(value, plain_names("html")))
    return _plain_text(value)


def _rank_of_form(form: dict[str, Any]) -> tuple[bool, bool]:
    role = _member(form, ("role",))
    return role is not None and role not in _ROLES_OF_TEXT, _member(form, _KIND_NAMES) != "text/plain"


def _form(value: dict[str, Any]) -> str:
    return _plain_text(inside(value, "inside_a_text"))


def has_text(fields: Mapping[str, Any], places: Mapping[str, Sequence[Place]], kinds: Sequence[str]) -> bool:
    """Return whether a record has a field for the text of its article, also if it is empty.

    An object or a list in which there is no text is no such field, and neither is one that holds articles.
    """
    for kind in kinds:
        for place in places[kind]:
            value = value_at(fields, place)
            if not isinstance(value, dict | list) or not value:
                return True
            if not _holds_articles(place[-1], value) and body_in(value):
                return True
    return False


def _holds_articles(name: str, value: dict[str, Any] | list[Any]) -> bool:
    """Return whether a value holds an article or several: by its name, or because they have a title and a date, say."""
    if isinstance(value, dict):
        return plain_name(name) in plain_names("inside_a_record")
    first = value[0]
    if not isinstance(first, dict) or _member(first, plain_names("title")) is None:
        return False
    return _member(first, plain_names("url") + plain_names("published_at")) is not None


def date_in(value: object) -> object:
    """Return what may be a date in a value, also inside of an object; None if there is none."""
    plain = inside(value[0] if isinstance(value, list) and value else value)
    return None if is_missing(plain) or isinstance(plain, bool | dict | list) else plain


def inside(value: object, names: str = "inside_an_object") -> object:
    """Unwrap objects such as ``{"name": "AP"}`` (NewsAPI, schema.org) or ``{"$date": {"$numberLong": …}}`` (MongoDB).

    ``names``: the list of the names that the value may have inside. An object that holds no value is returned as it is.
    """
    while isinstance(value, dict):
        inner = _member(value, plain_names(names))
        if inner is None:
            return value
        value = inner
    return value


def _member(value: Mapping[str, Any], names: tuple[str, ...]) -> object:
    """Return the member of an object that has the first of some plain names and is not missing."""
    members = {plain_name(name): member for name, member in reversed(list(value.items()))}
    return next((members[name] for name in names if name in members and not _is_empty(members[name])), None)


def _is_empty(value: object) -> bool:
    return is_missing(value) or value in ({}, [])


def is_missing(value: object) -> bool:
    """Return whether a value is None, blank text, NaN or pandas' NaT."""
    if isinstance(value, str):
        return not value.strip()
    # NaN and NaT are not equal to themselves.
    return value is None or (isinstance(value, float | datetime) and value != value)  # noqa: PLR0124


def unwrapped(fields: dict[str, Any], columns: Columns) -> dict[str, Any]:
    """Return the fields of an article, if they lie in one member of a record that has no text, beside its own fields.

    >>> unwrapped({"_id": 7, "_source": {"body": "Talks ended."}}, Columns())
    {'_id': 7, 'body': 'Talks ended.'}
    """
    while not has_text(fields, columns.places(tuple(fields)), TEXT_KINDS):
        own = {plain_name(name): name for name in fields}
        names = (own[name] for name in plain_names("inside_a_record") if name in own)
        name = next((name for name in names if isinstance(fields[name], dict)), None)
        if name is None:
            break
        fields = {key: value for key, value in fields.items() if key != name} | fields[name]
    return fields
