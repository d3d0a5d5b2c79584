"""Makes any number of fingerprinted articles of real size and vocabulary, with a known share of copies.

The words come from the 12,000 articles of news_allsides. Repeating these would only make copies, so the paragraphs of
the articles of one month are shuffled, and one word in ``REPLACED_WORD`` is replaced by another word of that month.
That number decides how much the texts repeat each other. In the crawl itself, 7.8 % of the passage fingerprints occur
in more than one article. In 12,000 made articles it is 15 % if one word in 8 is replaced, 3.8 % at one in 4, and 0.5 %
at one in 2.5. But every further 12,000 articles use all paragraphs again: in a million articles with one word in 8
replaced, nearly all passages occur in many articles, which is not so in news.

Every tenth article is a near duplicate of an earlier one, and every fortieth has the same words under another id. One
seed decides everything. Texts are put together from the hashes of their words, with which fingerprinting begins, so
that a million articles take minutes and not hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from benchmarks.common import bench_data, rows_of
from dedupe import Article, Settings, kernels
from dedupe.arrays import I64, U32, U64
from dedupe.copies.candidates import rows_per_band
from dedupe.copies.fingerprints import permutations, word_hashes
from dedupe.index import FingerprintedArticle
from dedupe.index.lookup.keys import BANDS_ASKED_BELOW, from_fingerprints
from dedupe.kernels.ragged import ragged_offsets
from dedupe.schemas import DIGEST_BYTES, fingerprints_schema

SETTINGS = Settings()
REPLACED_WORD, EDITED_WORD = 2.5, 60
NEAR_EVERY, SAME_EVERY = 10, 40
_COPIED_FROM = 2_000
"""Number of earlier texts that copies are made of."""
_LEAST_WORDS_COPIED = 100


@dataclass(frozen=True, slots=True)
class Chunk:
    """Fingerprinted articles, the kind of each (``new``, ``near`` or ``same``), their signatures and their band keys.

    Without ``all_signatures`` there are no band keys, and signatures only of articles whose bands an index looks up.
    """

    fingerprinted: list[FingerprintedArticle]
    kinds: list[str]
    signatures: U32
    bands: U64


@dataclass(frozen=True, slots=True)
class Month:
    """Word hashes of all paragraphs of a month, where each paragraph begins, and how many each article has."""

    words: U64
    starts: I64
    lengths: I64


def months() -> list[Month]:
    """The months that have at least 20 articles."""
    grouped: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows_of(bench_data() / "news_allsides.jsonl.gz"):
        grouped[(row.get("published_at") or "")[:7]].append([p for p in row["text"].split("\n") if p.strip()])
    made = []
    for articles in grouped.values():
        if len(articles) >= 20:
            words, starts = word_hashes(
                pa.chunked_array([pa.array([part for article in articles for part in article], pa.large_string())]),
                SETTINGS,
            )
            made.append(Month(words, starts, np.array([len(article) for article in articles])))
    return made


def chunks(
    number: int, seed: int, size: int = 1_000, *, all_signatures: bool = False, replaced: float = REPLACED_WORD
) -> Iterator[Chunk]:
    """Yield ``number`` articles in chunks of ``size``. One word in ``replaced`` is replaced by another one."""
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
        yield fingerprint_words(names, texts, kinds, all_signatures=all_signatures)


def _composed(month: Month, replaced: float, draw: np.random.Generator) -> U64:
    chosen = draw.integers(month.starts.size - 1, size=draw.choice(month.lengths))
    words = np.concatenate([month.words[month.starts[p] : month.starts[p + 1]] for p in chosen])
    return _edited(words, replaced, month.words[draw.integers(month.words.size, size=words.size)], draw)


def _edited(words: U64, every: float, others: U64, draw: np.random.Generator) -> U64:
    return np.where(draw.random(words.size) < 1 / every, others, words)


def _remember(words: U64, earlier: list[U64], draw: np.random.Generator) -> None:
    if words.size >= _LEAST_WORDS_COPIED:
        if len(earlier) < _COPIED_FROM:
            earlier.append(words)
        else:
            earlier[draw.integers(_COPIED_FROM)] = words


def fingerprint_words(names: list[Article], texts: list[U64], kinds: list[str], *, all_signatures: bool) -> Chunk:
    """Fingerprint texts that are given as word hashes, as ``dedupe.copies.fingerprints.fingerprint`` does with text."""
    words = np.concatenate(texts)
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum([text.size for text in texts])))
    using = kernels.DEFAULT
    in_order, in_order_offsets = using.shingle_hashes(words, offsets, SETTINGS.shingle_words, SETTINGS.seed)
    shingles, shingle_offsets = using.unique_sorted(in_order, in_order_offsets)
    window = SETTINGS.passage_words - SETTINGS.shingle_words + 1
    passages, passage_offsets = using.winnow(in_order, in_order_offsets, window, reach_on=0)
    wanted = all_signatures | (np.diff(passage_offsets) < BANDS_ASKED_BELOW)
    wanted_shingles = shingles[np.repeat(wanted, np.diff(shingle_offsets))]
    wanted_offsets = ragged_offsets(np.diff(shingle_offsets)[wanted])
    signatures = np.full((len(texts), SETTINGS.permutations), 2**32 - 1, np.uint32)
    signatures[wanted] = using.signatures(
        wanted_shingles, wanted_offsets, *permutations(SETTINGS.permutations, SETTINGS.seed)
    )
    columns = [
        pa.array(np.diff(offsets)),
        pa.array([blake2b(text, digest_size=DIGEST_BYTES).digest() for text in texts], pa.binary(DIGEST_BYTES)),
        pa.LargeListArray.from_arrays(shingle_offsets, shingles),
        pa.LargeListArray.from_arrays(passage_offsets, passages),
        pa.FixedSizeListArray.from_arrays(signatures.ravel(), SETTINGS.permutations),
    ]
    table = pa.Table.from_arrays(columns, schema=fingerprints_schema(SETTINGS.permutations))
    rows = rows_per_band(SETTINGS.permutations, SETTINGS.near_duplicate_jaccard, SETTINGS.candidate_recall)
    bands = using.band_keys(signatures, rows) if all_signatures else np.zeros((0, 0), np.uint64)
    return Chunk(from_fingerprints(names, table, SETTINGS), kinds, signatures, bands)
