"""Where things are: paths, settings, environment and source modes. The only file that reads the environment.

| variable | meaning |
|---|---|
| MARTLET_HOME | folder that holds data/, warehouse/ and exports/ of one store; the project folder by default |
| MARTLET_FORCE_MOCKS | true: the demo store, whatever is loaded |
| MARTLET_MOCK_SOURCES | comma-separated sources that stay mock in a live project until their data comes |
| MARTLET_PART_EVENTS | events of which sessions are made at once; macros/by_session.sql reads it, here it is judged |
| MARTLET_AS_OF | answer as of this day, YYYY-MM-DD |
| MARTLET_SHOP_TIMEZONE | the shop's IANA time zone, over what martlet.toml says; UTC if neither does |
| MARTLET_PII_KEY | secret behind every hash of a person; else a file made once in data/ |
| USER | who edits reference data, unless the command is told |
"""

import os
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal
from zoneinfo import available_timezones

import yaml

from martlet.errors import MartletError

Mode = Literal["mock", "live", "not_connected"]

SOURCES = ("shopify", "ga4", "search", "reference")
# Raw tables that commands write on any store (`meta.edited` in the sources YAML): an edit makes no store live.
EDITED_TABLES = frozenset({"vendor_sku_edits"})
MOCK_TIMEZONE = "America/Chicago"
MOCK_PII_KEY = "martlet-mock"


@dataclass(frozen=True)
class Project:
    """One store: the dbt project in `root`, its data under `home`, and what its owner set."""

    root: Path
    home: Path
    shop_timezone: str
    as_of: date | None
    force_mocks: bool
    mock_sources: frozenset[str]
    pii_key_from_environment: str | None
    user: str | None

    @property
    def models_dir(self) -> Path:
        return self.root / "models"

    @property
    def seeds_dir(self) -> Path:
        return self.root / "seeds"

    @property
    def expectations_dir(self) -> Path:
        return self.root / "expectations"

    @property
    def data_dir(self) -> Path:
        return self.home / "data"

    @property
    def raw_dir(self) -> Path:
        return self.data_dir / "raw"

    @property
    def rejected_dir(self) -> Path:
        return self.data_dir / "rejected"

    @property
    def pii_key_file(self) -> Path:
        return self.data_dir / "pii.key"

    @property
    def receipts_dir(self) -> Path:
        return self.data_dir / "loads"

    @property
    def forecasts_dir(self) -> Path:
        return self.data_dir / "forecasts"

    @property
    def decisions_dir(self) -> Path:
        return self.data_dir / "decisions"

    @property
    def run_log(self) -> Path:
        return self.data_dir / "runs.jsonl"

    @property
    def warehouse_dir(self) -> Path:
        return self.home / "warehouse"

    @property
    def build_file(self) -> Path:
        return self.warehouse_dir / "build.duckdb"

    @property
    def published_file(self) -> Path:
        return self.warehouse_dir / "martlet.duckdb"

    def existing_published(self) -> Path:
        """The published file. Raises MartletError if nothing is published."""
        if not self.published_file.exists():
            raise MartletError("nothing is published yet: run `martlet run` or `martlet build`")
        return self.published_file

    @property
    def versions_dir(self) -> Path:
        return self.warehouse_dir / "versions"

    @property
    def exports_dir(self) -> Path:
        return self.home / "exports"

    @property
    def is_live(self) -> bool:
        """True once a merchant has loaded anything and does not force the demo store."""
        return not self.force_mocks and any(self._is_loaded(source) for source in SOURCES)

    def rule(self, name: str) -> float:
        """A number that the models work by, from the vars in dbt_project.yml: predictions go by the same."""
        return float(yaml.safe_load((self.root / "dbt_project.yml").read_text(encoding="utf-8"))["vars"][name])

    def source_modes(self) -> dict[str, Mode]:
        """Where each source's rows come from. Mock rows never stand beside real ones unless the merchant names them."""
        return {source: self._mode(source) for source in SOURCES}

    @property
    def is_generated(self) -> bool:
        """True if the lake was written by `martlet mock --to`: it is read as live, and is mock all the same."""
        return (self.raw_dir / "mock_truth.json").exists()

    def _mode(self, source: str) -> Mode:
        if not self.is_live:
            return "mock"
        if self._is_loaded(source):
            return "live"
        return "mock" if source in self.mock_sources else "not_connected"

    def _is_loaded(self, source: str) -> bool:
        parts = (self.raw_dir / source).glob("*/*.parquet")
        return any(part.parent.name not in EDITED_TABLES for part in parts)

    @property
    def effective_timezone(self) -> str:
        return self.shop_timezone if self.is_live else MOCK_TIMEZONE

    def pii_key(self) -> str:
        """The shop's secret key for hashing people, made once with mode 600; the demo store's is public.

        Raises MartletError where the file may be read by others or holds no key.
        """
        if not self.is_live:
            return MOCK_PII_KEY
        if self.pii_key_from_environment:
            return self.pii_key_from_environment
        if not self.pii_key_file.exists():
            _make_key(self.pii_key_file)
        if self.pii_key_file.stat().st_mode & 0o077:
            raise MartletError(f"others may read {shown(self.pii_key_file)}, the key for hashing people: chmod 600 it")
        key = self.pii_key_file.read_text(encoding="ascii", errors="replace").strip()
        if not key:
            raise MartletError(f"{shown(self.pii_key_file)} is empty: put the key back, see docs/operations.md")
        return key


