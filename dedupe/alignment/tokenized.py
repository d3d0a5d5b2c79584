"""Tokenize a text for alignment, and number the terms of two texts in one vocabulary.

Everything else in this room works on the result: a ``TokenizedText`` holds the words and sentences of one text with
their offsets, a ``TextPair`` holds two of them. A text that takes part in several alignments is tokenized only once.

A *term* is the first six characters of a word's normal form. The room compares words by their terms, so that "pier"
and "piers" are different terms but "announce" and "announced" are the same. In scripts written without spaces, where a
word is a character, its term is the character with the next one.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedupe.alignment.page_lines import CLOSING, is_page_line
from dedupe.alignment.word_classes import has_capital_nouns, word_classes
from dedupe.arrays import F64, I32, I64, U32, U64, Bools
from dedupe.kernels import DEFAULT
from dedupe.kernels.fold_layout import SPACELESS
from dedupe.kernels.records import SLACK
from dedupe.text.boilerplate import are_boilerplate
from dedupe.text.language import ENGLISH, rules_of
from dedupe.text.quotations import quotations
from dedupe.text.sentences import MIXED, sentences, split_language
from dedupe.text.words import Words, classify, code_points, words

STEM_CHARACTERS = 6
"""Length of a term in characters of the word's normal form. 5, 6 and 7 differ by less than 0.002 plagdet on PAN tune,
the tuning half of the PAN-2013 training corpus (``benchmarks/alignment/pan13.py``)."""

MIN_PLAIN_LETTERS = 4
"""Lower-case words of fewer letters are mostly "of" and "the"."""

YEAR_DIGITS = 4

_ENDING = (".", "!", "?", "…", ":", ";", "—", "。", "！", "？", "؟", "।", "։", "።")
"""Marks that end what is no headline, caption or item."""

HASH_SEED = 1
"""The seed of the hashes by which terms are compared."""

MOSTLY = 0.5

MIN_QUOTED = 0.5
"""A sentence counts as a quotation if more than this share of its words stands inside quotation marks."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open interval of a text in code points: ``text[span.start : span.end]`` cuts it out."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class TokenizedText:
    """The words and sentences of one text, ready for alignment. Two of them are equal only if they are one object.

    ``text``: the original. ``sentences``: their spans, in order.
    ``starts``, ``ends``: int32[words], the half-open span of every word in code points.
    ``forms``: the normal form of every word.
    ``sentence_words``: int64[sentences + 1]. Sentence k holds the words [``sentence_words[k]``,
    ``sentence_words[k + 1]``), which may be none; every word belongs to the sentence it begins in.
    ``sentence_sizes``: int64[sentences], the number of words of each.
    ``stem_keys``: uint64[stems], a hash of each distinct term. ``word_stems``: int32[words], the position of every
    word's term in them.
    ``word_quoted``: bool[words], whether a word stands inside quotation marks. ``quoted_share``: float64[sentences],
    the share of a sentence's words that do.
    ``full_stems``: bool[stems], whether a word of a term is not just a short word in lower case, with fewer letters
    than ``MIN_PLAIN_LETTERS``. ``plain_stems``: whether moreover it is neither a name nor a number: it begins in lower
    case, or its script has none. ``wording_stems``: whether moreover it says something: it is no function word of the
    language, no title such as "president", and no verb of speech.
    ``is_spaceless``: bool[sentences], most of its words are characters of a script written without spaces.
    ``is_open``: bool[sentences], no mark of punctuation ends the sentence, as with headlines, captions and items.
    ``is_dated``: bool[sentences], it has a date with its year, as captions have.
    ``boilerplate``: for each sentence, whether a rule of ``dedupe.text.boilerplate`` calls it boilerplate, or it is a
    line of the page (``dedupe.alignment.page_lines``).
    """

    text: str
    sentences: tuple[Span, ...]
    starts: I32
    ends: I32
    forms: list[str]
    sentence_words: I64
    sentence_sizes: I64
    stem_keys: U64
    word_stems: I32
    plain_stems: Bools
    full_stems: Bools
    wording_stems: Bools
    word_quoted: Bools
    quoted_share: F64
    is_spaceless: Bools
    is_open: Bools
    is_dated: Bools
    boilerplate: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class TextPair:
    """Two tokenized texts whose terms are numbered in one vocabulary.

    ``left_terms``, ``right_terms``: int64[words], the term of every word. ``terms``: the size of the vocabulary; every
    term is below it. ``frequency``: float64[terms], the share of the words of both texts that have this term.
    ``plain``, ``full``, ``wording``: bool[terms], what ``TokenizedText.plain_stems``, ``full_stems`` and
    ``wording_stems`` say, of either text.
    """

    left: TokenizedText
    right: TokenizedText
    left_terms: I64
    right_terms: I64
    terms: int
    plain: Bools
    full: Bools
    wording: Bools


