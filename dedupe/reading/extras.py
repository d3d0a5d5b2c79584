"""Import packages that only some formats need, and say how to install them where they are missing."""

from __future__ import annotations

import importlib
from typing import Any

from dedupe.reading.problems import Origin

_EXTRAS = {
    "feedparser": "feeds", "lxml.etree": "feeds", "trafilatura": "web", "fastwarc.warc": "web", "openpyxl": "office",
}  # fmt: skip
"""The extra of this distribution that installs each module."""


def load(what: str, origin: Origin, *modules: str) -> list[Any] | None:
    """Return the modules that are needed to read ``what``. If one is missing, report a problem and return None."""
    try:
        return [importlib.import_module(name) for name in modules]
    except ImportError as error:
        extra = _EXTRAS[modules[0]]
        origin.skipped(f"{what} cannot be read here: {error}", f"pip install 'news-dedupe[{extra}]'")
        return None
