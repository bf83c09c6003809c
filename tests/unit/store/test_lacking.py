"""Features that no row of a slice has are told from those that something can be learnt from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.model import QueryCall
from console.model.exporting import ExportOptions, Role, Split
from console.store import Store, slices
from tests.support import NOON, at, stored

ALL = QueryCall("predictions_recent", {"row_limit": 100})
LATE_SPLIT = ExportOptions(split=Split("time", cuts=(NOON + timedelta(minutes=20),)))


@pytest.fixture
def store() -> Store:
    """Of 30 rows all have `amount`, one `seldom`, the last one `late`, and those of model `n` `other`."""
    own: dict[int, dict[str, object]] = {7: {"seldom": "x"}, 29: {"late": 1.0}}
    logged = [
        {
            "ts": at(n),
            "model": "mn"[n % 2],
            "features": {"amount": n, **own.get(n, {}), **({"other": n} if n % 2 else {})},
        }
        for n in range(30)
    ]
    return stored(logged)


@pytest.mark.parametrize("probed", [1, 300])
def test_a_feature_with_one_value_somewhere_is_not_lacking(
    store: Store, probed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "_PROBED", probed)
    with store.slice(ALL) as rows:
        assert rows.lacking == frozenset()


@pytest.mark.parametrize("probed", [1, 300])
def test_what_only_the_held_out_rows_have_is_lacking_for_training(
    store: Store, probed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "_PROBED", probed)
    with store.slice(ALL, options=LATE_SPLIT) as rows:
        assert rows.lacking == {"late"}


def test_a_slice_without_rows_lacks_all(store: Store) -> None:
    none = QueryCall("predictions_recent", {"model": "nobody"})
    with store.slice(none) as rows:
        features = {column.name for column in rows.columns if column.role is Role.FEATURE}
        assert rows.rows == 0 and rows.lacking == features != set()
