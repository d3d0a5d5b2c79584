"""What ``-o FILE`` promises: complete or not at all, and nothing but a regular file is ever replaced."""

import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from support import PROGRAM, ROOT

from dedupe.cli.delivery import deliver
from dedupe.errors import OutputError, ReaderLeftError

posix = pytest.mark.skipif(os.name != "posix", reason="devices, pipes, modes and links of POSIX")


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_an_empty_report_makes_an_empty_file(tmp_path):
    deliver([], str(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == b""


def test_a_report_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    out = tmp_path / "out"
    out.write_text("old")

    def lines():
        yield "new"
        raise OSError("the input went away")

    with pytest.raises(OSError, match="the input went away"):
        deliver(lines(), str(out))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert out.read_text() == "old"


@posix
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        deliver(["line"], str(tmp_path / "out"))
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "out") == 0o640


@posix
def test_an_existing_file_keeps_its_mode_and_owner(tmp_path):
    out = tmp_path / "out"
    out.write_text("old")
    out.chmod(0o664)
    if os.geteuid() == 0:
        os.chown(out, 1234, 2345)
    before = out.stat()
    deliver(["new"], str(out))
    after = out.stat()
    assert out.read_text() == "new\n"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


@posix
@pytest.mark.parametrize("target_exists", [True, False])
def test_a_link_is_followed_and_stays_a_link(tmp_path, target_exists):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "target", tmp_path / "link"
    if target_exists:
        target.write_text("old")
    link.symlink_to("far/target")
    deliver(["new"], str(link))
    assert link.is_symlink()
    assert target.read_text() == "new\n"


@posix
def test_a_device_is_written_to_and_stays_a_device(run, tmp_path):
    assert run("cluster", ROOT / "seeds", "-o", os.devnull).code == 0
    assert Path(os.devnull).is_char_device()
    with pytest.raises(OutputError, match=r"/dev/full: cannot be written: No space left on device; free some space"):
        deliver(["line"], "/dev/full")


@posix
def test_a_named_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    deliver(["one", "two"], str(pipe))
    reader.join()
    assert got == [b"one\ntwo\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_a_reader_that_leaves_a_named_pipe_is_named(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: pipe.open("rb").close())
    reader.start()
    with pytest.raises(ReaderLeftError, match=rf"{pipe}: its reader has left before the end"):
        deliver(("x" * 10_000 for _ in range(1_000)), str(pipe))
    reader.join()


def test_a_hyphen_is_stdout(run, seeds, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run("pairs", seeds, "--format", "csv", "-o", "-").out.startswith("left,right,kind")
    assert list(tmp_path.iterdir()) == []


@posix
def test_stdout_may_be_named_as_a_device_also_where_it_is_appended_to_a_file(tmp_path):
    out = tmp_path / "out"
    out.write_text("before\n")
    command = [PROGRAM, "pairs", ROOT / "seeds", "--format", "csv", "-o", "/dev/stdout"]
    with out.open("ab") as stream:
        subprocess.run(command, stdout=stream, check=True)
    assert out.read_text().startswith("before\nleft,right,kind")


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may write everywhere")
def test_a_write_protected_file_is_refused(tmp_path):
    out = tmp_path / "out"
    out.touch(0o444)
    with pytest.raises(OutputError, match="Permission denied"):
        deliver(["line"], str(out))


@pytest.mark.parametrize(
    ("place", "reason"), [("absent/out", "No such file"), (".", "Is a directory"), ("n" * 300, "File name too long")]
)
@posix
def test_a_place_that_cannot_be_written_is_named_with_the_reason(tmp_path, place, reason):
    with pytest.raises(OutputError, match=rf"cannot be written: {reason}.*; choose another place"):
        deliver(["line"], str(tmp_path / place))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_ends_like_another_format_gets_the_default_with_a_warning(run, seeds, tmp_path):
    page, rows = tmp_path / "day.html", tmp_path / "day.csv"
    done = run("cluster", seeds, "-o", page)
    assert page.read_text().startswith("Story 1: ")
    assert f"warning: {page} gets the format table; for html, give --format html" in done.err
    assert "gets the format" not in run("cluster", seeds, "-o", tmp_path / "day.txt").err
    assert "gets the format" not in run("cluster", seeds, "--format", "jsonl", "-o", tmp_path / "day.json").err
    assert "gets the format" not in run("cluster", seeds, "--format", "table", "-o", rows).err


@pytest.mark.parametrize("command", ["cluster", "pairs", "audit"])
@pytest.mark.parametrize("given", ["the file", "its folder"])
def test_an_input_is_never_written_over(run, tmp_path, jsonl, command, given):
    source = jsonl([{"id": "a", "text": "Talks ended."}])
    before = source.read_bytes()
    done = run(command, source if given == "the file" else tmp_path, "-o", source)
    assert done.code == 2
    assert "is an input" in done.err
    assert source.read_bytes() == before


def test_a_link_to_an_input_and_the_inputs_of_align_and_evaluate_are_not_written_over(run, tmp_path, jsonl, seeds):
    source = jsonl([{"id": "a", "cluster": "1", "story": 1, "text": "Talks ended."}])
    link = tmp_path / "link"
    link.symlink_to(source)
    one = tmp_path / "one.txt"
    one.write_text("Talks ended.")
    before = source.read_bytes()
    for arguments in (
        ("cluster", source, "-o", link),
        ("align", one, one, "-o", one),
        ("evaluate", source, source, "-o", source),
        ("align", "--articles", source, "--pairs", source, "-o", source),
    ):
        assert run(*arguments).code == 2, arguments
    assert (source.read_bytes(), one.read_text()) == (before, "Talks ended.")


def test_an_index_is_not_replaced_by_its_own_export(run, tmp_path):
    run("filter", "--index", tmp_path / "index", stdin=b'{"id": 1, "text": "Talks ended."}\n')
    assert run("index", "export", tmp_path / "index", "-o", tmp_path / "index" / "articles.sqlite").code == 2
    assert run("index", "doctor", tmp_path / "index").code == 0


def test_a_folder_that_does_not_exist_is_said_before_any_work(run, tmp_path):
    done = run("cluster", tmp_path / "absent.jsonl", "-o", tmp_path / "no" / "out")
    assert done.code == 5
    assert (
        done.err == f"dedupe: {tmp_path}/no/out: cannot be written: the folder does not exist; make it or choose "
        "another place\n"
    )
    assert run("cluster", tmp_path, "-o", "").code == 2


needs_full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full")


@needs_full_device
@pytest.mark.parametrize(
    "arguments",
    [["cluster", "seeds"], ["cluster", "seeds", "--format", "json"], ["cluster", "--help"]],
    ids=["table", "json", "help"],
)
def test_a_full_disk_behind_stdout_is_one_line_and_exit_code_5(arguments):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert done.returncode == 5
    assert done.stderr.decode().splitlines()[-1].startswith("dedupe: ")
    assert b"Traceback" not in done.stderr
    assert b"No space left" in done.stderr


@posix
@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">&-", "stdout: cannot be written: it is closed"), ("<&-", "stdin: cannot be read: it is closed")],
)
def test_a_closed_stream_is_named(redirection, reason):
    given = "-" if redirection == "<&-" else "seeds"
    done = subprocess.run(
        ["sh", "-c", f'"$0" cluster {given} {redirection}', PROGRAM], capture_output=True, cwd=ROOT, check=False
    )
    assert done.returncode == (3 if redirection == "<&-" else 5)
    assert done.stderr.decode().startswith(f"dedupe: {reason}")


@needs_full_device
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_messages_that_cannot_be_written_do_not_cost_the_result(tmp_path, redirection):
    source = tmp_path / "odd.jsonl"
    source.write_text('{"id": "a", "text": "Talks ended."}\n{broken\n' * 100)
    results = [
        subprocess.run(["sh", "-c", f'"$0" pairs "$1" {ending}', PROGRAM, source], capture_output=True, check=False)
        for ending in ("2>/dev/null", redirection)
    ]
    assert results[0].returncode == results[1].returncode == 0
    assert results[0].stdout == results[1].stdout != b""
