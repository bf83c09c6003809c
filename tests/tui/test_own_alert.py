"""The page of an alert that a query of a person's own raised: it says what its row does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.model import Alert, AlertPicture, Evidence, QueryCall, Table, Verdict
from console.tui.alert.comparison import draw, facts
from console.tui.alert.told import title_of
from tests.tui.driving import NARROW, WIDE, driving, press, text_of
from tests.tui.fakes import NOW, FakeDesk, alert, evidence, incident, reading

SQL = "-- title: Mine\n-- severity: warning\nselect 1"
BARE = alert(
    reading(
        "mine",
        "there is too much of it",
        model="",
        subject="all together",
        value=None,
        baseline=None,
        limit=None,
        rows=1,
        baseline_rows=0,
        offenders=None,
        evidence=QueryCall("mine"),
    )
)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_an_alert_whose_row_names_no_requests_says_what_its_row_lacks(size: tuple[int, int]) -> None:
    def told(of: Alert) -> Evidence:
        had = replace(evidence(of), call=QueryCall("mine"), sql=SQL, offenders_call=None)
        return replace(had, offenders=Table((), ()), common=Table((), ()), moved=Table((), ()))

    desk = FakeDesk(
        replace(incident(), alerts=(BARE,)), make_evidence=told, make_picture=lambda _: AlertPicture()
    )
    async with driving(desk, size) as pilot:
        await press(pilot, "enter")
        shown = text_of(pilot)
        assert "Offending requests  none: no model, filter or source_id in its row finds any" in shown
        assert "What the offending rows share  no requests to compare" in shown
        assert "Evidence  mine, s shows it" in shown and "what moved" not in shown


def test_what_has_no_model_is_told_by_its_subject_alone() -> None:
    assert "mine · all together   open" in title_of(BARE, None, NOW.date()).plain


def test_what_has_no_figure_draws_no_bars() -> None:
    assert [line.plain for line in draw(BARE, 70)] == ["no figures: the query that raised it gives no value"]
    measured = replace(BARE, latest=replace(BARE.latest, value=3.0))
    assert [line.plain.split()[0] for line in draw(measured, 70)] == ["now", "baseline"]
    unclear = replace(BARE.latest, verdict=Verdict.TOO_FEW_ROWS)
    assert "too few rows" in draw(replace(BARE, latest=unclear), 70)[-1].plain


def test_figures_without_a_baseline_say_so_apart_from_the_rows() -> None:
    assert facts(BARE.latest, NOW.date()).startswith("region=EU · 1 row · no baseline · ")
