"""The files of ``data``, which are part of the package: fitted weights, word lists and rules."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).with_name("data")


def read_shipped(name: str) -> bytes:
    """Return the content of a file of ``data``.

    ``importlib.resources`` would do the same, but imports a dozen modules for packages in archives, which this package
    is never run from (6 ms).
    """
    return (_FOLDER / name).read_bytes()
