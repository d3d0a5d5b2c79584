"""Find the fields of an article among the values of its record.

fields_and_places(record)   the fields of a record, and the places of those of an article among them
text_of, address_of, publisher_of, date_of, first_value   one field of the article
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dedupe.reading.fields import TEXT_KINDS, Columns, Place, Record, Repair, Repairs, lead_of, plain_name, plain_names
from dedupe.reading.problems import encoded, valid_text
from dedupe.reading.repair import readable
from dedupe.reading.values import body_in, date_in, has_text, is_missing, text_in, unwrapped, value_at


def fields_and_places(record: Record, columns: Columns) -> tuple[Mapping[str, Any], Mapping[str, Sequence[Place]]]:
    """Return the fields of a record, or those inside of it if only they hold a text, and where they may be."""
    places = columns.places(tuple(record.fields))
    if has_text(record.fields, places, TEXT_KINDS):
        return record.fields, places
    inner = unwrapped(record.fields, columns)
    return inner, columns.places(tuple(inner))


def first_value(fields: Mapping[str, Any], places: Iterable[Place]) -> str:
    """Return the first value at some places of a record that is not blank; "" if there is none."""
    for place in places:
        text = text_in(value_at(fields, place))
        if text and not text.isspace():
            return text
    return ""


def _values(fields: Mapping[str, Any], places: Iterable[Place]) -> list[str]:
    """Return the values at some places of a record that are not blank, without the blanks around them."""
    return [text.strip() for place in places if not (text := text_in(value_at(fields, place))).isspace() and text]


def text_of(fields: Mapping[str, Any], places: Mapping[str, Sequence[Place]], record: Record) -> tuple[str, Repairs]:
    """Return the text of a record, without characters that are not valid, and what was repaired in it."""
    kind, text = _body(fields, places)
    utf8 = encoded(text)
    repairs: Repairs = () if utf8 is not None else (invalid_characters(["text"]),)
    if utf8 is None:
        text = valid_text(text)
    if record.verbatim:
        return text, repairs
    text, more = readable(text, utf8 or b"", is_html=kind == "html")
    return text, repairs + more


def _body(fields: Mapping[str, Any], places: Mapping[str, Sequence[Place]]) -> tuple[str, str]:
    """Return the first text of a record that is not blank, and its kind; "" if there is none."""
    for kind in TEXT_KINDS:
        for place in places[kind]:
            text = body_in(value_at(fields, place))
            if text and not text.isspace():
                return kind, _with_lead(text, place, fields, places["teaser"])
    return "", ""


def _with_lead(text: str, place: Place, fields: Mapping[str, Any], teasers: Iterable[Place]) -> str:
    """Return a text behind its first paragraphs, if those have a field of their own: LP and TD of Factiva."""
    name = lead_of(place[-1])
    lead = next((body_in(value_at(fields, other)) for other in teasers if name and plain_name(other[-1]) == name), "")
    return f"{lead.rstrip()}\n{text}" if lead.strip() and not text.lstrip().startswith(lead.strip()) else text


def address_of(fields: Mapping[str, Any], places: Mapping[str, Sequence[Place]]) -> str:
    """Return the address of an article: the first value that is one, else the first that cannot be a publisher."""
    if not places["url"]:
        return ""
    address = next(filter(_is_address, _values(fields, places["url"])), "")
    own = [place for place in places["url"] if plain_name(place[0]) not in plain_names("publisher")]
    return address or first_value(fields, own).strip()


def publisher_of(fields: Mapping[str, Any], places: Sequence[Place]) -> str | None:
    """Return the first value that is a name. If all are addresses, such as ``source`` of trafilatura, it is a host."""
    values = _values(fields, places)
    if not values:
        return None
    name = next((value for value in values if not _is_address(value)), "")
    if not name:
        name = values[0].partition("://")[2].partition("/")[0].removeprefix("www.")
    return readable(name)[0] or None


def _is_address(value: str) -> bool:
    return value.startswith(("https://", "http://"))


def is_left_empty(fields: Mapping[str, Any], places: Mapping[str, Sequence[Place]]) -> bool:
    """Return whether the record has a field for the text that is empty, rather than one that cannot be read."""
    values = [value_at(fields, place) for kind in TEXT_KINDS for place in places[kind]]
    return bool(values) and all(isinstance(value, str) or value == [] or is_missing(value) for value in values)


def date_of(fields: Mapping[str, Any], places: Iterable[Place]) -> object:
    """Return the first value that may be a date, None if there is none."""
    values = (date_in(value_at(fields, place)) for place in places)
    return next((value for value in values if value is not None), None)


def invalid_characters(names: Iterable[str]) -> Repair:
    """Return the repair of characters in some fields that Arrow, SQLite or terminals do not accept."""
    return f"NUL or half a surrogate pair in {', '.join(names)} became U+FFFD", "remove such characters"
