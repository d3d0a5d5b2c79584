"""Where the kernels in C were not built or do not load, NumPy computes, and says so once where that takes long."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from backends import HAS_NATIVE, NEEDS_NATIVE

import dedupe
from dedupe import kernels

SCRIPT = f"""
import logging, numpy as np
from dedupe import kernels
for _ in range(2):
    backend = kernels.choose({kernels.SLOW_FROM_BYTES})
    equal = backend.equal_minima(np.eye(3, dtype=np.uint32), np.array([0, 1]), np.array([1, 1]))
print(backend.__name__, *equal.tolist())
"""


@pytest.fixture
def package(tmp_path):
    """A copy of the package, and a function that runs SCRIPT with it."""
    shutil.copytree(Path(dedupe.__file__).parent, tmp_path / "dedupe", ignore=shutil.ignore_patterns("__pycache__"))

    def run():
        command = [sys.executable, "-B", "-c", SCRIPT]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done

    return run


def libraries(tmp_path):
    """The files of the extension module in the copy of the package."""
    return list((tmp_path / "dedupe" / "kernels" / "compiled").glob("native.*[dso]"))


@NEEDS_NATIVE
def test_the_kernels_in_c_compute_wherever_they_are(package):
    done = package()
    assert (done.stdout.split(), done.stderr) == (["dedupe.kernels.compiled", "1", "3"], "")


@pytest.mark.parametrize("content", [None, b"", b"\x7fELF of another machine"])
def test_without_them_numpy_computes_and_says_so_once(package, tmp_path, content):
    for library in libraries(tmp_path):
        library.unlink() if content is None else library.write_bytes(content)
    done = package()
    assert done.stdout.split() == ["dedupe.kernels.reference", "1", "3"]
    assert done.stderr.count("the kernels in C are not there") == 1


def test_small_runs_do_not_mention_it(package, tmp_path):
    for library in libraries(tmp_path):
        library.unlink()
    script = SCRIPT.replace(str(kernels.SLOW_FROM_BYTES), str(kernels.SLOW_FROM_BYTES - 1))
    done = subprocess.run(
        [sys.executable, "-B", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_a_backend_can_be_named():
    assert kernels.choose(name="numpy").__name__ == "dedupe.kernels.reference"
    if HAS_NATIVE:
        assert kernels.choose(name="native") is kernels.DEFAULT
    with pytest.raises(ValueError, match="must be one of auto, numpy, native, not 'cython'"):
        kernels.choose(name="cython")
