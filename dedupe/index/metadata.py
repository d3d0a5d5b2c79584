"""What an index says about itself, and whether it agrees with what it is opened with."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass, fields

import msgspec

from dedupe.copies.candidates import rows_per_band
from dedupe.errors import IndexRefusedError, SettingsError
from dedupe.index.lookup.keys import BANDS_ALWAYS_UNDER
from dedupe.index.storage.store import Store
from dedupe.index.stories import term_vectors
from dedupe.settings import Settings
from dedupe.text.words import NORMALISER_VERSION

_FILED_UNDER = ("shingle_words", "permutations", "seed", "passage_words")


DEFAULT_RETENTION_DAYS = 30.0

_MOST_DAYS = 36_500.0


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """What an index is used with. ``story_days`` 0: stories are not followed."""

    settings: Settings
    retention_days: float
    story_days: float


def agree_options(
    log: Store, settings: Settings | None, retention_days: float | None, story_days: float | None
) -> IndexOptions:
    """What is given, else what is stored; stored where it is new.

    Raises ``IndexRefusedError`` where they do not fit together, ``SettingsError`` for days out of range.
    """
    if retention_days is not None and not 0 < retention_days <= _MOST_DAYS:
        raise SettingsError(f"retention_days must be above 0 and at most 36500, not {retention_days!r}")
    if story_days is not None and not 0 <= story_days <= _MOST_DAYS:
        raise SettingsError(f"story_days must be between 0 (stories are not followed) and 36500, not {story_days!r}")
    with log.writing():
        about = log.about()
        if "recipe" not in about:
            chosen = IndexOptions(settings or Settings(), retention_days or DEFAULT_RETENTION_DAYS, story_days or 0.0)
            log.describe(_facts(chosen))
            return chosen
        stored = IndexOptions(stored_settings(about), float(about["retention_days"]), float(about["story_days"]))
        check_recipe(str(log.folder), about, settings or stored.settings)
        kept = stored.story_days if story_days is None else story_days
        _check_stories(str(log.folder), about, stored.story_days, kept)
        chosen = IndexOptions(settings or stored.settings, retention_days or stored.retention_days, kept)
        if (chosen.retention_days, chosen.story_days) != (stored.retention_days, stored.story_days):
            log.describe(_days(chosen))
        return chosen


def _days(chosen: IndexOptions) -> dict[str, str]:
    return {"retention_days": repr(float(chosen.retention_days)), "story_days": repr(float(chosen.story_days))}


def _facts(chosen: IndexOptions) -> dict[str, str]:
    """What a new index writes down."""
    return {
        "recipe": recipe(chosen.settings),
        "settings": msgspec.json.encode(asdict(chosen.settings)).decode(),
        "terms": term_vectors.recipe() if chosen.story_days else "",
        "unicode": unicodedata.unidata_version,
        **_days(chosen),
    }


def _check_stories(folder: str, about: dict[str, str], stored: float, wanted: float) -> None:
    """Whether an index follows stories is decided when it is made: its first articles would have none."""
    if bool(stored) != bool(wanted):
        does = "follows stories" if stored else "does not follow stories"
        raise IndexRefusedError(f"{folder}: the index {does}; open it as it is or make a new one")
    if wanted and about.get("terms") != term_vectors.recipe():
        raise IndexRefusedError(
            f"{folder}: the index follows stories by the terms of another version of news-dedupe; use that, or make a "
            "new index"
        )


def recipe(settings: Settings) -> str:
    """Everything that decides under which keys an article is filed: two recipes never mix in one index."""
    bands = rows_per_band(settings.permutations, settings.near_duplicate_jaccard, settings.candidate_recall)
    every = settings.near_duplicate_jaccard < BANDS_ALWAYS_UNDER
    return f"{settings.recipe}-{NORMALISER_VERSION}-{bands}-{int(every)}"


def stored_settings(about: dict[str, str]) -> Settings:
    """The settings an index was made with."""
    known = {field.name for field in fields(Settings)}
    values = msgspec.json.decode(about["settings"])
    return Settings(**{name: value for name, value in values.items() if name in known})


def check_recipe(folder: str, about: dict[str, str], settings: Settings) -> None:
    """Raise ``IndexRefusedError`` where the index files articles under other keys than these settings would."""
    if about.get("recipe") == recipe(settings):
        return
    stored = stored_settings(about)
    other = [name for name in _FILED_UNDER if getattr(stored, name) != getattr(settings, name)]
    # A seed may be a secret: it is never shown.
    said = [
        name if name == "seed" else f"{name} {getattr(stored, name)!r}, not {getattr(settings, name)!r}"
        for name in other
    ]
    if recipe(stored) != about.get("recipe"):
        said = ["an earlier version of the fingerprints"]
    reason = ", ".join(said) or "another near_duplicate_jaccard or candidate_recall, which needs other bands"
    raise IndexRefusedError(
        f"{folder}: the index has another recipe ({reason}); open it with its own settings or make a new one"
    )
