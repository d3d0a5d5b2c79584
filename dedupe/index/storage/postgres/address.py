"""Reads the URL of an index on a PostgreSQL server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import parse_qsl, quote, urlsplit

from dedupe.errors import IndexRefusedError, SettingsError

DEFAULT_SCHEMA = "dedupe"

_SECRETS = ("password", "sslpassword", "sslkey")
"""Parameters of a URL that are never shown."""

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Address:
    """Where an index is. The URL is one of libpq, with one more parameter, ``schema``."""

    url: str
    """What libpq connects to, with the password if there is one."""
    database: str
    """The same without the password, such as ``postgresql://desk@db.example.org/news``."""
    schema: str
    """The schema that holds the tables of this index, and nothing else."""

    @property
    def name(self) -> str:
        """What messages call the index. It holds no password."""
        if self.schema == DEFAULT_SCHEMA:
            return self.database
        return f"{self.database}{'&' if '?' in self.database else '?'}schema={self.schema}"

    @property
    def folder_name(self) -> str:
        """Name of the index's own folder in a cache: a hash of the address without the password."""
        return blake2b(self.name.encode(), digest_size=8).hexdigest()


def parse_address(url: str) -> Address:
    """Read a URL such as ``postgresql://desk@db.example.org/news?schema=wire``. The default schema is ``dedupe``.

    Raises ``IndexRefusedError`` for a URL that cannot be read, and ``SettingsError`` for a schema with another name
    than small letters, digits and ``_`` make.

    >>> address = parse_address("postgresql://desk:secret@db/news?schema=wire&connect_timeout=3")
    >>> address.name, address.url
    ('postgresql://desk@db/news?connect_timeout=3&schema=wire', 'postgresql://desk:secret@db/news?connect_timeout=3')
    """
    try:
        parts = urlsplit(url)
        parameters = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise unreadable() from None
    if "@" in parts.path or parts.fragment:
        raise unreadable()
    schema = dict(parameters).get("schema", DEFAULT_SCHEMA)
    if not _SCHEMA.fullmatch(schema):
        raise SettingsError(
            f"schema must be small letters, digits and _, at most 63 and no digit first, not {schema!r}"
        )
    own = [(name, value) for name, value in parameters if name != "schema"]
    user, at, hosts = parts.netloc.rpartition("@")
    open_place = f"{user.partition(':')[0]}{at}{hosts}"
    shown = [(name, value) for name, value in own if name not in _SECRETS]
    return Address(
        url=f"postgresql://{parts.netloc}{parts.path or '/'}{_query(own)}",
        database=f"postgresql://{open_place}{parts.path or '/'}{_query(shown)}",
        schema=schema,
    )


def unreadable() -> IndexRefusedError:
    """Return the refusal of a URL that cannot be read. It does not quote the URL, which may hold a password."""
    return IndexRefusedError(
        "the URL of the index cannot be read: write postgresql://USER@HOST:PORT/DATABASE?schema=SCHEMA, with special "
        "characters of a part as %-codes, such as %40 for @"
    )


def _query(parameters: list[tuple[str, str]]) -> str:
    """Return the parameters as they stand in a URL, with the question mark; nothing if there are none."""
    pairs = "&".join(f"{name}={quote(value, safe='/,:*-_.')}" for name, value in parameters)
    return f"?{pairs}" if pairs else ""
