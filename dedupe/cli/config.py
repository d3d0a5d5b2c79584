"""Defaults of options from a file: ``dedupe.toml``, or ``[tool.dedupe]`` of ``pyproject.toml``.

A key is the long name of an option without its dashes. At the top it holds for every command that has the option, and
in a table such as ``[cluster]`` or ``[index.stats]`` for that command. What stands on the command line counts more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from dedupe.errors import DedupeError, InputError, SettingsError

_OWN_FILE, _PROJECT_FILE = "dedupe.toml", "pyproject.toml"

_PROJECT_TABLE = ("tool", "dedupe")

_ONLY_TYPED = ("config", "evidence", "help", "output", "salvage", "trust-clock")
"""Options that belong to one run: what it writes anew, and what must be looked at each time."""

Keys = tuple[str, ...]
"""Where a value is in a file: the names of the tables, and its key."""


@dataclass(slots=True)
class Defaults:
    """The defaults of one command. ``defaults``: values by the names of its parameters, as click takes them.

    ``words``: the same as words of a command line. ``str()`` is a line for people.
    """

    file: str
    defaults: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"defaults from {self.file}: {' '.join(self.words) or 'none for this command'}"


def find_settings(context: click.Context, path: str | None) -> Defaults | None:
    """Return the defaults of a command, None where there is no file with any.

    ``path``: the file that the user names; None looks into the working directory. Raises InputError for a file that
    cannot be read, and SettingsError, with file and line, for anything in it that no command understands.
    """
    if path is not None:
        content = _content(Path(path))
        if content is None:
            raise InputError(f"{path}: cannot be read: no such file; check the path after --config")
        file = _File(path, content, _PROJECT_TABLE if Path(path).name == _PROJECT_FILE else ())
    elif (content := _content(Path(_OWN_FILE))) is not None:
        file = _File(_OWN_FILE, content, ())
    elif "tool.dedupe" in (content := _project_content()):
        file = _File(_PROJECT_FILE, content, _PROJECT_TABLE)
    else:
        return None
    root = context.find_root()
    names: list[str] = []
    here: click.Context | None = context
    while here is not None and here is not root:
        names.insert(0, str(here.info_name))
        here = here.parent
    return file.defaults_of(root.command, names)


def _content(path: Path) -> str | None:
    """Return the text of a file, None where there is none."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(
            f"{path}: cannot be read: {reason}; check the file or give another one with --config"
        ) from error


def _project_content() -> str:
    """Return the text of the project file here, "" where there is none: one that cannot be read is not meant for us."""
    try:
        return _content(Path(_PROJECT_FILE)) or ""
    except InputError:
        return ""


class _File:
    """One file of settings. ``table`` names the table in it that holds them."""

    def __init__(self, name: str, content: str, table: Keys) -> None:
        import tomllib  # only where there is a file

        self.name, self._content, self._table = name, content, table
        try:
            settings: Any = tomllib.loads(content)
        except tomllib.TOMLDecodeError as error:
            reason, _, place = str(error).partition(" (at ")
            line = re.search(r"line (\d+)", place)
            number = line.group(1) if line else len(content.splitlines())  # "at end of document"
            advice = "correct it or give another file with --config"
            raise SettingsError(f"{name}:{number}: is no TOML: {reason}; {advice}") from error
        for key in table:
            settings = settings.get(key, {})
            if not isinstance(settings, dict):
                raise SettingsError(f"{name}:{_line_of(content, table)}: [{'.'.join(table)}] must be a table")
        self._settings: dict[str, Any] = settings

    def defaults_of(self, program: click.Command, names: Sequence[str]) -> Defaults:
        """Return the defaults of the command that ``names`` call, such as ["index", "stats"].

        Everything in the file is checked, also what only other commands take.
        """
        self._check(program, (), self._settings)
        chosen: dict[str, Any] = {}
        command, table = program, self._settings
        for name in [*names, None]:
            chosen |= {_plain(key): value for key, value in table.items()}
            if name is not None:
                command = _subcommands(command)[name]
                table = table[name] if isinstance(table.get(name), dict) else {}
        found = Defaults(self.name)
        for key, option in _options_of(command).items():
            if key in chosen:
                value = _as_option(option, chosen[key])
                found.defaults[str(option.name)] = value
                found.words += _words(key, option, value)
        return found

    def _check(self, command: click.Command, at: Keys, table: Mapping[str, Any]) -> None:
        """Raise SettingsError for the first key below a command, or value, that it does not understand."""
        inner = _subcommands(command)
        for key, value in table.items():
            if key in inner and isinstance(value, dict):
                self._check(inner[key], (*at, key), value)
                continue
            takers = {name: own for name, own in _commands(command) if _plain(key) in _options_of(own)}
            if not takers:
                raise self._error((*at, key), self._unknown(key, command, inner))
            for name, own in takers.items():
                if fault := _fault(own, _options_of(own)[_plain(key)], value):
                    of = f" ({name})" if name else ""
                    raise self._error((*at, key), f"{key} = {value!r}: {fault}{of}")

    def _unknown(self, key: str, command: click.Command, inner: Mapping[str, click.Command]) -> str:
        """Return what is wrong with a key that no option below a command has."""
        from difflib import get_close_matches

        if _plain(key) in _ONLY_TYPED:
            return f"{key} belongs to one run: give it on the command line"
        if key in inner:
            return f"{key} is a command and needs a table, such as [{key}]"
        known = {name for _, own in _commands(command) for name in _options_of(own)}
        close = get_close_matches(_plain(key), sorted(known | set(inner)), 1, 0.5)
        hint = f"did you mean {close[0]}?" if close else f"known here are {', '.join(sorted(known))}"
        fault = f"{key} is no command and no option of one" if inner else f"the command has no option {key}"
        return f"{fault}; {hint}"

    def _error(self, key: Keys, what: str) -> SettingsError:
        return SettingsError(f"{self.name}:{_line_of(self._content, (*self._table, *key))}: {what}")


