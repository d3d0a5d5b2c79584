"""sign → SIGNED articles: what an article is compared by, and the 64-bit keys under which the index files it.

    sign(articles, settings)    articles → SIGNED, the expensive step; needs no index, so workers may do it
    restored(row, settings)     the same from a stored row, without what it says

An article is filed under its id, its id with its words, its words, its passage fingerprints and, where it is so short
that passages could miss an edited copy, its MinHash bands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from dedupe.arrays import I64, U64
from dedupe.copies import fingerprints
from dedupe.copies.candidates import rows_per_band
from dedupe.copies.fingerprints import list_values
from dedupe.errors import InputError
from dedupe.index.storage.rows import SHINGLE_BYTES, StoredArticle, pack_shingles, unpack_shingles
from dedupe.index.stories.term_vectors import PackedTerms, pack_terms
from dedupe.kernels import REFERENCE, Backend
from dedupe.reading.dates import parse_date
from dedupe.reading.streams import valid_text
from dedupe.schemas import Article
from dedupe.settings import Settings

BANDS_BELOW = 32
"""Passage fingerprints from which a text is filed without bands. Of near duplicates at Jaccard 0.5 at least half the
fingerprints are the same, however the edits lie, so 16 of 32 are expected and 6 suffice."""

BANDS_ASKED_BELOW = 96
"""Passage fingerprints from which bands are not looked up: a near duplicate filed with bands has at most twice as many
shingles, and about twice as many fingerprints, as it."""

BANDS_ALWAYS_UNDER = 0.4
"""Near-duplicate Jaccard under which passages are too few to rely on, and bands are kept for every text."""


_DISCARDED_BITS = 64 - 8 * SHINGLE_BYTES

_SALTS = {"bands": np.uint64(0x9AE16A3B2F90404F), "passages": np.uint64(0xC949D7C7509E6557)}


@dataclass(frozen=True, slots=True)
class FingerprintedArticle:
    """One article, ready to be looked up and stored.

    ``shingles``: distinct hashes below 2^48, ascending; ``marks``: one bit each, set for passage fingerprints.
    ``delivery``, ``naming`` and ``wording`` are the keys of id and words, id, and words (None for an article without
    words); ``band_keys`` and ``passage_keys`` are the others. ``packed_terms``: what stories are followed by, None
    where they are not.
    """

    name: str
    digest: int
    words: int
    publisher: int | None
    published: int | None
    shingles: U64
    marks: bytes
    bands: U64
    delivery: int
    naming: int
    wording: int | None
    band_keys: U64
    passage_keys: U64
    packed_terms: PackedTerms | None = None

    def stores_bands(self, settings: Settings) -> bool:
        """Whether the bands are stored too, not only looked up."""
        return self.passage_keys.size < BANDS_BELOW or settings.near_duplicate_jaccard < BANDS_ALWAYS_UNDER

    def keys(self, settings: Settings) -> U64:
        """Every key the article is filed under, uint64[keys]."""
        special = [self.delivery, self.naming, *([] if self.wording is None else [self.wording])]
        bands = self.band_keys if self.stores_bands(settings) else self.band_keys[:0]
        return np.concatenate((np.array(special, np.uint64), bands, self.passage_keys))

    def columns(self, settings: Settings) -> dict[str, bytes]:
        """What of it is stored as bytes."""
        bands = self.bands if self.stores_bands(settings) else self.bands[:0]
        return {
            "bands": bands.astype("<u8").tobytes(),
            "passages": self.marks,
            "shingles": pack_shingles(self.shingles),
        }


def fingerprint_articles(
    articles: Iterable[Article], settings: Settings, *, stories: bool = False, backend: Backend = REFERENCE
) -> list[FingerprintedArticle]:
    """Everything the index needs to know about articles, in their order. ``stories``: for an index that follows them.

    NUL and half surrogates are read as U+FFFD, dates that cannot be read as none. Raises ``InputError`` for an article
    without an id, or with a field that is no text.
    """
    checked = [_checked(article, number) for number, article in enumerate(articles, 1)]
    if not checked:
        return []
    texts = pa.table({"text": pa.array([valid_text(article.text or "") for article in checked], pa.large_string())})
    # Passages are stored as marks on the shingles, so they must be shingles.
    table = fingerprints.fingerprint(texts, settings, backend, run_words=settings.shingle_words)
    fingerprinted = from_fingerprints(checked, table, settings)
    if not stories:
        return fingerprinted
    packed_terms = (pack_terms(valid_text(article.title or ""), valid_text(article.text or "")) for article in checked)
    return [replace(one, packed_terms=own) for one, own in zip(fingerprinted, packed_terms, strict=True)]


def from_fingerprints(articles: Sequence[Article], table: pa.Table, settings: Settings) -> list[FingerprintedArticle]:
    """The same for articles whose FINGERPRINTS are there already, with passages that are shingles."""
    shingles, shingle_offsets = list_values(table["shingles"])
    passages, passage_offsets = list_values(table["passages"])
    words, digests = table["words"].to_pylist(), table["digest"].to_numpy().view(np.int64).tolist()
    bands = _bands(table, np.diff(passage_offsets), settings)
    fingerprinted = []
    for i, article in enumerate(articles):
        whole = shingles[shingle_offsets[i] : shingle_offsets[i + 1]]
        own = passages[passage_offsets[i] : passage_offsets[i + 1]]
        marks = np.zeros(whole.size, np.uint8)
        marks[np.searchsorted(whole, own)] = 1
        identity = (article.id, digests[i], words[i], _publisher_key(article), _published(article))
        fingerprinted.append(
            _fingerprinted(
                *identity, whole >> np.uint64(_DISCARDED_BITS), np.packbits(marks).tobytes(), bands[i], settings
            )
        )
    return fingerprinted


def from_stored(row: StoredArticle, settings: Settings) -> FingerprintedArticle:
    """The same article again, from what was stored of it."""
    shingles = unpack_shingles(row.shingles)
    bands = np.frombuffer(row.bands, "<u8").astype(np.uint64)
    return _fingerprinted(
        row.name, row.digest, row.words, row.publisher, row.published, shingles, row.passages, bands, settings
    )


def _fingerprinted(
    name: str,
    digest: int,
    words: int,
    publisher: int | None,
    published: int | None,
    shingles: U64,
    marks: bytes,
    bands: U64,
    settings: Settings,
) -> FingerprintedArticle:
    passages = shingles[np.unpackbits(np.frombuffer(marks, np.uint8), count=shingles.size).astype(bool)]
    seed = settings.seed
    return FingerprintedArticle(
        name=name,
        digest=digest,
        words=words,
        publisher=publisher,
        published=published,
        shingles=shingles,
        marks=marks,
        bands=bands,
        delivery=_hash("delivery", f"{digest} {words} {name}", seed),
        naming=_hash("name", name, seed),
        wording=_hash("words", f"{digest} {words}", seed) if words else None,
        band_keys=_mixed(bands, "bands"),
        passage_keys=_mixed(passages, "passages"),
    )


def name_key(name: str, settings: Settings) -> int:
    """The key of a caller's id alone."""
    return _hash("name", name, settings.seed)


