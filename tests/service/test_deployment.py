"""The systemd unit and the Dockerfile in ``examples`` fit the program. Nobody builds the image here."""

import json
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from command_tree import COMMANDS
from service_support import serving
from support import PROGRAM, ROOT

from dedupe.service import server

UNIT = (ROOT / "examples" / "dedupe.service").read_text("utf-8")
IMAGE = (ROOT / "examples" / "Dockerfile").read_text("utf-8").replace("\\\n", "")
OPTIONS = {option: parameter for parameter in COMMANDS["serve",].params for option in parameter.opts}
LONGEST_STOP = OPTIONS["--drain-seconds"].default + server._FINISHING_SECONDS


def settings(name):
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


def instruction(name):
    [found] = re.findall(rf"^(?:ENTRYPOINT|HEALTHCHECK.*CMD) (\[.*{name}.*\])$", IMAGE, re.MULTILINE)
    return json.loads(found)


def test_systemd_finds_no_fault_in_the_unit(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    installed = tmp_path / "dedupe.service"
    installed.write_text(UNIT.replace("/opt/dedupe/bin/dedupe", PROGRAM))
    done = subprocess.run(["systemd-analyze", "verify", installed], capture_output=True, text=True, check=False)
    assert "dedupe.service" not in done.stderr
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [shlex.split(settings("ExecStart")[0])[1:], instruction("serve")[1:]])
def test_unit_and_image_start_the_service_with_options_that_it_has(command):
    assert command[0] == "serve"
    assert {word for word in command if word.startswith("--")} <= set(OPTIONS)


def test_neither_is_killed_before_the_requests_under_way_are_answered():
    assert int(settings("TimeoutStopSec")[0]) > LONGEST_STOP
    assert int(re.search(r"--stop-timeout (\d+)", IMAGE)[1]) > LONGEST_STOP
    assert settings("KillSignal") == re.findall(r"^STOPSIGNAL (\w+)$", IMAGE, re.MULTILINE) == ["SIGTERM"]


def test_neither_runs_as_root_or_writes_beside_its_own_folder():
    assert settings("User") == ["dedupe"]
    assert (settings("ProtectSystem"), settings("NoNewPrivileges")) == (["strict"], ["yes"])
    assert not settings("ReadWritePaths")
    assert re.findall(r"^USER (\S+)$", IMAGE, re.MULTILINE) == ["10001"]
    assert "--read-only" in IMAGE


def test_what_the_image_is_built_from_is_there():
    sources = [words.split()[:-1] for words in re.findall(r"^COPY (?!--from)(.+)$", IMAGE, re.MULTILINE)]
    assert all((ROOT / name).exists() for names in sources for name in names)


def test_the_check_of_the_image_sees_whether_the_service_is_ready(tmp_path):
    _, *words = instruction("readyz")
    with serving("serve", "--index", tmp_path / "index") as served:
        check = [sys.executable, *(word.replace("8765", str(served.port)) for word in words)]
        assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0
