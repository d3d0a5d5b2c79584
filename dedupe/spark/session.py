"""Begin a session of Spark, or say what is missing for one.

``opened`` takes the session that is running. Otherwise it begins one: that of ``spark-submit``, or of a master, or, by
default, a local one that uses the processors of this machine. What it begins, it ends.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

from dedupe import __version__
from dedupe.errors import InputError
from dedupe.spark.failures import cause_of, told_as

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LEAST_JAVA = 17
"""The oldest Java that Spark 4 runs on."""

_LOCAL = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseParallelGC",
    "spark.driver.memory": "4g",
    "spark.sql.shuffle.partitions": "16",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "16",
    "spark.ui.enabled": "false",
}
"""What a local session has and one of a cluster has not. The memory is a limit; a small collection takes less. Java
compiles quickly and not thoroughly, which pays up to about 100,000 articles and costs a tenth more beyond."""

_NOTICE_SECONDS = 10.0
"""After so long a user is told what is waited for."""

_log = logging.getLogger("dedupe")


@contextmanager
def opened(master: str | None = None, settings: dict[str, str] | None = None) -> Iterator[SparkSession]:
    """Give a session of Spark. One that is running is used as it is, and stays.

    ``master``: the address of a cluster, such as ``spark://host:7077`` or ``yarn``; None is that of ``spark-submit``,
    else this machine. ``settings``: settings of Spark for a session that is begun here. A warning is logged while a
    cluster does not answer. How long that may take is up to Spark: a minute for ``spark://``, and Hadoop's own time for
    ``yarn``; for workers, there is no limit.

    Raises ``InputError`` if pyspark is not installed, if there is no Java or an older one than LEAST_JAVA, if the
    session cannot begin, or if the workers have no news-dedupe or another version of it.
    """
    builder = _builder()
    running = builder.getActiveSession()
    if running is not None:
        check_workers(running)
        yield running
        return
    of_submit = "PYSPARK_GATEWAY_PORT" in os.environ
    if not of_submit:
        check_java()
    chosen = {"spark.ui.showConsoleProgress": "false"}
    if not of_submit and (master is None or master.startswith("local")):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        chosen = {"spark.master": master or "local[*,4]", **_LOCAL, **chosen}
    elif master is not None:
        chosen["spark.master"] = master
    chosen |= settings or {}
    with _told_when_slow(master, "it has not answered yet"):
        spark = _begun(chosen, quiet=not of_submit)
    try:
        with _told_when_slow(master, "it has given no worker yet; they may be busy, or too small for what is asked"):
            check_workers(spark)
        yield spark
    finally:
        with suppress(ConnectionError):  # of a Java process that has ended by itself
            spark.stop()


def _builder() -> Any:  # noqa: ANN401 - the class SparkSession, which may not be there
    try:
        import pandas  # noqa: F401 - PySpark asks for it when a function over Arrow is made
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise InputError(f"Spark cannot be used here: {error}; pip install 'news-dedupe[spark]'") from error
    return SparkSession


def check_java() -> None:
    """Raise ``InputError`` if no Java of LEAST_JAVA or newer is found, in JAVA_HOME or else on the path."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    advice = f"install Java {LEAST_JAVA} or newer, such as Debian's openjdk-17-jre-headless, or set JAVA_HOME"
    if java is None:
        raise InputError(f"Spark needs Java, and there is no java on the path: {advice}")
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputError(f"Spark needs Java, and {java} does not run: {error}; {advice}") from error
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if version is not None and int(version[1]) < LEAST_JAVA:
        raise InputError(f"Spark needs Java {LEAST_JAVA} or newer, and {java} is Java {version[1]}: {advice}")


def _begun(settings: dict[str, str], *, quiet: bool) -> SparkSession:
    """Begin a session. If ``quiet``, what Java writes goes to a temporary file, whose end an error shows."""
    builder = _builder().builder.appName("news-dedupe")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with tempfile.TemporaryFile() as said:
        try:
            with _stderr_to(said) if quiet else _nothing():
                spark: SparkSession = builder.getOrCreate()
        except Exception as error:
            said.seek(0)
            reason = _reason(said.read().decode(errors="replace")) or cause_of(error)
            master = settings.get("spark.master", "the master of spark-submit")
            raise InputError(f"no session of Spark could begin with {master}: {reason}") from error
    return spark


def _reason(said: str) -> str:
    r"""Return the line of what Java wrote that says why it failed: its last error, else the last line; "" if none is.

    >>> _reason("26/11/29 22:48:31 ERROR Backend: All masters are unresponsive!\n26/11/29 22:48:31 WARN Backend: Bye")
    'All masters are unresponsive!'
    """
    lines = [line.strip() for line in said.splitlines()]
    errors = re.findall(r"^\S+ \S+ ERROR [^:]+: (.+)$", "\n".join(lines), re.MULTILINE)
    others = [line for line in lines if line and not line.startswith(("at ", "..."))]
    return str([*others[-1:], *errors][-1]) if others else ""


@contextmanager
def _told_when_slow(master: str | None, message: str) -> Iterator[None]:
    """Log a warning once if what is done meanwhile on a cluster takes longer than ``_NOTICE_SECONDS``."""
    timer = threading.Timer(_NOTICE_SECONDS, _log.warning, [f"waiting for {master}: {message}"])
    timer.daemon = True
    if master is not None and not master.startswith("local"):
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _stderr_to(file: IO[bytes]) -> Iterator[None]:
    """Let processes that are started meanwhile write to ``file`` for as long as they run, and this one to stderr."""
    sys.stderr.flush()
    is_own = False
    with suppress(OSError, AttributeError):  # of a stderr that is no file, as in a notebook
        is_own = sys.stderr.fileno() == 2
    kept = os.dup(2)
    try:
        with open(kept, "w", buffering=1, errors="backslashreplace", closefd=False) as own:
            os.dup2(file.fileno(), 2)
            with redirect_stderr(own) if is_own else _nothing():
                yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def check_workers(spark: SparkSession) -> None:
    """Raise ``InputError`` if the Python workers cannot compute what this process computes.

    As many tasks are asked as the session has cores, and a warning is logged if workers have no kernels in C.
    ``stages`` also compares the version in every task.
    """
    cores = spark.sparkContext.defaultParallelism
    try:
        with told_as(InputError, "the executors cannot run Python"):
            slow = spark.range(0, cores, 1, cores).mapInArrow(_answer, "has_c boolean").where("not has_c").count()
    except Exception as error:
        missing = re.search(r"No module named '(dedupe|pyarrow|numpy|pandas)", str(error))
        if missing is None:
            raise
        raise InputError(
            f"the Python of the executors has no {missing[1]}: install news-dedupe {__version__} there, or name the "
            "right Python with PYSPARK_PYTHON"
        ) from error
    if slow:
        _log.warning(
            "workers have no kernels in C, and take about five times as long without them: install news-dedupe there "
            "with a C compiler: `pip install --force-reinstall --no-binary news-dedupe news-dedupe`"
        )


def _answer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield whether this worker has the kernels in C."""
    from dedupe import kernels  # what every stage needs

    try:
        kernels.choose(name="native")
    except ImportError:
        has_c = False
    else:
        has_c = True
    for batch in batches:
        yield pa.RecordBatch.from_arrays([pa.array([has_c] * len(batch))], ["has_c"])
