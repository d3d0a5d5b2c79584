"""What the stories of a collection are called, as one row for each article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedupe.spark.stories.finding import Stories
from dedupe.spark.stories.headlines import call_stories
from dedupe.spark.workspace import Workspace

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def label_stories(work: Workspace, articles: DataFrame, stories: Stories) -> DataFrame:
    """Return one row for each article, with its story and what that is called, the same as ``dedupe cluster`` has.

    ``articles``: those of ``stories``, with ``id`` and ``title``. The columns are ``id``, ``story``,
    ``story_canonical``, ``story_size``, ``story_label`` (see ``stories.labels``; the id of the canonical article if
    there is no word for it) and ``story_probability``. ``Stories`` describes the others.
    """
    titles = articles.select("id", "title").join(stories.of_articles.select("id", "row", "text", "story_size"), "id")
    called = call_stories(work, titles, stories)
    return stories.of_articles.join(called, "text", "left").selectExpr(
        "id", "story", "story_canonical", "story_size", "coalesce(label, story_canonical) as story_label",
        "story_probability",
    )  # fmt: skip
