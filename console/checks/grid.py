"""Time cut into steps, counts in them, and the sums that windows and baselines are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from console.model import Window

Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Steps = npt.NDArray[np.int64]
"""Indices of steps."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST = 1e38
"""Extremes are held up to here, which is about as much as four bytes can."""
MAX_CELLS = 60_000_000
"""Counts that are held at once of one kind of cells: 240 MB."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Steps of one length, aligned to 1970, from `start` on."""

    start: datetime
    step: timedelta
    steps: int

    @classmethod
    def over(cls, first: datetime, newest: datetime, step: timedelta) -> Grid:
        """The steps that hold every moment from `first` to `newest`."""
        start = _EPOCH + (first - _EPOCH) // step * step
        return cls(start, step, (newest - start) // step + 1)

    def index(self, moment: datetime) -> int:
        """The step that holds the moment; negative or beyond the last where none does."""
        return (moment - self.start) // self.step

    def moment(self, index: int) -> datetime:
        """When the step begins."""
        return self.start + index * self.step

    def length(self, minutes: int) -> int:
        """So many steps make a window of these minutes, at least one."""
        return max(1, timedelta(minutes=minutes) // self.step)

    @property
    def day(self) -> int:
        """Steps a day."""
        return max(1, timedelta(days=1) // self.step)

    @property
    def hour(self) -> int:
        """Steps an hour, at least one."""
        return max(1, timedelta(hours=1) // self.step)


class Cells:
    """Counts by key and step, dense; grows with new keys and with time.

    Args:
        keys: the columns that tell one series from another.
        counts: the columns that are counted, which add up over steps.
        extremes: columns of numbers of which a window has the lowest and the highest: the first of them
            is a lowest, the second a highest.
    """

    def __init__(self, keys: Sequence[str], counts: Sequence[str], extremes: Sequence[str] = ()) -> None:
        self.key_columns = tuple(keys)
        self._counts: dict[str, npt.NDArray[np.int32]] = {n: np.zeros((0, 0), np.int32) for n in counts}
        self._extremes: dict[str, npt.NDArray[np.float32]] = {
            n: np.zeros((0, 0), np.float32) for n in extremes
        }
        self.keys = pl.DataFrame(schema=dict.fromkeys(self.key_columns, pl.String))
        self.steps = 0
        self.left_out = 0
        """Keys that there was no room for."""

    def put(self, frame: pl.DataFrame, grid: Grid, *, since: int = 0) -> None:
        """What the frame says of the steps from `since` on replaces what was known of them.

        Args:
            frame: `step_start` (timestamptz), the key columns, and the counts; one row a key and step.
            grid: the steps; the same start and length at each call.
        """
        self.steps = grid.steps
        first = int((grid.start - _EPOCH) / timedelta(microseconds=1))
        length = int(grid.step / timedelta(microseconds=1))
        numbered = frame.with_columns(
            pl.col(name).cast(pl.String).fill_null("") for name in self.key_columns
        ).with_columns(step_=(pl.col("step_start").dt.timestamp("us") - first) // length)
        numbered = numbered.filter((pl.col("step_") >= since) & (pl.col("step_") < grid.steps))
        found = numbered.select(self.key_columns).unique(maintain_order=True)
        room = max(0, MAX_CELLS // max(1, grid.steps) - self.keys.height)
        new = found.join(self.keys, on=self.key_columns, how="anti", maintain_order="left")
        self.left_out += max(0, new.height - room)
        self.keys = pl.concat([self.keys, new.head(room)])
        placed = numbered.join(
            self.keys.with_row_index("key_"), on=self.key_columns, how="inner", maintain_order="left"
        )
        rows, steps = placed["key_"].to_numpy(), placed["step_"].to_numpy()
        for name, held in self._counts.items():
            held = self._counts[name] = _grown(held, self.keys.height, grid.steps, 0)
            held[:, since:] = 0
            np.add.at(held, (rows, steps), placed[name].fill_null(0).cast(pl.Int32, strict=False).to_numpy())
        for place, (name, extreme) in enumerate(self._extremes.items()):
            extreme = self._extremes[name] = _grown(extreme, self.keys.height, grid.steps, np.nan)
            extreme[:, since:] = np.nan
            values = placed[name].clip(-LARGEST, LARGEST).cast(pl.Float32).to_numpy()
            (np.fmin if place == 0 else np.fmax).at(extreme, (rows, steps), values)

    def counts(self, name: str) -> npt.NDArray[np.int32]:
        """Shape (n_keys, n_steps), in the order of `keys`."""
        return self._counts[name][: self.keys.height, : self.steps]

    def extremes(self, name: str) -> npt.NDArray[np.float32]:
        """The same of a column of extremes; NaN where nothing was seen."""
        return self._extremes[name][: self.keys.height, : self.steps]

    def groups(self, *columns: str) -> dict[tuple[str, ...], npt.NDArray[np.int64]]:
        """The rows of `counts` that agree in these key columns, by their values."""
        numbered = self.keys.with_row_index("key_").group_by(*columns, maintain_order=True).agg("key_")
        return {
            tuple(str(part) for part in key): np.asarray(rows, dtype=np.int64)
            for *key, rows in numbered.iter_rows()
        }


MAX_SLICES = 200
"""Slices of a model that are judged: a log may have a version or an endpoint of its own for each request."""


def largest(counts: npt.NDArray[np.integer], most: int = MAX_SLICES) -> Steps:
    """The places of the rows of `counts` with the highest sums, ascending; of no more than `most` of them.

    Args:
        counts: shape (n_series, n_steps).
    """
    if len(counts) <= most:
        return np.arange(len(counts))
    found: Steps = np.sort(np.argsort(-counts.sum(axis=1, dtype=np.int64), kind="stable")[:most])
    return found


_Number = TypeVar("_Number", bound=np.generic)


def _grown(held: npt.NDArray[_Number], keys: int, steps: int, fill: float) -> npt.NDArray[_Number]:
    """The same, with room for so many keys and steps; some is left for the next ones."""
    if keys <= held.shape[0] and steps <= held.shape[1]:
        return held
    shape = (max(keys, held.shape[0]), steps + 288 if steps > held.shape[1] else held.shape[1])
    grown = np.full(shape, fill, dtype=held.dtype)
    grown[: held.shape[0], : held.shape[1]] = held
    return grown


def prefix(counts: npt.NDArray[np.integer]) -> Counts:
    """Running totals along the last axis, led by a zero: shape (..., n_steps + 1)."""
    total = np.zeros((*counts.shape[:-1], counts.shape[-1] + 1), dtype=np.int64)
    np.cumsum(counts, axis=-1, out=total[..., 1:])
    return total


def between(total: Counts, start: Steps, until: Steps) -> Counts:
    """Sums over the half-open ranges of steps, cut to those that there are: shape (..., n_ranges)."""
    last = total.shape[-1] - 1
    # For so few numbers `np.clip` takes five times as long.
    low, high = (np.minimum(np.maximum(steps, 0), last) for steps in (start, until))
    return total[..., np.maximum(low, high)] - total[..., low]


def window_sums(counts: npt.NDArray[np.integer], ends: Steps, window: int) -> Counts:
    """Sums over the windows of so many steps whose last steps are `ends`: shape (..., n_ends)."""
    return between(prefix(counts), ends + 1 - window, ends + 1)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What windows are compared with."""

    sums: Counts
    """Shape (..., n_ends), like the counts they are summed from."""
    seasonal: Flags
    """Shape (n_ends,): by the same hours of earlier days; else by what preceded."""
    same_hours: Counts
    """Like `sums`: the same hours of such earlier days as there are, be it one; 0 where there is none."""


MIN_DAYS = 3
"""Earlier days with the same hours, from which these are the baseline."""
MAX_DAYS = 7
LEAST_COVER = 0.25
"""Share of the preceding day that must be left, masks taken off; else it reaches back a week."""


def automatic_baseline(
    counts: npt.NDArray[np.integer], ends: Steps, window: int, grid: Grid, *, masked: Flags, first: int = 0
) -> Baseline:
    """Sums over the same hours of up to seven earlier days if there are three or more, else over the
    24 hours before the window, or the week before if too little of these is left.

    The same hours: the window's, and one more on either side.

    Args:
        counts: shape (..., n_steps).
        ends: last steps of the windows, shape (n_ends,).
        window: steps in a window.
        masked: shape (n_steps,): steps under an alert, which are no baseline.
        first: step of the first row there is; days before it do not exist.
    """
    clear = ~masked
    total = prefix(np.where(clear, counts, 0))
    usable = prefix(clear.astype(np.int64))
    begin = ends + 1 - window
    season = np.zeros(total.shape[:-1] + ends.shape, dtype=np.int64)
    days = np.zeros(ends.shape, dtype=np.int64)
    for back in range(1, MAX_DAYS + 1):
        start = begin - back * grid.day - grid.hour
        until = np.minimum(ends + 1 - back * grid.day + grid.hour, begin)
        valid = (start >= first) & (2 * between(usable, start, until) >= until - start)
        if not valid.any():
            break
        season += np.where(valid, between(total, start, until), 0)
        days += valid
    day_ago = np.maximum(begin - grid.day, first)
    cover = between(usable, day_ago, begin)
    short = (cover < LEAST_COVER * grid.day) & (day_ago > first)
    start = np.where(short, begin - MAX_DAYS * grid.day, day_ago)
    preceding = between(total, start, begin)
    seasonal = days >= MIN_DAYS
    return Baseline(np.where(seasonal, season, preceding), seasonal, season)


def usual_highest(values: Values, ends: Steps, grid: Grid, *, window: int, usable: Flags) -> Values:
    """The highest value of the day before, at each end: what a series does by its own rhythm.

    Over the windows that ended between 26 hours and one window before; hour by hour, so that a value
    counts for the whole hour it fell into.

    Args:
        values: shape (n_series, n_ends); NaN is passed over.
        ends: ascending, shape (n_ends,).
        usable: shape (n_ends,): windows that may serve as usual, which those under an alert may not.

    Returns:
        Shape (n_series, n_ends); 0 where there was none.
    """
    hours = ends // grid.hour
    first, last = int(hours[0]), int(hours[-1])
    highest = np.zeros((values.shape[0], last - first + 1))
    there, starts = np.unique(hours - first, return_index=True)
    counted = np.where(usable, np.nan_to_num(values, nan=0.0), 0.0)
    highest[:, there] = np.maximum.reduceat(counted, starts, axis=1)
    usual = np.zeros_like(highest)
    for back in range(-(-window // grid.hour), min(27, highest.shape[1])):
        np.maximum(usual[:, back:], highest[:, : highest.shape[1] - back], out=usual[:, back:])
    found: Values = usual[:, hours - first]
    return found


def same_hour_highest(values: Values, ends: Steps, grid: Grid, *, masked: Flags) -> Values:
    """The highest value at the same hour of the day before, an hour more on either side, at each end.

    Even under an alert, if that was over since: what comes back at its hour, as a nightly batch does, is
    the series' rhythm, and need not be told every night. 0 where there was none, or it has gone on.

    Args:
        values: shape (n_series, n_ends); NaN is passed over.
        ends: ascending, shape (n_ends,).
        masked: shape (n_steps,): steps under an alert.
    """
    hours = ends // grid.hour
    first, last = int(hours[0]), int(hours[-1])
    highest = np.zeros((values.shape[0], last - first + 1))
    there, starts = np.unique(hours - first, return_index=True)
    highest[:, there] = np.maximum.reduceat(np.nan_to_num(values, nan=0.0), starts, axis=1)
    usual = np.zeros_like(highest)
    for back in range(23, min(26, highest.shape[1])):
        np.maximum(usual[:, back:], highest[:, : highest.shape[1] - back], out=usual[:, back:])
    start, until = ends - grid.day + 2 * grid.hour, ends - 2 * grid.hour
    paused = 2 * between(prefix(masked.astype(np.int64)), start, until) <= until - start
    found: Values = np.where(paused, usual[:, hours - first], 0.0)
    return found


@dataclass(frozen=True, slots=True)
class Pinned:
    """A baseline that somebody chose for a model: the totals of each key over it, by kind of cells."""

    totals: Mapping[str, pl.DataFrame]
    """Name of a cell query -> its key columns, and the sum of each count."""
    profile: str
    """The edges and values by which its numbers and texts were sorted."""


@dataclass(frozen=True, slots=True)
class Board:
    """What a check is given beside its cells: which windows to judge, and against what."""

    grid: Grid
    ends: Steps
    """Last steps of the windows to judge, ascending; the newest step may be under way."""
    complete: int
    """Steps before this one are over; of the one at it, more may come."""
    masks: Mapping[tuple[str, str, str], Flags] = field(default_factory=dict)
    """(check, model, subject) -> steps under one of its alerts, shape (n_steps,)."""
    tell_from: int = 0
    """Readings are wanted of windows that end at this step or later; earlier ends are there for what
    is usual."""

    def masked(self, check: str, model: str, subject: str) -> Flags:
        """Steps that are no baseline for this subject."""
        found = self.masks.get((check, model, subject))
        mask = np.zeros(self.grid.steps, dtype=np.bool_)
        if found is not None:
            mask[: len(found)] = found[: self.grid.steps]
        return mask

    def window(self, end: int, length: int) -> tuple[datetime, datetime]:
        """Beginning and end of the window of so many steps whose last is `end`."""
        return self.grid.moment(end + 1 - length), self.grid.moment(end + 1)

    def stretch(self, steps: tuple[int, int] | None) -> Window | None:
        """From the first of these steps to the second, which is not part of it."""
        return None if steps is None else Window(self.grid.moment(steps[0]), self.grid.moment(steps[1]))


def of_recent(ends: Steps, fired: Flags, *, needed: int, among: int) -> Flags:
    """Whether at least `needed` of the last `among` windows fired, at each end and this one among them.

    Args:
        fired: shape (..., n_ends).
    """
    total = prefix(fired.astype(np.int64))
    places = np.arange(len(ends))
    return fired & (between(total, places + 1 - among, places + 1) >= needed)
