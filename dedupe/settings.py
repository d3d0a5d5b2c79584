"""Every threshold of the package: one frozen, flat object, checked in one place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from dedupe.errors import SettingsError

RECIPE_VERSION = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides a result. Each line says what raising the value costs.

    >>> Settings(near_duplicate_jaccard=1.5)
    Traceback (most recent call last):
    dedupe.errors.SettingsError: near_duplicate_jaccard must be between 0.05 and 1.0, not 1.5
    """

    shingle_words: int = 5
    """Consecutive words in a shingle. Higher: fewer chance matches, but light edits break more shingles."""
    permutations: int = 128
    """Minima in a signature. Higher: slower and larger, fewer candidate pairs to verify for the same recall."""
    seed: int = 1
    """Seed of the permutations and hashes. Another seed makes fingerprints incomparable."""
    near_duplicate_jaccard: float = 0.5
    """Least Jaccard of a near duplicate. Higher: edited copies are missed."""
    candidate_recall: float = 0.995
    """Least chance that the bands propose a pair exactly at the threshold. Higher: more pairs to verify."""
    excerpt_containment: float = 0.8
    """Least share of the shorter article found in the longer one for an excerpt. Higher: edited cuts are missed."""
    excerpt_min_words: int = 40
    """Fewest words of an article that may be called an excerpt. Higher: news briefs are missed."""
    passage_words: int = 20
    """A shared run of this many words always makes a candidate pair. Higher: short lifted passages are missed."""
    overlap_words: int = 20
    """Fewest words' worth of shared shingles for the relation `overlapping`. Higher: small borrowings go unreported."""
    bucket_cap: int = 128
    """Largest bucket compared pair by pair; beyond it articles meet only its first eight, and that is counted.
    Higher: floods of near-identical pages cost quadratically more."""
    story_probability: float = 0.5
    """Least calibrated same-event probability of an article with its story. Higher: smaller, purer stories."""
    giant_story_share: float = 0.25
    """A story holding more than this share of a collection of 50 or more raises a warning. Higher: later warning."""
    threads: int = 1
    """Worker threads; results are identical for every number."""

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            whole = self.__dataclass_fields__[name].type == "int"
            if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
                raise SettingsError(f"{name} must be {'a whole' if whole else 'a'} number, not {value!r}")
            if not low <= value <= high:
                raise SettingsError(f"{name} must be between {low} and {high}, not {value!r}")
        if self.passage_words <= self.shingle_words:
            raise SettingsError(
                f"passage_words must be above shingle_words ({self.shingle_words}), not {self.passage_words!r}"
            )

    @property
    def recipe(self) -> str:
        """Short hash of everything that decides a fingerprint; two recipes never mix in one index."""
        parts = (RECIPE_VERSION, self.shingle_words, self.permutations, self.seed, self.passage_words)
        return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


_RANGES: dict[str, tuple[float, float]] = {
    "shingle_words": (1, 50),
    "permutations": (16, 1024),
    "seed": (0, 2**32 - 1),
    "near_duplicate_jaccard": (0.05, 1.0),
    "candidate_recall": (0.5, 0.9999),
    "excerpt_containment": (0.05, 1.0),
    "excerpt_min_words": (1, 100_000),
    "passage_words": (2, 1000),
    "overlap_words": (1, 100_000),
    "bucket_cap": (2, 1_000_000),
    "story_probability": (0.001, 0.999),
    "giant_story_share": (0.0, 1.0),
    "threads": (1, 1024),
}
