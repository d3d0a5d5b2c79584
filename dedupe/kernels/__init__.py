"""The array computations of the package, with two interchangeable backends.

Kernels take and return arrays, mostly flat values with offsets, and know nothing of articles or settings.
``contract.Backend`` documents every kernel. The backend ``compiled`` is written in C and built on installation where a
compiler is; ``reference`` is written in NumPy, works everywhere and gives the same results to the bit.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from dedupe.kernels.contract import Backend
from dedupe.kernels.ragged import distinct, ranges, rank_within, run_starts
from dedupe.kernels.records import BorderRules, PieceRules
from dedupe.kernels.segments import best_segment

__all__ = [
    "BACKENDS",
    "DEFAULT",
    "SERIAL",
    "Backend",
    "BorderRules",
    "Compute",
    "PieceRules",
    "best_segment",
    "choose",
    "distinct",
    "ranges",
    "rank_within",
    "run_starts",
]

BACKENDS = ("auto", "numpy", "native")

SLOW_FROM_BYTES = 2_000_000
"""Bytes of text from which ``choose`` says that the kernels in C are missing. Less takes a second without them."""

try:
    from dedupe.kernels import compiled

    DEFAULT: Backend = compiled
    """The compiled backend, or NumPy where that was not built or does not load."""
    _NOT_LOADED = ""
except ImportError as error:
    from dedupe.kernels import reference

    DEFAULT = reference
    _NOT_LOADED = str(error).partition("\n")[0]


class Compute(NamedTuple):
    """How a run computes: with which backend and how many threads. No result depends on either."""

    backend: Backend = DEFAULT
    threads: int = 1


SERIAL = Compute()
"""The default of functions that take a ``Compute``: one thread."""


def choose(size: int = 0, name: str = "auto") -> Backend:
    """Choose the backend for a run over ``size`` bytes of text.

    ``name``: "auto", "numpy" or "native". "auto" is DEFAULT; if that is NumPy and the size is at least SLOW_FROM_BYTES,
    a warning is logged, once per process. Raises ValueError for any other name, and ImportError for "native" if the
    kernels in C were not built or do not load.

    >>> choose(name="numpy").__name__
    'dedupe.kernels.reference'
    """
    if name not in BACKENDS:
        raise ValueError(f"the backend must be one of {', '.join(BACKENDS)}, not {name!r}")
    if name == "native" and _NOT_LOADED:
        raise ImportError(_NOT_LOADED)
    if name == "numpy":
        from dedupe.kernels import reference

        return reference
    if name == "auto" and _NOT_LOADED and size >= SLOW_FROM_BYTES:
        _say_slow()
    return DEFAULT


@functools.cache
def _say_slow() -> None:
    """Log a warning, once per process."""
    import logging

    logging.getLogger("dedupe").warning(
        "the kernels in C are not there, and without them this takes about five times as long: install a C compiler, "
        "then run `pip install --force-reinstall --no-binary news-dedupe news-dedupe` (%s)",
        _NOT_LOADED,
    )
