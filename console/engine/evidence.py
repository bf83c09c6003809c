"""Gathers what stands behind an alert."""

from __future__ import annotations

from dataclasses import replace

from console.errors import StoreError
from console.explain import common_slices, common_table, moved_table, offending_call, sample_for
from console.explain.offending import WHOLE_SLICE
from console.model import NOTHING, Alert, Evidence, QueryCall, Table, Ticket
from console.store import Store

EVIDENCE_ROWS = 200
OFFENDER_ROWS = 500


def gather_evidence(store: Store, alert: Alert, ticket: Ticket | None = None) -> Evidence:
    """Value against baseline in the alert's worst window; the offending rows of its whole time, what they
    have in common, and which values moved. Where no row offends, as of silence, there is only the first.

    Raises:
        Interrupted: the store was told to stop, or the ticket was cancelled.
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
        table=_with_all_named(store.table(call, ticket=ticket)),
        offenders_call=None,
        offenders=NOTHING,
        common=NOTHING,
    )
    if reading.offenders is None:
        return found
    offenders_call = _with(offending_call(alert), row_limit=OFFENDER_ROWS)
    whole = offenders_call.query == WHOLE_SLICE
    sample = sample_for(store, alert, ticket=ticket)
    slices = () if whole else common_slices(sample, offenders_call)
    return replace(
        found,
        offenders_call=offenders_call,
        offenders=store.table(offenders_call, ticket=ticket),
        common=common_table(slices),
        slices=tuple(slices),
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
