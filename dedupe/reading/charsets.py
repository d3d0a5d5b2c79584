"""Decode files that are not, or not all, in UTF-8.

Charset               decodes the records of one file that are not UTF-8, all in the same encoding
not_in_utf8(parts)    the lines of a file by which its encoding is detected
detect(evidence)      finds the encoding of texts by their letters
codec_named(name)     the codec for the name of an encoding, as browsers read it

A record that is UTF-8 is decoded as that, whatever the others of its file are. The encoding of all others is looked for
when the first of them is met, so that a file in UTF-8 pays nothing.
"""

from __future__ import annotations

import codecs
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import msgspec

from dedupe.errors import InputError
from dedupe.reading.fields import NOT_UTF8, Repair, Repairs
from dedupe.reading.streams import lines
from dedupe.shipped import read_shipped

WESTERN = "cp1252"

_LATIN = (WESTERN, "cp1250", "iso8859-2", "cp1254", "cp1257")
"""Encodings of languages in Latin letters; the first counts where several are as likely."""

_OTHER = (
    "cp1251", "koi8-r", "iso8859-5", "cp866", "cp1253", "iso8859-7", "cp1255", "iso8859-8", "cp1256", "iso8859-6",
    "cp932", "euc_jp", "gb18030", "big5", "cp949", "cp874",
)  # fmt: skip
"""Encodings of languages in other letters, as far as news is found in them."""

_SHOWN = {
    "iso8859-2": "ISO-8859-2", "iso8859-5": "ISO-8859-5", "iso8859-6": "ISO-8859-6", "iso8859-7": "ISO-8859-7",
    "iso8859-8": "ISO-8859-8", "koi8-r": "KOI8-R", "cp932": "Shift_JIS", "euc_jp": "EUC-JP", "gb18030": "GB18030",
    "big5": "Big5", "cp949": "EUC-KR", "cp866": "CP866",
}  # fmt: skip
"""The names by which encodings are known, where they are not windows- and the number."""

# Browsers read these encodings as larger ones that contain them (WHATWG Encoding Standard).
_AS_BROWSERS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949",
    "shift_jis": "cp932", "iso8859-9": "cp1254", "tis-620": "cp874", "iso8859-11": "cp874",
}  # fmt: skip

_UNKNOWN_TO_PYTHON = {"windows-874": "cp874", "x-sjis": "cp932", "x-gbk": "gb18030", "x-euc-jp": "euc_jp"}
"""Names of encodings that pages declare and Python does not know."""

_ASCII = "{}\n"
"""What every encoding of a file must write as ASCII does."""

_ADVICE = "convert the file to UTF-8, or give --encoding NAME if it is another"

_MOST_EVIDENCE = 2**16
"""Bytes of records that the encoding of a file is detected by."""

_MOST_LOOKED_THROUGH = 2**24
"""Bytes at the beginning of a file in which such records are looked for."""

_MOST_STRETCHES = 1000
"""Pieces of text that are looked at. Each may be in another language."""

_STRETCH = re.compile(rb"[A-Za-z]{0,30}[\x80-\xff][^\r\n]{0,400}[0-9@-\xff]*")
"""A piece of a line from the first byte beyond ASCII on. It does not end inside of a character of two or more bytes."""

_FEWEST_LETTERS = 8
"""Letters beyond ASCII from which on the languages in Latin letters are told apart; fewer are read as windows-1252."""

_MOST_MISFITS = 0.1
"""Most letters of a text in its language that the alphabet of this language lacks, as a share of those beyond ASCII:
names of other languages, and misprints."""

_FEWEST_BYTES = 24
"""Bytes of words beyond ASCII from which on other letters than Latin ones are told apart: some four words."""

# Words of Western languages do not have so many letters beyond ASCII in a row. Cyrillic, Greek or Arabic words do, so
# that their bytes are some other encoding than windows-1252.
_FOREIGN_WORD = re.compile(rb"[\xc0-\xff]{4}")
_CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1f\x7f]")

_ODD_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
"""A word that has letters beyond ASCII, or signs, in an encoding of one byte a letter."""

_MIXED_WORD = re.compile(r"[A-Za-z](?=[\u0370-\u06ff])|[\u0370-\u06ff](?=[A-Za-z])")
"""A place in a word where Latin letters meet Greek, Cyrillic, Hebrew or Arabic ones."""

