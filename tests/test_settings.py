"""What settings promise: every value is checked in one place, and the recipe is a hash of what decides fingerprints."""

import dataclasses

import pytest

from dedupe import DedupeError, Settings
from dedupe.settings import _RANGES

FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
WHOLE = [name for name, field in FIELDS.items() if isinstance(field.default, int)]
FRACTIONS = [name for name, field in FIELDS.items() if isinstance(field.default, float)]


def test_every_setting_has_a_range_that_holds_its_default():
    assert set(_RANGES) == set(FIELDS)
    assert all(low <= FIELDS[name].default <= high for name, (low, high) in _RANGES.items())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"permutations": 8}, "permutations must be between 16 and 1024, not 8"),
        ({"permutations": 1025}, "permutations must be between 16 and 1024, not 1025"),
        ({"near_duplicate_jaccard": "half"}, "near_duplicate_jaccard must be a number, not 'half'"),
        ({"near_duplicate_jaccard": None}, "near_duplicate_jaccard must be a number, not None"),
        ({"near_duplicate_jaccard": float("nan")}, "near_duplicate_jaccard must be between 0.05 and 1.0, not nan"),
        ({"giant_story_share": 2}, "giant_story_share must be between 0.0 and 1.0, not 2"),
        ({"passage_words": 5}, r"passage_words must be above shingle_words \(5\), not 5"),
    ],
)
def test_a_value_outside_its_range_is_refused(changes, message):
    with pytest.raises(DedupeError, match=f"^{message}$"):
        Settings(**changes)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("value", [2.5, 20.0, True, "20"])
def test_a_whole_setting_takes_whole_numbers_only(name, value):
    with pytest.raises(DedupeError, match=f"^{name} must be a whole number, not {value!r}$"):
        Settings(**{name: value})


@pytest.mark.parametrize("name", FRACTIONS)
def test_any_other_setting_takes_no_bool(name):
    with pytest.raises(DedupeError, match=f"^{name} must be a number, not True$"):
        Settings(**{name: True})


def test_any_other_setting_takes_a_whole_number():
    settings = Settings(near_duplicate_jaccard=1, excerpt_containment=1, giant_story_share=0)
    assert (settings.near_duplicate_jaccard, settings.excerpt_containment, settings.giant_story_share) == (1, 1, 0)


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().threads = 2
