"""Named places on the write path of the index, at which crash tests end the process."""

from __future__ import annotations

from collections.abc import Callable

on_failpoint: Callable[[str], None] | None = None
"""Function that is called with the name of every failpoint that is passed. Only tests set it; otherwise it is None."""


def failpoint(name: str) -> None:
    """Mark a named place in the code. Nothing happens unless a test has set ``on_failpoint``."""
    if on_failpoint is not None:
        on_failpoint(name)
