"""From the rows of a query that raises alerts to readings: each tells what its row says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from console.canned import CannedQuery
from console.checks.say import number, short
from console.errors import FilterError
from console.explain.offending import OF_FINDING, WHOLE_SLICE
from console.model import (
    NO_FILTER,
    Comparison,
    Filter,
    QueryCall,
    Reading,
    Severity,
    Slice,
    Table,
    Term,
    Verdict,
    Window,
)
from console.model.filter_text import parse_filter

MOST_FINDINGS = 50
"""Findings of one round that are told; a query that has more is asked about too small things."""
MOST_REQUESTS = 500
"""Requests of one finding that are kept with it, in the order of the query."""
_KEY_LENGTH = 120
_REASON_LENGTH = 300
_HASH_LENGTH = 8
_UNIT_LENGTH = 12
_OF_SLICES = ("model_version", "endpoint")


@dataclass(slots=True)
class _Finding:
    """Rows of one round that tell of the same thing; the first of them says it."""

    told: Mapping[str, object]
    count: int = 0
    rows: int = 0
    """What the rows say that they reach, together."""
    places: list[tuple[int, int]] = field(default_factory=list)


def findings(
    query: CannedQuery, table: Table, call: QueryCall, kinds: Mapping[str, str]
) -> tuple[list[Reading], str]:
    """A breach for each thing that the rows tell of, and what of them could not be used; empty if all was.

    Columns are known by their names, see `docs/queries.md`; all of them may be left out.

    Args:
        query: with a severity.
        table: its answer.
        call: with which it was asked, `start` and `until` among its parameters.
        kinds: name -> `field`, `tag` or `feature`, of what the store can filter by.
    """
    found: dict[tuple[str, str], _Finding] = {}
    for values in table.rows:
        row = dict(zip(table.columns, values, strict=True))
        key = (_text(row.get("model")), _subject(row))
        one = found.setdefault(key, _Finding(row))
        one.count += 1
        one.rows += _count(row.get("rows"))
        place = row.get("source_id"), row.get("source_offset")
        if isinstance(place[0], int) and isinstance(place[1], int) and len(one.places) < MOST_REQUESTS:
            one.places.append((place[0], place[1]))
    problem = ""
    if len(found) > MOST_FINDINGS:
        problem = f"gives {len(found):,} findings at once; only the first {MOST_FINDINGS} are told"
    elif table.truncated and not any(one.places for one in found.values()):
        problem = f"is cut at its row limit of {len(table.rows):,}; there may be more findings"
    readings = []
    for (model, subject), one in list(found.items())[:MOST_FINDINGS]:
        reading, wrong = _reading(query, call, model, subject, one, kinds)
        readings.append(reading)
        problem = problem or wrong
    return readings, problem


def _reading(
    query: CannedQuery,
    call: QueryCall,
    model: str,
    subject: str,
    found: _Finding,
    kinds: Mapping[str, str],
) -> tuple[Reading, str]:
    row = found.told
    where = _slice(row.get("slice"))
    value, limit = _number(row.get("value")), _number(row.get("limit"))
    window = Window(_moment(call.params["start"]), _moment(call.params["until"]))
    began = row.get("began")
    offenders, problem = _offenders(row, model, where, found.places, window, kinds)
    asked = {name: given for name in ("model", "feature", "key") if (given := row.get(name)) is not None}
    evidence = {name: _text(given) for name, given in asked.items() if name in query.params}
    unit = _unit(query.columns.get("value", ""))
    return Reading(
        check=query.name,
        model=model,
        subject=subject,
        window=window,
        verdict=Verdict.BREACH,
        value=value,
        baseline=_number(row.get("baseline")),
        limit=limit,
        unit=unit,
        rows=found.rows if "rows" in row else found.count,
        baseline_rows=0,
        severity=query.raising.severity if query.raising else Severity.WARNING,
        summary=_summary(query, subject, row, value, limit, unit),
        slice=where,
        evidence=QueryCall(call.query, {**call.params, **evidence}),
        offenders=offenders,
        trouble=Window(began, window.until)
        if isinstance(began, datetime) and window.start <= began < window.until
        else None,
    ), problem


def _offenders(
    row: Mapping[str, object],
    model: str,
    where: Slice,
    places: Sequence[tuple[int, int]],
    window: Window,
    kinds: Mapping[str, str],
) -> tuple[QueryCall | None, str]:
    """What lists the requests behind a row, and what is wrong with its filter."""
    time: dict[str, object] = {"start": window.start, "until": window.until}
    of_model = {"model": model} if row.get("model") is not None else {}
    if places:
        ids, offsets = (list(some) for some in zip(*places, strict=True))
        return QueryCall(OF_FINDING, {**of_model, **time, "source_ids": ids, "source_offsets": offsets}), ""
    narrowed, problem = _filter(row.get("filter"))
    known = kinds.get(where.dimension)
    terms = (Term(where.dimension, Comparison.IS, where.value),) if known else ()
    if not narrowed and of_model and (known == "tag" or where.dimension in _OF_SLICES or not terms):
        sliced = {"dimension": where.dimension, "slice_value": where.value} if terms else {}
        return QueryCall(WHOLE_SLICE, {**of_model, **time, **sliced}), problem
    narrowed = Filter((*terms, *narrowed.terms))
    return (QueryCall(OF_FINDING, {**of_model, **time}, narrowed) if narrowed else None), problem


def _filter(text: object) -> tuple[Filter, str]:
    if not isinstance(text, str) or not text:
        return NO_FILTER, ""
    try:
        return parse_filter(text).filter, ""
    except FilterError as error:
        return NO_FILTER, f"its filter {short(text)!r} cannot be read: {error}"


def _subject(row: Mapping[str, object]) -> str:
    """What tells the finding from others of its model: key, else feature, else slice."""
    for name in ("key", "feature", "slice"):
        text = _text(row.get(name))
        if len(text) > _KEY_LENGTH:
            digest = sha256(text.encode(errors="replace")).hexdigest()[:_HASH_LENGTH]
            return f"{text[: _KEY_LENGTH - _HASH_LENGTH - 1]}…{digest}"
        if text:
            return text
    return ""


def _summary(
    query: CannedQuery,
    subject: str,
    row: Mapping[str, object],
    value: float | None,
    limit: float | None,
    unit: str,
) -> str:
    if reason := _text(row.get("reason")):
        return short(reason, _REASON_LENGTH)
    said = short(query.title, _REASON_LENGTH) + (f": {short(subject)}" if subject else "")
    if value is None:
        return said
    figure = f"{value:.1%}".replace("%", " %") if unit == "share" else f"{number(value)} {unit}".rstrip()
    if limit is None:
        return f"{said}, {figure}"
    most = f"{limit:.1%}".replace("%", " %") if unit == "share" else number(limit)
    return f"{said}, {figure} against a limit of {most}"


def _slice(value: object) -> Slice:
    name, sign, text = _text(value).partition("=")
    return Slice(name.strip(), text) if sign and name.strip() else Slice()


def _unit(description: str) -> str:
    """The unit that a column's description begins with; empty where it is no unit."""
    head = description.partition(",")[0].strip()
    return head if len(head) <= _UNIT_LENGTH and " " not in head else head.partition(" ")[0] * _is_share(head)


def _is_share(head: str) -> bool:
    return head.partition(" ")[0] == "share"


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, int | float | Decimal):
        try:
            held = float(value)
        except OverflowError:
            return None
        return held if math.isfinite(held) else None
    return None


def _count(value: object) -> int:
    held = _number(value)
    return max(0, int(held)) if held is not None else 0


def _moment(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value
