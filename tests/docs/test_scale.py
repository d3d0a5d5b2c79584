"""The tables of the page about clusters are computed from the files of results, and from nothing else."""

import importlib
import sys

import pytest
from pages import PAGES
from support import ROOT


@pytest.fixture
def plan(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    yield importlib.import_module("benchmarks.spark.plan")
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
        del sys.modules[name]


def test_the_tables_are_those_that_follow_from_the_results(plan):
    assert plan.with_tables(PAGES["docs/scale.md"]) == PAGES["docs/scale.md"]


def test_the_plan_is_what_one_more_article_costs_times_a_billion(plan):
    def size(cpu, shuffled):
        stages = {"a": {"cpu_s": cpu, "shuffle_bytes": shuffled, "kept_bytes": 0}}
        return {verb: {"spark": {"cpu_s": cpu, "stages": stages}} for verb in plan.VERBS}

    # 100 more articles take 1 s and 1,000 bytes more: 10 ms and 10 bytes each.
    found = plan.plan({"100": size(5.0, 500), "200": size(6.0, 1_500)}, "pairs")
    assert found["cpu_hours"] == pytest.approx(0.01 * 1e9 / 3600)
    assert found["shuffled_tb"] == pytest.approx(0.01)
    assert found["hours"] == pytest.approx(0.01 * 1e9 / 3600 / (plan.CORES * plan.USED))
