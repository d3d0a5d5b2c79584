"""The tables of the page about clusters are computed from the files of results, and from nothing else."""

import json
import subprocess
import sys

import pytest
from support import ROOT


def of_plan(code):
    """What code prints in JSON that has the module ``plan``. A process of its own leaves nothing behind in this one."""
    script = f"import json; from benchmarks.spark import plan; print(json.dumps({code}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True)
    return json.loads(done.stdout)


def test_the_tables_are_those_that_follow_from_the_results():
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    assert of_plan("plan.with_tables(plan.PAGE.read_text('utf-8'))") == page


def test_the_plan_is_what_one_more_article_costs_times_a_billion():
    def size(cpu, shuffled):
        stages = {"a": {"cpu_s": cpu, "shuffle_bytes": shuffled, "kept_bytes": 0}}
        return {"spark": {"cpu_s": cpu, "stages": stages}}

    # 100 more articles take 1 s and 1,000 bytes more: 10 ms and 10 bytes each.
    found = of_plan(f"plan.plan({ {100: size(5.0, 500), 200: size(6.0, 1_500)} })")
    assert found["cpu_hours"] == pytest.approx(0.01 * 1e9 / 3600)
    assert found["shuffled_tb"] == pytest.approx(0.01)
    assert found["hours"] == pytest.approx(0.01 * 1e9 / 3600 / of_plan("plan.CORES * plan.USED"))
