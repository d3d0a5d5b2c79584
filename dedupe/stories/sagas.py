"""Sagas: stories of one affair, such as all events of one trial, one campaign or one war.

A saga is looser than a story. What its stories have in common are the words of the affair, and when they happened says
little. So two groups of stories join while their articles are alike enough on average, whatever their dates (average
link; Sokal & Michener 1958). Every story counts once, so that a large one does not decide for all others.
"""

from __future__ import annotations

import msgspec
import numpy as np

from dedupe.arrays import F64, I64
from dedupe.kernels import SERIAL, Compute
from dedupe.kernels.linkage import average_link
from dedupe.stories.candidates import Reach, propose_pairs, text_weights
from dedupe.stories.similarity import FIRST_PART, among_first
from dedupe.stories.sparse import KeyLists, sum_over_shared
from dedupe.text.language import ENGLISH
from dedupe.text.terms import Terms

REACH = Reach(days=180.0, most=400, least_cosine=0.03)
"""Which articles are compared. Sagas last longer than stories and have less in common."""


class SagaModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When stories are one saga.

    ``least_cosine``: the least mean cosine of the articles of two groups of stories, of whole texts and of first parts
    together. ``unlisted``: that of articles that are not alike enough to be compared.
    """

    least_cosine: float
    unlisted: float


def join_stories(words: Terms, day: F64, story: I64, model: SagaModel, compute: Compute = SERIAL) -> I64:
    """Join stories to sagas: the saga of each article, int64[rows], numbered from 0 in the order of first stories.

    ``day``: of each article, float64[rows], NaN if unknown. ``story``: of each article, int64[rows], numbered from 0
    without gaps; so all articles of a story are in one saga. Stories in other languages than English join no other,
    because the model was fitted on English alone.
    """
    whole = text_weights(words)
    pairs = propose_pairs(words, whole, day, compute=compute, reach=REACH)
    known = np.array([code == ENGLISH for code in words.languages], bool)
    kept = np.flatnonzero((story[pairs.left] != story[pairs.right]) & known[pairs.left] & known[pairs.right])
    left, right = pairs.left[kept], pairs.right[kept]
    first_part = compute.backend.scale_to_unit(words.starts, whole * among_first(words, FIRST_PART))
    parts = {"whole": whole, "first_part": first_part}
    cosines = sum_over_shared(KeyLists.of_terms(words), parts, left, right, compute)
    cosine = (cosines["whole"] + cosines["first_part"]) / 2
    sizes = np.bincount(story)
    low, high = np.minimum(story[left], story[right]), np.maximum(story[left], story[right])
    listed, place = np.unique(low * sizes.size + high, return_inverse=True)
    low, high = listed // max(1, sizes.size), listed % max(1, sizes.size)
    beyond = np.bincount(place, cosine - model.unlisted, listed.size)
    mean = model.unlisted + beyond / (sizes[low] * sizes[high])
    joined = average_link(sizes.size, low, high, mean, model.least_cosine, model.unlisted, compute.backend)
    return joined[story]
