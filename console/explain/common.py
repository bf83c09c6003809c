"""The slices in which offending rows are concentrated, as a table for a person."""

from __future__ import annotations

from dataclasses import replace

from console.model import QueryCall, Reading, Table

MAX_OFFENDING_ROWS = 20_000
"""Offending rows that are compared with the rest; of more, the newest."""

_HEADINGS = {
    "slice": "",
    "offending": "rows that offend, of all in the slice",
    "of all offending": "share of all offending rows, 0..1",
    "rate": "share of the slice that offends, 0..1",
    "rate elsewhere": "share of the other rows that offends, 0..1",
}


def widen(offenders: QueryCall) -> QueryCall:
    """The same offending rows, not cut to what fits a screen, and in every slice.

    A check names one slice; looked at within it alone, a second condition could not show.
    """
    params = {k: v for k, v in offenders.params.items() if k not in ("dimension", "slice_value")}
    return replace(offenders, params={**params, "row_limit": MAX_OFFENDING_ROWS})


def common_call(reading: Reading, offending: Table) -> QueryCall:
    """What to ask for the slices that these rows share, against the window's other rows."""
    at = {name: place for place, name in enumerate(offending.columns)}
    return QueryCall(
        "common_slices",
        {
            "model": reading.model,
            "start": reading.window.start,
            "until": reading.window.until,
            "source_ids": [row[at["source_id"]] for row in offending.rows],
            "source_offsets": [row[at["source_offset"]] for row in offending.rows],
        },
    )


def common_table(found: Table) -> Table:
    """The answer of `queries/common_slices.sql` with the one or two conditions of each slice in words."""
    rows = []
    for dimension, value, other, other_value, all_rows, offending, rate, elsewhere, share in found.rows:
        name = f"{dimension}={value}" + (f" and {other}={other_value}" if other else "")
        rows.append((name, f"{offending} of {all_rows}", share, rate, elsewhere))
    return Table(tuple(_HEADINGS), tuple(rows), _HEADINGS)
