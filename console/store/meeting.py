"""`rows_meeting`: which requests meet one or two conditions, for canned queries to narrow by.

`rows_meeting(model, start, until, conditions)` gives `source_id, source_offset`. The conditions are JSON as
`console.explain.conditions_text` writes it: a list of one or two objects with `kind` and `name`, and `value`
or `lower` (inclusive) and `upper` (exclusive). What is no such list is met by no row.

`prediction_facts` has one row for each request and thing that was logged of it: `kind` (`field`, `tag`,
`text`, `number`), `name`, and `text` or `number`. A number feature that is called like a measured field is
`features.latency_ms`, a tag that is called like a field `tags.endpoint`.
"""

from __future__ import annotations

MEASURED = ("latency_ms", "score", "prediction_value", "tokens_in", "tokens_out", "cost")
"""Fields that are numbers."""
NAMED = ("model_version", "endpoint", "status", "error_type", "prediction")
"""Fields that are categories."""

_KEYS = "ts, model, source_id, source_offset"


def _unpivoted(kind: str, names: tuple[str, ...], type_name: str, values: str) -> str:
    # A column keeps its name in an unpivot only if it is not one of those that are turned.
    columns = ", ".join(f"{name}::{type_name} as {name}_" for name in names)
    turned = ", ".join(f"{name}_" for name in names)
    return (
        f"select {_KEYS}, '{kind}' as kind, rtrim(column_name, '_') as name, {values} "
        f"from (unpivot (select {_KEYS}, {columns} from predictions) "
        f"on {turned} into name column_name value value)"
    )


_CLASHING = ", ".join(f"'{name}'" for name in MEASURED)
_FACTS = f"""
create or replace view prediction_facts as
{_unpivoted("field", NAMED, "varchar", "value as text, null::double as number")}
union all
{_unpivoted("number", MEASURED, "double", "null::varchar as text, value as number")}
union all
select {_KEYS}, 'tag' as kind, dimension as name, slice_value as text, null::double as number
from prediction_slices
where dimension not in ('', 'model_version', 'endpoint')
union all
select {_KEYS}, 'text' as kind, feature as name, value as text, null::double as number
from feature_texts
union all
select
    {_KEYS}, 'number' as kind,
    case when feature in ({_CLASHING}) then 'features.' || feature else feature end as name,
    null::varchar as text, value as number
from feature_numbers
"""


def _met(at: int) -> str:
    """The row of `prediction_facts` is one that the condition of this place is about, and meets it."""

    def part(key: str) -> str:
        return f"case when json_valid(conditions) then json_extract_string(conditions, '$[{at}].{key}') end"

    return f"""
        f.model = of_model and f.ts >= since and f.ts < before
        and f.kind = {part("kind")}
        and f.name = {part("name")}
        and ({part("value")} is null or f.text = {part("value")})
        and ({part("lower")} is null or f.number >= try_cast({part("lower")} as double))
        and ({part("upper")} is null or f.number < try_cast({part("upper")} as double))
    """


_HOW_MANY = "case when json_valid(conditions) then json_array_length(conditions) end"
_MEETING = f"""
create or replace macro rows_meeting(of_model, since, before, conditions) as table
select f.source_id, f.source_offset
from prediction_facts as f
where {_met(0)}
  and {_HOW_MANY} between 1 and 2
  and (
      {_HOW_MANY} = 1
      or (f.source_id, f.source_offset) in (
          select f.source_id, f.source_offset
          from prediction_facts as f
          where {_met(1)}
      )
  )
"""

STATEMENTS = (_FACTS, _MEETING)
"""To be run after the views that they rest on are made."""
