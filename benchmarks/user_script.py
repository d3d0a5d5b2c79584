"""What a good user writes in an afternoon instead of ``dedupe cluster``; it does less. Called by benchmarks.commands.

    python -m benchmarks.user_script ARTICLES.jsonl OUTPUT.jsonl

Stories are the connected components of articles whose TF-IDF vectors have a cosine of 0.4 or more (scikit-learn); copies
are pairs by MinHash LSH with an estimated Jaccard of 0.5 or more (datasketch). It knows no dates, excerpts, page
furniture, series, templates, canonical articles or reasons, and verifies nothing.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
from datasketch import MinHash, MinHashLSH
from scipy.sparse import vstack
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

COSINE, JACCARD, PERMUTATIONS = 0.4, 0.5, 128
ROWS = 1_000
"""Articles compared with all others at a time, so that memory does not grow with the square of the collection."""
WORD = re.compile(r"\w+")


def stories(texts: list[str]) -> list[int]:
    """The number of the story of every text."""
    terms = TfidfVectorizer(stop_words="english", sublinear_tf=True, min_df=2, max_df=0.5, dtype=np.float32)
    vectors = terms.fit_transform(texts)
    others = vectors.T.tocsr()
    parts = []
    for start in range(0, vectors.shape[0], ROWS):
        near = vectors[start : start + ROWS] @ others
        near.data[near.data < COSINE] = 0
        near.eliminate_zeros()
        parts.append(near)
    return connected_components(vstack(parts), directed=False)[1].tolist()


def copies(texts: list[str]) -> list[list[int]]:
    """For every text, the earlier ones that it is nearly the same as."""
    index, signatures, found = MinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS), [], []
    for row, text in enumerate(texts):
        words = WORD.findall(text.lower())
        signature = MinHash(num_perm=PERMUTATIONS)
        signature.update_batch(
            [shingle.encode() for shingle in {" ".join(words[i : i + 5]) for i in range(len(words) - 4)}]
        )
        found.append([other for other in index.query(signature) if signature.jaccard(signatures[other]) >= JACCARD])
        index.insert(row, signature)
        signatures.append(signature)
    return found


def main() -> None:
    source, target = sys.argv[1:]
    with Path(source).open(encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    texts = [record["text"] for record in records]
    titled = [f"{record.get('title') or ''}\n{record['text']}" for record in records]
    with Path(target).open("w", encoding="utf-8") as file:
        for record, story, earlier in zip(records, stories(titled), copies(texts), strict=True):
            row = {"id": record["id"], "story": story, "copy_of": [records[other]["id"] for other in earlier]}
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
