"""The thresholds and parameters of the pipeline, in one frozen object.

Stages take a ``Settings`` object rather than single values. Its values are checked once, when the object is made.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from dedupe.errors import SettingsError

FAR_DAYS = {"trusted": 1e6, "usual": 10.0, "doubtful": 3.0}
"""The days between two articles beyond which further ones do not count, by how far dates are trusted: a date far off
may be a wrong date."""

RECIPE_VERSION = 3
"""Part of ``Settings.recipe``. It is raised when the same settings give other fingerprints than before."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that decide a result. The text below each one says what a higher value costs.

    Raises ``SettingsError`` when a value has the wrong type or is outside its range.

    >>> Settings(near_duplicate_jaccard=1.5)
    Traceback (most recent call last):
    dedupe.errors.SettingsError: near_duplicate_jaccard must be between 0.05 and 1.0, not 1.5
    """

    shingle_words: int = 5
    """Number of consecutive words in a shingle. Higher: fewer chance matches, but light edits break more shingles."""
    permutations: int = 128
    """Number of minima in a signature. Higher: signatures are slower to compute and larger, but fewer candidate pairs
    have to be verified for the same recall."""
    seed: int = 1
    """Seed of the permutations and hashes. Fingerprints made with different seeds cannot be compared. Higher: nothing;
    a secret one keeps others from making two texts with one fingerprint."""
    near_duplicate_jaccard: float = 0.5
    """Least Jaccard of a near duplicate. Higher: fewer pairs to verify, but edited copies are missed."""
    candidate_recall: float = 0.995
    """Least probability that a pair whose Jaccard is exactly ``near_duplicate_jaccard`` becomes a candidate pair.
    Higher: fewer copies are missed, but more pairs have to be verified."""
    excerpt_containment: float = 0.8
    """Least containment of an excerpt: the share of the shorter article's shingles that the longer one has too. Higher:
    fewer texts that share much are called excerpts, but edited excerpts are missed."""
    excerpt_min_words: int = 40
    """Fewest words of an excerpt that need not share two details with its article. A shorter one, of at least
    ``passage_words`` words, must. Higher: fewer short lookalikes are called excerpts, but briefs without names and
    figures are missed."""
    passage_words: int = 20
    """Two articles that share a run of this many words always become a candidate pair. It must be above
    ``shingle_words``. Higher: smaller fingerprints and fewer pairs to verify, but short copied passages are missed."""
    overlap_words: int = 20
    """Least overlap for the relation ``overlapping``: as many shared shingles as one run of this many words contains.
    Higher: fewer pairs that share a stock phrase are reported, but neither are small overlaps."""
    bucket_cap: int = 128
    """Largest bucket in which every pair becomes a candidate pair. In a larger bucket, articles are compared with its
    first eight articles only, and the results count such buckets. Higher: all pairs of a larger group of copies are
    reported, but a flood of near-identical pages takes time that grows with the square of it."""
    story_probability: float = 0.5
    """Least same-event probability at which articles are put into one story. Higher: smaller and purer stories, but
    more reports of one event are kept apart."""
    story_span: float = 36_525.0
    """Most days from the first article of a story to its last; the default, a hundred years, is no limit. Higher: a
    long affair stays together, but its stages are put into one story."""
    dates: str = "usual"
    """How far dates are to be trusted: ``trusted``, ``usual`` or ``doubtful``. Less trust: wrong dates harm less, but
    reports of similar events at different times are put into one story."""
    sagas: bool = False
    """Whether stories of one affair are joined to sagas. True: a second, coarser level, but clustering takes longer."""
    giant_story_share: float = 0.25
    """A story with more than this share of a collection of 50 or more articles gives a warning. Higher: fewer warnings,
    but only larger stories give one."""
    threads: int = 1
    """Number of worker threads. The results are the same for every number. Higher: less time until the result, but more
    processors and a little more CPU time."""

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            whole = isinstance(low, int)
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                raise SettingsError(f"{name} must be {'a whole' if whole else 'a'} number, not {value!r}")
            if not low <= value <= high:
                raise SettingsError(f"{name} must be between {low} and {high}, not {value!r}")
        if self.dates not in FAR_DAYS:
            raise SettingsError(f"dates must be one of {', '.join(FAR_DAYS)}, not {self.dates!r}")
        if not isinstance(self.sagas, bool):
            raise SettingsError(f"sagas must be True or False, not {self.sagas!r}")
        if self.passage_words <= self.shingle_words:
            raise SettingsError(
                f"passage_words must be above shingle_words ({self.shingle_words}), not {self.passage_words!r}"
            )

    @property
    def recipe(self) -> str:
        """Short hash of everything that decides a fingerprint. An index never holds fingerprints of two recipes."""
        parts = (RECIPE_VERSION, self.shingle_words, self.permutations, self.seed, self.passage_words)
        return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


_RANGES: dict[str, tuple[float, float]] = {
    "shingle_words": (1, 50),
    "permutations": (16, 1024),
    "seed": (0, 2**64 - 1),
    "near_duplicate_jaccard": (0.05, 1.0),
    "candidate_recall": (0.5, 0.9999),
    "excerpt_containment": (0.05, 1.0),
    "excerpt_min_words": (1, 100_000),
    "passage_words": (2, 1000),
    "overlap_words": (1, 100_000),
    "bucket_cap": (2, 1_000_000),
    "story_probability": (0.001, 0.999),
    "story_span": (0.0, 1_000_000.0),
    "giant_story_share": (0.0, 1.0),
    "threads": (1, 1024),
}
"""Least and largest allowed value of every setting. A setting whose bounds are whole numbers must be a whole number;
one whose bounds are floats may be any number between them."""
