"""Which pairs of pieces are kept."""

from dedupe.alignment import candidates, passages, sentences, similarity, summaries
from dedupe.alignment.similarity import compare_pieces
from dedupe.alignment.tokenized import pair_texts, tokenize


def test_no_rule_asks_for_pairs_of_pieces_that_are_left_out():
    cosines = candidates.MIN_COSINE, passages.SEED_COSINE, summaries.SUMMARY_SEED_COSINE
    assert min(cosines) >= similarity.LEAST_COSINE  # the rules that ask for a cosine and for something else
    assert candidates.SAFE_DICE >= similarity.LEAST_DICE
    assert min(candidates.WHOLE, sentences.MIN_ITEM_CONTAINED) >= similarity.LEAST_HELD


def compared(left, right):
    pair = pair_texts(tokenize(left), tokenize(right))
    return compare_pieces(pair, pair.left.sentence_words, pair.right.sentence_words)


def test_texts_without_words_and_without_common_words_have_no_pairs():
    for left, right in (("", ""), ("", "It rained."), ("…", "!"), ("Boats left.", "It rained.")):
        assert compared(left, right).left.size == 0
    assert compared("Boats left.", "It rained.").left_best.tolist() == [0.0]


def test_sentences_that_share_one_common_word_of_many_are_left_out():
    left = "The harbour wall of Alderby was repaired in spring."
    right = "The committee meets again on a Thursday in autumn to hear from residents of three villages."
    found = compared(f"{left} Nobody paid.", f"{left} {right}")
    assert list(zip(found.left.tolist(), found.right.tolist(), strict=True)) == [(0, 0)]
    assert 0 < found.right_best[1] < similarity.LEAST_COSINE
