"""Find the articles in a JSON document: a list of them, an answer of a service, a feed, or a page in JSON-LD."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dedupe.reading.fields import Columns, plain_name, plain_names
from dedupe.reading.values import has_text, unwrapped

_GRAPH = "@graph"


def articles_in(value: object, columns: Columns) -> Iterator[object]:
    """Yield the articles of a JSON document: of lists, and of the first list that an object without text holds.

    What is no object is yielded too, and so is an object that holds neither a text nor a list. An article in a feed
    gets what the feed says of itself as ``feed``.

    >>> list(articles_in({"status": "ok", "articles": [{"text": "Talks ended."}]}, Columns()))
    [{'text': 'Talks ended.'}]
    """
    if isinstance(value, list) and any(isinstance(member, dict) and "@type" in member for member in value):
        yield from _of_graph(value, columns)
    elif isinstance(value, list):
        for member in value:
            yield from articles_in(member, columns) if isinstance(member, dict) else [member]
    elif not isinstance(value, dict):
        yield value
    elif _has_full_text(value, columns):
        yield from list(_rows_of_lists(value, columns)) or [value]
    else:
        yield from _inside_document(value, columns)


def _inside_document(value: dict[str, Any], columns: Columns) -> Iterator[object]:
    rows = list(_rows_of_columns(value, columns)) or list(_named_articles(value, columns))
    if rows:
        yield from rows
        return
    members = _members(value)
    name = next((name for name in members if _leads_to_articles(members[name], columns)), None)
    if name is None:
        yield value
    elif name == _GRAPH:
        yield from _of_graph(members[name], columns)
    else:
        about = _about_feed(value) if name in plain_names("items_of_a_feed") else None
        for article in articles_in(members[name], columns):
            yield {"feed": about, **article} if about and isinstance(article, dict) else article


def _rows_of_columns(value: dict[str, Any], columns: Columns) -> Iterator[dict[str, Any]]:
    """Yield the rows of a data frame that pandas wrote: a column with its values by row, or names and lists of values.

    >>> list(_rows_of_columns({"text": {"0": "Talks ended.", "1": "Rain."}}, Columns()))
    [{'text': 'Talks ended.'}, {'text': 'Rain.'}]
    """
    names, rows = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(rows, list) and all(isinstance(name, str) for name in names):
        if columns.has_text(names):
            yield from (dict(zip(names, row, strict=False)) for row in rows if isinstance(row, list))
    elif value and columns.has_text(value) and all(isinstance(column, dict) and column for column in value.values()):
        first = next(iter(value.values()))
        if (len(value) > 1 or "0" in first) and all(column.keys() == first.keys() for column in value.values()):
            yield from ({name: column[row] for name, column in value.items()} for row in first)


def _rows_of_lists(value: dict[str, Any], columns: Columns) -> Iterator[dict[str, Any]]:
    """Yield the rows of an object of which each member is a column: a list with as many values as all others.

    One of them must be the id, the title or the address, of which an article has one; a list of texts may also be the
    paragraphs of one article.
    """
    if not all(isinstance(column, list) for column in value.values()):
        return
    sizes, places = {len(column) for column in value.values()}, columns.places(tuple(value))
    if len(sizes) == 1 and max(sizes) > 1 and (places["id"] or places["title"] or places["url"]):
        yield from (dict(zip(value, row, strict=True)) for row in zip(*value.values(), strict=True))


def _named_articles(value: dict[str, Any], columns: Columns) -> Iterator[dict[str, Any]]:
    """Yield the articles of an object that holds nothing else, each under its id, such as those of Firebase."""
    if any(columns.is_known(name) for name in value) or _members(value):
        return  # names that say what they hold are no ids
    if all(isinstance(member, dict) and _has_full_text(member, columns) for member in value.values()):
        yield from ({"id": name, **member} for name, member in value.items())


def _members(value: dict[str, Any]) -> dict[str, list[Any] | dict[str, Any]]:
    """Return the members of an object that may hold articles, by their plain names, the likeliest first."""
    own = {plain_name(name): member for name, member in value.items() if isinstance(member, list | dict)}
    return {name: own[name] for name in plain_names("lists_of_articles") if name in own}


def _leads_to_articles(member: list[Any] | dict[str, Any], columns: Columns) -> bool:
    """Return whether there is a list or an article at the end of the way, and not only a description of a feed, say."""
    if isinstance(member, list) or _has_full_text(unwrapped(member, columns), columns):
        return True
    has_articles = next(_named_articles(member, columns), None) is not None
    return has_articles or any(_leads_to_articles(inner, columns) for inner in _members(member).values())


def _has_full_text(fields: dict[str, Any], columns: Columns) -> bool:
    """Return whether an object has a field for the text of an article, and not only for a teaser."""
    return has_text(fields, columns.places(tuple(fields)), ("text", "html"))


def _about_feed(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a feed says of itself: its member ``feed``, or else all that it has beside its articles."""
    own = document.get("feed", document)
    return {name: value for name, value in own.items() if isinstance(value, str)} if isinstance(own, dict) else {}


def _of_graph(nodes: object, columns: Columns) -> Iterator[object]:
    """Yield the nodes of JSON-LD that have a text, or all if none has. References to other nodes become these nodes."""
    members = nodes if isinstance(nodes, list) else [nodes]
    by_id = {node["@id"]: node for node in members if isinstance(node, dict) and isinstance(node.get("@id"), str)}
    found = [node for node in members if isinstance(node, dict) and _has_full_text(node, columns)]
    for node in found or members:
        yield {name: _resolved(value, by_id) for name, value in node.items()} if isinstance(node, dict) else node


def _resolved(value: object, by_id: dict[str, dict[str, Any]]) -> object:
    if isinstance(value, dict) and value.keys() == {"@id"} and isinstance(value["@id"], str):
        return by_id.get(value["@id"], value)
    return value
