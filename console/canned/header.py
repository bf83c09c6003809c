"""One file of `queries/`: a header of `-- key: value` lines, then exactly one SELECT."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import MappingProxyType

import duckdb

from console.canned.param import Param
from console.canned.query import CannedQuery
from console.canned.raising import raising_of
from console.canned.values import NUMBERS, parse_default
from console.errors import QueryFileError, UsageError

PARAM_TYPES = frozenset({"varchar", "integer", "bigint", "double", "boolean", "timestamptz", "bigint[]"})
"""DuckDB types that a parameter may have."""

_ONCE = ("title", "answers", "grain")
_RAISING = ("severity", "every")
_KEYS = frozenset({*_ONCE, *_RAISING, "param", "column", "used by"})
_LINE = re.compile(r"--\s*(?P<key>[a-z ]+?):\s*(?P<value>.*\S)\s*$")
_PARAM = re.compile(
    r"(?P<name>[a-z_][a-z0-9_]*) (?P<type>[a-z]+(\[\])?)(\s*>=\s*(?P<least>-?[0-9]+))?"
    r"(\s*=\s*(?P<default>[^;]*?))?\s*(;\s*(?P<about>.+))?$"
)
_COLUMN = re.compile(r"(?P<name>[a-z_][a-z0-9_]*)\s*(;\s*(?P<unit>.+))?$")
_ERROR_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def parse_query(name: str, text: str, *, path: str, is_known: bool = False) -> CannedQuery:
    """Read one file and check that header and statement agree.

    Args:
        name: its stem.
        text: all of it.
        path: for what is said of it.
        is_known: whether the statement was checked before, which takes DuckDB a millisecond.

    Raises:
        QueryFileError: `path:line: reason`.
    """
    single: dict[str, str] = {}
    params: dict[str, Param] = {}
    columns: dict[str, str] = {}
    used_by: list[str] = []
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.startswith("--"):
            break
        found = _LINE.match(line)
        if found is None:
            continue
        key, value, at = found["key"], found["value"], f"{path}:{number}"
        if key not in _KEYS:
            raise QueryFileError(f"{at}: unknown key {key!r}; known: {', '.join(sorted(_KEYS))}")
        if key == "param":
            param = _parse_param(value, at)
            if param.name in params:
                raise QueryFileError(f"{at}: parameter {param.name!r} is declared twice")
            params[param.name] = param
        elif key == "column":
            column = _COLUMN.match(value)
            if column is None:
                raise QueryFileError(f"{at}: a column reads `name; unit`, not {value!r}")
            if column["name"] in columns:
                raise QueryFileError(f"{at}: column {column['name']!r} is declared twice")
            columns[column["name"]] = column["unit"] or ""
        elif key == "used by":
            used_by.append(value)
        elif key in single:
            raise QueryFileError(f"{at}: {key!r} stands twice")
        else:
            single[key] = value
    missing = [key for key in _ONCE if key not in single]
    if missing:
        raise QueryFileError(f"{path}:1: the header lacks {', '.join(missing)}")
    if not columns:
        raise QueryFileError(f"{path}:1: the header lacks the columns (`-- column: name; unit`)")
    if not is_known:
        _check_statement(text, set(params), path=path, line=number)
    try:
        raising = raising_of(single.get("severity"), single.get("every"), params)
    except UsageError as error:
        raise QueryFileError(f"{path}:1: {error}") from error
    return CannedQuery(
        name=name,
        title=single["title"],
        answers=single["answers"],
        grain=single["grain"],
        params=MappingProxyType(params),
        columns=MappingProxyType(columns),
        used_by=", ".join(used_by),
        sql=text,
        path=path,
        raising=raising,
    )


def _parse_param(value: str, at: str) -> Param:
    found = _PARAM.match(value)
    if found is None:
        raise QueryFileError(
            f"{at}: a parameter reads `name type [>= least] [= default] [; meaning]`, not {value!r}"
        )
    if found["type"] not in PARAM_TYPES:
        raise QueryFileError(
            f"{at}: parameter {found['name']!r} has the unknown type {found['type']!r}; "
            f"known: {', '.join(sorted(PARAM_TYPES))}"
        )
    least = None if found["least"] is None else int(found["least"])
    if least is not None and found["type"] not in NUMBERS:
        raise QueryFileError(f"{at}: parameter {found['name']!r} is no number, and has no least one")
    param = Param(found["name"], found["type"], found["default"], found["about"] or "", least)
    try:
        parse_default(param, newest=lambda: _ANY_TIME)
    except UsageError as error:
        raise QueryFileError(f"{at}: the default of {error}") from error
    return param


def _check_statement(text: str, declared: set[str], *, path: str, line: int) -> None:
    at = f"{path}:{line}"
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        place = _ERROR_LINE.search(str(error))
        at = f"{path}:{place[1]}" if place else at
        raise QueryFileError(f"{at}: {str(error).splitlines()[0]}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryFileError(
            f"{at}: a file holds exactly one SELECT, this one has {len(statements)} statements"
        )
    used = set(statements[0].named_parameters)
    if used - declared:
        raise QueryFileError(f"{at}: used but not declared: {', '.join(sorted(used - declared))}")
    if declared - used:
        raise QueryFileError(f"{at}: declared but not used: {', '.join(sorted(declared - used))}")
