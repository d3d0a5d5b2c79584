"""The plan on paper: what an archive of a billion articles would take, computed from what was measured.

    python -m benchmarks.spark.plan [--write]

Prints the tables of docs/scale.md, computed from the spark_*.json and scale.json of benchmarks/results, or writes them into
that page. A test compares them. What an article costs at the margin is the difference between the largest size that was
measured and the smallest, divided by the difference of the articles, so that what every run costs once does not count.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.common import RESULTS, ROOT

PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- computed: {} -->", "<!-- end -->"
ARCHIVE = 1_000_000_000
"""Articles of the plan."""
CORES, NODE_CORES, USED = 1_000, 16, 0.5
"""Cores of the cluster, cores of a machine, and the share of the time that cores compute: assumed, not measured."""
DISK_BYTES_A_SECOND = 500_000_000
"""What the disk of a machine writes, or reads, in a second: assumed. What passes a shuffle is written and read once."""
VERBS = ("pairs", "copies", "stories")


Sizes = dict[int, dict[str, Any]]
"""What ``benchmarks.spark.cost`` measured of one verb, by the number of articles, ascending."""


def measured() -> dict[str, Sizes]:
    """What the file says that ``benchmarks.spark.cost`` writes, by verb."""
    sizes = json.loads((RESULTS / "spark_cost.json").read_text(encoding="utf-8"))["sizes"]
    return {
        verb: {int(size): sizes[size][verb] for size in sorted(sizes, key=int) if verb in sizes[size]} for verb in VERBS
    }


def margin(sizes: Sizes, of: Callable[[dict[str, Any]], float]) -> float:
    """What one more article adds to a figure, which ``of`` takes from those of a size."""
    small, large = min(sizes), max(sizes)
    return (of(sizes[large]) - of(sizes[small])) / (large - small)


def of_stages(figures: dict[str, Any], key: str) -> float:
    """The sum of a figure over all stages."""
    return float(sum(stage.get(key, 0) for stage in figures["spark"]["stages"].values()))


def sizes_table(verbs: dict[str, Sizes]) -> Iterator[str]:
    """What was measured at each size."""
    yield "| verb | articles | CPU on Spark | CPU of one thread alone | ratio | through shuffles | written |"
    yield "|---|---|---|---|---|---|---|"
    for verb, sizes in verbs.items():
        for size, own in sizes.items():
            shuffled, kept = (of_stages(own, key) / 1e6 for key in ("shuffle_bytes", "kept_bytes"))
            yield (
                f"| {verb} | {size:,} | {own['spark']['cpu_s']:,.0f} s | {own['one_machine']['cpu_s']:,.1f} s "
                f"| {own['times_one_machine']:.0f} | {shuffled:,.0f} MB | {kept:,.0f} MB |"
            )


def stages_table(sizes: Sizes) -> Iterator[str]:
    """What one more article costs in each stage of a verb, the dearest first."""
    costs = {size: stages_of(own) for size, own in sizes.items()}
    yield "| stage | CPU an article | bytes through shuffles an article | bytes written an article |"
    yield "|---|---|---|---|"
    rows = []
    for name in costs[max(sizes)]:
        cpu, shuffled, kept = (
            margin(costs, lambda stages, name=name, key=key: stages.get(name, {}).get(key, 0))
            for key in ("cpu_s", "shuffle_bytes", "kept_bytes")
        )
        rows.append((cpu, f"| `{name}` | {cpu * 1e6:,.0f} µs | {shuffled:,.0f} | {kept:,.0f} |"))
    yield from (row for _, row in sorted(rows, reverse=True)[:12])


def stages_of(figures: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What the stages took. Those of all rounds in which stories are joined are one stage, ``story_round``."""
    costs: dict[str, dict[str, float]] = {}
    for name, cost in figures["spark"]["stages"].items():
        own = costs.setdefault("story_round" if name.startswith("story_round") else name, dict.fromkeys(cost, 0.0))
        for key, value in cost.items():
            own[key] += value
    return costs


def plan(sizes: Sizes) -> dict[str, float]:
    """What ARCHIVE articles take: CPU hours, terabytes, and hours on CORES cores."""
    cpu = margin(sizes, lambda own: own["spark"]["cpu_s"]) * ARCHIVE
    shuffled = margin(sizes, lambda own: of_stages(own, "shuffle_bytes")) * ARCHIVE
    kept = margin(sizes, lambda own: of_stages(own, "kept_bytes")) * ARCHIVE
    computing = cpu / (CORES * USED) / 3600
    disks = 2 * (shuffled + kept) / (CORES / NODE_CORES * DISK_BYTES_A_SECOND) / 3600
    return {
        "cpu_hours": cpu / 3600,
        "shuffled_tb": shuffled / 1e12,
        "kept_tb": kept / 1e12,
        "hours": max(computing, disks),
        "disk_hours": disks,
    }


