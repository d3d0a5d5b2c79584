"""What the benchmarks of the service share: a service in a process of its own, and articles to send."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import program

_WORDS = [f"word{i}" for i in range(5_000)]


def article(number: int, run: str, words: int = 150) -> dict[str, str]:
    """A new article of random words. ``run`` and ``number`` make its id."""
    draw = random.Random(f"{run} {number}")
    return {"id": f"{run}-{number}", "text": " ".join(draw.choices(_WORDS, k=words))}


@dataclass
class Service:
    """A service that runs at a port of this machine."""

    process: subprocess.Popen[bytes]
    port: int

    def check(self, connection: http.client.HTTPConnection, record: dict[str, str]) -> int:
        """Check an article on a connection that is kept, and return the status."""
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/check", json.dumps(record), headers)
        response = connection.getresponse()
        response.read()
        return response.status

    def check_once(self, record: dict[str, str]) -> str:
        """Check an article on a connection of its own. Returns the status, or the name of the error."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            return str(self.check(connection, record))
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()

    def memory_mb(self) -> float:
        """Memory that the process holds now."""
        return self._status("VmRSS")

    def peak_mb(self) -> float:
        """Most memory that it has held since ``forget_peak``."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        """Let the peak begin anew."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def _status(self, field: str) -> float:
        found = re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found
        return int(found[1]) / 1024


@contextlib.contextmanager
def running(index: Path, *options: str, killed: bool = False) -> Iterator[Service]:
    """Run a service over an index. It must end as it should, unless it is ``killed``."""
    command = [program(), "serve", "--index", str(index), "--port", "0", "--drain-seconds", "0", *options]
    log = index.with_name("log")
    with log.open("wb") as stderr, subprocess.Popen(command, stderr=stderr) as process:
        try:
            while not (found := re.search(r"answering on http://127\.0\.0\.1:(\d+)", log.read_text())):
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
            yield Service(process, int(found[1]))
        finally:
            process.terminate()
            code = process.wait(90)
    assert killed or code == 0, log.read_text()[-2_000:]
