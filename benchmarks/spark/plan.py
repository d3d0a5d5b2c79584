"""The plan on paper: what an archive of a billion articles would take, computed from what was measured.

    python -m benchmarks.spark.plan [--write]

Prints the tables of docs/scale.md, computed from the spark_*.json and scale.json of benchmarks/results, or writes them into
that page. A test compares them. What an article costs at the margin is the difference between the largest size that was
measured and the smallest, divided by the difference of the articles, so that what every run costs once does not count.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
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
VERBS = ("pairs", "copies")


def cost_figures() -> dict[str, Any]:
    """The file that ``benchmarks.spark.cost`` writes."""
    return dict(json.loads((RESULTS / "spark_cost.json").read_text(encoding="utf-8")))


def largest(sizes: dict[str, Any]) -> tuple[str, str]:
    """The smallest and the largest size."""
    ordered = sorted(sizes, key=int)
    return ordered[0], ordered[-1]


def margin(sizes: dict[str, Any], of: Any) -> float:  # noqa: ANN401 - a function
    """What one more article adds to a figure, which ``of`` takes from those of a size."""
    small, large = largest(sizes)
    return float(of(sizes[large]) - of(sizes[small])) / (int(large) - int(small))


def of_stages(figures: dict[str, Any], verb: str, name: str) -> float:
    """The sum of a figure over all stages."""
    return float(sum(stage.get(name, 0) for stage in figures[verb]["spark"]["stages"].values()))


def sizes_table(sizes: dict[str, Any]) -> Iterator[str]:
    """What was measured at each size."""
    yield "| articles | verb | CPU on Spark | CPU of one thread alone | ratio | through shuffles | written |"
    yield "|---|---|---|---|---|---|---|"
    for size in sorted(sizes, key=int):
        for verb in VERBS:
            own = sizes[size][verb]
            shuffled, kept = (of_stages(sizes[size], verb, name) / 1e6 for name in ("shuffle_bytes", "kept_bytes"))
            yield (
                f"| {int(size):,} | {verb} | {own['spark']['cpu_s']:,.0f} s | {own['one_machine']['cpu_s']:,.1f} s "
                f"| {own['times_one_machine']:.0f} | {shuffled:,.0f} MB | {kept:,.0f} MB |"
            )


def stages_table(sizes: dict[str, Any]) -> Iterator[str]:
    """What one more article costs in each stage of ``copies``, the dearest first."""
    _, large = largest(sizes)
    yield "| stage | CPU an article | bytes through shuffles an article | bytes written an article |"
    yield "|---|---|---|---|"
    rows = []
    for name in sizes[large]["copies"]["spark"]["stages"]:
        figures = [
            margin(sizes, lambda size, name=name, key=key: size["copies"]["spark"]["stages"].get(name, {}).get(key, 0))
            for key in ("cpu_s", "shuffle_bytes", "kept_bytes")
        ]
        rows.append((figures[0], f"| `{name}` | {figures[0] * 1e6:,.0f} µs | {figures[1]:,.0f} | {figures[2]:,.0f} |"))
    yield from (row for _, row in sorted(rows, reverse=True)[:12])


def plan(sizes: dict[str, Any], verb: str) -> dict[str, float]:
    """What ARCHIVE articles take: CPU hours, terabytes, and hours on CORES cores."""
    cpu = margin(sizes, lambda size: size[verb]["spark"]["cpu_s"]) * ARCHIVE
    shuffled = margin(sizes, lambda size: of_stages(size, verb, "shuffle_bytes")) * ARCHIVE
    kept = margin(sizes, lambda size: of_stages(size, verb, "kept_bytes")) * ARCHIVE
    computing = cpu / (CORES * USED) / 3600
    disks = 2 * (shuffled + kept) / (CORES / NODE_CORES * DISK_BYTES_A_SECOND) / 3600
    return {
        "cpu_hours": cpu / 3600,
        "shuffled_tb": shuffled / 1e12,
        "kept_tb": kept / 1e12,
        "hours": max(computing, disks),
        "disk_hours": disks,
    }


def plan_table(sizes: dict[str, Any]) -> Iterator[str]:
    """The plan for both verbs."""
    yield f"| {ARCHIVE:,} articles | CPU hours | through shuffles | written between stages | hours on {CORES:,} cores |"
    yield "|---|---|---|---|---|"
    for verb in VERBS:
        own = plan(sizes, verb)
        yield (
            f"| {verb} | {own['cpu_hours']:,.0f} | {own['shuffled_tb']:.1f} TB | {own['kept_tb']:.1f} TB "
            f"| {own['hours']:.1f} |"
        )


def one_machine_table(sizes: dict[str, Any]) -> Iterator[str]:
    """What one machine takes for near duplicates, and from how many cores on a cluster is faster."""
    alone = json.loads((RESULTS / "scale.json").read_text(encoding="utf-8"))
    ratio = margin(sizes, lambda size: size["pairs"]["spark"]["cpu_s"]) / margin(
        sizes, lambda size: size["pairs"]["one_machine"]["cpu_s"]
    )
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


def story_stages_table(sets: dict[str, Any]) -> Iterator[str]:
    """What each stage of stories took for an article of the largest set, the dearest first."""
    own = max(sets.values(), key=lambda figures: figures["articles"])
    yield "| stage | CPU an article | bytes through shuffles an article | bytes written an article |"
    yield "|---|---|---|---|"
    rounds = story_costs(own)
    for name, cost in sorted(rounds.items(), key=lambda item: -item[1]["cpu_s"])[:12]:
        cpu, shuffled, kept = (cost[key] / own["articles"] for key in ("cpu_s", "shuffle_bytes", "kept_bytes"))
        yield f"| `{name}` | {cpu * 1e6:,.0f} µs | {shuffled:,.0f} | {kept:,.0f} |"
    cpu, shuffled, kept = (
        sum(cost[key] for cost in rounds.values()) for key in ("cpu_s", "shuffle_bytes", "kept_bytes")
    )
    articles = own["articles"]
    yield f"| all | {cpu / articles * 1e6:,.0f} µs | {shuffled / articles:,.0f} | {kept / articles:,.0f} |"


def story_costs(figures: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What the stages of stories took; those of all rounds are one stage, ``story_round``."""
    costs: dict[str, dict[str, float]] = {}
    for name, cost in figures["stages"].items():
        own = costs.setdefault("story_round" if name.startswith("story_round") else name, dict.fromkeys(cost, 0.0))
        for key, value in cost.items():
            own[key] += value
    return costs


