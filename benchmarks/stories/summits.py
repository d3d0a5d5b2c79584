"""How the two summits of the seeds are told apart: the split that was made, and the one that was refused.

    python -m benchmarks.stories.summits [--write]

The numbers are those of ``dedupe cluster seeds/ --explain --format json``. docs/charts/summits.svg is drawn from them.
"""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.common import ROOT, keep_figures
from dedupe import cluster, read
from dedupe.explanations import Split, explain_collection


def split_figures(split: Split) -> dict[str, Any]:
    """The two sides of a split by the numbers of the articles, and what decided it."""
    return {
        "smaller": sorted(name.partition("_")[0] for name in split.smaller),
        "larger": sorted(name.partition("_")[0] for name in split.larger),
        "log_odds": split.log_odds,
        "probability": split.probability,
        "contributions": dict(split.contributions),
    }


def figures() -> dict[str, Any]:
    """The split between the summits, and the best split inside the story of the larger one."""
    larger = explain_collection(cluster(read([ROOT / "seeds"]))).stories[0]
    assert larger.refused_split is not None
    [made] = larger.splits_made
    return {"made": split_figures(made), "refused": split_figures(larger.refused_split)}


if __name__ == "__main__":
    keep_figures("summits", figures(), "--write" in sys.argv)
