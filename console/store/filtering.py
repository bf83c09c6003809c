"""Narrows canned queries to the predictions that a person's filter lets through.

A relation of the same name is put before the statement, so that it sees no other rows. The text is made of
quoted identifiers of this store and of fixed words; every value of the filter is a bound parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches

import duckdb

from console.canned import CannedQuery
from console.errors import UsageError
from console.model import Comparison, FieldInfo, Filter, Term
from console.store.schema import FIXED, Columns
from console.store.views import IS_ERROR, TRUTH_ORIGIN, features_within, quoted

VALUES_AT_MOST = 50
"""Values of a field that are offered."""
NEWEST_ROWS = 40_000
"""Rows of each model that are looked at for them."""
_VALUE_LENGTH = 200
"""Characters of a value that is offered; a longer one is not."""

_COMMENTS = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_WITH = re.compile(r"with\b(?P<recursive>\s+recursive\b)?", re.IGNORECASE)
_OF_FEATURES = ("feature_numbers", "feature_texts")
_OF_ROWS = ("prediction_slices", "prediction_facts")
"""Relations beside these and `predictions` that have a row's origin."""
_READ = re.compile(
    r"\b(predictions|rows_meeting|" + "|".join((*_OF_FEATURES, *_OF_ROWS)) + r")\b", re.IGNORECASE
)
_HIDDEN = frozenset({"source_id", "source_offset", "ts_origin", "prediction_value", "stages", "extra"})
"""Fixed fields that nobody is offered."""
_SEARCHED = (
    *("request_id", "model", "model_version", "endpoint", "error_type", "error_message"),
    *("prediction", "truth", "stages", "extra"),
)
"""Fixed fields in which a text is looked for, beside all tags and texts."""
_MADE = {"is_error": IS_ERROR, "truth_origin": f"({TRUTH_ORIGIN})"}
"""Columns of `predictions` that no table has."""
_NEGATED = {Comparison.IS_NOT: Comparison.IS, Comparison.CONTAINS_NOT: Comparison.CONTAINS}
_LEAST_INTEGER, _MOST_INTEGER = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class _Held:
    """A column of `predictions`."""

    column: str
    kind: str
    """`number`, `text`, `time` or `truth`."""

    @property
    def sql(self) -> str:
        return quoted(self.column)


class Fields:
    """What one may filter by, and which columns of `predictions` hold it."""

    def __init__(self, dynamic: Sequence[tuple[str, str, str]]) -> None:
        """Args: dynamic: kind (`tag`, `number`, `text`), logged name, name in the view."""
        self._fixed = {name: _Held(name, _kind_of(type_name)) for name, type_name in FIXED.items()}
        self._fixed["is_error"] = _Held("is_error", "truth")
        self._fixed["truth_origin"] = _Held("truth_origin", "text")
        self._tags: dict[str, list[_Held]] = {}
        self._features: dict[str, list[_Held]] = {}
        self._seen_as: dict[str, list[_Held]] = {}
        for kind, name, column in dynamic:
            held = _Held(column, "number" if kind == "number" else "text")
            (self._tags if kind == "tag" else self._features).setdefault(name, []).append(held)
            self._seen_as[column] = [held]

    @classmethod
    def of(cls, cursor: duckdb.DuckDBPyConnection) -> Fields:
        """Those of the store, as it is now."""
        found = cursor.execute("select kind, name, view_name from feature_columns order by rowid")
        return cls([(str(kind), str(name), str(view)) for kind, name, view in found.fetchall()])

    def held(self, name: str) -> Sequence[_Held]:
        """The columns that a person means: a number of one model may be a text of another.

        Raises:
            UsageError: there is none; the message names those that are nearest.
        """
        if name in self._fixed:
            return (self._fixed[name],)
        found = [*self._tags.get(name, ()), *self._features.get(name, ())]
        if not found:
            group, _, rest = name.partition(".")
            found = {"tags": self._tags, "features": self._features}.get(group, {}).get(rest, [])
        found = found or self._seen_as.get(name, [])
        if not found:
            known = [info.name for info in self.infos()]
            same = [one for one in known if one.casefold() == name.casefold()]
            near = same or get_close_matches(name, known, n=3, cutoff=0.6)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UsageError(f"no field, tag or feature is called {name[:100]!r}{hint}")
        return found

    def texts(self) -> list[_Held]:
        """Where a text is looked for that may be anywhere."""
        dynamic = [held for group in (self._tags, self._features) for one in group.values() for held in one]
        return [self._fixed[name] for name in _SEARCHED] + [held for held in dynamic if held.kind == "text"]

    def infos(self) -> tuple[FieldInfo, ...]:
        """All of them by the names that tell them apart: fixed fields, tags, features."""
        found = [
            FieldInfo(name, "field", held.kind == "number")
            for name, held in self._fixed.items()
            if name not in _HIDDEN
        ]
        for kind, group in (("tag", self._tags), ("feature", self._features)):
            for name, columns in group.items():
                clashes = name in self._fixed or (name in self._tags and name in self._features)
                shown = f"{kind}s.{name}" if clashes or not name else name
                found.append(FieldInfo(shown, kind, all(held.kind == "number" for held in columns)))
        return tuple(found)