def tokenize(text: str, language: str | None = "en") -> TokenizedText:
    """Tokenize a text. ``language`` is a code such as "en" that chooses the sentence splitter's rules (None: found).

    A text without words has no terms. A text of white space alone has no sentences either.
    """
    found = words(text)
    spans = sentences(text, language)
    first = np.searchsorted(found.starts, np.array([start for start, _ in spans], np.int64))
    sentence_words = np.append(first, len(found.forms))
    sizes = np.diff(sentence_words)
    spaceless = _are_spaceless(text, found)
    stems = [form[:STEM_CHARACTERS] for form in (_with_next(found, spaceless) if spaceless.any() else found.forms)]
    numbers = {stem: number for number, stem in enumerate(dict.fromkeys(stems))}
    word_stems = np.array([*map(numbers.__getitem__, stems)], np.int32)
    word_quoted = _are_quoted(text, found.starts)
    return TokenizedText(
        text,
        tuple(Span(start, end) for start, end in spans),
        found.starts.astype(np.int32),
        found.ends.astype(np.int32),
        found.forms,
        sentence_words,
        sizes,
        _keys(list(numbers)),
        word_stems,
        *_word_kinds(text, found, word_stems, len(numbers), language),
        word_quoted,
        _shares(word_quoted, sentence_words, sizes),
        _shares(spaceless, sentence_words, sizes) > MOSTLY,
        np.array([not text[start:end].rstrip(CLOSING).endswith(_ENDING) for start, end in spans], bool),
        _are_dated(found, sentence_words),
        tuple(
            is_known or is_page_line(text[start:end], found.forms[a:b])
            for is_known, (start, end), (a, b) in zip(
                are_boilerplate(text, spans), spans, pairwise(sentence_words.tolist()), strict=True
            )
        ),
    )


def _keys(stems: list[str]) -> U64:
    """A hash of each term, by which the terms of two texts are found to be the same: uint64[stems]."""
    letters = np.frombuffer("\0".join([*stems, "\0" * SLACK]).encode(), np.uint8)
    return DEFAULT.word_hashes(letters, np.array([0, letters.size - SLACK]), HASH_SEED)[0]


def _are_spaceless(text: str, found: Words) -> Bools:
    """For each word, whether it is a character of a script written without spaces."""
    if text.isascii():
        return np.zeros(found.starts.size, bool)
    return np.asarray(classify(code_points(text)[found.starts]) == SPACELESS)


def _with_next(found: Words, spaceless: Bools) -> list[str]:
    """The forms of the words, each character of a script without spaces together with the next one beside it.

    A single character stands in too many words to say that two sentences share one.
    """
    forms = list(found.forms)
    pairs = spaceless[:-1] & spaceless[1:] & (found.ends[:-1] == found.starts[1:])
    for k in np.flatnonzero(pairs).tolist():
        forms[k] += found.forms[k + 1]
    return forms


