"""The examples in docstrings are true of the installed package."""

import doctest
import importlib
import pkgutil

import pytest
from backends import HAS_NATIVE

import dedupe

MODULES = [module.name for module in pkgutil.walk_packages(dedupe.__path__, "dedupe.")]


@pytest.mark.parametrize("name", ["dedupe", *MODULES])
def test_examples_in_docstrings_hold(name):
    if name.startswith("dedupe.kernels.compiled") and not HAS_NATIVE:
        pytest.skip("the kernels in C were not built")
    if name.startswith("dedupe.service."):
        pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")
    if name.startswith("dedupe.spark.stories"):
        pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    assert doctest.testmod(importlib.import_module(name)).failed == 0
