"""What reading promises about Excel workbooks: every row of a sheet with a text column is an article."""

import gzip
import io
import zipfile
from datetime import UTC, datetime

import pytest
from article_files import load, only, write
from web_files import TEXT, needs

from dedupe.errors import InputError
from dedupe.reading.articles import read

openpyxl = needs("openpyxl", "office")

ROWS = [
    ["ID", "Title", "Text", "Source", "Published_at", "Note"],
    [7, "Bridge", TEXT, "AP", datetime(2024, 1, 5, 10, 30), "x"],
    [None] * 6,
    ["b", None, "Rain fell.", None, "2024-01-06", None],
]


def workbook(**sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("name", ["x.xlsx", "x.xlsx.gz", "x.csv", "download", "-"])
def test_every_row_is_an_article_with_the_cells_of_known_columns(tmp_path, name):
    content = workbook(News=ROWS)
    content = gzip.compress(content) if name.endswith(".gz") else content
    articles, problems = load("-" if name == "-" else write(tmp_path / name, content), stdin=io.BytesIO(content))
    assert problems == []
    assert [(a.id, a.title, a.text, a.publisher) for a in articles] == [
        ("7", "Bridge", TEXT, "AP"), ("b", "", "Rain fell.", None)
    ]  # fmt: skip
    assert [a.published_at for a in articles] == [
        datetime(2024, 1, 5, 10, 30, tzinfo=UTC), datetime(2024, 1, 6, tzinfo=UTC)
    ]  # fmt: skip


def test_problems_are_warnings_in_a_workbook_too(tmp_path):
    """Nothing that keeps the library quiet may keep these quiet."""
    path = write(tmp_path / "x.xlsx", workbook(A=[["text", "date"], ["Rain fell.", "soon"]]))
    with pytest.warns(UserWarning, match="the date 'soon' is left out"):
        assert len(list(read([path]))) == 1


def test_all_sheets_with_a_text_column_are_read(tmp_path):
    rows = [["text"], ["Rain fell."]]
    path = write(tmp_path / "x.xlsx", workbook(About=[["Made by us"]], January=rows, February=rows))
    articles, problems = load(path)
    assert ([a.id for a in articles], problems) == (["x:January:2", "x:February:2"], [])


def test_a_workbook_without_a_text_column_says_which_columns_it_has(tmp_path):
    problem = only(load(write(tmp_path / "x.xlsx", workbook(A=[["name", "size"], [1, 2]])))[1])
    assert problem.reason == "no sheet has a column for the text, only name, size"
    with pytest.raises(InputError, match="no sheet has a column for the text, only name, size — name the columns"):
        list(read([tmp_path / "x.xlsx"], strict=True))


@pytest.mark.parametrize(
    "damage", [lambda c: c[:-300], lambda c: c[:500] + b"\0" * 60 + c[560:], lambda c: b"PK\x03\x04"]
)
def test_a_damaged_workbook_is_a_problem(tmp_path, damage):
    assert load(write(tmp_path / "x.xlsx", damage(workbook(A=ROWS))))[1]


def repacked(content, name, change):
    """Return the workbook with one of its members changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, change(old.read(member)) if member == name else old.read(member))
    return file.getvalue()


def test_a_workbook_that_unpacks_to_many_times_its_size_is_not_read(tmp_path):
    bomb = repacked(workbook(A=ROWS), "xl/styles.xml", lambda old: old + b" " * 50_000_000)
    articles, problems = load(write(tmp_path / "x.xlsx", bomb))
    assert articles == []
    assert only(problems).reason == "the file unpacks to more than 100 times its size"


def with_shared_text(text, rows):
    """Return a workbook as Excel writes it: every cell of the column points at the same text."""
    sheets = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = "".join('<row><c t="s"><v>1</v></c></row>' for _ in range(rows))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    book = workbook(A=[["text"]])
    book = repacked(
        book, "[Content_Types].xml",
        lambda old: old.replace(
            b"</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'.encode()
        ),
    )  # fmt: skip
    book = repacked(
        book, "xl/worksheets/sheet1.xml",
        lambda old: old.replace(b"</sheetData>", cells.encode() + b"</sheetData>"),
    )  # fmt: skip
    file = io.BytesIO(book)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", f'<sst xmlns="{sheets}"><si><t>x</t></si><si><t>{text}</t></si></sst>')
    return file.getvalue()


def test_one_large_text_in_many_cells_is_not_unpacked(tmp_path):
    path = write(tmp_path / "x.xlsx", with_shared_text("Rain fell.", 3))
    assert [a.text for a in load(path)[0]] == ["Rain fell."] * 3
    book = with_shared_text("Rain fell. " * 2900, 3000)
    assert len(book) < 20_000
    articles, problems = load(write(tmp_path / "x.xlsx", book))
    assert len(articles) < 300
    assert "unpacks to more than 100 times its size" in only(problems).reason


def test_entities_are_not_followed(tmp_path):
    entities = b"".join(b'<!ENTITY e%d "%b">' % (n + 1, b"&e%d;" % n * 10) for n in range(9))
    head = b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY e0 "words ">' + entities + b"]>"
    bomb = repacked(
        workbook(A=ROWS), "xl/worksheets/sheet1.xml", lambda old: head + old.replace(b"Rain fell.", b"&e9;")
    )  # fmt: skip
    articles, problems = load(write(tmp_path / "x.xlsx", bomb))
    assert sum(len(a.text) for a in articles) < 10_000
    assert problems


def test_a_header_below_a_title_is_found(tmp_path):
    rows = [["News of May"], [None, "made on", "2024-06-01"], ["id", "headline", "body"], ["a", "Bridge", TEXT]]
    articles, problems = load(write(tmp_path / "x.xlsx", workbook(News=rows)))
    assert ([(a.id, a.title, a.text) for a in articles], problems) == ([("a", "Bridge", TEXT)], [])


def test_a_table_without_a_text_beside_articles_is_named(tmp_path):
    book = workbook(News=[["id", "text"], ["a", TEXT]], Prices=[["name", "price"], ["x", 2]])
    articles, problems = load(write(tmp_path / "x.xlsx", book))
    assert [a.id for a in articles] == ["a"]
    assert only(problems).reason == "the sheet 'Prices' has no column for the text, only name, price"


def test_characters_that_excel_escapes_are_read(tmp_path):
    book = workbook(News=[["id", "text"], ["a", "Rain fell._x000D_\nIt_x0020_was cold."]])
    assert load(write(tmp_path / "x.xlsx", book))[0][0].text.split() == ["Rain", "fell.", "It", "was", "cold."]


def test_a_page_that_is_called_a_workbook_is_no_article(tmp_path):
    page = "<html><body><table><tr><td>id</td><td>text</td></tr></table></body></html>"
    articles, problems = load(write(tmp_path / "x.xls", page))
    assert (articles, only(problems).reason) == ([], "holds a web page in place of data, which is not read")
