"""What is computed on arrays: flat values and offsets in, flat values out. Kernels know no articles or settings.

Two backends stand under one contract (``contract.Backend``): ``reference`` is written in NumPy and works everywhere;
``compiled`` is made by Numba, needs the extra ``fast`` and gives the same answers to the bit. Whoever begins a run
chooses its backend once, by the size of the input, and hands it on.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
import sys
from typing import NamedTuple

from dedupe.kernels import reference
from dedupe.kernels.contract import Backend
from dedupe.kernels.ragged import distinct, ranges, rank_within, run_starts

__all__ = [
    "BACKENDS",
    "COMPILED_FROM_BYTES",
    "REFERENCE",
    "SERIAL",
    "Backend",
    "Compute",
    "choose",
    "distinct",
    "ranges",
    "rank_within",
    "run_starts",
]

BACKENDS = ("auto", "numpy", "numba")

COMPILED_FROM_BYTES = 8_000_000
"""Bytes of text from which the compiled backend pays: it takes about as long to load as NumPy takes to read so much."""

REFERENCE: Backend = reference
"""The backend in NumPy, which is used where nobody chooses another."""


class Compute(NamedTuple):
    """How a run computes: with which backend, and on how many threads. No result depends on either."""

    backend: Backend = REFERENCE
    threads: int = 1


SERIAL = Compute()
"""NumPy on one thread: what functions use where nothing else is asked for."""

_log = logging.getLogger("dedupe")


def choose(size: int, name: str = "auto") -> Backend:
    """The backend for a run over ``size`` bytes of text, or the one called ``name``.

    "auto" takes the compiled backend from COMPILED_FROM_BYTES on, if Numba is installed. "numpy" and "numba" are taken
    whatever the size. Raises ValueError for any other name.

    >>> choose(100) is REFERENCE
    True
    """
    if name not in BACKENDS:
        raise ValueError(f"the backend must be one of {', '.join(BACKENDS)}, not {name!r}")
    if name == "auto":
        # The compiled backend reads eight bytes as one number, low byte first.
        pays = size >= COMPILED_FROM_BYTES and sys.byteorder == "little" and _numba_is_there()
        name = "numba" if pays else "numpy"
    return _compiled() if name == "numba" else REFERENCE


@functools.cache
def _numba_is_there() -> bool:
    """Whether Numba is installed; says so once where it is not and would have paid."""
    if importlib.util.find_spec("numba"):
        return True
    _log.warning("numba is not installed: this takes about ten times as long; pip install 'news-dedupe[fast]'")
    return False


@functools.cache
def _compiled() -> Backend:
    """The compiled backend; says so where its code must be compiled first."""
    from dedupe.kernels import compiled

    if not compiled.is_cached():
        _log.warning("compiling the kernels, once on this machine: about seven seconds, as many before stories")
    return compiled
