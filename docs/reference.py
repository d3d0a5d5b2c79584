"""Writes the two pages that are made from the code: docs/settings.md and docs/python.md.

    python docs/reference.py

Run it after a change of a setting, an option of the command line, a public name or its docstring, or of the figures in
``benchmarks/results/settings.json``. A test compares the pages with what this script makes.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

import dedupe
from dedupe import errors, settings
from dedupe.cli.program import cli

DOCS = Path(__file__).parent
SETTINGS_BEFORE = """\
# Settings

<!-- Made by docs/reference.py from the code: do not edit. -->

Every threshold and parameter that decides a result stands in one object, `dedupe.Settings`, which is checked when it is
made. `cluster`, `near_duplicates` and `Index` take it, and so do the options of the command line and
[`dedupe.toml`](commands.md#defaults-from-a-file).

```python
from dedupe import Settings, cluster, read

found = cluster(read(["seeds/"]), Settings(story_probability=0.3))
stricter = found.with_settings(Settings(story_probability=0.9))
print(found.counts["stories"], stricter.counts["stories"])  # 1 2
```

`cluster(…).with_settings(Settings(…))` applies other values to what was measured, in little time. It refuses values
that would need other fingerprints or more candidate pairs. An index keeps the values that decide fingerprints
(`shingle_words`, `permutations`, `seed`, `passage_words`), and refuses others.

## All settings

"""
SETTINGS_BETWEEN = """
`passage_words` must be above `shingle_words`. A setting that no option sets is set in Python.

## What they are

"""
SETTINGS_AFTER = """
## What other values find and cost

{articles} scraped newspaper pages with many real copies, clustered with one value changed at a time: pairs that were
verified, pairs of each relation, articles that are copies, stories of two or more, and the CPU time as a ratio to that
of the defaults, in which less than .1 is the noise of the machine. The figures hold for these pages;
`python -m benchmarks.settings FILE…` measures yours.

| setting | value | candidate pairs | identical | near duplicate | excerpt | overlapping | copies | stories | CPU time |
|---|---|---|---|---|---|---|---|---|---|
"""
SETTINGS_END = """
`seed` changes which few pairs at the threshold are missed, and `giant_story_share` only a warning. What
`story_probability`, `story_span` and `dates` do to stories stands in [numbers](numbers.md#on-a-news-desk) for whole
months of news.
"""
PYTHON_BEFORE = """\
# The Python API

<!-- Made by docs/reference.py from the docstrings: do not edit. -->

Everything that `import dedupe` offers. What is in other modules may change with every version; these names change only
with a line in the [CHANGELOG](../CHANGELOG.md). Examples behind `>>>` are run by the tests. Settings have
[a page of their own](settings.md), and the fields of results stand in [output](output.md) too.

"""


def attribute_docstrings(cls: type) -> dict[str, str]:
    """Return the text below each field of a class, on one line."""
    body = ast.parse(inspect.getsource(cls)).body[0].body  # type: ignore[attr-defined]
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
    }


def in_markdown(text: str) -> str:
    """Return a docstring as Markdown: code marks, examples and indented blocks are written otherwise there."""
    parts = []
    for part in inspect.cleandoc(text).split("\n\n"):
        is_block = part.startswith((">>> ", "    "))
        parts.append(f"```text\n{inspect.cleandoc(part)}\n```" if is_block else part.replace("``", "`"))
    return "\n\n".join(parts)


def in_lines(text: str, indent: str = "") -> str:
    """Return a paragraph in lines of at most 120 characters."""
    return textwrap.fill(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def options_that_set(name: str, group: click.Group = cli) -> list[str]:
    """Return the commands that have an option of this name."""
    context = click.Context(group)
    commands = {command: group.get_command(context, command) for command in group.list_commands(context)}
    return [key for key, command in commands.items() if command and name in {own.name for own in command.params}]


def settings_page() -> str:
    """Return docs/settings.md."""
    spans = {name: f"{low} to {high}" for name, (low, high) in settings._RANGES.items()}
    *some, last = (f"`{name}`" for name in settings.FAR_DAYS)
    spans |= {"dates": f"{', '.join(some)} or {last}", "sagas": "`True` or `False`"}
    lines, meanings = [], []
    for name, text in attribute_docstrings(dedupe.Settings).items():
        meaning, change, effect = re.split(r" (Higher|Less trust|True): ", text.replace("``", "`"), maxsplit=1)
        commands = ", ".join(f"`{command}`" for command in options_that_set(name))
        set_by = f"`--{name.replace('_', '-')}` of {commands}" if commands else "–"
        value = getattr(dedupe.Settings(), name)
        effect = effect if change == "Higher" else f"{change.lower() if change != 'True' else '`True`'}: {effect}"
        lines.append(f"| `{name}` | {value} | {spans[name]} | {effect.rstrip('.')} | {set_by} |")
        meanings.append(in_lines(f"- `{name}`: {meaning}", "  "))
    head = "| setting | default | range | what a higher value gives and costs | set by |\n|---|---|---|---|---|\n"
    measured = json.loads((DOCS.parent / "benchmarks" / "results" / "settings.json").read_text("utf-8"))
    rows = [("defaults", "", measured["default"])]
    rows += [(f"`{name}`", value, own) for name, values in measured["values"].items() for value, own in values.items()]
    figures = []
    for setting, value, own in rows:
        *found, ratio = (*own.values(),) if "cpu_ratio" in own else (*own.values(), 1.0)
        figures.append(f"| {setting} | {value} | {' | '.join(f'{number:,}' for number in found)} | {ratio:.2f} |")
    return (
        SETTINGS_BEFORE + head + "\n".join(lines) + "\n" + SETTINGS_BETWEEN + "\n".join(meanings) + "\n"
        + SETTINGS_AFTER.format(articles=measured["articles"]) + "\n".join(figures) + "\n" + SETTINGS_END
    )  # fmt: skip


def signature_of(function: Callable[..., Any]) -> str:
    """Return the parameters and the result of a function as it was written, on several lines where it is long."""
    signature = inspect.signature(function)
    parts, star = [], False
    for own in signature.parameters.values():
        if own.name in ("self", "cls"):
            continue
        if own.kind is own.KEYWORD_ONLY and not star:
            parts.append("*")
        star |= own.kind in (own.KEYWORD_ONLY, own.VAR_POSITIONAL)
        marks = {own.VAR_POSITIONAL: "*", own.VAR_KEYWORD: "**"}.get(own.kind, "")
        kind = "" if own.annotation is own.empty else f": {own.annotation}"
        default = "" if own.default is own.empty else f" = {own.default!r}" if kind else f"={own.default!r}"
        parts.append(f"{marks}{own.name}{kind}{default}")
    result = (
        "" if signature.return_annotation in (signature.empty, "None", None) else f" -> {signature.return_annotation}"
    )
    line = f"({', '.join(parts)}){result}"
    return line if len(line) < 90 else "(\n    " + ",\n    ".join(parts) + f",\n){result}"


def members_of(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties of a class in the order in which they were written."""
    for name, member in cls.__dict__.items():
        is_member = isinstance(member, property) or callable(getattr(cls, name))
        if is_member and not name.startswith("_") and inspect.getdoc(member):
            yield name, member


def class_lines(name: str, cls: type) -> Iterator[str]:
    """Yield what the page says of a class."""
    is_record = dataclasses.is_dataclass(cls)
    if not issubclass(cls, Exception):
        yield f"```text\n{name}{'(…)' if is_record else signature_of(cls)}\n```\n"
    yield in_markdown(cls.__doc__ or "") + "\n"
    if is_record and cls is not dedupe.Settings:
        yield "| field | type | default |\n|---|---|---|"
        for field in dataclasses.fields(cls):
            default = "" if field.default is dataclasses.MISSING else f"`{field.default!r}`"
            yield f"| `{field.name}` | `{str(field.type).replace('|', chr(92) + '|')}` | {default} |"
        yield ""
    for method, member in members_of(cls):
        yield f"**`{name}.{method}`**\n"
        if not isinstance(member, property):
            yield f"```text\n{method}{signature_of(getattr(cls, method))}\n```\n"
        yield in_markdown(inspect.getdoc(getattr(cls, method)) or "") + "\n"


def python_page() -> str:
    """Return docs/python.md."""
    names = sorted(dedupe.__all__, key=lambda name: (isinstance(getattr(dedupe, name), type), name.lower()))
    contents = "Contents: " + " · ".join(f"[{name}](#{name.lower()})" for name in [*names, "Exceptions"])
    lines = [PYTHON_BEFORE + in_lines(contents) + "\n"]
    for name in names:
        public = getattr(dedupe, name)
        lines.append(f"## {name}\n")
        if isinstance(public, type):
            lines += class_lines(name, public)
        else:
            lines += [f"```text\n{name}{signature_of(public)}\n```\n", in_markdown(public.__doc__ or "") + "\n"]
    lines += ["## Exceptions\n", in_markdown(errors.__doc__ or "")]
    return "\n".join(lines).rstrip() + "\n"


PAGES = {"settings.md": settings_page, "python.md": python_page}

if __name__ == "__main__":
    for page, make in PAGES.items():
        (DOCS / page).write_text(make(), "utf-8")
