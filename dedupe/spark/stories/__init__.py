"""Stories on Apache Spark, the same as those of ``dedupe cluster``.

``find_stories`` runs the stages of ``dedupe.stories`` in order, each on its own part of the collection:

1. ``texts``: leaves out boilerplate and shared parts of titles.
2. ``furniture``: finds repeated words.
3. ``terms``: reads terms and counts how many articles have each.
4. ``candidates``: finds candidate pairs by term and time.
5. ``similarity`` and ``neighbours``: measure what the articles of each pair have in common.
6. ``parts``: finds parts of the collection that join without looking at each other.
7. ``joining``: joins and splits each of these parts with the code of one machine.

``label_stories`` then chooses what each story is called, by ``headlines`` and ``printed``.
"""

from dedupe.spark.stories.finding import Stories, find_stories
from dedupe.spark.stories.labels import label_stories

__all__ = ["Stories", "find_stories", "label_stories"]
