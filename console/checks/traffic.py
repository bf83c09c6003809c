"""A model's requests step by step, and what is told of windows in which there are too few or too many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.check import Judging
from console.checks.errors import REQUESTS
from console.checks.grid import (
    Board,
    Counts,
    Steps,
    Values,
    largest,
)
from console.checks.rhythm import Expected
from console.checks.say import within
from console.model import QueryCall, Reading, Severity, Slice, Verdict, Window

WINDOWS = (15, 30, 60, 180)
"""Lengths in minutes."""
CHANGING = frozenset(
    {"model_version", "error_type", "host", "hostname", "pod", "node", "instance", "container"}
)
"""Dimensions whose values come and go while the traffic goes on: roll-outs, machines."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """A model's requests, step by step; row 0 is the whole, the others are its slices."""

    slices: Sequence[Slice]
    rows: npt.NDArray[np.integer]
    """Shape (1 + n_slices, n_steps)."""


def each_traffic(judging: Judging) -> Iterator[tuple[str, Traffic]]:
    """Each model that was ever seen, with its traffic."""
    for (model,), keys in judging.cells[REQUESTS.name].groups("model").items():
        traffic = _traffic_of(judging, keys)
        if traffic is not None:
            yield model, traffic


def _traffic_of(judging: Judging, model_keys: npt.NDArray[np.int64]) -> Traffic | None:
    """The model's traffic from the cells; None if it was never seen. What is in no slice is in the whole."""
    cells = judging.cells[REQUESTS.name]
    names = cells.keys[model_keys.tolist()].select("dimension", "slice_value").rows()
    slices = [Slice(str(d), str(v)) for d, v in names]
    if Slice() not in slices:
        return None
    whole = slices.index(Slice())
    cut = np.array(
        [at for at, where in enumerate(slices) if where.dimension not in ("", *CHANGING)], np.int64
    )
    order = [whole, *cut[largest(cells.counts("rows")[model_keys[cut]])].tolist()]
    return Traffic([slices[at] for at in order], cells.counts("rows")[model_keys[order]])


@dataclass(frozen=True, slots=True)
class TrafficFound:
    """One window, judged."""

    end: int
    window: int
    verdict: Verdict
    where: Slice
    rows: int
    expected: float
    limit: float
    share: float
    """What part of the model's traffic the slice usually is, 0..1."""
    trouble: tuple[int, int] | None


def ends_over(board: Board) -> Steps:
    """Ends of windows that are over."""
    return board.ends[board.ends < board.complete]


def told(
    traffic: Traffic,
    board: Board,
    ends: Steps,
    window: int,
    shown: Values,
    rows: Counts,
    expected: Expected,
    limit: Values,
) -> list[TrafficFound]:
    """Each window that breached or lingers, by the slice that tells it best, and the newest.

    Args:
        traffic: whose windows they are.
        board: the steps.
        ends: last step of each window, shape (n_ends,).
        window: their length in steps.
        shown: how much each slice tells: 2 and above where it breached, from 0 where it lingers, else less;
            shape (1 + n_slices, n_ends), as of the others.
        rows: requests in the window.
        expected: what is usual.
        limit: requests beyond which it breaches.
    """
    best = np.argmax(shown, axis=0)
    found = []
    for at, end in enumerate(ends.tolist()):
        value, newest = shown[best[at], at], at == len(ends) - 1
        if end < board.tell_from or (value < 0 and not newest):
            continue
        place = int(best[at]) if value >= 0 else 0
        if value >= 0:
            verdict = Verdict.BREACH if value >= 2 else Verdict.LINGERING
        else:
            verdict = Verdict.QUIET if expected.known[place, at] else Verdict.NO_BASELINE
        wanted = float(expected.rows[place, at])
        found.append(
            TrafficFound(
                end=end,
                window=window,
                verdict=verdict,
                where=traffic.slices[place],
                rows=int(rows[place, at]),
                expected=wanted,
                limit=float(limit[place, at]),
                trouble=_stretch(traffic.rows[place], end, window, wanted) if value >= 0 else None,
                share=min(1.0, wanted / max(float(expected.rows[0, at]), 1e-9)),
            )
        )
    return found


def _stretch(rows: npt.NDArray[np.integer], end: int, window: int, expected: float) -> tuple[int, int]:
    """The steps of the window that are further from what is expected than the window is, on the whole.

    Those with the largest sum of what lies beyond half of the way from what is expected to what there was.
    """
    first = max(0, end + 1 - window)
    here = rows[first : end + 1].astype(np.float64)
    middle = (expected / window + here.mean()) / 2
    beyond = here - middle if here.mean() > middle else middle - here
    sums = np.concatenate([[0.0], np.cumsum(beyond)])
    low, high = np.triu_indices(len(sums), 1)
    best = int(np.argmax(sums[high] - sums[low]))
    return first + int(low[best]), first + int(high[best])


def reading_of(
    check: str, found: TrafficFound, model: str, board: Board, said: str, severity: Severity
) -> Reading:
    """The window as a reading, with `said` in words."""
    start, until = board.window(found.end, found.window)
    place = {"dimension": found.where.dimension, "slice_value": found.where.value}
    known = found.verdict is not Verdict.NO_BASELINE
    offenders = None
    if check == "surge":
        offenders = QueryCall(
            "predictions_in_slice", {"model": model, "start": start, "until": until, **place}
        )
    return Reading(
        check=check,
        model=model,
        subject="",
        window=Window(start, until),
        verdict=found.verdict,
        value=float(found.rows),
        baseline=found.expected if known else None,
        limit=found.limit,
        unit="requests",
        rows=found.rows,
        baseline_rows=round(found.expected),
        severity=severity,
        summary=within(found.where, said),
        slice=found.where,
        evidence=QueryCall("traffic_by_slice", {"model": model, "start": start, "until": until, **place}),
        offenders=offenders,
        trouble=board.stretch(found.trouble),
    )
