"""The language of a text, and what depends on it when terms are read: function words, endings, months and weekdays.

English, for which the package has a table of how common every term is, is read by ``tokens.stem`` alone; of its rules,
only the function words count, by which texts in English are known.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from dedupe.shipped import read_shipped
from dedupe.text.lookalikes import replace_lookalikes
from dedupe.text.tokens import stem, unaccented
from dedupe.text.words import leave_out_hidden, normalise

ENGLISH = "en"

_READ = 2_000
"""Characters of a text by which its language is found."""

LEAST_FUNCTION_WORDS = 0.15
"""A text is in English if at least this share of its words are English function words. Of 12,000 articles of English
news, all have more (.2 in the least); of articles in twelve other languages, none has (.11 at most, Portuguese). Only
texts with fewer are given to the identifier, because its model takes half a second to load."""

FEW_WORDS = 50
"""Texts of fewer words may have many words of English by chance, such as the German "was", "will", "am" and "in". They
are in English only if no other language has more function words in them."""

_LEAST_PROBABILITY = 0.5
"""A text whose language is less probable than this counts as English. Of 1,468 headlines of English news, one is then
taken for German."""

_LETTERS = re.compile(r"[^\W\d_]+")

_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id"}
"""Codes of languages for which the table has another code."""

_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "es": "spanish",
    "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nl": "dutch",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
"""Snowball's name of each language for which it has a stemmer."""

_OWN_SCRIPT = ("bn", "gu", "ka", "km", "kn", "lo", "ml", "my", "pa", "si", "te", "th")
"""Languages without rules that are known by their script."""

_MARKS_TELL_WORDS_APART = ("vi", "hi", "th")
"""Languages whose marks are as good as letters: without them, many words become one."""


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """How the terms of one language are read.

    ``code``: its ISO 639-1 code. ``function_words``: its articles, pronouns, prepositions and so on, which say nothing
    about an event. ``calendar``: its months and weekdays, with their English names. All are written as ``normalise``
    writes them. ``remove_ending`` makes one form of a word's inflected forms.
    """

    code: str
    function_words: frozenset[str]
    calendar: dict[str, str]
    remove_ending: Callable[[str], str]

    def is_function_word(self, form: str) -> bool:
        """Whether a token in lower case is a function word, or several that are joined by apostrophes ("qu'il")."""
        return all(part in self.function_words for part in re.split("['’]", normalise(form)))

    def stem(self, form: str) -> str:
        """The term that a token in lower case stands for."""
        if self.code == ENGLISH:
            return stem(form)
        plain = normalise(form)
        if plain[:1].isdigit():
            return plain.replace(",", "")
        if plain in self.calendar:
            return self.calendar[plain]
        stemmed = normalise(self.remove_ending(leave_out_hidden(replace_lookalikes(form)).replace("’", "'")))
        return (stemmed if self.code in _MARKS_TELL_WORDS_APART else unaccented(stemmed)).replace("'", "") or plain


def language_of(text: str, given: str | None = None) -> str:
    """The language of a text, as a code of ISO 639-1: "en" where nothing shows another.

    ``given``: what its source says, as a code such as "pt" or "pt-BR". Many say "en" of everything, so the text counts
    too: one that is plainly English is English, and the language of one that is said to be English is found.

    >>> language_of("Der Minister sagte am Montag in Berlin, er werde im Herbst zurücktreten.")
    'de'
    >>> language_of("The minister said in Berlin on Monday that he will step down.", "de")
    'en'
    """
    words = _LETTERS.findall(text[:_READ].lower())
    english = sum(map(rules_of(ENGLISH).function_words.__contains__, words))
    if english >= LEAST_FUNCTION_WORDS * len(words) and (len(words) >= FEW_WORDS or english >= _most_of_another(words)):
        return ENGLISH
    code = (given or ENGLISH).lower().replace("_", "-").split("-")[0]
    if code == ENGLISH:
        code, probability = _identifier()(text[:_READ])
        code = code if probability >= _LEAST_PROBABILITY else ENGLISH
    return _SAME.get(code, code)


def _most_of_another(words: Iterable[str]) -> int:
    """How many of some words are function words of one language that is not English, of that which has the most."""
    languages = _languages_of_function_words()
    counts = Counter(code for word in words for code in languages.get(normalise(word), ()))
    return max(counts.values(), default=0)


@functools.cache
def _languages_of_function_words() -> dict[str, list[str]]:
    """The languages other than English in which a word is a function word."""
    languages: dict[str, list[str]] = {}
    for code in _table().keys() - {ENGLISH}:
        for word in rules_of(code).function_words:
            languages.setdefault(word, []).append(code)
    return languages


@functools.cache
def rules_of(code: str) -> Language:
    """How the terms of a language are read. One that is not in the table has no function words and no endings."""
    entry = _table().get(code, {"function_words": "", "calendar": {}})
    return Language(code, frozenset(entry["function_words"].split()), entry["calendar"], _ending_remover(code))


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    """The content of ``data/languages.json``, whose first entry says where it comes from."""
    table: dict[str, dict[str, Any]] = msgspec.json.decode(read_shipped("languages.json"))
    del table["_source"]
    return table


def _ending_remover(code: str) -> Callable[[str], str]:
    """Snowball's stemmer of a language (https://snowballstem.org), or nothing where there is none."""
    if code not in _SNOWBALL:
        return str
    from Stemmer import Stemmer

    remove: Callable[[str], str] = Stemmer(_SNOWBALL[code]).stemWord
    return remove


@functools.cache
def _identifier() -> Callable[[str], tuple[str, float]]:
    """Return the identifier of languages of Lui and Baldwin (langid.py, ACL 2012), as py3langid trained it anew.

    It returns the code of the most probable language of a text and its probability. It knows the languages that have
    rules and some that have scripts of their own. If it knew all it can know, it would take English headlines for
    Nigerian Pidgin.
    """
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted({*_table(), *_SNOWBALL, *_OWN_SCRIPT}))
    classify: Callable[[str], tuple[str, float]] = identifier.classify
    return classify
