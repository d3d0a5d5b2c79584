"""Read what an article says about its origin: its date, its publisher, and the agencies it prints or cites.

The patterns are in ``data/credit_lines.json``. ``dedupe.alignment.direction`` and the audit decide by the result which
of two articles came first.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from dedupe.article import Article
from dedupe.reading.dates import parse_date
from dedupe.shipped import read_shipped

LONGEST_PUBLISHER = 300
"""Most characters of what is read as the name or address of a publisher, which bounds the time."""

LONGEST_NAMES = 166
"""Most characters of what stands before "reported" in the pattern ``citing``."""

_REPORT = re.compile(r"report(?:ed|s)\b")

SEARCHED_CHARACTERS = 100_000
"""Credit lines are searched in the first so many characters of a text, which bounds the time."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an article says about its origin. Agencies are named as in ``data/credit_lines.json``.

    - ``published_at``: the publication time, None if unknown or unreadable.
    - ``day_precision``: the time is a date without a time of day.
    - ``publisher``: the article's publisher as given.
    - ``is_agency``: the agency that the publisher is, None if it is none of the list.
    - ``prints``: the agencies whose text the article says it prints (dateline, byline, contribution or copyright line),
      in alphabetical order.
    - ``cites``: names that the text attributes reporting to, normalised as ``normalised_publisher`` does. A run of
      capitalised words gives several possible names, most of which name no publisher.
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
    cited_after: list[str]
    cited: str
    citing: str
    edition_words: list[str]


@dataclass(frozen=True, slots=True)
class _Rules:
    """The compiled patterns. ``agencies`` matches any name of an agency; ``by_name`` and ``by_domain`` give an agency,
    ``normalised_names`` all names of one."""

    printed: tuple[re.Pattern[str], ...]
    agencies: re.Pattern[str]
    cited_after: tuple[str, ...]
    cited: re.Pattern[str]
    citing: re.Pattern[str]
    by_name: dict[str, str]
    by_domain: dict[str, str]
    normalised_names: dict[str, frozenset[str]]
    edition_words: frozenset[str]


@functools.cache
def credit_rules() -> _Rules:
    """The rules of ``data/credit_lines.json``, compiled once."""
    lines = msgspec.json.decode(read_shipped("credit_lines.json"), type=_CreditLines)
    by_name = {alias: agency.name for agency in lines.agencies for alias in (agency.name, *agency.aliases)}
    # The longest name first: "Australian Associated Press" is not the Associated Press.
    names = "|".join(re.escape(name) for name in sorted(by_name, key=lambda name: (-len(name), name)))
    return _Rules(
        tuple(re.compile(form.pattern.replace("{agency}", f"({names})"), re.MULTILINE) for form in lines.printed),
        re.compile(names),
        tuple(lines.cited_after),
        re.compile(lines.cited),
        re.compile(lines.citing),
        by_name,
        {domain: agency.name for agency in lines.agencies for domain in agency.domains},
        {a.name: frozenset(map(_normalised, (a.name, *a.aliases))) for a in lines.agencies},
        frozenset(lines.edition_words),
    )


def provenance(article: Article) -> Provenance:
    """Read the provenance of an article from its fields and its text. A date that cannot be read counts as none.

    >>> found = provenance(Article("a", text="OSLO (AP) — It snowed, Reuters reported.", publisher="Gazette"))
    >>> found.prints, "reuters" in found.cites
    (('Associated Press',), True)
    """
    rules = credit_rules()
    text = article.text[:SEARCHED_CHARACTERS]
    named = _lines_with_agencies(text)
    printed = {rules.by_name[found.group(1)] for pattern in rules.printed for found in pattern.finditer(named)}
    cites = {name for found in _citations(text) for name in _names_at_start(found.group(1))}
    cites |= {name for names in _who_reported(text) for name in _names_at_end(names)}
    try:
        at, day_precision = parse_date(article.published_at) if article.published_at is not None else (None, False)
    except ValueError:
        at, day_precision = None, False
    agency = _agency_of(article.publisher)
    return Provenance(at, day_precision, article.publisher, agency, tuple(sorted(printed)), frozenset(cites))


