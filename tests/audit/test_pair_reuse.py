"""Reuse between two articles: matches that only state the same facts are left out."""

import numpy as np

from dedupe.alignment.provenance import provenance
from dedupe.alignment.tokenized import tokenize
from dedupe.article import Article
from dedupe.audit.pair_reuse import TokenizedArticle, find_reuse

REPORT = [
    "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday.",
    "The bell weighs forty kilograms and still carries the name of the yard that cast it.",
    "It will be shown in the harbour museum once the salt has been washed out of the bronze.",
    "The ferry sank in a storm ninety years ago with nobody on board.",
    "The town council paid for half of the search and private donors for the other half.",
]


def sides(*texts):
    """Articles ready for comparison, without boilerplate."""
    tokenized = [tokenize(text) for text in texts]
    return [
        TokenizedArticle.of(one, np.zeros(len(one.sentences), bool), provenance(Article("x", text=one.text)))
        for one in tokenized
    ]


def test_sentences_that_share_names_only_are_no_reuse():
    # The rest of the pair is a copy, which is one of the two reasons that a resembling sentence needs to count.
    left = "Anna Berg and Ola Lind arrive at Oslo on Monday, May 6, 2024, by train."
    right = "Monday, May 6, 2024: In Oslo police officers with dogs stand guard round Ola Lind, Anna Berg."
    body = "\n".join(REPORT)
    found = find_reuse(*sides(f"{left}\n{body}", f"{right}\n{body}"))
    assert [row[:2] for row in found.matches] == [(k, k) for k in range(1, 6)]


def test_nothing_is_shared_with_an_empty_text():
    assert find_reuse(*sides("", "\n".join(REPORT))).matches == []
    assert find_reuse(*sides("… — !", "…")).matches == []
