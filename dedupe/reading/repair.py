"""Read the text of a field as its publisher showed it: without HTML, entities, and characters that were decoded wrong.

Texts that have none of these, nearly all, are recognised in a microsecond and stay as they are.
"""

from __future__ import annotations

import re

from dedupe.reading.fields import Repairs

ESCAPED_TWICE = ("HTML or entities that were escaped twice: unescaped", "escape the text once")
"""Reason and advice for text such as ``&amp;#8217;``."""

MOJIBAKE = ("UTF-8 that was decoded as another encoding, such as Ã© for é: repaired", "decode the source as UTF-8")
"""Reason and advice for text such as ``Ã©`` in place of é."""

_MOST_LEVELS = 3
"""Feeds escape text once or twice."""

# What UTF-8 looks like in UTF-8 after it was decoded byte by byte: U+00C2 to U+00F4, and then as many characters as the
# byte announces that windows-1252 has for the bytes 80 to BF: one, two or three.
_CONTINUED = (
    rb"(?:\xc2[\x80-\xbf]|\xe2\x80[\x90-\xba]|\xc5[\x92\x93\xa0\xa1\xb8\xbd\xbe]|\xcb[\x86\x9c]|\xe2\x82\xac|\xe2\x84\xa2"
    rb"|\xc6\x92|\xef\xbf\xbd)"
)
_MOJIBAKE = re.compile(rb"\xc3(?:[\x82-\x9f]%b|[\xa0-\xaf]%b{2}|[\xb0-\xb4]%b{3})" % ((_CONTINUED,) * 3))
_CDATA = "<![CDATA["
"""Begins a piece of XML whose text is not escaped, and which is sometimes left around the texts of feeds."""

_MAYBE_TAG = re.compile(rb"<[!/a-zA-Z]")
_MAYBE_ENTITY = re.compile(rb"&#?[a-zA-Z0-9]{1,32};")


def places_to_read(utf8: bytes) -> list[int]:
    """Return where ``readable`` might change texts, which are given one after the other as UTF-8: numbers of bytes."""
    places = []
    for begin, pattern in ((b"<", _MAYBE_TAG), (b"&", _MAYBE_ENTITY), (b"\xc3", _MOJIBAKE)):
        # One byte is found much faster than a pattern.
        place = utf8.find(begin)
        while place >= 0:
            if pattern.match(utf8, place):
                places.append(place)
            place = utf8.find(begin, place + 1)
    return places


def readable(text: str, utf8: bytes = b"", is_html: bool = False) -> tuple[str, Repairs]:
    """Return a text as it was shown, and what was repaired. HTML in it, or a text of entities, is no fault.

    ``utf8`` is the text in UTF-8, where the caller has it. ``is_html`` says that the text is HTML, whatever it looks
    like.
    """
    repairs: Repairs = ()
    if is_html or "<" in text or "&" in text:
        text, levels = _unescaped(text, is_html)
        repairs = (ESCAPED_TWICE,) if levels > 1 else ()
        utf8 = b"" if levels else utf8
    if text.isascii():
        return text, repairs
    utf8 = utf8 or text.encode("utf-8", "replace")
    # One byte is found faster than a pattern, and most English texts do not have it.
    if b"\xc3" in utf8 and _MOJIBAKE.search(utf8):
        repaired = _as_decoded_right(text)
        if repaired != text:
            return repaired, (*repairs, MOJIBAKE)
    return text, repairs


def _unescaped(text: str, is_html: bool) -> tuple[str, int]:
    """Return text without HTML and entities, and how often it was escaped."""
    from dedupe.reading.html import has_markup, text_of_html, without_entities  # not needed for plain text

    if text.lstrip().startswith(_CDATA):
        text = text.replace(_CDATA, "").replace("]]>", "")
    was_html = False
    for level in range(_MOST_LEVELS):
        if not was_html and (is_html or ("<" in text and has_markup(text))):
            was_html, plain = True, text_of_html(text)
        else:
            plain = without_entities(text) if "&" in text else text
        if plain == text:
            return text, level
        text, is_html = plain, False
    return text, _MOST_LEVELS


def _as_decoded_right(text: str) -> str:
    """Repair each line by itself, because quotations and captions come from other sources than the text around them."""
    import ftfy  # slow to import, so only where there is something to repair

    return "".join(ftfy.fix_encoding(line) for line in text.splitlines(keepends=True))
