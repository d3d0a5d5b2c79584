"""What the report on two aligned articles shows, for people and for programs."""

import json
import re
from dataclasses import replace

import pytest
from wcwidth import wcswidth

from dedupe.alignment.align import Alignment, SentenceMatch
from dedupe.alignment.direction import Direction
from dedupe.alignment.edits import Edit
from dedupe.alignment.grades import WordCounts
from dedupe.alignment.tokenized import Span
from dedupe.article import Article
from dedupe.report import alignment as report

UNDETERMINED = Direction("undetermined", None, None, ())
NO_WORDS = WordCounts()
EMPTY = Alignment((), (), 0.0, 0.0, NO_WORDS, NO_WORDS, False)


def span_of(text, part):
    start = text.index(part)
    return Span(start, start + len(part))


def match(left, right, kind="edited", changed=()):
    """A match of two whole texts; ``changed``: the words of either side that differ."""
    edits = tuple(Edit(span_of(left, old), span_of(right, new), True) for old, new in changed)
    return SentenceMatch((Span(0, len(left)),), (Span(0, len(right)),), kind, 0.75, False, False, edits)


def shown(left, right, *rows, width=120, coloured=False, show_unmatched=False, **shares):
    values = {"passages": (), "sentences": rows, "left_reused": 0.5, "right_reused": 1.0, "is_partial": False}
    values |= {"left_words": NO_WORDS, "right_words": NO_WORDS} | shares
    articles = Article("a", "", left), Article("b", "", right)
    options = {"width": width, "coloured": coloured, "show_unmatched": show_unmatched}
    return list(report.lines(*articles, Alignment(**values), UNDETERMINED, "text", **options))


def test_two_empty_articles_have_a_report_too():
    out = list(
        report.lines(
            Article("a"), Article("b"), EMPTY, UNDETERMINED, "text", width=80, coloured=False, show_unmatched=True
        )
    )
    assert out == [
        "left   a  ",
        "right  b  ",
        "",
        "matches: none",
        "0% of the words of a (left) stand in matched sentences; reuse: none",
        "0% of the words of b (right) stand in matched sentences; reuse: none",
        "direction: undetermined (no dates, no credit lines)",
    ]


@pytest.mark.parametrize("kind", ["verbatim", "edited", "rewritten"])
def test_the_words_that_the_other_side_does_not_have_are_marked_in_every_match(kind):
    left, right = "The old red ship sank", "The new blue ship sank"
    out = shown(left, right, match(left, right, kind, [("old red", "new blue")]))
    assert any(line.startswith("The ⟨old red⟩ ship sank ") for line in out)
    assert "⟨marked⟩: words that the other side does not have" in out


def test_what_changed_and_which_side_was_shortened_stand_in_the_heading():
    row = replace(match("One two.", "One two."), shortened="left", changes=("number", "quotation"))
    assert "edited · 0.75 · left shortened · number changed · quotation changed" in shown("One two.", "One two.", row)


def test_a_new_sentence_with_a_high_score_says_why_it_was_refused():
    row = replace(match("One two.", "One two.", "new"), right=(), refused="names_only")
    assert "new · 0.75 but hardly more than names is shared" in shown("One two.", "", row, show_unmatched=True)


def test_a_repeated_caption_is_shown_once_with_the_numbers_of_its_places():
    left, right = "Ferry. Pier.", "Ferry. Wall. Ferry. Ferry. Ferry."
    places = [Span(0, 6), Span(13, 19), Span(20, 26), Span(27, 33)]
    rows = [replace(match(left, right, "verbatim"), left=(Span(0, 6),), right=(place,)) for place in places]
    wall = replace(rows[0], left=(), right=(Span(7, 12),), kind="new")
    out = shown(left, right, *rows, wall)
    assert "verbatim · 0.75 · left 1 · right 1 and 3–5" in out
    assert sum("Ferry." in line for line in out) == 1


def test_sentences_that_stand_apart_have_their_numbers():
    left = "One. Two. Three."
    row = replace(match(left, "One, three."), left=(Span(0, 4), Span(10, 16)))
    two = replace(row, left=(Span(5, 9),), right=(), kind="new")
    assert "edited · 0.75 · 2 to 1 · left 1 and 3" in shown(left, "One, three.", row, two)


