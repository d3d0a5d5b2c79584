"""``dedupe evaluate``: score the groups that a clustering predicted against gold labels."""

from __future__ import annotations

import click

from dedupe.cli.delivery import deliver
from dedupe.cli.options import output_options


@click.command()
@click.argument("gold", type=click.Path(dir_okay=False))
@click.argument("predicted", type=click.Path(dir_okay=False))
@click.option("--field", default="story", show_default=True, help="Field of PREDICTED that holds the group.")
@output_options("table", "json")
def evaluate(gold: str, predicted: str, field: str, format_name: str, output: str | None) -> None:
    """Score predicted groups against gold labels: B-cubed, adjusted Rand index and pair F1.

    GOLD is JSONL with the fields `id` and `cluster`. A field `topic` on every line adds a score: the share of article
    pairs of one topic but different clusters that were wrongly put together. PREDICTED is what `dedupe cluster
    --format jsonl` writes.
    """
    from dedupe.evaluation import evaluate as score
    from dedupe.evaluation import read_labels
    from dedupe.report.evaluation import lines

    scores = score(
        read_labels(gold, "cluster"), read_labels(predicted, field), read_labels(gold, "topic", optional=True)
    )
    deliver(lines(scores, format_name), output)
