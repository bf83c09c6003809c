"""What the offending rows of an alert have in common, and how it is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from console.checks.say import number, percent, short
from console.explain.offending import OUTCOMES, WHOLE_SLICE, offending_call, told_by, whole_time, widen
from console.model import Alert, CommonSlice, Condition, QueryCall, Reading, Table, Ticket

if TYPE_CHECKING:
    from console.store import Sample, Store

BEFORE = timedelta(hours=24)
"""How far back before an alert what was usual is looked up."""

MOST_OF_THE_TROUBLE = 0.5
"""Share of the trouble that a slice must hold to be named with the alert."""

_HEADINGS = {
    "slice": "",
    "offending": "rows that offend, of all in the slice; estimated from a sample where there are many",
    "of the trouble": "share of the offending rows beyond those that were usual before, 0..1",
    "rate": "share of the slice that offends, 0..1",
    "rate elsewhere": "share of the other rows that offends, 0..1",
}


def sample_for(store: Store, alert: Alert, *, ticket: Ticket | None = None) -> Sample:
    """Rows of the alert's time and of the 24 hours before it, offending and other ones.

    Raises:
        UsageError: the alert's check names no query for its offending rows.
        Interrupted: the store was told to stop, or the ticket was cancelled.
        StoreError: DuckDB refused.
    """
    window = whole_time(alert)
    call = widen(offending_call(alert))
    start = window.start - BEFORE
    # The window's ends are not conditions on rows, so the same question is asked of the time before.
    asked = replace(call, params={**call.params, "start": start, "until": window.until})
    return store.sample(
        asked, model=alert.model, start=start, since=window.start, until=window.until, ticket=ticket
    )


def common_slices(sample: Sample, offenders: QueryCall) -> tuple[CommonSlice, ...]:
    """The slices that hold most of the trouble, best first; none if it is everywhere.

    Args:
        sample: from `sample_for`.
        offenders: the query that says which rows offend; what defines them explains nothing.
    """
    # numpy takes a while to import, and the first paint does not need it.
    from console.explain.columns import Grouped
    from console.explain.search import slices

    asked = offenders.params.get("endpoint")
    prefers = frozenset([("endpoint", asked)]) if isinstance(asked, str) else frozenset()
    if not sample.columns:
        return ()
    found = slices(Grouped(sample), told_by(offenders), prefers)
    return tuple(_with_endpoint(one, asked, sample) for one in found)


def _with_endpoint(found: CommonSlice, asked: object, sample: Sample) -> CommonSlice:
    """The slice with the endpoint that is asked about, if there are others: its rows are of that alone."""
    named = any(condition.name == "endpoint" for condition in found.conditions)
    column = next((c.column for c in sample.columns if (c.kind, c.name) == ("field", "endpoint")), None)
    if named or column is None or not isinstance(asked, str) or not asked:
        return found
    if sample.frame[column].n_unique() < 2:
        return found
    return replace(found, conditions=(Condition("field", "endpoint", asked), *found.conditions))


def explained(store: Store, alert: Alert) -> tuple[CommonSlice, ...]:
    """What the alert's offending rows have in common, best first; raises as `sample_for` does."""
    if offending_call(alert).query == WHOLE_SLICE:
        return ()
    return common_slices(sample_for(store, alert), offending_call(alert))


def leading(slices: Sequence[CommonSlice]) -> tuple[Condition, ...]:
    """The conditions of the first slice that holds most of the trouble; none if no slice does."""
    for found in slices:
        if found.share_of_offending >= MOST_OF_THE_TROUBLE and not any(map(_is_outcome, found.conditions)):
            return found.conditions
    return ()


def where(reading: Reading, slices: Sequence[CommonSlice]) -> tuple[Condition, ...]:
    """The conditions for `Alert.where`: the leading slice's, or that one whose rows are all meant.

    Where no rows offend, as of silence, it is the reading's own slice.
    """
    call = reading.offenders
    if call is None:
        return _condition(reading.slice.dimension, reading.slice.value) if reading.slice.dimension else ()
    dimension = call.params.get("dimension") if call.query == WHOLE_SLICE else None
    if isinstance(dimension, str) and dimension:
        return _condition(dimension, str(call.params.get("slice_value", "")))
    return leading(slices)


def _condition(dimension: str, value: str) -> tuple[Condition, ...]:
    kind = "field" if dimension in ("model_version", "endpoint") else "tag"
    return (Condition(kind, dimension, value),)


def said_with_slice(reading: Reading, slices: Sequence[CommonSlice]) -> str:
    """The reading's summary, with the slice that holds most of the trouble, if one does."""
    conditions, best = leading(slices), slices[0] if slices else None
    if best is not None and conditions and reading.check == "error_spikes" and not reading.subject:
        return f"{said(conditions)}: {percent(best.rate)} errors against {percent(best.rate_elsewhere)}"
    news = [condition for condition in conditions if not _said_already(reading, condition)]
    if best is None or not news:
        return reading.summary
    return f"{reading.summary} · {percent(best.share_of_offending)} of it in {said(news)}"


def common_table(slices: Sequence[CommonSlice]) -> Table:
    """The slices for a person, conditions in words."""
    rows = tuple(
        (
            said(one.conditions),
            f"{one.offending} of {one.rows}",
            one.share_of_offending,
            one.rate,
            one.rate_elsewhere,
        )
        for one in slices
    )
    return Table(tuple(_HEADINGS), rows, _HEADINGS)


def said(conditions: Sequence[Condition]) -> str:
    """`model_version=v3 and payload_kb >= 64`, each name and value cut to what fits a line."""
    return " and ".join(f"{short(c.name)}{_value_said(c)}" for c in conditions)


def _value_said(condition: Condition) -> str:
    if condition.kind != "number":
        return f"={short(condition.value)}"
    if condition.lower is None:
        return f" < {number(condition.upper)}"
    if condition.upper is None:
        return f" >= {number(condition.lower)}"
    return f" from {number(condition.lower)} to {number(condition.upper)}"


def _is_outcome(condition: Condition) -> bool:
    return condition.kind in ("field", "number") and condition.name in OUTCOMES


def _said_already(reading: Reading, condition: Condition) -> bool:
    """Whether the reading's subject is that endpoint, or its slice that value: its summary names it."""
    told = (condition.name, condition.value)
    endpoint = bool(reading.subject) and told == ("endpoint", reading.subject)
    return endpoint or told == (reading.slice.dimension, reading.slice.value)