def _word_kinds(
    text: str, found: Words, word_stems: I32, stems: int, language: str | None
) -> tuple[Bools, Bools, Bools]:
    """For each term, whether any of its words is plain, full, or wording; see ``TokenizedText``."""
    firsts = code_points(text)[found.starts]
    lower, upper, alphabetic = _letter_cases(firsts)
    is_long = found.ends - found.starts >= MIN_PLAIN_LETTERS
    caseless = alphabetic & ~lower & ~upper
    if has_capital_nouns(found.forms):
        lower |= upper
    plain, full, wording = np.zeros((3, stems), bool)
    is_plain = (lower & is_long) | caseless
    plain[word_stems[is_plain]] = True
    full[word_stems[~lower | is_long]] = True
    closed = _closed_class(language or split_language(text))
    is_open = np.fromiter((form not in closed for form in found.forms), bool, len(found.forms))
    wording[word_stems[is_plain & is_open]] = True
    return plain, full, wording


@functools.cache
def _closed_class(language: str) -> frozenset[str]:
    """The words of a language that any two sentences may share: function words such as "with", titles, and "said"."""
    code = language.lower().replace("_", "-").partition("-")[0]
    words = word_classes()
    return rules_of(ENGLISH if code == MIXED else code).function_words | words.titles | words.speech


def _letter_cases(points: U32) -> tuple[Bools, Bools, Bools]:
    """For each code point whether it is a lower-case letter, a capital, any letter."""
    lower, upper = (points >= ord("a")) & (points <= ord("z")), (points >= ord("A")) & (points <= ord("Z"))
    alphabetic = lower | upper
    for k in np.flatnonzero(points >= 128).tolist():
        char = chr(points[k])
        lower[k], upper[k], alphabetic[k] = char.islower(), char.isupper(), char.isalpha()
    return lower, upper, alphabetic


def _are_dated(found: Words, sentence_words: I64) -> Bools:
    """For each sentence, whether it has a date with its year: a year behind a day and a month, in either order."""
    forms, calendar = found.forms, word_classes().calendar
    years = [
        k
        for k in np.flatnonzero(found.ends - found.starts == YEAR_DIGITS).tolist()
        if k >= 2
        and forms[k].isdigit()
        and any(forms[day].isdigit() and forms[month] in calendar for day, month in ((k - 2, k - 1), (k - 1, k - 2)))
    ]
    dated = np.zeros(sentence_words.size - 1, bool)
    dated[np.searchsorted(sentence_words, years, "right") - 1] = True
    return dated


def _shares(flags: Bools, sentence_words: I64, sizes: I64) -> F64:
    """For each sentence, the share of its words that have a flag; 0.0 without words."""
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(flags)))
    return np.diff(before[sentence_words]) / np.maximum(1, sizes)


def _are_quoted(text: str, starts: I64) -> Bools:
    """For each word, whether it begins inside quotation marks. ``starts``: where the words begin."""
    spans = np.array(quotations(text), np.int64).reshape(-1, 2)
    borders = np.searchsorted(starts, spans.ravel())
    # The number of open quotations rises by one at the first word of each and falls by one behind its last.
    change = np.zeros(starts.size + 1, np.int64)
    np.add.at(change, borders[0::2], 1)
    np.add.at(change, borders[1::2], -1)
    return np.cumsum(change[:-1]) > 0


def pair_texts(left: TokenizedText, right: TokenizedText) -> TextPair:
    """Number the terms of two tokenized texts in one vocabulary, the terms of the left text first."""
    of_right, terms = DEFAULT.number_keys(left.stem_keys, right.stem_keys)
    kinds = np.zeros((3, terms), bool)
    kinds[:, : left.stem_keys.size] = left.plain_stems, left.full_stems, left.wording_stems
    kinds[:, of_right] |= np.stack((right.plain_stems, right.full_stems, right.wording_stems))
    return TextPair(left, right, left.word_stems.astype(np.int64), of_right[right.word_stems], terms, *kinds)
