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
    "spellings",
    [
        ("Zelensky", "Zelenskyy", "Zelenskiy"),
        ("Gaddafi", "Gadafi"),
        ("4,000", "4000"),
        ("O’Brien", "O'Brien", "OʼBrien", "O`Brien", "O‘Brien"),
        ("Verwaltungs\u00adgericht", "Verwaltungsgericht", "Verwaltungs\u200bgericht"),
        ("Ålesund", "A\u030alesund"),
        ("مؤتمر", "موتمر", "مُؤتمر", "مـؤتمر"),
        ("علی", "علي", "على"),
        ("Αθήνα", "ΑΘΗΝΑ"),
        ("Королёв", "Королев", "Коро\u0301лев"),
        ("Diyarbakır", "DİYARBAKIR", "Diyarbakir"),
        ("Constanța", "Constanţa"),
        ("שָׁלוֹם", "שלום"),
    ],
)
def test_spellings_of_one_name_or_number_are_one_term(spellings):
    assert len({tokens.stem(token) for token in spellings}) == 1
    assert [tokens.tokens(f"({token})") for token in spellings] == [[token] for token in spellings]


def test_a_half_space_separates_terms_of_persian_only():
    assert tokens.tokens("می\u200cشود") == ["می", "شود"]
    assert tokens.tokens("Auf\u200clage") == ["Auf\u200clage"]


def test_marks_stay_with_their_letters():
    assert tokens.tokens("मुंबई में बारिश") == ["मुंबई", "में", "बारिश"]
