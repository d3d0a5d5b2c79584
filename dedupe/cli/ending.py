"""How a signal ends the program: with one line on stderr and an exit code of its own, without a traceback.

The exit code is 128 plus the number of the signal, as shells have it: 129 for SIGHUP, 130 for SIGINT (Ctrl-C) and 143
for SIGTERM. This module is imported before all others, and imports no other module of the package.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGHUP", "SIGINT", "SIGTERM") if hasattr(signal, name))

_RETRY_SECONDS = 0.02
"""A signal that cannot end the program where it is looks again after so many seconds."""

_IMPORT_SECONDS = 20.0
"""Longest time for which the end of an import is waited for."""

_FINISHING_SECONDS = 2.0
"""Longest time for which a signal waits until a batch of lines is written."""


class EndedBySignal(BaseException):
    """A signal asks the program to end. ``exit_code``: what the program exits with."""

    def __init__(self, number: int) -> None:
        name = signal.Signals(number).name
        super().__init__(f"ended by {name}" if number != signal.SIGINT else "interrupted")
        self.exit_code = 128 + number


class _State:
    """What the signals have to know. There is one for the process, like the signals themselves."""

    received = 0
    """The number of the first signal; 0 if there was none."""
    is_working = False
    """Whether a command runs, which may have something to clean up."""
    is_finishing = False
    """Whether something is being written that should not be cut."""
    received_at = 0.0


def end_at_signals() -> None:
    """Let SIGINT, SIGTERM and SIGHUP end the program in an orderly way, unless they are ignored, as under ``nohup``."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _on_signal)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _on_signal)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)  # the program blocks them while it looks for this package
    sys.unraisablehook = _on_unraisable


@contextlib.contextmanager
def working() -> Iterator[None]:
    """While this runs, a signal raises ``EndedBySignal``.

    Before, it ends the process at once with its line; afterwards it does so as the system does, without one.
    """
    _State.is_working = True
    try:
        yield
    finally:
        _State.is_working = False
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number in _SIGNALS:
            if signal.getsignal(number) is _on_signal:
                signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def finishing() -> Iterator[None]:
    """Let what stands inside end before a signal does, for two seconds at most. A second signal ends it at once."""
    _State.is_finishing = True
    try:
        yield
    finally:
        _State.is_finishing = False


def received_signal() -> EndedBySignal | None:
    """Return the signal that came, also if it showed as another error, as when the workers of a pool got it too."""
    return EndedBySignal(_State.received) if _State.received else None


def _on_signal(number: int, frame: FrameType | None) -> None:
    """Handle a signal, or the alarm by which a signal that had to wait comes again."""
    is_again = hasattr(signal, "SIGALRM") and number == signal.SIGALRM
    is_second = not is_again and _State.received != 0
    if not is_again and not _State.received:
        _State.received, _State.received_at = number, time.monotonic()
    if not _State.received:
        return
    ended = EndedBySignal(_State.received)
    if not _State.is_working:
        with contextlib.suppress(OSError):
            os.write(2, f"dedupe: {ended}\n".encode())
        os._exit(ended.exit_code)  # nothing has begun that needs an end
    if not is_second and _has_to_wait(frame):
        signal.setitimer(signal.ITIMER_REAL, _RETRY_SECONDS)
        return
    raise ended


def _has_to_wait(frame: FrameType | None) -> bool:
    """Whether an exception would come at a bad place: where lines are written, or where a library is being imported.

    Libraries do not expect an exception in their imports. Some swallow it, some turn it into another.
    """
    if not hasattr(signal, "setitimer"):
        return False
    waited = time.monotonic() - _State.received_at
    if _State.is_finishing and waited < _FINISHING_SECONDS:
        return True
    while frame is not None and waited < _IMPORT_SECONDS:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _on_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    """Let a signal come again that Python dropped, as it does with exceptions in ``__del__``."""
    if isinstance(unraisable.exc_value, EndedBySignal) and hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, _RETRY_SECONDS)
    else:
        sys.__unraisablehook__(unraisable)
