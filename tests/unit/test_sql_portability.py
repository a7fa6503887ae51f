"""The models build on DuckDB and on Spark: what one lacks, or what silently means two things, is not used."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MODELS = sorted((REPOSITORY / "models").rglob("*.sql"))

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
}


def without_comments(sql: str) -> str:
    return re.sub(r"--.*", "", sql)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_models_use_only_what_both_engines_understand(path: Path) -> None:
    sql = without_comments(path.read_text(encoding="utf-8")).lower()
    found = [f"{pattern}: {reason}" for pattern, reason in BANNED.items() if re.search(pattern, sql)]
    assert not found


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_no_model_asks_which_engine_it_is_on(path: Path) -> None:
    assert "target.type" not in path.read_text(encoding="utf-8")


def test_the_ban_list_catches_what_it_bans() -> None:
    bad = "select log(x), hash(y), extract(dow from d) from t qualify row_number() over (order by x) = 1"
    caught = [pattern for pattern in BANNED if re.search(pattern, bad)]
    assert len(caught) == 4
