"""Who may ask: bearer tokens from a file."""

from __future__ import annotations

import hmac
import logging
import time
from pathlib import Path

from dedupe.errors import InputError

_log = logging.getLogger(__name__)

_FEWEST_CHARACTERS = 16
"""Shorter tokens can be guessed. ``openssl rand -hex 32`` makes one of 64."""


_SECONDS_BETWEEN_LOOKS = 1.0


class Tokens:
    """The tokens of a file, one a line; empty lines and lines that begin with # are left out.

    The file is read again within a second of a change, so that a token is replaced without a restart: add the new one,
    change the clients, take out the old one. If the changed file cannot be used, the tokens from before stay valid, and
    the log says why.
    """

    def __init__(self, path: Path) -> None:
        """Read a file. Raises ``InputError`` if it cannot be read, has no token, or has one that is too short."""
        self._path = path
        self._looked_at = 0.0
        self._status = self._status_now()
        self._tokens = _read(path)

    def allow(self, authorization: str | None) -> bool:
        """Return whether the value of a header ``Authorization`` holds one of the tokens.

        It is compared with every token, and each comparison takes the same time wherever the two differ.
        """
        self._read_if_changed()
        scheme, _, given = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        offered = given.strip().encode("latin-1", "replace")
        return any([hmac.compare_digest(offered, token) for token in self._tokens])  # noqa: C419 - compare with all

    def read(self) -> None:
        """Read the file again. If it cannot be used, the tokens from before stay valid, and the log says why."""
        self._status = self._status_now()
        try:
            self._tokens = _read(self._path)
        except InputError as error:
            _log.error("%s; the tokens from before stay valid", error)
        else:
            _log.info("%s: read again, %d tokens", self._path, len(self._tokens))

    def _read_if_changed(self) -> None:
        """Look whether the file has changed, at most once a second: where it lies on a network that may take long."""
        if (now := time.monotonic()) - self._looked_at < _SECONDS_BETWEEN_LOOKS:
            return
        self._looked_at = now
        if self._status_now() != self._status:
            self.read()

    def _status_now(self) -> tuple[int, ...] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _read(path: Path) -> tuple[bytes, ...]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}; check the path") from error
    tokens = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()[:1] not in (b"", b"#")]
    for number, token in tokens:
        if len(token) < _FEWEST_CHARACTERS or not token.isascii() or b" " in token:
            fault = f"a token has at least {_FEWEST_CHARACTERS} ASCII characters and no blank"
            raise InputError(f"{path}:{number}: {fault}; make one with `openssl rand -hex 32`")
    if not tokens:
        raise InputError(f"{path}: holds no token; write one a line, such as `openssl rand -hex 32` makes")
    return tuple(token for _, token in tokens)
