"""Draws benchmarks/results/speed.svg and scale.svg from speed.json and scale.json. Needs nothing but Python.

python -m benchmarks.copies.chart
"""

from __future__ import annotations

import json
import math
from html import escape
from typing import Any

from benchmarks.common import RESULTS

WIDTH, ROW, LEFT, RIGHT = 800, 26, 215, 150
INK, OURS, OTHERS = "#333", "#1b7f5c", "#9aa5b1"
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


def text(x: float, y: float, said: str, anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(said)}</text>'


def svg(height: float, parts: list[str]) -> str:
    style = f"<style>text{{font:13px sans-serif;fill:{INK}}}</style>"
    size = f'width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}"'
    background = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}{background}{"".join(parts)}</svg>\n'


def bars(contenders: dict[str, dict[str, Any]]) -> str:
    """Wall time of every contender on a logarithmic scale, with the recall of each."""
    ran = sorted((own for own in contenders.items() if "wall_s" in own[1]), key=lambda own: own[1]["wall_s"])
    low, high = math.log(ran[0][1]["wall_s"] / 2), math.log(ran[-1][1]["wall_s"])
    parts = [
        text(10, 20, "12,000 articles, JSONL to pairs, whole processes: seconds (logarithmic), recall and precision")
    ]
    for row, (name, own) in enumerate(ran):
        y = 36 + row * ROW
        length = (WIDTH - LEFT - RIGHT) * (math.log(own["wall_s"]) - low) / (high - low)
        colour = OURS if name.startswith("dedupe") else OTHERS
        parts.append(text(LEFT - 8, y + 15, NAMES[name], "end"))
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{ROW - 6}" fill="{colour}"/>')
        found = "" if name == "floor" else f" · {own['recall']:.2f} / {own['precision']:.2f}"
        parts.append(text(LEFT + length + 6, y + 15, f"{own['wall_s']:.2f} s{found}"))
    return svg(46 + len(ran) * ROW, parts)


def lines(sizes: dict[str, dict[str, Any]]) -> str:
    """Cost of an article and peak memory against the size of the collection, both axes of each logarithmic or from 0."""
    parts = []
    for panel, (name, title) in enumerate((("cpu_us_an_article", "CPU µs an article"), ("peak_mb", "peak memory, MB"))):
        x, y, width, height = 60 + panel * WIDTH / 2, 40, WIDTH / 2 - 110, 150
        top = max(own[name] for own in sizes.values()) * 1.25
        places = [(math.log10(int(size)), own[name]) for size, own in sizes.items()]
        first, last = places[0][0], max(places[-1][0], places[0][0] + 1)
        at = [(x + width * (p - first) / (last - first), y + height * (1 - value / top), value) for p, value in places]
        joined = " ".join(f"{px:.1f},{py:.1f}" for px, py, _ in at)
        parts += [
            text(x - 40, y - 18, title),
            f'<path d="M{x} {y}V{y + height}H{x + width}" fill="none" stroke="{INK}"/>',
        ]
        parts.append(f'<polyline points="{joined}" fill="none" stroke="{OURS}" stroke-width="2"/>')
        for (px, py, value), size in zip(at, sizes, strict=True):
            parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{OURS}"/>')
            parts.append(text(px, py - 9, f"{value:,.0f}", "middle"))
            parts.append(text(px, y + height + 18, f"{int(size):,}", "middle"))
    return svg(230, parts)


def main() -> None:
    """Draw what there is."""
    for name, part, draw in (("speed", "contenders", bars), ("scale", "sizes", lines)):
        source = RESULTS / f"{name}.json"
        if source.exists():
            drawn = draw(json.loads(source.read_text(encoding="utf-8"))[part])
            source.with_suffix(".svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
