"""A store in a folder of its own, driven as its user drives it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
from click.testing import CliRunner, Result

from martlet.app import main

REPOSITORY = Path(__file__).parents[1]
# the key for hashing people is a store's own: those that are to be compared have this one
COMPARABLE = {"MARTLET_PII_KEY": "one key for all", "MARTLET_SHOP_TIMEZONE": "America/Chicago"}
ORDER_HEADINGS = (
    "Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Lineitem discount,Cancelled at,Refunded Amount,Discount Code,Discount Amount,Id\n"
)


@dataclass(frozen=True)
class Store:
    """A store in its own folder, driven as its user drives it: through the command line."""

    home: Path
    environment: dict[str, str]

    def martlet(self, *arguments: str) -> Result:
        """Run a command in this process; its exit code is for the test to judge."""
        return CliRunner().invoke(main, arguments, env={**self.environment, "MARTLET_HOME": str(self.home)})

    def run(self, *arguments: str) -> Result:
        """Run a command that must succeed."""
        result = self.martlet(*arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result

    @property
    def workshop(self) -> Path:
        return self.home / "warehouse" / "build.duckdb"

    @property
    def published(self) -> Path:
        """The version that readers see."""
        return (self.home / "warehouse" / "martlet.duckdb").resolve()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query on the published file."""
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> object:
        """The first value of a query on the published file."""
        return self.rows(sql)[0][0]


def make_store(home: Path, **environment: str) -> Store:
    cleared = dict.fromkeys(("MARTLET_FORCE_MOCKS", "MARTLET_MOCK_SOURCES", "MARTLET_AS_OF", "MARTLET_PII_KEY"), "")
    return Store(home, {**cleared, "MARTLET_SHOP_TIMEZONE": "", **environment})


def copy_of(store: Path, home: Path, **environment: str) -> Store:
    """A copy in `home` of the store in folder `store`, to be changed."""
    shutil.copytree(store, home, symlinks=True)
    return make_store(home, **environment)


def differing(one: Path, other: Path, *schemas: str) -> list[str]:
    """The tables of these schemas that do not hold the same rows in two warehouse files."""
    with duckdb.connect() as connection:
        for name, file in (("one", one), ("other", other)):
            connection.execute(f"attach '{file}' as {name} (read_only)")

        def missing(table: str, here: str, there: str) -> int:
            rows = f"select count(*) from (from {here}.{table} except all from {there}.{table})"
            found = connection.execute(rows).fetchone()
            return int(found[0]) if found else 0

        names = (
            "select distinct schema_name || '.' || table_name from duckdb_tables() where schema_name in ? order by 1"
        )
        tables = [table for (table,) in connection.execute(names, [schemas]).fetchall()]
        return [table for table in tables if missing(table, "one", "other") or missing(table, "other", "one")]


def orders(path: Path, *numbers: int) -> Path:
    """Write an export of little orders, of one line each, with these numbers (1 to 9)."""
    row = "#{n},a{n}@example.com,paid,USD,10.00,0,0,10.00,2026-10-0{n} 10:00:00 +0000,1,Thing,10.00,A-1,0,,0,,0,{n}\n"
    path.write_text(ORDER_HEADINGS + "".join(row.format(n=n) for n in numbers))
    return path
