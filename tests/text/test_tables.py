"""Tables that are made or read in a quick way hold what the plain way gives."""

import unicodedata

from support import ROOT

from dedupe.kernels.fold_layout import LETTER, MARK, SEPARATOR, SPACELESS
from dedupe.text import fold_table
from dedupe.text.background import load_background
from dedupe.text.words import TABLE_SIZE, classify, code_points, every_character


def test_every_character_stands_at_its_code_point():
    assert every_character() == "".join(map(chr, range(TABLE_SIZE)))


def test_classes_follow_the_unicode_categories():
    for point, kind in enumerate(classify(code_points(every_character())).tolist()):
        char = chr(point)
        if unicodedata.category(char).startswith("M"):
            assert kind == MARK
        elif char.isalnum() or char == "_":
            assert kind in {LETTER, SPACELESS}
        else:
            assert kind == SEPARATOR


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
