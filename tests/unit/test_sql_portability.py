"""The models build on DuckDB and on Spark: what one lacks, or what silently means two things, is not used."""

import re
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
MODELS = sorted((REPOSITORY / "models").rglob("*.sql"))
DATA_TESTS = sorted((REPOSITORY / "tests" / "data").rglob("*.sql"))

# pattern -> why; what was run on both engines and differed
BANNED = {
    r"\bqualify\b": "Spark before 4.1 has no QUALIFY: use row_number() in a sub-select",
    r"\bapprox_\w+": "approximate functions answer differently on each engine",
    r"\bextract\s*\(\s*dow\b|\bdayofweek\b|\bweekday\b": "the engines count days of the week from different days",
    r"\blog\s*\(": "base 10 on one engine, e on the other: use ln() or log10()",
    r"\bhash\s*\(": "hash() is the engine's own",
    r"->": "lambdas are written by macros",
    r"\bstring_agg\b|\basof\b|\bpivot\b|\bexclude\s*\(|\bunion\s+by\s+name\b": "DuckDB only",
    r"\bcurrent_date\b|\bnow\s*\(|\bcurrent_timestamp\b": "now is int_as_of",
    r"\bregexp_replace\b": "DuckDB replaces one, Spark all: use a macro",
    r"as\s+int\b|as\s+integer\b": "casting 1.9 to int gives 2 on one engine and 1 on the other",
    r"timezone\s*\(": "runs the other way on Spark: use shop_time()",
    r"\bdate_diff\b|\bdatediff\b": "arguments differ: use days_between()",
    r"\bround\s*\(": "half a cent of a double is rounded differently: use round_to() or round_money(); cast a decimal",
    r"\bvarchar\b": "Spark wants a length: use string",
    r"\bunnest\s*\(|\bgenerate_series\b": "DuckDB only: use each_element() or each_day()",
    r"\brange\s*\(\s*(timestamp|date)\b": "Spark's range() is of numbers: use each_day()",
    r"\blist_\w+\s*\(|\bstruct_pack\b|\bjson_\w+\s*\(": "DuckDB only: use a macro, from_json_text() for instance",
}


def fixtures() -> list[tuple[str, str]]:
    """The SQL that unit tests give to models, by the test's name."""
    found = []
    for path in sorted((REPOSITORY / "models").rglob("_*.yml")):
        for test in yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", []):
            found += [(test["name"], given["rows"]) for given in test["given"] if given.get("format") == "sql"]
    return found


def without_comments(sql: str) -> str:
    return re.sub(r"--.*", "", sql)


def banned_in(sql: str) -> list[str]:
    sql = without_comments(sql).lower()
    return [f"{pattern}: {reason}" for pattern, reason in BANNED.items() if re.search(pattern, sql)]


@pytest.mark.parametrize("path", [*MODELS, *DATA_TESTS], ids=lambda path: path.stem)
def test_models_use_only_what_both_engines_understand(path: Path) -> None:
    assert not banned_in(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "sql"), fixtures())
def test_fixtures_use_only_what_both_engines_understand(name: str, sql: str) -> None:
    assert not banned_in(sql)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_no_model_asks_which_engine_it_is_on(path: Path) -> None:
    assert "target.type" not in path.read_text(encoding="utf-8")


def test_the_ban_list_catches_what_it_bans() -> None:
    bad = (
        "select log(x), hash(y), extract(dow from d), round(z, 2), cast(x as varchar), unnest(items), list_sum(items)"
        " from range(timestamp '2026-01-01', now(), interval 1 day) qualify row_number() over (order by x) = 1"
    )
    assert len(banned_in(bad)) == 10


def test_the_ban_list_lets_macros_and_other_words_be() -> None:
    good = "select {{ round_to('x', 2) }}, {{ each_day('a', 'b') }}, price_range, lists.n, ground(x) from background"
    assert not banned_in(good)
