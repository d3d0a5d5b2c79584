"""Stories on Apache Spark, the same as those of ``dedupe cluster``.

``story_labels`` runs the stages of ``dedupe.stories`` in order, each on its own part of the collection:

1. ``order``: numbers the articles in canonical order.
2. ``texts``: leaves out boilerplate and shared parts of titles.
3. ``furniture``: finds repeated words.
4. ``terms``: reads terms and counts how many articles have each.
5. ``candidates``: finds candidate pairs by term and time.
6. ``similarity`` and ``neighbours``: measure what the articles of each pair have in common.
7. ``components``: finds parts of the collection that join without looking at each other.
8. ``joining``: joins and splits each of these parts with the code of one machine.
"""

from dedupe.spark.stories.labels import story_labels

__all__ = ["story_labels"]
