"""Array kernels: flat arrays and offsets in, flat arrays out (texts in, where tokens are read). They know no articles,
tables or settings.

Two twins with one contract: ``_numpy`` is the reference and always works; ``_numba`` is compiled, needs the extra
``fast`` and gives the same answers to the bit. ``pick`` chooses one by argument.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import sys
from types import ModuleType

from dedupe.kernels.ragged import distinct, ranges

__all__ = ["COMPILED_FROM_BYTES", "TWINS", "distinct", "pick", "ranges"]

COMPILED_FROM_BYTES = 8_000_000
"""Text from which the compiled twin pays: loading numba and its cached code takes about as long as NumPy takes here."""

TWINS = ("auto", "numpy", "numba")

_log = logging.getLogger("dedupe")


class _Work:
    """Bytes of input seen by this process: many small batches make a large collection. Decides about speed alone."""

    seen = 0


def pick(size: int, twin: str = "auto") -> ModuleType:
    """The kernels to use for ``size`` bytes of input, or the ``twin`` asked for by name.

    >>> pick(100, "numpy").__name__
    'dedupe.kernels.reference'
    """
    if twin == "auto":
        _Work.seen += size
        # The compiled twin reads eight bytes as one number, low byte first.
        compiled = _Work.seen >= COMPILED_FROM_BYTES and sys.byteorder == "little" and _numba_is_there()
        twin = "numba" if compiled else "numpy"
    if twin not in TWINS:
        raise ValueError(f"kernels must be one of {', '.join(TWINS)}, not {twin!r}")
    return _compiled() if twin == "numba" else importlib.import_module("dedupe.kernels.reference")


@functools.cache
def _numba_is_there() -> bool:
    """Whether numba is installed; says so once where it is not and would have paid."""
    if importlib.util.find_spec("numba"):
        return True
    _log.warning("numba is not installed: this takes about ten times as long; pip install 'news-dedupe[fast]'")
    return False


@functools.cache
def _compiled() -> ModuleType:
    """The compiled twin; says so where its code must be compiled first."""
    twin = importlib.import_module("dedupe.kernels.compiled")
    if not twin.is_cached():
        _log.warning("compiling the kernels, once on this machine: about seven seconds, as many before stories")
    return twin
