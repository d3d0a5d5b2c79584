"""What changed between two matched sentences is said: the class, a cut, and what kind of thing differs."""

from __future__ import annotations

import pytest
from alignment_checks import check
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.alignment.align import SentenceMatch, align


def row_of(left: str, right: str) -> SentenceMatch:
    """The one match of two sentences."""
    found = align(left, right)
    check(left, right, found)
    (row,) = found.sentences
    return row


def marked(left: str, right: str) -> list[tuple[str, str]]:
    """The words that changed, on either side."""
    edits = [edit for edit in row_of(left, right).edits if edit.changes_words]
    return [(left[e.left.start : e.left.end], right[e.right.start : e.right.end]) for e in edits]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+3 percent", "-3 percent"),
        ("\u22123 degrees", "3 degrees"),
        ("£40", "€40"),
        ("40 €", "40 $"),
        ("€ 40", "$ 40"),
        ("40 million €", "40 million $"),
        ("40 M€", "40 M$"),
        ("8%", "8"),
        ("8°C", "8°F"),
        ("8 %", "8 ‰"),
        ("3-1", "3.1"),
        ("2,400", "2.400 million"),
        ("$2 million", "$2 billion"),
        ("two", "three"),
        ("½", "¼"),
        ("2017", "2018"),
    ],
)
def test_another_number_sign_currency_or_unit_is_an_edit_that_is_marked_and_said(old: str, new: str) -> None:
    left, right = (f"The result of the ferry company was {value} in the spring of the year." for value in (old, new))
    row = row_of(left, right)
    assert (row.kind, row.changes, row.shortened) == ("edited", ("number",), None)
    assert marked(left, right)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1,500", "1500"),
        ("5 %", "5%"),
        ("€ 5", "€5"),
        ("2012–13", "2012-13"),
        ("2\u202f500", "2500"),
    ],
)
def test_another_way_to_write_a_number_changes_no_word(old: str, new: str) -> None:
    row = row_of(*(f"The ferry company carried {value} of all passengers last year." for value in (old, new)))
    assert (row.kind, row.changes) == ("verbatim", ())


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("The wall is 90 metres long.", "The wall is 90 feet long."),
        ("The pilots waited for two hours.", "The pilots waited for two days."),
        ("The pilots asked for 90 million euros.", "The pilots asked for 90 million dollars."),
        ("Die Mauer ist 90 Meter lang.", "Die Mauer ist 90 Meilen lang."),
        ("Die Mauer kostet die Stadt 90 Mio. € im Jahr.", "Die Mauer kostet die Stadt 90 Mio. $ im Jahr."),
        ("The wall is 90 m long.", "The wall is 90 million long."),
        ("The wall is 90 km long.", "The wall is 90km2 long."),
        ("The pilots asked for $90m again.", "Again the pilots asked for $90bn."),
        ("Los pilotos esperaron 9 horas.", "Los pilotos esperaron 9 semanas."),
        ("Лоцманы просили 90 миллионов рублей.", "Лоцманы просили 90 миллионов долларов."),
        ("引航员要求三百万元修墙。", "引航员要求五百万元修墙。"),
        ("La obra cuesta 12 millones de euros en total.", "La obra cuesta 12 millones de dólares en total."),
        ("Le mur coûte 12 millions d'euros en tout.", "Le mur coûte 12 millions de dollars en tout."),
        ("Le texte sera débattu le 12 juin au conseil.", "Le texte sera débattu le 12 juillet au conseil."),
        ("Il testo sarà discusso il 5 maggio in consiglio.", "Il testo sarà discusso il 5 marzo in consiglio."),
        ("The harbour opens at 7:15 a.m. for all ships.", "The harbour opens at 7:15 p.m. for all ships."),
        ("The wall cost C$90 million in the end.", "The wall cost A$90 million in the end."),
        ("The wall cost GBP 90 million in the end.", "The wall cost EUR 90 million in the end."),
        ("The price of the wall rose by 7 percent.", "The price of the wall rose by 7 percentage points."),
        ("The water stood at minus three metres.", "The water stood at three metres."),
        ("Thirty-two pilots left the harbour at noon.", "Twenty-three pilots left the harbour at noon."),
        ("港口有四十一名引航员离开。", "港口有一十四名引航员离开。"),
        ("港で三十一人の水先人が去った。", "港で十三人の水先人が去った。"),
    ],
)
def test_another_unit_in_words_is_another_number(left: str, right: str) -> None:
    for row in (row_of(left, right), row_of(right, left)):
        assert row.changes == ("number",)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("The pilots asked for $90 million again.", "Again the pilots asked for 90 million dollars."),
        ("The wall is 90 metres long.", "The old wall is 90 meters long."),
        ("The price of the wall rose by 7 per cent.", "The price of the old wall rose by 7%."),
        ("Le prix du mur augmente de 7 pour cent.", "Le prix du vieux mur augmente de 7 %."),
        ("يبلغ طول الجدار ٣٤ مترا.", "يبلغ طول الجدار القديم 34 مترا."),
        ("The wall is 90 metres (295 feet) long.", "The old wall is 90 metres long."),
        ("The wall is 90 m long.", "The old wall is 90 metres long."),
        ("Le mur mesure 90 m de long.", "Le vieux mur mesure 90 mètres de long."),
        ("The wall is 5km long.", "The old wall is 5 kilometres long."),
        ("The pilots asked for $90m again.", "Again the pilots asked for $90 million."),
        ("The pilots asked for 90 million € again.", "Again the pilots asked for € 90 million."),
        ("The pilots asked for 90 m euros again.", "Again the pilots asked for €90 million."),
        ("Les pilotes demandent 90 M€ de plus.", "Les pilotes demandent encore 90 millions d'euros de plus."),
        ("The ferry carried 90m people in all.", "In all the ferry carried 90 million people."),
        ("The harbour opens at 7pm for ships.", "The old harbour opens at 7 p.m. for ships."),
        ("The wall cost EUR 90 million in the end.", "The old wall cost €90 million in the end."),
        ("The wall cost US$90 million in the end.", "The old wall cost $90 million in the end."),
        ("Thirty-two pilots left the harbour at noon.", "At noon 32 pilots left the harbour."),
        ("港口有四十一名引航员离开了海港。", "港口有41名引航员离开了海港。"),
        ("市政府要求三亿元修墙。", "市政府又要求3亿元修墙。"),
    ],
)
def test_the_same_unit_in_other_words_is_no_change(left: str, right: str) -> None:
    assert row_of(left, right).changes == ()


