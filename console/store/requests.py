"""Reads one prediction back, whole, under the names it was logged with."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import duckdb
import orjson

from console.errors import StoreError
from console.model import FIELDS, Request, RowId
from console.store.inputs import input_hash_sql
from console.store.schema import Columns

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHERE = """
select p.model, s.path, t.table_name
from predictions as p
join sources as s using (source_id)
join model_tables as t on t.model = p.model
where p.source_id = $source_id and p.source_offset = $source_offset
"""


def read_request(cursor: duckdb.DuckDBPyConnection, row_id: RowId) -> Request:
    """The prediction of that line.

    Raises:
        StoreError: nothing is stored from there.
    """
    place = {"source_id": row_id.source_id, "source_offset": row_id.offset}
    found = cursor.execute(_WHERE, place).fetchone()
    if found is None:
        raise StoreError(f"no prediction is stored from source {row_id.source_id}, offset {row_id.offset}")
    model, path, table = found
    hashed = input_hash_sql(Columns(cursor), table)
    answer = cursor.execute(
        f"select * replace (epoch_us(ts) as ts, epoch_us(truth_at) as truth_at), {hashed} as input_hash "
        f"from {table} "
        "where source_id = $source_id and source_offset = $source_offset",
        place,
    )
    names = [column[0] for column in answer.description or ()]
    row = answer.fetchone() or ()
    values = dict(zip(names, row, strict=True))
    ts = moment(values["ts"])
    features: dict[str, object] = {}
    tags: dict[str, str] = {}
    dynamic = cursor.execute("select column_name, kind, name from feature_columns").fetchall()
    for column, kind, name in sorted(dynamic, key=lambda c: int(c[0][1:])):
        value = values.get(column)
        if value is not None and kind == "tag":
            tags[name] = value
        elif value is not None:
            features[name] = value
    decoded = _decoded(values["extra"])
    extra: dict[str, object] = decoded if isinstance(decoded, dict) else {}
    for group, into in (("features", features), ("tags", tags)):
        # An object stands there only for those that had no column of their own.
        if isinstance(spilled := extra.get(group), dict):
            into |= spilled
            del extra[group]
    fields = {name: values[name] for name in FIELDS if name not in ("stages", "extra")}
    fields["ts"] = ts
    if fields["truth"] is not None:
        at = values["truth_at"]
        fields["truth_origin"], fields["truth_at"] = ("logged", None) if at is None else ("late", moment(at))
    origin = f"{path}:{row_id.offset}"
    return Request(
        row_id=row_id,
        key=values["request_id"] if values["request_id"] is not None else origin,
        origin=origin,
        ts=ts,
        model=model,
        fields=fields,
        features=features,
        tags=tags,
        stages=_decoded(values["stages"]),
        extra=extra,
        input_hash=values["input_hash"] or "",
    )


def moment(microseconds: int) -> datetime:
    """The time so long after 1970 UTC, exactly."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _decoded(text: str | None) -> object:
    if text is None:
        return None
    try:
        return json.loads(text)  # keeps integers of any length, which orjson rounds
    except RecursionError:
        return orjson.loads(text)