def narrowed(
    cursor: duckdb.DuckDBPyConnection, query: CannedQuery, values: Mapping[str, object], filter: Filter
) -> tuple[CannedQuery, dict[str, object]]:
    """The query that sees only what the filter lets through, and the values of its parameters.

    Raises:
        UsageError: there is no such field, a value is none of its kind, or the query cannot be narrowed.
    """
    if not filter:
        return query, dict(values)
    condition, bound = condition_of(filter, Fields.of(cursor))
    [(database,)] = cursor.execute("select current_database()").fetchall()
    start, body = _split(query.sql)
    read = {name.lower() for name in _READ.findall(body)}
    if not read:
        raise UsageError(f"{query.name}: reads no predictions, so that a filter says nothing to it")
    found = _WITH.match(body)
    if found is not None and found["recursive"]:
        raise UsageError(f"{query.name}: a recursive query takes no filter")
    home = f"{quoted(str(database))}.main"
    relations = [f"predictions as not materialized (select * from {home}.predictions where {condition})"]
    if features := [name for name in _OF_FEATURES if name in read]:
        columns = Columns(cursor)
        relations += [f"{name} as not materialized ({features_within(columns, name)})" for name in features]
    relations += [
        f"{name} as not materialized (select r.* from {home}.{name} as r "
        "semi join predictions as p on p.source_id = r.source_id and p.source_offset = r.source_offset)"
        for name in _OF_ROWS
        if name in read
    ]
    before = f"with {', '.join(relations)}"
    rest = f",{body[found.end() :]}" if found else f"\n{body}"
    return replace(query, sql=f"{start}{before}{rest}"), {**values, **bound}


def _split(sql: str) -> tuple[str, str]:
    """The comments that a statement begins with, and the rest."""
    found = _COMMENTS.match(sql)
    at = found.end() if found else 0
    return sql[:at], sql[at:]


def condition_of(filter: Filter, fields: Fields) -> tuple[str, dict[str, object]]:
    """The filter as a condition on `predictions`, and the values that it is to be bound to.

    Raises:
        UsageError: there is no such field, or a value is none of its kind.
    """
    bound: dict[str, object] = {}
    conditions = [_term(term, fields, f"filter_{at}", bound) for at, term in enumerate(filter.terms)]
    return " and ".join(f"({condition})" for condition in conditions) or "true", bound


def _term(term: Term, fields: Fields, name: str, bound: dict[str, object]) -> str:
    """One condition; what it is bound to goes into `bound` under names that begin with `name`."""
    if any("\ud800" <= sign <= "\udfff" for sign in term.value):
        raise UsageError(f"{term.value[:100]!a} is no text that can be stored: it has half a character")
    comparison = _NEGATED.get(term.comparison, term.comparison)
    if not term.field:
        texts = ", ".join(held.sql for held in fields.texts())
        bound[name] = term.value
        condition = f"contains(lower(concat_ws(chr(31), {texts})), lower(${name}))"
    elif term.is_null:
        condition = " and ".join(f"{held.sql} is null" for held in fields.held(term.field))
    else:
        parts = [
            _comparison(held, comparison, term.value, f"{name}_{held.kind}", bound)
            for held in fields.held(term.field)
        ]
        condition = " or ".join(part for part in parts if part) or "false"
    # What has no value is not equal to any, and does not contain any.
    return f"not coalesce({condition}, false)" if comparison is not term.comparison else condition


