"""What a release says about itself agrees in every place: the version, the address, the Pythons, the formats."""

import json
import re
import subprocess
import sys
import tomllib

import pytest
from pages import PAGES, section
from support import PROGRAM, ROOT

import dedupe
from dedupe.index.storage import connection
from dedupe.index.storage.postgres import tables
from dedupe.settings import RECIPE_VERSION
from dedupe.text.words import NORMALISER_VERSION

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
CITATION = (ROOT / "CITATION.cff").read_text("utf-8")
WORKFLOWS = {path.name: path.read_text("utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")}


def test_the_program_the_changelog_and_the_citation_have_one_version():
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"dedupe, version {dedupe.__version__}\n"
    assert (
        re.findall(r"^## (\S+) \((?:unreleased|\d{4}-\d\d-\d\d)\)$", CHANGELOG, re.MULTILINE)[0] == dedupe.__version__
    )
    assert re.findall(r"^version: (\S+)$", CITATION, re.MULTILINE) == [dedupe.__version__]


def test_the_changelog_says_what_this_version_stores():
    [row] = re.findall(rf"^\| {re.escape(dedupe.__version__)} \|(.+)\|$", CHANGELOG, re.MULTILINE)
    stored = [str(number) for number in (RECIPE_VERSION, NORMALISER_VERSION, connection.FORMAT, tables.FORMAT)]
    assert [cell.strip() for cell in row.split("|")][:4] == stored
    assert f"\nRecipe: {RECIPE_VERSION}. Index format: {connection.FORMAT}.\n" in CHANGELOG


def test_names_of_the_changelog_that_are_new_are_in_the_documentation():
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| ([^|]+) \|$", section("CHANGELOG.md", "Renamed"), re.MULTILINE)[1:]
    assert len(rows) > 10
    everywhere = "".join(PAGES.values())
    for _, new in rows:
        assert re.search(r"`([^`]+)`", new)[1].split("=")[0].split("[")[0] in everywhere, new


def test_the_address_of_the_project_is_one():
    address = PROJECT["urls"]["Repository"]
    assert all(url.startswith(address) for url in PROJECT["urls"].values())
    named = "".join((CITATION, (ROOT / "SECURITY.md").read_text("utf-8"), *PAGES.values()))
    found = {url[: len(address)] for url in re.findall(r"https://github\.com/[\w-]+/news-dedupe[^\s)>]*", named)}
    assert found == {address}
    assert f"repository-code: {address}\n" in CITATION


def test_the_citation_says_what_the_package_says():
    words = [line.removeprefix("  - ") for line in CITATION.partition("keywords:\n")[2].splitlines()]
    assert words == PROJECT["keywords"]
    for line in (f"title: {PROJECT['name']}", f"abstract: {PROJECT['description']}", f"license: {PROJECT['license']}"):
        assert line in CITATION.splitlines()


def test_every_python_that_the_package_names_is_tested_by_the_workflow():
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert named[0] == PROJECT["requires-python"].removeprefix(">=")
    [matrix] = re.findall(r"^ +python: (\[.+\])$", WORKFLOWS["tests.yml"], re.MULTILINE)
    assert json.loads(matrix) == named
    assert f"{sys.version_info[0]}.{sys.version_info[1]}" in named


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_have_a_version_that_nobody_can_move_and_workflows_may_only_read(name):
    used = re.findall(r"uses: (\S+)@(\S+)", WORKFLOWS[name])
    assert used
    assert all(re.fullmatch(r"[0-9a-f]{40}", version) for _, version in used), used
    assert "\npermissions:\n  contents: read\n" in WORKFLOWS[name]


def test_only_a_tag_is_uploaded_and_no_token_is_stored():
    text = WORKFLOWS["release.yml"]
    publish = text.partition("\n  publish:\n")[2]
    assert publish.startswith("    if: startsWith(github.ref, 'refs/tags/')\n    needs: [wheels, source]\n")
    assert "environment:\n      name: pypi\n" in publish
    assert text.count("id-token: write") == publish.count("id-token: write") == 1
    assert "secrets." not in text


def test_tasks_that_the_workflows_call_exist():
    called = set(re.findall(r"\.ci/task (\w+)", "".join(WORKFLOWS.values())))
    assert called <= set(re.findall(r"^(\w+)\) #", (ROOT / ".ci" / "task").read_text("utf-8"), re.MULTILINE))


def test_every_task_stands_in_the_contributing_guide():
    tasks = re.findall(r"^(\w+)\) #", (ROOT / ".ci" / "task").read_text("utf-8"), re.MULTILINE)
    assert [f"`.ci/task {task}`" for task in tasks if f"| `.ci/task {task}` |" not in PAGES["CONTRIBUTING.md"]] == []
