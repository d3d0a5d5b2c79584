"""What the tests of the service share: real processes that serve an index on a free port, and requests to them."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field

import pytest
from support import PROGRAM, ROOT

for needed in ("httptools", "prometheus_client", "uvicorn"):
    pytest.importorskip(needed, reason=f"the extra `serve` is not installed: no {needed}")
httpx = pytest.importorskip("httpx")


JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}

STORY = "Leaders of thirty nations met in the capital on Thursday to discuss how a ceasefire could be watched."


@dataclass
class Served:
    """A service that runs, and what it has written to stderr."""

    process: subprocess.Popen
    url: str
    log: list[str]
    reading: threading.Thread
    clients: list = field(default_factory=list)

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    def client(self, **options):
        """An HTTP client, which is closed with the service."""
        self.clients.append(httpx.Client(base_url=self.url, timeout=60, **options))
        return self.clients[-1]

    def check(self, articles, **headers):
        return self.client().post("/v1/check", json=articles, headers=headers)

    def stop(self, number=signal.SIGTERM):
        """Send a signal, and return the exit code."""
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        self.reading.join(10)
        return code


def start(*words, files=None, **environment):
    """Start a service with a command line such as ``"serve", "--index", folder``, and wait until it answers.

    It has a free port, and stops at once, unless the command line says otherwise. ``files``: how many it may open.
    """
    command, *options = map(str, words)
    limited = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh"] if files else []
    process = subprocess.Popen(
        [*limited, PROGRAM, command, "--port", "0", "--drain-seconds", "0", *options],
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | environment,
        text=True,
        start_new_session=True,
    )
    log, begun = [], threading.Event()

    def read():
        with process.stderr:
            for line in process.stderr:
                log.append(line)
                if "answering on" in line:
                    begun.set()
        begun.set()

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    assert begun.wait(60), "the service has not started"
    found = re.search(r"answering on (http://\S+?:\d+)", "".join(log))
    if not found:
        raise AssertionError(f"exit {process.wait(60)}: {''.join(log)}")
    return Served(process, found[1], log, reading)


@contextlib.contextmanager
def serving(*words, **options):
    """Run a service (see ``start``) while this runs; then its process must end as it should."""
    served = start(*words, **options)
    try:
        yield served
    except BaseException:
        served.process.kill()
        raise
    finally:
        code = served.stop()
    assert code == 0, "".join(served.log)


def keep_sending(connected, content, pause=0):
    """Send the same bytes again and again. Only an error ends this."""
    while True:
        connected.sendall(content)
        time.sleep(pause)
