"""Any number of signed articles of real size and vocabulary, with a known share of copies, from news_allsides.

Repeating 12,000 articles would make copies; so paragraphs are shuffled between articles of one month, and one word in
``REPLACED_WORD`` is exchanged for another word of that month. How many decides how much the texts repeat each other: in
the crawl itself 7.8 % of passage fingerprints stand in more than one of its 12,000 articles. At 12,000 made articles one
word in 8 gives 15 %, one in 4 3.8 %, one in 2.5 0.5 %; but every paragraph is used again with every further 12,000, so at
a million one word in 8 makes nearly all passages stand in many articles, as no news does. Every tenth article is a near duplicate of an earlier
one, every fortieth the same again under another id. All from one seed. Texts are put together from the hashes of their
words, which is what ``sign`` begins with: a million are made in minutes, not hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from benchmarks.common import bench_data, rows_of
from dedupe import Article, Settings, kernels
from dedupe.arrays import I64, U32, U64
from dedupe.copies.candidates import rows_per_band
from dedupe.copies.fingerprints import permutations, word_hashes
from dedupe.index import FingerprintedArticle
from dedupe.index.lookup.keys import BANDS_ASKED_BELOW, from_fingerprints
from dedupe.schemas import fingerprints_schema

SETTINGS = Settings()
REPLACED_WORD, EDITED_WORD = 2.5, 60
NEAR_EVERY, SAME_EVERY = 10, 40
_REMEMBERED = 2_000
_LEAST_WORDS_COPIED = 100


@dataclass(frozen=True, slots=True)
class Chunk:
    """FingerprintedArticle articles, what each is (``new``, ``near``, ``same``), and their signatures and band keys, if wanted."""

    fingerprinted: list[FingerprintedArticle]
    kinds: list[str]
    signatures: U32
    bands: U64


@dataclass(frozen=True, slots=True)
class Month:
    """Word hashes of all paragraphs of a month, where each begins, and how many paragraphs its articles have."""

    words: U64
    starts: I64
    lengths: I64


def months() -> list[Month]:
    """Months with 20 articles or more."""
    grouped: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows_of(bench_data() / "news_allsides.jsonl.gz"):
        grouped[(row.get("published_at") or "")[:7]].append([p for p in row["text"].split("\n") if p.strip()])
    made = []
    for articles in grouped.values():
        if len(articles) >= 20:
            words, starts = word_hashes([paragraph for article in articles for paragraph in article], SETTINGS)
            made.append(Month(words, starts, np.array([len(article) for article in articles])))
    return made


def chunks(
    number: int, seed: int, size: int = 1_000, *, all_signatures: bool = False, replaced: float = REPLACED_WORD
) -> Iterator[Chunk]:
    """``number`` articles in chunks; without ``all_signatures`` only those whose bands an index looks up have one."""
    draw = np.random.default_rng(seed)
    pools = months()
    weights = np.array([month.lengths.size for month in pools], float)
    weights /= weights.sum()
    earlier: list[U64] = []
    for start in range(0, number, size):
        texts, kinds = [], []
        for i in range(start, min(number, start + size)):
            kind = "same" if i % SAME_EVERY == SAME_EVERY - 1 else "near" if i % NEAR_EVERY == NEAR_EVERY - 1 else "new"
            if kind == "new" or not earlier:
                words = _composed(pools[draw.choice(len(pools), p=weights)], replaced, draw)
                _remember(words, earlier, draw)
                kind = "new"
            else:
                words = earlier[draw.integers(len(earlier))]
                if kind == "near":
                    words = _edited(words, EDITED_WORD, draw.integers(2**63, size=words.size, dtype=np.uint64), draw)
            texts.append(words)
            kinds.append(kind)
        names = [Article(f"{seed}-{i}", publisher=f"publisher {i % 397}") for i in range(start, start + len(texts))]
        yield _fingerprinted(names, texts, kinds, all_signatures=all_signatures)


def _composed(month: Month, replaced: float, draw: np.random.Generator) -> U64:
    chosen = draw.integers(month.starts.size - 1, size=draw.choice(month.lengths))
    words = np.concatenate([month.words[month.starts[p] : month.starts[p + 1]] for p in chosen])
    return _edited(words, replaced, month.words[draw.integers(month.words.size, size=words.size)], draw)


def _edited(words: U64, every: float, others: U64, draw: np.random.Generator) -> U64:
    return np.where(draw.random(words.size) < 1 / every, others, words)


def _remember(words: U64, earlier: list[U64], draw: np.random.Generator) -> None:
    if words.size >= _LEAST_WORDS_COPIED:
        if len(earlier) < _REMEMBERED:
            earlier.append(words)
        else:
            earlier[draw.integers(_REMEMBERED)] = words


def _fingerprinted(names: list[Article], texts: list[U64], kinds: list[str], *, all_signatures: bool) -> Chunk:
    """What ``dedupe.copies.fingerprints.fingerprint`` makes of the texts, from their word hashes."""
    words = np.concatenate(texts)
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum([text.size for text in texts])))
    using = kernels.REFERENCE
    in_order, in_order_offsets = using.shingle_hashes(words, offsets, SETTINGS.shingle_words, SETTINGS.seed)
    shingles, shingle_offsets = using.unique_sorted(in_order, in_order_offsets)
    window = SETTINGS.passage_words - SETTINGS.shingle_words + 1
    passages, passage_offsets = using.winnow(in_order, in_order_offsets, window, reach_on=0)
    wanted = all_signatures | (np.diff(passage_offsets) < BANDS_ASKED_BELOW)
    signatures = np.full((len(texts), SETTINGS.permutations), 2**32 - 1, np.uint32)
    a, b = permutations(SETTINGS.permutations, SETTINGS.seed)
    for row in np.flatnonzero(wanted):
        own = shingles[shingle_offsets[row] : shingle_offsets[row + 1]]
        signatures[row] = using.signatures(own, np.array([0, own.size]), a, b)[0]
    columns = [
        pa.array(np.diff(offsets)),
        pa.array(using.sequence_hashes(words, offsets, SETTINGS.seed)),
        pa.LargeListArray.from_arrays(shingle_offsets, shingles),
        pa.LargeListArray.from_arrays(passage_offsets, passages),
        pa.FixedSizeListArray.from_arrays(signatures.ravel(), SETTINGS.permutations),
    ]
    table = pa.Table.from_arrays(columns, schema=fingerprints_schema(SETTINGS.permutations))
    rows = rows_per_band(SETTINGS.permutations, SETTINGS.near_duplicate_jaccard, SETTINGS.candidate_recall)
    bands = using.band_keys(signatures, rows) if all_signatures else np.zeros((0, 0), np.uint64)
    return Chunk(from_fingerprints(names, table, SETTINGS), kinds, signatures, bands)
