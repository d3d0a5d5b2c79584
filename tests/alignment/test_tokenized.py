"""Quotations and boilerplate, which a tokenized text marks for each sentence."""

from __future__ import annotations

import pytest

from dedupe.alignment.tokenized import STEM_CHARACTERS, tokenize
from dedupe.text.boilerplate import are_boilerplate
from dedupe.text.quotations import quotations


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("He said “yes” twice.", ["“yes”"]),
        ("He said 'not now' and left.", ["'not now'"]),
        ("The allies' plan isn't Ukraine's.", []),
        ("Er sagte „nein“ und «jamais».", ["„nein“", "«jamais»"]),
    ],
)
def test_quotations_are_not_apostrophes(text: str, quoted: list[str]) -> None:
    assert [text[start:end] for start, end in quotations(text)] == quoted


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Advertisement", True),
        ("© 2018 The Associated Press. All rights reserved.", True),
        ("Subscribe today and get the briefing every morning.", True),
        ("What's Your Reaction?", True),
        ("Sign up for our daily newsletter.", True),
        ("The advertisement was withdrawn on Friday.", False),
        ("He signed the bill on Friday.", False),
        ("", False),
    ],
)
def test_boilerplate_is_told_from_news(sentence: str, expected: bool) -> None:
    assert are_boilerplate(sentence, [(0, len(sentence))]) == (expected,)


@pytest.mark.parametrize(
    ("text", "language", "wording"),
    [
        ("The president said that ferries stay with them there.", "en", {"ferrie", "stay"}),
        ("The president said that ferries stay with them there.", "mul", {"ferrie", "stay"}),
        ("The president said that ferries stay with them there.", None, {"ferrie", "stay"}),
        ("Die Fähren bleiben dort mit ihnen, sagte sie nach dieser Woche.", "de-AT", {"fähren", "bleibe", "woche"}),
        ("Los barcos quedan desde entonces sobre el río.", "es", {"barcos", "quedan", "entonc"}),
        ("", "en", set()),
    ],
)
def test_function_words_titles_and_verbs_of_speech_are_no_wording(
    text: str, language: str | None, wording: set[str]
) -> None:
    found = tokenize(text, language)
    is_wording = found.wording_stems[found.word_stems].tolist()
    assert {form[:STEM_CHARACTERS] for form, kept in zip(found.forms, is_wording, strict=True) if kept} == wording
