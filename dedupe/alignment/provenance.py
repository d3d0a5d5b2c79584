"""What an article says about where it comes from: its date, its publisher, the agencies it prints or cites."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

import msgspec

from dedupe.reading.dates import parse_date
from dedupe.schemas import Article

LONGEST_CREDIT = 100
"""Characters of a photo credit."""

SEARCHED_CHARACTERS = 100_000
"""Credit lines are looked for in this much of a text."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an article says about where it comes from.

    ``is_agency``: the agency the publisher is. ``prints``: agencies whose text it says it prints (dateline, byline,
    copyright line). ``cites``: names it attributes reporting to, without case, blanks and punctuation. Agencies are
    named as in the list.
    """

    published_at: datetime | None
    day_precision: bool
    publisher: str | None
    is_agency: str | None
    prints: tuple[str, ...]
    cites: frozenset[str]


class _Agency(msgspec.Struct, frozen=True):
    name: str
    aliases: list[str]
    domains: list[str]


class _Form(msgspec.Struct, frozen=True):
    form: str
    pattern: str


class _CreditLines(msgspec.Struct, frozen=True):
    source: str
    agencies: list[_Agency]
    printed: list[_Form]
    cited: str
    citing: str
    dateline_words: list[str]
    photo_credit: str


@dataclass(frozen=True, slots=True)
class _Rules:
    printed: tuple[re.Pattern[str], ...]
    cited: re.Pattern[str]
    citing: re.Pattern[str]
    by_name: dict[str, str]
    by_domain: dict[str, str]
    squeezed_names: dict[str, frozenset[str]]
    dateline_words: frozenset[str]
    photo_credit: re.Pattern[str]


@functools.cache
def credit_rules() -> _Rules:
    """The patterns of ``data/credit_lines.json``, and agencies by every name and domain."""
    text = resources.files("dedupe").joinpath("data/credit_lines.json").read_bytes()
    lines = msgspec.json.decode(text, type=_CreditLines)
    by_name = {alias: agency.name for agency in lines.agencies for alias in (agency.name, *agency.aliases)}
    # The longest name first: "Australian Associated Press" is not the Associated Press.
    names = "|".join(re.escape(name) for name in sorted(by_name, key=lambda name: (-len(name), name)))
    return _Rules(
        tuple(re.compile(form.pattern.replace("{agency}", f"({names})"), re.MULTILINE) for form in lines.printed),
        re.compile(lines.cited),
        re.compile(lines.citing),
        by_name,
        {domain: agency.name for agency in lines.agencies for domain in agency.domains},
        {a.name: frozenset(map(_squeezed, (a.name, *a.aliases))) for a in lines.agencies},
        frozenset(lines.dateline_words),
        re.compile(lines.photo_credit),
    )


def provenance(article: Article) -> Provenance:
    """What an article's fields and text say about its origin. A date that cannot be read counts as none.

    >>> found = provenance(Article("a", text="OSLO (AP) — It snowed, Reuters reported.", publisher="Gazette"))
    >>> found.prints, "reuters" in found.cites
    (('Associated Press',), True)
    """
    rules = credit_rules()
    text = article.text[:SEARCHED_CHARACTERS]
    printed = {rules.by_name[found.group(1)] for pattern in rules.printed for found in pattern.finditer(text)}
    cites = {name for found in rules.cited.finditer(text) for name in _beginnings(found.group(1))}
    cites |= {name for found in rules.citing.finditer(text) for name in _endings(found.group(1))}
    try:
        at, day_precision = parse_date(article.published_at) if article.published_at is not None else (None, False)
    except ValueError:
        at, day_precision = None, False
    agency = _agency_of(article.publisher)
    return Provenance(at, day_precision, article.publisher, agency, tuple(sorted(printed)), frozenset(cites))


def is_dateline(forms: Sequence[str]) -> bool:
    """Whether a sentence, given as normal forms of its words, says only when or by which agency it was published.

    >>> is_dateline(["updated", "july", "16", "2018", "6", "52", "am"]), is_dateline(["july", "was", "hot"])
    (True, False)
    """
    words = credit_rules().dateline_words
    return bool(forms) and all(form in words or form[0].isdigit() for form in forms)


def is_photo_credit(sentence: str) -> bool:
    """Whether a sentence only says who took a picture.

    >>> is_photo_credit("Brendan Smialowski, AFP/Getty Images"), is_photo_credit("He spoke to Reuters")
    (True, False)
    """
    return len(sentence) <= LONGEST_CREDIT and credit_rules().photo_credit.fullmatch(sentence) is not None


def common_source(left: Provenance, right: Provenance) -> str | None:
    """The agency both articles say they print; None where there is none, or where one of the publishers is it."""
    shared = set(left.prints) & set(right.prints) - {left.is_agency, right.is_agency}
    return min(shared) if shared else None


def _agency_of(publisher: str | None) -> str | None:
    """The agency a publisher is, by name or domain."""
    if not publisher:
        return None
    rules = credit_rules()
    host = re.sub(r"^(?:https?://)?(?:www\.)?", "", publisher.strip().lower()).partition("/")[0]
    return rules.by_name.get(publisher.strip()) or rules.by_domain.get(host)


@functools.lru_cache(4096)
def squeezed_publisher(publisher: str | None) -> str:
    """A publisher's name as texts would cite it: "www.washingtonpost.com/politics" and "CNN (Web News)" lose the
    rest."""
    if not publisher:
        return ""
    name = re.sub(r"^(?:https?://)?(?:www\.)?|/.*$|\(.*?\)| - .*$", "", publisher.strip())
    if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", name):
        name = re.sub(r"(?:\.(?:com?|org|net|gov|edu))?\.[a-z]{2,6}$", "", name.lower()).rpartition(".")[2]
    return _squeezed(name)


def _squeezed(name: str) -> str:
    """A name without case, blanks, punctuation, article and genitive."""
    bare = re.sub(r"['’]s\b", "", name.strip().rstrip("'’"))
    return re.sub(r"[\W_]+", "", re.sub(r"^the\s+", "", bare, flags=re.IGNORECASE)).lower()


def _beginnings(words: str) -> list[str]:
    """Squeezed names a run of capitalised words may begin with: after "told CNN Monday" CNN is one."""
    parts = words.split()
    return [name for k in range(1, len(parts) + 1) if (name := _squeezed(" ".join(parts[:k])))]


def _endings(words: str) -> list[str]:
    """Squeezed names a run of capitalised words may end with."""
    parts = words.split()
    return [name for k in range(len(parts)) if (name := _squeezed(" ".join(parts[k:])))]
