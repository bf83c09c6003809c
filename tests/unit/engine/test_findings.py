"""From a row of a query that raises alerts to a reading."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from console.canned import parse_query
from console.engine.findings import MOST_FINDINGS, findings
from console.model import Comparison, QueryCall, Reading, Severity, Slice, Table, Term, Window

UNTIL = datetime(2026, 11, 2, 12, tzinfo=UTC)
START = UNTIL - timedelta(hours=1)
QUERY = parse_query(
    "mine",
    """\
-- title: Odd things
-- answers: a
-- grain: g
-- severity: critical
-- param: start timestamptz = newest - 1h
-- param: until timestamptz = newest
-- param: model varchar = null
-- param: row_limit integer = 20
-- column: value; share of the requests, 0..1
select $start as value, $until as u, $row_limit as n, $model as m
""",
    path="mine.sql",
)
CALL = QueryCall("mine", {"start": START, "until": UNTIL})
KINDS = {"region": "tag", "country": "feature", "model_version": "field"}


def told(*rows: Mapping[str, object], truncated: bool = False) -> tuple[list[Reading], str]:
    columns = tuple(rows[0])
    table = Table(columns, tuple(tuple(row.values()) for row in rows), truncated=truncated)
    return findings(QUERY, table, CALL, KINDS)


def one(**row: object) -> Reading:
    (reading,), problem = told(row)
    assert not problem
    return reading


def test_a_row_says_what_is_wrong_by_the_names_of_its_columns() -> None:
    reading = one(model="fraud", key="EU", value=0.35, limit=0.1, baseline=0.02, rows=120, reason="EU is odd")
    assert (reading.check, reading.model, reading.subject) == ("mine", "fraud", "EU")
    assert (reading.value, reading.limit, reading.baseline, reading.rows) == (0.35, 0.1, 0.02, 120)
    assert (reading.unit, reading.summary, reading.severity) == ("share", "EU is odd", Severity.CRITICAL)
    assert reading.window == Window(START, UNTIL)
    assert reading.evidence == QueryCall("mine", {**CALL.params, "model": "fraud"})


def test_all_columns_may_be_left_out() -> None:
    reading = one(x=1)
    assert (reading.model, reading.subject, reading.value, reading.limit) == ("", "", None, None)
    assert (reading.rows, reading.summary, reading.offenders) == (1, "Odd things", None)


def test_without_a_reason_the_figures_are_told() -> None:
    assert one(key="EU", value=0.35, limit=0.1).summary == "Odd things: EU, 35.0 % against a limit of 10.0 %"
    assert one(value=Decimal("0.5")).summary == "Odd things, 50.0 %"


def test_rows_of_one_key_are_one_finding() -> None:
    readings, _ = told({"key": "a", "rows": 3}, {"key": "b", "rows": 1}, {"key": "a", "rows": 4})
    assert [(reading.subject, reading.rows) for reading in readings] == [("a", 7), ("b", 1)]


def test_a_query_that_lists_requests_names_the_offending_ones() -> None:
    (reading,), _ = told(
        {"model": "fraud", "source_id": 0, "source_offset": 10},
        {"model": "fraud", "source_id": 1, "source_offset": 20},
        truncated=True,
    )
    assert reading.rows == 2 and reading.offenders is not None
    assert reading.offenders.query == "predictions_of_finding"
    assert reading.offenders.params["source_ids"] == [0, 1]
    assert reading.offenders.params["source_offsets"] == [10, 20]


def test_a_filter_names_the_offending_requests() -> None:
    offenders = one(model="fraud", filter="status>=500 region=EU").offenders
    assert offenders is not None and offenders.query == "predictions_of_finding"
    assert offenders.filter.terms == (
        Term("status", Comparison.AT_LEAST, "500"),
        Term("region", Comparison.IS, "EU"),
    )


def test_a_slice_is_taken_by_its_name_and_its_whole_value() -> None:
    reading = one(model="fraud", slice='country=DE" or status>=1 x=y')
    assert reading.slice == Slice("country", 'DE" or status>=1 x=y')
    assert reading.offenders is not None
    assert reading.offenders.filter.terms == (Term("country", Comparison.IS, 'DE" or status>=1 x=y'),)


def test_a_tag_of_a_model_is_a_slice_of_its_requests() -> None:
    offenders = one(model="fraud", slice="region=EU").offenders
    assert offenders == QueryCall(
        "predictions_in_slice",
        {"model": "fraud", "start": START, "until": UNTIL, "dimension": "region", "slice_value": "EU"},
    )


def test_a_slice_of_nothing_that_is_known_narrows_nothing() -> None:
    reading = one(model="fraud", slice="nothing=1")
    assert reading.slice == Slice("nothing", "1")
    assert reading.offenders == QueryCall(
        "predictions_in_slice", {"model": "fraud", "start": START, "until": UNTIL}
    )


def test_a_filter_that_cannot_be_read_is_told_and_the_alert_is_raised() -> None:
    (reading,), problem = told({"key": "a", "filter": "status >>> 5"})
    assert reading.subject == "a" and reading.offenders is None
    assert "cannot be read" in problem


def test_when_it_began_is_what_the_row_says_within_the_window() -> None:
    began = UNTIL - timedelta(minutes=7)
    assert one(began=began).trouble == Window(began, UNTIL)
    assert one(began=START - timedelta(days=9)).trouble is None
    assert one(began="yesterday").trouble is None


def test_too_many_findings_are_cut_and_that_is_told() -> None:
    readings, problem = told(*[{"key": number} for number in range(MOST_FINDINGS + 1)])
    assert len(readings) == MOST_FINDINGS and "51 findings" in problem


def test_long_keys_that_begin_alike_stay_two_findings() -> None:
    readings, _ = told({"key": "x" * 1_000_000 + "a"}, {"key": "x" * 1_000_000 + "b"})
    assert len({reading.subject for reading in readings}) == 2
    assert all(len(reading.subject) <= 120 for reading in readings)


ANYTHING = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    st.binary(max_size=5),
    st.just("[/bold]\x1b[31m\n$(x)" * 1000),
    st.just([1, {"a": None}]),
)
NAMES = (
    *("model", "key", "feature", "slice", "value", "limit", "baseline", "rows", "reason", "filter", "began"),
    *("source_id", "source_offset"),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.fixed_dictionaries({name: ANYTHING for name in NAMES}), min_size=1, max_size=4))
def test_whatever_the_rows_hold_readings_can_be_told_in_a_line(rows: list[dict[str, object]]) -> None:
    readings, _ = told(*rows)
    assert 1 <= len(readings) <= len(rows)
    for reading in readings:
        assert len(reading.summary) <= 400 and len(reading.subject) <= 120
        assert not any(sign < " " for sign in reading.summary)
        assert reading.rows >= 0 and reading.severity is Severity.CRITICAL
