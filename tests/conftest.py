import contextlib
import io
import json
import os
import signal
import subprocess

import hypothesis
import pytest
from support import PROGRAM, ROOT, SEEDS, Ran

from dedupe import cli

hypothesis.settings.register_profile("any machine", deadline=None)  # an example takes as long as a busy one makes it
hypothesis.settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def _no_signal_is_ignored():
    """Let signals reach the programs that tests start, also where pytest itself was started without them, as by nohup."""
    for name in ("SIGHUP", "SIGINT", "SIGTERM"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


@pytest.fixture
def run(capfdbinary, monkeypatch):
    """Run the command line in this process: ``run("cluster", "seeds/", stdin=b"")``."""

    def call(*arguments, stdin=b""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = 0
        try:
            cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capfdbinary.readouterr()
        return Ran(code, out.decode(), err.decode())

    return call


@pytest.fixture
def program():
    """Run the installed ``dedupe`` command in a process of its own."""

    def call(*arguments, stdin=b"", **environment):
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=ROOT,
            env=os.environ | environment,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


@pytest.fixture
def jsonl(tmp_path):
    """Write records as a JSONL file and give its path."""

    def write(records, name="articles.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return path

    return write


@pytest.fixture
def seeds():
    return SEEDS


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server; tests that need one are skipped where none can be had."""
    from postgres_support import NoServerError, shared_server  # here, because it needs the extra `postgres`

    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(shared_server())
        except NoServerError as error:
            pytest.skip(str(error))
        yield server
