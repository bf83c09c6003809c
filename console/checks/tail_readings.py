"""Subjects of which the upper end rose: which they are, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from console.checks.check import CellQuery, Judging
from console.checks.grid import largest
from console.checks.histograms import LEAST_ROWS, histogram_of, pinned_histogram
from console.checks.limits import limits_for
from console.checks.say import within
from console.checks.tails import Risen, TailLimits, judge_tail
from console.model import QueryCall, Reading, Severity, Slice, Verdict, Window

MAX_SUBJECTS = 500
"""Endpoints, stages and the like that are judged, those with most rows: a log may have one a request."""


def judge_subjects(
    judging: Judging, check: str, query: CellQuery, windows: Sequence[int], default: TailLimits
) -> Iterator[tuple[tuple[str, ...], Slice, Risen]]:
    """What, slice and finding, of everything that the query's cells are about: model, subject, and more.

    Args:
        judging: with the cells of the query; its last key columns are the slice and the bin.
        check: name of the check that asks.
        windows: lengths in minutes.
        default: the limits unless somebody set others.
    """
    cells, board = judging.cells[query.name], judging.board
    subjects = list(cells.groups(*query.keys[:-3]).items())
    rows = cells.counts("rows").sum(axis=1, dtype=np.int64)
    totals = np.array([rows[keys].sum() for _, keys in subjects], dtype=np.int64)[:, None]
    for place in largest(totals, MAX_SUBJECTS).tolist():
        of_what, keys = subjects[place]
        if totals[place, 0] < LEAST_ROWS:
            continue
        model, subject = of_what[:2]
        of = histogram_of(cells, keys)
        if of is not None:
            limits = limits_for(default, check, model, subject, judging.rules)
            pinned = pinned_histogram(judging.pinned_for(model), query, of_what, of)
            lengths = sorted({board.grid.length(minutes) for minutes in windows})
            masked = board.masked(check, model, subject)
            for risen in judge_tail(of, board, lengths, limits, masked=masked, pinned=pinned):
                yield of_what, of.slices[risen.found.place], risen


def tail_reading(
    judging: Judging,
    check: str,
    model: str,
    subject: str,
    where: Slice,
    risen: Risen,
    *,
    unit: str,
    summary: str,
    evidence: QueryCall,
    offenders: QueryCall,
) -> Reading:
    """The finding as a reading: `value` is the p95, `baseline` the usual one of the whole."""
    found = risen.found
    start, until = judging.board.window(found.end, found.window)
    return Reading(
        check=check,
        model=model,
        subject=subject,
        window=Window(start, until),
        verdict=found.verdict,
        value=risen.high,
        baseline=None if found.verdict is Verdict.NO_BASELINE else risen.usual,
        limit=risen.limit,
        unit=unit,
        rows=found.rows,
        baseline_rows=found.baseline_rows,
        severity=_severity(risen),
        summary=within(where, summary),
        slice=where,
        evidence=evidence,
        offenders=offenders,
        trouble=judging.board.stretch(found.trouble),
    )


def _severity(risen: Risen) -> Severity:
    """Critical if half of the subject's rows are over the usual p95, and that by a factor of two."""
    twice = (risen.high or 0.0) >= 2 * (risen.usual or np.inf)
    return Severity.CRITICAL if risen.whole_share >= 0.5 and twice else Severity.WARNING
