"""A folder for what is between two stages, on the file system of the output.

Every stage is written as Parquet and read again by those that need it. So no stage is computed twice, an executor that
is lost costs only its own tasks, and plans stay short however many rounds there are. The folder is removed at the end.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from dedupe.errors import OutputError
from dedupe.spark.failures import told_as

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


SETTINGS = {
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
"""Settings of Spark for as long as there is a workspace. Times in nanoseconds, as pandas writes them, are read as
numbers, which Spark refuses otherwise; the type of written times is not the one without a time zone that Parquet has
given up; and a folder ``publisher=007`` gives the text 007 and not the number 7."""


_WRITTEN = re.compile(r"part-|\.part-|_SUCCESS$|\._SUCCESS\.crc$|_temporary$")
"""Names of what a run of Spark writes into its output."""


class Workspace:
    """A new folder ``path``, as ``hdfs://…/out.working``, that exists as long as the ``with`` block runs.

    ``spark``: the session. Raises ``OutputError`` if the folder is there already: another run may use it, or it is left
    of a run that was killed, and if it cannot be made.
    """

    def __init__(self, spark: SparkSession, path: str) -> None:
        self.spark = spark
        self.path = path
        self._kept: set[str] = set()
        self._settings: dict[str, str] = {}

    def __enter__(self) -> Workspace:
        place, files = _hadoop(self.spark, self.path)
        if files.exists(place):
            raise OutputError(
                f"{self.path}: this folder is there already; another run uses it, or one that was killed has left it: "
                "remove it if no other run writes to the same output"
            )
        if not files.mkdirs(place):
            raise OutputError(f"{self.path}: this folder cannot be made; may you write there, and is there room?")
        for name, value in SETTINGS.items():
            self._settings[name] = self.spark.conf.get(name)
            self.spark.conf.set(name, value)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with told_as(OutputError, f"{self.path} is left, and can be removed"):
            for name, value in self._settings.items():
                self.spark.conf.set(name, value)
            remove(self.spark, self.path)

    def keep(self, name: str, frame: DataFrame) -> DataFrame:
        """Compute a stage, and return it as it was written. Raises ``ValueError`` if a stage has this name already."""
        if name in self._kept:
            raise ValueError(f"two stages are called {name!r}")
        self._kept.add(name)
        folder = f"{self.path}/{name}"
        self.spark.sparkContext.setJobDescription(name)
        frame.write.parquet(folder)
        return self.spark.read.schema(frame.schema).parquet(folder)

    def drop(self, name: str) -> None:
        """Remove a stage that no later one needs."""
        remove(self.spark, f"{self.path}/{name}")


def exists(spark: SparkSession, path: str) -> bool:
    """Return whether a Hadoop path exists."""
    place, files = _hadoop(spark, path)
    return bool(files.exists(place))


def foreign_name(spark: SparkSession, path: str) -> str | None:
    """Return the name of something that no run of Spark has written: the path itself if it is a file, else one in it.

    Runs write files ``part-…``, ``_SUCCESS``, what is hidden beside them, and ``_temporary`` while they last. None is
    returned if there is nothing else.
    """
    place, files = _hadoop(spark, path)
    if not files.getFileStatus(place).isDirectory():
        return str(place.getName())
    jvm: Any = spark.sparkContext._jvm
    inside = _strings(spark, jvm.org.apache.hadoop.fs.FileUtil.stat2Paths(files.listStatus(place)))
    names = sorted(name.rpartition("/")[2] for name in inside)
    return next((name for name in names if not _WRITTEN.match(name)), None)


def remove(spark: SparkSession, path: str) -> None:
    """Remove a Hadoop path with all that is in it; one that is not there is no error."""
    place, files = _hadoop(spark, path)
    files.delete(place, True)


def files_of(spark: SparkSession, path: str) -> list[PurePosixPath]:
    """Return the files that a path names, sorted: a file, a folder with its subfolders, or a glob.

    A file of the folder ``/news/month`` is ``month/day=1/a.parquet``, one that is named itself is ``a.parquet``.
    Hidden files and those that Spark leaves out, such as ``_SUCCESS``, are left out. Spark lists them, and all names
    come in one answer, since each question to Java takes a thousandth of a second.
    """
    found = _matches(spark, path)
    if not found:
        return []
    listed: Any = spark.read.format("binaryFile").option("recursiveFileLookup", True).load(path)
    files = [PurePosixPath(unquote(_without_host(name))) for name in _strings(spark, listed._jdf.inputFiles())]
    named = {PurePosixPath(_without_host(name)) for name in found}
    return sorted(file.relative_to(next(one for one in (file, *file.parents) if one in named).parent) for file in files)


def shares_folder(spark: SparkSession, source: str, output: str) -> bool:
    """Return whether an output folder is one of the places that a source names, lies in one, or has one in it."""
    out, own = _hadoop(spark, output)
    folder = str(own.makeQualified(out)).rstrip("/")
    return any(
        f"{one}/".startswith(f"{folder}/") or f"{folder}/".startswith(f"{one}/")
        for one in (name.rstrip("/") for name in _matches(spark, source))
    )


def _matches(spark: SparkSession, path: str) -> list[str]:
    """Return the files and folders that a path or a glob names, with their scheme and host, as Hadoop writes them."""
    place, files = _hadoop(spark, path)
    found = files.globStatus(place)
    if found is None:
        return []
    jvm: Any = spark.sparkContext._jvm
    return _strings(spark, jvm.org.apache.hadoop.fs.FileUtil.stat2Paths(found))


def _strings(spark: SparkSession, array: Any) -> list[str]:  # noqa: ANN401 - an array of Java
    """Return the objects of an array as strings, in one answer of Java. No path holds the character between them."""
    jvm: Any = spark.sparkContext._jvm
    joined = str(jvm.scala.Predef.genericWrapArray(array).mkString("\0"))
    return joined.split("\0") if joined else []


def _without_host(name: str) -> str:
    """Return the path in an address of Hadoop.

    >>> _without_host("hdfs://host:9000/news/a.parquet"), _without_host("file:/news/a:b.parquet")
    ('/news/a.parquet', '/news/a:b.parquet')
    """
    return re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*:(//[^/]*)?(?=/)", "", name)


def _hadoop(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """Return a path and its file system as objects of Hadoop."""
    context: Any = spark.sparkContext
    place = context._jvm.org.apache.hadoop.fs.Path(path)
    return place, place.getFileSystem(context._jsc.hadoopConfiguration())
