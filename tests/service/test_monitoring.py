"""The dashboard and the alert rules in ``examples/monitoring`` ask for numbers that the service really has."""

import json
import re

import pytest
from service_support import STORY, serving
from support import ROOT

from dedupe.service.problems import KINDS

DASHBOARD = json.loads((ROOT / "examples" / "monitoring" / "dashboard.json").read_text("utf-8"))
ALERTS = (ROOT / "examples" / "monitoring" / "alerts.yml").read_text("utf-8")
OF_PROMETHEUS = {"up": {"job": {"dedupe"}}}
"""What Prometheus itself adds to each scrape: names, and the values of their labels."""


def panel_expressions():
    targets = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [expression.replace("$__rate_interval", "5m").replace("$instance", ".*") for expression in targets]


def alert_rules():
    yaml = pytest.importorskip("yaml", reason="PyYAML is in the extra dev")
    return [rule for group in yaml.safe_load(ALERTS)["groups"] for rule in group["rules"]]


def selectors(expression):
    """Return the name and the label matchers of each selector of an expression, as Prometheus reads it."""
    promql = pytest.importorskip("promql_parser", reason="promql-parser is in the extra dev")
    found = []

    def look(node):
        if isinstance(node, promql.MatrixSelector):
            look(node.vector_selector)
        elif isinstance(node, promql.VectorSelector):
            found.append((node.name, {matcher.name: matcher.value for matcher in node.matchers.matchers}))
        for name in ("lhs", "rhs", "expr"):
            if isinstance(inner := getattr(node, name, None), promql.Expr):
                look(inner)
        for argument in getattr(node, "args", ()):
            look(argument)

    look(promql.parse(expression))
    return found


@pytest.fixture(scope="module")
def exposed(tmp_path_factory):
    """The values of each label by the name of the number, of a service that has answered and refused something."""
    with serving("serve", "--index", tmp_path_factory.mktemp("watched") / "index") as served:
        served.check([{"id": "a", "text": STORY}])
        served.check(5)
        text = served.client().get("/metrics").text
    found = dict(OF_PROMETHEUS)
    for name, labels in re.findall(r"^(dedupe_\w+)(?:\{(.*)\})? ", text, re.MULTILINE):
        known = found.setdefault(name, {})
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            known.setdefault(label, set()).add(value)
    return found


@pytest.mark.parametrize("source", ["dashboard", "alerts"])
def test_every_expression_names_numbers_and_labels_that_the_service_has(source, exposed):
    expressions = panel_expressions() if source == "dashboard" else [rule["expr"] for rule in alert_rules()]
    assert len(expressions) > 10
    asked = [one for expression in expressions for one in selectors(expression)]
    assert len(asked) >= len(expressions)
    for name, matchers in asked:
        assert name in exposed, name
        for label, value in matchers.items():
            assert label == "instance" or value in exposed[name][label], (name, label, value)


def test_every_number_of_the_service_stands_on_the_dashboard(exposed):
    shown = " ".join(panel_expressions())
    names = {re.sub("_(bucket|sum|count)$", "", name) for name in exposed if name not in OF_PROMETHEUS}
    assert not {name for name in names if name not in shown}


def test_panels_have_ids_of_their_own_and_places_that_do_not_overlap():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len({*ids}) == len(ids)
    cells = [
        (place["x"] + column, place["y"] + row)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for column in range(place["w"])
        for row in range(place["h"])
    ]
    assert len({*cells}) == len(cells)
    assert max(column for column, _ in cells) < 24


def test_every_alert_says_what_is_wrong_and_what_to_do():
    rules = alert_rules()
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert "{{ $labels.instance }}" in rule["annotations"]["summary"]
        assert rule["annotations"]["action"].endswith(".")


def test_every_kind_of_problem_is_counted_from_the_start_so_that_its_first_one_is_an_increase(exposed):
    assert exposed["dedupe_refused_total"]["problem"] == {kind.name for kind in KINDS}
