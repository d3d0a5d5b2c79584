"""What pages print around an article: made-up title suffixes, biographies, consent texts, photo credits and link lists.

``DRESSINGS`` are the ways in which the articles of a collection are given such furniture. It says nothing about an event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Row = dict[str, Any]

PUBLISHER = "The Alderby Times"

UNKNOWN_BIOGRAPHY = (
    "\n\nJon Harrow joined The Alderby Times in 2011 after ten years in local radio. He grew up by the harbour, keeps bees "
    "and has written two books about the history of the herring fleet, the second of which was filmed."
)
UNKNOWN_NOTICE = (
    "Wir und unsere Geschäftspartner benötigen Ihre Zustimmung, um Inhalte und Anzeigen auf Sie zuzuschneiden und deren "
    "Wirkung zu messen. Dabei werden Kennungen auf Ihrem Gerät abgelegt. Sie können der Verarbeitung widersprechen oder "
    "Ihre Auswahl später ändern. Weitere Angaben finden Sie in unserer Erklärung zum Schutz Ihrer Daten.\n\n"
)
"""Furniture of which no pattern of the program knows the words."""

SUFFIX = f" | {PUBLISHER}"
BIOGRAPHY = (
    "\n\nMarta Quillfeather is a senior correspondent of The Alderby Times, where she has covered politics, business and "
    "the courts since 2004. She taught journalism at Wexcombe College, won the Harrow Prize twice and lives in Alderby "
    "with two cats. Write to her at quillfeather@alderby.example."
)
CONSENT = (
    "We value your privacy. The Alderby Times and its 214 partners store and read information on your device, such as "
    "cookies, and process personal data, such as unique identifiers, to show personalised advertisements, to measure how "
    "they perform, to learn about our readers and to improve our services. With your permission we and our partners may "
    "use precise location data and identify your device by scanning it. You may click to agree to this processing as "
    "described above, or open the settings to refuse or to change your choice before you agree. Some processing may not "
    "need your agreement, but you have a right to object to it. Read our privacy notice and our cookie policy.\n\n"
)
PHOTO_CREDIT = "Photo: Gregor Lindqvist / Northlight Pictures via Alderby Press Agency\n"
LINKS = (
    "\n\nREAD MORE: Council votes to close Alderby swimming baths\nREAD MORE: Ferry strike leaves thousands stranded\n"
    "READ MORE: Ten recipes for a rainy weekend\nREAD MORE: Mayor Tolliver denies claims over harbour contract\n"
    "READ MORE: Rovers sign Brazilian striker for record fee"
)


def with_suffix(row: Row) -> Row:
    """The row with the suffix in its title."""
    return row | {"title": f"{row['title']}{SUFFIX}"}


def with_biography(row: Row) -> Row:
    """The row with the biography below its text."""
    return row | {"text": row["text"] + BIOGRAPHY}


def with_consent(row: Row) -> Row:
    """The row with the consent text above its text."""
    return row | {"text": CONSENT + row["text"]}


def with_photo_credit(row: Row) -> Row:
    """The row with the photo credit above its text."""
    return row | {"text": PHOTO_CREDIT + row["text"]}


def with_links(row: Row) -> Row:
    """The row with the list of links below its text."""
    return row | {"text": row["text"] + LINKS}


def with_unknown(row: Row) -> Row:
    """The row with a notice above its text and a biography below it whose words no pattern knows."""
    return row | {"text": UNKNOWN_NOTICE + row["text"] + UNKNOWN_BIOGRAPHY}


def on_all(dress: Callable[[Row], Row]) -> Callable[[list[Row]], list[Row]]:
    """Give furniture to all articles."""
    return lambda rows: [dress(row) for row in rows]


def on_two(dress: Callable[[Row], Row]) -> Callable[[list[Row]], list[Row]]:
    """Give furniture to the first two articles."""
    return lambda rows: [dress(row) for row in rows[:2]] + rows[2:]


DRESSINGS: dict[str, Callable[[list[Row]], list[Row]]] = {
    "title suffix": on_all(with_suffix),
    "title suffix on two": on_two(with_suffix),
    "biography": on_all(with_biography),
    "biography on two": on_two(with_biography),
    "consent text": on_all(with_consent),
    "consent text on two": on_two(with_consent),
    "unknown words": on_all(with_unknown),
    "unknown words on two": on_two(with_unknown),
    "photo credit": on_all(with_photo_credit),
    "photo credit on two": on_two(with_photo_credit),
    "link list": on_all(with_links),
    "link list on two": on_two(with_links),
}

PUBLISHERS: dict[str, Callable[[Row], Row]] = {
    "one publisher": lambda row: row | {"source": PUBLISHER},
    "own publishers": lambda row: row,
    "no publishers": lambda row: row | {"source": None},
}
"""Who is said to have published the articles."""
