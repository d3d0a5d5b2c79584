"""Array kernels: flat arrays and offsets in, flat arrays out. They know no articles, tables or settings.

Two twins with one contract: ``_numpy`` is the reference and always works; ``_numba`` is compiled. ``pick`` chooses one
by argument.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
import warnings
from types import ModuleType

COMPILED_FROM_BYTES = 8_000_000
"""Text from which the compiled twin pays: loading numba and its cached code takes about as long as NumPy takes here."""

TWINS = ("auto", "numpy", "numba")


def pick(size: int, twin: str = "auto") -> ModuleType:
    """The kernels to use for ``size`` bytes of input, or the ``twin`` asked for by name.

    >>> pick(100).__name__
    'dedupe.kernels._numpy'
    """
    if twin == "auto":
        # The compiled twin reads eight bytes as one number, low byte first.
        compiled = size >= COMPILED_FROM_BYTES and sys.byteorder == "little" and _numba_is_there()
        twin = "numba" if compiled else "numpy"
    if twin not in TWINS:
        raise ValueError(f"kernels must be one of {', '.join(TWINS)}, not {twin!r}")
    return importlib.import_module(f"dedupe.kernels._{twin}")


@functools.cache
def _numba_is_there() -> bool:
    """Whether numba is installed; says so once where it is not and would have paid."""
    if importlib.util.find_spec("numba"):
        return True
    warnings.warn(
        "numba is not installed: this takes about ten times as long; pip install 'news-dedupe[fast]'",
        RuntimeWarning,
        stacklevel=3,
    )
    return False
