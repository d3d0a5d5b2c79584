"""The dashboard and the alert rules in ``examples/monitoring`` ask for metrics that the service has, and for all of them."""

import json
import re

import pytest
from service_support import serving
from support import ROOT

MONITORING = ROOT / "examples" / "monitoring"


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    """The names of all metrics, as the service gives them."""
    with serving("serve", "--index", tmp_path_factory.mktemp("monitored") / "index") as served:
        served.check({})
        content = served.client().get("/metrics").text
    kinds = dict(re.findall(r"^# TYPE (\S+) (\w+)$", content, re.MULTILINE))
    suffixes = {"histogram": ("_bucket", "_sum", "_count")}
    return {name + suffix for name, kind in kinds.items() for suffix in suffixes.get(kind, ("",))}


@pytest.mark.parametrize("file", ["dashboard.json", "alerts.yml"])
def test_only_metrics_that_there_are_are_asked_for(metrics, file):
    asked = set(re.findall(r"\bdedupe_\w+", (MONITORING / file).read_text("utf-8")))
    assert asked
    assert asked <= metrics


def test_the_dashboard_shows_every_metric_but_counts_of_notes_and_segments(metrics):
    shown = (MONITORING / "dashboard.json").read_text("utf-8")
    hidden = {name for name in metrics if re.sub("_(bucket|sum|count)$", "", name) not in shown}
    assert hidden == {"dedupe_index_notes", "dedupe_index_segments", "dedupe_index_newest_timestamp_seconds"}


def test_no_two_panels_of_the_dashboard_overlap():
    places = [panel["gridPos"] for panel in json.loads((MONITORING / "dashboard.json").read_text("utf-8"))["panels"]]
    cells = [(place["x"] + x, place["y"] + y) for place in places for x in range(place["w"]) for y in range(place["h"])]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
