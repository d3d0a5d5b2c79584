"""Passages: reused parts are bounded to the word, and summaries of a whole text are found."""

from __future__ import annotations

from alignment_checks import OTHER, REPORT, check

from dedupe.alignment.align import align


def test_copied_part_of_a_longer_text_is_bounded_to_the_word() -> None:
    left = f"{OTHER} {REPORT} {OTHER[:80]}"
    right = f"Something else opens this page. {REPORT} And something different closes it."
    found = align(left, right)
    check(left, right, found)
    (passage,) = found.passages
    assert passage.kind == "verbatim"
    assert left[passage.left.start : passage.left.end] == right[passage.right.start : passage.right.end] == REPORT


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


def test_wording_below_the_sentence_is_a_passage() -> None:
    wording = "tonnes of gravel meant for the northern breakwater"
    rest = "were quietly sold to a golf course"
    left = (
        f"The harbour master told the court that {wording} of the new ferry port {rest} owned by his cousin, who denied "
        "everything."
    )
    right = (
        f"{wording.capitalize()} {rest}, wrote a local paper that quoted a diver whose name it did not print on Monday."
    )
    (passage,) = align(left, right).passages
    assert left[passage.left.start : passage.left.end].startswith(wording)
    assert left[passage.left.start : passage.left.end].endswith(rest)


def test_the_name_and_the_office_of_a_person_are_no_passage() -> None:
    name = "the Prime Minister of New Zealand and leader of the Labour Party"
    assert align(f"On Monday {name} went fishing.", f"No comment came from {name}, a clerk wrote.").passages == ()