def plan_table(verbs: dict[str, Sizes]) -> Iterator[str]:
    """The plan for every verb, and up to which size it was measured."""
    yield (
        f"| {ARCHIVE:,} articles | measured up to | CPU hours | through shuffles | written between stages "
        f"| hours on {CORES:,} cores |"
    )
    yield "|---|---|---|---|---|---|"
    for verb, sizes in verbs.items():
        own = plan(sizes)
        yield (
            f"| {verb} | {max(sizes):,} | {own['cpu_hours']:,.0f} | {own['shuffled_tb']:.1f} TB "
            f"| {own['kept_tb']:.1f} TB | {own['hours']:.1f} |"
        )


def one_machine_table(pairs: Sizes) -> Iterator[str]:
    """What one machine takes for near duplicates, and from how many cores on a cluster is faster."""
    alone = json.loads((RESULTS / "scale.json").read_text(encoding="utf-8"))
    ratio = margin(pairs, lambda own: own["spark"]["cpu_s"]) / margin(pairs, lambda own: own["one_machine"]["cpu_s"])
    yield "| articles | one machine, two threads | memory | cores that a cluster needs to be as fast |"
    yield "|---|---|---|---|"
    for size, figures in sorted(alone["sizes"].items(), key=lambda item: int(item[0])):
        cores = ratio * figures["cpu_s"] / figures["wall_s"] / USED
        yield f"| {int(size):,} | {figures['wall_s']:,.1f} s | {figures['peak_mb']:,.0f} MB | {cores:,.0f} |"


def parity_table() -> Iterator[str]:
    """What was compared with one machine."""
    found: dict[tuple[str, int, str, int], dict[int, int]] = {}
    for row in json.loads((RESULTS / "spark_parity.json").read_text(encoding="utf-8"))["rows"]:
        key = (row["data"], row["articles"], row["what"], row["rows"])
        found.setdefault(key, {})[row["partitions"]] = row["different"]
    yield "| data | articles | compared | partitions | different |"
    yield "|---|---|---|---|---|"
    for (data, articles, what, rows), different in found.items():
        partitions = ", ".join(map(str, sorted(different)))
        yield f"| {data} | {articles:,} | {rows:,} {what} | {partitions} | {sum(different.values())} |"


def story_parity_table(sets: dict[str, Any]) -> Iterator[str]:
    """Whether the stories of each set are those of one machine."""
    yield "| set | articles | partitions | articles with another story | rounds | CPU on Spark | one machine, with copies |"
    yield "|---|---|---|---|---|---|---|"
    for name, own in sets.items():
        yield (
            f"| {name} | {own['articles']:,} | {', '.join(own['different'])} "
            f"| {', '.join(map(str, own['different'].values()))} | {own['rounds']} | {own['cpu_s']:,.0f} s "
            f"| {own['one_machine_cpu_s']:,.1f} s |"
        )


def tables() -> dict[str, str]:
    """Every computed table by its name."""
    verbs = measured()
    sets = json.loads((RESULTS / "spark_stories.json").read_text(encoding="utf-8"))["sets"]
    made = {
        "parity": parity_table(),
        "sizes": sizes_table(verbs),
        "stages": stages_table(verbs["copies"]),
        "story stages": stages_table(verbs["stories"]),
        "plan": plan_table(verbs),
        "one machine": one_machine_table(verbs["pairs"]),
        "story parity": story_parity_table(sets),
    }
    return {name: "\n".join(lines) for name, lines in made.items()}


def with_tables(page: str) -> str:
    """The page with the tables of now."""
    for name, table in tables().items():
        before, begin, rest = page.partition(BEGIN.format(name))
        _, end, after = rest.partition(END)
        assert end, f"{PAGE} has no place for the table {name!r}"
        page = f"{before}{begin}\n{table}\n{end}{after}"
    return page


def main() -> None:
    """Print the tables, or write them into the page."""
    options = argparse.ArgumentParser()
    options.add_argument("--write", action="store_true")
    if options.parse_args().write:
        PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print("\n\n".join(f"{name}\n{table}" for name, table in tables().items()))


if __name__ == "__main__":
    main()
