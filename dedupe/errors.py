"""The exceptions that this package raises on purpose, and the exit code of the command line for each.

    DedupeError
    ├── InputError             exit 3   an input cannot be read
    ├── OutputError            exit 5   an output cannot be written, for example because the disk is full
    │   └── ReaderLeftError    exit 141 the reader of an output has left before its end
    ├── SettingsError          exit 2   a setting is outside its range
    ├── IndexRefusedError      exit 4   this program cannot use the folder or the server as an index
    └── IndexUnavailableError  exit 4   the index cannot answer now, for example because the disk is full
        └── IndexDamagedError  exit 4   the database is damaged or could not be read

The command line prints the message of a ``DedupeError`` and exits with its ``exit_code``.
"""


class DedupeError(Exception):
    """Base class of all exceptions raised on purpose. ``exit_code`` is what the command line exits with."""

    exit_code = 1


class InputError(DedupeError):
    """An input cannot be read. The message names the file, the line if it is known, and what to do."""

    exit_code = 3


class OutputError(DedupeError):
    """An output cannot be written: a full disk, a closed stdout, a place that does not exist or is write-protected.

    The message names the file and what to do.
    """

    exit_code = 5


class ReaderLeftError(OutputError):
    """The reader of a pipe has closed it before the end of the output, as ``head`` does."""

    exit_code = 141  # as shells have it for programs that SIGPIPE ends

    def __init__(self, output: str) -> None:
        super().__init__(f"{output}: its reader has left before the end")


class SettingsError(DedupeError):
    """A setting is outside its range. The message quotes the value and the range."""

    exit_code = 2


class IndexRefusedError(DedupeError):
    """A folder, or a schema of a server, is not an index for this program, or a service does not let this client ask.

    For example, the index has another recipe or format, the folder holds files of another program, or it cannot be
    read. The message names the reason and what to do.
    """

    exit_code = 4


class IndexUnavailableError(DedupeError):
    """An index cannot answer or store now, because of a full disk, an input/output error or a lost connection.

    Nothing of the call was stored, unless this is an ``OutcomeUnknownError``. The caller may repeat the same call on
    the same object once the cause is gone. What was stored is then answered again, with ``replayed``. A ``Client``
    without an answer cannot know it either; repeated, its call gives the same verdicts.
    """

    exit_code = 4


class OutcomeUnknownError(IndexUnavailableError):
    """The connection to a server was lost while it stored, so that it is not known whether the call was stored."""


class IndexDamagedError(IndexUnavailableError):
    """The database of an index is damaged or could not be read.

    If the same call fails again, ``dedupe.index.salvage`` says what is damaged and keeps the rest.
    """
