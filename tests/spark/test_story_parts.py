"""Parts of a collection are joined alone, and give the groups that the whole collection gives."""

import numpy as np
import pyarrow as pa
import pytest

from dedupe.spark.stories.parts import find_parts
from dedupe.stories.candidates import CandidatePairs
from dedupe.stories.joining import MEANS, join_articles
from dedupe.stories.models import load_model

MODEL = load_model().join
ARTICLES = 14
"""Articles of one random collection."""


def random_links(seed, collections, values):
    """The links of many small collections, with few distinct ``values``, so that many joins are equally likely."""
    draw = np.random.default_rng(seed)
    left, right = np.triu_indices(ARTICLES, 1)
    ends, columns = [], {name: [] for name in (*MEANS, "share_left", "share_right")}
    for number in range(collections):
        chosen = np.flatnonzero(draw.random(left.size) < draw.choice([0.15, 0.3, 0.6]))
        one, two = left[chosen], right[chosen]
        ends.append(np.column_stack((one, two)) + number * ARTICLES)
        strength = draw.choice(values, chosen.size)
        for name in MEANS:
            columns[name].append(np.where(name.startswith("other"), 0.0, strength * draw.choice(values, chosen.size)))
        kept = strength * draw.choice([0.0, 0.5, 1.0], chosen.size)
        total = np.bincount(one, kept, ARTICLES) + np.bincount(two, kept, ARTICLES) + 0.1
        columns["share_left"].append(kept / total[one])
        columns["share_right"].append(kept / total[two])
    pairs = np.concatenate(ends)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    day = draw.choice([np.nan, 1.0, 2.0, 3.0, 9.0, 40.0], collections * ARTICLES)
    return pairs[order], {name: np.concatenate(parts)[order] for name, parts in columns.items()}, day


@pytest.mark.parametrize(
    ("seed", "values", "limits"),
    [
        (1, (0.3, 0.6), (-1.0, 36525.0, 10.0)),
        (2, (0.3, 0.6), (-0.5, 7.0, 3.0)),
    ],
)
def test_groups_are_those_of_the_whole_collection(spark, work, seed, values, limits):
    pairs, columns, day = random_links(seed, 150, values)
    links = pa.table(
        {
            "left": pairs[:, 0],
            "right": pairs[:, 1],
            "day_left": day[pairs[:, 0]],
            "day_right": day[pairs[:, 1]],
            **columns,
        }
    )
    found = find_parts(work, spark.createDataFrame(links), MODEL, limits, day.size).toArrow()
    part = np.arange(day.size)
    part[found["row"].to_numpy()] = found["part"].to_numpy()

    def joined(chosen):
        rows = np.unique(pairs[chosen])
        left, right = (np.searchsorted(rows, ends) for ends in pairs[chosen].T)
        own = {name: column[chosen] for name, column in columns.items()}
        groups = join_articles(
            rows.size, CandidatePairs(left, right, {}), own, day[rows], MODEL, limits, collection=day.size
        )
        return rows, rows[groups.labels], groups.joined.measured

    _, wanted, _ = joined(np.arange(len(pairs)))
    together = np.arange(day.size)
    together[np.unique(pairs)] = wanted
    inside = part[pairs[:, 0]] == part[pairs[:, 1]]
    alone = np.arange(day.size)
    for number in np.unique(part[pairs[inside, 0]]).tolist():
        rows, labels, _ = joined(np.flatnonzero(inside & (part[pairs[:, 0]] == number)))
        alone[rows] = labels
    assert alone.tolist() == together.tolist()
    # Joins raise scores here: some parts became one after the first round.
    assert "story_round_2_links" in work._kept
    assert np.unique(part).size > 150