_SIGN_AT_LETTER = re.compile(
    r"(?<=[^\W\d_])[^\w\s\0-\x9f’‘‚“”„«»‹›–—…·•¡¿§©®™ªº°£€¥\xad\ufffd]|[¹²³¼½¾±¶¬¦´¨¸ˇ˘˛˙˝](?=[^\W\d_])"
)
"""A sign that stands in place of a letter of a word: that nobody writes without a space before it, or behind it."""


class Charset:
    """The encoding of one file, for the records that are not UTF-8.

    ``given`` is its name, where it is known. Otherwise it is detected when it is needed first, by the records that
    ``others`` gives: those of the file that are not UTF-8. Where it gives none, as of a pipe, it is detected by the
    records that came so far. Raises ``InputError`` if no encoding has the name that is given.
    """

    def __init__(self, given: str | None = None, others: Callable[[], Iterable[bytes]] | None = None) -> None:
        self.given = codec_named(given) if given else None
        self._others = others
        self._evidence: list[bytes] = []
        self._bytes = self._bytes_before = 0
        self._grows = True
        self._codec: str | None = None
        self._told: set[Repair] = set()

    def decode(self, raw: bytes) -> tuple[str, Repairs]:
        """Decode a record, as UTF-8 or, where it is none, in the encoding of the file, which is a repair.

        A record that has as many characters in UTF-8 as other bytes beyond ASCII is damaged UTF-8. In it, and where
        no encoding explains the bytes, those that cannot be read become U+FFFD, which is another repair.
        """
        try:
            return raw.decode("utf-8"), ()
        except UnicodeDecodeError:
            replaced = raw.decode("utf-8", "replace")
        if _is_damaged_utf8(raw, replaced):
            return replaced, (NOT_UTF8,)
        codec = self.given or self._detected(raw)
        is_sure = codec not in (None, WESTERN) or self.given is not None
        if not is_sure and (_FOREIGN_WORD.search(raw) or _CONTROLS.search(raw)):
            return replaced, (NOT_UTF8,)
        text = raw.decode(codec or WESTERN, "replace")
        if "\ufffd" in text:
            return text if codec else replaced, (NOT_UTF8,)
        return text, (read_as(codec or WESTERN),)

    def _detected(self, raw: bytes) -> str | None:
        """Return the encoding of the file by what is known of it. It is detected anew where that has doubled."""
        if self._others is not None:
            self._add(self._others())
            self._others = None
            self._grows = self._bytes == 0
        if self._grows and self._bytes < _MOST_EVIDENCE:
            self._add([raw])
        if self._bytes >= 2 * self._bytes_before:
            self._codec, self._bytes_before = detect(self._evidence), self._bytes
        return self._codec

    def _add(self, records: Iterable[bytes]) -> None:
        for record in records:
            self._evidence += _STRETCH.findall(record)
            self._bytes = sum(map(len, self._evidence))

    def is_news(self, repair: Repair) -> bool:
        """Return whether a repair is to be said: always, but in which encoding the file is read only once."""
        if repair[1] != _ADVICE:
            return True
        is_new = repair not in self._told
        self._told.add(repair)
        return is_new


def read_as(codec: str) -> Repair:
    """Return the repair that something was read in an encoding other than UTF-8."""
    name = _SHOWN.get(codec) or re.sub(r"^cp(?=125\d|874)", "windows-", codec)
    return f"invalid UTF-8: read as {name}", _ADVICE


