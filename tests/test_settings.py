"""What settings promise: every value is checked in one place, and the recipe is a hash of what decides fingerprints."""

import dataclasses

import pytest

from dedupe import DedupeError, Settings
from dedupe.settings import _RANGES, FAR_DAYS

FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
WHOLE = [name for name, field in FIELDS.items() if type(field.default) is int]
FRACTIONS = [name for name, field in FIELDS.items() if isinstance(field.default, float)]


def test_every_setting_has_a_range_that_holds_its_default():
    assert {*_RANGES, "dates", "sagas"} == set(FIELDS)
    assert all(low <= FIELDS[name].default <= high for name, (low, high) in _RANGES.items())
    assert FIELDS["dates"].default in FAR_DAYS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"permutations": 8}, "permutations must be between 16 and 1024, not 8"),
        ({"permutations": 1025}, "permutations must be between 16 and 1024, not 1025"),
        ({"near_duplicate_jaccard": "half"}, "near_duplicate_jaccard must be a number, not 'half'"),
        ({"near_duplicate_jaccard": None}, "near_duplicate_jaccard must be a number, not None"),
        ({"near_duplicate_jaccard": float("nan")}, "near_duplicate_jaccard must be between 0.05 and 1.0, not nan"),
        ({"story_span": -1}, "story_span must be between 0.0 and 1000000.0, not -1"),
        ({"story_probability": 1.0}, "story_probability must be between 0.001 and 0.999, not 1.0"),
        ({"dates": "never"}, "dates must be one of trusted, usual, doubtful, not 'never'"),
        ({"dates": None}, "dates must be one of trusted, usual, doubtful, not None"),
        ({"sagas": 1}, "sagas must be True or False, not 1"),
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


def test_the_less_dates_are_trusted_the_fewer_days_count():
    counted = [FAR_DAYS[dates] for dates in ("trusted", "usual", "doubtful")]
    assert counted == sorted(counted, reverse=True)


@pytest.mark.parametrize("change", [{"story_probability": 0.9}, {"story_span": 7}, {"dates": "doubtful"}])
def test_the_settings_of_stories_change_no_fingerprint(change):
    assert Settings(**change).recipe == Settings().recipe


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().threads = 2
