"""The only file that names pyspark: Spark's session as profiles.yml sets it up, and data frames in and out of it.

dbt's session method takes the session that is there, so what is set here holds for dbt's queries too.
"""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from martlet.errors import MartletError
from martlet.project import Project

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TARGET = "spark"


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
    for name, value in _settings(project.root / "profiles.yml").items():
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


def _settings(profiles: Path) -> dict[str, str]:
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
