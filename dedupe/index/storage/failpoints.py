"""Named places on the way of an article into the index, at which crash tests end the process."""

from __future__ import annotations

from collections.abc import Callable

on_failpoint: Callable[[str], None] | None = None
"""Called with the name of every failpoint that is passed. Tests set it; a program leaves it None."""


def failpoint(name: str) -> None:
    """Pass a named place; nothing happens unless a test has set ``on_failpoint``."""
    if on_failpoint is not None:
        on_failpoint(name)
