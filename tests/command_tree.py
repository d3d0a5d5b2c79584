"""All commands of the command line, by the words that call them."""

import click

from dedupe.cli.program import cli


def commands_of(command, path=()):
    """The command and all its subcommands, each with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from commands_of(command.get_command(context, name), (*path, name))


def named(value):
    return " ".join(value)


COMMANDS = dict(commands_of(cli))
