"""`icon alerts`: what is on record, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.cli.options import utc_now
from console.model import AlertState, Severity
from tests.unit.casebook.test_alert_history import alert
from tests.unit.cli.conftest import Icon

Keep = Callable[..., Path]


@pytest.fixture
def book(home: Path) -> Path:
    """A casebook with two open alerts, a worse one among them, and one that is over."""
    path = home / "casebook.sqlite"
    with Casebook.open(path, author="ann@one", clock=utc_now) as casebook:
        casebook.record_alerts(
            [
                alert("3f2a00000001", summary="v3 in EU: 35 % errors"),
                alert("3f2b00000002", severity=Severity.CRITICAL, summary="amount missing"),
                replace(
                    alert("9c0000000003", state=AlertState.RESOLVED, summary="it was slow"), model="churn"
                ),
            ]
        )
    return path


def listed(icon: Icon, *args: object) -> list[dict[str, object]]:
    ended = icon("alerts", "--format", "jsonl", *args)
    assert ended.code == 0
    return [json.loads(line) for line in ended.out.splitlines()]


def test_open_alerts_come_first_the_worst_of_them_before_the_others(icon: Icon, book: Path) -> None:
    ids = [str(one["alert_id"])[:4] for one in listed(icon)]
    assert ids == ["3f2b", "3f2a", "9c00"]
    table = icon("alerts").out.splitlines()
    assert table[0].split()[:4] == ["id", "severity", "state", "handled"]
    assert table[1].startswith("3f2b00000002  critical")
    assert [one["alert_id"] for one in listed(icon, "--open", "--model", "churn")] == []
    assert [one["alert_id"] for one in listed(icon, "--model", "churn")] == ["9c0000000003"]
    assert listed(icon, "--since", "1s") == []


def test_what_somebody_looks_after_goes_behind_what_nobody_does(icon: Icon, book: Path) -> None:
    ended = icon("alerts", "ack", "3f2b", "--reason", "rolling back v3", "--author", "ann@one")
    assert ended.code == 0
    assert "3f2b00000002  acknowledged  amount missing" in ended.out
    first, second, _ = listed(icon)
    assert (first["alert_id"], first["handling"]) == ("3f2a00000001", None)
    handling = second["handling"]
    assert isinstance(handling, dict)
    assert (handling["acknowledged"], handling["snoozed_until"]) == (True, None)
    assert (handling["author"], handling["reason"]) == ("ann@one", "rolling back v3")
    assert "ack ann@one: rolling back v3" in icon("alerts").out


def test_a_snooze_ends_by_itself_or_is_ended(icon: Icon, book: Path) -> None:
    before = utc_now()
    assert icon("alerts", "snooze", "3f2b", "2h").code == 0
    with Casebook.open(book, author="x", clock=utc_now) as casebook:
        until = casebook.handling(["3f2b00000002"])["3f2b00000002"].snoozed_until
    assert until is not None
    assert before + timedelta(hours=2) <= until <= utc_now() + timedelta(hours=2)
    assert "snoozed to " in icon("alerts").out
    assert icon("alerts", "unsnooze", "3f2b").code == 0
    assert "snoozed to " not in icon("alerts").out


def test_all_that_was_said_of_an_alert_is_shown(icon: Icon, book: Path) -> None:
    icon("alerts", "note", "3f2b", "the upstream table\x1b[31m was empty", "--author", "bob@two")
    icon("alerts", "ack", "3f2b", "--author", "ann@one")
    shown = icon("alerts", "show", "3f2b").out
    assert "amount missing" in shown
    assert "\x1b" not in shown
    noted, acknowledged = shown.splitlines()[-2:]
    assert "bob@two  noted" in noted and noted.endswith("the upstream table␛[31m was empty")
    assert "ann@one  acknowledged" in acknowledged


def test_an_id_must_be_of_one_alert(icon: Icon, book: Path) -> None:
    several = icon("alerts", "ack", "3f2")
    assert several.code == 2
    assert "2 alerts begin with '3f2': 3f2a00000001, 3f2b00000002" in several.err
    none = icon("alerts", "ack", "zzz")
    assert none.code == 2
    assert "no alert on record begins with 'zzz'; `icon alerts` lists them" in none.err
    with Casebook.open(book, author="x", clock=utc_now) as casebook:
        casebook.record_alerts([alert("3f2a")])
        assert casebook.acts() == ()
    assert icon("alerts", "ack", "3f2a").code == 0
    with Casebook.open(book, author="x", clock=utc_now) as casebook:
        assert [act.alert_id for act in casebook.acts()] == ["3f2a"]


@pytest.mark.parametrize("span", ["0m", "soon", "-1h"])
def test_a_span_that_is_none_is_wrong_usage(icon: Icon, book: Path, span: str) -> None:
    assert icon("alerts", "snooze", "3f2b", "--", span).code == 2
    assert icon("alerts", "show", "3f2b").out.count("snoozed") == 0


def test_another_casebook_can_be_named_before_or_behind(icon: Icon, home: Path, book: Path) -> None:
    other = home / "other.sqlite"
    missing = icon("alerts", "--casebook", other)
    assert (missing.code, "there is no casebook" in missing.err) == (3, True)
    book.rename(other)
    assert len(listed(icon, "--casebook", other)) == 3
    assert icon("alerts", "ack", "9c", "--casebook", other).code == 0
    assert icon("alerts", "--casebook", other, "ack", "9c").code == 0
    assert icon("alerts").out == ""
