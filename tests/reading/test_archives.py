"""What reading promises about zip and tar: their files are read as those of a folder, and no bomb is unpacked."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from article_files import as_jsonl, load, only, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROWS = [{"id": "a", "text": "Talks ended."}, {"id": "b", "text": "Rain fell."}]


def as_parquet(rows):
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


MEMBERS = {
    "day/one.jsonl": as_jsonl(ROWS),
    "two.txt": b"Snow melted.",
    "three.csv.gz": gzip.compress(b"id,text\nc,Wind rose.\n"),
    "four.parquet": as_parquet([{"id": "d", "text": "Sun shone."}]),
    "../../five.txt": b"Fog lifted.",
    ".hidden.txt": b"no",
    "__MACOSX/two.txt": b"no",
    "README.md": b"no",
    "photo.jpg": b"\xff\xd8\xff",
}


def as_zip(members, packing=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def as_tar(members, packing=""):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=f"w:{packing}") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


ARCHIVES = {
    "x.zip": as_zip(MEMBERS), "x.tar": as_tar(MEMBERS), "x.tar.gz": as_tar(MEMBERS, "gz"),
    "x.tgz": as_tar(MEMBERS, "gz"),
}  # fmt: skip


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("shown", ["{}", "download", "-"])
def test_the_files_of_an_archive_are_read_in_its_order(tmp_path, name, shown):
    content = ARCHIVES[name]
    stdin = io.BytesIO(content) if shown == "-" else None
    path = "-" if stdin else write(tmp_path / shown.format(name), content)
    articles, problems = load(path, stdin=stdin)
    stem = {"-": "stdin", "{}": "x"}.get(shown, shown)
    assert [(a.id, a.text) for a in articles] == [
        ("a", "Talks ended."), ("b", "Rain fell."), (f"{stem}/two", "Snow melted."), ("c", "Wind rose."),
        ("d", "Sun shone."), (f"{stem}/five", "Fog lifted."),
    ]  # fmt: skip
    assert only(problems).reason == "1 of other kinds left out: photo.jpg"


def test_an_archive_in_a_folder_is_read_and_one_in_an_archive_is_not(tmp_path):
    (tmp_path / "folder").mkdir()
    write(tmp_path / "folder" / "x.zip", as_zip({"in.zip": as_zip(MEMBERS), "a.txt": b"Talks ended."}))
    articles, problems = load(tmp_path)
    assert [a.id for a in articles] == ["folder/x/a"]
    assert only(problems).reason == "an archive inside of an archive"
    assert only(problems).file.endswith("folder/x.zip/in.zip")


def test_a_date_of_a_member_decides_for_that_member(tmp_path):
    one = b"id,text,date\na,x,01/02/2024\nb,y,25/04/2024\n"
    two = b"id,text,date\nc,z,01/02/2024\n"
    for packed in (as_zip, as_tar):
        articles, problems = load(write(tmp_path / "x.zip", packed({"one.csv": one, "two.csv": two})))
        assert [str(a.published_at)[:10] for a in articles] == ["2024-02-01", "2024-04-25", "None"]
        assert only(problems).file.endswith("x.zip/two.csv")


@pytest.mark.parametrize("cut", [100, 250])
@pytest.mark.parametrize("name", ARCHIVES)
def test_a_damaged_archive_is_a_problem(tmp_path, name, cut):
    articles, problems = load(write(tmp_path / name, ARCHIVES[name][:-cut]))
    assert problems
    assert len(articles) <= 6


def test_a_damaged_or_encrypted_member_is_left_out_and_the_others_are_read(tmp_path):
    content = as_zip({"a.txt": b"Talks ended.", "b.txt": b"Rain fell."}, zipfile.ZIP_STORED)
    articles, problems = load(write(tmp_path / "x.zip", content.replace(b"Talks ended.", b"Talks begun.")))
    assert [a.id for a in articles] == ["x/b"]
    assert "cannot be unpacked: Bad CRC-32" in only(problems).reason
    encrypted = bytearray(content)
    encrypted[content.index(b"PK\x01\x02") + 8] |= 1  # the flag for encryption in the directory
    articles, problems = load(write(tmp_path / "x.zip", bytes(encrypted)))
    assert [a.id for a in articles] == ["x/b"]
    assert "encrypted" in only(problems).reason


@pytest.mark.parametrize("packed", [as_zip, lambda members: as_tar(members, "gz")], ids=["zip", "tar.gz"])
def test_a_bomb_is_not_unpacked(tmp_path, packed):
    """The archive has some 50 KB, what it unpacks to 50 MB."""
    path = write(tmp_path / "x.zip", packed({f"{n}.jsonl": b"\n" * 10_000_000 for n in range(5)}))
    tracemalloc.start()
    articles, problems = load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert articles == []
    assert any("unpacks to more than 100 times its size" in problem.reason for problem in problems)
    assert peak < 60_000_000


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 5000), inserted=st.binary(max_size=20), name=st.sampled_from(sorted(ARCHIVES)))
def test_no_damage_raises(tmp_path, place, inserted, name):
    content = ARCHIVES[name]
    at = place % len(content)
    load(write(tmp_path / name, content[:at] + inserted + content[at + len(inserted) // 2 :]))
