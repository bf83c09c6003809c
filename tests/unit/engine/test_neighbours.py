"""Which requests are beside one."""

from __future__ import annotations

import pytest

from console.engine.neighbours import neighbours
from console.errors import UsageError
from console.model import Beside, QueryCall, RowId, Ticket
from console.store import Store
from tests.support import Line, at, stored


def row_of(store: Store, request_id: str) -> RowId:
    found = store.find(key=request_id, origin="")
    assert found is not None
    return found


def beside(lines: list[Line], beside: Beside, request_id: str = "me") -> list[str]:
    store = stored(lines)
    listing = neighbours(store, row_of(store, request_id), beside, Ticket())
    assert store.table(listing.call) == listing.table, "what is listed can be asked again"
    place = listing.table.columns.index("request_key")
    return [str(row[place]) for row in listing.table.rows]


def line(request_id: str, minute: float, features: dict[str, object], **more: object) -> Line:
    return {"ts": at(minute), "request_id": request_id, "model": "fraud", "features": features, **more}


def test_in_time_they_are_of_the_same_model_so_many_on_each_side_nearest_first() -> None:
    lines = [line(f"{minute}", minute, {}) for minute in range(-40, 41) if minute]
    lines += [line("me", 0, {}), line("other", 0.5, {}, model="other")]
    found = beside(lines, Beside.TIME)
    assert found[:4] == ["-1", "1", "-2", "2"]
    assert sorted(map(int, found)) == [*range(-25, 0), *range(1, 26)]


def test_requests_of_the_very_same_moment_are_neighbours_and_the_request_is_not() -> None:
    lines = [line(name, 0, {}) for name in ("a", "b", "me", "c", "d")]
    assert beside(lines, Beside.TIME) == ["a", "b", "c", "d"]


INPUT: dict[str, object] = {"amount": 0.1, "country": "DE", "latency_ms": 3, "on": True, "many": [1, 2]}


def test_the_same_input_is_every_feature_alike_and_no_other() -> None:
    lines = [
        line("me", 0, INPUT),
        line("same", 5, {**INPUT}, tags={"country": "FR"}, latency_ms=9),
        line("near", 1, {**INPUT, "amount": 0.1000001}),
        line("text", 1, {**INPUT, "country": "de"}),
        line("less", 1, {name: value for name, value in INPUT.items() if name != "on"}),
        line("more", 1, {**INPUT, "age": 3}),
        line("other", 1, INPUT, model="other"),
        line("early", -1, INPUT),
    ]
    assert beside(lines, Beside.INPUT) == ["early", "same"]


@pytest.mark.parametrize(
    "value", ["'; drop table ledger; --", "\x1b[31m", "null", "é" * 5_000, "-1", '"', "a\0b"]
)
def test_an_input_of_any_text_is_only_a_value(value: str) -> None:
    lines = [line("me", 0, {"f": value}), line("same", 1, {"f": value}), line("other", 2, {"f": value + "x"})]
    assert beside(lines, Beside.INPUT) == ["same"]


def test_a_name_of_any_text_is_only_a_name() -> None:
    for name in ('a"b', "features.x", "score", "", "source_id", "tags.a", "extra"):
        lines = [
            line("me", 0, {name: 1, "x": 2}),
            line("same", 1, {name: 1, "x": 2}),
            line("no", 1, {"x": 2}),
        ]
        assert beside(lines, Beside.INPUT) == ["same"], name


def test_without_features_there_is_no_same_input() -> None:
    with pytest.raises(UsageError, match="no features were logged"):
        beside([line("me", 0, {}), line("other", 1, {})], Beside.INPUT)


def test_a_client_is_the_same_in_other_models_too() -> None:
    lines = [
        line("me", 0, {"user": "eve"}, tags={"client": "web"}),
        line("same", 1, {}, tags={"client": "web"}),
        line("model", 2, {}, tags={"client": "web"}, model="other"),
        line("eve", 1, {"user": "eve"}, tags={"client": "app"}),
        line("feature", 1, {"client": "web"}),
    ]
    assert beside(lines, Beside.CLIENT) == ["same", "model"]


def test_a_client_may_be_a_text_feature_but_no_number() -> None:
    lines = [
        line("me", 0, {"client": 5, "session": "s1"}),
        line("same", 1, {"session": "s1"}),
        line("other", 1, {"client": 5, "session": "s2"}),
    ]
    assert beside(lines, Beside.CLIENT) == ["same"]


def test_a_request_that_does_not_say_who_asked_says_that() -> None:
    with pytest.raises(UsageError, match=r"does not say who asked.*session_id"):
        beside([line("me", 0, {"host": 7}, tags={"region": "EU"})], Beside.CLIENT)


def test_requests_with_many_features_have_neighbours() -> None:
    wide: dict[str, object] = {f"f{number}": number for number in range(600)}
    lines = [line("me", 0, wide), line("same", 1, wide), line("other", 2, {**wide, "f599": 0})]
    assert beside(lines, Beside.INPUT) == ["same"]


def test_the_query_without_a_model_is_of_all_models() -> None:
    store = stored([line("a", 0, {}), line("b", 1, {}, model="other")])
    assert len(store.table(QueryCall("predictions_around", {"moment": at(5)})).rows) == 2
