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
    is_titled = [bool(title.strip()) for title in titles]
    headlines = [
        title if titled else _headline(text) for title, text, titled in zip(titles, texts, is_titled, strict=True)
    ]
    plain = plain_titles([line if len(line) <= _LONGEST_TITLE else "" for line in headlines], publishers)
    changed = (
        text if titled or new == old else f"{new}{text.strip()[len(old) :]}"
        for text, titled, old, new in zip(texts, is_titled, headlines, plain, strict=True)
    )
    kept = [new if titled else title for title, titled, new in zip(titles, is_titled, plain, strict=True)]
    return kept, changed


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
    begin = np.minimum(offsets[:-1] + title_words, offsets[1:])
    sizes = np.minimum(offsets[1:] - begin, EDGE_WORDS)
    edges = ragged_offsets(sizes)
    articles, one_owner = np.arange(sizes.size), np.zeros(sizes.size, np.int64)

    def others(first: I64, group: I64) -> I64:
        """Places in the edges, ascending, of the words that are not in a run that others have."""
        edge = words[ranges(first, sizes)]
        return np.flatnonzero(~backend.repeated_runs(edge, edges, one_owner, group, RUN_WORDS, 2))

    found = np.zeros(words.size, bool)
    single = np.append(others(begin, _by_title(words, offsets, begin, sizes)), edges[-1])
    length = np.minimum(single[np.searchsorted(single, edges[:-1])], edges[1:]) - edges[:-1]
    found[ranges(begin, np.where(length < sizes, length, 0))] = True
    single = np.append(-1, others(offsets[1:] - sizes, articles))
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
            own = np.array(rows)
            for at, title in enumerate(titles):
                for before, other in enumerate(titles[:at]):
                    if len(title & other) >= TITLE_SHARE * min(len(title), len(other)):
                        own[own == own[at]] = own[before]
            group[rows] = own
    return group
