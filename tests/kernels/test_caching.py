"""The compiled kernels work wherever the package is installed: without a home, a cache or a writable folder."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dedupe
from dedupe import kernels

pytest.importorskip("numba")

SCRIPT = """
import logging, numpy as np
from dedupe import kernels
for _ in range(2):
    backend = kernels.choose({size}, {name!r})
    equal = backend.equal_minima(np.eye(3, dtype=np.uint32), np.array([0, 1]), np.array([1, 1]))
print(backend.__name__, *equal.tolist())
"""


@pytest.fixture
def package(tmp_path):
    """A copy of the package, and a function that runs a script with it."""
    shutil.copytree(Path(dedupe.__file__).parent, tmp_path / "dedupe", ignore=shutil.ignore_patterns("__pycache__"))

    def run(name, size=0, **options):
        known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "HOME": str(tmp_path / "no home")}
        script = SCRIPT.format(size=size, name=name)
        done = subprocess.run(
            [sys.executable, "-B", "-c", script],
            env=known,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        assert done.returncode == 0, done.stderr
        return done

    return run


def make_unwritable(tmp_path):
    """Let no folder for machine code be made. Files stand in its places, which stops the super-user too."""
    (tmp_path / "dedupe" / "kernels" / "compiled" / "__pycache__").touch()
    (tmp_path / "no home").touch()


def test_where_machine_code_cannot_be_stored_it_is_compiled_or_numpy_computes(package, tmp_path):
    make_unwritable(tmp_path)
    done = package("numba")
    assert done.stdout.split() == ["dedupe.kernels.compiled", "1", "3"]
    done = package("auto", kernels.COMPILED_FROM_BYTES)
    assert done.stdout.split() == ["dedupe.kernels.reference", "1", "3"]
    assert done.stderr.count("compiled kernels cannot be stored, so that NumPy computes") == 1
    assert done.stderr.count("NUMBA_CACHE_DIR") == 1
    done = package("auto", kernels.UNSTORED_FROM_BYTES)
    assert done.stdout.startswith("dedupe.kernels.compiled")
    assert done.stderr.count("compiled kernels cannot be stored, so that every run compiles them") == 1


def test_a_damaged_file_of_machine_code_is_made_anew(package, tmp_path):
    folder = tmp_path / "dedupe" / "kernels" / "compiled" / "__pycache__"
    wanted = package("numba").stdout
    for ending in ("nbi", "nbc"):
        stored = sorted(folder.glob(f"*.{ending}"))
        assert stored
        for path in stored:
            path.write_bytes(path.read_bytes()[:40])
        assert package("numba").stdout == wanted
        assert all(path.stat().st_size > 40 for path in folder.glob("pairs.*.nbi"))


def test_a_disk_without_room_for_machine_code_stops_nothing(package):
    """A file may have 1,000 bytes, as on a full disk."""
    done = package("numba", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
    assert done.stdout.startswith("dedupe.kernels.compiled")
    assert done.stderr.count("compiled kernels cannot be stored, so that every run compiles them") == 1


def test_numba_that_does_not_load_is_named_and_numpy_computes(package, tmp_path):
    """Numba raises ImportError where it does not know the installed version of NumPy."""
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text("raise ImportError('Numba needs NumPy 2.4 or less')")
    done = package("auto", kernels.COMPILED_FROM_BYTES)
    assert done.stdout.startswith("dedupe.kernels.reference")
    assert done.stderr.count("numba does not work here") == 1
    assert "Numba needs NumPy 2.4 or less" in done.stderr
