"""The decorator of all compiled functions, and two helpers that read and write eight bytes at once.

The backend is plain Python that Numba compiles. An earlier version had eight functions in hand-written LLVM code,
through ``numba.extending.intrinsic``: unaligned loads and stores of eight bytes, vector instructions over 64 bytes to
fold ASCII, to find backslashes and to find the borders of words, the minima of signatures, and pointers to rows. A
function was to stay only if it made the whole path at least 1.3 times faster. None did, nor did all of them together,
so they were replaced by plain code with the same results.

Measured was ``near_duplicates([file], Settings(threads=1), backend="numba")`` on 12,000 news articles (JSONL, 73 MB),
in user CPU seconds after a first call in the same process, on x86-64 with AVX-512 and Numba 0.68.1. Processes with one
version each took turns, 15 to 25 times. The medians of the ratio of plain code to LLVM code were: loads 0.99, stores
1.01, folding 1.04, backslashes 1.00, borders of words (two functions) 1.11, minima 0.99, pointers to rows 0.98, and all
together 1.25, that is 0.32 s instead of 0.25 s. Compiled for Haswell, without AVX-512, all together had 1.25 as well.

The decision was close and depends on the plain code: of about a dozen combinations of plain functions that were tried,
several had 1.3 to 1.4, and a slightly faster one than this, with more arithmetic on eight bytes at once, 1.2. With two
edited copies of every article, so that many pairs are measured, all together had 1.20, and the process needed 754 MB
instead of 616 MB, because ``pairs.rows_of`` now copies the shingles of the texts in memory.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numba.core.caching
import numpy as np

from dedupe.arrays import U8

F = TypeVar("F", bound=Callable[..., Any])

_log = logging.getLogger("dedupe")

ADVICE = "set NUMBA_CACHE_DIR to a folder that you alone can write to"
"""What to do where no folder for machine code can be written."""


class _Cache:
    """The files that hold a function's machine code, which no run depends on.

    Numba's own class raises where a file is damaged or cannot be written, because the disk is full, say. Here the
    function is compiled instead. Raises RuntimeError if no folder can be written.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        caching: Any = numba.core.caching  # without types
        self._files = caching.FunctionCache(function)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the machine code for a signature, or None if there is none that can be read."""
        try:
            return self._files.load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 - unpickling a damaged file may raise anything
            with contextlib.suppress(Exception):
                self._files.flush()  # otherwise the damaged index would be in the way of a new one
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the machine code for a signature, if possible."""
        try:
            self._files.save_overload(sig, data)
        except Exception:  # noqa: BLE001 - whatever it is, the code runs without being stored
            _say_not_stored()


@functools.cache
def _say_not_stored() -> None:
    """Log a warning, once per process."""
    _log.warning("compiled kernels cannot be stored, so that every run compiles them: %s", ADVICE)


def compiled(function: F) -> F:
    """The function in machine code, compiled at its first call and stored on disk, if a folder for it can be written.

    It releases the GIL, so that threads can work on slices. Compiling with ``parallel=True`` instead takes three times
    as long. The cast is there because Numba has no types of its own.
    """
    dispatcher: Any = numba.njit(nogil=True)(function)
    with contextlib.suppress(RuntimeError):  # neither beside this file nor in the user's home a folder can be written
        dispatcher._cache = _Cache(function)
    return cast("F", dispatcher)


# In both helpers the index is unsigned: Numba would make code for negative indices, and LLVM could then not make one
# load or store of the eight. A uint64 view of a slice of the array is slower still: with it, `near_duplicates` took 2.5
# times as long.


@compiled
def eight_bytes(array: U8, place: int) -> np.uint64:
    """The bytes ``array[place:place + 8]`` as one number, the first byte lowest. The place is not checked."""
    value, start = np.uint64(0), np.uint64(place)
    for i in range(8):
        value |= np.uint64(array[start + np.uint64(i)]) << np.uint64(8 * i)
    return value


@compiled
def put_eight_bytes(array: U8, place: int, value: np.uint64) -> None:
    """Write a number to ``array[place:place + 8]``, the lowest byte first. The place is not checked."""
    start = np.uint64(place)
    for i in range(8):
        array[start + np.uint64(i)] = np.uint8(value >> np.uint64(8 * i))
