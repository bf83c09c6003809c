"""The tables of the cache, and the columns that features and tags are given.

Every model has a wide table `p_<n>` with a typed column for each feature and tag; their names are
made here and never come from a log. `feature_columns` says which column holds what. Readers do not
see these tables: they see the views of `console.store.views`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import duckdb

from console.errors import StoreError
from console.model import FIELDS, ModelRows
from console.store.database import MEMORY

SCHEMA_VERSION = 5
MAX_COLUMNS = 5_000
"""Features and tags that get a column of their own; any beyond are kept in `extra`."""
MAX_TABLES = 64
"""Models that get a table of their own; any beyond share one."""

_MOST_COPIES = 200_000
"""Entries of columns that altering a table may copy in one transaction. Each new column copies the entries of
all others and keeps them until the commit: 2,000 at once were seen to take 9 s and 1 GB. From here on the
table is made anew."""

_MANY_COLUMNS = 500
"""More than these come at once only where a line is odd, or all of a model's lines are new; ..."""
_MOST_CELLS = 2**24
"""... the table must not get so many cells more: to make it anew would take minutes and all memory."""

FIXED: dict[str, str] = {**FIELDS, "source_id": "integer", "truth_at": "timestamptz"}
"""`truth_at` is null where the truth stood in the line itself: see `console.store.truths`."""

_TABLES = """
create table meta (key varchar primary key, value varchar);
create table ledger (
    source_id integer,
    path varchar,
    device ubigint,
    inode ubigint,
    head_hash varchar,
    head_length integer,
    beginnings varchar,
    checked bigint,
    checksum ubigint,
    guard_hash varchar,
    end_size bigint,
    end_modified_ns bigint,
    folder varchar,
    kind varchar,
    next_offset bigint,
    lines bigint,
    rows bigint,
    rejects bigint,
    blanks bigint,
    committed_at timestamptz,
    truths bigint
);
create table rejects (
    source_id integer,
    source_path varchar,
    source_offset bigint,
    reason varchar,
    line blob,
    length bigint,
    rejected_at timestamptz
);
create table expired (source_id integer, rows bigint, rejects bigint, expired_at timestamptz);
create table model_tables (model varchar, table_name varchar);
create table feature_columns (column_name varchar, kind varchar, name varchar, view_name varchar);
"""
_TRUTHS = """
create table late_truths (
    source_id integer,
    source_offset bigint,
    request_id varchar,
    truth varchar,
    ts timestamptz,
    ts_origin varchar,
    matched boolean
);
create table joined (source_id integer, next_offset bigint);
"""
_NEWEST = (
    "path device inode head_hash head_length beginnings "
    "checked checksum guard_hash end_size end_modified_ns folder kind"
)
LEDGER_NEWEST = ", ".join(f"arg_max({name}, rowid) as {name}" for name in _NEWEST.split())
"""A source as it was committed last; a commit without lines has the offset of the one before it."""
_NEW_COLUMNS = "insert into feature_columns select unnest($c), unnest($k), unnest($n), unnest($v)"
_RELATIONS = """
select table_name from duckdb_tables()
union all
select view_name from duckdb_views() where not internal
"""
KINDS = {"number": ("n", "double"), "text": ("t", "varchar"), "tag": ("g", "varchar")}
"""Kind of column -> prefix of its name, DuckDB type."""


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """One dynamic column: `name` is the feature's or tag's as logged, `view_name` as readers see it."""

    column: str
    kind: str
    name: str
    view_name: str


def create_or_check(connection: duckdb.DuckDBPyConnection, path: str) -> str:
    """The file has this version's tables, and an id, which no other cache has; that id.

    Raises:
        StoreError: it was written by another version, or is somebody else's database.
    """
    # To list relations takes DuckDB as long as all that is done to a new database.
    tables = () if path == MEMORY else {str(row[0]) for row in connection.execute(_RELATIONS).fetchall()}
    if not tables:
        connection.begin()
        for statement in connection.extract_statements(_TABLES + _TRUTHS):
            connection.execute(statement)
        made = {"v": str(SCHEMA_VERSION), "id": uuid.uuid4().hex}
        connection.execute("insert into meta values ('schema_version', $v), ('cache_id', $id)", made)
        connection.commit()
        return made["id"]
    found = None
    if {"meta", "ledger"} <= tables:
        with suppress(duckdb.BinderException):
            found = connection.execute("select value from meta where key = 'schema_version'").fetchone()
    if found is None:
        raise StoreError(f"{path}: is a DuckDB file, but not one of this console's; give another name")
    if found[0] == "4":
        _add_truths(connection)
    elif found[0] != str(SCHEMA_VERSION):
        raise StoreError(
            f"{path}: written by another version (schema {found[0]}, this one has {SCHEMA_VERSION}); "
            "it is only a cache: delete it, and it is rebuilt from the logs"
        )
    return _cache_id(connection)


def _cache_id(connection: duckdb.DuckDBPyConnection) -> str:
    new = {"v": uuid.uuid4().hex}
    connection.execute("insert or ignore into meta values ('cache_id', $v)", new)
    found = connection.execute("select value from meta where key = 'cache_id'").fetchone()
    return str(found[0]) if found else ""


def _add_truths(connection: duckdb.DuckDBPyConnection) -> None:
    """A file of version 4 has what version 5 knows beside: truths that come late."""
    connection.begin()
    for statement in connection.extract_statements(_TRUTHS):
        connection.execute(statement)
    connection.execute("alter table ledger add column truths bigint default 0")
    tables = connection.execute("select distinct table_name from model_tables").fetchall()
    for (table,) in tables:
        connection.execute(f"alter table {table} add column truth_at timestamptz")
    for name in ("truth_at", "truth_origin"):
        connection.execute(
            "update feature_columns set view_name = view_name || '_' || kind where lower(view_name) = $n",
            {"n": name},
        )
    connection.execute("update meta set value = $v where key = 'schema_version'", {"v": str(SCHEMA_VERSION)})
    connection.commit()