def test_a_claim_that_became_a_question_is_edited() -> None:
    row = row_of("The mayor signed the letter in March.", "The mayor signed the letter in March?")
    assert (row.kind, row.changes) == ("edited", ("question",))


def test_a_question_that_both_sides_ask_is_no_change() -> None:
    left = "“Will the wall hold?” the pilots asked the mayor of Porto on Monday."
    right = "The pilots asked the mayor of Porto on Monday: “Will the wall hold?”"
    assert "question" not in row_of(left, right).changes


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("The wall did hold during the storm of last week.", "The wall did not hold during the storm of last week."),
        ("The wall didn’t hold during the storm last week.", "The wall did hold during the storm last week."),
        ("The contract is legal in all states of the union.", "The contract is illegal in all states of the union."),
        ("Die Mauer hielt dem Sturm der Woche stand.", "Die Mauer hielt dem Sturm der Woche nicht stand."),
        ("Le mur a tenu pendant la tempête de mardi.", "Le mur n’a pas tenu pendant la tempête de mardi."),
        ("El muro aguantó la tormenta de la semana pasada.", "El muro no aguantó la tormenta de la semana pasada."),
        (
            "Holt denied that the city will sell the two old ships.",
            "Holt said that the city will sell the two old ships.",
        ),
        ("Holt bestritt, dass die Stadt zwei Schiffe verkauft.", "Holt sagte, dass die Stadt zwei Schiffe verkauft."),
        ("壁は先週の嵐に耐えた。", "壁は先週の嵐に耐えなかった。"),
        ("上周城墙经受住了风暴。", "上周城墙没经受住风暴。"),
    ],
)
def test_a_negation_is_said_and_is_no_mere_cut(left: str, right: str) -> None:
    for row in (row_of(left, right), row_of(right, left)):
        assert (row.kind, row.changes, row.shortened) == ("edited", ("negation",), None)