def _comparison(held: _Held, comparison: Comparison, value: str, name: str, bound: dict[str, object]) -> str:
    """A condition on one column; empty where none of its values can meet it."""
    sign = comparison.value
    if comparison is Comparison.CONTAINS:
        bound[name] = value
        return f"contains(lower({held.sql}::varchar), lower(${name}))"
    number = _number(value)
    match held.kind:
        case "number" if number is None:
            return ""
        case "number":
            bound[name] = number
            return f"{held.sql} {sign} ${name}"
        case "truth":
            bound[name] = _truth(held, value)
            return f"{held.sql} {sign} ${name}"
        case "time":
            bound[name] = _time(held, value)
            return f"{held.sql} {sign} ${name}"
        case _ if number is not None and comparison is not Comparison.IS:
            bound[f"{name}_number"] = float(number)
            return f"try_cast({held.sql} as double) {sign} ${name}_number"
        case _:
            bound[name] = value
            return f"{held.sql} {sign} ${name}"


def _number(value: str) -> int | float | None:
    """The number that the text is; an integer if it is one, since a column of them is searched quicker."""
    text = value.strip()
    if "_" in text:
        return None
    try:
        number = int(text) if len(text) < 20 else float(text)
    except ValueError:
        try:
            number = float(text)
        except ValueError:
            return None
    return number if isinstance(number, float) or _LEAST_INTEGER <= number <= _MOST_INTEGER else float(number)


def _truth(held: _Held, value: str) -> bool:
    truth = {"true": True, "false": False}.get(value.strip().lower())
    if truth is None:
        raise UsageError(f"{held.column} is true or false, not {value[:100]!r}")
    return truth


def _time(held: _Held, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise UsageError(
            f"{held.column} is a time, such as 2026-11-02T03:04:05Z, not {value[:100]!r}"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _kind_of(type_name: str) -> str:
    kinds = {"varchar": "text", "timestamptz": "time", "boolean": "truth"}
    return kinds.get(type_name, "number")


# --- offering what there is ---------------------------------------------------------------------------


def values_of(cursor: duckdb.DuckDBPyConnection, name: str, beginning: str) -> tuple[str, ...]:
    """Values of a field that begin so, of the newest rows of each model, the most frequent first.

    Raises:
        UsageError: there is no such field.
    """
    held = Fields.of(cursor).held(name)
    columns = Columns(cursor)
    by_view = {one.view_name: one.column for one in columns.columns.values()}
    selects = []
    for table in sorted(columns.present):
        # The rowid is the order of storing: a scan of so many rows of one column takes a millisecond.
        [(newest,)] = cursor.execute(f"select max(rowid) from {table}").fetchall()
        for one in held:
            column = _MADE.get(one.column) or by_view.get(one.column, one.column)
            if newest is not None and (column in columns.present[table] or one.column in _MADE):
                selects.append(
                    f"select {_shown(column, one)} as value from {table} where rowid > {newest - NEWEST_ROWS}"
                )
    if not selects:
        return ()
    # Of a measure hardly any two values are the same, and to offer them would say nothing.
    is_measure = held[0].kind == "number" and FIXED.get(name) != "integer"
    found = cursor.execute(
        f"select value from ({' union all '.join(selects)}) "
        "where starts_with(lower(value), lower($beginning)) and length(value) <= $longest "
        "group by value qualify not $measure or count(*) * 1000 >= sum(count(*)) over () "
        "order by count(*) desc, value limit $most",
        {"beginning": beginning, "longest": _VALUE_LENGTH, "measure": is_measure, "most": VALUES_AT_MOST},
    )
    return tuple(str(value) for (value,) in found.fetchall())


def _shown(column: str, held: _Held) -> str:
    if held.kind == "number":
        return f"regexp_replace({column}::varchar, '\\.0$', '')"
    return f"{column}::varchar" if held.kind != "time" else f"strftime({column}, '%Y-%m-%dT%H:%M:%SZ')"
