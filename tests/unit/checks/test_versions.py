"""Versions that do not belong together, and features that come and go with one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.checks.versions import CHECK
from console.model import Alert, LimitRule, Severity, Slice
from tests.support import NOON, Line
from tests.unit.checks.frames import bound
from tests.unit.checks.histories import alerts_of, each_minute, every, live_breaches


def requests(
    start: float,
    until: float,
    version: str | None,
    part: str | None,
    *,
    a_minute: float = 2,
    **fields: object,
) -> list[Line]:
    """Requests of a model version whose stage `preprocess` has the version `part`."""
    stage: dict[str, object] = {"ms": 1.5} | ({"version": part} if part else {})
    return each_minute(
        every(start, until, round((until - start) * a_minute)),
        {"amount": 1, "country": "DE"},
        model_version=version,
        stages={"preprocess": stage, "predict": {"ms": 2}, "queue": 3},
        **fields,
    )


def found(*parts: list[Line]) -> tuple[Alert, ...]:
    return alerts_of(CHECK, [line for part in parts for line in part])


def test_a_version_that_goes_through_a_strange_stage_in_part_is_found_within_an_hour() -> None:
    (alert,) = found(requests(0, 400, "v3", "p7"), requests(240, 300, "v3", "p9", a_minute=0.5))
    assert (alert.check, alert.subject, alert.severity) == ("versions", "v3", Severity.WARNING)
    assert NOON + timedelta(minutes=240) == alert.began
    assert alert.detected <= NOON + timedelta(minutes=300)
    assert alert.worst.slice == Slice("model_version", "v3")
    assert alert.worst.summary.startswith("v3: preprocess p9 in 20 % of requests (")
    assert alert.worst.summary.endswith("p7 in the others: never seen together before")
    assert alert.worst.offenders is not None and alert.worst.evidence is not None
    asked = bound(alert.worst.offenders)
    assert (asked["model_version"], asked["part"], asked["part_version"]) == ("v3", "preprocess", "p9")
    bound(alert.worst.evidence)


def test_the_stage_of_another_version_is_found_even_if_all_go_through_it() -> None:
    (alert,) = found(
        requests(0, 120, "v2", "p6"), requests(0, 240, "v3", "p7"), requests(240, 300, "v3", "p6")
    )
    assert (alert.subject, alert.severity) == ("v3", Severity.CRITICAL)
    assert "preprocess p6, which is that of v2, in 100 % of requests" in alert.worst.summary


def test_a_new_version_with_the_stage_of_the_old_one_or_its_own_is_no_alarm() -> None:
    for part in ("p7", "p8"):
        assert found(requests(0, 400, "v3", "p7"), requests(240, 500, "v4", part, a_minute=1)) == ()


def test_a_stage_that_is_rolled_out_for_all_is_no_alarm() -> None:
    assert found(requests(0, 240, "v3", "p7"), requests(240, 400, "v3", "p8")) == ()
    overlap = requests(240, 258, "v3", "p7", a_minute=1), requests(240, 258, "v3", "p8", a_minute=1)
    assert found(requests(0, 240, "v3", "p7"), *overlap, requests(258, 400, "v3", "p8")) == ()


def test_two_stages_that_always_stood_side_by_side_are_no_alarm() -> None:
    assert found(requests(0, 400, "v3", "p7"), requests(3, 400, "v3", "p8", a_minute=0.2)) == ()


def test_a_split_that_the_version_before_had_as_well_is_no_alarm() -> None:
    assert (
        found(
            *(requests(0, 300, "v3", part) for part in ("p7", "p8")),
            *(requests(240, 400, "v4", part) for part in ("p7", "p8")),
        )
        == ()
    )


def test_a_new_version_that_comes_with_two_stages_is_an_alarm() -> None:
    (alert,) = found(
        requests(0, 300, "v3", "p7"),
        requests(240, 400, "v4", "p8"),
        requests(240, 400, "v4", "p7", a_minute=0.5),
    )
    assert alert.subject == "v4"
    assert "preprocess p7, which is that of v3, in " in alert.worst.summary


@pytest.mark.parametrize(
    "field",
    [
        lambda value: {"tags": {"preprocessing_version": value}},
        lambda value: {"tags": {"feature_set_version": value}},
        lambda value: {"features": {"schemaVersion": value}},
        lambda value: {"features": {"feature_schema_version": value}},
        lambda value: {"features": {"feature_schema_version": int(value[1:])}},
    ],
)
def test_tags_and_features_that_are_versions_of_a_part_count_too(field) -> None:  # type: ignore[no-untyped-def]
    usual = each_minute(every(0, 400, 800), model_version="v3")
    strange = each_minute(every(240, 300, 40), model_version="v3")
    records = [{**line, **field("p7")} for line in usual if isinstance(line, dict)]
    records += [{**line, **field("p9")} for line in strange if isinstance(line, dict)]
    (alert,) = alerts_of(CHECK, records)
    assert alert.subject == "v3"


def test_the_version_of_a_client_is_none_of_a_part() -> None:
    usual = each_minute(every(0, 400, 800), {"app_version": "8.1"}, model_version="v3")
    assert found(usual, each_minute(every(240, 300, 40), {"app_version": "8.2"}, model_version="v3")) == ()


def test_requests_without_a_version_have_parts_as_well() -> None:
    (alert,) = found(requests(0, 400, None, "p7"), requests(240, 300, None, "p9", a_minute=0.5))
    assert (alert.subject, alert.worst.slice) == ("", Slice())
    assert alert.worst.summary.startswith("without a version: preprocess p9")


def test_a_feature_that_a_new_version_lacks_is_named() -> None:
    old = each_minute(every(0, 400, 800), {"amount": 1, "country": "DE", "age": 3}, model_version="v3")
    new = each_minute(every(240, 400, 160), {"amount": 1, "iban": "x"}, model_version="v4")
    (alert,) = found(old, new)
    assert (alert.subject, alert.severity, alert.worst.unit) == ("v4", Severity.WARNING, "features")
    assert alert.worst.summary == "v4: without age, country and with iban, unlike v3 before it"
    assert alert.detected <= NOON + timedelta(minutes=300)


def test_a_feature_that_comes_with_a_version_is_only_mentioned() -> None:
    old = each_minute(every(0, 400, 800), {"amount": 1}, model_version="v3")
    new = each_minute(every(240, 400, 160), {"amount": 1, "iban": "x"}, model_version="v4")
    (alert,) = found(old, new)
    assert alert.severity is Severity.INFO
    assert alert.worst.summary == "v4: with iban, unlike v3 before it"


def test_stages_of_any_shape_are_borne() -> None:
    shapes: list[object] = [
        None,
        [],
        {},
        {"preprocess": 3},
        {"preprocess": None},
        {"preprocess": [1]},
        {"": {}},
    ]
    shapes += [{"preprocess": {"version": {"a": 1}}}, {"preprocess": {"version": 7}}, "text", 5, True]
    records = [
        line
        for number, shape in enumerate(shapes * 30)
        for line in each_minute([number], model_version="v1", stages=shape)
    ]
    assert isinstance(alerts_of(CHECK, records), tuple)


def test_it_is_found_while_rows_come_in() -> None:
    records = sorted(
        [*requests(0, 400, "v3", "p7"), *requests(240, 300, "v3", "p9", a_minute=0.5)],
        key=lambda line: str(line["ts"]) if isinstance(line, dict) else "",
    )
    live = live_breaches(CHECK, records, first=400, block=41)
    assert live and live[0].window.until <= NOON + timedelta(minutes=300)
    assert {reading.subject for reading in live} == {"v3"}


def test_limits_can_be_set() -> None:
    records = [*requests(0, 400, "v3", "p7"), *requests(240, 300, "v3", "p9", a_minute=0.5)]
    assert alerts_of(CHECK, records, rules=[LimitRule("versions", {"min_rows": 1000})]) == ()


def test_a_stage_of_which_a_few_stragglers_are_left_is_rolled_out() -> None:
    usual = requests(0, 300, "v3", "p7"), requests(300, 700, "v3", "p8", a_minute=10)
    assert found(*usual, requests(300, 420, "v3", "p7", a_minute=0.1)) == ()
