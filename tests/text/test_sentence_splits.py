"""Sentences in 13 languages: abbreviations, initials, ordinals, quotations, and what else looks like an end."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import NEARLY_LINEAR, ROOT, cpu_growth

from dedupe.text.language import language_of
from dedupe.text.sentence_ends import sentence_ends
from dedupe.text.sentences import sentences

TABLE = (ROOT / "tests" / "text" / "sentence_splits.txt").read_text(encoding="utf-8")
LINES = {
    language: lines.splitlines() for language, lines in re.findall(r"^== (\w+).*\n((?:.+\n)+)", TABLE, re.MULTILINE)
}
LEAST_RIGHT = 0.97


def split(text, language="en"):
    return [text[start:end] for start, end in sentences(text, language)]


def wrong(lines, language):
    return [
        line for line in lines if split(line.replace("|", ""), language) != [one.strip() for one in line.split("|")]
    ]


@pytest.mark.parametrize("first", [0, 1], ids=["lines in view", "lines kept aside"])
def test_nearly_all_splits_of_the_table_are_right(first):
    found = [line for language, lines in LINES.items() for line in wrong(lines[first::2], language)]
    assert len(found) <= (1 - LEAST_RIGHT) * sum(len(lines[first::2]) for lines in LINES.values()), found


@pytest.mark.parametrize("language", LINES)
def test_no_language_has_many_wrong_splits(language):
    assert len(wrong(LINES[language], language)) <= 2


@pytest.mark.parametrize(
    "line",
    [
        "Rep. Ann Hale, D-N.Y., asked. |Sen. Joe Park, R-S.C., nodded.",
        "The non-U.K. share rose, and the U.S.-led force left.",
        "We lost the match in 2012.|“It hurt,” he said.",
        '"They never told us."|Marsh nodded.',
        "“We knew,” she said. |“So did they.”",
        '"We knew," she said. |"So did they."',
        "“Who paid for it?” Marsh asked. |Nobody answered.",
        "The roof is gone. |pic.harlow.example/roof shows it.",
        "The roof is gone. |https://harlow.example/roof shows it.",
        "He begged me. |Alvarez said no. |Marsh said nothing.",
        "It was built by Ms. Oakes of the St. Brannock firm.",
        "The bank (cf. p. 12) closed. |It had 40 clients.",
    ],
)
def test_english_sentences_of_news(line):
    assert wrong([line], "en") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Die Sitzung ist am 3. Oktober. Danach stimmt der Rat über die Vorlage der Stadt ab."),
        ("fr", "M. Garnier a rencontré les élus de la ville lundi. Ils ont parlé du budget de la région."),
        ("hi", "डॉ. सुधा राव ने बताया कि मरीज की हालत ठीक है। वह घर लौट गया।"),
        ("zh", "市长宣布辞职。他说自己很累，想多陪陪家人。"),
    ],
)
def test_the_language_is_found_where_none_is_given(language, text):
    assert language_of(text) == language
    assert split(text, None) == split(text, language)
    assert len(split(text, None)) == 2


ENGLISH_AROUND = (
    "The harvest festival drew thousands of visitors to the old town square. It rained.\n\n",
    "\n\nA bakery near the station closed after ninety years of business. Nobody took it over.",
)


@pytest.mark.parametrize(
    "line",
    [
        "Der Rat tagt am 3. Oktober in der Stadt Arnau. |Danach reist er ab.",
        "Die Übergabe ist am 14. Juni, danach folgt das Fest. |Alle sind eingeladen.",
        "Am 1. Januar tritt das Gesetz in Kraft. |Es regnet.",
        "डॉ. मीना राठौर ने इलाज किया। |हालत स्थिर है।",
        "Ущерб составил 12 млн руб. |Деньги вернут в 2012 г. и позже.",
        "市长周一宣布辞职。|他说自己很累。",
    ],
)
def test_a_paragraph_in_another_language_of_an_english_text_has_its_own_rules(line):
    before, after = ENGLISH_AROUND
    found = split(before + line.replace("|", "") + after, None)
    assert found == [*split(before), *(one.strip() for one in line.split("|")), *split(after)]


@pytest.mark.parametrize("code", ["en", "de", "zh", "xx", "", "en-GB"])
@pytest.mark.parametrize("text", ["", " ", ".", "。", "...", "1.", "U.S.", "“", "x.“", "z. B.", ". . .", "।।"])
def test_every_language_splits_what_is_hardly_a_text(code, text):
    assert "".join(split(text, code)) == text.strip().replace("। ", "।")


def test_many_paragraphs_in_other_languages_are_split_in_linear_time():
    def read(text):
        sentences(text, None)

    text = "The town said of the day that it was over. Z\n\nÉ. À la une.\n\n" * 1_500
    assert cpu_growth(read, text[: len(text) // 4], text) < NEARLY_LINEAR


@given(st.text(st.sampled_from("aA1.!? \n“”\"'«»。।，。B…-—د"), max_size=60), st.sampled_from([None, *LINES]))
def test_sentences_of_any_language_add_up_to_the_text(text, language):
    spans = sentences(text, language)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    assert spans == sorted(spans)


@given(st.text(max_size=40), st.lists(st.integers(0, 40)))
def test_starts_of_paragraphs_stay(text, starts):
    fixed = {start for start in starts if start < len(text)} | {0}
    found = sentence_ends("de").corrected(text, sorted(fixed), fixed) if text else [0]
    assert fixed <= set(found) or not text
    assert found == sorted(set(found))