def _make_key(path: Path) -> None:
    """Make a key that is never seen half and replaces none that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def shown(path: Path) -> str:
    """A path as people read it: from where they stand, if it lies below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def bare_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a child process that must know no secret still needs: where some Pythons find their shared libraries."""
    return {name: environment[name] for name in ("LD_LIBRARY_PATH",) if name in environment}


def open_project(environment: Mapping[str, str] = os.environ) -> Project:
    """Read the environment and, if there is one, `martlet.toml` in the home folder.

    Raises MartletError where a setting makes no sense or the dbt project is not where the package is.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / "dbt_project.yml").exists():
        raise MartletError(f"no dbt_project.yml in {root}: install Martlet from its repository with `pip install -e .`")
    home = Path(environment.get("MARTLET_HOME") or root).expanduser().resolve()
    shop = _read_settings(home / "martlet.toml")
    timezone = environment.get("MARTLET_SHOP_TIMEZONE") or shop.get("timezone", "UTC")
    if timezone not in available_timezones():
        raise MartletError(f"'{timezone}' is not a time zone name such as America/Chicago")
    _check_part_events(environment.get("MARTLET_PART_EVENTS", "1"))
    return Project(
        root=root,
        home=home,
        shop_timezone=timezone,
        as_of=_read_date(environment.get("MARTLET_AS_OF")),
        force_mocks=_read_flag("MARTLET_FORCE_MOCKS", environment.get("MARTLET_FORCE_MOCKS", "")),
        mock_sources=_read_mock_sources(environment.get("MARTLET_MOCK_SOURCES", "")),
        pii_key_from_environment=environment.get("MARTLET_PII_KEY"),
        user=environment.get("USER") or environment.get("LOGNAME"),
    )


def _read_settings(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MartletError(f"{path.name} is not valid TOML: {error}") from None
    settings = sections.pop("shop", {})
    if sections or not isinstance(settings, dict):
        known = ", ".join(sorted(sections)) or "shop by itself"
        raise MartletError(f"{path.name} knows the section [shop], not {known}")
    unknown = set(settings) - {"timezone"}
    if unknown:
        raise MartletError(f"{path.name}: [shop] knows timezone, not {', '.join(sorted(unknown))}")
    return {name: str(value) for name, value in settings.items()}


def _read_date(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MartletError(f"MARTLET_AS_OF is '{text}', not a day such as 2026-10-31") from None


def _read_flag(name: str, text: str) -> bool:
    if text.lower() not in ("", "0", "1", "false", "true", "no", "yes"):
        raise MartletError(f"{name} is '{text}', not true or false")
    return text.lower() in ("1", "true", "yes")


def _check_part_events(text: str) -> None:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise MartletError(f"MARTLET_PART_EVENTS is '{text}', not a number of events such as 10000000")


def _read_mock_sources(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    unknown = names - set(SOURCES)
    if unknown:
        raise MartletError(
            f"MARTLET_MOCK_SOURCES names {', '.join(sorted(unknown))}; the sources are {', '.join(SOURCES)}"
        )
    return names
