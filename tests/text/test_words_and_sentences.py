import itertools
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import NEARLY_LINEAR, SEEDS, cpu_growth

from dedupe.text import sentences as sentences_module
from dedupe.text.line_ends import join_broken_words
from dedupe.text.lookalikes import replace_lookalikes
from dedupe.text.sentences import sentences
from dedupe.text.words import normalise, words

ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=60)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "…—!?", "\u0301\u0301"])
def test_a_text_without_words_has_no_words(text):
    assert words(text).forms == []


def test_words_of_real_articles_are_what_the_field_calls_words():
    for path in SEEDS.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert words(text).forms == re.findall(r"\w+", text.lower())


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("你好世界", ["你", "好", "世", "界"]),
        ("हिन्दी समाचार", ["हिन्दी", "समाचार"]),
        ("ภาษา", ["ภ", "า", "ษ", "า"]),
        ("G7峰会", ["g7", "峰", "会"]),
        ("Cafe\u0301 and CAFÉ", ["café", "and", "café"]),
        ("$525 million on 31 Dec.", ["525", "million", "on", "31", "dec"]),
        ("Cable News™ 2019", ["cable", "news", "2019"]),
    ],
)
def test_words_by_script(text, forms):
    assert words(text).forms == forms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Die Bundes\u00adregierung stimmte zu", "Die Bundesregierung stimmte zu"),
        ("the har\u200bbour mas\u2060ter’s log\ufeffbook", "the harbour master’s logbook"),
        ("Auf\u200clage", "Auflage"),
        ("par\U000e0041liament", "parliament"),
        ("\u202bמשרד\u202c\u200f הבריאות\u200f", "משרד הבריאות"),
        ("बाज़ार में भारी गिरावट", unicodedata.normalize("NFD", "बाज़ार में भारी गिरावट")),
        ("शक्\u200dति क्\u200cष", "शक्ति क्ष"),
        ("ประชุม\u200bสภา\u200bวันนี้", "ประชุมสภาวันนี้"),
        ("นำน้ำ", unicodedata.normalize("NFKC", "นำน้ำ")),
        ("کتاب\u200cخانه‌ای", "کتاب خانه ای"),
        ("وقال المتحدّث إنَّ القرار مؤجَّل", "وقال المتحدث ان القرار موجل"),
        ("بـــيـــان", "بيان"),
        ("علی یک کشور", "علي يك كشور"),
        ("إلى أعلى مستوى", "الي اعلي مستوي"),
        ("הַשָּׂר הוֹדִיעַ", "השר הודיע"),
        ("Președinția României și-a anunțat", "Preşedinţia României şi-a anunţat"),
        ("Diyarbakır’ın ILIK kışı, İzmir", "DİYARBAKIR’IN ılık KIŞI, izmir"),
        ("Ο πρωθυπουργός μίλησε για την αϋπνία", "Ο ΠΡΩΘΥΠΟΥΡΓΟΣ ΜΙΛΗΣΕ ΓΙΑ ΤΗΝ ΑΥΠΝΙΑ"),
        ("Всё ещё идёт за\u0301мок", "Все еще идет замок"),
        ("п’ять об'єктів сімʼя", "п'ять обʼєктів сім’я"),
        ("Hawaiʻi", "Hawai'i"),
        ("the parlia-\nment was dis\u00ad\r\n  solved", "the parliament was dissolved"),
        ("on Thurs- \nday the vo\u2010 \r\nters", "on Thursday the voters"),
        ("Ｔｏｋｙｏ ﬁnds ﬂoſs", "tokyo finds floss"),
        ("the p\u043elic\u0435 in \u03a4oronto", "the police in Toronto"),
        ("٤٥٦ سيارة", "456 سيارة"),
        ("۴۵۶ خودرو", "456 خودرو"),
        ("४५६ गाड़ियाँ", "456 गाड़ियाँ"),
    ],
)
def test_what_a_reader_sees_as_one_text_has_the_same_words(one, other):
    assert words(one).forms == words(other).forms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("résumé", "resume"),
        ("й", "и"),
        ("її", "ії"),
        ("ѓ", "г"),
        ("مدرسة", "مدرسه"),
        ("นำ", "นา"),
        ("COVID-\n19", "COVID19"),
        ("Smith-\nJones", "SmithJones"),
        ("wait -\nthen", "waitthen"),
        ("G7", "G8"),
        ("\u0440\u043e\u0441\u0430", "poca"),
        ("VIP\u0441\u0430\u043b\u043e\u043d", "VIPca\u043bo\u043d"),
    ],
)
def test_what_tells_words_apart_stays(one, other):
    assert words(one).forms != words(other).forms


def test_a_word_spans_what_is_not_shown_and_the_line_end_in_it():
    text = "Das Halb\u00adjahr en-\n dete \u202bgut\u202c."
    found = words(text)
    spans = [text[start:end] for start, end in zip(found.starts, found.ends, strict=True)]
    assert spans == ["Das", "Halb\u00adjahr", "en-\n dete", "gut\u202c"]
    assert found.forms == ["das", "halbjahr", "endete", "gut"]


@given(ANY_TEXT)
@example("\ud800 half \x00 nul")
@example("e\u0301" * 40)
def test_word_offsets_point_into_the_original_and_never_overlap(text):
    found = words(text)
    assert len(found.forms) == found.starts.size == found.ends.size
    assert all(found.starts < found.ends)
    assert all(found.ends[:-1] <= found.starts[1:])
    for start, end, form in zip(found.starts, found.ends, found.forms, strict=True):
        assert normalise(replace_lookalikes(join_broken_words(text[start:end]))) == form


