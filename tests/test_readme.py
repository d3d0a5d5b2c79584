"""The README is a promise too: its commands run, its Python runs, every command and option has help."""

import json
import os
import re
import subprocess
from pathlib import Path

import click
import pytest
from support import PROGRAM, ROOT

import dedupe
from dedupe.cli import cli

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (.+)$", README, re.MULTILINE)
PYTHON = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands_of(group, path=()):
    for name, command in sorted(group.commands.items()):
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands_of(command, (*path, name))


def test_the_set_up_is_two_lines_near_the_top():
    lines = README.splitlines()
    found = [number for number, line in enumerate(lines) if line.startswith("python3 -m venv .venv && ")]
    assert len(found) == 2
    assert found[1] < 15
    assert lines[found[0]].endswith("dedupe cluster seeds/")
    assert lines[found[1]].endswith("pytest")


def test_commands_of_the_readme_run_in_their_order(tmp_path):
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    path = f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"
    for command in COMMANDS:
        shell = ["bash", "-o", "pipefail", "-c", command]
        done = subprocess.run(
            shell, cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"


def test_the_transcript_on_the_seeds_is_what_the_command_prints():
    shown = re.search(r"^\$ dedupe cluster seeds/\n(.*?)^```", README, re.MULTILINE | re.DOTALL).group(1)
    command = [PROGRAM, "cluster", "seeds/"]
    wide = os.environ | {"COLUMNS": "120"}
    done = subprocess.run(command, cwd=ROOT, env=wide, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == shown.strip()


@pytest.mark.parametrize("code", PYTHON)
def test_python_of_the_readme_runs(code, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - the README's own code
    shown = re.findall(r"# (.+)$", code, re.MULTILINE)
    assert all(expected in capsys.readouterr().out for expected in shown[:1])


@pytest.mark.parametrize(
    ("path", "command"), list(commands_of(cli)), ids=lambda x: " ".join(x) if isinstance(x, tuple) else ""
)
def test_every_command_has_help_and_stands_in_the_readme(path, command):
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option) and not option.hidden)
    assert f"dedupe {' '.join(path)}" in README


def test_every_public_name_can_be_imported():
    assert all(getattr(dedupe, name).__doc__ for name in dedupe.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        dedupe.nonsense  # noqa: B018


def test_the_map_in_the_package_docstring_names_every_room():
    rooms = {path.stem for path in Path(dedupe.__file__).parent.iterdir()} - {"__init__", "__pycache__", "data", "py"}
    assert not {name for name in rooms if name not in dedupe.__doc__}


def test_the_seeds_are_described():
    text = (ROOT / "seeds" / "README.md").read_text(encoding="utf-8")
    assert all(path.name[:3] in text for path in (ROOT / "seeds").glob("*.txt"))


def test_the_story_figures_of_the_readme_are_those_of_the_result_files():
    quality, left_out, small, strangers, company = (
        json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text("utf-8"))
        for name in ("quality", "leave_one_out", "small_stories", "false_stories", "in_company")
    )
    sets = ("ecb", "wikinews", "basil", "multinews")

    def row(values, mean):
        return " / ".join(f"{value:.3f}".removeprefix("0") for value in values) + f"; mean {mean:.3f}".replace(
            "0.", "."
        )

    whole = [quality["sets"][f"stories_{name}{'_undated' * (name == 'multinews')}"]["b3_f1"] for name in sets]
    apart = [left_out[f"{name}, left out, undated"] for name in sets]
    drawn = {
        dates: " / ".join(str(strangers[f"of {size} random articles in a story, {dates}"]) for size in (5, 12, 50, 200))
        for dates in ("undated", "dated")
    }
    exact = {name: f"{100 * share:.1f} %" for name, share in small.items() if name.endswith(("exact", "whole"))}
    merged = quality["sets"]["stories_ecb"]["confusable_merged"], apart[0]["confusable_merged"]
    for expected in (
        row(whole, quality["mean_b3_f1"]),
        row([scores["b3_f1"] for scores in apart], left_out["mean F1, left out, undated"]),
        f"{drawn['undated']}; with their dates {drawn['dated']}",
        "; ".join(str(strangers[f"template_pairs_merged_{dates}"]) for dates in ("undated", "dated"))
        + "; "
        + " / ".join(str(strangers[f"template_pairs_merged, {days} of one series"]) for days in (2, 5, 12)),
        " / ".join(
            f"{left_out[f'{name}, left out, undated']['b3_f1_of_reports']:.3f}".removeprefix("0")
            for name in ("wikinews", "multinews")
        )
        + f"; mean of the four sets {left_out['mean F1 of reports, left out, undated']:.3f}".replace("0.", "."),
        f"{100 * merged[0]:.1f} %, {100 * merged[1]:.1f} %",
        f"{exact['two_events_exact']}; {exact['one_event_whole']}; {exact['one_event_of_7_to_12_whole']}",
        "; ".join(
            f"{100 * company[f'{events}_right']:.1f} % (without it {100 * company[f'{events}_right_without_closer_look']:.1f} %)"
            for events in ("two_events", "one_event")
        ),
        f"{exact['two_events_in_company_exact']} / {exact['two_events_of_30_exact']}; "
        f"{exact['one_event_in_company_exact']} / {exact['one_event_of_30_exact']}",
    ):
        assert expected in README
