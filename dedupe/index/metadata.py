"""What an index stores about itself, and whether that agrees with the options it is opened with."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import msgspec

from dedupe.copies.candidates import rows_per_band
from dedupe.errors import IndexRefusedError, SettingsError
from dedupe.index.lookup.keys import BANDS_ALWAYS_UNDER
from dedupe.index.storage.connection import MAKE_IT_AGAIN
from dedupe.index.storage.store import Store
from dedupe.index.stories import term_vectors
from dedupe.settings import Settings
from dedupe.text.words import NORMALISER_VERSION

_KEY_SETTINGS = ("shingle_words", "permutations", "seed", "passage_words")
"""Settings that decide the keys of an article and that a refusal names one by one."""

DEFAULT_RETENTION_DAYS = 30.0
"""Retention of a new index for which none is given, days."""

_MOST_DAYS = 36_500.0


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """The options an index is used with. ``story_days`` is 0 if it does not track stories."""

    settings: Settings
    retention_days: float
    story_days: float


def agree_options(
    store: Store,
    settings: Settings | Mapping[str, Any] | None,
    retention_days: float | None,
    story_days: float | None,
) -> IndexOptions:
    """Return the given options, and the stored ones in place of those that are not given.

    Changes of days are stored, unless the store was opened read-only. A mapping as ``settings`` gives some of them by
    name; None gives none.

    Raises ``IndexRefusedError`` if the given options do not fit the index, and ``SettingsError`` for a number of days
    that is out of range.
    """
    if retention_days is not None and not 0 < retention_days <= _MOST_DAYS:
        raise SettingsError(f"retention_days must be above 0 and at most 36500, not {retention_days!r}")
    if story_days is not None and not 0 <= story_days <= _MOST_DAYS:
        raise SettingsError(f"story_days must be between 0 (stories are not tracked) and 36500, not {story_days!r}")
    with store.reading() if store.read_only else store.writing():
        about = store.read_metadata()
        if "recipe" not in about:
            if store.read_only:
                raise IndexRefusedError(f"{store.name}: the index is not complete yet; open it to write first")
            own = _changed(Settings(), settings)
            options = IndexOptions(own, retention_days or DEFAULT_RETENTION_DAYS, story_days or 0.0)
            store.write_metadata(_metadata(options))
            return options
        stored = IndexOptions(stored_settings(about), float(about["retention_days"]), float(about["story_days"]))
        agreed = _changed(stored.settings, settings)
        check_recipe(store.name, about, agreed)
        agreed_story_days = stored.story_days if story_days is None else story_days
        _check_stories(store.name, about, stored.story_days, agreed_story_days)
        options = IndexOptions(agreed, retention_days or stored.retention_days, agreed_story_days)
        are_new = (options.retention_days, options.story_days) != (stored.retention_days, stored.story_days)
        if are_new and not store.read_only:
            store.write_metadata(_days(options))
        return options


def _changed(own: Settings, given: Settings | Mapping[str, Any] | None) -> Settings:
    return given if isinstance(given, Settings) else replace(own, **(given or {}))


def _days(options: IndexOptions) -> dict[str, str]:
    return {"retention_days": repr(float(options.retention_days)), "story_days": repr(float(options.story_days))}


def _metadata(options: IndexOptions) -> dict[str, str]:
    """What a new index stores about itself."""
    return {
        "recipe": recipe(options.settings),
        "settings": msgspec.json.encode(asdict(options.settings)).decode(),
        "terms": term_vectors.recipe() if options.story_days else "",
        "unicode": unicodedata.unidata_version,
        **_days(options),
    }


def _check_stories(folder: str, about: dict[str, str], stored: float, wanted: float) -> None:
    """Check that an index that was made to track stories is opened so, and one that was not is not.

    This cannot change later, because the articles that are stored already would have no story.
    """
    if bool(stored) != bool(wanted):
        does = "tracks stories" if stored else "does not track stories"
        raise IndexRefusedError(f"{folder}: the index {does}; open it as it is or make a new one")
    if wanted and about.get("terms") != term_vectors.recipe():
        raise IndexRefusedError(
            f"{folder}: the index tracks stories by the terms of another version of news-dedupe; use that version, or "
            f"{MAKE_IT_AGAIN}"
        )


def recipe(settings: Settings) -> str:
    """Return a short text of everything that decides the keys of an article. An index never mixes two recipes."""
    bands = rows_per_band(settings.permutations, settings.near_duplicate_jaccard, settings.candidate_recall)
    every = settings.near_duplicate_jaccard < BANDS_ALWAYS_UNDER
    return f"{settings.recipe}-{NORMALISER_VERSION}-{bands}-{int(every)}"


def stored_settings(about: dict[str, str]) -> Settings:
    """Return the settings an index was made with, without settings that this version does not know."""
    known = {field.name for field in fields(Settings)}
    values = msgspec.json.decode(about["settings"])
    return Settings(**{name: value for name, value in values.items() if name in known})


def check_recipe(folder: str, about: dict[str, str], settings: Settings) -> None:
    """Raise ``IndexRefusedError`` if the index stores articles under other keys than these settings would give."""
    if about.get("recipe") == recipe(settings):
        return
    stored = stored_settings(about)
    if recipe(stored) != about.get("recipe"):
        raise IndexRefusedError(
            f"{folder}: the index has another recipe (an earlier version of the fingerprints); use that version of "
            f"news-dedupe, or {MAKE_IT_AGAIN}"
        )
    differing = [name for name in _KEY_SETTINGS if getattr(stored, name) != getattr(settings, name)]
    # A seed may be a secret, so it is never shown.
    reasons = [
        name if name == "seed" else f"{name} {getattr(stored, name)!r}, not {getattr(settings, name)!r}"
        for name in differing
    ]
    reason = ", ".join(reasons) or "another near_duplicate_jaccard or candidate_recall, which needs other bands"
    raise IndexRefusedError(
        f"{folder}: the index has another recipe ({reason}); open it with its own settings or make a new one"
    )
