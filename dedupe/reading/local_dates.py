"""Rewrite long dates of some languages, which no library reads, so that their parts stand in the usual order.

Thai counts years from the death of the Buddha, 543 years before ours. Latvian and Lithuanian put the year first, with a
word behind it.
"""

from __future__ import annotations

import re

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

_THAI = (
    ("มกราคม", "ม.ค."), ("กุมภาพันธ์", "ก.พ."), ("มีนาคม", "มี.ค."), ("เมษายน", "เม.ย."), ("พฤษภาคม", "พ.ค."),
    ("มิถุนายน", "มิ.ย."), ("กรกฎาคม", "ก.ค."), ("สิงหาคม", "ส.ค."), ("กันยายน", "ก.ย."), ("ตุลาคม", "ต.ค."),
    ("พฤศจิกายน", "พ.ย."), ("ธันวาคม", "ธ.ค."),
)  # fmt: skip
"""The months, with their short forms."""

_THAI_MONTH = {name: month for names, month in zip(_THAI, _MONTHS, strict=True) for name in names}
_THAI_NAME = re.compile("|".join(map(re.escape, sorted(_THAI_MONTH, key=len, reverse=True))))

_THAI_LETTER = re.compile(r"[\u0e01-\u0e4e]")

# The day of the week, "the" before the day, the eras, "time" before the clock and "o'clock" behind it.
_THAI_BESIDE = re.compile(
    r"(?:วัน)?(?:จันทร์|อังคาร|พุธ|พฤหัสบดี|พฤหัสฯ|ศุกร์|เสาร์|อาทิตย์)|(?:วัน)?ที่|พ\.?ศ\.?(?=\s*\d)|ค\.?ศ\.?(?=\s*\d)|เวลา|น\.|,"
)

_BUDDHIST_YEAR = re.compile(r"(?<!\d)2[4-7]\d\d(?!\d)")
_BUDDHIST_YEARS = 543

_LATVIAN_STEMS = (
    "janvār", "februār", "mart", "aprīl", "maij", "jūnij", "jūlij", "august", "septembr", "oktobr", "novembr",
    "decembr",
)  # fmt: skip
"""The beginnings of the names of the months, which have several endings."""

# 2024. gada 25. aprīlī, plkst. 10:30
_LATVIAN = re.compile(r"(\d{4})\.?\s*g(?:ada|\.)\s*(\d{1,2})\.\s*(\w+)\.?,?(?:\s*plkst\.?)?", re.IGNORECASE)

# 2024 m. balandžio 25 d., ketvirtadienis, 10:30 val.
_LITHUANIAN = re.compile(
    r"(\d{4})\s*m(?:\.|etų)\s*(\w+?)(?:\s+mėn\.)?\s+(\d{1,2})\s*d(?:\.|ieną)(?:,?\s*\w*dien\w*\b)?,?", re.IGNORECASE
)
_LITHUANIAN_CLOCK = re.compile(r"(?<=\d)\s*val\.")


def in_usual_order(text: str, language: str | None = None) -> str:
    """Return a date with day, month and year of our era in this order, if it is written in one of these languages.

    ``language``: the code of the language of the article, if it is known. Other text stays as it is.

    >>> in_usual_order("25 เม.ย. 2567"), in_usual_order("2024 m. balandžio 25 d."), in_usual_order("25/04/2567", "th")
    ('25 April 2024', '25 balandžio 2024', '25/04/2024')
    """
    if language == "th" or _THAI_LETTER.search(text):
        return _from_thai(text)
    if latvian := _LATVIAN.search(text):
        found = (
            month for month, stem in zip(_MONTHS, _LATVIAN_STEMS, strict=True) if latvian[3].lower().startswith(stem)
        )
        month = next(found, latvian[3])
        return f"{text[: latvian.start()]}{latvian[2]} {month} {latvian[1]}{text[latvian.end() :]}"
    if lithuanian := _LITHUANIAN.search(text):
        behind = _LITHUANIAN_CLOCK.sub("", text[lithuanian.end() :])
        return f"{text[: lithuanian.start()]}{lithuanian[3]} {lithuanian[2]} {lithuanian[1]}{behind}"
    return text


def _from_thai(text: str) -> str:
    plain = "".join(str(int(char)) if char.isdecimal() else char for char in text)
    months = _THAI_NAME.sub(lambda name: f" {_THAI_MONTH[name[0]]} ", plain)
    years = _BUDDHIST_YEAR.sub(lambda year: str(int(year[0]) - _BUDDHIST_YEARS), months)
    return " ".join(_THAI_BESIDE.sub(" ", years).split()) if years != plain else text
