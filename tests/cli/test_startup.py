"""What a command does before it begins with its work: little, and nothing that only other commands need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def modules_after(*arguments):
    """Run a command in a process of its own, and return the names of all modules that are then imported."""
    code = (
        "import sys, dedupe.cli\n"
        "try:\n    dedupe.cli.main()\n"
        "finally:\n    print('imported', *sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


def test_help_imports_nothing_heavy():
    heavy = {"numpy", "pyarrow", "datasketch", "rapidfuzz", "logging", "dedupe.cli.cluster"}
    assert not heavy & modules_after("--help")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted as Linux shows them")
def test_numpy_starts_no_threads_of_its_own():
    code = "import os, dedupe.cli; dedupe.cli.main(); import numpy; print(len(os.listdir('/proc/self/task')))"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    command = [sys.executable, "-c", code, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == "1"
