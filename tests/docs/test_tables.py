"""The tables of the documentation name what the code has: options, settings, field names, rooms, columns."""

import re
import tomllib
from pathlib import Path

import click
import pytest
from pages import COMMANDS, PAGES, README, section, table
from support import ROOT

import dedupe
from dedupe import Article, schemas, settings
from dedupe.index import verdicts
from dedupe.reading.fields import field_aliases

ROOMS = {path.stem for path in Path(dedupe.__file__).parent.iterdir()} - {"__init__", "__pycache__", "py"}
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]["layers"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help_and_stands_in_the_documentation(name):
    command = COMMANDS[name]
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    common = {word for option in options if not option.expose_value for word in (*option.opts, *option.secondary_opts)}
    assert common == (set() if isinstance(command, click.Group) else set(table("docs/commands.md", "Every command")))
    options = [option for option in options if option.expose_value]
    assert command.help
    assert all(option.help for option in options)
    assert f"`dedupe {name}`" in README + PAGES["docs/index.md"] + PAGES["docs/scale.md"]
    if options:
        heading = f"Options of `dedupe {name}`"
        [page] = [page for page in PAGES if f"## {heading}\n" in PAGES[page]]
        documented = table(page, heading)
        assert set(documented) == {word for option in options for word in (*option.opts, *option.secondary_opts)}
        for option in options:
            if option.show_default is True:
                assert documented[option.opts[-1]][0] == f"`{option.default}`"


def test_every_setting_stands_in_the_documentation_with_its_default_and_range():
    documented = table("docs/copies.md", "Thresholds")
    assert set(documented) == set(settings.Settings.__dataclass_fields__)
    *some, last = (f"`{name}`" for name in settings.FAR_DAYS)
    spans = {name: f"{low} to {high}" for name, (low, high) in settings._RANGES.items()}
    spans |= {"dates": f"{', '.join(some)} or {last}", "sagas": "`True` or `False`"}
    for name, (default, span, _) in documented.items():
        assert (default, span) == (str(getattr(settings.Settings(), name)), spans[name])


def test_every_accepted_name_of_a_field_stands_in_the_documentation():
    rows = re.findall(r"^\| (\w+) \| (`.*) \|$", section("docs/input.md", "Field names"), re.MULTILINE)
    documented = {field: re.findall(r"`([^`]+)`", names) for field, names in rows}
    aliases = field_aliases()
    assert documented == {name: aliases[name] for name in documented} | {
        "text": aliases["text"] + aliases["html"] + aliases["teaser"]
    }
    assert set(documented) == set(Article.__dataclass_fields__)


def test_every_verdict_stands_in_the_documentation():
    assert set(table("docs/index.md", "Verdicts")) == {*verdicts.KINDS, "unknown"}


def test_every_relation_stands_in_the_documentation():
    assert tuple(table("docs/copies.md", "How a pair is judged")) == schemas.KINDS


def test_every_problem_and_every_route_of_the_service_stands_in_the_documentation():
    problems = pytest.importorskip("dedupe.service.problems", reason="the extra `serve` is not installed")
    documented = re.findall(r"^\| (\d+) \| `([a-z-]+)` \|", section("docs/service.md", "Errors"), re.MULTILINE)
    assert sorted(documented) == sorted((str(int(kind.status)), kind.name) for kind in problems.KINDS)
    paths = pytest.importorskip("dedupe.service.openapi").openapi_document()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert {name.removesuffix("?id=") for name in table("docs/service.md", "Ask it")} == routes


def test_the_architecture_names_every_room_and_every_layer():
    page = PAGES["docs/architecture.md"]
    assert not {room for room in ROOMS if f"`{room}`" not in page}
    assert "\n".join(LAYERS) in page


def test_the_drawing_of_the_architecture_has_every_room():
    drawn = (ROOT / "docs" / "architecture.svg").read_text("utf-8")
    assert not {room for room in ROOMS - {"data"} if f">{room}</text>" not in drawn}


def test_the_docstring_of_the_package_names_every_room():
    assert not {room for room in ROOMS - {"data"} if room not in dedupe.__doc__}


@pytest.mark.parametrize("name", ["ARTICLES", "CANDIDATES", "MEASURED", "RELATIONS", "FINGERPRINTS"])
def test_tables_of_the_architecture_are_those_of_the_code(name):
    schema = schemas.fingerprints_schema(128) if name == "FINGERPRINTS" else getattr(schemas, name)
    documented = {column: kind.strip("`") for column, (kind, _) in table("docs/architecture.md", name).items()}
    assert documented == {field.name: str(field.type) for field in schema}
