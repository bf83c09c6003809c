"""The bins of features, from their first rows."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from console.checks.profile import MAX_ROWS, Profile, bins_of_number, make_profile, profile_calls
from tests.support import NOON, Line, at, stored


def lines(count: int = 200, *, start: float = 0, **more: object) -> list[Line]:
    random = np.random.default_rng(1)
    return [
        {
            "ts": at(start + n),
            "model": "fraud",
            "model_version": "v1",
            "score": float(random.random()),
            "features": {
                "amount": float(random.lognormal(3, 1)),
                "cards": n % 3,
                "country": "DE" if n % 4 else "FR",
                "payer": f"p-{n}",
                "note": f"thank you for the payment of yesterday number {n} dear sir",
                **more,
            },
            "tags": {"region": "EU" if n % 2 else "US", "session": f"s-{n}"},
        }
        for n in range(count)
    ]


def made(records: list[Line], known: Profile | None = None) -> Profile:
    store = stored(records)
    calls = profile_calls(NOON - timedelta(days=2), NOON + timedelta(days=2), len(records))
    return make_profile({name: store.frame(call) for name, call in calls.items()}, known)


def test_each_feature_gets_the_bins_of_its_kind() -> None:
    features = made(lines()).features
    amount, cards, country = (features["fraud", name] for name in ("amount", "cards", "country"))
    assert amount.kind == "number" and len(amount.cuts) == 9 and list(amount.cuts) == sorted(amount.cuts)
    assert 0 < amount.lowest < amount.cuts[0] < amount.cuts[-1] < amount.highest
    assert cards.cuts == (1.0, 2.0) and (cards.lowest, cards.highest) == (0.0, 2.0)
    assert country.values == ("DE", "FR")
    assert features["fraud", "score"].kind == "number"


def test_identifiers_and_prose_get_no_bin_a_value() -> None:
    features = made(lines()).features
    payer, note = features["fraud", "payer"], features["fraud", "note"]
    assert payer.values == () and not payer.prose
    assert note.prose and {"thank", "payment", "yesterday"} <= set(note.values)
    assert note.lowest < 55 < note.highest


def test_nothing_is_cut_by_identifiers() -> None:
    dimensions = made(lines()).dimensions
    assert dimensions["fraud", "region"] and dimensions["fraud", "model_version"]
    assert not dimensions["fraud", "session"]


def test_too_few_rows_make_no_bins() -> None:
    assert made(lines(49)).features == {}


def test_what_is_known_stays_as_it_is_and_what_is_new_is_added() -> None:
    before = made(lines())
    later = made([*lines(start=300, amount=9e9, plan="pro")], before)
    assert all(later.features[key] == bins for key, bins in before.features.items())
    assert later.features["fraud", "plan"].values == ("pro",)


def test_a_profile_outlives_its_json() -> None:
    profile = made(lines()).of_rows(2 * MAX_ROWS)
    assert profile.share == 0.5
    assert Profile.from_json(profile.as_json()) == profile
    assert Profile.from_json("") == Profile()


def test_a_range_holds_what_comes_later_and_not_another_unit() -> None:
    random = np.random.default_rng(3)
    for values in (
        random.lognormal(3, 1, 20_000),
        random.normal(100, 10, 20_000),
        random.gamma(2, 5, 20_000),
    ):
        store = stored(
            {"ts": at(n / 10), "model": "m", "features": {"x": float(v)}} for n, v in enumerate(values[:5000])
        )
        calls = profile_calls(NOON, NOON + timedelta(days=1), 5000)
        bins = make_profile({n: store.frame(c) for n, c in calls.items()}).features["m", "x"]
        out = np.mean((values < bins.lowest) | (values > bins.highest))
        assert out < 0.02
        assert np.mean(values * 100 > bins.highest) > 0.9
        assert np.mean(values / 1000 < bins.lowest) > 0.9


def test_a_row_of_extreme_numbers_makes_finite_bins() -> None:
    names = ("p1", "p10", "p20", "p30", "p40", "p50", "p60", "p70", "p80", "p90", "p95", "p99")
    row = {"model": "m", "feature": "x", "few_values": None} | dict.fromkeys(names, -1.7e308)
    bins = bins_of_number({**row, "p99": 1.7e308})
    assert np.isfinite([*bins.cuts, bins.lowest, bins.highest]).all()


def test_edges_are_those_of_the_bins() -> None:
    bins = made(lines()).features["fraud", "amount"]
    edges = [bins.edges(number) for number in range(-1, 11)]
    assert edges[0] == (None, bins.lowest) and edges[-1] == (bins.highest, None)
    assert edges[1] == (None, bins.cuts[0]) and edges[10] == (bins.cuts[-1], None)
    assert [upper for _, upper in edges[1:10]] == [lower for lower, _ in edges[2:11]]


@pytest.mark.parametrize("rows", [1, 10**9])
def test_a_sample_is_a_share(rows: int) -> None:
    calls = profile_calls(NOON, NOON + timedelta(days=3), rows)
    shares = {call.params["sample_share"] for call in calls.values()}
    assert len(shares) == 1 and all(isinstance(share, float) and 0 < share <= 1 for share in shares)
    assert pl.Series(list(shares)).max() == (1.0 if rows == 1 else 180_000 / 10**9)
