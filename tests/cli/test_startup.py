"""What a command does before it begins with its work: little, and nothing that only other commands need."""

import importlib.util
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
    return imported_by(code, *arguments)


def imported_by(code, *arguments):
    command = [sys.executable, "-P", "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


def beyond_libraries(modules):
    """Those of some modules that NumPy and pyarrow, which in old versions import more, do not import themselves."""
    return modules - imported_by("import sys, numpy, pyarrow; print('imported', *sys.modules, file=sys.stderr)")


def test_help_imports_nothing_heavy():
    heavy = {"numpy", "pyarrow", "datasketch", "rapidfuzz", "logging", "dedupe.cli.cluster"}
    assert modules_after("--help") & heavy == set()


def test_a_small_command_hardly_looks_for_garbage(seeds):
    code = (
        "import gc, sys, dedupe.cli\n"
        "before = [each['collections'] for each in gc.get_stats()]\n"
        "dedupe.cli.main()\n"
        "after = [each['collections'] for each in gc.get_stats()]\n"
        "print(sum(after) - sum(before), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "cluster", str(seeds)], capture_output=True, text=True, check=True
    )
    assert int(done.stderr.splitlines()[-1]) < 20


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted as Linux shows them")
def test_numpy_starts_no_threads_of_its_own():
    code = "import os, dedupe.cli; dedupe.cli.main(); import numpy; print(len(os.listdir('/proc/self/task')))"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    command = [sys.executable, "-P", "-c", code, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == "1"


def test_an_index_in_a_folder_imports_no_postgresql(tmp_path, jsonl):
    path = jsonl([{"id": "a", "text": "Talks ended on Friday without a result."}])
    modules = modules_after("filter", "--index", tmp_path / "index", path)
    assert modules & {"psycopg", "platformdirs"} == set()


without_pandas = pytest.mark.skipif(
    importlib.util.find_spec("pandas") is not None, reason="pyarrow imports pandas where it is, which imports much"
)


@without_pandas
def test_pairs_of_plain_lines_import_only_what_they_need(jsonl):
    path = jsonl([{"id": name, "text": "The ferry sank on Monday. Subscribe now."} for name in map(str, range(40))])
    others = {"pyarrow.compute", "numpy.ma", "numpy.random", "tempfile", "scipy", "datasketch", "rapidfuzz"}
    others |= {
        f"dedupe.{name}" for name in ("reading.articles", "reading.dates", "reading.html", "clustering", "stories")
    }
    assert beyond_libraries(modules_after("pairs", path, "--format", "jsonl")) & others == set()


@without_pandas
def test_cluster_imports_only_what_its_format_needs(seeds):
    never = {"numpy.ma", "numpy.random", "scipy", "datasketch", "rapidfuzz", "multiprocessing"}
    assert beyond_libraries(modules_after("cluster", seeds)) & (never | {"dedupe.explanations", "difflib"}) == set()
    as_json = modules_after("cluster", seeds, "--format", "json")
    assert beyond_libraries(as_json) & (never | {"tabulate", "wcwidth"}) == set()


def test_align_imports_nothing_of_clustering(seeds):
    left, right, *_ = sorted(seeds.glob("*.txt"))
    others = {"numpy.ma", "pyarrow.compute", "scipy", "datasketch", "tabulate", "dedupe.clustering", "dedupe.stories"}
    assert beyond_libraries(modules_after("align", left, right)) & others == set()


def test_a_client_imports_neither_httpx_nor_the_server_before_it_is_made():
    code = "import sys; from dedupe import AsyncClient, Client; print('imported', *sys.modules, file=sys.stderr)"
    server = {"starlette", "uvicorn", "prometheus_client", "h11", "dedupe.service.app"}
    assert imported_by(code) & (server | {"httpx"}) == set()
