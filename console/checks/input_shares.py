"""What the checks of single values share: shares of a feature's requests, from cells to readings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from console.checks.check import Judging
from console.checks.grid import Counts
from console.checks.inputs import Input
from console.checks.limits import limits_for
from console.checks.say import percent, short, within
from console.checks.shares import Found, Series, ShareLimits, judge_series
from console.model import QueryCall, Reading, Severity, Slice, Window

CRITICAL_SHARE = 0.25
"""Of all of a model's requests that a feature is wrong in, from which it is critical."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of value that a check looks for in one feature."""

    rows: Counts
    """Rows that it might be found in, by slice and step; slice 0 is the whole."""
    hits: Counts
    """Those in which it was."""
    said: str
    """What these are, after a share: `of requests without it`."""
    pinned: tuple[Counts, Counts] | None = None
    """The same of a chosen baseline, shape (n_slices,) each."""


Offenders = Callable[[Slice, dict[str, object]], QueryCall]
"""The slice, and model, start and until -> the canned query that lists the offending requests."""


def judge_trouble(
    check: str,
    one: Input,
    trouble: Trouble,
    judging: Judging,
    default: ShareLimits,
    windows: Sequence[int],
    offenders: Offenders,
    evidence: str = "drift",
    borrowing: Collection[str] = ("model_version",),
) -> list[Reading]:
    """Readings of one feature, in windows of these lengths in minutes.

    A version that is new is compared with all requests; of any other slice nothing is said until it has a
    baseline of its own, since it may never have been like the others. `borrowing` names the dimensions of
    the former.
    """
    board = judging.board
    dimensions = [where.dimension for where in one.slices]
    limits = limits_for(default, check, one.model, one.feature, judging.rules)
    lengths = sorted({board.grid.length(minutes) for minutes in windows})
    found = judge_series(
        Series(trouble.rows, trouble.hits, np.array([name in borrowing for name in dimensions])),
        board,
        lengths,
        limits,
        masked=board.masked(check, one.model, one.feature),
        pinned=trouble.pinned,
    )
    readings = []
    for each in found:
        where = one.slices[each.place]
        start, until = board.window(each.end, each.window)
        place: dict[str, object] = {"model": one.model, "start": start, "until": until}
        minutes = round((until - start).total_seconds() / 60)
        said = f"{short(one.feature)} {trouble.said} in {percent(each.share)} of requests"
        readings.append(
            Reading(
                check=check,
                model=one.model,
                subject=one.feature,
                window=Window(start, until),
                verdict=each.verdict,
                value=each.share,
                baseline=each.baseline_share,
                limit=each.limit,
                unit="share",
                rows=each.rows,
                baseline_rows=each.baseline_rows,
                severity=severity_of(each),
                summary=within(where, f"{said} against {percent(each.baseline_share)}"),
                slice=where,
                trouble=board.stretch(each.trouble),
                evidence=QueryCall(evidence, {**place, "window_minutes": minutes, "feature": one.feature}),
                offenders=offenders(where, place),
            )
        )
    return readings


def severity_of(found: Found) -> Severity:
    """By how many of the model's requests are wrong."""
    share = found.whole_hits / max(found.whole_rows, 1)
    return Severity.CRITICAL if share >= CRITICAL_SHARE else Severity.WARNING


def pinned_rows(one: Input, totals: Counts | None, *bins: int) -> tuple[Counts, Counts] | None:
    """Rows and hits of each slice in a chosen baseline, where the hits lie in these bins."""
    if totals is None:
        return None
    wanted = [place for place, number in enumerate(one.bins) if number in bins]
    return totals.sum(axis=1), totals[:, wanted].sum(axis=1)


def in_slices(other: Input, slices: Sequence[Slice]) -> Counts:
    """The other's rows in these slices, zero where it has none: shape (n_slices, n_steps)."""
    places = {where: place for place, where in enumerate(other.slices)}
    rows = other.rows()
    found = np.zeros((len(slices), rows.shape[1]), dtype=np.int64)
    for number, where in enumerate(slices):
        if where in places:
            found[number] = rows[places[where]]
    return found


def by_slice(where: Slice, place: dict[str, object]) -> QueryCall:
    """All requests of the slice."""
    return QueryCall(
        "predictions_in_slice", {**place, "dimension": where.dimension, "slice_value": where.value}
    )
