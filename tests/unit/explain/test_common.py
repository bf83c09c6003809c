"""What offending rows have in common: said in a line, and found in a small store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.canned import load_catalog
from console.engine.collector import Collector
from console.errors import UsageError
from console.explain import common_call, common_table, offending_call, said_with_slice, widen
from console.explain.common import MAX_OFFENDING_ROWS
from console.model import (
    Alert,
    AlertState,
    QueryCall,
    Reading,
    Severity,
    Slice,
    Table,
    Verdict,
    Window,
)
from console.store import Store
from tests.unit.engine.logs import START, clock, lines, write

WINDOW = Window(START + timedelta(minutes=30), START + timedelta(minutes=35))
COLUMNS = (
    "dimension",
    "slice_value",
    "other_dimension",
    "other_value",
    "rows",
    "offending",
    "rate",
    "rate_elsewhere",
    "share_of_offending",
)


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


def found(*rows: tuple[object, ...]) -> Table:
    return Table(COLUMNS, rows)


EU = ("region", "EU", "", "", 100, 90, 0.9, 0.01, 0.8)
BOTH = ("model_version", "v3", "region", "EU", 50, 49, 0.98, 0.002, 0.95)


def test_a_spike_is_said_anew_with_the_slice_that_holds_it() -> None:
    assert said_with_slice(reading(), found(EU)) == "region=EU: 90 % errors against 1.0 %"


def test_two_conditions_are_said_together() -> None:
    said = said_with_slice(reading(), found(BOTH, EU))
    assert said == "model_version=v3 and region=EU: 98 % errors against 0.2 %"


def test_other_checks_keep_their_summary_and_add_the_slice() -> None:
    said = said_with_slice(reading("drift", "amount"), found(EU))
    assert said == "35 % errors against 1.0 % · 80 % of it in region=EU"


@pytest.mark.parametrize(
    ("check", "subject", "row", "names"),
    [
        ("drift", "country", ("country", "FR", *EU[2:]), False),
        ("drift", "country", ("client", "web", "country", "FR", *EU[4:]), False),
        ("drift", "web", ("client", "web", *EU[2:]), True),
        ("slow_requests", "/score", ("endpoint", "/score", *EU[2:]), False),
        ("slow_requests", "/score", ("client", "web", "endpoint", "/score", *EU[4:]), False),
        ("slow_requests", "/score", ("endpoint", "/batch", *EU[2:]), True),
        ("slow_requests", "", EU, True),
        ("error_spikes", "", EU, True),
    ],
)
def test_what_the_alert_is_about_anyway_is_not_said_twice(
    check: str, subject: str, row: tuple[object, ...], names: bool
) -> None:
    of = reading(check, subject)
    assert (said_with_slice(of, found(row)) != of.summary) is names


@pytest.mark.parametrize(
    ("rate", "elsewhere", "share", "names"),
    [
        (0.9, 0.01, 0.6, True),
        (0.9, 0.01, 0.59, False),
        (0.9, 0.45, 0.8, True),
        (0.9, 0.46, 0.8, False),
        (0.9, None, 0.8, True),
        (None, 0.1, 0.8, False),
        (0.9, 0.1, None, False),
    ],
)
def test_a_slice_is_named_only_if_it_holds_most_and_stands_out(
    rate: float | None, elsewhere: float | None, share: float | None, names: bool
) -> None:
    row = ("region", "EU", "", "", 100, 90, rate, elsewhere, share)
    assert (said_with_slice(reading(), found(row)) != reading().summary) is names


def test_the_first_telling_slice_is_named_though_a_better_known_one_stands_before_it() -> None:
    of = reading("drift", "country")
    said = said_with_slice(of, found(("country", "FR", *EU[2:]), EU))
    assert said.endswith("in region=EU")


def test_without_an_answer_the_summary_stays() -> None:
    assert said_with_slice(reading(), Table((), ())) == reading().summary


def test_hostile_values_keep_the_line_short() -> None:
    said = said_with_slice(reading(), found(("t" * 9999, "\n" * 9999, "u" * 9999, "\x1b" * 9999, *EU[4:])))
    assert len(said) < 400
    assert "\n" not in said and "\x1b" not in said


def test_offending_rows_are_those_of_the_whole_alert() -> None:
    call = offending_call(alert(reading(dimension="region", slice_value="EU"), began=10, last_seen=50))
    assert call.query == "predictions_with_errors"
    assert (call.params["start"], call.params["until"]) == (
        START + timedelta(minutes=10),
        START + timedelta(minutes=50),
    )
    assert call.params["slice_value"] == "EU"


def test_the_worst_window_counts_even_if_it_began_before_the_alert() -> None:
    call = offending_call(alert(reading(), began=33, last_seen=34))
    assert (call.params["start"], call.params["until"]) == (WINDOW.start, WINDOW.until)


def test_widened_they_are_in_every_slice_and_not_cut_to_a_screen() -> None:
    wide = widen(QueryCall("q", {"model": "m", "dimension": "region", "slice_value": "EU", "row_limit": 5}))
    assert wide.params == {"model": "m", "row_limit": MAX_OFFENDING_ROWS}


def test_a_check_without_offenders_is_named() -> None:
    with pytest.raises(UsageError, match="drift"):
        offending_call(alert(replace(reading("drift"), offenders=None)))


def test_the_table_says_conditions_in_words_and_has_units() -> None:
    table = common_table(found(BOTH, EU))
    assert table.rows == (
        ("model_version=v3 and region=EU", "49 of 50", 0.95, 0.98, 0.002),
        ("region=EU", "90 of 100", 0.8, 0.9, 0.01),
    )
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
    offending = store.table(widen(offending_call(of)))
    answer = store.table(common_call(of, offending))
    assert answer.columns == COLUMNS
    first = answer.rows[0]
    assert first[:4] == ("model_version", "v3", "region", "EU")
    # Rows 600 to 799: 33 of v3 in EU, which all fail, and 799, which fails as every hundredth does.
    assert first[4:6] == (33, 33)
    assert first[6] == 1.0
    assert isinstance(first[7], float) and first[7] < 0.02
    assert said_with_slice(of.worst, answer).startswith("model_version=v3 and region=EU: 100 % errors")


def test_trouble_everywhere_has_nothing_in_common(store: Store) -> None:
    everything = QueryCall(
        "predictions_in_slice",
        {"model": "fraud", "start": START, "until": START + timedelta(minutes=30), "row_limit": 10_000},
    )
    of = alert(reading(), began=0, last_seen=30)
    assert store.table(common_call(of, store.table(everything))).rows == ()
