"""No meaning by colour alone: whoever sees none of them is told the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from console.model import (
    AlertState,
    Handling,
    Label,
    LabelDraft,
    LabelStatus,
    Oddity,
    Phase,
    QueueItem,
    RequestContext,
    Severity,
    SourceState,
    Standing,
    Verdict,
)
from console.model.evaluation import EvaluationQuestion, is_beyond_chance
from console.model.label_book import label_book
from console.tui.alert.comparison import draw
from console.tui.evaluate.lines import difference_rows, slice_rows
from console.tui.export.choices import choices, drawn
from console.tui.labelling.drawing import said_of
from console.tui.labels_list.columns import Shown, rows_of
from console.tui.overview.alerts import alert_row, unjudged_words
from console.tui.safe import Cell
from console.tui.severity import severity_cell
from console.tui.states import state_cell
from console.tui.theme import ANSI, DAY, NIGHT
from tests.tui.driving import NARROW, WIDE, driving, press, send, settle, text_of
from tests.tui.evaluated import comparison, evaluation
from tests.tui.fakes import ERRORS, NOW, FakeDesk, calm, candidate, incident, kept, trouble
from tests.tui.ways import come_to

ALIKE = (
    *("OverviewScreen", "AlertScreen", "RequestScreen", "SourcesScreen", "RequestsScreen"),
    *("LabellingQueue", "LabelsScreen", "EvaluateScreen", "VersionsScreen"),
)
"""Screens that are held against themselves in other colours."""


def assert_told_apart(cells: Iterable[Cell]) -> None:
    """Each has a sign and a word, and no two have the same one."""
    texts = [cell.text for cell in cells]
    for part in zip(*(text.split(" ", 1) for text in texts), strict=True):
        assert len(set(part)) == len(texts), texts
    assert all(text.split(" ", 1)[1].isascii() for text in texts)


def test_every_severity_has_a_sign_and_a_word() -> None:
    assert_told_apart(map(severity_cell, Severity))


def test_every_state_of_a_source_has_a_sign_and_a_word() -> None:
    assert_told_apart(map(state_cell, SourceState))


def test_an_alert_that_is_over_or_handled_says_so_in_words() -> None:
    handled = Handling(True, None, "", "ada@oncall-1", NOW)
    snoozed = replace(handled, snoozed_until=NOW + timedelta(hours=1))
    rows = [
        alert_row(alert, NOW, NOW.date())
        for alert in (
            ERRORS,
            replace(ERRORS, state=AlertState.RESOLVED),
            replace(ERRORS, handling=handled),
            replace(ERRORS, handling=snoozed),
        )
    ]
    said = [(row.cells[0].text, row.cells[4].text) for row in rows]
    assert said == [
        ("▲ critical", ""),
        ("✓ resolved", ""),
        ("▲ critical", "ack ada"),
        ("▲ critical", "snoozed to 03:14"),
    ]


@pytest.mark.parametrize("verdict", [Verdict.TOO_FEW_ROWS, Verdict.NO_BASELINE])
def test_a_verdict_that_is_none_is_a_word_of_its_own(verdict: Verdict) -> None:
    unjudged = replace(ERRORS, latest=replace(ERRORS.latest, verdict=verdict))
    assert f"○ {verdict.value}" in "\n".join(line.plain for line in draw(unjudged, 60))
    assert verdict.value not in "\n".join(line.plain for line in draw(ERRORS, 60))


def test_what_was_not_judged_is_counted_in_words() -> None:
    snapshot = replace(calm(), too_few_rows=2, without_baseline=3)
    words = "".join(text for text, _ in unjudged_words(snapshot))
    assert Verdict.TOO_FEW_ROWS.value in words and "baseline" in words


async def test_every_oddity_of_a_request_is_a_word() -> None:
    desk = FakeDesk(incident())
    names = ("amount", "country", "merchant", "hour", "postcode")
    odd = {name: Standing("", odd=oddity) for name, oddity in zip(names, Oddity, strict=True)}
    desk.standing_of = RequestContext(odd, {}, "the 24 h before")
    async with driving(desk, WIDE) as pilot:
        await press(pilot, "enter", "enter")
        lines = text_of(pilot).splitlines()
        for name, standing in odd.items():
            assert standing.odd is not None
            assert any(name in line and standing.odd.value in line for line in lines), name


async def test_every_phase_is_a_word() -> None:
    desk = FakeDesk(calm())
    async with driving(desk, NARROW) as pilot:
        for phase in Phase:
            await send(pilot, desk, replace(calm(), phase=phase))
            assert phase.value in text_of(pilot).splitlines()[0]


def said(value: str, author: str) -> Label:
    return replace(kept(LabelDraft("f-1", value)), author=author, label_id=author)


def test_a_label_that_others_contradict_and_a_flag_say_so_in_words() -> None:
    labels = (said("fraud", "ann"), said("legit", "bob"))
    flag = replace(said("", "cat"), status=LabelStatus.DRAFT)
    book = label_book(labels, (flag,))
    texts = {
        shown: "\n".join(cell.text for row in rows_of(book, shown, NOW.date()) for cell in row.cells)
        for shown in Shown
    }
    assert texts[Shown.ALL].count("≠ conflict") == 2
    assert "tied" in texts[Shown.CONFLICTS]
    item = QueueItem(candidate(1), said=labels, flags=(flag,))
    words = said_of(item, "").plain
    assert "conflict" in words and "flagged" in words
    assert "conflict" not in said_of(replace(item, said=labels[:1]), "").plain


def test_a_slice_and_a_version_that_are_worse_beyond_chance_say_so_in_a_word() -> None:
    told, beside = evaluation(EvaluationQuestion()), comparison(EvaluationQuestion(), None)
    slices = told.worst_first("accuracy")
    words = [row.cells[-1].text for row in slice_rows(slices, "accuracy")]
    assert words == ["▼ worse" if is_beyond_chance(one, "accuracy") else "" for one in slices]
    assert {"▼ worse", ""} == set(words)
    assert {"differs"} <= {cell.text for row in difference_rows(beside) for cell in row.cells}


def test_an_option_that_is_chosen_has_a_sign_of_its_own() -> None:
    first = choices(of_alert=True)
    other = (first[0].other(1), *first[1:])
    assert drawn(first, 0).plain != drawn(other, 0).plain != drawn(other, 1).plain


async def test_what_is_masked_and_which_labels_are_listed_are_told_in_words() -> None:
    async with driving(FakeDesk(replace(calm(), masks=2)), NARROW) as pilot:
        assert "masked" in text_of(pilot).splitlines()[0]
        await press(pilot, "L")
        before = text_of(pilot)
        await press(pilot, "2")
        assert "▸1 all" in before and "▸2 conflicts" in text_of(pilot)


async def test_screens_say_the_same_in_all_colours_and_in_those_of_the_terminal() -> None:
    drafts = (LabelDraft("f-001000", "legit"), LabelDraft("f-000991", "fraud"))
    desk = FakeDesk(replace(incident(), sources=trouble(6).sources), drafts=[drafts])
    async with driving(desk, NARROW) as pilot:
        for name in ALIKE:
            await come_to(pilot, name)
            pilot.app.theme = NIGHT.name
            await settle(pilot)
            night = text_of(pilot)
            for theme in (DAY, ANSI):
                pilot.app.theme = theme.name
                await settle(pilot)
                assert text_of(pilot) == night, name
