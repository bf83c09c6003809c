"""The header of a query whose rows are alerts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.canned import CannedQuery, parse_query
from console.errors import QueryFileError
from console.model import Severity

PARAMS = (
    "-- param: start timestamptz = newest - 1h",
    "-- param: until timestamptz = newest",
    "-- param: row_limit integer = 20",
)


def parsed(*header: str, params: tuple[str, ...] = PARAMS) -> CannedQuery:
    lines = ("-- title: t", "-- answers: a", "-- grain: g", *header, *params, "-- column: x")
    names = [line.split()[2] for line in params]
    select = "select " + ", ".join(f"${name} as {name}_" for name in names or ["x"]).replace(
        "$x as x_", "1 as x"
    )
    return parse_query("mine", "\n".join((*lines, select)), path="q/mine.sql")


def wrong(*header: str, params: tuple[str, ...] = PARAMS) -> str:
    with pytest.raises(QueryFileError) as caught:
        parsed(*header, params=params)
    return str(caught.value)


def test_without_a_severity_rows_are_no_alerts() -> None:
    assert parsed().raising is None


def test_a_round_is_over_the_time_between_the_defaults() -> None:
    params = (
        "-- param: start timestamptz = newest - 90m",
        "-- param: until timestamptz = newest - 30m",
        PARAMS[2],
    )
    raising = parsed("-- severity: critical", "-- every: 15m", params=params).raising
    assert raising is not None and raising.severity is Severity.CRITICAL
    assert (raising.every, raising.span, raising.lag) == (
        timedelta(minutes=15),
        timedelta(hours=1),
        timedelta(minutes=30),
    )


def test_it_is_asked_every_five_minutes_unless_it_says_otherwise() -> None:
    raising = parsed("-- severity: warning").raising
    assert raising is not None and raising.every == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (("-- severity: bad",), "severity is warning or critical, not 'bad'"),
        (("-- every: 5m",), "needs a `severity`"),
        (("-- severity: warning", "-- every: 10s"), "every is from 1m to 1d, not '10s'"),
        (("-- severity: warning", "-- every: often"), "is not a span of time"),
        (("-- severity: warning", "-- severity: critical"), "'severity' stands twice"),
    ],
)
def test_a_header_that_says_something_else_is_told_with_its_file(header: tuple[str, ...], told: str) -> None:
    text = wrong(*header)
    assert text.startswith("q/mine.sql:") and told in text


@pytest.mark.parametrize(
    ("params", "told"),
    [
        (PARAMS[:2], "no row_limit of type integer"),
        (PARAMS[1:], "no start of type timestamptz"),
        ((*PARAMS, "-- param: model varchar"), "model has none"),
        (
            ("-- param: start timestamptz = 2026-11-02T00:00:00Z", *PARAMS[1:]),
            "the default of start is `newest`",
        ),
        (("-- param: start timestamptz = null", *PARAMS[1:]), "the default of start is `newest`"),
        (("-- param: start timestamptz = newest", *PARAMS[1:]), "`start` is to lie before `until`"),
    ],
)
def test_what_cannot_be_asked_by_itself_is_told(params: tuple[str, ...], told: str) -> None:
    assert told in wrong("-- severity: warning", params=params)
