"""Sentence matches: a match holds what belongs together, and shared names, page lines and headings are no match."""

from __future__ import annotations

import pytest
from alignment_checks import OTHER, REPORT, check, matched, shown
from hypothesis import given, settings
from hypothesis import strategies as st
from support import SEEDS

from dedupe.alignment.align import Alignment, align


def among(sentence: str, others: str) -> str:
    """A sentence, or several in lines, as a paragraph among others."""
    return f"{others}\n\n{sentence}\n\nThe library opens at nine from Thursday on.\n"


def rows_of(left: str, right: str) -> list[tuple[str, list[str], list[str]]]:
    """The matches of two paragraphs among others: the kind, and the sentences of either side."""
    texts = among(left, REPORT), among(right, OTHER).replace("library opens at nine", "theatre has a new roof")
    found = align(*texts)
    check(*texts, found)
    return [(row.kind, shown(texts[0], row.left), shown(texts[1], row.right)) for row in matched(found)]


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


def test_a_heading_of_words_that_occur_in_a_sentence_is_not_matched() -> None:
    left = "Unresolved Details\nThe ferry timetable is out."
    right = REPORT + " Many important details of the repair plan are still unresolved, Holt added."
    assert not matched(align(left, right))


@pytest.mark.parametrize(
    ("in_left", "in_right"),
    [
        ("'not everyone is ready' to commit", "'not everyone is ready' to commit"),
        ("require parliamentary approval", "require parliamentary approval"),
        ("the very existence of the coalition", "the very existence of the coalition"),
        ("'If they are not ready at all", "'If they are not willing at all"),
        ("'weapons, technologies and intelligence'", "'through weapons, technologies, and intelligence.'"),
        ("citing 'productive' discussions", "described the talks as 'productive,'"),
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


def test_a_sentence_that_adds_no_shared_word_stays_out_of_a_match() -> None:
    left = "The ferry is safe for bicycles, the company said on Monday.\n\nTwo children fed the swans beside the ferry on Monday."
    right = "The ferry is not safe for bicycles, the company said on Monday."
    assert rows_of(left, right) == [("edited", [left.split("\n", maxsplit=1)[0]], [right])]


def test_names_of_the_event_alone_do_not_tie_a_sentence_to_a_match() -> None:
    first = "The plan of Ines Falk and Tom Reed would rebuild the flooded cellars along the quay and widen the lock."
    second = "Senator Ines Falk and Mayor Tom Reed were photographed on Monday in Porto."
    right = "The plan of Senator Ines Falk and Mayor Tom Reed of Porto would rebuild the flooded cellars and the lock."
    ((_, lefts, _),) = rows_of(f"{first}\n\n{second}", right)
    assert lefts == [first]


def test_a_list_of_names_may_be_split_over_two_sentences() -> None:
    first, second = "The prize of the pilots went to Ines Falk of Porto.", "Tom Reed and Lena Voss of Vigo had it, too."
    ((_, lefts, _),) = rows_of(
        f"{first}\n\n{second}", "The prize of the pilots went to Ines Falk of Porto and Tom Reed and Lena Voss of Vigo."
    )
    assert lefts == [first, second]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_identical_sentence_keeps_its_own_row_and_its_repetition_gets_another(order: tuple[int, int]) -> None:
    same = "The council and the ferry company agreed on a new timetable for the islands on Friday evening."
    again = "The council and the company agreed on a timetable for the islands on Friday, it was said again."
    lines = [[same, again][k] for k in order]
    for left, right in ((same, "\n\n".join(lines)), ("\n\n".join(lines), same)):
        rows = rows_of(left, right)
        assert sorted(kind for kind, _, _ in rows) == ["edited", "verbatim"]
        assert ("verbatim", [same], [same]) in rows


def test_words_of_a_repeated_sentence_count_once() -> None:
    sentence = "The council and the ferry company agreed on a new timetable for the islands on Friday evening."
    assert align(f"{sentence}\n\n{sentence}", sentence).left_reused <= 1


@pytest.mark.parametrize(
    "items",
    [
        ["The company has three wishes:", "- fewer empty ferries", "- a second northern quay", "- cheaper diesel fuel"],
        ["The company has three wishes:", "* empty ferries", "* northern quay", "* diesel fuel"],
    ],
)
def test_a_list_of_short_items_matches_the_sentence_it_came_from(items: list[str]) -> None:
    left = "The company has three wishes: fewer empty ferries, a second northern quay and cheaper diesel fuel."
    assert rows_of(left, "\n".join(items)) == [("edited", [left], items)]


def test_a_sentence_merged_from_two_that_stood_far_apart_matches_both() -> None:
    first = "The mayor promised in April that he would publish the report on the broken harbour wall before summer."
    between = "\n\n".join(f"The {word} shop was closed for repairs." for word in ("fish", "flower", "paper", "cheese"))
    second = "Residents wonder whether the council will ever pay for the flooded cellars along the quay."
    right = (
        "The mayor promised in April that he would publish the report on the broken wall, but residents wonder whether "
        "the council will ever pay for the flooded cellars."
    )
    ((_, lefts, rights),) = rows_of(f"{first}\n\n{between}\n\n{second}", right)
    assert (lefts, rights) == ([first, second], [right])


def test_a_cut_sentence_is_found_however_short_it_became() -> None:
    left = (
        "The harbour master resigned on Friday after divers reported that money meant for the lights of the eastern pier "
        "had been spent on a sailing boat."
    )
    (row,) = rows_of(left, "The harbour master resigned on Friday.")
    assert row[0] == "edited"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("March 3, 2019 at 9:15 AM", "Originally published March 4, 2019 at 10:20 am"),
        (
            "Gazette writers Ines Falk and Tom Reed in Porto contributed to this report.",
            "Courier reporter Lena Voss and The Associated Press contributed to this report.",
        ),
        ("By Ines Falk and Tom Reed, Harbour Gazette", "By Ines Falk and Lena Voss, Harbour Gazette"),
        ("(AP Photo/Ines Falk)", "(AP Photo/Ines Falk, File)"),
        ("— Ines Falk (@inesfalk) March 3, 2019", "— Ines Falk (@inesfalk) March 4, 2019"),
        (
            "Mayor Ines Falk and Senator Tom Reed wave to pilots in Porto, Portugal, on Sunday, March 3, 2019.",
            "Mayor Ines Falk, left, and Senator Tom Reed open a bridge in Porto, Portugal, on Monday, March 4, 2019.",
        ),
        (
            "Portuguese Mayor Ines Falk and Spanish Senator Tom Reed shake hands before a meeting in Porto.",
            "Portuguese Mayor Ines Falk and Senator Tom Reed arrive for a meeting in Porto, on March 3, 2019.",
        ),
        (
            "Mayor Ines Falk and Senator Tom Reed met in Porto on Monday to discuss the pier.",
            "Senator Tom Reed and Mayor Ines Falk left Porto on Monday after a dinner at the pier.",
        ),
        ("Falk and Reed meet in Porto for harbour summit", "What Falk and Reed want from the Porto summit"),
    ],
)
def test_page_lines_captions_and_headlines_of_one_event_are_no_match(left: str, right: str) -> None:
    assert rows_of(left, right) == []