def test_a_negation_in_a_clause_that_was_cut_off_is_none() -> None:
    left = "The ferries will leave from the northern quay until May, because the southern one is not safe for them."
    row = row_of(left, "The ferries will leave from the northern quay until May.")
    assert (row.kind, row.changes, row.shortened) == ("edited", (), "right")


@pytest.mark.parametrize("dots", ["…", "...", " …", " . . .", '…"', "... "])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_cut_that_dots_of_omission_show_is_verbatim(dots: str, side: str) -> None:
    whole = "The ferries will leave from the northern quay until May, because the southern one is not safe for them."
    cut = "The ferries will leave from the northern quay until May" + dots
    row = row_of(whole, cut) if side == "right" else row_of(cut, whole)
    assert (row.kind, row.shortened) == ("verbatim", side)


@pytest.mark.parametrize(
    ("name", "other"), [("Maren Holt", "Iris Vale"), ("Mr. Holt", "Mr. Vale"), ("M. Holt", "M. Vale")]
)
def test_a_name_in_the_place_of_another_is_said(name: str, other: str) -> None:
    row = row_of(*(f"The harbour authority praised {given} for the repairs." for given in (name, other)))
    assert row.changes == ("name",)


def test_a_denial_in_other_words_is_no_negation() -> None:
    row = row_of(
        "The mayor denied all claims of the pilots on Monday.", "On Monday the mayor rejected all claims of pilots."
    )
    assert row.changes == ()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("“The wall is safe for all ships,” Maren Holt said.", "“The wall is safe for all ships,” Iris Vale said."),
        ("“The wall is safe for all ships,” Maren Holt said.", "Iris Vale said: “The wall is safe for all ships.”"),
        ("The wall is safe for all ships, pilots said.", "The wall is safe for all ships, engineers said."),
        ("Die Mauer ist für alle Schiffe sicher, sagte Holt.", "Die Mauer ist für alle Schiffe sicher, sagte Vale."),
        ("The wall is safe for all ships, the pilots said.", "The wall is safe for all ships."),
        ("Porto is safe for all ships, said Holt.", "Porto is safe for all ships, said Vale."),
        ("Holt said Porto was safe for all ships.", "Vale said Porto was safe for all ships."),
        ("« Le mur est sûr », a dit Mme Dubois aux pilotes.", "« Le mur est sûr », a dit M. Dupont aux pilotes."),
        ("«El muro es seguro», dijo el Sr. Ruiz al consejo.", "«El muro es seguro», dijo la Sra. Gil al consejo."),
        ("«El muro es seguro», dijo la jueza Eva Ruiz ayer.", "«El muro es seguro», dijo el piloto Leo Gil ayer."),
        ("« Ce mur paraît très sûr », a déclaré la juge Roy.", "« Ce mur paraît très sûr », a déclaré le pilote Gay."),
        ("«Стена безопасна», — заявил лоцман Иван Белов.", "«Стена безопасна», — заявил судья Олег Чернов."),
    ],
)
def test_another_speaker_is_said(left: str, right: str) -> None:
    assert "attribution" in row_of(left, right).changes


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("“The wall is safe for all ships,” Maren Holt said.", "Maren Holt said: “The wall is safe for all ships.”"),
        ("Holt of the Port Authority said the wall was safe for ships.", "Holt said the wall was safe for all ships."),
        (
            "“The wall is safe,” said chief pilot Holt on Friday.",
            "“The wall is safe,” chief pilot Holt said on Friday.",
        ),
        ("“The wall is safe for ships,” she said ahead of Vale’s talk.", "She said: “The wall is safe for ships.”"),
        ("Holt said the pilots of Vale should trust the wall.", "Holt met the pilots of Vale, saying: trust the wall."),
    ],
)
def test_the_same_speaker_in_another_place_is_no_change(left: str, right: str) -> None:
    assert row_of(left, right).changes == ()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("“The wall is safe for all ships.”", "The wall is safe for all ships."),
        ("He called the wall “a gift to the pilots” on Monday.", "He called the wall a gift to the pilots on Monday."),
        ("He called it “a gift to the pilots” on Monday.", "He called it “a gift to the owners” on Monday."),
        ("「壁はすべての船にとって安全だ」と彼は言った。", "壁はすべての船にとって安全だと彼は言った。"),
    ],
)
def test_quotation_marks_on_one_side_and_other_words_in_them_are_said(left: str, right: str) -> None:
    for row in (row_of(left, right), row_of(right, left)):
        assert row.changes == ("quotation",)


