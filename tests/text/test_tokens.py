"""Stems: spellings of one name are one term, numbers and days stay apart."""

import pytest

from dedupe.text import tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [("30 leaders met", "35 leaders met"), ("7.1 magnitude", "7.2 magnitude"), ("on Monday", "on Tuesday")],
)
def test_numbers_and_days_stay_apart(one, other):
    assert set(map(tokens.stem, tokens.tokens(one))) != set(map(tokens.stem, tokens.tokens(other)))


@pytest.mark.parametrize(
    "spellings", [("Zelensky", "Zelenskyy", "Zelenskiy"), ("Gaddafi", "Gadafi"), ("4,000", "4000")]
)
def test_spellings_of_one_name_or_number_are_one_term(spellings):
    assert len({tokens.stem(token) for token in spellings}) == 1
