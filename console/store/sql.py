"""Statements that a person writes: one SELECT at a time, which sees the relations and nothing else.

Three walls stand behind each other: the connection has no access to files and the network and its
settings are locked (`database`), the transaction is read-only (`connections`), and here a statement is
parsed, and refused if it is no single SELECT or calls a function that is not known to be harmless.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import duckdb
import orjson

from console.errors import UsageError
from console.model import Table, Ticket

CELL_CHARACTERS = 10_000
"""Characters of a value that are kept; a person looks at it."""
ANSWER_CHARACTERS = 32_000_000
"""Characters of all values together, at which an answer is cut."""
MAX_STATEMENT = 100_000
"""Characters that a statement may have."""

_TABLE_FUNCTIONS = frozenset(
    {
        *("range", "generate_series", "unnest", "repeat_row", "summary", "json_each", "json_tree"),
        *("rows_meeting", "pragma_table_info", "pragma_version"),
        *("duckdb_columns", "duckdb_tables", "duckdb_views", "duckdb_functions", "duckdb_settings"),
        *("duckdb_types", "duckdb_keywords", "duckdb_memory"),
    }
)
_REFUSED_FUNCTIONS = frozenset({"write_log", "getenv", "nextval", "currval"})
_WRONG = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.OutOfRangeException,
    duckdb.PermissionException,
    duckdb.TransactionException,
)
"""What DuckDB says of a statement that is wrong, and not of itself."""
_PLACE_IN_FILE = re.compile(r"[/\\]|\.\w+$")


class Statement(NamedTuple):
    """A statement that was found harmless; `text` is exactly one SELECT."""

    text: str


def harmless(cursor: duckdb.DuckDBPyConnection, text: str) -> Statement:
    """The text as one SELECT that calls nothing but what is known to be harmless.

    Raises:
        UsageError: it is something else; the message says where, and what is possible.
    """
    if len(text) > MAX_STATEMENT:
        raise UsageError(f"a statement has at most {MAX_STATEMENT:,} characters, this one has {len(text):,}")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise UsageError("half of a surrogate pair is no character")
    try:
        statements = cursor.extract_statements(text)
    except duckdb.Error as error:
        raise UsageError(told(error)) from error
    if not statements:
        raise UsageError("no statement; write one SELECT")
    if len(statements) > 1:
        raise UsageError(f"one SELECT at a time; there are {len(statements)} statements")
    kind = statements[0].type.name
    if kind != "SELECT":
        raise UsageError(f"only SELECT can be run here, not {kind.replace('_', ' ')}: nothing is changed")
    if statements[0].named_parameters:
        names = ", ".join(f"${name}" for name in sorted(map(str, statements[0].named_parameters)))
        raise UsageError(f"{names}: there are no parameters here; write the values")
    for problem in _problems(cursor, text):
        raise UsageError(problem)
    return Statement(text.rstrip().rstrip(";"))


def _problems(cursor: duckdb.DuckDBPyConnection, text: str) -> Iterator[str]:
    """What the parsed statement reaches for that it must not."""
    try:
        found = cursor.execute("select json_serialize_sql($text::varchar)", {"text": text}).fetchall()
    except duckdb.Error as error:
        raise UsageError(told(error)) from error
    tree = orjson.loads(found[0][0]) if found else {"error": True}
    if tree.get("error"):
        yield "this kind of SELECT cannot be checked, so it is not run (PIVOT: use `filter (where ...)`)"
    for node in _nodes(tree):
        kind = node.get("type")
        function = node.get("function")
        if kind == "TABLE_FUNCTION" and isinstance(function, dict):
            name = str(function.get("function_name", "")).lower()
            if name not in _TABLE_FUNCTIONS:
                yield f"{name}(): this function is not to be had here: no files, no network, no settings"
        elif kind == "BASE_TABLE":
            name = str(node.get("table_name", ""))
            if _PLACE_IN_FILE.search(name):
                yield f"{name!r} is no relation; files cannot be read here"
        elif isinstance(called := node.get("function_name"), str) and called.lower() in _REFUSED_FUNCTIONS:
            yield f"{called}(): this function is not to be had here"


def _nodes(tree: object) -> Iterator[dict[str, object]]:
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            yield node
            left.extend(node.values())
        elif isinstance(node, list):
            left.extend(node)


def answer(cursor: duckdb.DuckDBPyConnection, statement: Statement, *, limit: int, ticket: Ticket) -> Table:
    """The first rows of the answer, `limit` at most; `truncated` tells whether there are more.

    Rows are taken one by one, so that no more than one too large value lies in memory at a time.

    Raises:
        UsageError: the statement is wrong; the message says where.
    """
    try:
        cursor.execute(statement.text)
    except _WRONG as error:
        raise UsageError(told(error)) from error
    names = _told_apart([column[0] for column in cursor.description or ()])
    rows: list[tuple[object, ...]] = []
    characters = 0
    while len(rows) <= limit and characters <= ANSWER_CHARACTERS:
        if ticket.cancelled:
            cursor.interrupt()
        try:
            found = cursor.fetchmany(1)
        except (
            duckdb.ConversionException,
            duckdb.InvalidInputException,
            duckdb.OutOfRangeException,
        ) as error:
            raise UsageError(told(error)) from error
        if not found:
            return Table(names, tuple(rows))
        row = tuple(kept(value) for value in found[0])
        characters += sum(len(value) for value in row if isinstance(value, str))
        rows.append(row)
    return Table(names, tuple(rows[:limit]), truncated=True)


_RELATIONS = """
select table_name, list(column_name order by column_index)
from duckdb_columns()
where table_name in (
    'predictions', 'prediction_slices', 'prediction_facts', 'feature_numbers', 'feature_texts',
    'sources', 'rejects'
)
group by table_name
order by table_name = 'predictions' desc, table_name
"""


def relations(cursor: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """What a statement can select from -> its columns, in their order."""
    return {name: tuple(columns) for name, columns in cursor.execute(_RELATIONS).fetchall()}


def _told_apart(names: list[str]) -> tuple[str, ...]:
    """The columns' names, each once: `count`, `count_2`."""
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(told)


def kept(value: object) -> object:
    """A value as it is kept for a person: as it is, or cut where it is very long."""
    match value:
        case datetime():
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        case None | bool() | int() | float():
            return value
        case str():
            return value if len(value) <= CELL_CHARACTERS else value[:CELL_CHARACTERS] + "…"
        case bytes():
            return value if len(value) <= CELL_CHARACTERS else value[:CELL_CHARACTERS]
        case list() | dict() | tuple():
            text = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
            return text if len(text) <= CELL_CHARACTERS else text[:CELL_CHARACTERS] + "…"
        case _:
            return str(value)


def told(error: Exception) -> str:
    """DuckDB's words for what is wrong, the line and a caret under the place among them."""
    text = str(error).strip()
    kind, colon, rest = text.partition(": ")
    return rest if colon and kind.endswith("Error") else text
