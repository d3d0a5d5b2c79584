"""Both backends of the kernels, for tests that ask the same of either."""

import importlib.util

import pytest

from dedupe import kernels

HAS_NUMBA = importlib.util.find_spec("numba") is not None
NUMPY = kernels.REFERENCE
NUMBA = kernels.choose(0, "numba") if HAS_NUMBA else None
NEEDS_NUMBA = pytest.mark.skipif(not HAS_NUMBA, reason="the extra `fast` is not installed")
EVERY_BACKEND = pytest.mark.parametrize(
    "backend", [pytest.param(NUMPY, id="numpy"), pytest.param(NUMBA, id="numba", marks=NEEDS_NUMBA)]
)
EVERY_BACKEND_NAME = pytest.mark.parametrize("backend", ["numpy", pytest.param("numba", marks=NEEDS_NUMBA)])
