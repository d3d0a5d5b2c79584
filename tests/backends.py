"""Both backends of the kernels, for tests that ask the same of either."""

import pytest

from dedupe import kernels

HAS_NATIVE = kernels.DEFAULT.__name__ == "dedupe.kernels.compiled"
NUMPY = kernels.choose(name="numpy")
NATIVE = kernels.DEFAULT
NEEDS_NATIVE = pytest.mark.skipif(not HAS_NATIVE, reason="the kernels in C were not built")
EVERY_BACKEND = pytest.mark.parametrize(
    "backend", [pytest.param(NUMPY, id="numpy"), pytest.param(NATIVE, id="native", marks=NEEDS_NATIVE)]
)
EVERY_BACKEND_NAME = pytest.mark.parametrize("backend", ["numpy", pytest.param("native", marks=NEEDS_NATIVE)])
