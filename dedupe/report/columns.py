"""A table that fits the width of a terminal: long cells are cut, and columns that matter less are left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tabulate import tabulate

from dedupe.report.cells import columns_of, fitted, fitted_end

_GAP = 2


def fitted_table(
    columns: Mapping[str, Sequence[str]],
    width: int | None,
    *,
    right: Collection[str] = (),
    least: Mapping[str, int],
    spare: Sequence[str] = (),
    ids: Collection[str] = (),
) -> list[str]:
    r"""Return the lines of a table with a header.

    ``columns``: the cells of each column by its name, all of one number. ``width``: columns of the terminal; None cuts
    and leaves out nothing. ``right`` names the columns that are aligned to the right.

    ``least``: the columns whose cells may be cut, each with the width that is always left to it; where room is short,
    the first one is cut first. Those in ``ids`` are cut at their beginning, all others at their end. ``spare``: columns
    that are left out where this is not enough, the first one first, and wherever all their cells are empty; the last
    line then names those that had something to say. If that is not enough either, the table is wider than the terminal.

    >>> cells = {"who": ["Gazette"], "words": ["12"], "what": ["Talks ended on Friday."]}
    >>> print(*fitted_table(cells, 25, right={"words"}, least={"what": 9}), sep="\n")
    who      words  what
    -------  -----  ---------
    Gazette     12  Talks en…
    """
    kept = dict(columns)
    left_out = []
    if width is not None:
        kept = {name: cells for name, cells in columns.items() if any(cells) or name not in spare}
        for name in spare:
            if _total({one: least.get(one, size) for one, size in _sizes(kept).items()}) <= width:
                break
            if kept.pop(name, None):
                left_out.append(name)
        kept = _cut(kept, width, least, ids)
    sizes = _sizes(kept)
    rows = [list(kept), ["-" * size for size in sizes.values()], *map(list, zip(*kept.values(), strict=True))]
    align = ["right" if name in right else "left" for name in kept]
    lines = tabulate(rows, tablefmt="plain", colalign=align, disable_numparse=True).splitlines()
    return [*lines, *([f"Not shown: {', '.join(left_out)}; --wide shows all columns"] if left_out else [])]


def _sizes(columns: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the width of every column."""
    return {name: max(map(columns_of, [name, *cells])) for name, cells in columns.items()}


def _total(sizes: Mapping[str, int]) -> int:
    return sum(sizes.values()) + _GAP * (len(sizes) - 1)


def _cut(
    columns: Mapping[str, Sequence[str]], width: int, least: Mapping[str, int], ids: Collection[str]
) -> dict[str, Sequence[str]]:
    """Return the columns with the cells of those in ``least`` cut, as far as the width asks for it."""
    cut, sizes = dict(columns), _sizes(columns)
    for name, fewest in least.items():
        if name in cut and (excess := _total(sizes) - width) > 0:
            sizes[name] = max(sizes[name] - excess, min(sizes[name], max(fewest, len(name))))
            shorten = fitted_end if name in ids else fitted
            cut[name] = [shorten(cell, sizes[name]) for cell in cut[name]]
    return cut
