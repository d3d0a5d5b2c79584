"""Signatures alone, from texts in memory to 128 minima each: ours by text and backend, and the peers'. For peers.py.

Every function takes the path of the JSONL file, prepares what is not timed, and gives the work that is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

Work = Callable[[], list]


def texts_of(path: str) -> list[str]:
    with Path(path).open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def ours(change: Callable[[str], str] = str, backend: str = "native", threads: int = 1) -> Callable[[str], Work]:
    """Our sketches of changed texts; ``size`` of the work is what they take as UTF-8."""

    def prepare(path: str) -> Work:
        import pyarrow as pa

        from dedupe.copies.fingerprints import Fingerprinter, utf8_rows
        from dedupe.kernels import choose
        from dedupe.parallel import in_threads
        from dedupe.settings import Settings

        texts = pa.chunked_array([pa.array(list(map(change, texts_of(path))), pa.large_string())])
        signer = Fingerprinter(Settings(), choose(texts.nbytes, backend))

        def work() -> list:
            for _ in in_threads(signer.sketch, utf8_rows(texts), threads):
                pass
            return []

        work.size = texts.nbytes
        return work

    return prepare


def ascii_only(text: str) -> str:
    return text.encode("ascii", "replace").decode()


CYRILLIC = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "абцдефгхийклмнопярстувщхызАБЦДЕФГХИЙКЛМНОПЯРСТУВЩХЫЗ"
)


def cyrillic(text: str) -> str:
    """Every Latin letter as a Cyrillic one."""
    return text.translate(CYRILLIC)


IDEOGRAPHS: dict[str, str] = {}
NEXT = count()


def chinese(text: str) -> str:
    """Every word as two ideographs, punctuation as it is."""

    def two(match: re.Match[str]) -> str:
        word = match[0].lower()
        if word not in IDEOGRAPHS:
            number = next(NEXT)
            IDEOGRAPHS[word] = chr(0x4E00 + number % 20000) + chr(0x4E00 + number // 20000)
        return IDEOGRAPHS[word]

    return re.sub(r"\w+ ?", two, text)


def hindi(text: str) -> str:
    """Latin consonants as Devanagari ones, vowels as the marks they are there."""
    return text.translate(str.maketrans("aeiouAEIOUbcdfghjklmnpqrstvwxyz", "ािीुूािीुूबचदफगहजकलमनपतरसटवयषशझ"))


def decomposed(text: str) -> str:
    """Every e with its accent as a combining mark."""
    return text.replace("e", "e\u0301")


def gaoya(path: str) -> Work:
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, 0.5, 42, 3, None, "word", lowercase=True, ngram_range=(5, 5))
    texts = texts_of(path)

    def work() -> list:
        index.par_bulk_insert_docs(list(range(len(texts))), texts)
        return []

    return work


def daft(path: str) -> Work:
    import daft
    from daft.functions import minhash, normalize

    text = normalize(daft.col("text"), remove_punct=True, lowercase=True, white_space=True)
    table = daft.from_pydict({"text": texts_of(path)}).collect()
    signed = table.select(minhash(text, num_hashes=128, ngram_size=5, seed=42, hash_function="xxhash"))

    def work() -> list:
        signed.collect()
        return []

    return work


def datasketch(path: str) -> Work:
    """Only ``update_batch``: shingles are made, encoded and made distinct before."""
    from datasketch import MinHash

    words = (re.findall(r"\w+", text.lower()) for text in texts_of(path))
    shingles = [list({" ".join(own[i : i + 5]).encode() for i in range(len(own) - 4)}) for own in words]

    def work() -> list:
        for own in shingles:
            MinHash(num_perm=128).update_batch(own)
        return []

    return work


KERNELS: dict[str, Callable[[str], Work]] = {
    "kernel": ours(),
    "kernel_two_threads": ours(threads=2),
    "kernel_numpy": ours(backend="numpy"),
    "kernel_ascii": ours(ascii_only),
    "kernel_cyrillic": ours(cyrillic),
    "kernel_chinese": ours(chinese),
    "kernel_hindi": ours(hindi),
    "kernel_decomposed": ours(decomposed),
    "kernel_gaoya": gaoya,
    "kernel_daft": daft,
    "kernel_datasketch": datasketch,
}
