"""PyPI's other package ``dedupe`` has the same folder. Whichever came last, the command and the import say so in a line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

import dedupe

ADVICE = "run `pip uninstall -y dedupe news-dedupe`, then install one of the two"
OTHER = "from dedupe.api import Dedupe\n"


@pytest.fixture
def folder(tmp_path):
    """A folder with a copy of the package and of the module that starts the command."""
    shutil.copytree(Path(dedupe.__file__).parent, tmp_path / "dedupe", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "news_dedupe.py", tmp_path)
    return tmp_path


def python(folder, code, *arguments, options=()):
    known = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-B", *options, "-c", code, *arguments]
    return subprocess.run(command, env=known, cwd=folder, capture_output=True, text=True, check=False)


def command(folder, *arguments, options=()):
    return python(folder, "from news_dedupe import main; main()", *arguments, options=options)


def test_an_installation_of_its_own_runs(folder):
    done = command(folder, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert dedupe.__version__ in done.stdout


def test_files_of_the_other_package_under_ours_are_named(folder):
    """The other package was installed first: ours has written over ``__init__.py`` and ``clustering.py``."""
    (folder / "dedupe" / "api.py").write_text("class Dedupe: ...")
    done = command(folder, "--version")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "PyPI's other package `dedupe` is installed in this environment" in done.stderr
    assert ADVICE in done.stderr
    last = python(folder, "import dedupe").stderr.splitlines()[-1]
    assert last.startswith("ImportError: PyPI's other package")
    assert ADVICE in last


@pytest.mark.parametrize("api", ["class Dedupe: ...", "raise ImportError('no affinegap')"])
def test_files_of_the_other_package_over_ours_are_named(folder, api):
    """The other package was installed last: its ``__init__.py`` would run, or fail."""
    (folder / "dedupe" / "api.py").write_text(api)
    for name in ("__init__.py", "clustering.py"):
        (folder / "dedupe" / name).write_text(OTHER)
    done = command(folder, "--version")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "PyPI's other package `dedupe` is installed in this environment" in done.stderr


def test_what_is_left_after_the_other_package_was_removed_is_named(folder):
    """``pip uninstall dedupe`` takes away the files that both had."""
    for name in ("__init__.py", "clustering.py"):
        (folder / "dedupe" / name).unlink()
    done = command(folder, "--version", options=["-S"])  # without the package of the tests
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "files of news-dedupe are missing" in done.stderr
    assert ADVICE in done.stderr


def test_the_start_loads_no_array_library(folder):
    done = python(
        folder,
        "import sys, news_dedupe, dedupe; print(news_dedupe.problem_of_installation(), {'numpy', 'pyarrow', 'click'} & {*sys.modules})",
    )
    assert done.stdout == "None set()\n", done.stderr
