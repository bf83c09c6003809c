"""Random samples with a planted slice, as the store would draw them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from console.explain.columns import Grouped
from console.model import Condition
from console.store import Drawn, Sample

CAUSES: tuple[tuple[str, str], ...] = (
    ("field", "model_version"),
    ("field", "endpoint"),
    ("tag", "region"),
    ("tag", "client"),
    ("tag", "host"),
    ("text", "country"),
    ("number", "amount"),
    ("number", "payload_kb"),
    ("number", "stops"),
)


def random_frame(seed: int, rows: int, *, now_share: float = 0.3) -> pl.DataFrame:
    """Calm traffic of a day and the time of an alert, before it is said what offends.

    There is a column for each cause, `ts` and `now`. Values are as uneven as real ones: few versions and
    regions, many clients and countries, numbers with heavy tails, hosts that belong to one region each.
    """
    chance = np.random.default_rng(seed)

    def pick(name: str, many: int, evenness: float) -> NDArray[np.str_]:
        shares = 1 / np.arange(1, many + 1) ** evenness
        return np.array([f"{name}{n}" for n in range(many)])[
            chance.choice(many, rows, p=shares / shares.sum())
        ]

    region = pick("R", 4, 0.5)
    amount = chance.lognormal(3, 1, rows)
    columns = {
        "model_version": pick("v", 3, 0.3),
        "endpoint": pick("/e", 3, 0.8),
        "region": region,
        "client": pick("c", 12, 0.9),
        "host": np.char.add(region, chance.integers(0, 3, rows).astype(str)),
        "country": pick("L", 40, 1.0),
        "amount": amount,
        "payload_kb": np.round(chance.lognormal(3, 0.8, rows), 1),
        "stops": chance.integers(0, 9, rows).astype(float),
        "ts": np.sort(chance.integers(0, 10**11, rows)),
    }
    frame = pl.DataFrame(columns)
    return frame.with_columns(now=pl.int_range(pl.len()) >= rows * (1 - now_share))


def meeting(frame: pl.DataFrame, conditions: Sequence[Condition]) -> NDArray[np.bool_]:
    """Which rows meet all conditions."""
    met = np.ones(frame.height, dtype=np.bool_)
    for condition in conditions:
        values = frame[condition.name].to_numpy()
        if condition.kind == "number":
            met &= values >= condition.lower if condition.lower is not None else values < condition.upper
        else:
            met &= values == condition.value
    return met


def sample_of(frame: pl.DataFrame, offends: NDArray[np.bool_], *, most: int = 20_000) -> Sample:
    """At most so many rows of each group, and how many there were."""
    names = [name for _, name in CAUSES]
    marked = frame.with_columns(offends=offends)
    totals = {
        (now, bad): marked.filter((pl.col("now") == now) & (pl.col("offends") == bad)).height
        for now in (True, False)
        for bad in (True, False)
    }
    drawn = pl.concat(
        [
            rows.sample(min(most, rows.height), seed=1)
            for _, rows in marked.group_by("now", "offends", maintain_order=True)
        ]
    )
    coded = drawn.rename({name: f"c{at}" for at, name in enumerate(names)})
    columns = tuple(Drawn(kind, name, f"c{at}") for at, (kind, name) in enumerate(CAUSES))
    return Sample(coded, columns, totals)


def grouped(frame: pl.DataFrame, offends: NDArray[np.bool_]) -> Grouped:
    """The sample, ready to be searched."""
    return Grouped(sample_of(frame, offends))


def random_conditions(seed: int, frame: pl.DataFrame) -> tuple[Condition, ...]:
    """One or two conditions that are met by some of the rows now, a number's cut at a quantile."""
    chance = np.random.default_rng(seed + 1_000_000)
    while True:
        places = chance.choice(len(CAUSES), size=int(chance.integers(1, 3)), replace=False)
        conditions = tuple(_condition(chance, frame, *CAUSES[place]) for place in sorted(places))
        singles = [meeting(frame, [one]).mean() for one in conditions]
        both = meeting(frame, conditions).mean()
        if 0.005 <= both <= 0.7 * min(singles, default=1) or (len(conditions) == 1 and 0.005 <= both <= 0.7):
            return conditions


def _condition(chance: np.random.Generator, frame: pl.DataFrame, kind: str, name: str) -> Condition:
    if kind != "number":
        value = frame[name].unique().sort().to_list()
        return Condition(kind, name, str(value[int(chance.integers(len(value)))]))
    cut = frame[name].quantile(float(chance.uniform(0.3, 0.95)), "higher")
    assert cut is not None
    return Condition(kind, name, lower=cut) if chance.random() < 0.7 else Condition(kind, name, upper=cut)
