"""SQL that brings nested values to the contract's type, and tells where a value would be lost on the way.

A file's struct has members that the contract lacks and lacks some that it has, and their types drift; what counts is
that a value which the contract names is either kept or reported. JSON is first taken apart into the wanted structure
with text at its ends, which is written here as the type TEXTS.
"""

from typing import Any

# Cast only what matches: a cast that fails costs a thousand times one that does not.
_INTEGER = r"^\s*[+-]?[0-9]+(\.0*)?\s*$"
_FLOAT = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"
_INTEGERS = ("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "hugeint")
_NUMBERS = (*_INTEGERS, "uhugeint", "float", "double", "decimal")
# the type of what `take_apart` makes: any struct and any list, with text at the ends
TEXTS = None


def is_scalar(want: Any) -> bool:
    return want.id not in ("struct", "list")


def take_apart(expression: str, want: Any) -> str:
    """SQL for a value of type TEXTS from text that holds JSON; null where it is not the wanted list or struct."""
    kind = "ARRAY" if want.id == "list" else "OBJECT"
    taken = f"case when json_type({expression}) = '{kind}' then json_transform({expression}, '{_structure(want)}') end"
    return f"case when json_valid({expression}) then {taken} end"


def conform(expression: str, have: Any, want: Any, depth: int = 0) -> str:
    """SQL that brings a value of type `have` to `want`: struct members by name, lists element by element."""
    if want.id == "struct" and (have is TEXTS or have.id == "struct"):
        members = _members(have, want)
        fields = ", ".join(
            f'"{name}" := '
            + (
                conform(f'{expression}."{name}"', members[name], child, depth)
                if name in members
                else f"cast(null as {child})"
            )
            for name, child in want.children
        )
        return f"case when {expression} is not null then struct_pack({fields}) end"
    if want.id == "list" and (have is TEXTS or have.id == "list"):
        item = f"item{depth}"
        inner = conform(item, _element(have), want.children[0][1], depth + 1)
        return f"list_transform({expression}, lambda {item}: {inner})"
    if not is_scalar(want):
        return f"cast(null as {want})"
    return _scalar(expression, have, want)


def is_lost(expression: str, have: Any, want: Any, depth: int = 0) -> str:
    """SQL that is true where `conform` would make null of something that is not null."""
    if want.id == "struct" and (have is TEXTS or have.id == "struct"):
        members = _members(have, want)
        losses = [
            is_lost(f'{expression}."{name}"', members[name], child, depth)
            for name, child in want.children
            if name in members
        ]
        return "(" + (" or ".join(loss for loss in losses if loss != "false") or "false") + ")"
    if want.id == "list" and (have is TEXTS or have.id == "list"):
        item = f"lost{depth}"
        inner = is_lost(item, _element(have), want.children[0][1], depth + 1)
        return f"coalesce(list_bool_or(list_transform({expression}, lambda {item}: {inner})), false)"
    if not is_scalar(want):
        return f"({expression} is not null)"
    if want.id == "varchar" or (have is not TEXTS and have.id == want.id and want.id != "double"):
        return "false"
    given = f"trim({expression}) <> ''" if _is_text(have) else f"{expression} is not null"
    return f"(coalesce({given}, false) and {_scalar(expression, have, want)} is null)"


def _members(have: Any, want: Any) -> dict[str, Any]:
    return dict.fromkeys((name for name, _ in want.children), TEXTS) if have is TEXTS else dict(have.children)


def _element(have: Any) -> Any:
    return TEXTS if have is TEXTS else have.children[0][1]


def _is_text(have: Any) -> bool:
    return have is TEXTS or have.id == "varchar"


def _scalar(expression: str, have: Any, want: Any) -> str:
    """SQL for a single value; null where it is not exactly a `want`."""
    if want.id == "varchar":
        return f"cast({expression} as varchar)"
    if want.id == "bigint":
        if _is_text(have):
            return f"case when regexp_matches({expression}, '{_INTEGER}') then try_cast({expression} as bigint) end"
        if have.id in _INTEGERS:
            return f"try_cast({expression} as bigint)"
        if have.id in _NUMBERS:
            return f"case when {expression} = trunc({expression}) then try_cast({expression} as bigint) end"
    if want.id == "double":
        if _is_text(have):
            return f"case when regexp_matches({expression}, '{_FLOAT}') then {_finite(expression)} end"
        if have.id in _NUMBERS:
            return _finite(expression)
    if want.id == "boolean" and (_is_text(have) or have.id == "boolean" or have.id in _INTEGERS):
        text = f"lower(cast({expression} as varchar))"
        return f"case when {text} in ('true', '1') then true when {text} in ('false', '0') then false end"
    return f"cast(null as {want})"


def _finite(expression: str) -> str:
    # one NaN would make NaN of every sum that it is in
    number = f"try_cast({expression} as double)"
    return f"case when isfinite({number}) then {number} end"


def _structure(want: Any) -> str:
    """A type as json_transform wants it, with text at its ends: {"key": "VARCHAR"} and ["VARCHAR"]."""
    if want.id == "struct":
        return "{" + ", ".join(f'"{name}": {_structure(child)}' for name, child in want.children) + "}"
    if want.id == "list":
        return "[" + _structure(want.children[0][1]) + "]"
    return '"VARCHAR"'
