"""The pages are a promise too: their commands and their Python run, their transcripts are true, their links lead on."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
from pages import NOT_RUN, PAGES, README, SET_UP, all_blocks, blocks, section
from support import PROGRAM, ROOT

import dedupe


def test_the_set_up_is_two_lines_near_the_top():
    lines = README.splitlines()
    found = [number for number, line in enumerate(lines) if line.startswith(SET_UP)]
    assert len(found) == 2
    assert found[1] < 15
    assert lines[found[0]].endswith("dedupe cluster seeds/")
    assert lines[found[1]].endswith("pytest")


def test_the_readme_is_short_and_everyone_finds_a_command():
    assert len(README.split()) <= 900
    assert README.splitlines().index("$ dedupe cluster seeds/") < 30
    for user, command in (
        ("analysts", "dedupe cluster "),
        ("pipeline engineers", "dedupe filter --index "),
        ("auditors", "dedupe align "),
    ):
        assert command in section("README.md", f"For {user}")


def test_pictures_are_small_and_said_in_words():
    shown = {}
    for page, text in PAGES.items():
        for words, place in re.findall(r"!\[([^\]]+)\]\((\S+\.png)\)", text):
            assert len(words.split()) >= 15
            shown.setdefault((ROOT / page).parent.joinpath(place).resolve(), []).append(page)
    assert set(shown) == set((ROOT / "docs" / "pictures").glob("*.png"))
    assert "README.md" in shown[ROOT / "docs" / "pictures" / "day.png"]
    assert all(path.stat().st_size < 200_000 for path in shown)


def test_the_contents_of_the_readme_are_its_headings():
    contents = re.findall(r"\[([^\]]+)\]\(#", README.partition("\n## ")[0])
    assert contents == re.findall(r"^## (.+)$", README, re.MULTILINE)


def linked_pages(page):
    """Return the pages that a page links to."""
    names = re.findall(r"\]\(([^)#\s]+)", PAGES[page])
    paths = {os.path.normpath(Path(page).parent / name) for name in names if not re.match(r"\w+:", name)}
    return paths & set(PAGES)


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), {"README.md"}
    while waiting:
        reached |= waiting
        waiting = set().union(*map(linked_pages, waiting)) - reached
    assert reached == set(PAGES)


def test_the_front_page_of_the_documentation_names_every_page():
    pages = {page for page in PAGES if page.startswith("docs/")} - {"docs/index.md"}
    assert pages <= linked_pages("docs/index.md")


def test_the_texts_that_are_aligned_in_a_tutorial_are_those_of_the_day():
    tutorials = ROOT / "docs" / "tutorials"
    of_the_day = {article.id: article for article in dedupe.read([tutorials / "day"])}
    for name, same in (("capital-daily", "capital-5"), ("evening-courier", "courier-49")):
        text = (tutorials / "two" / f"{name}.txt").read_text("utf-8")
        assert text == f"{of_the_day[same].title}\n\n{of_the_day[same].text}\n"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", PAGES[page]):
        if re.match(r"\w+:", target):
            continue
        name, _, place = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), target
        if place:
            headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
            assert place in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}, target


@pytest.mark.parametrize("page", PAGES)
def test_blocks_that_are_not_run_say_why(page):
    for language, body in all_blocks(page):
        assert language in ("console", "python", "sh", "text"), body
        assert language != "sh" or body.startswith((NOT_RUN, SET_UP)), body


def is_printed(shown, printed):
    """Whether a transcript is what a command printed. A line of … alone stands for any number of lines."""
    pieces = re.split(r"^…\n", shown, flags=re.MULTILINE)
    return re.fullmatch(r"(?:.*\n)*?".join(map(re.escape, pieces)), printed) is not None


SERVICE = "http://127.0.0.1:8765"
"""The address of the service in the pages. Tests put a free port in its place."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return str(unused.getsockname()[1])


@pytest.fixture
def in_folder(tmp_path):
    """A folder for commands. Services that they leave behind, as the files ``*.pid`` say, are stopped."""
    yield tmp_path
    for path in tmp_path.glob("*.pid"):
        with contextlib.suppress(ProcessLookupError):
            for _ in range(100):  # a second signal ends a drain
                os.kill(int(path.read_text()), signal.SIGTERM)
                time.sleep(0.05)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "console")])
def test_commands_run_in_their_order_and_print_what_is_shown(page, in_folder):
    if "$ dedupe serve" in PAGES[page]:
        pytest.importorskip("service_support")
        if not shutil.which("curl"):
            pytest.skip("curl is not installed")
    ports = {port: free_port() for port in re.findall(r"\b876\d\b", PAGES[page])}
    for name in ("seeds", "docs"):
        (in_folder / name).symlink_to(ROOT / name)
    path = f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"
    for block in blocks(page, "console"):
        for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            on_free_ports = re.sub(r"\b876\d\b", lambda found: ports[found[0]], command)
            shell = ["bash", "-o", "pipefail", "-c", on_free_ports]
            known = os.environ | {"PATH": path, "COLUMNS": "120"}
            done = subprocess.run(
                shell, cwd=in_folder, env=known, capture_output=True, text=True, timeout=300, check=False
            )
            assert done.returncode == 0, f"{command}: {done.stderr}"
            if shown and not is_printed(shown, done.stdout.rstrip("\n") + "\n"):
                pytest.fail(f"$ {command}\n{done.stdout}", pytrace=False)


@pytest.mark.parametrize(
    ("page", "code"), [(page, code) for page in PAGES for code in blocks(page, "python")], ids=lambda x: x[:20]
)
def test_python_runs_and_prints_what_its_first_comment_says(page, code, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(ROOT)
    with contextlib.ExitStack() as running:
        if SERVICE in code:
            support = pytest.importorskip("service_support")
            served = running.enter_context(support.serving("serve", "--index", tmp_path / "index"))
            code = code.replace(SERVICE, served.url)
        exec(compile(code, page, "exec"), {})  # noqa: S102 - the project's own code
    assert re.search(r"# (.+)$", code, re.MULTILINE).group(1) in capsys.readouterr().out


def test_every_public_name_can_be_imported():
    assert all(getattr(dedupe, name).__doc__ for name in dedupe.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        dedupe.nonsense  # noqa: B018


def test_the_seeds_are_described():
    assert all(path.name[:3] in PAGES["seeds/README.md"] for path in (ROOT / "seeds").glob("*.txt"))


def test_the_source_distribution_holds_the_documentation():
    named = (ROOT / "MANIFEST.in").read_text("utf-8").split()
    assert {"docs", "CONTRIBUTING.md", "CHANGELOG.md", "seeds", "tests", "benchmarks", "examples"} <= set(named)


def test_every_source_of_the_kernels_is_built_and_rebuilt_when_a_header_changes():
    [built] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["ext-modules"]
    folder = ROOT / "dedupe" / "kernels" / "compiled"
    for name, ending in (("sources", "c"), ("depends", "h")):
        assert built[name] == sorted(path.relative_to(ROOT).as_posix() for path in folder.glob(f"*.{ending}"))
