"""Planted slices are found first, and nothing is found where there is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from console.explain import leading
from console.explain.columns import Grouped
from console.explain.search import slices
from console.model import CommonSlice, Condition
from console.store import Drawn, Sample
from tests.unit.explain.tables import grouped, meeting, random_conditions, random_frame, sample_of

ROWS = 8_000


def found(frame: pl.DataFrame, offends: NDArray[np.bool_], *told_by: str) -> tuple[CommonSlice, ...]:
    return slices(grouped(frame, offends), frozenset(told_by))


def planted(
    frame: pl.DataFrame,
    conditions: Sequence[Condition],
    *,
    seed: int,
    rate: float = 0.5,
    usual: float = 0.005,
) -> NDArray[np.bool_]:
    """Which rows offend: of those now that meet the conditions so many, of the others few."""
    chance = np.random.default_rng(seed + 2_000_000).random(frame.height)
    hit = meeting(frame, conditions) & frame["now"].to_numpy()
    return chance < np.where(hit, rate, usual)


def names_it(leads: Sequence[Condition], planted: Sequence[Condition], frame: pl.DataFrame) -> bool:
    """Whether they name the same things, and a cut lies so that most rows are the same."""
    if [(c.kind, c.name, c.value) for c in sorted(leads, key=lambda c: c.name)] != [
        (c.kind, c.name, c.value) for c in sorted(planted, key=lambda c: c.name)
    ]:
        return False
    ours, theirs = meeting(frame, leads), meeting(frame, planted)
    return bool((ours & theirs).sum() >= 0.8 * (ours | theirs).sum())


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_planted_slice_of_one_or_two_conditions_is_found_first(seed: int) -> None:
    frame = random_frame(seed, ROWS)
    conditions = random_conditions(seed, frame)
    offends = planted(frame, conditions, seed=seed)
    now = frame["now"].to_numpy()
    hit = meeting(frame, conditions) & now
    # Two conditions can only be told from one if they part enough rows, and so can a cut.
    assume((offends & hit).sum() >= 60 and hit.sum() <= 0.7 * now.sum())
    for one in conditions if len(conditions) > 1 else ():
        assume((offends & hit).sum() >= 40 and hit.sum() <= 0.8 * (meeting(frame, [one]) & now).sum())
    assert names_it(leading(found(frame, offends)), conditions, frame)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_trouble_that_is_everywhere_gives_no_slice(seed: int) -> None:
    frame = random_frame(seed, ROWS)
    uneven = 0.02 * np.where(frame["endpoint"].to_numpy() == "/e0", 4, 1)
    chance = np.random.default_rng(seed + 3_000_000).random(frame.height)
    assert found(frame, chance < np.where(frame["now"].to_numpy(), 0.2 + uneven, uneven)) == ()


def test_what_always_was_so_explains_nothing() -> None:
    """A slow endpoint is slow as ever; what is new is in one client."""
    frame = random_frame(1, ROWS)
    client = (Condition("tag", "client", "c1"),)
    always = (frame["endpoint"].to_numpy() == "/e0") & (np.random.default_rng(5).random(ROWS) < 0.5)
    assert leading(found(frame, planted(frame, client, seed=1) | always)) == client


def test_without_a_time_before_the_rows_now_suffice() -> None:
    frame = random_frame(2, ROWS).with_columns(now=pl.lit(True))
    region = (Condition("tag", "region", "R1"),)
    assert leading(found(frame, planted(frame, region, seed=2))) == region


def test_a_slice_says_how_many_rows_it_holds_and_how_pure_it_is() -> None:
    frame = random_frame(3, ROWS)
    client = (Condition("tag", "client", "c2"),)
    offends = planted(frame, client, seed=3, rate=1.0)
    now, inside = frame["now"].to_numpy(), meeting(frame, client)
    first = found(frame, offends)[0]
    assert first.conditions == client
    assert (first.rows, first.offending) == (int((inside & now).sum()), int((inside & now).sum()))
    elsewhere = (offends & ~inside & now).sum() / (~inside & now).sum()
    assert first.rate == 1.0
    assert first.rate_elsewhere == pytest.approx(elsewhere)
    assert first.share_of_offending > 0.97


def test_counts_of_a_sample_are_scaled_to_all_rows() -> None:
    frame = random_frame(4, ROWS)
    client = (Condition("tag", "client", "c0"),)
    offends = planted(frame, client, seed=4)
    first = slices(Grouped(sample_of(frame, offends, most=300)), frozenset())[0]
    assert first.conditions == client
    assert first.rows == pytest.approx((meeting(frame, client) & frame["now"].to_numpy()).sum(), rel=0.2)


def test_two_causes_are_found_one_after_the_other() -> None:
    frame = random_frame(5, ROWS)
    one, other = (Condition("tag", "client", "c1"),), (Condition("text", "country", "L0"),)
    offends = planted(frame, one, seed=5) | planted(frame, other, seed=6)
    assert {s.conditions for s in found(frame, offends)[:2]} == {one, other}


def test_a_near_copy_and_what_is_implied_are_left_out() -> None:
    """Every host is of one region; one that is alone in its region says no more than the region."""
    frame = random_frame(6, ROWS).with_columns(
        host=pl.when(pl.col("region") == "R3").then(pl.lit("R3x")).otherwise(pl.col("host"))
    )
    region = (Condition("tag", "region", "R3"),)
    listed = [s.conditions for s in found(frame, planted(frame, region, seed=7))]
    assert listed == [region] or listed == [(Condition("tag", "host", "R3x"),)]


def test_a_field_is_named_rather_than_a_feature_that_says_the_same() -> None:
    frame = random_frame(7, ROWS).with_columns(country=pl.col("model_version"))
    version = (Condition("field", "model_version", "v1"),)
    sample = sample_of(frame, planted(frame, version, seed=8))
    for columns in (sample.columns, sample.columns[::-1]):
        assert leading(slices(Grouped(Sample(sample.frame, columns, sample.totals)), frozenset())) == version


def test_a_second_condition_that_leaves_out_next_to_nothing_is_not_said() -> None:
    frame = random_frame(19, 20_000)
    client = (Condition("tag", "client", "c0"),)
    cut = frame["payload_kb"].quantile(0.05)
    offends = planted(frame, client, seed=19) & (frame["payload_kb"] >= cut).to_numpy()
    assert leading(found(frame, offends)) == client


def test_what_defines_the_trouble_and_what_follows_from_it_do_not_explain_it() -> None:
    frame = random_frame(8, ROWS).with_columns(payload_kb=pl.col("amount") * 1.2 + pl.col("stops"))
    offends = frame["amount"].to_numpy() > np.where(frame["now"].to_numpy(), 20, 80)
    assert found(frame, offends, "amount") == ()


def test_a_unit_change_of_one_client_is_told_in_spite_of_innocent_rows() -> None:
    frame = random_frame(9, ROWS)
    client = (Condition("tag", "client", "c3"),)
    hit = meeting(frame, client) & frame["now"].to_numpy()
    offends = frame["amount"].to_numpy() * np.where(hit, 100, 1) > 60
    assert leading(found(frame, offends, "amount")) == client


def test_numbers_and_dates_that_only_tell_the_time_are_no_slices() -> None:
    frame = random_frame(10, ROWS)
    hour = (frame["ts"] * 20 // 10**11).cast(pl.String)
    frame = frame.with_columns(stops=pl.col("ts").cast(pl.Float64), country=hour)
    late = frame["ts"].to_numpy() > 0.95 * 10**11
    assert found(frame, late & (np.random.default_rng(1).random(ROWS) < 0.5)) == ()


def test_an_identifier_is_no_slice() -> None:
    frame = random_frame(11, ROWS).with_columns(country=pl.int_range(pl.len()).cast(pl.String))
    offends = np.zeros(ROWS, dtype=np.bool_)
    offends[-12:] = True
    assert all(c.name != "country" for s in found(frame, offends) for c in s.conditions)


def test_nulls_are_in_no_slice_and_do_no_harm() -> None:
    chance = np.random.default_rng(12)
    frame = random_frame(12, ROWS)
    names = ("client", "amount", "model_version")
    frame = frame.with_columns(
        pl.when(pl.Series(chance.random(ROWS) < 0.3)).then(None).otherwise(pl.col(name)).alias(name)
        for name in names
    ).with_columns(payload_kb=pl.lit(None, dtype=pl.Float64), host=pl.lit(None, dtype=pl.String))
    cut = (Condition("number", "amount", lower=60.0),)
    first = found(frame, planted(frame, cut, seed=13))[0]
    assert [c.name for c in first.conditions] == ["amount"]
    assert first.conditions[0].lower == pytest.approx(60, rel=0.1)


def test_a_range_of_a_number_is_one_condition() -> None:
    frame = random_frame(13, ROWS)
    inside = frame["stops"].is_between(3, 5).to_numpy() & frame["now"].to_numpy()
    assert leading(found(frame, inside)) == (Condition("number", "stops", lower=3.0, upper=6.0),)


@pytest.mark.parametrize("value", ["[/x]", "'; drop table ledger; --", "a\0b\n", "", "\x1b[31m", "é" * 200])
def test_hostile_values_are_conditions_like_any(value: str) -> None:
    frame = random_frame(14, ROWS).with_columns(
        client=pl.when(pl.col("client") == "c1").then(pl.lit(value)).otherwise(pl.col("client"))
    )
    client = (Condition("tag", "client", value),)
    assert leading(found(frame, planted(frame, client, seed=14))) == client


def test_huge_numbers_do_no_harm() -> None:
    frame = random_frame(15, ROWS).with_columns(
        amount=pl.when(pl.col("client") == "c1").then(pl.lit(1.7e308)).otherwise(pl.lit(-1.7e308)),
        payload_kb=pl.lit(5e-324),
    )
    client = (Condition("tag", "client", "c1"),)
    assert leading(found(frame, planted(frame, client, seed=15))) == client


@pytest.mark.parametrize("rows", [1, 2, 50])
@pytest.mark.parametrize("all_of_them", [True, False])
def test_of_few_rows_of_all_or_of_none_nothing_is_said(rows: int, all_of_them: bool) -> None:
    assert found(random_frame(16, rows), np.full(rows, all_of_them)) == ()


def test_one_offending_row_has_nothing_in_common_with_itself() -> None:
    offends = np.zeros(ROWS, dtype=np.bool_)
    offends[-1] = True
    assert found(random_frame(17, ROWS), offends) == ()


def test_an_outcome_is_told_behind_the_causes_and_leads_never() -> None:
    frame = random_frame(18, ROWS)
    client = (Condition("tag", "client", "c1"),)
    offends = planted(frame, client, seed=18)
    sample = sample_of(frame.with_columns(stops=pl.Series(np.where(offends, 3000.0, 20.0))), offends)
    columns = tuple(
        Drawn(one.kind, "latency_ms", one.column) if one.name == "stops" else one for one in sample.columns
    )
    listed = slices(Grouped(Sample(sample.frame, columns, sample.totals)), frozenset())
    assert [s.conditions[0].name for s in listed] == ["client", "latency_ms"]
    assert leading(listed[1:]) == ()
