"""One session of Spark for the whole folder. Without pyspark or Java its tests are skipped, with the reason."""

import os

import pytest

from dedupe.errors import InputError
from dedupe.spark.session import check_java, opened
from dedupe.spark.workspace import Workspace

SESSION = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.memory": "1g",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.session.timeZone": "Asia/Kolkata",
    "spark.sql.shuffle.partitions": "2",
}
"""Java compiles little, since no query is long enough to gain by it. The time zone is not that of the results."""


@pytest.fixture(scope="session")
def has_spark():
    """Skip the test where pyspark or Java is not there."""
    pytest.importorskip("pyspark", reason="needs pyspark: pip install 'news-dedupe[spark]'")
    pytest.importorskip("pandas", reason="needs pandas: pip install 'news-dedupe[spark]'")
    try:
        check_java()
    except InputError as error:
        if os.environ.get("DEDUPE_SPARK") == "required":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def spark(has_spark):
    with opened("local[2,4]", SESSION) as session:
        yield session


@pytest.fixture
def work(spark, tmp_path):
    with Workspace(spark, str(tmp_path / "out.working")) as workspace:
        yield workspace


@pytest.fixture
def settings_of(spark):
    """Set settings of Spark for one test."""
    before = {}

    def choose(settings):
        for name, value in settings.items():
            before.setdefault(name, spark.conf.get(name))
            spark.conf.set(name, value)

    yield choose
    for name, value in before.items():
        spark.conf.set(name, value)


@pytest.fixture
def partitions(settings_of):
    """Set the number of partitions of every shuffle."""
    return lambda number: settings_of({"spark.sql.shuffle.partitions": str(number)})
