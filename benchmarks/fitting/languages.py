"""Make ``dedupe/data/languages.json``: the function words and the calendar of each language.

    git clone https://github.com/snowballstem/snowball-website
    pip install babel stopwordsiso
    python -m benchmarks.fitting.languages snowball-website

Function words are those of Snowball's stop lists, which linguists made by hand, and where Snowball has none, those of
stopwords-iso. The names of months and weekdays are those of CLDR, by Babel. Names of several words are left out.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from benchmarks.common import ROOT
from dedupe.text.tokens import MONTHS, WEEKDAYS
from dedupe.text.words import normalise

SNOWBALL = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "id": "indonesian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "ru": "russian", "sv": "swedish",
}  # fmt: skip
ISO = [
    "ar",
    "bg",
    "ca",
    "cs",
    "el",
    "et",
    "fa",
    "he",
    "hi",
    "hr",
    "ja",
    "ko",
    "lt",
    "lv",
    "pl",
    "ro",
    "sk",
    "sl",
    "tr",
    "uk",
    "vi",
    "zh",
]
ORDINALS = {"fr": ("er", "re")}
"""What follows the number of a day where it is a word of its own to us ("1er mai")."""
MORE_LOCALES = {"ar": ("ar_LB", "ar_DZ", "ar_MA"), "de": ("de_AT",)}
"""Countries that call months otherwise."""

SOURCE = (
    "Made by benchmarks/fitting/languages.py. function_words: the stop lists of Snowball (snowballstem.org, BSD) for "
    f"{' '.join(sorted(SNOWBALL))}, of stopwords-iso (MIT) for the others, and French endings of ordinals; of English only those that no other language has. calendar: "
    "months and weekdays of Unicode's CLDR (Unicode License), by Babel, with their English names. Both as "
    "dedupe.text.words.normalise writes words."
)


def snowball_words(folder: Path, name: str) -> Iterable[str]:
    """The words of a stop list of Snowball: the first of each line; what follows "|" is a comment."""
    lines = (folder / "algorithms" / name / "stop.txt").read_text(encoding="utf-8").splitlines()
    return (word for line in lines for word in line.split("|")[0].split())


def iso_words(code: str) -> Iterable[str]:
    """The words of a list of stopwords-iso."""
    import stopwordsiso

    return stopwordsiso.stopwords(code)


def calendar(code: str) -> dict[str, str]:
    """The names of months and weekdays in a language, each with its English name."""
    from babel import Locale

    named: dict[str, str] = {}
    for locale in (Locale.parse(name) for name in (code, *MORE_LOCALES.get(code, ()))):
        for context in ("format", "stand-alone"):
            months, days = locale.months[context]["wide"], locale.days[context]["wide"]
            english = [*MONTHS.split(), *WEEKDAYS.split()]
            names = [*(months[month] for month in range(1, 13)), *(days[day] for day in range(7))]
            named |= {normalise(name.strip()): term for name, term in zip(names, english, strict=True)}
    return {name: term for name, term in sorted(named.items()) if is_word(name)}


def is_word(name: str) -> bool:
    """Whether a name is one word: letters with their marks."""
    return all(unicodedata.category(char)[0] in "LM" for char in name)


def main() -> None:
    """Write the file."""
    folder = Path(sys.argv[1])
    words: dict[str, set[str]] = {}
    names: dict[str, dict[str, str]] = {}
    for code in sorted([*SNOWBALL, *ISO]):
        names[code] = calendar("nb" if code == "no" else code)
        listed = snowball_words(folder, SNOWBALL[code]) if code in SNOWBALL else iso_words(code)
        plain = map(normalise, listed)
        if code == "en":  # "haven" is no "haven't"
            plain = (word for word in plain if "'" not in word)
        parts = (part for word in plain for part in re.split(r"[\s'’.]+", word))
        words[code] = {part for part in parts if part and is_word(part)} - names[code].keys()
        words[code] |= {*ORDINALS.get(code, ())}
    # English is known by the function words that it has alone.
    words["en"] -= set().union(*(own for code, own in words.items() if code != "en"))
    rules = {code: {"function_words": " ".join(sorted(words[code])), "calendar": names[code]} for code in words}
    path = ROOT / "dedupe" / "data" / "languages.json"
    path.write_text(json.dumps({"_source": SOURCE, **rules}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
