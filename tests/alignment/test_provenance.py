"""Provenance: agencies are read from credit lines, and not from photo credits."""

import pytest
from support import NEARLY_LINEAR, cpu_growth

from dedupe.alignment.provenance import SEARCHED_CHARACTERS, provenance
from dedupe.article import Article

TEXT = (
    "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday. "
    "The bell weighs forty kilograms and still carries the name of the yard that cast it. "
    "It will be shown in the harbour museum once the salt has been washed out of the bronze. "
    "The ferry sank in a storm ninety years ago with nobody on board."
)


@pytest.mark.parametrize(
    ("line", "agencies"),
    [
        ("HELSINKI (AP) — The ferry", ("Associated Press",)),
        ("MOSCOW/OSLO (Reuters) - The ferry", ("Reuters",)),
        ("By ANNA BERG, Associated Press\n", ("Associated Press",)),
        ("Copyright 2024 The Associated Press. All rights reserved.", ("Associated Press",)),
        ("© 2024 AFP", ("Agence France-Presse",)),
        ("SYDNEY (Australian Associated Press) — The ferry", ("Australian Associated Press",)),
        ("Associated Press writer Anna Berg in Oslo contributed to this report.", ("Associated Press",)),
        ("OSLO\u00a0(AP)\u00a0— The ferry", ("Associated Press",)),
        ("Bilbao, 7 may (EFE).- El transbordador", ("EFE",)),
        ("Kiel (dpa/lno) - Die Fähre", ("dpa",)),
        ("Mumbai, May 7 (PTI) The ferry", ("Press Trust of India",)),
        ("OSLO, May 7. /TASS/. The ferry", ("TASS",)),
        ("ОСЛО, 7 мая. /ТАСС/. Паром", ("TASS",)),
        ("LISBOA (Lusa) – O ferry", ("Lusa",)),
        ("新华社奥斯陆5月7日电 渡轮", ("Xinhua",)),
        ("— The Associated Press", ("Associated Press",)),
        ("The ferry in a file picture. (AP Photo/Anna Berg)", ()),
        ("A ferry of the line, built 1907 (AP) and lost", ()),
        ("He works for the radio/TASS/web desk", ()),
        ("Anna Berg/Associated Press", ()),
        ("Fox News' Ola Berg and The Associated Press contributed to this report.", ()),
        ("He spoke to Reuters by telephone.", ()),
    ],
)
def test_credit_lines_name_the_agency_and_photo_credits_do_not(line, agencies):
    assert provenance(Article("a", text=f"A headline\n{line}\n{TEXT}")).prints == agencies


@pytest.mark.parametrize(
    ("publisher", "agency"),
    [
        ("Reuters", "Reuters"),
        ("reuters.com", "Reuters"),
        ("https://uk.reuters.com/world", "Reuters"),
        ("www.tass.ru", "TASS"),
        ("notreuters.com", None),
        ("com", None),
        ("Gazette", None),
        (None, None),
    ],
)
def test_the_sites_of_an_agency_are_the_agency(publisher, agency):
    assert provenance(Article("a", text=TEXT, publisher=publisher)).is_agency == agency


@pytest.mark.parametrize("repeated", ["By ", "(AP", "\n", "According to ", "A.A."])
def test_time_grows_no_faster_than_the_part_of_a_hostile_text_that_is_searched(repeated):
    text = repeated * (SEARCHED_CHARACTERS // len(repeated))
    quarter, whole = Article("a", text=text[: len(text) // 4]), Article("a", text=text)
    assert cpu_growth(provenance, quarter, whole) < NEARLY_LINEAR


def test_credit_lines_beyond_the_part_that_is_searched_are_not_read():
    credit = "© 2024 AFP"
    last = "\n" * (SEARCHED_CHARACTERS - len(credit)) + credit
    assert provenance(Article("a", text=last)).prints == ("Agence France-Presse",)
    assert provenance(Article("a", text="\n" * SEARCHED_CHARACTERS + credit)).prints == ()


@pytest.mark.parametrize("part", ["A b ", "a.", "(", "AP ", "/", "- "])
def test_the_name_of_a_publisher_costs_no_more_than_its_length(part):
    def read(size):
        for _ in range(20):
            provenance(Article("a", text=TEXT, publisher=part * (size // len(part))))

    assert cpu_growth(read, 50_000, 100_000) < NEARLY_LINEAR
