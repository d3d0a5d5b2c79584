"""Every exception this package raises on purpose, and the exit code the command line gives it.

    DedupeError
    ├── InputError             exit 3   an input cannot be read: names the file, the line and what to do
    ├── SettingsError          exit 2   a setting is outside its range: quotes the value
    ├── IndexRefusedError      exit 4   a folder is no index this program can use: says why, and what to do
    └── IndexUnavailableError  exit 4   an index cannot answer now, a full disk say: nothing was stored, repeat it

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


class IndexRefusedError(DedupeError):
    """A folder is not an index this program can use: another recipe, a newer format, somebody else's files."""

    exit_code = 4


class IndexUnavailableError(DedupeError):
    """An index cannot answer or store now, because of a full disk or an input/output error.

    Nothing of the call was stored. The same call may be made again once the cause is gone, on the same object.
    """

    exit_code = 4
