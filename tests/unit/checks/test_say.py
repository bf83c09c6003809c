"""What readings say of themselves, whatever was logged."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.checks import CHECKS, Check, percent, short
from console.checks.check import MAX_ROWS
from console.checks.say import number, within
from console.model import Reading, Slice, Verdict
from tests.unit.checks.frames import NOON, answer, bound, judged

HUGE = "x" * 1_000_000
HOSTILE = [
    HUGE,
    "[bold red]!",
    "two\nlines\r\n",
    "\x1b[2J",
    "'; drop table x; --",
    "\u2028",
    "",
    " DE",
    "null",
    "''",
]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "no baseline"),
        (0.0, "0 %"),
        (0.0009, "<0.1 %"),
        (0.001, "0.1 %"),
        (0.0994, "9.9 %"),
        (0.1, "10 %"),
        (0.354, "35 %"),
        (1.0, "100 %"),
    ],
)
def test_shares_are_said_in_percent(share: float | None, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "—"), (0.0, "0"), (12.3456, "12.35"), (999.96, "1000"), (1234.5, "1,234"), (-5000.0, "-5,000")],
)
def test_numbers_are_said_shortly(value: float | None, text: str) -> None:
    assert number(value) == text


@given(value=st.floats(allow_nan=True))
@example(value=1e300)
@example(value=-5e-324)
def test_any_number_is_short(value: float) -> None:
    assert len(number(value)) <= 20


@given(text=st.text(max_size=300), length=st.integers(2, 80))
@example(text="\x1b\n\x9b\u2028\x00", length=60)
def test_any_text_becomes_one_short_line(text: str, length: int) -> None:
    said = short(text, length)
    assert len(said) <= length
    assert len(said.splitlines()) <= 1
    assert said.isprintable() or not text.isprintable()
    assert not any(ord(sign) < 0x20 or 0x7F <= ord(sign) < 0xA0 for sign in said)


def test_text_that_fits_a_line_is_said_as_it_is() -> None:
    assert short(" DE") == " DE"
    assert within(Slice("region", "EU"), "slow") == "region=EU: slow"
    assert within(Slice(), "slow") == "slow"


def hostile_readings(text: str) -> list[Reading]:
    """A breach of every check, with the text wherever logged text can stand."""
    return [
        *judged(
            "error_spikes",
            {"model": text, "errors": 20},
            {"model": text, "dimension": text or "x", "slice_value": text, "rows": 20, "errors": 20},
        ),
        *judged(
            "slow_requests",
            {"model": text, "endpoint": text, "slow_rows": 20, "p95_ms": 200.0},
            {"model": text, "endpoint": text, "dimension": text or "x", "slice_value": text}
            | {"rows": 20, "slow_rows": 20, "p95_ms": 1e300},
        ),
        *judged("missing_values", {"model": text, "feature": text, "missing": 90}),
        *judged("unseen_categories", {"model": text, "feature": text, "value": text}),
        *judged(
            "drift",
            {"feature": text, "kind": "text", "bin": 1, "label": text, "rows": 400, "baseline_rows": 10},
            {"feature": text, "kind": "text", "bin": 21, "rows": 10, "baseline_rows": 990},
        ),
        *judged(
            "drift",
            {"feature": text, "upper": -1e300, "rows": 5, "baseline_rows": 900},
            {"feature": text, "bin": 1, "lower": -1e300, "upper": 1e300, "rows": 400, "baseline_rows": 100},
        ),
    ]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_whatever_was_logged_the_summary_is_one_short_line(text: str) -> None:
    readings = hostile_readings(text)
    assert len(readings) == 6
    for reading in readings:
        assert reading.verdict is Verdict.BREACH
        assert len(reading.summary) <= 300
        assert len(reading.summary.splitlines()) == 1
        assert reading.summary.count("\x1b") == 0


@pytest.mark.parametrize("text", [text for text in HOSTILE if text], ids=lambda text: repr(text[:12]))
def test_what_the_calls_ask_for_is_exactly_what_was_logged(text: str) -> None:
    errors, latency, missing, category, drift, _ = hostile_readings(text)
    for reading, names in (
        (errors, ("model", "dimension", "slice_value")),
        (latency, ("model", "endpoint", "dimension", "slice_value")),
        (missing, ("model", "feature")),
        (category, ("model", "feature", "value")),
        (drift, ("feature", "value")),
    ):
        assert reading.offenders is not None
        asked = bound(reading.offenders)
        assert {name: asked[name] for name in names} == dict.fromkeys(names, text)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_asks_a_query_that_takes_its_call(check: Check) -> None:
    for minutes in check.window_minutes:
        values = bound(check.call(NOON, NOON, minutes))
        assert (values["window_minutes"], values["row_limit"]) == (minutes, MAX_ROWS)


def test_a_window_that_the_row_limit_may_have_cut_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    early = NOON.replace(hour=11)
    frame = answer(
        "error_spikes",
        {"errors": 50},
        {"window_start": early.replace(hour=10), "window_end": early, "errors": 50},
    )
    errors = next(check for check in CHECKS if check.name == "error_spikes")
    assert len(errors.readings(frame)) == 2
    monkeypatch.setattr("console.checks.check.MAX_ROWS", 2)
    assert [reading.window.until for reading in errors.readings(frame)] == [NOON]