def _lines_with_agencies(text: str) -> str:
    """The lines that name an agency; the patterns of credit lines look at no others, and they are few."""
    lines: list[str] = []
    end = 0
    for found in credit_rules().agencies.finditer(text):
        if found.start() >= end:
            begin = text.rfind("\n", 0, found.start()) + 1
            end = text.find("\n", found.end())
            end = len(text) if end < 0 else end
            lines.append(text[begin:end])
    return "\n".join(lines)


def _who_reported(text: str) -> Iterator[str]:
    """The names before "reported", as ``citing`` finds them; the pattern looks at nothing else, which is faster."""
    done = 0
    for verb in _REPORT.finditer(text):
        for found in credit_rules().citing.finditer(text, max(done, verb.start() - LONGEST_NAMES), verb.end() + 1):
            yield found.group(1)
            done = found.end()


def _citations(text: str) -> Iterator[re.Match[str]]:
    """The matches of ``cited`` behind one of the words that it follows."""
    rules = credit_rules()
    for words in rules.cited_after:
        place = text.find(words)
        while place >= 0:
            found = rules.cited.match(text, place + len(words))
            if found:
                yield found
            place = text.find(words, place + 1)


def common_source(left: Provenance, right: Provenance) -> str | None:
    """The agency from which both articles have their text; None if there is none.

    It is the agency that both publishers are, such as two sites of Reuters, or else one that both say they print, the
    first by name if there are several. An agency that only one of the publishers is does not count: then the other
    article has its text from there.
    """
    if left.is_agency and left.is_agency == right.is_agency:
        return left.is_agency
    shared = set(left.prints) & set(right.prints) - {left.is_agency, right.is_agency}
    return min(shared) if shared else None


def _agency_of(publisher: str | None) -> str | None:
    """The agency that a publisher is, by its domain, or its name with or without an edition; None if it is none."""
    if not publisher or len(publisher) > LONGEST_PUBLISHER:
        return None
    rules = credit_rules()
    host = re.sub(r"^(?:https?://)?(?:www\.)?", "", publisher.strip().lower()).partition("/")[0]
    parents = (host.split(".", place)[-1] for place in range(host.count(".")))  # "uk.reuters.com" is Reuters too
    by_domain = next(filter(None, map(rules.by_domain.get, parents)), None)
    name = " ".join(re.sub(r"[()\[\]|,:–—-]", " ", publisher).split())
    return by_domain or _agency_by_name(name) or _agency_by_name(name.removeprefix("The ").removesuffix(".com"))


def _agency_by_name(name: str) -> str | None:
    """The agency of a name such as "Reuters", "AP News" or "Reuters UK"."""
    rules = credit_rules()
    words = name.split(" ")
    for size in range(len(words), 0, -1):
        agency = rules.by_name.get(" ".join(words[:size]))
        if agency and all(word.lower().strip(".") in rules.edition_words for word in words[size:]):
            return agency
    return None


@functools.lru_cache(4096)
def normalised_publisher(publisher: str | None) -> str:
    """A publisher's name reduced to what other texts would call it, for comparing names; "" if there is none.

    >>> normalised_publisher("www.washingtonpost.com/politics"), normalised_publisher("The CNN (Web News)")
    ('washingtonpost', 'cnn')
    """
    if not publisher or len(publisher) > LONGEST_PUBLISHER:
        return ""
    name = re.sub(r"^(?:https?://)?(?:www\.)?|/.*$|\(.*?\)| - .*$", "", publisher.strip())
    if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", name):
        name = re.sub(r"(?:\.(?:com?|org|net|gov|edu))?\.[a-z]{2,6}$", "", name.lower()).rpartition(".")[2]
    return _normalised(name)


def _normalised(name: str) -> str:
    """A name in lower case, without blanks, punctuation, a leading "the" and a genitive."""
    bare = re.sub(r"['’]s\b", "", name.strip().rstrip("'’"))
    return re.sub(r"[\W_]+", "", re.sub(r"^the\s+", "", bare, flags=re.IGNORECASE)).lower()


def _names_at_start(words: str) -> list[str]:
    """The normalised names that may stand at the start of capitalised words: "CNN" in "CNN Monday"."""
    parts = words.split()
    return [name for k in range(1, len(parts) + 1) if (name := _normalised(" ".join(parts[:k])))]


def _names_at_end(words: str) -> list[str]:
    """The normalised names that may stand at the end of capitalised words: "Reuters" in "Later Reuters"."""
    parts = words.split()
    return [name for k in range(len(parts)) if (name := _normalised(" ".join(parts[k:])))]
