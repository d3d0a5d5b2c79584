"""Alignment: spans are exact, differences replay, and what belongs together is found without matching fragments."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SEEDS

from dedupe.alignment.align import Alignment, SentenceMatch, align, align_tokenized
from dedupe.alignment.edits import replay
from dedupe.alignment.paraphrase import join_profiles, paraphrase_probability, profiles
from dedupe.alignment.tokenized import Span, pair_texts, tokenize
from dedupe.text.boilerplate import are_boilerplate
from dedupe.text.quotations import quotations

REPORT = (
    "The harbour authority closed both piers on Tuesday after engineers found cracks in the eastern wall. "
    "Repairs will cost 4.2 million euros and last until the end of October, director Maren Holt said. "
    "Ferries to the islands leave from the fishing dock until then. "
    "Residents had complained about the state of the wall for nine years."
)
OTHER = (
    "A museum in the old town has bought seven letters by the painter Jonas Reuter. "
    "They were written in 1911 and describe his winter in Tangier. "
    "The letters go on display in March, together with sketches from the same journey."
)


def shown(text: str, spans: tuple[Span, ...]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


def matched(found: Alignment) -> list[SentenceMatch]:
    return [row for row in found.sentences if row.left and row.right]


def check(left: str, right: str, found: Alignment) -> None:
    """What holds for every alignment of every two texts."""
    for row in found.sentences:
        assert (row.kind == "new") == (not row.left or not row.right)
        assert row.left or row.right
        assert 0 <= row.score <= 1
        if row.kind != "new":
            assert replay(left, row.left, right, row.edits) == "".join(shown(right, row.right))
    for text, side in ((left, "left"), (right, "right")):
        spans = sorted((s.start, s.end) for row in found.sentences for s in getattr(row, side))
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        assert sum(end - start for start, end in spans) >= sum(not c.isspace() for c in text)
        assert 0 <= getattr(found, f"{side}_reused") <= 1
    for passage in found.passages:
        assert 0 <= passage.left.start < passage.left.end <= len(left)
        assert 0 <= passage.right.start < passage.right.end <= len(right)


@pytest.mark.parametrize("left", ["", "   \n", "word", "...", "?! — “”", REPORT])
@pytest.mark.parametrize("right", ["", "   \n", "word", "...", "?! — “”", REPORT])
def test_empty_one_word_and_punctuation_only_texts_align(left: str, right: str) -> None:
    found = align(left, right)
    check(left, right, found)
    if left != right:
        assert not matched(found)
        assert found.passages == ()
        assert found.left_reused == found.right_reused == 0


def test_an_identical_text_is_one_verbatim_passage_and_all_verbatim_sentences() -> None:
    found = align(REPORT, REPORT)
    assert [row.kind for row in found.sentences] == ["verbatim"] * 4
    assert all(row.edits == () and row.score == 1 for row in found.sentences)
    assert [(p.kind, p.left, p.right) for p in found.passages] == [
        ("verbatim", Span(0, len(REPORT)), Span(0, len(REPORT)))
    ]
    assert found.left_reused == found.right_reused == 1
    assert not found.is_partial


def test_mixed_scripts_align() -> None:
    left = "Президент прибыл в Париж во вторник утром. 総理大臣は火曜日にパリに到着した。 अध्यक्ष मंगलवार को पहुंचे।"
    right = "वे चले गए। Президент прибыл в Париж в среду утром. 総理大臣は火曜日にパリに到着した。"
    found = align(left, right)
    check(left, right, found)
    assert {row.kind for row in matched(found)} == {"verbatim", "edited"}


def test_unrelated_texts_share_nothing() -> None:
    found = align(REPORT, OTHER)
    assert {row.kind for row in found.sentences} == {"new"}
    assert found.passages == ()


def test_case_and_punctuation_are_differences_but_not_of_words() -> None:
    left, right = "The “old” Pier was closed, again and again.", "the old pier was closed again and again"
    (row,) = align(left, right).sentences
    assert row.kind == "verbatim"
    assert row.edits
    assert not any(edit.changes_words for edit in row.edits)
    assert replay(left, row.left, right, row.edits) == right


def test_an_edited_sentence_shows_the_changed_words() -> None:
    left = "Repairs will cost 4.2 million euros and last until the end of October."
    right = "Repairs will cost 5.1 million euros and last until the end of November."
    (row,) = align(left, right).sentences
    assert row.kind == "edited"
    changed = [
        (left[e.left.start : e.left.end], right[e.right.start : e.right.end]) for e in row.edits if e.changes_words
    ]
    assert changed == [("4.2", "5.1"), ("October", "November")]


def test_a_list_matches_the_sentence_it_became() -> None:
    left = (
        "The plan has four parts.\n- Rebuild the eastern harbour wall.\n- Dredge the shipping channel twice a year.\n"
        "- Move the fish market to the northern quay.\n- Hire twelve more pilots.\nWork starts in May."
    )
    right = (
        "Nobody asked the residents. Under the plan the town would rebuild the eastern wall of the harbour, dredge the "
        "shipping channel twice a year, move the fish market to the northern quay, and hire twelve more pilots."
    )
    found = align(left, right)
    check(left, right, found)
    (row,) = matched(found)
    assert shown(left, row.left) == [line for line in left.split("\n") if line.startswith("-")]
    assert len(row.right) == 1


def test_a_heading_of_words_that_occur_in_a_sentence_is_nobodys_copy() -> None:
    left = "Unresolved Details\nThe ferry timetable is out."
    right = REPORT + " Many important details of the repair plan are still unresolved, Holt added."
    assert not matched(align(left, right))


def test_a_shared_quotation_is_marked() -> None:
    left = "The mayor came late.\n“We will not wait another nine years for a safe harbour wall,” she said."
    right = "“We will not wait another nine years for a safe harbour wall.”\nThe meeting was short."
    (row,) = matched(align(left, right))
    assert row.is_quote
    assert not row.is_boilerplate


def test_boilerplate_is_marked() -> None:
    footer = "The post Piers Closed Again appeared first on Harbour News."
    found = align(f"{REPORT}\n\n{footer}", f"{OTHER}\n\n{footer}")
    assert [row.is_boilerplate for row in matched(found)] == [True]


def test_copied_part_of_a_longer_text_is_bounded_to_the_word() -> None:
    left = f"{OTHER} {REPORT} {OTHER[:80]}"
    right = f"Something else opens this page. {REPORT} And something different closes it."
    found = align(left, right)
    check(left, right, found)
    (passage,) = found.passages
    assert passage.kind == "verbatim"
    assert left[passage.left.start : passage.left.end] == right[passage.right.start : passage.right.end] == REPORT


def test_both_directions_find_the_same() -> None:
    left, right = (SEEDS / name for name in ("003_0b1f6f713b302656.txt", "004_c5266b4a31ecb91c.txt"))
    texts = [path.read_text(encoding="utf-8") for path in (left, right)]
    there, back = align(*texts), align(*reversed(texts))
    assert {(row.left, row.right, row.kind) for row in there.sentences} == {
        (row.right, row.left, row.kind) for row in back.sentences
    }
    assert (there.left_reused, there.right_reused) == (back.right_reused, back.left_reused)


@pytest.mark.parametrize(
    ("in_left", "in_right"),
    [
        ("'not everyone is ready' to commit", "'not everyone is ready' to commit"),
        ("require parliamentary approval", "require parliamentary approval"),
        ("the very existence of the coalition", "the very existence of the coalition"),
        ("'If they are not ready at all", "'If they are not willing at all"),
        ("'weapons, technologies and intelligence'", "'through weapons, technologies, and intelligence.'"),
        ("citing 'productive' discussions", "described the talks as 'productive,'"),
        ("Steve Witkoff and Jared Kushner", "envoys Steve Witkoff and Jared Kushner"),
        ("security guarantees from Washington", "firm assurances from Washington"),
        ("effective mechanisms to monitor a ceasefire", "five critical priorities"),
        ("ongoing support for Ukraine's armed forces", "five critical priorities"),
        ("multinational military force", "five critical priorities"),
        ("Securing concrete commitments", "five critical priorities"),
        ("long-term defence cooperation", "five critical priorities"),
    ],
)
def test_rewritten_sentences_of_the_seeds_are_found(in_left: str, in_right: str) -> None:
    left = (SEEDS / "003_0b1f6f713b302656.txt").read_text(encoding="utf-8")
    right = (SEEDS / "004_c5266b4a31ecb91c.txt").read_text(encoding="utf-8")
    found = align(left, right)
    check(left, right, found)
    assert any(
        in_left in " ".join(shown(left, row.left)) and in_right in " ".join(shown(right, row.right))
        for row in matched(found)
    )


def test_no_heading_of_the_seeds_is_matched() -> None:
    left = (SEEDS / "003_0b1f6f713b302656.txt").read_text(encoding="utf-8")
    right = (SEEDS / "004_c5266b4a31ecb91c.txt").read_text(encoding="utf-8")
    for row in matched(align(left, right)):
        assert all(len(sentence.split()) >= 5 for sentence in shown(left, row.left) + shown(right, row.right))


def test_wordings_read_once_give_the_same_alignment() -> None:
    left, right = tokenize(REPORT), tokenize(f"{OTHER} {REPORT}")
    assert align_tokenized(left, right) == align(left.text, right.text)


def test_likeness_is_symmetric_and_highest_for_the_same_words() -> None:
    left, right = profiles(pair_texts(tokenize("The pier is closed today."), tokenize("Today the pier was closed.")))
    one, other = left[0], right[0]
    there, back, same = paraphrase_probability([one, other, one], [other, one, one]).tolist()
    assert there == back < same
    assert join_profiles([one, other]).words == one.words + other.words


def test_lone_surrogates_and_nul_bytes_align() -> None:
    left, right = f"\ud800 {REPORT}\x00", f"{REPORT} \udfff\x00 {OTHER}"
    found = align(left, right)
    check(left, right, found)
    assert len(found.passages) == 1


def test_one_word_repeated_is_bounded() -> None:
    left, right = "word " * 60_000, "word " * 50_000
    found = align(left, right)
    check(left, right, found)


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
def test_boilerplate_is_page_furniture_and_not_news(sentence: str, expected: bool) -> None:
    assert are_boilerplate(sentence, [(0, len(sentence))]) == (expected,)


WORDS = st.sampled_from(
    "harbour wall ferry Ferry mayor said the The of 4.2 café 漢字 слово क्षि e\u0301 😀 'quoted' . , — \n".split(" ")
)
TEXTS = st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=80)


@given(TEXTS, TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_two_texts_give_exact_spans_and_differences_that_replay(left: str, right: str) -> None:
    check(left, right, align(left, right))


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_any_text_is_verbatim_with_itself(text: str) -> None:
    assert {row.kind for row in align(text, text).sentences} <= {"verbatim"}


@given(st.lists(st.sampled_from(REPORT.split(". ") + OTHER.split(". ")), min_size=1, max_size=8), st.data())
@settings(max_examples=60, deadline=None)
def test_edited_news_replays(sentences: list[str], data: st.DataObject) -> None:
    left = ". ".join(sentences)
    words = left.split(" ")
    dropped = data.draw(st.sets(st.integers(0, len(words) - 1), max_size=6))
    right = " ".join(word for k, word in enumerate(words) if k not in dropped)
    check(left, right, align(left, right))


def test_a_summary_of_the_whole_other_text_is_one_passage() -> None:
    source = (
        "Torrential rain flooded the lower valley of the Arle on Sunday night. Firefighters brought forty families from "
        "their houses in rubber boats. Nobody was hurt, although a farmer spent six hours on the roof of his barn. "
        "The railway between Morsum and Keitum stays closed, because a landslide buried two hundred metres of track. "
        "Engineers expect to clear it by Thursday if the weather holds. Schools used their gymnasiums as shelters, and "
        "bakers from three villages delivered bread without charge. The water company asked everybody to boil drinking "
        "water until laboratory tests are finished. Insurers put the damage at nine million euros, most of it to the "
        "paper mill, whose warehouse collapsed. Its manager, Greta Lohmann, said production would not start again "
        "before spring. The regional government promised emergency loans, and its premier visited the shelters on "
        "Monday morning. Meteorologists had warned of the storm two days earlier, but the sirens failed. A technician "
        "found that mice had bitten through a cable. The opposition called for an inquiry, and the fire brigade asked for "
        "donations of blankets. By evening the river had fallen by eighty centimetres, and the first families from the "
        "lower valley went home."
    )
    summary = (
        "Damage from the flood is put at nine million euros, and the paper mill will not start production before spring. "
        "A landslide closed the railway between Morsum and Keitum until at least Thursday. Rain had flooded the lower "
        "Arle valley on Sunday night. The sirens failed because mice had bitten through a cable."
    )
    left = f"{OTHER} {REPORT} {summary} {OTHER}"
    found = align(left, source)
    check(left, source, found)
    (passage,) = [p for p in found.passages if p.kind == "summary"]
    assert left[passage.left.start : passage.left.end] == summary
