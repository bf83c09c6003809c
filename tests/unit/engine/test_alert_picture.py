"""The charts of an alert, its comparable requests and its earlier episodes, on a store worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.casebook import Casebook
from console.engine.alert_picture import MOST_STEPS, frame_of, picture_of
from console.engine.before_and_now import by_size
from console.engine.comparable import comparable
from console.engine.earlier import earlier_episodes, said_of
from console.engine.evidence import gather_evidence
from console.errors import Interrupted
from console.model import (
    Alert,
    AlertState,
    Condition,
    QueryCall,
    Reading,
    Severity,
    Slice,
    Ticket,
    Verdict,
    Window,
)
from console.store import Store
from tests.support import NOON, stored

ODD = range(60, 90)
"""Minutes after noon in which something is wrong."""


def _record(minute: int, second: int) -> dict[str, object]:
    odd = minute in ODD
    wrong = odd and second == 0
    features: dict[str, object] = {
        "amount": 1000 if wrong else 10 + second,
        "country": "XX" if wrong else "DE",
    }
    if not wrong:
        features["age"] = 40
    return {
        "ts": (NOON + timedelta(minutes=minute, seconds=second)).isoformat(),
        "request_id": f"f-{minute}-{second}",
        "model": "fraud",
        "model_version": "v3" if second == 0 else "v2",
        "endpoint": "/score",
        "status": 500 if wrong else 200,
        "latency_ms": 400.0 if odd and second < 30 else 20.0 + second,
        "prediction": "legit",
        "truth": "fraud" if wrong else "legit",
        "score": second / 60,
        "features": features,
        "tags": {"region": "EU"},
        "stages": {"predict": {"ms": 390.0 if odd and second < 30 else 10.0}},
        "cost": 5.0 if wrong else 0.5,
    }


@pytest.fixture(scope="module")
def store() -> Store:
    return stored([_record(minute, second) for minute in range(120) for second in (0, 15, 30, 45)])


START, UNTIL = NOON + timedelta(minutes=60), NOON + timedelta(minutes=90)
PLACE: Mapping[str, object] = {"model": "fraud", "start": START, "until": UNTIL}
MEASURED = {"endpoint": "/score", "window_minutes": 30}


def alert(
    check: str,
    *,
    subject: str = "",
    unit: str = "share",
    evidence: QueryCall | None = None,
    offenders: QueryCall | None = None,
    where: Slice = Slice(),  # noqa: B008
    limit: float = 0.05,
) -> Alert:
    reading = Reading(
        check=check,
        model="fraud",
        subject=subject,
        window=Window(START, UNTIL),
        verdict=Verdict.BREACH,
        value=0.25,
        baseline=0.0,
        limit=limit,
        unit=unit,
        rows=120,
        baseline_rows=240,
        severity=Severity.CRITICAL,
        summary=check,
        slice=where,
        evidence=evidence,
        offenders=offenders,
    )
    return Alert(
        "a-1",
        check,
        "fraud",
        subject,
        Severity.CRITICAL,
        AlertState.OPEN,
        START,
        START,
        UNTIL,
        reading,
        reading,
    )


ERRORS = alert(
    "error_spikes",
    evidence=QueryCall("error_spikes", {**PLACE, "window_minutes": 30}),
    offenders=QueryCall("predictions_with_errors", {**PLACE, "dimension": "", "slice_value": ""}),
)
DRIFT = alert(
    "drift",
    subject="amount",
    unit="PSI",
    evidence=QueryCall("drift", {**PLACE, "window_minutes": 30, "feature": "amount"}),
    offenders=QueryCall("predictions_with_number_in_range", {**PLACE, "feature": "amount", "lower": 500.0}),
)
SLOW = alert(
    "slow_requests",
    subject="/score",
    unit="ms",
    limit=150.0,
    evidence=QueryCall("slow_requests", {**PLACE, **MEASURED}),
    offenders=QueryCall("predictions_slower_than", {**PLACE, "endpoint": "/score", "threshold_ms": 100.0}),
)
SLOW_STAGE = alert(
    "slow_stages",
    subject="predict",
    unit="ms",
    evidence=QueryCall("slow_stages", {**PLACE, "endpoint": "/score", "stage": "predict"}),
    offenders=QueryCall(
        "predictions_with_slow_stage",
        {**PLACE, "endpoint": "/score", "stage": "predict", "threshold_ms": 100.0},
    ),
)
UNSEEN = alert(
    "unseen_categories",
    subject="country",
    where=Slice("country", "XX"),
    evidence=QueryCall("unseen_categories", {**PLACE, "feature": "country"}),
    offenders=QueryCall("predictions_with_category", {**PLACE, "feature": "country", "value": "XX"}),
)
MISSING = alert(
    "missing_values",
    subject="age",
    evidence=QueryCall("missing_values", {**PLACE, "feature": "age"}),
    offenders=QueryCall("predictions_without_feature", {**PLACE, "feature": "age"}),
)
COSTLY = alert(
    "cost",
    unit="cost",
    evidence=QueryCall("cost_by_step", {**PLACE, "measure": "cost", "dimension": "", "slice_value": ""}),
    offenders=QueryCall("predictions_dearer_than", {**PLACE, "measure": "cost", "threshold": 1.0}),
)
WRONG = alert(
    "performance",
    evidence=QueryCall("performance", PLACE),
    offenders=QueryCall("predictions_off_truth", {**PLACE, "right": False, "least_error": None}),
)
SURGE = alert(
    "surge",
    unit="requests",
    limit=600.0,
    evidence=QueryCall("traffic_by_slice", {**PLACE, "dimension": "", "slice_value": ""}),
    offenders=QueryCall("predictions_in_slice", {**PLACE, "dimension": "", "slice_value": ""}),
)


@pytest.mark.parametrize("one", [ERRORS, MISSING, WRONG, DRIFT], ids=lambda one: one.check)
def test_the_share_of_requests_that_offend_is_told_step_by_step(one: Alert, store: Store) -> None:
    timeline = picture_of(store, one, Ticket()).timeline
    assert timeline is not None and timeline.unit == "share"
    told = {
        timeline.start + place * timedelta(seconds=timeline.step_seconds): value
        for place, value in enumerate(timeline.values)
    }
    assert told[START] == told[UNTIL - timedelta(minutes=5)] == 0.25
    assert told[START - timedelta(minutes=5)] == told[UNTIL] == 0.0
    assert told[NOON - timedelta(minutes=5)] is None, "nothing was logged then"
    in_its_unit = one in (ERRORS, MISSING)
    assert (timeline.limit, timeline.baseline) == ((0.05, 0.0) if in_its_unit else (None, None))
    assert timeline.episode == Window(START, UNTIL)


def test_only_the_slice_that_the_reading_is_of_is_counted(store: Store) -> None:
    offenders = QueryCall(
        "predictions_with_errors", {**PLACE, "dimension": "model_version", "slice_value": "v3"}
    )
    sliced = alert("error_spikes", where=Slice("model_version", "v3"), offenders=offenders)
    timeline = picture_of(store, sliced, Ticket()).timeline
    assert timeline is not None and max(value or 0.0 for value in timeline.values) == 1.0
    for version, most in (("v3", 1.0), ("v2", 0.0)):
        narrowed = replace(DRIFT.worst, slice=Slice("model_version", version))
        timeline = picture_of(store, replace(DRIFT, worst=narrowed), Ticket()).timeline
        assert timeline is not None and max(value or 0.0 for value in timeline.values) == most


@pytest.mark.parametrize(("one", "title"), [(SLOW, "latency"), (SLOW_STAGE, "time of predict")])
def test_slow_requests_are_drawn_as_their_p95_and_a_histogram(one: Alert, title: str, store: Store) -> None:
    picture = picture_of(store, one, Ticket())
    assert picture.timeline is not None and picture.distribution is not None and picture.by_distribution
    assert (picture.timeline.unit, picture.timeline.limit) == ("ms", one.worst.limit)
    assert max(value or 0.0 for value in picture.timeline.values) > 300
    assert picture.distribution.title == title and picture.distribution.is_number
    slow = [one for one in picture.distribution.bins if (one.lower or 0) > 200]
    assert sum(one.now for one in slow) == 0.5 and sum(one.before for one in slow) == 0
    lowers = [one.lower or 0.0 for one in picture.distribution.bins]
    assert lowers == sorted(lowers), "bins without rows are there too"


def test_a_feature_is_drawn_as_it_was_and_as_it_is(store: Store) -> None:
    found = picture_of(store, DRIFT, Ticket()).distribution
    assert found is not None and found.title == "amount"
    assert (found.rows_before, found.rows_now) == (240, 120)
    assert sum(one.now for one in found.bins) == pytest.approx(1.0)
    assert (found.bins[-1].label, found.bins[-1].before, found.bins[-1].now) == ("≥ 55", 0.25, 0.5)
    assert all(one.index is not None and one.index >= 0 for one in found.bins)


def test_a_value_that_is_new_is_counted_and_leads_the_categories(store: Store) -> None:
    picture = picture_of(store, UNSEEN, Ticket())
    assert picture.timeline is not None and picture.distribution is not None
    assert picture.timeline.title == "requests with country=XX"
    assert (picture.timeline.unit, max(value or 0.0 for value in picture.timeline.values)) == (
        "requests",
        5.0,
    )
    first = {one.label: (one.before, one.now) for one in picture.distribution.bins}
    assert first["XX"] == (0.0, 0.25) and not picture.distribution.is_number


def test_performance_is_drawn_as_pairs_of_truth_and_prediction(store: Store) -> None:
    found = picture_of(store, WRONG, Ticket()).distribution
    assert found is not None
    assert {one.label: one.now for one in found.bins} == {"legit as legit": 0.75, "fraud as legit": 0.25}


def test_errors_are_told_by_type(store: Store) -> None:
    found = picture_of(store, ERRORS, Ticket()).distribution
    assert found is not None and (found.rows_before, found.rows_now) == (0, 30)
    assert [(one.label, one.now) for one in found.bins] == [("status 500", 1.0)]
    by_type = replace(ERRORS, worst=replace(ERRORS.worst, slice=Slice("error_type", "status 500")))
    assert picture_of(store, by_type, Ticket()).distribution == found


def test_traffic_has_a_limit_for_a_step_and_the_day_before(store: Store) -> None:
    timeline = picture_of(store, SURGE, Ticket()).timeline
    assert timeline is not None and timeline.limit == 100.0
    assert len(timeline.usual) == len(timeline.values)


def test_cost_is_drawn_as_its_p95(store: Store) -> None:
    picture = picture_of(store, COSTLY, Ticket())
    assert picture.timeline is not None and picture.distribution is not None
    assert max(value or 0.0 for value in picture.timeline.values) == 5.0
    assert picture.distribution.title == "cost"


@settings(max_examples=50)
@given(st.integers(0, 60 * 24 * 40), st.integers(1, 60 * 24 * 30), st.integers(-600, 60 * 24 * 10))
def test_a_timeline_holds_the_whole_alert_in_few_steps(began: int, lasted: int, newest: int) -> None:
    start = NOON + timedelta(minutes=began)
    until = start + timedelta(minutes=lasted)
    reading = replace(ERRORS.worst, window=Window(start, until))
    one = replace(ERRORS, began=start, last_seen=until, worst=reading)
    frame = frame_of(one, until + timedelta(minutes=newest))
    assert frame.start <= start and frame.until >= until
    assert 1 <= frame.steps <= 2 * MOST_STEPS
    assert frame.first * frame.seconds == frame.start.timestamp()


@settings(max_examples=50)
@given(
    st.dictionaries(
        st.one_of(st.none(), st.integers(-40, 60)), st.tuples(st.integers(0, 9), st.integers(0, 9))
    )
)
def test_no_row_is_lost_when_bins_are_put_together(
    counted: dict[int | None, tuple[int, int]],
) -> None:
    found = by_size((which, now, before) for which, (now, before) in counted.items())
    assert sum(one.now for one in found) == sum(now for now, _ in counted.values())
    assert sum(one.before for one in found) == sum(before for _, before in counted.values())
    assert len(found) <= 25


ALL = [ERRORS, DRIFT, SLOW, SLOW_STAGE, UNSEEN, MISSING, COSTLY, WRONG]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.check)
def test_comparable_requests_are_of_the_same_time_and_do_not_offend(one: Alert, store: Store) -> None:
    assert one.worst.offenders is not None
    found = comparable(store, one, Ticket())
    offending = {row[-2:] for row in store.table(one.worst.offenders).rows}
    good = {row[-2:] for row in found.table.rows}
    assert good and offending and not good & offending
    times = [moment for moment, *_ in found.table.rows if isinstance(moment, datetime)]
    assert all(START <= moment < UNTIL for moment in times) and times == sorted(times, reverse=True)


def test_comparable_requests_share_the_slice_and_are_older_where_all_of_it_offends(store: Store) -> None:
    where = replace(ERRORS, where=(Condition("field", "model_version", "v3"),))
    found = comparable(store, where, Ticket())
    assert {row[2] for row in found.table.rows} == {"v3"}
    times = [moment for moment, *_ in found.table.rows if isinstance(moment, datetime)]
    assert times and max(times) < START
    before = comparable(store, SURGE, Ticket())
    assert len(before.table.rows) == 240 and before.call.query == "predictions_in_slice"


def test_slices_are_told_beside_the_table_that_shows_them(store: Store) -> None:
    found = gather_evidence(store, ERRORS, Ticket())
    assert len(found.slices) == len(found.common.rows) > 0
    assert Condition("field", "model_version", "v3") in found.slices[0].conditions


@pytest.mark.parametrize("one", [*ALL, SURGE], ids=lambda one: one.check)
def test_where_the_rows_are_gone_there_is_nothing_to_draw_and_no_error(one: Alert) -> None:
    empty = stored()
    picture = picture_of(empty, one, Ticket())
    assert picture.distribution is None
    assert picture.timeline is None or not any(picture.timeline.values)
    assert comparable(empty, one, Ticket()).table.rows == ()


@pytest.mark.parametrize("ask", [gather_evidence, picture_of, comparable])
def test_a_question_that_was_taken_back_ends(ask: object, store: Store) -> None:
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Interrupted):
        ask(store, ERRORS, ticket)  # type: ignore[operator]


def test_earlier_episodes_come_from_the_casebook_and_from_what_is_stored(tmp_path: Path) -> None:
    clock = NOON + timedelta(days=2)
    casebook = Casebook.open(tmp_path / "casebook.sqlite", author="ada@oncall", clock=lambda: clock)
    day = timedelta(days=1)
    lost = replace(ERRORS, alert_id="a-lost", began=START - 3 * day, last_seen=UNTIL - 3 * day)
    held = replace(ERRORS, alert_id="a-held", began=START - day, last_seen=UNTIL - day)
    other = replace(held, alert_id="a-other", subject="x")
    later = replace(held, alert_id="a-later", began=START + day)
    casebook.record_alerts([lost, held, other, later, ERRORS])
    casebook.note("a-lost", "rolled back")
    found = earlier_episodes(casebook, [held, other, later, ERRORS], ERRORS)
    assert [one.alert_id for one in found] == ["a-held", "a-lost"]
    assert (found[0].alert, found[1].alert) == (held, None)
    assert [one.text for one in found[1].said] == ["rolled back"]
    assert [one.what for one in said_of(casebook, "a-lost")] == ["note"]
    assert earlier_episodes(None, [held], ERRORS) != () and said_of(None, "a-lost") == ()
    casebook.close()
