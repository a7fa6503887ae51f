"""The only file that names pyspark: Spark's session as profiles.yml sets it up, and data frames in and out of it.

dbt's session method takes the session that is there, so what is set here holds for dbt's queries too.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from martlet.errors import MartletError
from martlet.project import Project

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import pandas as pd
    from pyspark.sql import DataFrame, SparkSession

    from martlet.forecasting.panel import Floats

TARGET = "spark"
Exchange = Callable[["Floats"], "list[Floats]"]


def open_session(project: Project) -> "SparkSession":
    """The session of the profile's target `spark`, with the store's key for hashing people where dbt's models find it.

    Raises MartletError where Spark or Java is not installed.
    """
    lacking = what_is_lacking()
    if lacking:
        raise MartletError(lacking)
    # Python workers must be this interpreter: the system's own has no pandas
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ["MARTLET_HOME"] = str(project.home)
    from pyspark.sql import SparkSession  # noqa: PLC0415  (an extra; `martlet --help` must not need it)

    builder = SparkSession.builder
    for name, value in profile_settings(project.root / "profiles.yml").items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sql("create schema if not exists ops")
    # a view of a catalog in memory: the key is in no file
    session.sql(f"create or replace view ops.pii_key as select '{_escaped(project.pii_key())}' as pii_key")
    return session


def what_is_lacking() -> str | None:
    """Why Spark cannot run here, in one line; None if it can."""
    if find_spec("pyspark") is None or find_spec("dbt.adapters.spark") is None:
        return "Spark is an extra: install it with `pip install -e '.[spark]'`"
    java_home = os.environ.get("JAVA_HOME")
    if not (java_home and (Path(java_home) / "bin" / "java").exists()) and shutil.which("java") is None:
        return "Spark needs Java 17 or newer, and there is no `java` on the path"
    return None


def warehouse_folder(project: Project) -> Path:
    """Where Spark keeps its tables: <schema>.db/<table>/*.parquet."""
    return project.warehouse_dir / "spark"


def predictions_folder(project: Project) -> Path:
    """Where Spark's predictions lie, each in a folder of its name."""
    return warehouse_folder(project) / "predictions.db"


def profile_settings(profiles: Path) -> dict[str, str]:
    """The server_side_parameters of the profile's target, with the environment's values in them as dbt reads them."""
    from jinja2 import Environment  # noqa: PLC0415  (only Spark pays for it)

    target: dict[str, Any] = yaml.safe_load(profiles.read_text(encoding="utf-8"))["martlet"]["outputs"][TARGET]
    environment = Environment(autoescape=False)
    environment.globals["env_var"] = os.environ.get
    return {
        name: environment.from_string(str(value)).render() for name, value in target["server_side_parameters"].items()
    }


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


class Marts:
    """Tables that Spark built (schema.name), to be asked in the SQL that DuckDB's are asked in."""

    def __init__(self, session: "SparkSession", folder: Path, tables: Sequence[str]) -> None:
        self._session = session
        session.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
        for schema, name in (table.split(".") for table in tables):
            session.sql(f"create schema if not exists {schema}")
            files = _escaped(str(folder / f"{schema}.db" / name))
            session.sql(f"create table if not exists {schema}.{name} using parquet location '{files}'")
        session.sql("create or replace view ops.build as select as_of_date from intermediate.int_as_of")

    @property
    def slots(self) -> int:
        """How many tasks run at once, and so how many parts can wait for each other."""
        return int(self._session.sparkContext.defaultParallelism)

    def rows(self, sql: str) -> "DataFrame":
        """A query's rows, where they are."""
        return self._session.sql(sql)

    def read(self, sql: str) -> "pd.DataFrame":
        """A query's rows, here."""
        frame: pd.DataFrame = self.rows(sql).toPandas()
        return frame

    def write(self, rows: "DataFrame", folder: Path) -> None:
        """Write rows as Parquet, each task its own file, in place of what the folder held."""
        rows.write.mode("overwrite").parquet(str(folder))

    def read_value(self, sql: str) -> Any:
        """The first value of a query's first row."""
        row = self.rows(sql).first()
        return row[0] if row else None


@contextmanager
def meeting(password: bytes) -> Iterator[Exchange]:
    """In a barrier stage, whose tasks all run at once: hands a task's array to all, and gives everybody's, in order.

    The first task listens and tells its address through Spark; the arrays then go through it. Spark's own allGather
    would do, but looks for answers once a second, and a forecast asks a hundred times.
    """
    from pyspark import BarrierTaskContext  # noqa: PLC0415  (runs in Spark's Python workers)

    context = BarrierTaskContext.get()
    place, hosts = context.partitionId(), [info.address.split(":")[0] for info in context.getTaskInfos()]
    with ExitStack() as doors:
        listener = doors.enter_context(Listener(("", 0), backlog=len(hosts), authkey=password)) if place == 0 else None
        port = next(text for text in context.allGather(str(listener.address[1]) if listener else "") if text)
        if listener is None:
            hub = doors.enter_context(Client((hosts[0], int(port)), authkey=password))
            hub.send(place)
            yield lambda own: _through(hub, own)
        else:
            guests = {}
            for _ in hosts[1:]:
                guest = doors.enter_context(listener.accept())
                guests[guest.recv()] = guest
            yield lambda own: _gathered(own, [guests[number] for number in sorted(guests)])


def _through(hub: "Connection", own: "Floats") -> "list[Floats]":
    hub.send(own)
    everybody: list[Floats] = hub.recv()
    return everybody


def _gathered(own: "Floats", guests: "list[Connection]") -> "list[Floats]":
    everybody = [own, *(guest.recv() for guest in guests)]
    for guest in guests:
        guest.send(everybody)
    return everybody
