"""An error budget that burns too fast, where somebody set an objective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.checks.bursts import densest
from console.checks.check import Check, Judging
from console.checks.errors import ERRORS, REQUESTS, subject_of
from console.checks.grid import Board, Flags, window_sums
from console.checks.limits import limits_for
from console.checks.say import number, percent
from console.checks.shares import Series
from console.model import QueryCall, Reading, Severity, Verdict, Window


@dataclass(frozen=True, slots=True)
class BurnLimits:
    """How fast the budget may burn: 1 uses it up in 30 days.

    Source: The Site Reliability Workbook, chapter 5, multiwindow, multi-burn-rate alerts. The errors that
    it takes at least, so that one error of a quiet hour wakes nobody, are ours.
    """

    fast: float = 14.4
    """Over an hour and over five minutes, together: 2 % of the budget in an hour."""
    steady: float = 6.0
    """Over six hours and over thirty minutes: 5 % in six hours."""
    slow: float = 1.0
    """Over three days and over six hours: 10 % in three days."""
    min_errors: int = 10
    """In the longer window; and in the shorter one two."""


BURN = BurnLimits()
_LEAST_IN_SHORT = 2


def judge_burn(judging: Judging) -> list[Reading]:
    """Readings a model that has an objective (`slo`, a limit of `error_spikes`), from its request cells.

    `value` is the burn rate over the longer window: errors a request, by those that the objective allows.
    """
    cells, board = judging.cells[REQUESTS.name], judging.board
    readings = []
    for (model,), keys in cells.groups("model").items():
        slo = limits_for(ERRORS, "error_spikes", model, "", judging.rules).slo
        subject = subject_of(cells, keys) if 0 < slo < 1 else None
        if subject is not None:
            limits = limits_for(BURN, "burn_rate", model, "", judging.rules)
            pairs = (
                (limits.fast, 60, 5, Severity.CRITICAL),
                (limits.steady, 360, 30, Severity.CRITICAL),
                (limits.slow, 4320, 360, Severity.WARNING),
            )
            for factor, long_minutes, short_minutes, severity in pairs:
                pair = _Pair(
                    factor, board.grid.length(long_minutes), board.grid.length(short_minutes), severity
                )
                readings += _judge_pair(subject[0], board, model, slo, pair, limits.min_errors)
    return readings


@dataclass(frozen=True, slots=True)
class _Pair:
    factor: float
    long: int
    """Steps."""
    short: int
    severity: Severity


def _judge_pair(
    series: Series, board: Board, model: str, slo: float, pair: _Pair, min_errors: int
) -> list[Reading]:
    rows, errors = (
        {length: window_sums(counts[0], board.ends, length) for length in (pair.long, pair.short)}
        for counts in (series.rows, series.hits)
    )
    burn = {length: errors[length] / np.maximum(rows[length], 1) / (1 - slo) for length in rows}
    enough = (errors[pair.long] >= min_errors) & (errors[pair.short] >= _LEAST_IN_SHORT)
    high: Flags = (burn[pair.long] >= pair.factor) & (burn[pair.short] >= pair.factor) & enough
    readings = []
    for at, end in enumerate(board.ends.tolist()):
        newest = at == len(board.ends) - 1
        if end < board.tell_from or not (high[at] or newest):
            continue
        start, until = board.window(end, pair.long)
        of_rows, value = int(rows[pair.long][at]), float(burn[pair.long][at])
        verdict = Verdict.QUIET if of_rows else Verdict.TOO_FEW_ROWS
        share = percent(int(errors[pair.long][at]) / max(of_rows, 1))
        place = {"model": model, "start": start, "until": until}
        minutes = round((until - start).total_seconds() / 60)
        readings.append(
            Reading(
                check="burn_rate",
                model=model,
                subject="",
                window=Window(start, until),
                verdict=Verdict.BREACH if high[at] else verdict,
                value=value if of_rows else None,
                baseline=None,
                limit=pair.factor,
                unit="times",
                rows=of_rows,
                baseline_rows=0,
                severity=pair.severity,
                summary=f"{share} errors burn a budget of {percent(1 - slo)} {number(value)} times too fast",
                evidence=QueryCall("error_spikes", {**place, "window_minutes": minutes}),
                offenders=QueryCall("predictions_with_errors", place),
                trouble=board.stretch(_stretch(series, end, pair.long, 1 - slo)) if high[at] else None,
            )
        )
    return readings


def _stretch(series: Series, end: int, window: int, budget: float) -> tuple[int, int]:
    """The steps of the window in which the budget burnt."""
    first = max(0, end + 1 - window)
    low, high = densest(series.rows[0, first : end + 1], series.hits[0, first : end + 1], budget)
    return first + low, first + high


CHECK = Check("burn_rate", (REQUESTS,), BURN, judge_burn)
