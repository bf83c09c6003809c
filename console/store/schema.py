"""The tables of the cache, and the columns that features and tags are given.

Every model has a wide table `p_<n>` with a typed column for each feature and tag; their names are
made here and never come from a log. `feature_columns` says which column holds what. Readers do not
see these tables: they see the views of `console.store.views`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import duckdb

from console.errors import StoreError
from console.model import FIELDS

SCHEMA_VERSION = 1
MAX_COLUMNS = 5_000
"""Features and tags that get a column of their own; any beyond are kept in `extra`."""
MAX_TABLES = 64
"""Models that get a table of their own; any beyond share one."""

FIXED: dict[str, str] = {**FIELDS, "source_id": "integer"}

_TABLES = """
create table meta (key varchar primary key, value varchar);
create table ledger (
    source_id integer,
    path varchar,
    device ubigint,
    inode ubigint,
    head_hash varchar,
    head_length integer,
    next_offset bigint,
    lines bigint,
    rows bigint,
    rejects bigint,
    blanks bigint,
    committed_at timestamptz
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
create table model_tables (model varchar, table_name varchar);
create table feature_columns (column_name varchar, kind varchar, name varchar, view_name varchar);
"""
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


def create_or_check(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """The file has this version's tables.

    Raises:
        StoreError: it was written by another version, or is somebody else's database.
    """
    tables = {str(row[0]) for row in connection.execute(_RELATIONS).fetchall()}
    if not tables:
        connection.begin()
        for statement in connection.extract_statements(_TABLES):
            connection.execute(statement)
        connection.execute("insert into meta values ('schema_version', $v)", {"v": str(SCHEMA_VERSION)})
        connection.commit()
        return
    found = None
    if {"meta", "ledger"} <= tables:
        with suppress(duckdb.BinderException):
            found = connection.execute("select value from meta where key = 'schema_version'").fetchone()
    if found is None:
        raise StoreError(f"{path}: is a DuckDB file, but not one of this console's; give another name")
    if found[0] != str(SCHEMA_VERSION):
        raise StoreError(
            f"{path}: written by another version (schema {found[0]}, this one has {SCHEMA_VERSION}); "
            "it is only a cache: delete it, and it is rebuilt from the logs"
        )


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
            name.casefold() for name in (*FIXED, "is_error")
        }
        tables = self._connection.execute("select model, table_name from model_tables").fetchall()
        self.tables: dict[str, str] = dict(tables)
        present = self._connection.execute(
            "select table_name, list(column_name) from duckdb_columns() "
            "where starts_with(table_name, 'p_') group by table_name"
        ).fetchall()
        self.present: dict[str, set[str]] = {table: set(names) for table, names in present}

    def table_for(self, model: str) -> str:
        """The table that holds the model's rows; made if it is new."""
        if model in self.tables:
            return self.tables[model]
        names = set(self.tables.values())
        table = f"p_{len(names)}" if len(names) < MAX_TABLES - 1 else "p_shared"
        self._connection.execute("insert into model_tables values ($m, $t)", {"m": model, "t": table})
        self.tables[model] = table
        if table not in self.present:
            columns = ", ".join(f"{name} {kind}" for name, kind in FIXED.items())
            self._connection.execute(f"create table {table} ({columns})")
            self.present[table] = set(FIXED)
        return table

    def column_for(self, table: str, kind: str, name: str) -> str | None:
        """The table's column for a feature or tag, made if it is new; None if there is no room left."""
        known = self.columns.get((kind, name))
        if known is None:
            if len(self.columns) >= MAX_COLUMNS:
                return None
            known = FeatureColumn(f"{KINDS[kind][0]}{len(self.columns)}", kind, name, self._free(kind, name))
            self.columns[kind, name] = known
            self._view_names.add(known.view_name.casefold())
            self._connection.execute(
                "insert into feature_columns values ($c, $k, $n, $v)",
                {"c": known.column, "k": kind, "n": name, "v": known.view_name},
            )
        if known.column not in self.present[table]:
            self._connection.execute(f"alter table {table} add column {known.column} {KINDS[kind][1]}")
            self.present[table].add(known.column)
        return known.column

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
