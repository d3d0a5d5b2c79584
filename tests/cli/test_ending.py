"""How runs end that cannot finish: one line, no traceback, a code of their own, and nothing answered is lost."""

import functools
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import PROGRAM, ROOT

from dedupe.index import Index

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")

VOCABULARY = [f"word{i}" for i in range(2_000)]

ENDINGS = {signal.SIGHUP: "ended by SIGHUP", signal.SIGINT: "interrupted", signal.SIGTERM: "ended by SIGTERM"}

AT_IMPORT = """
import os, sys
number, when = map(int, sys.argv.pop(1).split(","))
class Finder:
    left = when
    def find_spec(self, name, path=None, target=None):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), number)
from news_dedupe import main
sys.meta_path.insert(0, Finder())
main()
"""
"""Run the command line, and send a signal to itself when it looks for its Nth module."""

AT_FAILPOINT = """
import os, sys
number, when = map(int, sys.argv.pop(1).split(","))
from dedupe.index.storage import failpoints
passed = 0
def on_failpoint(name):
    global passed
    passed += 1
    if passed == when:
        os.kill(os.getpid(), number)
failpoints.on_failpoint = on_failpoint
from dedupe.cli import main
main()
"""
"""Run the command line, and send a signal to itself at the Nth named place on the write path of the index."""

AT_FSYNC = """
import os, sys
fsync, number = os.fsync, int(sys.argv.pop(1))
def killing(file):
    os.kill(os.getpid(), number)
    fsync(file)
os.fsync = killing
from dedupe.cli import main
main()
"""
"""Run the command line, and send a signal to itself when an output is complete but not yet in its place."""


def text(seed, words=60):
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


def driven(code, *arguments, stdin=b""):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=ROOT, check=False, timeout=120)


def jsonlines(count, start=0):
    return b"".join(json.dumps({"id": f"a{i}", "text": text(i)}).encode() + b"\n" for i in range(start, start + count))


def check_stored(folder, out):
    """Every line that was written is whole and stored with its verdict, but for one that was cut at the very end."""
    rows = [json.loads(line) for line in out.splitlines(keepends=True) if line.endswith(b"\n")]
    with Index(folder) as index:
        stored = {row.name: row.verdict for row in index.export()}
        assert {row["id"]: row["dedupe"]["verdict"] for row in rows}.items() <= stored.items()
        assert index.doctor().is_sound
    return len(rows)


@pytest.mark.parametrize("number", ENDINGS)
@pytest.mark.parametrize("when", [1, 5, 30, 150, 300])
def test_a_signal_during_imports_ends_the_program_with_one_line(number, when):
    done = driven(AT_IMPORT, f"{number:d},{when}", "cluster", "seeds")
    assert (done.returncode, done.stdout) == (128 + number, b"")
    assert done.stderr.decode() == f"dedupe: {ENDINGS[number]}\n"


