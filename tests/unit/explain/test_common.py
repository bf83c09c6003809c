"""What offending rows have in common: said in a line, and found in a small store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.canned import load_catalog
from console.engine.collector import Collector
from console.errors import Interrupted, UsageError
from console.explain import (
    common_table,
    conditions_text,
    explained,
    leading,
    moved_table,
    offending_call,
    said,
    said_with_slice,
    sample_for,
    where,
    widen,
)
from console.explain.offending import told_by
from console.model import (
    Alert,
    AlertState,
    CommonSlice,
    Condition,
    QueryCall,
    Reading,
    Severity,
    Slice,
    Verdict,
    Window,
)
from console.store import Store
from tests.unit.engine.logs import START, clock, lines, write

WINDOW = Window(START + timedelta(minutes=30), START + timedelta(minutes=35))


def reading(check: str = "error_spikes", subject: str = "", **params: object) -> Reading:
    place = {"model": "fraud", "start": WINDOW.start, "until": WINDOW.until}
    return Reading(
        check=check,
        model="fraud",
        subject=subject,
        window=WINDOW,
        verdict=Verdict.BREACH,
        value=0.35,
        baseline=0.01,
        limit=0.03,
        unit="share",
        rows=100,
        baseline_rows=1000,
        severity=Severity.CRITICAL,
        summary="35 % errors against 1.0 %",
        slice=Slice(),
        evidence=QueryCall(check, place),
        offenders=QueryCall("predictions_with_errors", {**place, **params}),
    )


def alert(of: Reading, *, began: int = 30, last_seen: int = 35) -> Alert:
    return Alert(
        "id",
        of.check,
        of.model,
        of.subject,
        of.severity,
        AlertState.OPEN,
        START + timedelta(minutes=began),
        WINDOW.until,
        START + timedelta(minutes=last_seen),
        of,
        of,
    )


EU = Condition("tag", "region", "EU")
V3 = Condition("field", "model_version", "v3")


def found(*conditions: Condition, rate: float = 0.9, share: float = 0.8) -> CommonSlice:
    return CommonSlice(conditions, 100, 90, rate, 0.01, share)


def test_a_spike_is_said_anew_with_the_slice_that_holds_it() -> None:
    assert said_with_slice(reading(), [found(EU)]) == "region=EU: 90 % errors against 1.0 %"


def test_two_conditions_are_said_together() -> None:
    spoken = said_with_slice(reading(), [found(V3, EU, rate=0.98), found(EU)])
    assert spoken == "model_version=v3 and region=EU: 98 % errors against 1.0 %"


@pytest.mark.parametrize(("check", "subject"), [("drift", "amount"), ("error_spikes", "Timeout")])
def test_other_readings_keep_their_summary_and_add_the_slice(check: str, subject: str) -> None:
    spoken = said_with_slice(reading(check, subject), [found(EU)])
    assert spoken == "35 % errors against 1.0 % · 80 % of it in region=EU"


def test_the_endpoint_that_an_alert_is_about_is_not_said_twice() -> None:
    endpoint, payload = (
        Condition("field", "endpoint", "/batch"),
        Condition("number", "payload_kb", lower=64.0),
    )
    of = reading("slow_requests", "/batch")
    assert said_with_slice(of, [found(endpoint)]) == of.summary
    assert said_with_slice(of, [found(endpoint, payload)]).endswith("80 % of it in payload_kb >= 64")
    assert said_with_slice(replace(of, subject="/score"), [found(endpoint)]).endswith("in endpoint=/batch")


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition("number", "x", lower=64.0), "x >= 64"),
        (Condition("number", "x", upper=0.25), "x < 0.25"),
        (Condition("number", "x", lower=3.0, upper=6.0), "x from 3 to 6"),
        (Condition("text", "x", ""), "x="),
    ],
)
def test_a_condition_is_said_in_few_signs(condition: Condition, text: str) -> None:
    assert said([condition]) == text


def test_only_a_slice_that_holds_most_of_the_trouble_leads() -> None:
    assert leading([found(EU, share=0.5), found(V3)]) == (EU,)
    assert leading([found(EU, share=0.49), found(V3, share=0.5)]) == (V3,)
    assert leading([found(EU, share=0.49), found(V3, share=0.49)]) == ()
    assert leading([]) == ()


def test_an_outcome_never_leads() -> None:
    assert leading([found(Condition("number", "latency_ms", lower=3000.0))]) == ()
    assert leading([found(Condition("text", "status", "gold"))]) == (Condition("text", "status", "gold"),)


@pytest.mark.parametrize(
    ("dimension", "conditions"),
    [
        ("region", (EU,)),
        ("endpoint", (Condition("field", "endpoint", "EU"),)),
        ("tags.endpoint", (Condition("tag", "tags.endpoint", "EU"),)),
        ("", (V3,)),
    ],
)
def test_where_all_rows_of_a_slice_are_meant_the_trouble_is_there(
    dimension: str, conditions: tuple[Condition, ...]
) -> None:
    call = QueryCall("predictions_in_slice", {"dimension": dimension, "slice_value": "EU"})
    assert where(replace(reading(), offenders=call), [found(V3)]) == conditions
    assert where(reading(dimension=dimension, slice_value="EU"), [found(V3)]) == (V3,)


def test_without_an_answer_the_summary_stays() -> None:
    assert said_with_slice(reading(), []) == reading().summary


def test_hostile_values_keep_the_line_short() -> None:
    hostile = found(Condition("tag", "t" * 9999, "\n" * 9999), Condition("text", "u" * 9999, "\x1b" * 9999))
    spoken = said_with_slice(reading(), [hostile])
    assert len(spoken) < 400
    assert "\n" not in spoken and "\x1b" not in spoken


def test_offending_rows_are_those_of_the_whole_alert() -> None:
    call = offending_call(alert(reading(dimension="region", slice_value="EU"), began=10, last_seen=50))
    assert call.query == "predictions_with_errors"
    assert (call.params["start"], call.params["until"]) == (
        START + timedelta(minutes=10),
        START + timedelta(minutes=50),
    )
    assert call.params["slice_value"] == "EU"
    assert "conditions" not in call.params


def test_offending_rows_are_narrowed_to_where_most_of_the_trouble_is() -> None:
    cut = Condition("number", "amount", upper=0.5)
    call = offending_call(replace(alert(reading()), where=(EU, cut)))
    assert json.loads(str(call.params["conditions"])) == [
        {"kind": "tag", "name": "region", "value": "EU"},
        {"kind": "number", "name": "amount", "upper": 0.5},
    ]


def test_the_worst_window_counts_even_if_it_began_before_the_alert() -> None:
    call = offending_call(alert(reading(), began=33, last_seen=34))
    assert (call.params["start"], call.params["until"]) == (WINDOW.start, WINDOW.until)


def test_where_a_window_knows_when_the_trouble_was_that_time_counts() -> None:
    known = replace(reading(), trouble=Window(START + timedelta(minutes=32), WINDOW.until))
    call = offending_call(alert(known, began=32))
    assert (call.params["start"], call.params["until"]) == (START + timedelta(minutes=32), WINDOW.until)


def test_widened_they_are_in_every_slice() -> None:
    wide = widen(
        QueryCall("q", {"model": "m", "dimension": "region", "slice_value": "EU", "conditions": "[{}]"})
    )
    assert wide.params == {"model": "m"}


def test_a_check_without_offenders_is_named() -> None:
    with pytest.raises(UsageError, match="drift"):
        offending_call(alert(replace(reading("drift"), offenders=None)))


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (QueryCall("predictions_with_errors"), {"status", "error_type"}),
        (QueryCall("predictions_slower_than", {"endpoint": "/x"}), {"latency_ms"}),
        (QueryCall("predictions_with_slow_stage", {"stage": "x"}), {"latency_ms"}),
        (QueryCall("predictions_dearer_than", {"measure": "cost"}), {"tokens_in", "tokens_out", "cost"}),
        (QueryCall("predictions_off_truth"), {"score", "prediction", "prediction_value"}),
        (QueryCall("predictions_with_category", {"feature": "plan"}), {"plan"}),
        (
            QueryCall("predictions_with_number_in_range", {"feature": "score"}),
            {"score", "prediction", "prediction_value"},
        ),
        (QueryCall("predictions_in_slice", {"feature": None}), set()),
    ],
)
def test_what_tells_that_a_row_offends_is_known(call: QueryCall, names: set[str]) -> None:
    assert told_by(call) == names


def test_the_table_says_conditions_in_words_and_has_units() -> None:
    table = common_table([found(V3, EU)])
    assert table.rows == (("model_version=v3 and region=EU", "90 of 100", 0.8, 0.9, 0.01),)
    assert set(table.units) == set(table.columns)


# --- on a small store ------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An hour, in ten minutes of which v3 in EU fails."""
    log = write(tmp_path / "app.jsonl", lines(60, spike=(30, 40)))
    store = Store(":memory:", load_catalog(), clock=clock)
    collector = Collector(store, [str(log)], clock=clock)
    collector.drain()
    yield store
    collector.close()
    store.close()