def test_a_refused_sentence_says_why() -> None:
    left, right = "Reporting by Ines Falk; editing by Tom Reed", "Reporting by Lena Voss; editing by Tom Reed"
    texts = among(left, REPORT), among(right, OTHER)
    refused = {
        shown(texts[0], row.left)[0]: row.refused for row in align(*texts).sentences if row.left and not row.right
    }
    assert refused[left] == "boilerplate"
    assert refused[REPORT.split(". ")[0] + "."] is None


SENTENCES = REPORT.split(". ") + OTHER.split(". ") + ["By Ines Falk", "The wall", "9 May 2019"]


@given(*[st.lists(st.sampled_from(SENTENCES), max_size=6).map(". ".join)] * 2)
@settings(max_examples=80, deadline=None)
def test_an_alignment_is_the_same_from_either_side(left: str, right: str) -> None:
    def seen(found: Alignment, from_right: bool) -> list[object]:
        rows = [
            (row.kind, row.score, *((row.right, row.left) if from_right else (row.left, row.right)))
            for row in found.sentences
        ]
        passages = [
            (one.kind, *((one.right, one.left) if from_right else (one.left, one.right))) for one in found.passages
        ]
        return [sorted(map(str, rows)), sorted(map(str, passages))]

    there, back = align(left, right), align(right, left)
    assert seen(there, False) == seen(back, True)
    assert (there.left_reused, there.right_reused) == (back.right_reused, back.left_reused)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (
            "総務省は水曜日、携帯電話の料金を引き下げるよう各社に求めた。",
            "環境省は来年、食品の袋の料金を引き下げるよう店に求めた。",
        ),
        ("港务局周一宣布关闭东部码头。", "市政府周三宣布建造新图书馆。"),
        ("Police arrested three men on Friday.", "Police arrested a woman on Tuesday."),
    ],
)
def test_a_verb_or_a_name_that_short_sentences_share_is_no_match(left: str, right: str) -> None:
    assert rows_of(left, right) == []
    assert not matched(align(left, right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (
            "市長は金曜日、港の壁が壊れたため埠頭を閉鎖すると発表した。",
            "市長は金曜日に、壁が壊れた港の埠頭を閉鎖すると発表した。",
        ),
        ("市政府周五宣布关闭东部码头，因为港口的墙出现裂缝。", "因为港口的墙出现裂缝，市政府周五宣布关闭东部码头。"),
    ],
)
def test_a_rewritten_sentence_of_a_script_without_spaces_is_matched(left: str, right: str) -> None:
    assert [row[1:] for row in rows_of(left, right)] == [([left], [right])]


def test_names_and_words_that_any_two_sentences_share_join_no_match() -> None:
    left = (
        "President Ines Falk and Tom Reed, who said hello to reporters on Monday, pose with photographers and children "
        "that stand behind a fence.\n"
        "Falk blamed the province for the broken wall hours before the talks, which took place while the water rose.\n"
        "The bakery near the station closed."
    )
    right = (
        "The president, Ines Falk, said on Monday that the province was to blame for the broken wall, hours before talks "
        "with Tom Reed that took place while the water rose.\nTickets for the concert were sold within a day."
    )
    (row,) = matched(align(left, right))
    assert [text.split()[0:2] for text in shown(left, row.left)] == [["Falk", "blamed"]]


@pytest.mark.parametrize(
    ("cut", "is_match"),
    [
        ("The hospital will close its doors in June.", True),
        ("The hospital, which was built in 1970, will close its doors in June.", True),
        ("The hospital, which was built in 1970 and renovated twice since then.", True),
        ("It will close its doors in June.", False),
        ("The hospital was renovated and will close in June.", False),  # more than one part is left out
    ],
)
def test_a_sentence_that_was_cut_in_one_place_is_a_match_even_alone(cut, is_match):
    whole = (
        "The hospital, which was built in 1970 and renovated twice since then at great cost, "
        "will close its doors in June."
    )
    rows = align(whole, cut).sentences
    assert (rows[0].kind == "edited") == is_match
    assert (rows[0].shortened == "right") == is_match