@pytest.mark.parametrize("when", [1, 3, 6, 11, 12, 13, 14, 15, 20, 28])
def test_a_signal_at_any_place_of_the_write_path_leaves_what_was_answered_stored(tmp_path, when):
    number = list(ENDINGS)[when % 3]
    arguments = ("filter", "--index", tmp_path / "index", "--batch", 10)
    done = driven(AT_FAILPOINT, f"{number:d},{when}", *arguments, stdin=jsonlines(100))
    assert done.returncode == 128 + number
    said = [line for line in done.stderr.decode().splitlines() if "are stored, but not all of them" not in line]
    written = check_stored(tmp_path / "index", done.stdout)
    summary = f"{written:,} lines" + (f": {written:,} new" if written else "")
    # At the first places the index is being opened, and there is nothing to sum up.
    assert said in ([summary, f"dedupe: {ENDINGS[number]}"], [f"dedupe: {ENDINGS[number]}"][written:])
    assert done.stdout.endswith(b"\n") or not done.stdout


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_while_more_input_is_awaited_prints_the_summary(tmp_path, number):
    command = [PROGRAM, "filter", "--index", tmp_path / "index"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(jsonlines(1))
        process.stdin.flush()
        first = process.stdout.readline()
        process.send_signal(number)
        errors = process.stderr.read().decode()
        assert process.wait(60) == 128 + number
    assert errors == f"1 line: 1 new\ndedupe: {ENDINGS[number]}\n"
    assert check_stored(tmp_path / "index", first) == 1


def test_a_signal_ends_a_filter_whose_reader_stands_still(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_bytes(jsonlines(1_000))
    command = [PROGRAM, "filter", "--index", tmp_path / "index", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        out = process.stdout.read(1)  # from here on nobody reads, and the pipe fills
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143
        errors = process.stderr.read().decode()
        out += process.stdout.read()
    assert "Traceback" not in errors
    assert errors.endswith("dedupe: ended by SIGTERM\n")
    assert check_stored(tmp_path / "index", out) > 0


@pytest.mark.skipif(sys.platform != "linux", reason="the line that is waited for names a process from /proc")
def test_a_killed_filter_loses_no_line_that_it_answered(tmp_path):
    folder = tmp_path / "index"
    lines = [json.dumps({"id": str(i), "text": text(i // 2)}).encode() + b"\n" for i in range(2_000)]
    source = tmp_path / "in.jsonl"
    source.write_bytes(b"".join(lines))
    command = [PROGRAM, "filter", "--index", folder, "--batch", "5", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        answered = [json.loads(process.stdout.readline()) for _ in range(20)]
        process.kill()
        rest = process.stdout.read()
    answered += [json.loads(line) for line in rest.splitlines() if line.endswith(b"}")]
    with Index(folder) as index:
        stored = {row.name: row.verdict for row in index.export()}
    assert len(answered) < len(lines)
    assert {row["id"]: row["dedupe"]["verdict"] for row in answered}.items() <= stored.items()


def test_a_line_that_a_kill_cut_short_comes_again_whole(tmp_path, run):
    folder = tmp_path / "index"
    line = json.dumps({"id": "long", "text": text(1), "page": "x" * 1_000_000}).encode() + b"\n"  # no pipe holds it
    command = [PROGRAM, "filter", "--index", folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdin.write(line)
        process.stdin.flush()
        begun = process.stdout.read(1)
        process.kill()
        begun += process.stdout.read()
    again = run("filter", "--index", folder, stdin=line)
    assert len(begun) < len(line)
    assert not begun.endswith(b"\n")
    assert again.out.encode().startswith(begun)
    assert [row["dedupe"]["replayed"] for row in again.rows] == [True]


def test_a_signal_ends_a_wait_for_another_process(tmp_path):
    waits = "from dedupe.index.storage import waiting; waiting._FIRST_NOTICE_SECONDS = 1.5\n"
    command = [
        sys.executable,
        "-c",
        f"{waits}from dedupe.cli import main; main()",
        "index",
        "stats",
        tmp_path / "index",
    ]
    started = functools.partial(subprocess.Popen, command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    with Index(tmp_path / "index") as index, index._store.writing(), started() as process:
        assert b"so far for process" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.stderr.read() == b"dedupe: ended by SIGTERM\n"
        assert process.wait(60) == 143


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_before_an_output_is_in_its_place_leaves_the_old_one_and_nothing_else(tmp_path, number):
    out = tmp_path / "out"
    out.write_text("old")
    done = driven(AT_FSYNC, f"{number:d}", "pairs", "seeds", "-o", out)
    assert (done.returncode, done.stderr.decode()) == (128 + number, f"dedupe: {ENDINGS[number]}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert out.read_text() == "old"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("to_all", [True, False], ids=["the group", "the parent"])
def test_a_signal_ends_all_processes_of_an_alignment(tmp_path, jsonl, number, to_all):
    articles = jsonl([{"id": name, "text": text(0, 2_000)} for name in "ab"])
    pairs = jsonl([{"id": str(i), "a": "a", "b": "b"} for i in range(20_000)], "pairs.jsonl")
    command = [PROGRAM, "align", "--articles", articles, "--pairs", pairs, "--processes", "2"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, cwd=tmp_path
    ) as process:
        process.stdout.read(1)
        (os.killpg if to_all else os.kill)(process.pid, number)
        _, errors = process.communicate(timeout=60)  # ends when no process has the streams open any more
    assert process.returncode == 128 + number
    assert errors.decode() == f"dedupe: {ENDINGS[number]}\n"


def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    """As under ``nohup``, or for SIGINT in the background of a shell script."""
    code = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{AT_FAILPOINT}"
    arguments = (f"{signal.SIGHUP:d},1", "filter", "--index", tmp_path / "index")
    done = driven(code, *arguments, stdin=jsonlines(3))
    assert (done.returncode, done.stdout.count(b"\n")) == (0, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="limits on file sizes as Linux has them")
@pytest.mark.parametrize("kilobytes", [0, 1, 17, 40])
def test_an_output_that_is_full_ends_the_filter_with_5_and_the_lines_can_be_given_again(tmp_path, kilobytes):
    out = tmp_path / "out"
    source = jsonlines(200)
    limited = (
        "import resource; from dedupe.index import Index; from dedupe.cli import main; check = Index.check\n"
        "def and_then_full(index, articles):\n"
        f"    answers = check(index, articles); resource.setrlimit(resource.RLIMIT_FSIZE, ({kilobytes * 1024},) * 2)\n"
        "    return answers\n"
        "Index.check = and_then_full; main()"
    )
    command = [sys.executable, "-c", limited, "filter", "--batch", "200", "--index", tmp_path / "index"]
    with out.open("wb") as stream:
        done = subprocess.run(command, input=source, stdout=stream, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    *others, last = done.stderr.decode().splitlines()
    assert done.returncode == 5
    assert last.startswith("dedupe: stdout: cannot be written: File too large; free some space")
    assert any("are stored, but not all of them were written – give them again" in line for line in others)
    assert out.stat().st_size <= kilobytes * 1024
    check_stored(tmp_path / "index", out.read_bytes())
    again = driven("from dedupe.cli import main; main()", "filter", "--index", tmp_path / "index", stdin=source)
    rows = [json.loads(line)["dedupe"] for line in again.stdout.splitlines()]
    assert len(rows) == 200
    assert {row["verdict"] for row in rows} == {"new"}


def test_a_closed_stdout_is_refused_before_anything_is_stored(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_bytes(jsonlines(3))
    command = ["sh", "-c", '"$0" filter --index "$1" "$2" >&-', PROGRAM, tmp_path / "index", source]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 5
    assert done.stderr.decode() == "dedupe: stdout: cannot be written: it is closed; give --output FILE\n"
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["cluster", "seeds"], ["index", "export", "{index}"]])
def test_a_reader_that_has_left_is_one_line_and_141(tmp_path, arguments):
    subprocess.run(
        [PROGRAM, "filter", "--index", tmp_path / "index"], input=jsonlines(3), check=True, capture_output=True
    )
    receive, send = os.pipe()
    os.close(receive)
    command = [PROGRAM, *(argument.format(index=tmp_path / "index") for argument in arguments)]
    done = subprocess.run(command, stdout=send, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    os.close(send)
    assert done.returncode == 141
    assert done.stderr.decode() == "dedupe: stdout: its reader has left before the end\n"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["cluster", "seeds"], ["index", "expire", "{index}"], ["index", "forget", "{index}", "a"]]
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full")
def test_a_full_output_is_one_line_and_5(tmp_path, arguments):
    Index(tmp_path / "index").close()
    command = [PROGRAM, *(argument.format(index=tmp_path / "index") for argument in arguments)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert done.returncode == 5
    assert done.stderr.decode().count("\n") == 1
    assert b"No space left on device" in done.stderr
