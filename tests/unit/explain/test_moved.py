"""Which values moved, as a table for a person."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
import scipy  # which imports its parts when they are used: that takes a second

from console.explain import moved_table
from console.explain.moved import MOST_MOVED, js_distance
from console.model import Condition
from console.store import Drawn, Sample
from tests.unit.explain.tables import random_frame, sample_of

ROWS = 4_000
NOBODY = np.zeros(ROWS, dtype=np.bool_)


def test_the_distance_is_scipys_with_the_natural_logarithm() -> None:
    chance = np.random.default_rng(1)
    for _ in range(20):
        p, q = chance.integers(0, 50, 12).astype(float), chance.integers(0, 50, 12).astype(float)
        p[0] = q[1] = 1.0
        theirs = scipy.spatial.distance.jensenshannon(p, q)
        assert js_distance(p, q) == pytest.approx(theirs, abs=1e-9)
    assert js_distance(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(math.sqrt(math.log(2)))


def test_calm_values_have_not_moved() -> None:
    assert moved_table(sample_of(random_frame(1, 20_000), np.zeros(20_000, dtype=np.bool_))).rows == ()


def test_what_moved_most_comes_first_with_its_figures_before_and_during() -> None:
    frame = random_frame(2, ROWS).with_columns(
        amount=pl.when("now").then(pl.lit(200.0)).otherwise(pl.lit(2.0)),
        payload_kb=pl.when("now").then(pl.col("payload_kb") * 1.5).otherwise("payload_kb"),
        region=pl.when("now").then(pl.lit("R1")).otherwise("region"),
    )
    table = moved_table(sample_of(frame, NOBODY))
    assert table.rows[0][0] == "amount"
    assert {row[0] for row in table.rows} >= {"payload_kb", "region"}
    assert table.rows[0][2:] == ("mean 2 (2 · 2 · 2)", "mean 200 (200 · 200 · 200)")
    region = next(row for row in table.rows if row[0] == "region")
    assert region[3] == "R1 100 %"
    distances = [row[1] for row in table.rows if isinstance(row[1], float)]
    assert distances == sorted(distances, reverse=True)
    assert set(table.units) == set(table.columns)


def test_rows_that_were_drawn_less_often_weigh_more() -> None:
    """300 offending rows were all drawn, of the others a tenth: the mean is that of all rows."""
    frame = random_frame(3, ROWS).with_columns(
        stops=pl.when("now").then(pl.int_range(pl.len()) % 4).otherwise(pl.lit(50)).cast(pl.Float64)
    )
    offends = frame["now"].to_numpy() & (frame["stops"].to_numpy() == 0)
    table = moved_table(sample_of(frame, offends, most=90))
    said = next(str(row[3]) for row in table.rows if row[0] == "stops")
    mean = float(said.split()[1])
    assert mean == pytest.approx(1.5, abs=0.1)


def test_what_was_drawn_unevenly_has_not_moved_for_that() -> None:
    frame = random_frame(8, ROWS).with_columns(stops=(pl.int_range(pl.len()) % 4).cast(pl.Float64))
    offends = frame["now"].to_numpy() & (frame["stops"].to_numpy() == 0)
    sample = sample_of(frame, offends, most=250)
    assert "stops" not in {row[0] for row in moved_table(sample).rows}


def test_missing_values_are_a_value_and_are_told() -> None:
    frame = random_frame(4, ROWS).with_columns(
        amount=pl.when(pl.col("now") & (pl.int_range(pl.len()) % 2 == 0)).then(None).otherwise("amount"),
        country=pl.when("now").then(None).otherwise("country"),
    )
    rows = {row[0]: row for row in moved_table(sample_of(frame, NOBODY)).rows}
    assert str(rows["amount"][3]).endswith(", 50 % missing")
    assert rows["country"][3] == "none 100 %"


def test_only_rows_that_meet_the_conditions_are_compared() -> None:
    frame = random_frame(5, ROWS)
    hit = pl.col("now") & (pl.col("client") == "c9")
    frame = frame.with_columns(amount=pl.when(hit).then(pl.col("amount") * 100).otherwise("amount"))
    sample = sample_of(frame, NOBODY)
    assert [row[0] for row in moved_table(sample, (Condition("tag", "client", "c9"),)).rows][:1] == ["amount"]
    assert moved_table(sample, (Condition("tag", "client", "no such"),)).rows == ()
    cut = (Condition("number", "stops", lower=1.0, upper=3.0), Condition("number", "amount", lower=1e9))
    assert moved_table(sample, cut).rows == ()


def test_hostile_and_huge_values_are_cut_to_a_line() -> None:
    frame = random_frame(6, ROWS).with_columns(
        client=pl.when("now").then(pl.lit("[/x]\n\x1b" * 500)).otherwise(pl.lit("a\0b")),
        amount=pl.when("now").then(pl.lit(1.7e308)).otherwise(pl.lit(-1.7e308)),
    )
    for row in moved_table(sample_of(frame, NOBODY)).rows:
        text = "".join(str(value) for value in row)
        assert len(text) < 300 and "\n" not in text and "\x1b" not in text and "\0" not in text


def test_at_most_twelve_are_told_and_of_an_empty_sample_none() -> None:
    base = random_frame(7, ROWS)
    many = {f"c{n}": np.where(base["now"], 1.0, 2.0 + n) for n in range(MOST_MOVED + 3)}
    frame = pl.DataFrame({**many, "now": base["now"], "ts": base["ts"], "offends": NOBODY})
    columns = tuple(Drawn("number", f"x{n}", f"c{n}") for n in range(MOST_MOVED + 3))
    now = int(base["now"].sum())
    table = moved_table(Sample(frame, columns, {(True, False): now, (False, False): ROWS - now}))
    assert len(table.rows) == MOST_MOVED and table.truncated
    assert moved_table(Sample(pl.DataFrame(), (), {})).rows == ()
