"""What reading promises about CSV as spreadsheets and databases write it: every row is read, and repairs are said."""

import csv
import io

import pytest
from article_files import load, only, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GERMAN = "Die Brücke über die Sauer ist wieder offen.\r\nDas sagte der „Bürgermeister“ am Dienstag – nach zwei Jahren."


def texts(path, **options):
    articles, problems = load(path, **options)
    return [a.text for a in articles], problems


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_line_that_names_the_separator_is_heeded(tmp_path, first):
    content = f"{first}\r\nid;text\r\n1;a, b\r\n2;c\r\n"
    assert texts(write(tmp_path / "x.csv", content)) == (["a, b", "c"], [])
    assert texts(write(tmp_path / "download", content)) == (["a, b", "c"], [])


def test_a_separator_that_nobody_expects_is_heeded_too(tmp_path):
    articles, problems = load(write(tmp_path / "x.csv", 'sep=#\nid#text\n1#a;b\n\n2#"x\ny"\n3#a#b\n'))
    assert [(a.id, a.text) for a in articles] == [("1", "a;b"), ("2", "x\ny"), ("3", "a")]
    assert only(problems).line == 7


def test_only_a_separator_is_no_article(tmp_path):
    assert only(load(write(tmp_path / "x.csv", "sep=;\n"))[1]).reason == "no articles in this file"


def test_quotation_marks_with_a_backslash_are_read_and_every_row_is_kept(tmp_path):
    rows = [
        r'1,"plain, before"',
        r'2,"\"Never\", he said, \"again.\""',
        r'3,"two',
        r'lines, \"and\" a \\ backslash"',
        r'4,"last"',
    ]
    articles, problems = load(write(tmp_path / "x.csv", "\n".join(["id,text", *rows])))
    assert problems == []
    assert [(a.id, a.text) for a in articles] == [
        ("1", "plain, before"), ("2", '"Never", he said, "again."'), ("3", 'two\nlines, "and" a \\ backslash'), ("4", "last")
    ]  # fmt: skip


def test_what_pandas_writes_with_a_backslash_is_what_is_read(tmp_path):
    values = ['He said "never", and left.', "C:\\news\\today", 'a "b"\nc "d"', "plain"]
    out = io.StringIO(newline="")
    writer = csv.writer(out, doublequote=False, escapechar="\\", quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "text"], *enumerate(values)])
    assert texts(write(tmp_path / "x.csv", out.getvalue())) == (values, [])


def test_delimiters_with_a_backslash_are_read(tmp_path):
    assert texts(write(tmp_path / "x.csv", "id,text\n1,One\\, two\n2,three\\, four\n")) == (
        ["One, two", "three, four"],
        [],
    )


def test_backslashes_stay_where_quotation_marks_are_doubled(tmp_path):
    values = ["C:\\news\\today", "ends with \\", 'a "quote" and \\n', "\\"]
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["id", "text"], *enumerate(values)])
    assert texts(write(tmp_path / "x.csv", out.getvalue())) == (values, [])


def test_a_row_that_no_rule_reads_is_reported_and_the_rest_goes_on(tmp_path):
    articles, problems = load(write(tmp_path / "x.csv", 'id,text\n1,"a" b \\"c"\n2,d\n3,"e \\"f\\""\n4,g\n'))
    assert [(a.id, a.text) for a in articles] == [("2", "d"), ("3", 'e "f"'), ("4", "g")]
    assert only(problems).line == 2


def test_windows_1252_is_read_and_said_once(tmp_path):
    rows = f'id;title;text\r\n1;Öffnung;"{GERMAN}"\r\n2;Fähre;plain\r\n3;x;Müller\r\n'
    articles, problems = load(write(tmp_path / "x.csv", rows.encode("windows-1252")))
    assert [(a.title, a.text) for a in articles] == [("Öffnung", GERMAN), ("Fähre", "plain"), ("x", "Müller")]
    assert (only(problems).line, problems[0].kind) == (2, "repaired")
    assert problems[0].reason == "invalid UTF-8: read as windows-1252"


