"""Inserts clean lines: DuckDB takes the values out of the text, without Python seeing one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

import duckdb
import orjson
import polars as pl

from console.model import FIELDS, Batch
from console.model.clean import GROUP_LINES, CleanRows, Kind, Leaf
from console.store.arrow import registered
from console.store.schema import Columns
from console.store.views import quoted

_LEAST_LINES = 16_384
"""Fewer are not worth a thread of their own."""
_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.NUMBER: "DOUBLE",
    Kind.INTEGER: "BIGINT",
    Kind.JSON: "JSON",
    Kind.ISO: "VARCHAR",
    Kind.SECONDS: "DOUBLE",
    Kind.MILLISECONDS: "DOUBLE",
    Kind.MICROSECONDS: "BIGINT",
    Kind.NANOSECONDS: "BIGINT",
}
_MOMENTS = {
    Kind.ISO: "{}::timestamptz",
    Kind.SECONDS: "make_timestamptz(round_even({} * 1e6, 0)::bigint)",
    Kind.MILLISECONDS: "make_timestamptz(round_even({} * 1e3, 0)::bigint)",
    Kind.MICROSECONDS: "make_timestamptz({})",
    Kind.NANOSECONDS: "make_timestamptz({} // 1000)",
}


def _dynamic_columns(rows: CleanRows) -> list[tuple[str, str]]:
    """Kind and name of each column that the rows' features and tags want."""
    return [(_kind(leaf), leaf.name) for leaf in rows.leaves if leaf.group in ("feature", "tag")]


def insert_clean(cursor: duckdb.DuckDBPyConnection, columns: Columns, batches: Iterable[Batch]) -> None:
    """The values of all clean lines are in the tables of their models, within the transaction under way.

    Raises:
        duckdb.Error: DuckDB refused.
    """
    alike: dict[tuple[str, tuple[Leaf, ...]], list[tuple[int, CleanRows]]] = {}
    for batch in batches:
        for rows in batch.clean:
            alike.setdefault((rows.model, tuple(rows.leaves)), []).append((batch.source_id, rows))
    for some in alike.values():
        _, rows = some[0]
        columns.make_room_for(rows.model, _dynamic_columns(rows))
        _insert(cursor, columns, rows, _parts(some))


def _parts(some: Iterable[tuple[int, CleanRows]]) -> Iterator[pl.DataFrame]:
    """The lines of all, in parts that a thread stores best: whole row groups, or halves of less than one."""
    lines = pl.concat(
        [
            pl.DataFrame(rows.lines).with_columns(
                source_id=pl.lit(source_id, pl.Int32), arrival=pl.lit(rows.arrival, pl.Int64)
            )
            for source_id, rows in some
        ],
        rechunk=False,
    )
    half = max(_LEAST_LINES, (len(lines) + 1) // 2)
    for part in lines.iter_slices(GROUP_LINES if len(lines) >= GROUP_LINES else half):
        yield part.rechunk()


def _insert(
    cursor: duckdb.DuckDBPyConnection, columns: Columns, rows: CleanRows, parts: Iterable[pl.DataFrame]
) -> None:
    """These lines, which are like those of `rows`."""
    table = columns.table_for(rows.model)
    chosen = dict(_chosen(columns, table, rows.leaves))
    structure = _structure(rows.leaves)
    record = "from_json(line, $structure) as r" if structure else "null as r"
    expressions = ", ".join(f"{value} as {column}" for column, value in chosen.items())
    with ExitStack() as stack:
        names: list[str] = []
        for number, lines in enumerate(parts):
            names.append(f"clean_{number}")
            stack.enter_context(registered(cursor, names[-1], lines))
        # One table would be read by as many threads as it has whole row groups.
        clean = " union all ".join(f"from {name}" for name in names)
        cursor.execute(
            f"insert into {table} by name "
            f"select $model as model, source_id, source_offset, {expressions} "
            f"from (select {record}, source_id, source_offset, arrival from ({clean}))",
            {
                "model": rows.model,
                **({"structure": orjson.dumps(structure).decode()} if structure else {}),
            },
        )


def _has_moment(leaves: Sequence[Leaf]) -> bool:
    return any((leaf.group, leaf.name) == ("field", "ts") for leaf in leaves)


def _structure(leaves: Sequence[Leaf]) -> dict[str, object]:
    """The leaves' types, nested as the leaves are, as `from_json` wants them."""
    structure: dict[str, object] = {}
    for leaf in leaves:
        inner = structure
        for key in leaf.path[:-1]:
            inner = inner.setdefault(key, {})  # type: ignore[assignment]
        as_text = (leaf.group, leaf.name) == ("field", "prediction")
        inner[leaf.path[-1]] = "VARCHAR" if as_text else _TYPES[leaf.kind]
    return structure


def _chosen(columns: Columns, table: str, leaves: Sequence[Leaf]) -> Iterator[tuple[str, str]]:
    """Column and expression of everything that the leaves give."""
    if not _has_moment(leaves):
        yield "ts", "make_timestamptz(arrival)"
    yield "ts_origin", "'logged'" if _has_moment(leaves) else "'arrival'"
    extra: list[tuple[str, str]] = []
    spilled: list[tuple[str, str, str]] = []
    for leaf in leaves:
        value = "r." + ".".join(map(quoted, leaf.path))
        if leaf.scale != 1.0:
            value = f"({value} * {leaf.scale!r}::double)"
        match leaf.group:
            case "field":
                yield from _field(leaf, value)
            case "extra":
                extra.append((leaf.name, value))
            case group:
                column = columns.column_for(table, _kind(leaf), leaf.name)
                if column is None:
                    spilled.append(
                        (f"{group}s", leaf.name, value if leaf.kind is Kind.NUMBER else f"{value}::varchar")
                    )
                else:
                    yield column, value
    if extra or spilled:
        yield "extra", _extra(extra, spilled)


def _kind(leaf: Leaf) -> str:
    """Of the column of a feature or tag."""
    if leaf.group == "tag":
        return "tag"
    return "number" if leaf.kind is Kind.NUMBER else "text"


def _field(leaf: Leaf, value: str) -> Iterator[tuple[str, str]]:
    if leaf.name == "ts":
        yield "ts", _MOMENTS[leaf.kind].format(value)
        return
    yield leaf.name, f"{value}::{FIELDS[leaf.name]}"
    if leaf.name == "prediction" and leaf.kind is Kind.NUMBER:
        yield "prediction_value", f"{value}::double"


def _extra(extra: Sequence[tuple[str, str]], spilled: Sequence[tuple[str, str, str]]) -> str:
    """An expression for one JSON object: keys that no record has, and features and tags without a column.

    Of these only what is not null; null if that leaves nothing.
    """
    members = [f"{_key(name)} || coalesce({value}::varchar, 'null')" for name, value in extra]
    for group in dict.fromkeys(group for group, _, _ in spilled):
        held = [f"{_key(name)} || to_json({value})::varchar" for of, name, value in spilled if of == group]
        members.append(f"{_key(group)} || {_object(held)}")
    return _object(members)


def _object(members: Sequence[str]) -> str:
    """An expression for a JSON object of the members that are not null; null if all are."""
    return f"'{{' || nullif(concat_ws(',', {', '.join(members)}), '') || '}}'"


def _key(name: str) -> str:
    return _sql_text(f"{orjson.dumps(name).decode()}:")


def _sql_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
