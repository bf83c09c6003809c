"""How much traffic is to be expected at an hour, from what there was at that hour before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.checks.grid import Counts, Flags, Grid, Steps, Values, between, prefix

DAYS = 7
"""Earlier days that are looked at."""
SEASON = 3
"""Earlier days from which their median is what is expected; of fewer it is the lowest."""
LEAST_LEVEL = 0.3
"""However low the last hours were, not less than this part of the usual is expected."""
LEVEL_HOURS = 3
LAG_HOURS = 4
"""What lasts longer than this is no surge any more."""
MOST_GROWTH = 3.0
ORDINARY = 2.0
"""Times the hours around it that an hour may count; what is more is a batch, or a surge."""
AROUND_HOURS = 4


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of windows; shape (n_series, n_ends) each."""

    rows: Values
    known: Flags
    """Whether there is enough history to say so."""
    by_hour: Flags
    """Whether by the same hours of earlier days, be it one."""


def expected_traffic(
    total: Counts, ends: Steps, window: int, grid: Grid, *, masked: Flags, min_history: int
) -> Expected:
    """Requests to be expected in each window, rather too few than too many.

    The median of the same hours of up to seven earlier days, the lowest of one or two, times how the last
    hours compare with theirs, if they are lower. What stood out from the hours around it on those days, as a
    batch does, is not missed. On the first day: the last two hours, or what a quarter of
    the hours stay below, if that is less.

    Args:
        total: running totals of each series, shape (n_series, n_steps + 1).
        ends: last steps of the windows, shape (n_ends,).
        window: in steps.
        grid: of these steps.
        masked: steps that are no measure, shape (n_steps,).
        min_history: minutes that a series must have been seen.
    """
    begin = ends + 1 - window
    first = first_step(total)[:, None]
    hidden = prefix(masked.astype(np.int64))
    days, before = [], []
    back_hours = LEVEL_HOURS * grid.hour
    ordinary = ORDINARY * window / grid.hour * _around(total, grid)
    for back in range(1, DAYS + 1):
        start = begin - back * grid.day
        there = (start >= first) & (between(hidden, start, start + window) == 0)
        hour = np.clip((start + window // 2) // grid.hour, 0, ordinary.shape[1] - 1)
        most = np.minimum(between(total, start, start + window), ordinary[:, hour])
        days.append(np.where(there, most, np.nan))
        level = there & (start - back_hours >= first) & (between(hidden, start - back_hours, start) == 0)
        before.append(np.where(level, between(total, start - back_hours, start), np.nan))
    of_days, of_before = np.stack(days), np.stack(before)
    count = np.isfinite(of_days).sum(axis=0)
    usual = np.where(count >= SEASON, _nth(of_days, (count - 1) // 2), _nth(of_days, 0 * count))
    recent = np.where(
        between(hidden, begin - back_hours, begin) == 0, between(total, begin - back_hours, begin), np.nan
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        level = recent / _nth(of_before, np.maximum(np.isfinite(of_before).sum(axis=0) - 1, 0) // 2)
    level = np.clip(np.where(np.isfinite(level), level, 1.0), LEAST_LEVEL, 1.0)
    rows = np.where(count > 0, usual * level, _first_day(total, begin, window, grid, masked))
    known = np.isfinite(rows) & (begin - first >= grid.length(min_history))
    return Expected(np.where(known, rows, 0.0), known, count > 0)


def first_step(total: Counts) -> Steps:
    """The step of the first row of each series, from running totals; the number of steps if there is none."""
    found: Steps = (total <= 0).sum(axis=-1) - 1
    return found


def _nth(values: Values, n: Counts) -> Values:
    """The n-th lowest along the first axis, from 0; NaN counts as highest."""
    ordered = np.sort(values, axis=0)
    found: Values = np.take_along_axis(ordered, n[None], axis=0)[0]
    return found


def _around(total: Counts, grid: Grid) -> Values:
    """What a third of the hours have less than, of each hour and the four on either side.

    Shape (n_series, n_hours). By day and by night; a batch of some hours does not move it.
    """
    steps = total.shape[-1] - 1
    edges = np.arange(-(-steps // grid.hour)) * grid.hour
    of_hour = between(total, edges, edges + grid.hour).astype(np.float64)
    padded = np.pad(
        of_hour, ((0, 0), (AROUND_HOURS, AROUND_HOURS)), mode="reflect" if edges.size > 4 else "edge"
    )
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND_HOURS + 1, axis=1)
    found: Values = np.sort(around, axis=-1)[..., AROUND_HOURS - 1]
    return found


def _first_day(total: Counts, begin: Steps, window: int, grid: Grid, masked: Flags) -> Values:
    hours = len(masked) // grid.hour
    edges = np.arange(hours) * grid.hour
    of_hour = between(total, edges, edges + grid.hour).astype(np.float64)
    whole = edges[None, :] >= first_step(total)[:, None]
    clear = between(prefix(masked.astype(np.int64)), edges, edges + grid.hour) == 0
    of_hour = np.where(whole & clear, of_hour, np.nan)
    a_day = grid.day // grid.hour
    padded = np.pad(of_hour, ((0, 0), (a_day, 0)), constant_values=np.nan)
    before = np.lib.stride_tricks.sliding_window_view(padded, a_day, axis=1)
    known = np.isfinite(before)
    newest_first = np.cumsum(known[..., ::-1], axis=-1)[..., ::-1]
    count = known.sum(axis=-1)
    last_two = np.where(known & (newest_first <= 2), before, 0.0).sum(axis=-1) / 2
    quarter = np.take_along_axis(np.sort(before, axis=-1), (count // 4)[..., None] % a_day, axis=-1)[..., 0]
    expected = np.where(count >= 2, np.fmin(last_two, quarter), np.nan)
    at = np.clip(begin // grid.hour, 0, hours)
    found: Values = expected[:, at] * (window / grid.hour)
    return found


def highest_before(
    total: Counts, ends: Steps, window: int, grid: Grid, *, masked: Flags
) -> tuple[Values, Values]:
    """The most requests in a window of this length, a week back: about this hour, and at any hour.

    By hours, and up to four hours before each end. About this hour is within an hour of it, on earlier days,
    and more by as much as the hours before those four have more than on those days, at most three times:
    after a Sunday comes a Monday. Of a series that was not there a day ago it is the highest of any hour.

    Args:
        total: running totals of each series, shape (n_series, n_steps + 1).
        masked: steps that are no measure, shape (n_steps,).

    Returns:
        Two of shape (n_series, n_ends).
    """
    steps = np.arange(len(masked))
    touched = between(prefix(masked.astype(np.int64)), steps + 1 - window, steps + 1) > 0
    rows = np.where(touched, 0, between(total, steps + 1 - window, steps + 1))
    hours = -(-len(masked) // grid.hour)
    rows = np.pad(rows, ((0, 0), (0, hours * grid.hour - len(masked))))
    highest = rows.reshape(len(rows), hours, grid.hour).max(axis=2)
    a_day = grid.day // grid.hour
    any_hour, same_hours = np.zeros(highest.shape), np.zeros(highest.shape)
    for back in range(1, DAYS * a_day + 2):
        if back >= hours:
            break
        earlier = np.zeros(highest.shape)
        earlier[:, back:] = highest[:, :-back]
        off = (back + 1) % a_day
        if off <= 2 and back >= a_day - 1:
            same_hours = np.maximum(same_hours, earlier)
        if back >= LAG_HOURS and back <= DAYS * a_day:
            any_hour = np.maximum(any_hour, earlier)
    at = ends // grid.hour
    new = ends + 1 - window - first_step(total)[:, None] < grid.day + grid.hour
    return np.where(new, any_hour[:, at], same_hours[:, at] * _growth(total, ends, grid)), any_hour[:, at]


def _growth(total: Counts, ends: Steps, grid: Grid) -> Values:
    """How the hours before the last four compare with the busiest of the days before, from 1 to 3."""
    until = ends + 1 - LAG_HOURS * grid.hour
    start = until - LAG_HOURS * grid.hour
    now, before = between(total, start, until), np.zeros((len(total), len(ends)), dtype=np.int64)
    for back in range(1, DAYS + 1):
        before = np.maximum(before, between(total, start - back * grid.day, until - back * grid.day))
    there = start - grid.day >= first_step(total)[:, None]
    grown: Values = np.clip(np.where(there, now / np.maximum(before, 1), 1.0), 1.0, MOST_GROWTH)
    return grown


def fall_p_value(rows: Counts, expected: Values, spread: float) -> Values:
    """Probability, 0..1, of no more rows than these if traffic were as expected; 1 where none are.

    Negative binomial: Poisson whose rate itself varies by `spread` as a part of it. Many rows are scaled
    down to 200, which makes them look less unlikely than they are.

    Source: Greenwood and Yule 1920; the scaling is ours.
    """
    shrink = np.maximum(rows / 200.0, 1.0)
    k, mean = np.ceil(rows / shrink).astype(np.int64), np.maximum(expected / shrink, 1e-9)
    shape = 1 / max(spread, 1e-3) ** 2
    term = np.exp(-shape * np.log1p(mean / shape))
    tail = term.copy()
    for drawn in range(int(k.max(initial=0))):
        term = term * (drawn + shape) / (drawn + 1) * mean / (mean + shape)
        tail = np.where(drawn < k, tail + term, tail)
    return np.where(expected > 0, np.minimum(tail, 1.0), 1.0)
