"""What an index says about itself, and whether it agrees with the settings it is opened with."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, fields

import msgspec

from dedupe.candidates import rows_per_band
from dedupe.errors import IndexRefusedError
from dedupe.index.signed import BANDS_ALWAYS_UNDER
from dedupe.settings import Settings
from dedupe.text import NORMALISER_VERSION

_FILED_UNDER = ("shingle_words", "permutations", "seed", "passage_words")


def facts(settings: Settings, retention_days: float) -> dict[str, str]:
    """What a new index writes down."""
    return {
        "recipe": recipe(settings),
        "settings": msgspec.json.encode(asdict(settings)).decode(),
        "retention_days": repr(float(retention_days)),
        "unicode": unicodedata.unidata_version,
    }


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
