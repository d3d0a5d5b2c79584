"""``dedupe evaluate``: score the groups that a clustering predicted against gold labels."""

from __future__ import annotations

import click

from dedupe.cli.common import examples
from dedupe.cli.delivery import deliver
from dedupe.cli.options import output_options
from dedupe.cli.progress import Progress


@click.command(
    epilog=examples("dedupe cluster day.jsonl --format jsonl -o found.jsonl && dedupe evaluate gold.jsonl found.jsonl",
                    "dedupe evaluate gold.jsonl found.jsonl --field copy_group --format json")
)  # fmt: skip
@click.argument("gold", type=click.Path(dir_okay=False))
@click.argument("predicted", type=click.Path(dir_okay=False))
@click.option("--field", default="story", show_default=True, help="Field of PREDICTED that holds the group.")
@output_options("table", "json")
def evaluate(gold: str, predicted: str, field: str, format_name: str, output: str | None) -> None:
    """Score predicted groups against gold labels: B-cubed, adjusted Rand index and pair F1.

    GOLD is JSONL or CSV with the fields `id` and `cluster`. A field `topic` on every line adds a score: the share of
    article pairs of one topic but different clusters that were wrongly put together. PREDICTED is what `dedupe cluster`
    writes with `--format jsonl` or `--format csv`.
    """
    from dedupe.evaluation import evaluate as score
    from dedupe.evaluation import read_labels
    from dedupe.report.evaluation import lines

    with Progress(
        {"gold": 45, "predicted": 45, "score": 10}, dict.fromkeys(("gold", "predicted"), "labels")
    ) as progress:
        progress("gold")
        labels, topics = read_labels(gold, "cluster", on_labels=progress.add), read_labels(gold, "topic", optional=True)
        progress("predicted")
        groups = read_labels(predicted, field, on_labels=progress.add)
        progress("score")
        scores = score(labels, groups, topics)
    deliver(lines(scores, format_name), output)
