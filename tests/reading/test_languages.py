"""What reading promises about languages: however a file names one, an article has its code."""

import pytest
from article_files import load, write_jsonl
from hypothesis import given
from hypothesis import strategies as st

from dedupe.reading.languages import language_code

NAMED = {
    "en": ["en", "EN", "eng", "ENG", "English", "english", "en-US", "en_GB", "en-GB-oxendict", "en_GB.UTF-8", "English (US)",
           "English, United Kingdom", "British English", "in English", "en; en-US"],
    "de": ["deu", "ger", "German", "Deutsch", "de-AT", "Swiss German"],
    "fr": ["fre", "fra", "Français", "fr_CA"],
    "zh": ["zh-Hans", "zh-Hant-TW", "zh_CN", "chi", "zho", "cmn", "Chinese (Simplified)", "中文", "zh-cn"],
    "pt": ["pt-BR", "por", "Português", "Brazilian Portuguese"],
    "he": ["he", "iw", "heb", "עברית"],
    "id": ["in", "id", "ind", "Indonesian"],
    "sr": ["sr-Latn", "srp", "Српски", "sh"],
    "no": ["no", "nor", "Norwegian"],
    "nb": ["nb-NO", "nob", "Norwegian Bokmål"],
    "fa": ["per", "fas", "Farsi", "Persian"],
    "ja": ["jpn", "日本語", "ja-JP"],
    "fil": ["fil"],
    "und": ["und"],
    "multilingual": ["multilingual"],
    "xx-DE": ["xx-DE"],
    "": [""],
}  # fmt: skip


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, names in NAMED.items() for name in names])
def test_a_language_has_one_code(code, name):
    assert language_code(name) == code


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_stays(text):
    assert language_code(text) == text or (2 <= len(language_code(text)) <= 3 and language_code(text).isascii())
    assert language_code(language_code(text)) == language_code(text)


def test_articles_have_codes(tmp_path):
    path = write_jsonl(tmp_path / "x.jsonl", {"text": "a", "lang": " en_US "}, {"text": "b", "lang": ""}, {"text": "c"})
    assert [article.language for article in load(path)[0]] == ["en", None, None]
