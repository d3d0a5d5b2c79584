"""The code of a language, however a file names it."""

from __future__ import annotations

import functools
import re

import msgspec

from dedupe.shipped import read_shipped

_SEPARATOR = re.compile(r"[-_.,;:/()\[\]\s]+")


@functools.lru_cache(1000)
def language_code(named: str) -> str:
    """Return the primary code of a language, of two letters where ISO 639-1 has one; an unknown name as it is.

    It may be named by a tag, such as ``en-US``, ``en_GB.UTF-8`` or ``zh-Hans``, by a code of three letters, or by its
    name in English or in itself.

    >>> language_code("en_GB"), language_code("deu"), language_code("Français"), language_code("Brazilian Portuguese")
    ('en', 'de', 'fr', 'pt')
    """
    lowered = named.lower()
    parts = [part for part in _SEPARATOR.split(lowered) if part]
    names = [part for part in parts if len(part) > 3]
    return next((_codes()[name] for name in (lowered, *names, *parts[:1]) if name in _codes()), named)


@functools.cache
def _codes() -> dict[str, str]:
    """The code for each name of a language, in lower case."""
    table = msgspec.json.decode(read_shipped("language_names.json"), type=dict[str, str | list[str]])
    codes = {name: code for code, names in table.items() if isinstance(names, list) for name in names}
    return codes | {code: code for code, names in table.items() if isinstance(names, list)}
