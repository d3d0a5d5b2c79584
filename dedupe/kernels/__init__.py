"""The array computations of the package, with two interchangeable backends.

Kernels take and return arrays, mostly flat values with offsets, and know nothing of articles or settings.
``contract.Backend`` documents every kernel. The backend ``reference`` is written in NumPy and works everywhere;
``compiled`` is compiled by Numba, needs the extra ``fast``, and gives the same results to the bit. The code that starts
a run chooses the backend once, by the size of the input, and passes it on in ``Compute``.
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
"""Bytes of text from which ``choose`` takes the compiled backend, which needs half a second to load.

Measured on the first articles of 12,000 US news articles, as wall seconds (CPU seconds) of a whole process on two
cores, medians of 5 runs with compiled code on disk:

    text          cluster, NumPy   cluster, Numba   pairs, NumPy   pairs, Numba
     1 MB           0.77 (0.72)      1.21 (1.19)     0.36 (0.45)    0.95 (1.16)
     2 MB           1.03 (1.20)      1.23 (1.45)     0.40 (0.55)    0.97 (1.18)
     4 MB           1.65 (1.98)      1.36 (1.60)     0.44 (0.62)    0.97 (1.17)
     8 MB           3.25 (3.86)      1.90 (2.20)     0.56 (0.81)    0.94 (1.17)
    16 MB           6.76 (8.19)      2.84 (3.21)     1.07 (1.32)    1.08 (1.27)

``cluster`` is faster with Numba from about 3 MB on, ``pairs`` only from about 16 MB on. The first use on a machine also
compiles for some twenty seconds, which a few tenths of a second a run would not pay back.
"""

UNSTORED_FROM_BYTES = 100_000_000
"""The same where machine code cannot be stored: every run compiles for some twenty seconds, which the compiled backend
saves on about 80 MB."""

REFERENCE: Backend = reference
"""The NumPy backend, which is the default everywhere."""


class Compute(NamedTuple):
    """How a run computes: with which backend and how many threads. No result depends on either."""

    backend: Backend = REFERENCE
    threads: int = 1


SERIAL = Compute()
"""The default of functions that take a ``Compute``: NumPy on one thread."""

_log = logging.getLogger("dedupe")


def choose(size: int, name: str = "auto") -> Backend:
    """Choose the backend for a run over ``size`` bytes of text.

    ``name``: "auto", "numpy" or "numba". "auto" chooses the compiled backend if ``size`` is at least
    COMPILED_FROM_BYTES, Numba works and the machine is little-endian; otherwise NumPy. Where machine code cannot be
    stored, the size must be at least UNSTORED_FROM_BYTES. The other two are chosen whatever the size. Raises ValueError
    for any other name, and ImportError for "numba" if Numba is not installed.

    >>> choose(100) is REFERENCE
    True
    """
    if name not in BACKENDS:
        raise ValueError(f"the backend must be one of {', '.join(BACKENDS)}, not {name!r}")
    if name == "auto":
        # The compiled token reader takes text as UTF-32, low byte first.
        pays = size >= COMPILED_FROM_BYTES and sys.byteorder == "little" and _numba_works() and _pays_unstored(size)
        name = "numba" if pays else "numpy"
    return _compiled() if name == "numba" else REFERENCE


@functools.cache
def _numba_works() -> bool:
    """Whether the compiled backend can be imported. If it cannot, logs a warning, once per process."""
    if not importlib.util.find_spec("numba"):
        _log.warning("numba is not installed: this takes about ten times as long; pip install 'news-dedupe[fast]'")
        return False
    try:
        importlib.import_module("dedupe.kernels.compiled")
    except Exception as error:  # noqa: BLE001 - Numba refuses some versions of NumPy and Python, each in its own way
        reason = str(error).partition("\n")[0]
        _log.warning("numba does not work here, and without it this takes about ten times as long: %s", reason)
        return False
    return True


def _pays_unstored(size: int) -> bool:
    """Whether machine code can be stored, or would pay for a single run. If it cannot be stored, logs a warning."""
    from dedupe.kernels import compiled

    if compiled.cache_folder() is not None:
        return True
    pays = size >= UNSTORED_FROM_BYTES
    _say_unstored(compiled.ADVICE, pays)
    return pays


@functools.cache
def _say_unstored(advice: str, pays: bool) -> None:
    """Log a warning, once per process and backend that is used instead."""
    instead = "every run compiles them" if pays else "NumPy computes, which takes two or three times as long"
    _log.warning("compiled kernels cannot be stored, so that %s: %s", instead, advice)


@functools.cache
def _compiled() -> Backend:
    """Import the compiled backend. If its code has to be compiled first, logs a warning."""
    from dedupe.kernels import compiled

    if not compiled.is_cached() and compiled.cache_folder() is not None:
        _log.warning("compiling the kernels, once on this machine: about ten seconds, and as many before stories")
    return compiled
