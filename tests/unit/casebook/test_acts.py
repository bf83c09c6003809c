"""What people say of alerts: kept, never changed, and what it amounts to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.casebook import ActKind, AlertAct, Casebook
from console.casebook.acts import handling_of
from console.errors import CasebookError
from console.model import Handling
from tests.unit.casebook.conftest import Clock

HOUR = timedelta(hours=1)


def test_an_acknowledgement_stays_with_who_and_why(casebook: Casebook, clock: Clock) -> None:
    act = casebook.acknowledge("a-1", "rolling back v3")
    assert casebook.handling(["a-1", "a-2"]) == {
        "a-1": Handling(True, None, "rolling back v3", "ann@one", act.at)
    }
    clock.now += 1000 * HOUR
    assert casebook.handling(["a-1"])["a-1"].acknowledged


def test_a_snooze_counts_until_its_end(casebook: Casebook, clock: Clock) -> None:
    until = clock.now + HOUR
    act = casebook.snooze("a-1", until, "known, fixed at noon")
    assert casebook.handling(["a-1"]) == {
        "a-1": Handling(False, until, "known, fixed at noon", "ann@one", act.at)
    }
    clock.now = until
    assert casebook.handling(["a-1"]) == {}


def test_a_snooze_is_taken_back_or_replaced(casebook: Casebook, clock: Clock) -> None:
    casebook.snooze("a-1", clock.now + 9 * HOUR, "")
    shorter = clock.now + HOUR
    casebook.snooze("a-1", shorter, "")
    assert casebook.handling(["a-1"])["a-1"].snoozed_until == shorter
    casebook.unsnooze("a-1")
    assert casebook.handling(["a-1"]) == {}


def test_the_order_of_writing_counts_and_no_clock(casebook: Casebook, clock: Clock) -> None:
    casebook.snooze("a-1", clock.now + 9 * HOUR, "")
    clock.now -= HOUR
    casebook.unsnooze("a-1")
    assert casebook.handling(["a-1"]) == {}


def test_what_counts_is_told_with_its_own_author(
    casebook: Casebook, path: Path, clock: Callable[[], datetime]
) -> None:
    casebook.acknowledge("a-1", "mine")
    with Casebook.open(path, author="bob@two", clock=clock) as other:
        until = clock() + HOUR
        other.snooze("a-1", until, "for the night")
        both = casebook.handling(["a-1"])["a-1"]
        assert (both.acknowledged, both.snoozed_until, both.author) == (True, until, "bob@two")
        other.unsnooze("a-1")
    again = casebook.handling(["a-1"])["a-1"]
    assert (again.acknowledged, again.snoozed_until, again.author, again.reason) == (
        True,
        None,
        "ann@one",
        "mine",
    )


def test_a_snooze_that_is_over_already_is_refused(casebook: Casebook, clock: Clock) -> None:
    with pytest.raises(CasebookError, match=r"not snoozed: .* is over"):
        casebook.snooze("a-1", clock.now, "")
    assert casebook.acts() == ()


def test_every_act_is_on_record_in_its_order_and_notes_change_nothing(
    casebook: Casebook, clock: Clock
) -> None:
    casebook.note("a-1", "saw it first at noon")
    assert casebook.handling(["a-1"]) == {}
    casebook.acknowledge("a-2", "")
    casebook.acknowledge("a-1", "")
    clock.now -= 10 * HOUR  # a clock that steps back changes no order
    casebook.snooze("a-1", clock.now + HOUR, "later")
    kinds = [act.kind for act in casebook.acts("a-1")]
    assert kinds == [ActKind.NOTED, ActKind.ACKNOWLEDGED, ActKind.SNOOZED]
    assert casebook.acts("a-1")[0].reason == "saw it first at noon"
    assert [act.alert_id for act in casebook.acts()] == ["a-1", "a-2", "a-1", "a-1"]


def test_another_console_sees_that_something_was_said(
    casebook: Casebook, path: Path, clock: Callable[[], datetime]
) -> None:
    assert casebook.last_act() == 0
    with Casebook.open(path, author="bob@two", clock=clock) as other:
        other.acknowledge("a-1", "")
        seen = casebook.last_act()
        assert seen > 0
        other.label([])
        assert casebook.last_act() == seen
        other.note("a-1", "x")
        assert casebook.last_act() > seen


def test_thousands_of_alerts_are_asked_about_at_once(casebook: Casebook) -> None:
    casebook.acknowledge("a-1999", "")
    assert set(casebook.handling([f"a-{number}" for number in range(2_000)])) == {"a-1999"}


def test_hostile_texts_are_kept_exactly_or_refused(casebook: Casebook) -> None:
    hostile = "'; drop table alert_acts; -- \0 \x1b[31m 🙈" + "x" * 100_000
    casebook.note(hostile, hostile)
    assert [(act.alert_id, act.reason) for act in casebook.acts(hostile)] == [(hostile, hostile)]
    with pytest.raises(CasebookError, match="not kept: reason holds half of a surrogate pair"):
        casebook.acknowledge("a-1", "\ud800")
    assert casebook.handling(["\ud800"]) == {} and casebook.acts("\ud800") == ()


def test_an_act_that_no_console_wrote_is_named(casebook: Casebook, path: Path) -> None:
    casebook.acknowledge("a-1", "")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("update alert_acts set kind = 'shrug'")
    with pytest.raises(CasebookError, match="alert_acts row 1: not written by a console: 'shrug'"):
        casebook.acts()


NOW = datetime.fromisoformat("2026-11-02T12:00:00+00:00")
ACTS = st.lists(
    st.builds(
        lambda number, alert_id, kind, hours: AlertAct(
            act_id=str(number),
            alert_id=alert_id,
            kind=kind,
            until=NOW + hours * HOUR if kind is ActKind.SNOOZED else None,
            reason=str(number),
            author="ann",
            at=NOW - HOUR,
        ),
        st.integers(),
        st.sampled_from(["a-1", "a-2"]),
        st.sampled_from(ActKind),
        st.sampled_from([-1, 1, 2]),
    ),
    max_size=8,
)


@given(acts=ACTS)
def test_what_counts_is_what_the_newest_acts_of_each_kind_say(acts: list[AlertAct]) -> None:
    found = handling_of(acts, NOW)
    for alert_id in ("a-1", "a-2"):
        own = [act for act in acts if act.alert_id == alert_id]
        acknowledged = any(act.kind is ActKind.ACKNOWLEDGED for act in own)
        snoozes = [act for act in own if act.kind in (ActKind.SNOOZED, ActKind.UNSNOOZED)]
        until = snoozes[-1].until if snoozes else None
        snoozed = until if until is not None and until > NOW else None
        handling = found.get(alert_id)
        assert (handling is not None) is (acknowledged or snoozed is not None)
        if handling is not None:
            assert (handling.acknowledged, handling.snoozed_until) == (acknowledged, snoozed)
            assert handling.reason in {
                act.reason for act in own if act.kind in (ActKind.ACKNOWLEDGED, ActKind.SNOOZED)
            }
