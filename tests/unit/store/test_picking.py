"""What of a slice is exported: labelled rows, one an input, balanced, and parted for training."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.errors import UsageError
from console.model import QueryCall
from console.model.exporting import ExportOptions, Split, parse_split
from console.store import Store
from tests.support import NOON, at, batch, stored

ALL = QueryCall("predictions_recent", {"row_limit": 100_000})
LABELS = pl.DataFrame(
    {
        "request_key": ["r1", "r2", "r3", "r5"],
        "label": ["fraud", "legit", "fraud", "legit"],
        "agreement": [1.0, 0.5, 1.0, 1.0],
    }
)


def rows_of(start: int, until: int) -> list[dict[str, object]]:
    """Requests `r<n>`, a minute apart; three in a row have the same input."""
    return [
        {
            "ts": at(n),
            "model": "m",
            "request_id": f"r{n}",
            "features": {"amount": n // 3},
            "prediction": "yes" if n % 5 == 0 else "no",
        }
        for n in range(start, until)
    ]


def taken(
    store: Store, options: ExportOptions, labels: pl.DataFrame | None = LABELS
) -> tuple[pl.DataFrame, object]:
    with store.slice(ALL, labels=labels, options=options) as rows:
        return pl.concat([rows.schema.to_frame(), *rows.frames()]), rows


def ids(frame: pl.DataFrame) -> list[str]:
    return frame["request_id"].to_list()


def test_only_what_all_agree_on_is_labelled() -> None:
    store = stored(rows_of(0, 8))
    assert ids(taken(store, ExportOptions(only_labelled=True))[0]) == ["r1", "r3", "r5"]
    with_conflicts = ExportOptions(only_labelled=True, with_conflicts=True)
    assert ids(taken(store, with_conflicts)[0]) == ["r1", "r2", "r3", "r5"]


def test_of_equal_inputs_the_newest_is_taken_and_one_with_a_label_before_it() -> None:
    store = stored(
        [*rows_of(0, 9), {"ts": at(9), "model": "m", "request_id": "bare"}, {"ts": at(10), "model": "m"}]
    )
    frame, _ = taken(store, ExportOptions(one_row_an_input=True))
    assert frame.select("request_id", "copies").rows() == [
        ("r2", 3),
        ("r5", 3),
        ("r8", 3),
        ("bare", 1),
        (None, 1),
    ]
    frame, _ = taken(
        store, ExportOptions(one_row_an_input=True), LABELS.filter(pl.col("request_key") == "r3")
    )
    assert ids(frame)[:3] == ["r2", "r3", "r8"]


def test_a_balanced_slice_has_as_many_of_each_and_the_same_ones_again() -> None:
    store = stored(rows_of(0, 50))
    options = ExportOptions(balance_by="prediction")
    frame, _ = taken(store, options)
    assert frame["prediction"].value_counts(sort=True)["count"].to_list() == [10, 10]
    assert ids(taken(store, options)[0]) == ids(frame)
    few, _ = taken(store, ExportOptions(balance_by="prediction", balance_most=3))
    assert set(ids(few)) <= set(ids(frame))
    assert few.height == 6
    by_label, _ = taken(store, ExportOptions(balance_by="label", balance_most=1))
    assert sorted(by_label["label"].to_list()) == ["fraud", "legit"]


def test_equal_inputs_are_on_one_side_of_a_split_by_input() -> None:
    frame, _ = taken(stored(rows_of(0, 300)), ExportOptions(split=Split(validation=0.3, test=0.2)))
    sides = frame.group_by("input_hash").agg(pl.col("split").n_unique())
    assert sides["split"].unique().to_list() == [1]
    shares = frame["split"].value_counts(normalize=True)
    assert dict(shares.iter_rows()) == pytest.approx({"train": 0.5, "validation": 0.3, "test": 0.2}, abs=0.12)


@given(before=st.integers(1, 40), after=st.integers(1, 40), salt=st.text("ab'", max_size=2))
@settings(max_examples=10, deadline=None)
def test_a_later_export_moves_no_row_across(before: int, after: int, salt: str) -> None:
    """Rows and columns come between the two."""
    options = ExportOptions(split=Split(validation=0.3, salt=salt))
    store = stored(rows_of(0, before))
    first, _ = taken(store, options)
    late: list[dict[str, object]] = [
        {**row, "features": {"amount": n, "new": "x", "zeta": n}}
        for n, row in enumerate(rows_of(100, 100 + after))
    ]
    store.append([batch(late, 1)])
    second, _ = taken(store, options)
    sides = dict(second.select("request_id", "split").iter_rows())
    assert {key: sides[key] for key in ids(first)} == dict(first.select("request_id", "split").iter_rows())
    assert second.height == before + after


def test_a_larger_share_takes_rows_from_train_alone() -> None:
    store = stored(rows_of(0, 300))
    small, _ = taken(store, ExportOptions(split=Split(validation=0.2, test=0.1)))
    large, _ = taken(store, ExportOptions(split=Split(validation=0.4, test=0.1)))
    moved = pl.DataFrame({"before": small["split"], "after": large["split"]}).filter(
        pl.col("before") != pl.col("after")
    )
    assert moved.unique().rows() == [("train", "validation")]


def test_a_split_by_time_is_cut_once_and_the_moment_can_be_given_again() -> None:
    store = stored(rows_of(0, 10))
    with store.slice(ALL, options=ExportOptions(split=Split("time", validation=0.3))) as rows:
        first = pl.concat(rows.frames())
        assert rows.cuts == (NOON + timedelta(minutes=7),)
    assert first["split"].to_list() == ["train"] * 7 + ["validation"] * 3
    store.append([batch(rows_of(10, 20), 1)])
    with store.slice(ALL, options=ExportOptions(split=Split("time", cuts=rows.cuts))) as again:
        assert pl.concat(again.frames())["split"].to_list() == ["train"] * 7 + ["validation"] * 13


def test_a_split_by_time_may_have_a_test_alone() -> None:
    frame, _ = taken(stored(rows_of(0, 10)), ExportOptions(split=Split("time", validation=0, test=0.2)))
    assert frame["split"].to_list() == ["train"] * 8 + ["test"] * 2


def test_sets_and_labels_are_counted() -> None:
    options = ExportOptions(split=Split("time", cuts=(NOON + timedelta(minutes=3),)))
    with stored(rows_of(0, 8)).slice(ALL, labels=LABELS, options=options) as rows:
        assert rows.counts is not None
        assert rows.counts.listed == 8
        assert rows.counts.labels == {"fraud": 2, "legit": 2}
        assert rows.counts.sets == {
            "train": {"": 1, "fraud": 1, "legit": 1},
            "validation": {"": 3, "fraud": 1, "legit": 1},
        }


def test_comparable_rows_are_told_from_those_that_offend() -> None:
    call = QueryCall("predictions_recent", {"row_limit": 2})
    with stored(rows_of(0, 4)).slice(call, comparable=ALL) as rows:
        frame = pl.concat(rows.frames())
    assert frame["offends"].to_list() == [False, False, True, True]


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("input", Split()),
        ("input=0.3", Split(validation=0.3)),
        ("time=0,0.1", Split("time", validation=0, test=0.1)),
        ("time=2026-11-02T12:00Z", Split("time", cuts=(NOON,))),
        (
            "time=2026-11-02T13:00+01:00, 2026-11-02T13:00",
            Split("time", cuts=(NOON, NOON + timedelta(hours=1))),
        ),
    ],
)
def test_a_split_is_read_as_it_is_written(text: str, split: Split) -> None:
    assert parse_split(text) == split


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hash",
        "input=",
        "input=1",
        "input=0.6,0.6",
        "input=2026-11-02",
        "time=2026-11-03,2026-11-02",
        "time=x",
        "time=0.1,0.1,0.1",
        "input=nan",
        "input=-0.1,0.2",
    ],
)
def test_what_is_no_split_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="split"):
        parse_split(text)


@pytest.mark.parametrize(
    "options",
    [
        {"with_labels": False, "only_labelled": True},
        {"with_labels": False, "balance_by": "label"},
        {"with_conflicts": True},
        {"balance_most": 3},
        {"balance_by": "label", "balance_most": 0},
        {"split_files": True},
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        ExportOptions(**options)  # type: ignore[arg-type]
