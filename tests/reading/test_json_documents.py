"""What reading promises about JSON as programs write it: every article is read, whatever holds it, or said to be lost."""

import json

import pytest
from article_files import load, only, write

RAIN = "Rain fell on Tuesday in Alderby, and the bridge was closed."
SNOW = "Snow fell on Friday in Port Brannock, and the school was closed."
BOTH = [{"id": "a", "text": RAIN}, {"id": "b", "text": SNOW}]


def in_a_row(*values, between="\n", **options):
    return between.join(json.dumps(value, **options) for value in values)


SEVERAL_LINES = {
    "objects as jq prints them": in_a_row(*BOTH, indent=2),
    "objects with commas between": in_a_row(*BOTH, between=",\n", indent=2),
    "a list on several lines": json.dumps(BOTH, indent=1),
    "a list with an object a line": f"[\n{in_a_row(*BOTH, between=',' + chr(10))}\n]\n",
    "a list that begins in the line of its first object": f"[{in_a_row(*BOTH, between=',' + chr(10))}]\n",
    "a list in one line": json.dumps(BOTH),
    "an answer on several lines": json.dumps({"status": "ok", "articles": BOTH}, indent=4),
}


@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "download"])
@pytest.mark.parametrize("content", SEVERAL_LINES.values(), ids=SEVERAL_LINES)
def test_json_is_read_whatever_its_lines_and_its_name(tmp_path, name, content):
    articles, problems = load(write(tmp_path / name, content))
    assert ([(a.id, a.text) for a in articles], problems) == ([("a", RAIN), ("b", SNOW)], [])


def test_records_behind_separators_are_read(tmp_path):
    articles, problems = load(write(tmp_path / "x.json", "".join(f"\x1e{json.dumps(one)}\n" for one in BOTH)))
    assert ([a.id for a in articles], problems) == (["a", "b"], [])


def test_of_objects_in_a_row_the_whole_ones_are_read_and_the_place_of_the_damage_is_named(tmp_path):
    articles, problems = load(write(tmp_path / "x.json", in_a_row(*BOTH, indent=1)[:-20]))
    assert [a.id for a in articles] == ["a"]
    problem = only(problems)
    assert (problem.line, problem.reason) == (5, "not valid JSON, the rest is lost")


@pytest.mark.parametrize("rest", ['{"a":' * 5000, "x", "[1]", "{", '{"a"}'])
def test_what_follows_an_object_and_is_none_is_one_problem(tmp_path, rest):
    articles, problems = load(write(tmp_path / "x.json", '{"id": "a",\n"text": "Rain."}\n' + rest))
    assert ([a.id for a in articles], only(problems).kind) == (["a"], "skipped")


FRAMES = {
    "columns by row": {"id": {"0": "a", "1": "b"}, "text": {"0": RAIN, "1": SNOW}},
    "one column by row": {"text": {"0": RAIN, "1": SNOW}},
    "names and rows": {"columns": ["id", "text"], "index": [0, 1], "data": [["a", RAIN], ["b", SNOW]]},
    "columns as lists": {"id": ["a", "b"], "text": [RAIN, SNOW]},
    "rows with a description": {"schema": {"fields": [{"name": "text"}]}, "data": [{"text": RAIN}, {"text": SNOW}]},
    "articles by their ids": {"a": {"text": RAIN}, "b": {"text": SNOW}},
    "articles by their ids inside": {"articles": {"-Na": {"text": RAIN}, "-Nb": {"text": SNOW}}},
    "a feed of Blogger": {"feed": {"entry": [{"content": {"type": "html", "$t": RAIN}}, {"content": {"$t": SNOW}}]}},
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_rows_of_a_data_frame_are_articles_however_pandas_wrote_it(tmp_path, frame):
    articles, problems = load(write(tmp_path / "x.json", json.dumps(frame)))
    assert ([a.text for a in articles], problems) == ([RAIN, SNOW], [])


def test_articles_by_their_ids_keep_these_unless_they_have_their_own(tmp_path):
    document = {"x1": {"text": RAIN}, "x2": {"id": "own", "text": SNOW}}
    assert [a.id for a in load(write(tmp_path / "x.json", json.dumps(document)))[0]] == ["x1", "own"]


@pytest.mark.parametrize(
    "document",
    [
        {"title": ["Rain"], "text": [RAIN]},
        {"text": [RAIN, SNOW], "authors": ["A", "B"]},
        {"title": "Rain", "text": {"value": RAIN}},
        {"text": {"summary": RAIN, "content": SNOW}},
        {"title": {"rendered": "Rain"}, "content": {"rendered": RAIN}},
    ],
)
def test_one_article_with_lists_or_objects_stays_one(tmp_path, document):
    articles, problems = load(write(tmp_path / "x.json", json.dumps(document)))
    assert (len(articles), problems) == (1, [])


RICH = {
    "HTML in an object": {"html": f"<p>{RAIN}</p><p>{SNOW}</p>"},
    "Editor.js": {"time": 1, "blocks": [{"type": "paragraph", "data": {"text": RAIN}}, {"type": "header", "data": {"text": SNOW}}]},
    "Draft.js": {"blocks": [{"text": RAIN, "type": "unstyled"}, {"text": SNOW}], "entityMap": {}},
    "ProseMirror": {"type": "doc", "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": RAIN[:9]}, {"type": "text", "marks": [], "text": RAIN[9:]}]},
        {"type": "paragraph", "content": [{"type": "text", "text": SNOW}]},
    ]},
    "Lexical": {"root": {"type": "root", "children": [
        {"type": "paragraph", "children": [{"type": "text", "text": RAIN[:4]}, {"type": "text", "text": RAIN[4:]}]},
        {"type": "paragraph", "children": [{"type": "text", "text": SNOW}]},
    ]}},
    "Portable Text": [
        {"_type": "block", "children": [{"_type": "span", "text": RAIN[:7]}, {"_type": "span", "text": RAIN[7:]}]},
        {"_type": "image", "asset": {"_ref": "x"}},
        {"_type": "block", "children": [{"_type": "span", "text": SNOW}]},
    ],
    "Contentful": {"nodeType": "document", "content": [
        {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": RAIN[:7]}, {"nodeType": "text", "value": RAIN[7:]}]},
        {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": SNOW}]},
    ]},
    "ninjs with an abstract": [
        {"role": "abstract", "contenttype": "text/plain", "value": "Rain and snow."},
        {"role": "main", "contenttype": "text/html", "value": f"<p>{RAIN}</p><p>{SNOW}</p>"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("body", RICH.values(), ids=RICH)
def test_the_text_of_an_editor_is_read_a_line_for_each_paragraph(tmp_path, body):
    articles, problems = load(write(tmp_path / "x.json", json.dumps([{"id": "a", "body": body}])))
    assert ([a.text for a in articles], problems) == ([f"{RAIN}\n{SNOW}"], [])


def test_a_break_between_words_of_a_paragraph_keeps_them_apart(tmp_path):
    words = [{"type": "text", "text": "Rain"}, {"type": "hardBreak"}, {"type": "text", "text": "fell."}]
    body = {"type": "doc", "content": [{"type": "paragraph", "content": words}]}
    assert load(write(tmp_path / "x.json", json.dumps([{"body": body}])))[0][0].text == "Rain fell."


def test_a_whole_number_that_pandas_made_a_float_is_an_id_without_a_point(tmp_path):
    assert load(write(tmp_path / "x.jsonl", '{"id": 7.0, "text": "Rain."}\n'))[0][0].id == "7"
