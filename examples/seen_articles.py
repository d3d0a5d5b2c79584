"""Opens what knows the articles that came before: an index in a folder, or a service that has one.

Both have the methods ``check``, ``peek`` and ``close``, so the pipelines beside this file work with either. The token
of a service is taken from the environment variable DEDUPE_TOKEN.
"""

from __future__ import annotations

import os

from dedupe import Client, Index

RETENTION_DAYS = 30
"""How long an index remembers an article. A service has an option of its own for that."""


def open_seen(place: str) -> Index | Client:
    """Open the index in a folder, or the service at a URL such as ``https://dedupe.example.org``."""
    if place.startswith(("http://", "https://")):
        return Client(place, os.environ.get("DEDUPE_TOKEN"))
    return Index(place, retention_days=RETENTION_DAYS)