def story_plan_table(sets: dict[str, Any]) -> Iterator[str]:
    """What the stories of ARCHIVE articles take at the costs of the largest set."""
    own = max(sets.values(), key=lambda figures: figures["articles"])
    times = ARCHIVE / own["articles"]
    cpu, shuffled, kept = (
        sum(cost[key] for cost in own["stages"].values()) * times for key in ("cpu_s", "shuffle_bytes", "kept_bytes")
    )
    disks = 2 * (shuffled + kept) / (CORES / NODE_CORES * DISK_BYTES_A_SECOND) / 3600
    yield f"| {ARCHIVE:,} articles | CPU hours | through shuffles | written between stages | hours on {CORES:,} cores |"
    yield "|---|---|---|---|---|"
    hours = max(cpu / (CORES * USED) / 3600, disks)
    yield f"| stories | {cpu / 3600:,.0f} | {shuffled / 1e12:.1f} TB | {kept / 1e12:.1f} TB | {hours:.1f} |"


def tables() -> dict[str, str]:
    """Every computed table by its name."""
    sizes = cost_figures()["sizes"]
    sets = json.loads((RESULTS / "spark_stories.json").read_text(encoding="utf-8"))["sets"]
    made = {
        "parity": parity_table(),
        "sizes": sizes_table(sizes),
        "stages": stages_table(sizes),
        "plan": plan_table(sizes),
        "one machine": one_machine_table(sizes),
        "story parity": story_parity_table(sets),
        "story stages": story_stages_table(sets),
        "story plan": story_plan_table(sets),
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
