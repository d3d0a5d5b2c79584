"""One contender's script: JSONL in, pairs out. Called by benchmarks.copies.speed, not by people.

    python -m benchmarks.copies.peers NAME PATH OUTPUT

Writes the pairs as lines of JSON, by position in the file or by id. Peers are written as a good user of them would:
imports of what is used and no more, bulk calls where there are any, words by one regular expression, 128 permutations,
and pairs kept only where the peer's own estimate is at least one half.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from rensa import RMinHash, RMinHashLSH

Pairs = Iterable[tuple]
WORD = re.compile(r"\w+")


def shingles(text: str) -> list[str]:
    words = WORD.findall(text.lower())
    return [" ".join(words[i : i + 5]) for i in range(len(words) - 4)]


def texts_of(path: str) -> list[str]:
    with Path(path).open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def parsed(path: str) -> pa.Table:
    from pyarrow import json as arrow_json

    # Blocks of 8 MB: no slower than the default of 1 MB to parse.
    return arrow_json.read_json(path, read_options=arrow_json.ReadOptions(block_size=1 << 23))


def floor(path: str) -> Pairs:
    """Parsing with pyarrow and nothing else."""
    parsed(path)
    return []


def dedupe_numpy(path: str) -> Pairs:
    """This package where the kernels in C were not built."""
    from dedupe import Settings, near_duplicates

    found = near_duplicates([path], Settings(threads=2), backend="numpy")
    return [(pair.left, pair.right) for pair in found.relations]


def datasketch(path: str) -> Pairs:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=0.5, num_perm=128)
    signatures = []
    found = []
    for row, text in enumerate(texts_of(path)):
        signature = MinHash(num_perm=128)
        signature.update_batch([shingle.encode() for shingle in set(shingles(text))])
        found += [(other, row) for other in index.query(signature) if signature.jaccard(signatures[other]) >= 0.5]
        index.insert(row, signature)
        signatures.append(signature)
    return found


def rensa(path: str) -> Pairs:
    from rensa import RMinHash, RMinHashLSH

    signatures = RMinHash.from_token_sets([shingles(text) for text in texts_of(path)], 128, 42)
    return _rensa_pairs(RMinHashLSH(0.5, 128, 32), signatures)


def _rensa_pairs(index: RMinHashLSH, signatures: list[RMinHash]) -> Pairs:
    index.insert_many(signatures)
    found = []
    for row, others in enumerate(index.query_all(signatures)):
        found += [(o, row) for o in set(others) if o < row and signatures[o].jaccard(signatures[row]) >= 0.5]
    return found


def rensa_rho(path: str) -> Pairs:
    """Rensa's sampled path: some 15 shingles a document are looked at."""
    import numpy as np
    from rensa import RMinHash

    matrix = RMinHash.digest_matrix_from_token_sets_rho([shingles(text) for text in texts_of(path)], 128, 42)
    return banded(np.array(matrix.to_rows(), np.uint32))


def gaoya(path: str) -> Pairs:
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, 0.5, 42, 3, None, "word", lowercase=True, ngram_range=(5, 5))
    texts = texts_of(path)
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    found = index.par_bulk_query(texts)
    return [(other, row) for row, others in enumerate(found) for other in others if other < row]


def daft(path: str) -> Pairs:
    import daft
    import numpy as np
    from daft.functions import minhash, normalize

    text = normalize(daft.col("text"), remove_punct=True, lowercase=True, white_space=True)
    table = daft.read_json(path).select(minhash(text, num_hashes=128, ngram_size=5, seed=42, hash_function="xxhash"))
    column = table.to_arrow().column(0).combine_chunks()
    return banded(np.asarray(column.flatten()).reshape(len(column), 128))


def banded(signatures: np.ndarray) -> Pairs:
    """Pairs sharing one of 32 bands of four minima, and half of the minima.

    Buckets of over 200 rows are left out: sampled sketches of unrelated texts fall together by the thousand.
    """
    found = set()
    for band in range(0, 128, 4):
        buckets = defaultdict(list)
        for row, key in enumerate(map(bytes, signatures[:, band : band + 4].copy())):
            buckets[key].append(row)
        for rows in buckets.values():
            if len(rows) <= 200:
                found.update(combinations(rows, 2))
    return [(i, j) for i, j in found if (signatures[i] == signatures[j]).mean() >= 0.5]


def datatrove(path: str) -> Pairs:
    """Signature and bucket stages; the pairs are those its cluster stage would join, read from the files between."""
    import struct

    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader

    config = MinhashConfig(n_grams=5, num_buckets=42, hashes_per_bucket=3)
    with tempfile.TemporaryDirectory() as folder:
        reader = JsonlReader(str(Path(path).parent), glob_pattern=Path(path).name)
        signature = MinhashDedupSignature(output_folder=f"{folder}/signatures", config=config)
        LocalPipelineExecutor([reader, signature], tasks=1, logging_dir=f"{folder}/log1").run()
        buckets = MinhashDedupBuckets(f"{folder}/signatures", f"{folder}/buckets", config=config)
        LocalPipelineExecutor([buckets], tasks=42, workers=2, logging_dir=f"{folder}/log2").run()
        found = set()
        for file in Path(f"{folder}/buckets").rglob("*.dups"):
            found |= {(a, b) for _, a, _, b in struct.iter_unpack("<4I", file.read_bytes())}
    return [(min(pair), max(pair)) for pair in found]


OURS = (floor, dedupe_numpy)
PEERS = (gaoya, daft, rensa, rensa_rho, datasketch, datatrove)
CONTENDERS: dict[str, Callable[[str], Pairs]] = {function.__name__: function for function in (*OURS, *PEERS)}


def main() -> None:
    name, path, output = sys.argv[1:]
    found = sorted(map(sorted, CONTENDERS[name](path)))
    Path(output).write_text("".join(f"{json.dumps(pair)}\n" for pair in found), encoding="utf-8")


if __name__ == "__main__":
    main()
