"""Lines of the page are known, sentences of the article are not taken for them, and no line takes long to judge."""

from __future__ import annotations

import time

import pytest

from dedupe.alignment.page_lines import is_page_line
from dedupe.text.words import words


def judged(sentence: str) -> bool:
    return is_page_line(sentence, words(sentence).forms)


@pytest.mark.parametrize(
    "line",
    [
        "By Ines Falk and Tom Reed, Harbour Gazette",
        "By INES FALK | Associated Press",
        "by Ines Falk March 3 at 10:32 AM Email the author",
        "Originally published March 3, 2019 at 3:56 am",
        "Reporting by Ines Falk; editing by Tom Reed",
        "Gazette writer Ines Falk contributed to this report.",
        "— Ines Falk (@inesfalk) March 3, 2019",
        "Read or share this story: https://example.org/abc",
        "Image caption The eastern pier of the harbour",
        "Foto: Ines Falk",
    ],
)
def test_a_line_of_the_page_is_known(line: str) -> None:
    assert judged(line)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "?",
        "By Monday the wall was repaired.",
        "By then, Ines Falk had left the harbour.",
        "Holt contributed nothing to the repairs.",
        "May was hot.",
        "The image of the harbour has suffered.",
    ],
)
def test_a_sentence_of_the_article_is_none(sentence: str) -> None:
    assert not judged(sentence)


@pytest.mark.parametrize("part", ["A", "Aa ", "a ", "By A", "and ", "(@", "— x", "1/", "https:/", "."])
def test_no_line_takes_long(part: str) -> None:
    judged("By Ines Falk")  # compiles the patterns
    started = time.process_time()
    for start in ("", "By ", "Photo: ", "— ", "contributed "):
        judged((start + part * 250)[:250])
    assert time.process_time() - started < 1