class Columns:
    """Which column holds which feature or tag, and which table which model; grows, never shrinks.

    Not safe for several threads: only the writer changes it, within its transaction, and reloads it
    after a rollback.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.reload()

    def reload(self) -> None:
        """What is held equals what is stored."""
        rows = self._connection.execute(
            "select column_name, kind, name, view_name from feature_columns"
        ).fetchall()
        self.columns = {(kind, name): FeatureColumn(c, kind, name, view) for c, kind, name, view in rows}
        self._view_names = {c.view_name.casefold() for c in self.columns.values()} | {
            name.casefold() for name in (*FIXED, "is_error", "truth_origin")
        }
        tables = self._connection.execute("select model, table_name from model_tables").fetchall()
        self.tables: dict[str, str] = dict(tables)
        self.present: dict[str, set[str]] = {
            table: self._columns_of(table) for table in set(self.tables.values())
        }

    def _columns_of(self, table: str) -> set[str]:
        # `duckdb_columns()` would look at every relation that DuckDB itself has, which takes it 10 ms.
        found = self._connection.execute("select name from pragma_table_info($t)", {"t": table}).fetchall()
        return {str(name) for (name,) in found}

    def make_room(self, models: Sequence[ModelRows]) -> None:
        """The same as `make_room_for` for each of these."""
        for rows in models:
            groups = (("number", rows.numbers), ("text", rows.texts), ("tag", rows.tags))
            self.make_room_for(rows.model, [(kind, name) for kind, group in groups for name in group])

    def make_room_for(self, model: str, names: Sequence[tuple[str, str]]) -> None:
        """The model has its table, and each feature and tag, by kind and name, a column if there is room.

        A table that is new has all of them from the start: adding one later takes DuckDB about a
        millisecond, and longer the more there are.
        """
        self._add(model, names)

    def table_for(self, model: str) -> str:
        """The table that holds the model's rows; made if it is new."""
        return self._add(model, ())

    def column_for(self, table: str, kind: str, name: str) -> str | None:
        """The table's column for a feature or tag of `make_room`; None if there was no room left."""
        known = self.columns.get((kind, name))
        return known.column if known is not None and known.column in self.present[table] else None

    def _add(self, model: str, names: Sequence[tuple[str, str]]) -> str:
        """The model's table, in which each of these, by kind and name, has a column if there is room."""
        if (known := self.tables.get(model)) in self.present:
            names = self._affordable(known, names)
        new: list[FeatureColumn] = []
        for kind, name in names:
            if (kind, name) not in self.columns and len(self.columns) < MAX_COLUMNS:
                column = f"{KINDS[kind][0]}{len(self.columns)}"
                new.append(FeatureColumn(column, kind, name, self._free(kind, name)))
                self.columns[kind, name] = new[-1]
                self._view_names.add(new[-1].view_name.casefold())
        if new:
            fields = zip(*((c.column, c.kind, c.name, c.view_name) for c in new), strict=True)
            self._connection.execute(_NEW_COLUMNS, dict(zip("cknv", map(list, fields), strict=True)))
        wanted = {
            self.columns[key].column: KINDS[key[0]][1] for key in dict.fromkeys(names) if key in self.columns
        }
        table = self.tables.get(model)
        if table is None:
            taken = set(self.tables.values())
            table = self.tables[model] = f"p_{len(taken)}" if len(taken) < MAX_TABLES - 1 else "p_shared"
            self._connection.execute("insert into model_tables values ($m, $t)", {"m": model, "t": table})
        if table not in self.present:
            columns = ", ".join(f"{name} {kind}" for name, kind in {**FIXED, **wanted}.items())
            self._connection.execute(f"create table {table} ({columns})")
            self.present[table] = {*FIXED, *wanted}
        missing = {column: kind for column, kind in wanted.items() if column not in self.present[table]}
        if len(missing) * (len(self.present[table]) + len(missing)) > _MOST_COPIES:
            nulls = ", ".join(f"null::{kind} as {column}" for column, kind in missing.items())
            self._connection.execute(f"create table wider as select *, {nulls} from {table}")
            self._connection.execute(f"drop table {table}")
            self._connection.execute(f"alter table wider rename to {table}")
        else:
            for column, kind in missing.items():
                self._connection.execute(f"alter table {table} add column {column} {kind}")
        self.present[table].update(missing)
        return table

    def _affordable(self, table: str, names: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
        """All of these, or those that have a column in the table if all would be too much at once."""
        held = [name for name in names if self.column_for(table, *name) is not None]
        more = len(names) - len(held)
        if more <= _MANY_COLUMNS:
            return names
        rows = self._connection.execute(f"select count(*) from {table}").fetchall()[0][0]
        return held if more * rows > _MOST_CELLS else names

    def _free(self, kind: str, name: str) -> str:
        """A readable name that no other column of the views has: `amount`, else `amount_text`, ..."""
        base = name.replace("\0", "␀") or "unnamed"
        candidates = [base, f"{base}_{kind}"]
        for candidate in candidates:
            if candidate.casefold() not in self._view_names:
                return candidate
        number = 2
        while f"{base}_{kind}_{number}".casefold() in self._view_names:
            number += 1
        return f"{base}_{kind}_{number}"
