"""Tables that are made or read in a quick way hold what the plain way gives."""

import unicodedata

from support import ROOT

from dedupe.kernels.fold_layout import DROPPED, LETTER, MARK, SEPARATOR, SPACELESS
from dedupe.text import fold_table, letters
from dedupe.text.background import load_background
from dedupe.text.words import TABLE_SIZE, attached_points, class_of, classify, code_points, every_character


def test_every_character_stands_at_its_code_point():
    assert every_character() == "".join(map(chr, range(TABLE_SIZE)))


def test_classes_follow_the_unicode_categories_and_the_table():
    table = letters.table()
    dropped, marks, visible, apostrophes = (
        {point for points in letters.code_point_ranges(ranges) for point in points}
        for ranges in (table.dropped, table.marks, table.visible, table.apostrophes)
    )
    for point, kind in enumerate(classify(code_points(every_character())).tolist()):
        char = chr(point)
        category = unicodedata.category(char)
        if point in dropped or (category == "Cf" and point not in visible):
            assert kind == DROPPED
        elif category.startswith("M") or point in marks:
            assert kind == MARK
        elif (char.isalnum() or char == "_") and point not in apostrophes:
            assert kind in {LETTER, SPACELESS}
        else:
            assert kind == SEPARATOR


def test_one_character_has_the_class_that_it_has_in_a_text():
    chars = every_character() + "\U00020000\U0003ffff\U00040000\U000e0041\U000e0100\U000e0fff\U0010ffff"
    classes = classify(code_points(chars))
    assert list(map(class_of, chars)) == classes.tolist()
    assert attached_points().tolist() == (classes[:TABLE_SIZE] >= MARK).nonzero()[0].tolist()


def test_letters_are_folded_once():
    for letter, plain in letters.table().letters.items():
        assert letter == letter.casefold()
        assert letters.plain_letter(plain) == plain


def test_pairs_compose_to_their_character():
    pairs = {
        tuple(unicodedata.normalize("NFD", char)): char
        for char in map(chr, range(TABLE_SIZE))
        if len(unicodedata.normalize("NFD", char)) == 2 and unicodedata.normalize("NFC", char) == char
    }
    found = fold_table._pairs()
    assert all(unicodedata.normalize("NFC", first + second) == char for (first, second), char in found.items())
    hangul = {pair for pair, char in pairs.items() if "가" <= char <= "힣"}
    assert pairs.keys() - hangul <= found.keys()


def test_the_background_is_the_one_of_the_file():
    lines = (ROOT / "dedupe" / "data" / "background_terms.txt").read_text(encoding="utf-8").splitlines()
    (_, articles), *rows = (line.split("\t") for line in lines if not line.startswith("#"))
    background = load_background()
    assert background.articles == int(articles)
    assert background.in_articles == {term: int(count) for term, count in rows}
