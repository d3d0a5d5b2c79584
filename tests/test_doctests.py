"""The examples in docstrings are true of the installed package."""

import doctest
import importlib
import importlib.util
import pkgutil

import pytest

import dedupe

MODULES = [module.name for module in pkgutil.walk_packages(dedupe.__path__, "dedupe.")]


@pytest.mark.parametrize("name", ["dedupe", *MODULES])
def test_examples_in_docstrings_hold(name):
    if name.startswith("dedupe.kernels.compiled") and not importlib.util.find_spec("numba"):
        pytest.skip("numba is not installed")
    assert doctest.testmod(importlib.import_module(name)).failed == 0
