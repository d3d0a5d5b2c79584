"""One contender's whole run in a process of its own: JSONL in, pairs out. Called by benchmarks.copies.speed, not by people.

    python -m benchmarks.copies.peers NAME PATH

Prints one JSON object: wall and CPU seconds from the closed file to the list of pairs (imports and compiling are not
counted, every contender first runs on three articles), peak memory of the process, the pairs by position in the file.
Peers are written as a good user of them would: bulk calls where there are any, words by one regular expression, 128
permutations, and pairs kept only where the peer's own estimate is at least one half.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.copies.kernel_peers import KERNELS, texts_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from rensa import RMinHash, RMinHashLSH

Pairs = Iterable[tuple]
WORD = re.compile(r"\w+")


def shingles(text: str) -> list[str]:
    words = WORD.findall(text.lower())
    return [" ".join(words[i : i + 5]) for i in range(len(words) - 4)]


def parsed(path: str) -> pa.Table:
    from pyarrow import json as arrow_json

    # Blocks of 8 MB: no slower than the default of 1 MB to parse.
    return arrow_json.read_json(path, read_options=arrow_json.ReadOptions(block_size=1 << 23))


def floor(path: str) -> Pairs:
    """Parsing with pyarrow and nothing else."""
    parsed(path)
    return []


def dedupe(path: str, backend: str = "native", threads: int = 2) -> Pairs:
    """This package: ``dedupe pairs`` from Python."""
    from dedupe import Settings, near_duplicates

    found = near_duplicates([path], Settings(threads=threads), backend=backend)
    return [(pair.left, pair.right) for pair in found.relations]


def dedupe_one_thread(path: str) -> Pairs:
    return dedupe(path, threads=1)


def dedupe_numpy(path: str) -> Pairs:
    return dedupe(path, backend="numpy")


def dedupe_relations(path: str) -> Pairs:
    """The stages of ``dedupe cluster`` up to its relations, excerpts and shared passages among them, on parsed text."""
    from dedupe.copies import candidates, fingerprints, verification
    from dedupe.kernels import Compute, choose
    from dedupe.settings import Settings

    settings = Settings(threads=2)
    compute = Compute(choose(), 2)
    signed = fingerprints.fingerprint(parsed(path), settings, compute.backend)
    left, right = (
        column.to_numpy() for column in candidates.find_candidates(signed, settings, compute.backend).pairs.columns
    )
    measured = verification.measure(signed, left, right, compute)
    near = measured["jaccard"].to_numpy() >= 0.5
    return list(zip(left[near].tolist(), right[near].tolist(), strict=True))


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


OURS = (floor, dedupe, dedupe_one_thread, dedupe_numpy, dedupe_relations)
PEERS = (gaoya, daft, rensa, rensa_rho, datasketch, datatrove)
CONTENDERS: dict[str, Callable[[str], Pairs]] = {function.__name__: function for function in (*OURS, *PEERS)}


def cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def peak_mb() -> float:
    """Most memory this process held. Not ``ru_maxrss``: on Linux a new process inherits its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def begin(name: str, path: str) -> Callable[[], Pairs]:
    """The work of a contender, ready to be timed; that of a kernel begins when the texts are in memory."""
    if name in KERNELS:
        return KERNELS[name](path)
    return lambda: CONTENDERS[name](path)


def main() -> None:
    name, path = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few.jsonl"
        with Path(path).open(encoding="utf-8") as file:
            records = [json.loads(next(file)) for _ in range(3)]
        # The last is there twice, so that there is a pair to verify.
        records.append(records[-1] | {"id": "again"})
        few.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
        list(begin(name, str(few))())
    work = begin(name, path)
    wall, cpu = time.perf_counter(), cpu_seconds()
    pairs = list(work())
    wall, cpu, peak = time.perf_counter() - wall, cpu_seconds() - cpu, peak_mb()
    if pairs and isinstance(pairs[0][0], str):
        with Path(path).open(encoding="utf-8") as file:
            rows = {json.loads(line)["id"]: row for row, line in enumerate(file)}
        pairs = [(rows[left], rows[right]) for left, right in pairs]
    size = getattr(work, "size", 0)
    figures = {"wall": wall, "cpu": cpu, "peak_mb": peak, "size": size, "pairs": sorted(map(sorted, pairs))}
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
