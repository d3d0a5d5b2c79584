"""Input is bounded: whatever a file holds, reading it takes memory in proportion to the file, and names the limit."""

import gzip
import io
import json
import re
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from article_files import load, only, write, write_jsonl
from pages import section

from dedupe.alignment import passages, similarity
from dedupe.reading import pages, records, streams, xml
from dedupe.text.sentences import MAX_SENTENCES

BIG = {"id": "big", "text": "word " * 2000}  # 10,000 bytes
SMALL = {"id": "small", "text": "Talks ended."}


def as_parquet(rows):
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


RECORDS = {
    "x.jsonl": lambda path: write_jsonl(path, BIG, SMALL),
    "x.json": lambda path: write(path, json.dumps([BIG, SMALL])),
    "x.parquet": lambda path: write(path, as_parquet([BIG, SMALL])),
    "x.csv": lambda path: write(path, f"id,text\nbig,{BIG['text']}\nsmall,Talks ended.\n"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_beyond_the_limit_is_left_out_and_the_others_are_read(tmp_path, name):
    path = RECORDS[name](tmp_path / name)
    assert [a.id for a in load(path)[0]] == ["big", "small"]
    articles, problems = load(path, max_record_bytes=5000)
    assert [a.id for a in articles] == ["small"]
    assert re.search(r"more than 5,000 (bytes|characters)", only(problems).reason)
    assert "--max-record-mb" in only(problems).advice


def test_a_csv_row_over_many_lines_is_a_record_too(tmp_path):
    """A quotation mark that is never closed takes the whole rest of a file into one cell."""
    path = write(tmp_path / "x.csv", 'id,text\na,x\nb,"open\n' + "c,some text\n" * 1000)
    articles, problems = load(path, max_record_bytes=5000)
    assert [a.id for a in articles] == ["a"]
    assert only(problems).line == 3
    assert "a row of more than 5,000 bytes, the rest of the file is left out" in only(problems).reason
    assert "quotation mark" in only(problems).advice


def test_a_table_of_too_many_columns_is_left_out(tmp_path):
    names = ",".join(f"n{number}" for number in range(records.MAX_COLUMNS))
    assert (
        "the header has 1,001 columns, more than 1,000"
        in only(load(write(tmp_path / "x.csv", f"text,{names}\na\n"))[1]).reason
    )
    assert [a.text for a in load(write(tmp_path / "y.csv", f"text,{names[3:]}\na\n"))[0]] == ["a"]


def test_a_json_document_of_too_many_values_is_not_decoded(tmp_path):
    """Five megabytes of empty objects would take half a gigabyte."""
    path = write(tmp_path / "x.json", b"[" + b"{}," * 2_500_000 + b"{}]")
    assert only(load(path)[1]).reason == "a JSON document of more than 5,000,000 values"


def packed(*parts):
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb") as stream:
        for part in parts:
            stream.write(part)
    return file.getvalue()


MEGABYTE = b"a b\n" * 250_000
BOMBS = {
    "line.jsonl.gz": packed(b'{"id": "a", "text": "', *[MEGABYTE.replace(b"\n", b" ")] * 50, b'"}'),
    "cell.csv.gz": packed(b'id,text\na,"', *[MEGABYTE] * 50, b'"\n'),
    "lines.jsonl.gz": packed(*[b"\n" * 1_000_000] * 50),
    "list.json.gz": packed(b"[", *[b"{},  " * 200_000] * 50, b"{}]"),
    "text.txt.gz": packed(*[MEGABYTE] * 50),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_gzip_bomb_is_not_unpacked(tmp_path, name):
    """The file has 50 KB, what it unpacks to 50 MB."""
    path = write(tmp_path / name, BOMBS[name])
    tracemalloc.start()
    articles, problems = load(path, max_record_bytes=100_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(len(a.text) for a in articles) < 10_000_000
    assert any("unpacks to more than 100 times its size" in problem.reason for problem in problems)
    assert peak < (160_000_000 if name == "list.json.gz" else 40_000_000)


def test_what_stands_before_the_limit_of_unpacking_is_read(tmp_path):
    rows = b"".join(b'{"id": "n%d", "text": "Talks ended."}\n' % number for number in range(100))
    articles, problems = load(write(tmp_path / "x.jsonl.gz", packed(rows, *[b"\n" * 1_000_000] * 50)))
    assert len(articles) == 100
    assert "the rest is left out" in only(problems).reason


def test_a_parquet_file_of_one_large_value_in_many_rows_is_not_unpacked(tmp_path):
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), ["Talks ended. " * 1000])
    pq.write_table(pa.table({"text": text}), tmp_path / "x.parquet")
    articles, problems = load(tmp_path / "x.parquet")
    assert len(articles) < 1000
    assert "unpacks to more than 100 times its size" in only(problems).reason


def test_a_parquet_file_that_says_it_is_large_is_not_opened(tmp_path):
    pq.write_table(
        pa.table({"text": ["a" * 50_000_000]}), tmp_path / "x.parquet", compression="zstd", use_dictionary=False
    )
    articles, problems = load(tmp_path / "x.parquet", max_record_bytes=100_000_000)
    assert articles == []
    assert "unpacks to more than 100 times its size" in only(problems).reason


def test_the_documentation_has_every_limit():
    limits = section("docs/input.md", "Limits")
    numbers = [
        f"{streams.MAX_RECORD_BYTES // 1_000_000} MB",
        f"{records.MAX_JSON_BYTES >> 30} GiB",
        f"{records.MAX_JSON_VALUES:,} values",
        f"{streams.MAX_EXPANSION} times the file, after the first MiB",
        f"{pages.MAX_PAGE_BYTES:,} bytes",
        f"{xml.MAX_XML_BYTES >> 20} MiB",
        f"| {records.MAX_NESTING} |",
        f"| {records.MAX_COLUMNS:,} |",
        f"| {MAX_SENTENCES:,} |",
        f"{similarity.MAX_PRODUCTS:,} places",
        f"{passages.MAX_SEEDS:,} similar sentence pairs",
        f"{passages.MAX_CANDIDATES:,} passages",
    ]
    assert [number for number in numbers if number not in limits] == []
    assert streams.FREE_EXPANSION_BYTES == 2**20