def not_in_utf8(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file that are not in UTF-8, as far as they are needed to detect its encoding."""
    read = found = 0
    for line in lines(parts, _MOST_EVIDENCE):
        read += len(line or b"")
        if line and not line.isascii() and _is_other(line):
            found += len(line)
            yield line
        if found >= _MOST_EVIDENCE or read >= _MOST_LOOKED_THROUGH:
            return


def _is_other(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return not _is_damaged_utf8(line, line.decode("utf-8", "replace"))
    return False


def _is_damaged_utf8(raw: bytes, replaced: str) -> bool:
    in_utf8 = sum(char > "\x7f" for char in raw.decode("utf-8", "ignore"))
    return in_utf8 >= replaced.count("\ufffd")


def codec_named(name: str) -> str:
    """Return the codec for the name of an encoding. Raises ``InputError`` if there is none that begins with ASCII.

    >>> codec_named("windows-1251"), codec_named("Shift_JIS")
    ('cp1251', 'cp932')
    """
    name = _UNKNOWN_TO_PYTHON.get(name.strip().lower(), name)
    try:
        if _ASCII.encode(name) == _ASCII.encode():
            found = codecs.lookup(name).name
            return _AS_BROWSERS.get(found, found)
    except (LookupError, ValueError):  # no such codec, one that is not for texts, or a name with NUL
        pass
    raise InputError(f"no encoding of files has the name {name!r}: give one such as windows-1251, shift_jis or big5")


def detect(evidence: Iterable[bytes]) -> str | None:
    """Return the codec of texts that are not UTF-8, None if they are too short or too odd to tell.

    The evidence is bytes of records, all in one encoding but perhaps in several languages. A text in Latin letters has
    those of one language. For others, charset-normalizer knows how often each letter comes.
    """
    stretches: list[bytes] = []
    left = _MOST_EVIDENCE
    for stretch in (stretch for piece in evidence for stretch in _STRETCH.findall(piece)):
        if left < 0 or len(stretches) == _MOST_STRETCHES:
            break
        stretches.append(stretch[:_MOST_EVIDENCE])
        left -= len(stretch)
    words = [_ODD_WORD.findall(stretch) for stretch in stretches]
    codec = None if _is_foreign(words) else _latin(words)
    if codec is None and sum(len(word) for some in words for word in some) >= _FEWEST_BYTES:
        codec = _not_latin(b"\n".join(stretches))
    return codec


def _is_foreign(words: list[list[bytes]]) -> bool:
    """Return whether most words have more letters beyond ASCII in a row than Western languages."""
    foreign = sum(bool(_FOREIGN_WORD.search(word)) for some in words for word in some)
    return 2 * foreign > sum(map(len, words))


def _latin(words: list[list[bytes]]) -> str | None:
    """Return the encoding in which the words of each text have the letters of one language, None if there is none."""
    found = {codec: [_misfits(b" ".join(some), codec) for some in words] for codec in _LATIN}
    misfits = {codec: sum(bad for bad, _ in pairs) for codec, pairs in found.items()}
    letters = {codec: sum(number for _, number in pairs) for codec, pairs in found.items()}
    best = min(_LATIN, key=misfits.__getitem__) if letters[WESTERN] >= _FEWEST_LETTERS else WESTERN
    return best if misfits[best] <= max(1, _MOST_MISFITS * letters[best]) else None


def _misfits(words: bytes, codec: str) -> tuple[int, int]:
    """Return how many letters no one language has together, and how many letters and odd signs there are.

    Signs in place of a letter, control characters, and bytes that the encoding lacks are no letters of any language.
    """
    text = words.decode(codec, "replace").lower()
    counts = Counter(char for char in text if char.isalpha() and char > "\x7f")
    odd = sum("\x80" <= char < "\xa0" or char == "\ufffd" for char in text)
    odd += len(_SIGN_AT_LETTER.findall(text))
    all_letters = counts.total()
    known = max((sum(counts[char] for char in alphabet) for alphabet in _alphabets()), default=0)
    return all_letters - known + odd, all_letters + odd


@functools.cache
def _alphabets() -> tuple[str, ...]:
    table = msgspec.json.decode(read_shipped("alphabets.json"))
    return tuple(letters for name, letters in table.items() if not name.startswith("_"))


def _not_latin(text: bytes) -> str | None:
    from charset_normalizer import from_bytes  # slow to import, and rarely needed

    found = from_bytes(text, cp_isolation=[*_OTHER, WESTERN], threshold=0.5).best()
    codec = codecs.lookup(found.encoding).name if found is not None else ""
    if codec not in _OTHER:
        return None
    as_read = text.decode(codec, "replace")
    beyond_ascii = [char for char in as_read if char > "\x7f"]
    letters = sum(char.isalpha() and char > "\u036f" for char in beyond_ascii)
    is_text = 2 * letters >= len(beyond_ascii) and len(_MIXED_WORD.findall(as_read)) <= _MOST_MISFITS * letters
    return codec if is_text else None
