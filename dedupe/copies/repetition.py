"""Leave page furniture out of fingerprints: what one publisher repeats in articles that are not the same report.

Two short articles under one consent text share most of their words. Stories know such text because copies were put
together before; here it is not known yet which articles are copies. Titles help: articles that share text, but whose
titles have no word in common, are different reports, and what LEAST_REPORTS of them repeat is furniture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, Bools
from dedupe.copies import fingerprints, verification
from dedupe.copies.details import TextDetails
from dedupe.kernels import Compute, distinct
from dedupe.kernels.linkage import components
from dedupe.schemas import KINDS, column_of
from dedupe.settings import Settings
from dedupe.text.furniture import plain_titles, repeated_words
from dedupe.text.words import words

LEAST_REPORTS = 3
"""A publisher repeats a run of words if it stands in at least so many different reports. Two may be one report under
two titles."""

_SHORTEST_WORD = 4
"""Shorter words of titles, such as "the" and "for", do not show that two titles are about the same."""


def leave_out_repeated(
    articles: pa.Table, prints: pa.Table, measured: pa.Table, details: TextDetails, settings: Settings, compute: Compute
) -> tuple[pa.Table, pa.Table]:
    """Return fingerprints without the words that a publisher repeats, and the pairs measured by them.

    ``articles``: a table with columns ``title``, ``text`` and ``publisher``. ``prints`` (FINGERPRINTS) and ``measured``
    (MEASURED) are those of the whole texts, and so are ``details``. Articles of unknown publisher stay as they are.
    Only articles that share text with another one of their publisher are looked at, so most collections need little
    time.
    """
    publisher = articles["publisher"].combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy()
    left, right = (measured[side].to_numpy() for side in ("left", "right"))
    kind = verification.verify(prints, measured, details, settings)["kind"].combine_chunks().indices.to_numpy()
    own = (kind < KINDS.index("unrelated")) & (publisher[left] == publisher[right]) & (publisher[left] >= 0)
    rows = distinct(np.concatenate((left[own], right[own])))
    if rows.size < LEAST_REPORTS:
        return prints, measured
    looked_at = articles.take(column_of(rows))
    one, other = np.searchsorted(rows, left[own]), np.searchsorted(rows, right[own])
    publishers = looked_at["publisher"].to_pylist()
    alike = titles_alike(plain_titles(looked_at["title"].to_pylist(), publishers), one, other)
    report = components(rows.size, one[alike], other[alike])
    hashed, offsets = fingerprints.word_hashes(looked_at["text"], settings, compute.backend)
    repeated = repeated_words(hashed, offsets, publishers, report, LEAST_REPORTS, compute.backend)
    affected = np.flatnonzero(np.add.reduceat(np.append(repeated, False), offsets[:-1]) * (np.diff(offsets) > 0))
    if not affected.size:
        return prints, measured
    return _fingerprint_again(looked_at, rows, affected, repeated, offsets, prints, measured, settings, compute)


def _fingerprint_again(
    looked_at: pa.Table,
    rows: I64,
    affected: I64,
    repeated: Bools,
    offsets: I64,
    prints: pa.Table,
    measured: pa.Table,
    settings: Settings,
    compute: Compute,
) -> tuple[pa.Table, pa.Table]:
    """Fingerprint the ``affected`` ones of the articles ``looked_at``, which are ``rows`` of ``prints``, without the
    ``repeated`` words, and measure their pairs."""
    chosen = np.concatenate([repeated[offsets[row] : offsets[row + 1]] for row in affected.tolist()])
    shorter = fingerprints.fingerprint(looked_at.take(column_of(affected)), settings, compute.backend, left_out=chosen)
    changed = np.zeros(len(prints), np.bool_)
    changed[rows[affected]] = True
    prints = _replace_rows(prints, rows[affected], shorter)
    left, right = (measured[side].to_numpy() for side in ("left", "right"))
    again = np.flatnonzero(changed[left] | changed[right])
    numbers = verification.measure(prints, left[again], right[again], compute)
    place = np.arange(left.size)
    place[again] = left.size + np.arange(again.size)
    return prints, pa.concat_tables([measured, numbers]).take(column_of(place))


def _replace_rows(table: pa.Table, rows: I64, new: pa.Table) -> pa.Table:
    """The table with ``new`` rows in the place of some ``rows``, which are ascending.

    Slices are put together in bulk, in a tenth of the time that ``take`` needs to gather all rows.
    """
    pieces, done = [], 0
    for number, row in enumerate(rows.tolist()):
        pieces += [table.slice(done, row - done), new.slice(number, 1)]
        done = row + 1
    return pa.concat_tables([*pieces, table.slice(done)]).combine_chunks()


def titles_alike(titles: Sequence[str], left: I64, right: I64) -> Bools:
    """Whether two titles share a word, or one of them has none, bool[pairs]."""
    known = [{form for form in words(title).forms if len(form) >= _SHORTEST_WORD or form.isdigit()} for title in titles]
    alike = [
        not known[a] or not known[b] or not known[a].isdisjoint(known[b])
        for a, b in zip(left.tolist(), right.tolist(), strict=True)
    ]
    return np.array(alike, np.bool_)
