"""Draws the charts of the documentation, docs/charts/*.svg, from the figures in benchmarks/results.

    python -m benchmarks.charts [speed|scale|desk|summits ...]

``speed``: seconds of every program on 12,000 articles, with recall and precision beside each bar. ``scale``: CPU time and
peak memory by number of articles, for us and for the peers that were run. ``desk``: stories of three months of news beside
the baselines. ``summits``: what decides that the seeds are two stories. Needs matplotlib (extra ``charts``); the same figures give the same bytes with the same matplotlib. Each
chart names the files it was drawn from and their checksums, by which a test knows that it is not older than they are.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from benchmarks.common import RESULTS, ROOT

CHARTS = ROOT / "docs" / "charts"
OURS, OTHERS, FLOOR, APART = "#1b7f5c", "#8a96a3", "#c9d1d9", "#b5541c"
COLOURS = {"dedupe": OURS, "gaoya": "#b5541c", "daft": "#3b6fb6", "datasketch": "#8a4fa3", "rensa": "#8a6d1f"}
"""A colour for every program that has a line."""
NAMES = {
    "floor": "pyarrow: parse the file only",
    "dedupe": "dedupe pairs",
    "dedupe_one_thread": "dedupe pairs, one thread",
    "dedupe_numpy": "dedupe pairs, NumPy only",
    "rensa_rho": "Rensa, sampled",
    "rensa": "Rensa",
    "gaoya": "gaoya",
    "daft": "Daft",
    "datatrove": "datatrove",
    "datasketch": "datasketch",
}
SIZES = (12_000, 40_000, 120_000)
"""Numbers of variants that `benchmarks.copies.speed --variants` was run on."""
MONTHS = {"may2013": "May 2013", "oct2019": "October 2019", "jan2020": "January 2020"}
ONE_SIDED = ("names", "numbers", "others")
"""Contributions to a split of what only one side says."""
METHODS = {
    "left_out": ("dedupe, fitted without the month", OURS),
    "mixed": ("baseline B: three cosines", "#5f6d7a"),
    "tfidf": ("baseline A: TF-IDF and time", OTHERS),
    "nothing": ("every article alone", FLOOR),
}


def read(name: str) -> dict[str, Any]:
    """The figures of one result file."""
    figures: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return figures


def checksum(name: str) -> str:
    """What a chart says of the file it was drawn from."""
    return f"{name}.json {hashlib.sha256((RESULTS / f'{name}.json').read_bytes()).hexdigest()[:16]}"


def plainly(value: float, _place: object = None) -> str:
    """A number beside an axis, without a power of ten."""
    return f"{value:,.10g}"


def measured_at(figures: dict[str, Any]) -> str:
    return f"commit {figures['commit']}, {figures['machine']}, Python {figures['python']}"


def speed() -> tuple[Figure, Sequence[str]]:
    """Wall time of every program on the same file, with what it found."""
    figures = read("speed")
    ran = sorted(
        ((name, own) for name, own in figures["contenders"].items() if "wall_s" in own),
        key=lambda own: -own[1]["wall_s"],
    )
    figure = Figure(figsize=(8.2, 0.36 * len(ran) + 1.3), layout="constrained")
    axes = figure.subplots()
    walls = [own["wall_s"] for _, own in ran]
    colours = [FLOOR if name == "floor" else OURS if name.startswith("dedupe") else OTHERS for name, _ in ran]
    bars = axes.barh([NAMES[name] for name, _ in ran], walls, color=colours, height=0.72)
    said = [
        f"{own['wall_s']:.2f} s" + ("" if name == "floor" else f" · {own['recall']:.2f} / {own['precision']:.2f}")
        for name, own in ran
    ]
    axes.bar_label(bars, said, padding=4)
    axes.set_xscale("log")
    axes.set_xlim(min(walls) / 2, max(walls) * 8)
    axes.xaxis.set_major_formatter(plainly)
    axes.set_xlabel("seconds from start to exit (logarithmic); beside the bars recall / precision")
    axes.set_title(f"{figures['articles']:,} articles, JSONL in, pairs out", loc="left")
    figure.supxlabel(measured_at(figures), fontsize="small")
    return figure, ["speed"]


def scale() -> tuple[Figure, Sequence[str]]:
    """CPU time and peak memory of whole processes by number of articles, both axes logarithmic."""
    names = [f"speed_{articles}" for articles in SIZES]
    runs = [read(name) for name in names]
    figure = Figure(figsize=(8.2, 3.6), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, measure, title in zip(panels, ("cpu_s", "peak_mb"), ("CPU seconds", "peak memory, MB"), strict=True):
        for name, colour in COLOURS.items():
            points = [
                (run["articles"], run["contenders"][name][measure])
                for run in runs
                if measure in run["contenders"].get(name, {})
            ]
            if points:
                axes.plot(*zip(*points, strict=True), marker="o", color=colour, label=NAMES[name])
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks([run["articles"] for run in runs], [f"{run['articles']:,}" for run in runs])
        axes.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(plainly)
        axes.set_xlabel("articles")
        axes.set_title(title, loc="left")
        axes.grid(axis="y", color="#e3e7eb")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    figure.suptitle(f"variants of real articles, JSONL in, pairs out · {measured_at(runs[-1])}", fontsize="small")
    return figure, names


def _bars_of_months(axes: Axes, months: dict[str, Any], measure: str) -> None:
    """One group of bars a month, one bar a method."""
    width = 0.8 / len(METHODS)
    for place, (method, (label, colour)) in enumerate(METHODS.items()):
        heights = [months[month][method][measure] for month in MONTHS]
        at = [row + (place - (len(METHODS) - 1) / 2) * width for row in range(len(MONTHS))]
        bars = axes.bar(at, heights, width * 0.94, color=colour, label=label)
        axes.bar_label(bars, [f"{height:.2f}".removeprefix("0") for height in heights], padding=2, fontsize="small")
    axes.set_xticks(range(len(MONTHS)), MONTHS.values())
    axes.set_ylim(0, 1.05)


def desk() -> tuple[Figure, Sequence[str]]:
    """Stories of three months of a desk, scored against labels, beside the baselines."""
    figures = read("desk")
    figure = Figure(figsize=(8.2, 3.8), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, measure, title in zip(
        panels, ("pair_f1", "b3_f1"), ("pair F1: pairs of articles", "B-cubed F1: articles"), strict=True
    ):
        _bars_of_months(axes, figures["months"], measure)
        axes.set_title(title, loc="left")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(f"stories of a month of news against labels · {measured_at(figures)}", fontsize="small")
    return figure, ["desk"]


def steps_of(split: dict[str, Any]) -> list[tuple[str, float]]:
    """The reasons of a split in the order in which the chart adds them up, with what each adds to the log-odds."""
    adds = split["contributions"]
    one_sided = sum(adds.get(name, 0.0) for name in ONE_SIDED)
    begin = split["log_odds"] - adds["across"] - one_sided
    return [
        ("to begin with", begin),
        ("how alike the sides are", adds["across"]),
        ("what only one side says", one_sided),
    ]


def _waterfall(axes: Axes, split: dict[str, Any]) -> None:
    """One bar a reason, each from where the last one ended, and the sum below."""
    at = 0.0
    for row, (_, adds) in enumerate(steps_of(split)):
        colour = OTHERS if row == 0 else APART if adds < 0 else OURS
        axes.barh(row, adds, left=at, color=colour, height=0.6)
        axes.annotate(f"{adds:+.2f}", (max(at, at + adds), row), xytext=(4, 0), textcoords="offset points", va="center")
        at += adds
    axes.plot(at, 3, marker="D", color="black")
    probability = ">0.999" if split["probability"] > 0.999 else f"{split['probability']:.3f}"
    said = f"{at:+.2f}: p {probability} of one event"
    axes.annotate(said, (at, 3), xytext=(8, 0), textcoords="offset points", va="center", weight="bold")
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(range(4), [*(name for name, _ in steps_of(split)), "sum"])
    axes.invert_yaxis()


def summits() -> tuple[Figure, Sequence[str]]:
    """How the two summits of the seeds are told apart: two divisions, one made and one refused."""
    figures = read("summits")
    figure = Figure(figsize=(8.2, 4.4), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    for axes, name, title in zip(
        panels,
        ("made", "refused"),
        ("{smaller} | {larger}: made, two stories", "{smaller} | {larger}: refused, one story"),
        strict=True,
    ):
        split = figures[name]
        _waterfall(axes, split)
        sides = {side: ", ".join(split[side]) for side in ("smaller", "larger")}
        axes.set_title(title.format(**sides), loc="left")
    panels[0].set_xlim(-2, 19)
    panels[1].set_xlabel("log-odds that both sides report one event: below 0 the group is parted")
    return figure, ["summits"]


def write(name: str, figure: Figure, sources: Sequence[str]) -> Path:
    """Write one chart with what it was drawn from."""
    path = CHARTS / f"{name}.svg"
    about = ", ".join(checksum(source) for source in sources)
    figure.savefig(path, metadata={"Date": None, "Description": f"Drawn from {about}."})
    return path


def main() -> None:
    """Draw every chart, or those that are named."""
    charts = {draw.__name__: draw for draw in (speed, scale, desk, summits)}
    mpl.rcParams |= {
        "svg.hashsalt": "dedupe",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    CHARTS.mkdir(exist_ok=True)
    for name in sys.argv[1:] or charts:
        figure, sources = charts[name]()
        print(write(name, figure, sources).relative_to(ROOT))


if __name__ == "__main__":
    main()
