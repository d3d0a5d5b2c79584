"""Finds page furniture: what a page prints around an article. It is no evidence that two articles belong together.

Site names in titles, lists of links, biographies, consent and subscription texts, photo credits. Whatever compares
articles leaves it out; the articles themselves stay as they are. There are two ways to know it:

1. ``boilerplate`` knows the words of what nearly every publisher prints. One article is enough for that
   (``without_boilerplate``).
2. Everything else is found by repetition, which works for every publisher and language: runs of words that articles of
   one publisher share (``repeated_words``), what articles of any publishers share at their beginning or their end
   (``shared_edges``), and parts of titles (``plain_titles``).

The idea of filtering by repetition comes from Churnalism (Media Standards Trust).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U64, Bools
from dedupe.kernels import DEFAULT, Backend, ranges
from dedupe.kernels.ragged import ragged_offsets
from dedupe.text.boilerplate import boilerplate_spans
from dedupe.text.words import normalise

RUN_WORDS = 8
"""Shortest run of words that counts as repeated. Shorter runs are often names and phrases that report one event."""

EDGE_WORDS = 200
"""How many words at the beginning and the end of an article are compared with those of all publishers."""

TITLE_SHARE = 1 / 3
"""Two articles with the same beginning may be one report if their titles share this part of their words."""

MANY_ALIKE = 50
"""More articles than these do not share the lead of one report."""

_SEPARATOR = re.compile(r"\s*[|»·•]\s*|\s+[-–—:]\s+|:\s+")
"""What stands between the parts of a title: "Opinion | Let the buses run late - The Alderby Times"."""

_ANY_SEPARATOR = re.compile(r"[|»·•:–—-]")
"""A character that every separator has. It is found much faster than a separator."""

_WORD = re.compile(r"\w")

_LONGEST_TITLE = 300
"""Longest first line, in characters, that is read as the title of an article without one."""


def without_boilerplate(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the texts without the boilerplate that patterns know.

    >>> without_boilerplate(pa.chunked_array([["The ferry sank. Subscribe now."]])).to_pylist()
    ['The ferry sank. ']
    """
    found = boilerplate_spans(texts)
    if not found:
        return texts
    whole = texts.combine_chunks()
    pieces, done = [], 0
    for row, spans in found.items():
        pieces += [whole[done:row], pa.array([_cut(whole[row].as_py(), spans)], texts.type)]
        done = row + 1
    return pa.chunked_array([pa.concat_arrays([*pieces, whole[done:]])])


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    """The text without some spans, which are in order."""
    borders = [0, *(border for span in spans for border in span), len(text)]
    return "".join(text[start:end] for start, end in zip(borders[::2], borders[1::2], strict=True))


def plain_titles(titles: Sequence[str], publishers: Sequence[str | None] | None = None) -> list[str]:
    """Return the titles without the parts that titles of different articles share, such as the name of a site.

    The longest part of a title always stays (ties: the first). Another part is left out if titles with another longest
    part have it too, or if it is the name of the publisher. ``publishers``: of each article, if known.

    >>> plain_titles(["Ferry runs aground | The Alderby Times", "Bank raises rates | The Alderby Times"])
    ['Ferry runs aground', 'Bank raises rates']
    """
    split = [TitleParts(title) for title in titles]
    beside: dict[str, set[str]] = defaultdict(set)
    for parts in split:
        for key in parts.beside():
            beside[key].add(parts.headline)
    names = publishers or [None] * len(titles)
    return [parts.without(lambda key: len(beside[key]) > 1, name) for parts, name in zip(split, names, strict=True)]


