"""Gathers what stands behind an alert."""

from __future__ import annotations

from dataclasses import replace

from console.errors import StoreError
from console.explain import common_slices, common_table, moved_table, offending_call, sample_for
from console.explain.offending import WHOLE_SLICE
from console.model import NOTHING, Alert, Evidence, QueryCall, Table
from console.store import Store

EVIDENCE_ROWS = 200
OFFENDER_ROWS = 500


def gather_evidence(store: Store, alert: Alert) -> Evidence:
    """Value against baseline in the alert's worst window; the offending rows of its whole time, what they
    have in common, and which values moved. Where no row offends, as of silence, there is only the first.

    Raises:
        Interrupted: the store was told to stop.
        StoreError: DuckDB refused.
    """
    reading = alert.worst
    if reading.evidence is None:
        raise StoreError(f"{alert.check}: this alert names no query that shows it")
    call = _with(reading.evidence, row_limit=EVIDENCE_ROWS)
    found = Evidence(
        alert=alert,
        call=call,
        sql=store.catalog[call.query].sql,
        table=_with_all_named(store.table(call)),
        offenders_call=None,
        offenders=NOTHING,
        common=NOTHING,
    )
    if reading.offenders is None:
        return found
    offenders_call = _with(offending_call(alert), row_limit=OFFENDER_ROWS)
    whole = offenders_call.query == WHOLE_SLICE
    sample = sample_for(store, alert)
    return replace(
        found,
        offenders_call=offenders_call,
        offenders=store.table(offenders_call),
        common=common_table(() if whole else common_slices(sample, offenders_call)),
        moved=moved_table(sample, alert.where),
    )


def _with_all_named(table: Table) -> Table:
    """The same table, in which the slice that is no slice is called by what it is: all rows."""
    if "dimension" not in table.columns:
        return table
    place = table.columns.index("dimension")
    rows = tuple(
        (*row[:place], "all rows", None, *row[place + 2 :]) if row[place] == "" else row for row in table.rows
    )
    return replace(table, rows=rows)


def _with(call: QueryCall, **params: object) -> QueryCall:
    return replace(call, params={**call.params, **params})