@given(ANY_TEXT)
def test_words_do_not_depend_on_the_unicode_form_of_the_text(text):
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert words(normalise(composed)).forms == words(normalise(decomposed)).forms


@given(ANY_TEXT)
@example("One. \ud800 Two.")
def test_sentences_are_trimmed_ordered_slices_that_cover_every_word(text):
    spans = sentences(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    outside = text
    for start, end in reversed(spans):
        assert text[start:end] == text[start:end].strip()
        outside = outside[:start] + outside[end:]
    assert words(outside).forms == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He met the U.S. President. They agreed.", ["He met the U.S. President.", "They agreed."]),
        (
            "HELSINKI (AP) — Mr. Putin spoke at 3 p.m. on Monday.",
            ["HELSINKI (AP) — Mr. Putin spoke at 3 p.m. on Monday."],
        ),
        (
            "Goals:\n- Monitor a ceasefire.\n- Provide support.",
            ["Goals:", "- Monitor a ceasefire.", "- Provide support."],
        ),
        ("Heading Without Stop\nThe text begins. It ends.", ["Heading Without Stop", "The text begins.", "It ends."]),
        ("“We agreed. It was hard,” he said. Then he left.", ["“We agreed. It was hard,” he said.", "Then he left."]),
    ],
)
def test_news_sentences(text, expected):
    assert [text[start:end] for start, end in sentences(text)] == expected


def test_a_hard_wrapped_text_is_not_cut_at_line_ends():
    line = "the quick brown fox jumps over the lazy dog and runs into\n"
    text = "It began when " + line * 5 + "the wood.\n\nA new paragraph."
    assert [text[start:end] for start, end in sentences(text)][-1] == "A new paragraph."
    assert len(sentences(text)) == 2


@pytest.mark.parametrize(
    "text", ["a\u0301" * 50_000, "\u0301\u0316" * 50_000, "ﷺ" * 20_000, " " * 500_000, '"' * 200_000, "Mr. " * 50_000]
)
def test_time_grows_no_faster_than_a_hostile_text(text):
    def read(text):
        words(normalise(text))
        sentences(text)

    assert cpu_growth(read, text[: len(text) // 4], text) < NEARLY_LINEAR


WIDE_SPACES = [chr(point) for point in range(0x80, 0x3001) if chr(point).isspace()]
PARAGRAPH = "Rain fell on T{}. It stopped. Dr. Smith left."


@pytest.mark.parametrize("space", WIDE_SPACES, ids=ascii)
def test_a_lone_capital_before_any_space_and_a_full_stop_is_split_like_any_text(space):
    """sentencex 1.0.27 to 1.0.32 panics here, with an error that is no ``Exception``."""
    text = PARAGRAPH.format(space)
    found = [text[start:end] for start, end in sentences(text)]
    assert "It stopped." in found
    assert found[-1] == "Dr. Smith left."


def test_a_panic_of_the_splitter_costs_its_sentence_and_no_other(monkeypatch):
    """With wide spaces let through, the splitter itself panics, where it still does."""
    monkeypatch.setattr(sentences_module, "_WIDE_SPACE", re.compile("(?!)"))
    text = PARAGRAPH.format("\u00a0")
    assert [text[start:end] for start, end in sentences(text)][-2:] == ["It stopped.", "Dr. Smith left."]


ODD_PIECES = st.sampled_from([*" AtT.!?:;'“”()[]1\n", *WIDE_SPACES, "Mr.", "U.S", "é", "ß", "你"])


@given(st.lists(ODD_PIECES, max_size=40).map("".join))
def test_sentences_of_odd_texts_are_in_order_trimmed_and_hold_every_letter(text):
    spans = sentences(text)
    assert all(start < end and text[start:end].strip() == text[start:end] for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    outside = list(text)
    for start, end in spans:
        outside[start:end] = " " * (end - start)
    assert not "".join(outside).strip()


def test_sentences_beyond_the_limit_are_pieces_that_hold_the_rest_of_the_text():
    most = sentences_module.MAX_SENTENCES
    for text in ("Hi! " * (most + 30_000), "a\n" * (most + 1), "Hi! " * most):
        spans = sentences(text)
        assert spans[:2] == [(0, spans[0][1]), (spans[1][0], spans[1][1])]
        assert "".join(text[start:end] for start, end in spans).replace(" ", "").replace("\n", "") == "".join(
            text.split()
        )
        assert most <= len(spans) <= most + 7
        assert (len(spans) > most) == (len(text.split()) > most)


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("THE AGREE-\nMENT WAS SIGNED", "THE AGREEMENT WAS SIGNED"),
        ("AGREE-\r\n  MENT", "AGREEMENT"),
        ("ДОГО-\nВОР ПОДПИСАН", "ДОГОВОР ПОДПИСАН"),
        ("ÜBEREIN-\nKUNFT", "ÜBEREINKUNFT"),
        ("the AGREE-\nMENT was signed", None),
        ("Mr Smith-\nJones came", None),
        ("US-\nEU TALKS", None),
        ("THE CIA-\nFBI FEUD", None),
        ("COVID-\n19 CASES", None),
        ("AGREE-\n\nMENT", None),
        ("A-\nGREEMENT", None),
        ("-\nMENT", None),
        ("AGREE-\n", None),
    ],
)
def test_a_word_in_capitals_is_joined_where_all_is_in_capitals(text, joined):
    assert join_broken_words(text) == (joined or text)
    assert words(text).forms == words(joined or text).forms
