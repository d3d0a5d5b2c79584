"""What every command has, without a word in its own module: ``-q``, ``-v``, ``--log-format`` and ``--config``.

``program`` gives these options to each command when it is asked for (``with_common_options``), also to one that is
added later.
"""

from __future__ import annotations

import functools
import time
from typing import Any

import click

from dedupe.cli.messages import choose_messages, tell

_HELP_COLUMNS = 100
"""Columns of a help text on a terminal that has so many."""

_LEVEL = "dedupe.level"
"""Key in ``Context.meta`` of what asked for the level of messages: the source of its value, and the option."""


def examples(*commands: str) -> str:
    """Return the end of a help text that shows how a command is called, one example a line."""
    return "\n".join(("\b", "Examples:", *(f"  {command}" for command in commands)))


def with_common_options(command: click.Command, path: tuple[str, ...]) -> click.Command:
    """Give a command, or all commands of a group, the options that every command has.

    ``path``: the words that call the command, such as ("index", "stats").
    """
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            if own := command.get_command(click.Context(command), name):
                with_common_options(own, (*path, name))
        return command
    if not any(option.name == "config_file" for option in command.params):
        command.params += _common_options()
        command.context_settings.setdefault("max_content_width", _HELP_COLUMNS)
        command.callback = _begun(command.callback, path)
    return command


def _common_options() -> list[click.Option]:
    """Return the options. All are read before the others, the configuration first, because it gives their defaults."""
    return [
        click.Option(
            ["--config", "config_file"],
            type=click.Path(dir_okay=False), metavar="FILE", is_eager=True, expose_value=False, callback=_read_config,
            help="Read defaults from FILE; by default from dedupe.toml, or [tool.dedupe] of pyproject.toml, here.",
        ),
        click.Option(
            ["-q", "--quiet"],
            is_flag=True, is_eager=True, expose_value=False, callback=_choose_level,
            help="Print warnings and errors only: no counts, no progress.",
        ),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True, is_eager=True, expose_value=False, callback=_choose_level,
            help="Also print how long each stage took, and which settings a file gave.",
        ),
        click.Option(
            ["--log-format"],
            type=click.Choice(["text", "json"]), default="text", show_default=True,
            is_eager=True, expose_value=False, callback=_choose_form,
            help="Form of the messages on stderr: text, or one JSON object a line.",
        ),
    ]  # fmt: skip


def _read_config(context: click.Context, option: click.Parameter, value: str | None) -> None:
    """Make the settings of a file the defaults of the command, if there is such a file."""
    from dedupe.cli.config import find_settings

    found = find_settings(context, value)
    if found:
        context.default_map = found.defaults
        context.obj = [*(context.obj or [])[:1], *found.words, *(context.obj or [])[1:]]
        context.meta["dedupe.config"] = str(found)


def _choose_level(context: click.Context, option: click.Parameter, value: bool) -> None:
    """Choose how much is printed. What stands on the command line counts more than what a file says."""
    if not value:
        return
    name = str(option.name)
    is_typed = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    other_is_typed, other = context.meta.get(_LEVEL, (False, name))
    if other != name and is_typed == other_is_typed:
        raise click.UsageError("Give -q or -v, not both.")
    if other == name or is_typed:
        context.meta[_LEVEL] = (is_typed, name)
        choose_messages("warning" if name == "quiet" else "detail")


def _choose_form(context: click.Context, option: click.Parameter, value: str) -> None:
    choose_messages(as_json=value == "json")


def _begun(callback: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - whatever click calls
    """Return the function of a command that first says which settings a file gave, and at its end how long it took."""

    @functools.wraps(callback)
    def run(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        started = time.perf_counter()
        choose_messages(command=" ".join(path))
        if settings := click.get_current_context().meta.get("dedupe.config"):
            tell(settings, "detail")
        try:
            return callback(*arguments, **options)
        finally:
            tell(f"{' '.join(path)} took {time.perf_counter() - started:.2f} s", "detail")

    return run