def _bands(table: pa.Table, passages: I64, settings: Settings) -> list[U64]:
    """Band keys of the texts short enough to need them, none for the others."""
    signatures = table["signature"].combine_chunks().flatten().to_numpy().reshape(-1, settings.permutations)
    rows = rows_per_band(settings.permutations, settings.near_duplicate_jaccard, settings.candidate_recall)
    every = settings.near_duplicate_jaccard < BANDS_ALWAYS_UNDER
    # An article without words has a signature too, the same as all others without words: it must not be filed.
    asked = (passages > 0) & ((passages < BANDS_ASKED_BELOW) | every)
    keys = REFERENCE.band_keys(signatures[asked], rows)
    place = np.cumsum(asked) - 1
    return [keys[place[i]] if wanted else keys[:0].ravel() for i, wanted in enumerate(asked.tolist())]


def _mixed(values: U64, kind: str) -> U64:
    """Keys spread evenly over 64 bits: passage minima are small numbers, and segments file by the highest bits."""
    mixed = (values ^ _SALTS[kind]) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return mixed ^ (mixed >> np.uint64(32))


def _hash(kind: str, text: str, seed: int) -> int:
    salt = seed.to_bytes(8, "little")
    return int.from_bytes(blake2b(text.encode(), digest_size=8, salt=salt, person=kind.encode()).digest(), "little")


def _checked(article: Article, number: int) -> Article:
    fields = {"id": article.id, "title": article.title, "text": article.text, "publisher": article.publisher}
    for field, value in fields.items():
        if value is not None and not isinstance(value, str):
            raise InputError(f"article {number}: {field} is a {type(value).__name__}, not text; pass a string")
    if not article.id:
        raise InputError(f"article {number} has no id; without one a repeated delivery cannot be told from a copy")
    name = valid_text(article.id)
    return article if name == article.id else replace(article, id=name)


def _publisher_key(article: Article) -> int | None:
    if not article.publisher:
        return None
    publisher = valid_text(article.publisher).casefold().strip().encode()
    return int.from_bytes(blake2b(publisher, digest_size=8).digest(), "little", signed=True)


def _published(article: Article) -> int | None:
    """Microseconds since 1970; None where there is no date that can be read."""
    if article.published_at is None or article.published_at == "":
        return None
    try:
        return round(parse_date(article.published_at).at.timestamp() * 1_000_000)
    except ValueError:
        return None
