"""The slices in which offending rows are concentrated, as a table for a person."""

from __future__ import annotations

from dataclasses import replace

from console.checks import percent, short
from console.errors import UsageError
from console.model import Alert, QueryCall, Reading, Table, Window

MAX_OFFENDING_ROWS = 20_000
"""Offending rows that are compared with the rest; of more, the newest."""

MOST_OF_THE_TROUBLE = 0.6
"""Share of the offending rows that a slice must hold to be named with the alert; and in it, they must be
at least twice as frequent as elsewhere."""

_HEADINGS = {
    "slice": "",
    "offending": "rows that offend, of all in the slice",
    "of all offending": "share of all offending rows, 0..1",
    "rate": "share of the slice that offends, 0..1",
    "rate elsewhere": "share of the other rows that offends, 0..1",
}


def offending_call(alert: Alert) -> QueryCall:
    """The rows that offended over the alert's whole time, newest first.

    Raises:
        UsageError: the alert's check names no query for them.
    """
    call = alert.worst.offenders
    if call is None:
        raise UsageError(f"{alert.check}: this check names no query for its offending rows")
    window = whole_time(alert)
    return replace(call, params={**call.params, "start": window.start, "until": window.until})


def whole_time(alert: Alert) -> Window:
    """From the alert's beginning to when it was last seen."""
    worst = alert.worst.window
    return Window(min(alert.began, worst.start), max(alert.last_seen, worst.until))


def widen(offenders: QueryCall) -> QueryCall:
    """The same offending rows, not cut to what fits a screen, and in every slice.

    A check names one slice; looked at within it alone, a second condition could not show.
    """
    params = {k: v for k, v in offenders.params.items() if k not in ("dimension", "slice_value")}
    return replace(offenders, params={**params, "row_limit": MAX_OFFENDING_ROWS})


def common_call(alert: Alert, offending: Table) -> QueryCall:
    """What to ask for the slices that these rows share, against the other rows of the same time."""
    at = {name: place for place, name in enumerate(offending.columns)}
    window = whole_time(alert)
    return QueryCall(
        "common_slices",
        {
            "model": alert.model,
            "start": window.start,
            "until": window.until,
            "source_ids": [row[at["source_id"]] for row in offending.rows],
            "source_offsets": [row[at["source_offset"]] for row in offending.rows],
        },
    )


def said_with_slice(reading: Reading, found: Table) -> str:
    """The reading's summary, with the slice that holds most of the trouble, if one does.

    Args:
        reading: what was found.
        found: the answer of `queries/common_slices.sql` for its offending rows.
    """
    for dimension, value, other, other_value, _, _, rate, elsewhere, share in found.rows:
        said_already = bool(reading.subject) and (
            reading.subject in (dimension, other)
            or ("endpoint", reading.subject) in ((dimension, value), (other, other_value))
        )
        if said_already or _share(share) < MOST_OF_THE_TROUBLE or _share(rate) < 2 * _share(elsewhere):
            continue
        name = f"{short(str(dimension))}={short(str(value))}"
        if other:
            name += f" and {short(str(other))}={short(str(other_value))}"
        if reading.check == "error_spikes":
            return f"{name}: {percent(_share(rate))} errors against {percent(_share(elsewhere))}"
        return f"{reading.summary} · {percent(_share(share))} of it in {name}"
    return reading.summary


def _share(value: object) -> float:
    return value if isinstance(value, float) else 0.0


def common_table(found: Table) -> Table:
    """The answer of `queries/common_slices.sql` with the one or two conditions of each slice in words."""
    rows = []
    for dimension, value, other, other_value, all_rows, offending, rate, elsewhere, share in found.rows:
        name = f"{dimension}={value}" + (f" and {other}={other_value}" if other else "")
        rows.append((name, f"{offending} of {all_rows}", share, rate, elsewhere))
    return Table(tuple(_HEADINGS), tuple(rows), _HEADINGS)
