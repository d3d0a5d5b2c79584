"""Lines of the page are known, sentences of the article are not taken for them, and no line takes long to judge."""

from __future__ import annotations

import time

import pytest

from dedupe.alignment.page_lines import LONGEST_LINE, is_dateline, is_page_line
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
        "Gazette video journalists Ines Falk and Tom Reed-Voss contributed.",
        "Falk reported from Porto, Reed from Oslo.",
        "From the Gazette's Ines Falk",
        "by Ines Falk /",
        "By Ines Falk, Gazette Harbour Reporter",
        "— Ines Falk (@inesfalk) March 3, 2019",
        "Read or share this story: https://example.org/abc",
        "Image caption The eastern pier of the harbour",
        "Foto: Ines Falk",
        "Photo by Ines FALK / Gazette / AFP) (Photo credit should read INES FALK/AFP/Getty Images",
        "President Ines Falk (C) greets Tom Reed (L) on the quay of Porto.",
        "Mayor Ines Falk (R) waves to pilots in Porto on March 3, 2019.",
        "Die Bürgermeisterin Ines Falk (links) und Tom Reed (r.) am Mittwoch im Hafen.",
        "Le maire Ines Falk (à gauche) salue les pilotes du port.",
        "Mayor Ines Falk, left, and Tom Reed open a bridge.",
        "Mayor Ines Falk, left, and Tom Reed " + "of the pilots and " * 14 + "the port open a bridge.",
        "Tom Reed, second from right, sings with the pilots.",
        "From left: Ines Falk, Tom Reed and Lena Voss on the quay.",
        "___",
        "PORTO",
        "SIGN ME UP!",
        "MUST WATCH 'The harbour will be safe' 02:55",
        "JUST WATCHED Is the harbour safe?",
        "Hide Caption 5 of 10 Photos: The harbour Ines Falk was elected in 2019.",
        "( PHOTOS: Storms of the harbour)",
        "(Also on GAZETTE: Who pays for the harbour)",
        "Publié le 3 mars 2021 à 10h15",
        "Veröffentlicht am 3. März 2021 um 10:15 Uhr",
        "Опубликовано 3 марта 2021 в 10:15",
        "Leer más: Los pilotos del puerto piden otro muro",
        "Lesen Sie auch: Was die Lotsen vom Rat verlangen",
        "PORTO — The Latest on the flood in the harbour (all times local):",
    ],
)
def test_a_line_of_the_page_is_known(line: str) -> None:
    assert judged(line)


@pytest.mark.parametrize(
    "sentence",
    [
        "Why?",
        "Bankrupt.",
        "“Never!”",
        "By Monday the wall was repaired.",
        "By then, Ines Falk had left the harbour.",
        "Holt contributed nothing to the repairs.",
        "This contributed to the repairs of the wall.",
        "Porto contributed to the crisis of 1931.",
        "Falk said that haste may have contributed to the decision.",
        "Nobody knows what the pilots contributed.",
        "Falk reported from the quay that the wall held.",
        "May was hot.",
        "(See the notes of the council: they say more.)",
        "They had just watched the harbour.",
        "Watch the tide: at 12:30 it was too high for the pilots.",
        "The image of the harbour has suffered.",
        "Photos by Reuters showed the flooded harbour.",
        "Senator Tom Reed (R) and Ines Falk (D) agreed on the harbour.",
        "Section 4 (C) of the harbour act was repealed on March 3, 2019.",
        "The Liberals, left without a mayor, asked for a vote.",
        "Voters of all parties, from left to right, want the harbour.",
        "The Greens, left and right of the river, agreed.",
    ],
)
def test_a_sentence_of_the_article_is_none(sentence: str) -> None:
    assert not judged(sentence)


@pytest.mark.parametrize("part", ["A", "Aa ", "a ", "By A", "and ", "(@", "— x", "1/", "https:/", "."])
def test_no_line_takes_long(part: str) -> None:
    judged("By Ines Falk")  # compiles the patterns
    started = time.process_time()
    for start in ("", "By ", "Photo: ", "Photo by ", "— ", "contributed ", "Falk, left", ", from left (R)"):
        judged((start + part * LONGEST_LINE)[:LONGEST_LINE])
    assert time.process_time() - started < 1


def test_a_dateline_is_no_sentence():
    assert is_dateline("updated 7 04 pm et sun july 15 2018".split())
    assert is_dateline("by the associated press".split())
    assert not is_dateline([])
    assert not is_dateline("trump may sign".split())