@pytest.mark.parametrize(
    "raw", ["Ночью".encode("windows-1251"), "日本、".encode("shift-jis"), b"caf\xc3\xa9 \xe9", b"\x00\xe9", b"\x81"]
)
def test_bytes_that_are_hardly_windows_1252_become_replacement_characters(tmp_path, raw):
    articles, problems = load(write(tmp_path / "x.csv", b"id,text\n1,T " + raw + b"\n"))
    assert "\ufffd" in articles[0].text
    assert "became U+FFFD" in problems[0].reason


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.text('a",;\\\n', max_size=12), max_size=6))
def test_any_rows_that_are_valid_csv_are_read_as_they_were_written(tmp_path, rows):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["id", "text"], *enumerate(rows)])
    articles, _ = load(write(tmp_path / "x.csv", out.getvalue()))
    assert [a.text for a in articles] == [row if row.strip() else "" for row in rows]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.text('a",;\\\n\r', max_size=60))
def test_whatever_stands_in_the_rows_reading_ends(tmp_path, content):
    load(write(tmp_path / "x.csv", f"id,text\n{content}"), max_record_bytes=30)


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", "|"])
def test_the_null_of_databases_is_no_value(tmp_path, delimiter):
    rows = ["id,text,date,source", r"1,One,\N,\N", r"2,\N,2024-05-01,AP", r'3,"a \N b",\N,AP', r"\N,A \N,,\Nx"]
    path = write(tmp_path / "x.csv", "\n".join(rows).replace(",", delimiter))
    articles, problems = load(path)
    assert [(a.id, a.text, a.publisher) for a in articles] == [
        ("1", "One", None),
        ("2", "", "AP"),
        ("3", r"a \N b", "AP"),
        ("x:5", r"A \N", r"\Nx"),
    ]
    assert [problem.reason[:17] for problem in problems] == ["the text is empty"]


def test_the_null_of_databases_beside_backslashes_that_escape(tmp_path):
    path = write(tmp_path / "x.csv", 'id,text,source\n1,"say \\"x\\"",AP\n\\N,two,\\N\n3,\\N,\\N\n')
    assert [(a.id, a.text, a.publisher) for a in load(path)[0]] == [
        ("1", 'say "x"', "AP"),
        ("x:3", "two", None),
        ("3", "", None),
    ]


@pytest.mark.parametrize(
    "above", ["Export of the newsroom\n\n", "# made on 2024-05-14\n", "Search:,bridge\nFrom:,2024-05-01\n\n"]
)
def test_a_header_below_what_a_program_writes_above_is_found(tmp_path, above):
    content = f'{above}id,title,text\na,Bridge,"Open, again."\nb,Rain,Rain fell.\n'
    articles, problems = load(write(tmp_path / "x.csv", content))
    assert [(a.id, a.title, a.text) for a in articles] == [("a", "Bridge", "Open, again."), ("b", "Rain", "Rain fell.")]
    assert problems == []


def test_no_row_of_a_table_without_a_text_is_taken_for_its_header(tmp_path):
    content = "name,price\n" + "text,1\n" * 3
    assert only(load(write(tmp_path / "x.csv", content))[1]).reason.endswith("only name, price")


def test_a_message_about_a_header_shows_few_names_and_none_whole_that_is_long(tmp_path):
    content = "a" * 500 + "," + ",".join(f"c{number}" for number in range(50)) + "\n1\n"
    assert len(only(load(write(tmp_path / "x.csv", content))[1]).reason) < 200


@pytest.mark.parametrize("nothing", ["nan", "NaN", "NULL", "None", "<NA>", "#N/A", "\\N"])
def test_a_cell_with_a_word_for_no_value_is_empty(tmp_path, nothing):
    articles, _ = load(write(tmp_path / "x.csv", f"id,text,publisher,date\na,{nothing},{nothing},{nothing}\n"))
    assert (articles[0].text, articles[0].publisher, articles[0].published_at) == ("", None, None)


def test_a_blank_behind_each_delimiter_belongs_to_no_cell(tmp_path):
    content = 'id, title, text\na, Bridge, "Open, again."\n'
    articles, problems = load(write(tmp_path / "x.csv", content))
    assert ([(a.title, a.text) for a in articles], problems) == ([("Bridge", "Open, again.")], [])


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-16", "utf-32"])
def test_wide_characters_are_read_also_without_a_mark(tmp_path, name):
    content = f'id,text\n1,"{GERMAN}"\n'.encode(name)
    assert texts(write(tmp_path / "x.csv", content)) == ([GERMAN], [])
    assert texts(write(tmp_path / "download", content)) == ([GERMAN], [])
