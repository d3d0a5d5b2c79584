"""What ``-o FILE`` promises: complete or not at all, and nothing but a regular file is ever replaced."""

import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from support import PROGRAM, ROOT

from dedupe.cli.delivery import deliver
from dedupe.errors import InputError

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
    with pytest.raises(InputError, match=r"/dev/full: cannot be written: No space left on device; choose another"):
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
def test_a_reader_that_leaves_a_named_pipe_ends_the_program_without_an_error(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: pipe.open("rb").close())
    reader.start()
    with pytest.raises(SystemExit) as stop:
        deliver(("x" * 10_000 for _ in range(1_000)), str(pipe))
    reader.join()
    assert stop.value.code == 0


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
    with pytest.raises(InputError, match="Permission denied"):
        deliver(["line"], str(out))


@pytest.mark.parametrize(
    ("place", "reason"), [("absent/out", "No such file"), (".", "Is a directory"), ("n" * 300, "File name too long")]
)
@posix
def test_a_place_that_cannot_be_written_is_named_with_the_reason(tmp_path, place, reason):
    with pytest.raises(InputError, match=rf"cannot be written: {reason}.*; choose another place"):
        deliver(["line"], str(tmp_path / place))
    assert list(tmp_path.iterdir()) == []
