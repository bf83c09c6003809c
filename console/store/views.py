"""The relations that canned queries read, kept up to date as views over the models' tables.

- `predictions`: one row a request: the fixed fields, `is_error`, `truth_origin` (`logged` in its line, or
  `late`), each tag and feature under a readable name.
- `truths`: one row a line that says what was true of a request; `matched` where that request is stored.
- `prediction_slices`: one row a request and dimension (version, endpoint, each tag), and one with `''`.
  A tag that is called like one of these is `tags.model_version`, `tags.endpoint` or `tags.`.
- `feature_numbers`, `feature_texts`: one row a request and feature that it has. A feature that is
  called like the field `score` or `prediction` is `features.score` or `features.prediction`.
- `sources`: one row a source, with its totals.
- `prediction_facts`, and the macro `rows_meeting`: see `console.store.meeting`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.store.meeting import STATEMENTS
from console.store.schema import FIXED, Columns, FeatureColumn

IS_ERROR = "(error_type is not null or coalesce(status >= 500, false))"
TRUTH_ORIGIN = "case when truth is not null then if(truth_at is null, 'logged', 'late') end"
MADE = f"{IS_ERROR} as is_error, {TRUTH_ORIGIN} as truth_origin"
"""What readers see beside the fixed fields."""

_SOURCES = """
create or replace view sources as
select
    source_id,
    arg_max(path, rowid) as path,
    max(next_offset) as next_offset,
    sum(lines)::bigint as lines,
    sum(rows)::bigint as rows,
    sum(rejects)::bigint as rejects,
    sum(blanks)::bigint as blanks,
    min(committed_at) as first_committed_at,
    max(committed_at) as last_committed_at,
    arg_max(kind, rowid) as kind,
    sum(truths)::bigint as truths
from ledger
where kind <> 'passed over'
group by source_id
"""

_TRUTHS = """
create or replace view truths as
select source_id, source_offset, request_id, truth, ts, ts_origin, coalesce(matched, false) as matched
from late_truths
"""

# Were they not told apart, the rows of a field and of a namesake would be counted together.
_TAGS = (
    "(select column_name, case when name in ('', 'model_version', 'endpoint') then 'tags.' || name "
    "else name end as name from feature_columns)"
)
_FEATURES = (
    "(select column_name, case when name in ('score', 'prediction') then 'features.' || name "
    "else name end as name from feature_columns)"
)

_KEYS = "ts, model, model_version, source_id, source_offset"
_EMPTY_FEATURES = (
    "select null::timestamptz as ts, null::varchar as model, null::varchar as model_version, "
    "null::integer as source_id, null::bigint as source_offset, null::varchar as feature, "
    "null::{type} as value where false"
)
_EMPTY_SLICES = (
    "select null::timestamptz as ts, null::varchar as model, null::varchar as model_version, "
    "null::integer as source_id, null::bigint as source_offset, null::varchar as endpoint, "
    "null::boolean as is_error, null::double as latency_ms, null::bigint as tokens_in, "
    "null::bigint as tokens_out, null::double as cost, null::varchar as stages, "
    "null::varchar as prediction, null::double as prediction_value, null::double as score, "
    "null::varchar as truth, "
    "null::varchar as dimension, null::varchar as slice_value where false"
)


def view_statements(columns: Columns) -> Iterator[str]:
    """`create or replace view` for every relation, as the columns are now."""
    yield _SOURCES
    yield _TRUTHS
    yield from column_views(columns)
    yield from STATEMENTS


def column_views(columns: Columns) -> Iterator[str]:
    """Of these those that change with the columns; the others rest on what stays the same in them."""
    yield f"create or replace view predictions as {_predictions(columns)}"
    yield f"create or replace view prediction_slices as {_slices(columns)}"
    yield f"create or replace view feature_numbers as {_features(columns, 'number', 'double')}"
    yield f"create or replace view feature_texts as {_features(columns, 'text', 'varchar')}"


def _present(columns: Columns, table: str, *kinds: str) -> list[FeatureColumn]:
    there = columns.present[table]
    return [c for c in columns.columns.values() if c.kind in kinds and c.column in there]


def _predictions(columns: Columns) -> str:
    selects = []
    for table in sorted(columns.present):
        dynamic = "".join(
            f", {c.column} as {quoted(c.view_name)}"
            for c in _present(columns, table, "tag", "number", "text")
        )
        selects.append(f"select {', '.join(FIXED)}, {MADE}{dynamic} from {table}")
    if not selects:
        nulls = ", ".join(f"null::{kind} as {name}" for name, kind in FIXED.items())
        return f"select {nulls}, null::boolean as is_error, null::varchar as truth_origin where false"
    return " union all by name ".join(selects)


def _slices(columns: Columns) -> str:
    selects = [_EMPTY_SLICES]
    measured = "latency_ms, tokens_in, tokens_out, cost, stages, prediction, prediction_value, score, truth"
    names = f"{_KEYS}, endpoint, is_error, {measured}"
    shared = f"{_KEYS}, endpoint, {IS_ERROR} as is_error, {measured}"
    for table in sorted(columns.present):
        selects.append(f"select {shared}, '' as dimension, '' as slice_value from {table}")
        tags = [c.column for c in _present(columns, table, "tag")]
        unpivoted = ", ".join(("model_version_", "endpoint_", *tags))
        dimensions = ["model_version as model_version_", "endpoint as endpoint_", *tags]
        selects.append(
            f"select {names}, coalesce(c.name, rtrim(column_name, '_')) as dimension, slice_value "
            f"from (unpivot (select {shared}, {', '.join(dimensions)} from {table}) "
            f"on {unpivoted} into name column_name value slice_value) "
            # No tag is called so; said, it spares those who ask for all rows the unpivoting of every tag.
            f"left join {_TAGS} as c using (column_name) where dimension <> ''"
        )
    return " union all ".join(selects)


def _features(columns: Columns, kind: str, type_name: str) -> str:
    selects = [_EMPTY_FEATURES.format(type=type_name)]
    for table in sorted(columns.present):
        names = [c.column for c in _present(columns, table, kind)]
        if names:
            selects.append(_unpivoted(names, f"select {_KEYS}, {', '.join(names)} from {table}"))
    return " union all ".join(selects)


def _unpivoted(names: Sequence[str], rows: str) -> str:
    return (
        f"select {_KEYS}, c.name as feature, value "
        f"from (unpivot ({rows}) on {', '.join(names)} into name column_name value value) "
        f"join {_FEATURES} as c using (column_name)"
    )


def features_within(columns: Columns, relation: str) -> str:
    """What `feature_numbers` or `feature_texts` is of another relation `predictions`, which has fewer rows.

    Rows that are not in it are left out before they are unpivoted: a tenth of the work of leaving them out
    afterwards.
    """
    kind, type_name = {"feature_numbers": ("number", "double"), "feature_texts": ("text", "varchar")}[
        relation
    ]
    found = [c for c in columns.columns.values() if c.kind == kind]
    if not found:
        return _EMPTY_FEATURES.format(type=type_name)
    dynamic = ", ".join(f"{quoted(c.view_name)} as {c.column}" for c in found)
    return _unpivoted([c.column for c in found], f"select {_KEYS}, {dynamic} from predictions")


def quoted(name: str) -> str:
    """`name` as an SQL identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'
