"""What readings say of themselves, whatever was logged."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.checks import CHECKS, percent, short
from console.checks.say import number, within
from console.model import QueryCall, Reading, Slice
from tests.support import at, stored
from tests.unit.checks.histories import LATER, breaches, counted, every

HUGE = "x" * 2_000
HOSTILE = [HUGE, "[bold red]!\nlines\r\n\x1b[2J\u2028", "'; drop table x; -- ''", ""]


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


def hostile_log(text: str) -> list[dict[str, object]]:
    """Eighteen calm hours and one of trouble, with the text wherever logged text can stand."""
    shared: dict[str, object] = {
        "model": text,
        "endpoint": text,
        "model_version": text,
        "tags": {text: text},
    }
    calm: list[dict[str, object]] = [
        {
            **shared,
            "ts": at(minute),
            "features": {text: float(number % 10), f"{text}b": "DE", f"{text}c": "on", f"{text}d": 1},
            "latency_ms": 20 + number % 5,
        }
        for number, minute in enumerate(every(-720, 420, 2280))
    ]
    trouble: list[dict[str, object]] = [
        {
            **shared,
            "ts": at(minute),
            "features": {text: 90 + number % 10, f"{text}b": text, f"{text}c": number},
            "latency_ms": 900,
            "error_type": text,
            "status": 500,
            "stages": {text: {"ms": 800, "version": text}},
        }
        for number, minute in enumerate(every(360, 420, 300))
    ]
    return sorted(calm + trouble, key=lambda record: str(record["ts"]))


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_whatever_was_logged_is_said_in_one_short_line_and_found_by_what_it_was(text: str) -> None:
    store = stored(hostile_log(text), now=LATER)
    counting = counted(store, *CHECKS)
    found: dict[str, Reading] = {}
    for check in CHECKS:
        for reading in breaches(check.judge(counting.judging(check, (), since=None, rules=(), pinned={}))):
            assert len(reading.summary) <= 300
            assert len(reading.summary.splitlines()) == 1
            assert reading.summary.count("\x1b") == 0
            found[reading.check] = reading
    expected = {"error_spikes", "slow_requests", "missing_values", "unseen_categories", "type_flips", "drift"}
    assert expected <= found.keys()
    for reading in found.values():
        for call in filter(None, (reading.evidence, reading.offenders)):
            asked = QueryCall(call.query, {**call.params, "row_limit": 5})
            assert store.frame(asked).height, (reading.check, call.query)
    store.close()