def _subcommands(command: click.Command) -> dict[str, click.Command]:
    """Return the commands of a group by name, none for a command that is no group."""
    if not isinstance(command, click.Group):
        return {}
    context = click.Context(command)
    named = ((name, command.get_command(context, name)) for name in command.list_commands(context))
    return {name: own for name, own in named if own is not None}


def _commands(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield a command that is no group, or all those in a group, each with the words that call it from there."""
    inner = _subcommands(command)
    if not inner:
        yield path, command
    for name, own in inner.items():
        yield from _commands(own, f"{path} {name}".strip())


def _plain(key: str) -> str:
    return key.replace("_", "-")


def _options_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command that a file may set, by their long names."""
    names = (
        (name.removeprefix("--"), option)
        for option in command.params
        if isinstance(option, click.Option)
        for name in option.opts
        if name.startswith("--")
    )
    return {name: option for name, option in names if name not in _ONLY_TYPED}


def _as_option(option: click.Option, value: Any) -> Any:  # noqa: ANN401 - whatever TOML has
    """Return a value as click takes it. A list is a list of words, and a table such as {text = "Body"} is one, too."""
    if isinstance(value, dict):
        value = [f"{name}={own}" for name, own in value.items()]
    if option.multiple:
        return value if isinstance(value, list) else [value]
    return ",".join(map(str, value)) if isinstance(value, list) else value


def _fault(command: click.Command, option: click.Option, value: Any) -> str:  # noqa: ANN401
    """Return why a command does not take a value for an option, "" if it does."""
    if option.is_flag != isinstance(value, bool):
        return "must be true or false" if option.is_flag else "true and false are no values of this option"
    from dedupe.settings import Settings

    context = click.Context(command)
    try:
        known = option.type_cast_value(context, _as_option(option, value))
        if option.expose_value and option.callback:
            option.callback(context, option, known)
        if option.name in Settings.__dataclass_fields__:
            Settings(**{option.name: known})
    except (click.BadParameter, DedupeError) as error:
        return getattr(error, "message", "") or str(error)
    return ""


def _words(key: str, option: click.Option, value: Any) -> list[str]:  # noqa: ANN401
    """Return an option and its value as words of a command line."""
    if option.is_flag:
        names = [f"--{key}"] if value else list(option.secondary_opts)
        return names[:1]
    return [f"--{key}={each}" for each in (value if isinstance(value, list) else [value])]


def _line_of(content: str, key: Keys) -> int:
    r"""Return the line on which the value with a key, or the innermost table around it, begins; 1 if neither is found.

    The lines are read one by one, because tomllib does not say where it has read a value.

    >>> _line_of("[cluster]\nformat = 'html'\nstory-span = 3", ("cluster", "story-span"))
    3
    """
    import tomllib

    best, line_of_best, table = 0, 1, ()
    for number, line in enumerate(content.split("\n"), 1):
        header = re.match(r"\s*\[([^\[\]]+)\]", line)
        name = header.group(1) if header else line.partition("=")[0]
        try:
            parsed: Any = tomllib.loads(f"{name} = 0")
        except tomllib.TOMLDecodeError:
            continue
        here = []
        while isinstance(parsed, dict) and parsed:  # a comment gives none
            [(part, parsed)] = parsed.items()
            here.append(part)
        table = tuple(here) if header else table
        found = table if header else (*table, *here)
        if len(found) > best and key[: len(found)] == found:
            best, line_of_best = len(found), number
    return line_of_best
