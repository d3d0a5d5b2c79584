"""Quotations are found in the marks of many languages, and nothing between two of them is."""

from __future__ import annotations

import time

import pytest

from dedupe.text.quotations import quotations


def quoted(text: str) -> list[str]:
    return [text[start:end] for start, end in quotations(text)]


@pytest.mark.parametrize(
    "text", ["", '"', "''", "“", "No mark at all.", "The allies' aim isn't peace.", "” said he. “"]
)
def test_texts_without_a_quotation_have_none(text: str) -> None:
    assert quoted(text) == []


@pytest.mark.parametrize(
    "quotation",
    [
        "“The wall is safe”",  # English
        "„Die Mauer ist sicher“",  # German
        "»Die Mauer ist sicher«",  # German in books, Danish
        "« Le mur est sûr »",  # French
        "«El muro es seguro»",  # Spanish, Italian, Portuguese, Russian
        "„Mur jest bezpieczny”",  # Polish
        "”Muren är säker”",  # Swedish
        "「壁は安全だ」",  # Japanese
        "'The wall is safe'",
        '"The wall is safe"',
    ],
)
def test_the_marks_of_many_languages_are_known(quotation: str) -> None:
    assert quoted(f"X {quotation} y.") == [quotation]
    assert quoted(f"X {quotation}, y, {quotation}.") == [quotation] * 2


def test_a_quotation_of_two_paragraphs_is_two() -> None:
    assert quoted("“The wall is safe.\n\n“It was built well,” she said.") == [
        "“The wall is safe.",
        "“It was built well,”",
    ]


def test_marks_without_end_take_no_long_time() -> None:
    started = time.process_time()
    quotations("“„«»'‘\"" * 5_000)
    assert time.process_time() - started < 5