def test_colours_add_no_character_that_is_seen():
    left, right = "The old ship sank", "The new ship sank"
    row = match(left, right, "edited", [("old", "new")])
    coloured = [re.sub("\x1b\\[[0-9;]*m", "", line).split() for line in shown(left, right, row, coloured=True)]
    assert coloured == [re.sub("[⟨⟩]", "", line).split() for line in shown(left, right, row)]


@pytest.mark.parametrize("width", [99, 100])
def test_texts_stand_side_by_side_from_100_columns_on(width):
    out = shown("One two.", "One two.", match("One two.", "One two.", "verbatim"), width=width)
    assert any(line.startswith("One two.") and line.endswith(" │ One two.") for line in out) == (width == 100)
    assert ("  < One two." in out, "  > One two." in out) == (width == 99, width == 99)


@pytest.mark.parametrize("width", [20, 60, 100, 140])
@pytest.mark.parametrize("text", ["word " * 60, "北京会议结束 " * 30, "e\u0301te\u0301 " * 50, "a" * 300])
def test_no_line_of_words_is_wider_than_the_terminal_unless_one_word_is(width, text):
    out = shown(text, text, match(text, text, "verbatim"), width=width)[4:-5]
    assert all(wcswidth(line) <= width or "a" * 300 in line for line in out)
    sides = {line.index("│") for line in out if "│" in line and line.isascii()}
    assert len(sides) <= 1


def test_a_heading_names_kind_score_numbers_of_sentences_and_properties():
    row = SentenceMatch((Span(0, 4), Span(5, 9)), (Span(0, 9),), "rewritten", 0.5, True, True, ())
    assert "rewritten · 0.50 · 2 to 1 · quoted · boilerplate" in shown("One. Two.", "One, two.", row)


def test_unmatched_sentences_are_counted_or_shown():
    row = SentenceMatch((Span(0, 4),), (), "new", 0.1, False, False, ())
    assert "1 sentence without a match is not shown; --all shows it" in shown("One.", "", row)
    out = shown("One.", "", row, show_unmatched=True)
    assert "new" in out
    assert not any("not shown" in line for line in out)


def test_a_limit_that_was_reached_is_said():
    assert any("something may be missing" in line for line in shown("a", "b", is_partial=True))
    assert not any("something may be missing" in line for line in shown("a", "b"))


def test_nothing_from_an_article_controls_the_terminal():
    text = "A \x1b[2J bell \x07 rings"
    out = list(
        report.lines(
            Article("\x1b1", "\u202etitle", text),
            Article("b", "", text),
            Alignment((), (match(text, text, "verbatim"),), 1.0, 1.0, NO_WORDS, NO_WORDS, False),
            UNDETERMINED,
            "text",
            width=120,
            coloured=False,
            show_unmatched=False,
        )
    )
    assert all(line.isprintable() for line in out)


def test_every_span_of_json_comes_with_its_text():
    left, right = "The old ship sank", "The new ship sank"
    alignment = Alignment((), (match(left, right, "edited", [("old", "new")]),), 0.75, 0.75, NO_WORDS, NO_WORDS, False)
    arguments = (Article("a", "A", left), Article("b", "B", right), alignment, UNDETERMINED)
    options = {"width": 80, "coloured": True, "show_unmatched": False}
    document = json.loads("\n".join(report.lines(*arguments, "json", **options)))
    assert document["left"] == {"id": "a", "title": "A"}
    assert document["direction"] == {
        "verdict": "undetermined",
        "probability": None,
        "common_source": None,
        "reasons": [],
    }
    [row] = document["sentences"]
    assert row["left"] == [{"start": 0, "end": 17, "text": left}]
    assert row["edits"] == [{"left": {"start": 4, "end": 7}, "right": {"start": 4, "end": 7}, "changes_words": True}]
    assert [json.loads(line) for line in report.lines(*arguments, "jsonl", **options)] == [row]