def test_a_cut_inside_of_a_sentence_is_edited_and_shortened() -> None:
    row = row_of("The old and narrow harbour wall broke during the storm.", "The harbour wall broke during the storm.")
    assert (row.kind, row.shortened) == ("edited", "right")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (
            "The harbour labourers criticised the honours programme of the theatre.",
            "The harbor laborers criticized the honors program of the theater.",
        ),
        (
            "The grey tyres of the lorry were analysed at the centre of the ministry of defence.",
            "The gray tires of the lorry were analyzed at the center of the ministry of defense.",
        ),
    ],
)
def test_british_and_american_spelling_are_edited_not_rewritten(left: str, right: str) -> None:
    row = row_of(left, right)
    assert (row.kind, row.changes) == ("edited", ())
    others = ("The library opens at nine.\n\n" * 4, "A diver found an old bell.\n\n" * 4)
    assert "edited" in {row.kind for row in align(others[0] + left, others[1] + right).sentences}


def test_letters_that_look_like_others_are_edited_and_marked() -> None:
    left, right = "The harbour wall broke during the storm.", "The h\u0430rb\u043eur wall broke during the storm."
    assert row_of(left, right).kind == "edited"
    assert [word.strip() for word, _ in marked(left, right)] == ["harbour"]


def test_what_is_not_shown_changes_nothing() -> None:
    row = row_of("The harbour wall broke during the storm.", "The har\u00adbour wall\u200b broke during the storm.")
    assert (row.kind, row.changes) == ("verbatim", ())


PARTS = st.sampled_from(
    "the wall did not hold, Holt said: “It is safe” … -5 +5 $5 5% 1,500 1.5 million no Vale told Monday ? 3-1".split(
        " "
    )
)


@given(st.lists(PARTS, max_size=16).map(" ".join), st.lists(PARTS, max_size=16).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_what_changed_does_not_depend_on_the_side(left: str, right: str) -> None:
    there, back = align(left, right), align(right, left)
    check(left, right, there)
    said = {(row.left, row.right, row.kind, row.changes, row.left_quoted) for row in there.sentences}
    assert said == {(row.right, row.left, row.kind, row.changes, row.right_quoted) for row in back.sentences}


def test_what_share_of_each_side_is_quoted_is_said() -> None:
    left = "“The wall is safe and dry,” Holt said."
    row = row_of(left, "Holt called the wall “safe and dry” on Monday, the harbour company said.")
    assert row.left_quoted == 6 / 8
    assert 0 < row.right_quoted < 0.5


def test_a_partly_quoted_sentence_is_a_quotation_if_what_is_shared_is() -> None:
    row = row_of(
        "Opening the pier on Monday, Mayor Holt said: “It was the pride of our town, and a gift to all sailors.”",
        "In a letter sent on Monday by her office, Holt said that the pier was “the pride of our town” and “a gift to all sailors”.",
    )
    assert row.is_quote


@pytest.mark.parametrize(
    ("left", "right", "is_said"),
    [
        ("On Friday France defeated Croatia in Moscow.", "On Friday Croatia defeated France in Moscow.", True),
        ("France defeated Croatia in the final in Moscow.", "Croatia defeated France in the final in Moscow.", True),
        (
            "The letter that Ana Ruiz sent to Ola Berg was lost.",
            "The letter that Ola Berg sent to Ana Ruiz was lost.",
            True,
        ),
        ("The letter that Ana Ruiz sent to Berg was lost.", "The letter that Berg sent to Ana Ruiz was lost.", True),
        ("On Friday France met Croatia in the final.", "France met Croatia in the final on Friday.", False),
        ("In Moscow, France met Croatia in the final.", "France met Croatia in Moscow in the final.", False),
        ("France met Croatia in the long final.", "France met Croatia in the final.", False),
    ],
)
def test_names_that_stand_in_each_others_places_are_said(left, right, is_said):
    [row] = align(left, right).sentences
    assert row.kind == "edited"
    assert ("name" in row.changes) == is_said