def test_a_planted_pair_of_conditions_is_found(store: Store) -> None:
    of = alert(reading(), began=30, last_seen=40)
    first = explained(store, of)[0]
    assert first.conditions == (V3, EU)
    # Rows 600 to 799: 33 of v3 in EU, which all fail, and 799, which fails as every hundredth does.
    assert (first.rows, first.offending, first.rate) == (33, 33, 1.0)
    assert first.rate_elsewhere < 0.02
    assert said_with_slice(of.worst, [first]).startswith("model_version=v3 and region=EU: 100 % errors")


def test_of_the_rows_that_a_person_then_sees_all_are_in_the_slice(store: Store) -> None:
    of = alert(reading(), began=30, last_seen=40)
    narrowed = offending_call(replace(of, where=leading(explained(store, of))))
    assert len(store.table(offending_call(of)).rows) == 34
    shown = store.table(narrowed)
    assert len(shown.rows) == 33
    assert {row[shown.columns.index("model_version")] for row in shown.rows} == {"v3"}


def test_an_alert_that_has_its_slice_is_explained_as_before(store: Store) -> None:
    of = alert(reading(), began=30, last_seen=40)
    assert explained(store, replace(of, where=(V3,))) == explained(store, of)


def test_trouble_everywhere_has_nothing_in_common(store: Store) -> None:
    everything = replace(reading(), offenders=QueryCall("predictions_in_slice", {"model": "fraud"}))
    assert explained(store, alert(everything, began=0, last_seen=30)) == ()


def test_of_a_model_that_is_not_there_nothing_is_said(store: Store) -> None:
    of = replace(alert(reading()), model="no such")
    assert explained(store, of) == ()
    assert moved_table(sample_for(store, of)).rows == ()


def test_what_moved_is_told_for_the_slice(store: Store) -> None:
    of = alert(reading(), began=30, last_seen=40)
    table = moved_table(sample_for(store, of), (V3, EU))
    assert [row[0] for row in table.rows][:2] == ["error_type", "status"]
    assert str(table.rows[0][3]) == "Timeout 100 %"


def test_a_closed_store_ends_the_explaining(store: Store) -> None:
    store.close()
    with pytest.raises(Interrupted):
        explained(store, alert(reading()))


def test_conditions_that_were_written_are_read_back_by_the_store(store: Store) -> None:
    place = {"model": "fraud", "start": START, "until": START + timedelta(hours=1), "row_limit": 10_000}
    cut = Condition("number", "amount", lower=50.0)
    asked = {**place, "conditions": conditions_text((EU, cut))}
    shown = store.table(QueryCall("predictions_in_slice", asked)).rows
    # A third of the rows is of the EU; number * 7 % 101 is at least 50 for about half of all.
    assert 150 < len(shown) < 250
