"""What holds for every file of `queries/`."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from console.model import QueryCall
from console.store import Store
from tests.support import NOON, Line, at, catalog, stored

ROOT = Path(__file__).parents[2]
NAMES = sorted(catalog())
GIVEN: dict[str, object] = {
    "model": "fraud",
    "start": at(-60),
    "until": at(60),
    "feature": "country",
    "stage": "predict",
    "value": "DE",
    "source_ids": [0],
    "source_offsets": [0],
}
PROFILE = (
    '{"share": 1, "text_share": 1, "dimensions": [{"model": "fraud", "name": "region"}], "features": ['
    '{"model": "fraud", "feature": "amount", "kind": "number", "cuts": [20], "lowest": 0, "highest": 30},'
    '{"model": "fraud", "feature": "country", "kind": "text", "values": ["DE"], "prose": true,'
    ' "lowest": 1, "highest": 9}]}'
)
FITTING: dict[str, dict[str, object]] = {
    "predictions_slower_than": {"endpoint": "/score", "threshold_ms": 10},
    "predictions_with_slow_stage": {"endpoint": "/score", "threshold_ms": 10},
    "predictions_with_number_in_range": {"feature": "amount"},
    "predictions_with_part_version": {"model_version": "v1", "part": "predict", "part_version": "p7"},
    "predictions_without_feature": {"feature": "age"},
    "predictions_with_text": {"feature": "country"},
    "feature_cells": {"profile": PROFILE},
    "text_cells": {"profile": PROFILE},
    "feature_profile_words": {"mean_length": 1, "distinct_share": 0},
    "evaluation_versions": {"first_version": "v1", "second_version": "v2"},
    "evaluation_spread": {"model": "price"},
}
HOSTILE = ("''; drop table ledger; -- $model a\0b " + "é" * 1000, "null", "%")
"""What is read as one text wherever it is not a value, and what must be the whole of a text to be misread."""
KEYWORDS = (
    "select|from|where|and|or|not|in|is|null|as|with|join|left|on|group|order|by|limit|desc|case|when|then|else|"
    "end|union|all|over|partition|range|between|following|window|cast|coalesce|count|sum|filter|distinct|qualify"
)
ROWS: list[Line] = [
    {
        "ts": at(minute),
        "request_id": f"f-{minute}",
        "model": "fraud",
        "model_version": f"v{minute % 3}",
        "endpoint": "/score",
        "status": 500 if minute % 4 == 0 else 200,
        "latency_ms": minute + 1.5,
        "prediction": "legit",
        "score": minute / 40,
        "features": {"amount": minute, "country": "XX" if minute > 30 else "DE"}
        | ({"age": 1} if minute % 2 else {}),
        "tags": {"region": "EU" if minute % 3 else "US"},
        "stages": {"predict": {"ms": minute + 0.5, "version": "p7"}, "prepare": 1.5},
        "truth": "legit" if minute % 5 else "fraud",
        "tokens_in": minute,
        "cost": minute / 1000,
    }
    for minute in range(40)
]
ROWS += [
    {"ts": at(minute), "model": "price", "prediction": minute + 0.5, "truth": str(minute)}
    for minute in (1, 2, 3)
]


@pytest.fixture(scope="module")
def store() -> Store:
    return stored([*ROWS, b"bad"])


@pytest.fixture(scope="module")
def empty() -> Store:
    return stored()


def call(name: str, **params: object) -> QueryCall:
    """The query with a value for whatever must be given."""
    declared = catalog()[name].params
    given = {key: value for key, value in GIVEN.items() if key in declared and declared[key].default is None}
    return QueryCall(
        name, given | FITTING.get(name, {}) | {key: value for key, value in params.items() if key in declared}
    )


@pytest.mark.parametrize("name", NAMES)
def test_its_columns_types_and_order_are_the_same_whatever_is_stored(
    name: str, store: Store, empty: Store
) -> None:
    whole, nothing = store.frame(call(name)), empty.frame(call(name))
    assert whole.columns == list(catalog()[name].columns)
    assert whole.schema == nothing.schema
    assert whole.height > 0, "the store has nothing for it, so little was tried"
    # A ledger and a list of rejects have no time; of all else there is nothing in an empty store.
    assert nothing.height == 0
    assert store.frame(call(name, row_limit=2)).rows() == whole.rows()[:2]


@pytest.mark.parametrize("name", NAMES)
def test_hostile_values_of_its_parameters_are_only_values(name: str, store: Store) -> None:
    texts = [param.name for param in catalog()[name].params.values() if param.type == "varchar"]
    for text in HOSTILE:
        # With another model there would be no row that the other values could do harm to.
        store.frame(call(name, **{param: text for param in texts if param != "model"}))
    if "model" in texts:
        assert store.frame(call(name, model=HOSTILE[0])).height == 0
    assert store.counts().rows == len(ROWS)


@pytest.mark.parametrize("name", NAMES)
def test_null_for_a_parameter_is_no_error(name: str, store: Store) -> None:
    for param in catalog()[name].params.values():
        # Those that are null unless they are given are so in all other tests.
        if param.type in ("varchar", "double", "boolean") and param.default != "null":
            assert store.frame(call(name, **{param.name: None})).columns == list(catalog()[name].columns)


@pytest.mark.parametrize("name", NAMES)
def test_it_takes_no_row_from_outside_its_times(name: str, store: Store) -> None:
    """Rows at `until` are left out, and so are those before `start` and its baseline."""
    params = catalog()[name].params
    if "start" not in params:
        return
    beyond: datetime = NOON.replace(day=1)
    assert (
        store.frame(call(name, start=beyond, until=beyond, baseline_minutes=60)).height == 0
        or "until" not in params
    )
    if "until" in params and "window_minutes" not in params:
        assert store.frame(call(name, start=NOON, until=NOON)).height == 0
        assert store.frame(call(name, start=at(39), until=at(39))).height == 0


@pytest.mark.parametrize("name", [name for name in NAMES if "baseline_rows" in catalog()[name].columns])
def test_a_windows_baseline_does_not_depend_on_where_start_lies_in_it(name: str, store: Store) -> None:
    if "novelty_minutes" in catalog()[name].params:
        return  # its baseline is all that is looked at before a value's first appearance
    counts = []
    for start in (25, 28.5, 30 - 1e-6):
        asked = {"start": at(start), "until": at(30), "window_minutes": 5, "baseline_minutes": 10}
        frame = store.frame(call(name, **asked))
        last = frame.filter(frame["window_end"] == frame["window_end"].max())
        subject = [column for column in ("feature", "dimension", "slice_value") if column in frame.columns]
        counts.append(sorted(last.select(*subject, "baseline_rows").group_by(subject).sum().rows()))
    assert counts[0] == counts[1] == counts[2]
    assert any(row[-1] for row in counts[0])


@pytest.mark.parametrize("name", NAMES)
def test_it_is_written_in_the_house_style(name: str) -> None:
    lines = catalog()[name].sql.splitlines()
    code = "\n".join(line for line in lines if not line.startswith("--"))
    bare = re.sub(r"'[^']*'", "''", code)
    assert not re.search(rf"\b({KEYWORDS.upper()})\b", bare), "keywords are lower-case"
    assert re.search(r"^order by\b", bare, re.MULTILINE)
    assert bare.rstrip().endswith("\nlimit $row_limit")
    assert not re.search(r"select\s+(distinct\s+)?([a-z]\.)?\*", bare), "columns are explicit"
    assert not re.search(r"\b(strftime|format|printf|round)\(", bare), "how a value looks is the screen's"
    assert "\t" not in code and not any(line.endswith(" ") for line in lines)
    assert max(map(len, lines)) <= 125


@pytest.mark.parametrize("name", NAMES)
def test_its_users_are_there(name: str) -> None:
    query = catalog()[name]
    assert query.used_by
    for path in re.findall(r"console/[\w/.]+", query.used_by):
        assert (ROOT / path.rstrip(".")).exists(), path


def test_no_parameter_means_two_things() -> None:
    kinds: dict[str, set[str]] = {}
    for query in catalog().values():
        for param in query.params.values():
            kinds.setdefault(param.name, set()).add(param.type)
    assert {name for name, types in kinds.items() if len(types) > 1} == set()
