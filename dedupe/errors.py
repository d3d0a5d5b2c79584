"""Every exception this package raises on purpose, and the exit code the command line gives it.

    DedupeError
    ├── InputError       exit 3   an input cannot be read: names the file, the line and what to do
    └── SettingsError    exit 2   a setting is outside its range: quotes the value

``cli`` maps them to exit codes; nothing else catches them.
"""


class DedupeError(Exception):
    """Base of all errors raised on purpose; ``exit_code`` is what the command line returns."""

    exit_code = 1


class InputError(DedupeError):
    """An input cannot be read. The message names the file, the line where known, and what to do."""

    exit_code = 3


class SettingsError(DedupeError):
    """A setting is outside its range. The message quotes the value and the range."""

    exit_code = 2