class TitleParts:
    """A title, and its parts that have a word.

    ``keys`` are the parts in normal form, and ``headline`` is the longest of them (ties: the first), "" if there is
    none.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._spans = _parts(title)
        self.keys = [normalise(title[start:end]) for start, end in self._spans]
        self.headline = max(self.keys, key=len, default="")

    def beside(self) -> list[str]:
        """Return the other parts than the headline, in normal form."""
        return [key for key in self.keys if key != self.headline]

    def without(self, is_shared: Callable[[str], bool], publisher: str | None) -> str:
        """Return the title without the other parts that are shared, or the name of the publisher."""
        name = normalise(publisher or "")
        kept = [
            span
            for span, key in zip(self._spans, self.keys, strict=True)
            if key == self.headline or not (key == name or is_shared(key))
        ]
        if len(kept) == len(self._spans):
            return self.title
        return " ".join(self.title[start:end] for start, end in kept)


def plain_headlines(
    titles: Sequence[str], texts: Iterable[str], publishers: Sequence[str | None]
) -> tuple[list[str], Iterator[str]]:
    """Return titles and texts with ``plain_titles``. If an article has no title, the first line of its text is one.

    ``texts`` are gone through twice, the second time while the new texts are taken, so that not all of them need to be
    in memory at once.
    """
    headlines = [headline_of(title, text) for title, text in zip(titles, texts, strict=True)]
    plain = plain_titles(headlines, publishers)
    changed = (
        with_plain_headline(title, text, old, new)[1]
        for title, text, old, new in zip(titles, texts, headlines, plain, strict=True)
    )
    kept = [new if title.strip() else title for title, new in zip(titles, plain, strict=True)]
    return kept, changed


def headline_of(title: str, text: str) -> str:
    """The title of an article, or the first line of its text if it has none; "" if that is too long for a title."""
    headline = title if title.strip() else _headline(text)
    return headline if len(headline) <= _LONGEST_TITLE else ""


def with_plain_headline(title: str, text: str, headline: str, plain: str) -> tuple[str, str]:
    """Return title and text with a ``plain`` headline in place of ``headline``, which ``headline_of`` returned."""
    if title.strip():
        return plain, text
    return title, text if plain == headline else f"{plain}{text.strip()[len(headline) :]}"


def _headline(text: str) -> str:
    """The first line of a text, or "" if it is too long for a title."""
    text = text.strip()
    end = text.find("\n")
    length = len(text) if end < 0 else end
    return text[:length] if length <= _LONGEST_TITLE else ""


def _parts(title: str) -> list[tuple[int, int]]:
    """The spans of the parts of a title that have a word."""
    if not _ANY_SEPARATOR.search(title):
        return [(0, len(title))] if _WORD.search(title) else []
    borders = [0, *(border for found in _SEPARATOR.finditer(title) for border in found.span()), len(title)]
    return [
        (start, end) for start, end in zip(borders[::2], borders[1::2], strict=True) if _WORD.search(title, start, end)
    ]


def repeated_words(
    words: U64,
    offsets: I64,
    publisher: Sequence[str | None],
    group: I64,
    least: int,
    backend: Backend = DEFAULT,
) -> Bools:
    """Which words stand in a run of RUN_WORDS words that ``least`` articles of one publisher have: bool[words].

    ``words``, ``offsets``: a hash of each word, ragged, one row for each article. ``publisher``: of each article. Those
    of unknown publisher are compared with each other. ``group``: int64[articles]; the articles of a group, such as
    copies of one text, count as one. ``least``: 2 or more. ``backend`` changes no result.
    """
    number = {name: number for number, name in enumerate(dict.fromkeys(publisher))}
    owner = np.array([number[name] for name in publisher], np.int64)
    repeated: Bools = backend.repeated_runs(words, offsets, owner, group, RUN_WORDS, least)
    return repeated


def shared_edges(words: U64, offsets: I64, title_words: I64, backend: Backend = DEFAULT) -> Bools:
    """Which words stand at the end or the beginning of an article, in a run that others share there: bool[words].

    Publishers play no role, and another article is enough: what two different articles have in common at their ends is
    a list of links or a biography. At their beginnings it may be one lead of a news agency, which is evidence of one
    event, or a report and its first half. So beginnings count only if titles differ (see ``_by_title``). Only the first
    and the last EDGE_WORDS words are compared, and longer runs are no furniture.

    ``words``, ``offsets``: a hash of each word, ragged, one row for each article; the first ``title_words``,
    int64[articles], are its title, which is no beginning. Copies of one text must not be among the articles.
    """
    begin, sizes = edges_of(offsets, title_words)
    edges = ragged_offsets(sizes)
    articles, one_owner = np.arange(sizes.size), np.zeros(sizes.size, np.int64)

    def repeated(first: I64, group: I64) -> Bools:
        return backend.repeated_runs(words[ranges(first, sizes)], edges, one_owner, group, RUN_WORDS, 2)

    of_beginnings = repeated(begin, _by_title(words, offsets, begin, sizes))
    return mark_edges(offsets, begin, sizes, of_beginnings, repeated(offsets[1:] - sizes, articles))


def edges_of(offsets: I64, title_words: I64) -> tuple[I64, I64]:
    """Where the beginning of each article begins, behind its title, and how many words its edges have: int64[articles].

    The end of an article has as many words as its beginning. ``offsets``, ``title_words``: as for ``shared_edges``.
    """
    begin = np.minimum(offsets[:-1] + title_words, offsets[1:])
    return begin, np.minimum(offsets[1:] - begin, EDGE_WORDS)


def mark_edges(offsets: I64, begin: I64, sizes: I64, of_beginnings: Bools, of_ends: Bools) -> Bools:
    """Which words stand in a repeated run at the very beginning or end of an article: bool[words].

    ``offsets``: of the words of each article. ``begin``, ``sizes``: as ``edges_of`` returns them. ``of_beginnings``,
    ``of_ends``: which words of each edge stand in a run that others have there, ragged. An edge that others have as a
    whole is not marked.
    """
    edges = ragged_offsets(sizes)
    found = np.zeros(int(offsets[-1]), bool)
    single = np.append(np.flatnonzero(~of_beginnings), edges[-1])
    length = np.minimum(single[np.searchsorted(single, edges[:-1])], edges[1:]) - edges[:-1]
    found[ranges(begin, np.where(length < sizes, length, 0))] = True
    single = np.append(-1, np.flatnonzero(~of_ends))
    length = edges[1:] - np.maximum(single[np.searchsorted(single, edges[1:]) - 1] + 1, edges[:-1])
    length = np.where(length < sizes, length, 0)
    found[ranges(offsets[1:] - length, length)] = True
    return found


def _by_title(words: U64, offsets: I64, begin: I64, sizes: I64) -> I64:
    """Group the articles that begin with the same RUN_WORDS words and have like titles: int64[articles].

    Titles are alike if they share TITLE_SHARE of the words of the shorter one, or if one has no words. Beginnings that
    more than MANY_ALIKE articles have are furniture whatever the titles say.
    """
    group = np.arange(sizes.size)
    long_enough = np.flatnonzero(sizes >= RUN_WORDS)
    beginnings: dict[bytes, list[int]] = defaultdict(list)
    for row in long_enough.tolist():
        beginnings[words[begin[row] : begin[row] + RUN_WORDS].tobytes()].append(row)
    for rows in beginnings.values():
        if 1 < len(rows) <= MANY_ALIKE:
            titles = [set(words[offsets[row] : begin[row]].tolist()) for row in rows]
            group[rows] = np.array(rows)[group_alike(titles)]
    return group


def group_alike(titles: Sequence[set[int]]) -> I64:
    """Group titles, given by the numbers of their words, that are alike: the place of one of each group, int64[titles].

    See ``_by_title``. Titles that are both alike to a third are in one group.
    """
    own = np.arange(len(titles))
    for at, title in enumerate(titles):
        for before, other in enumerate(titles[:at]):
            if len(title & other) >= TITLE_SHARE * min(len(title), len(other)):
                own[own == own[at]] = own[before]
    return own
