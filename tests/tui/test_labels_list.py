"""The screen of all labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from console.errors import CasebookError
from console.model import Label, LabelDraft
from console.tui.labels_list.screen import LabelsScreen, conflicts
from console.tui.request.screen import RequestScreen
from tests.tui.driving import NARROW, WIDE, driving, press, send, text_of, toasts
from tests.tui.fakes import HOSTILE, FakeDesk, incident, kept
from tests.tui.test_hostile import assert_harmless

DRAFTS = (
    LabelDraft("f-2", "legit", note="called the customer", model="fraud", prediction="fraud"),
    LabelDraft("gone", "unsure"),
)


class Disputed(FakeDesk):
    """A desk on which two people say different things of one request."""

    def standing_labels(self) -> Sequence[Label]:
        mine, theirs = kept(LabelDraft("f-1", "fraud")), kept(LabelDraft("f-1", "legit"))
        return (mine, replace(theirs, label_id="other", author="bob@oncall-2"), kept(DRAFTS[0]))


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_labels_are_listed_with_who_gave_them_and_conflicts_are_marked(size: tuple[int, int]) -> None:
    async with driving(Disputed(incident()), size) as pilot:
        await press(pilot, "L")
        shown = text_of(pilot)
        assert isinstance(pilot.app.screen, LabelsScreen)
        assert "2 labelled requests, newest first · ≠ 1 conflict" in shown
        assert shown.count("≠ conflict") == 2
        assert "✎ legit" in shown and "ada@oncall-1" in shown and "f-1" in shown


async def test_no_label_yet_says_how_to_give_one() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "L")
        assert "none yet: l labels a row" in text_of(pilot)


async def test_a_labels_request_is_opened_if_it_is_stored() -> None:
    async with driving(FakeDesk(incident(), drafts=[DRAFTS])) as pilot:
        await press(pilot, "L", "j", "enter")
        assert isinstance(pilot.app.screen, LabelsScreen)
        assert "not among the rows that are stored" in toasts(pilot)[-1]
        await press(pilot, "k", "enter")
        assert isinstance(pilot.app.screen, RequestScreen)


async def test_undo_takes_the_last_act_back_and_the_list_shows_it() -> None:
    async with driving(FakeDesk(incident(), drafts=[DRAFTS])) as pilot:
        await press(pilot, "L")
        assert "called the customer" in text_of(pilot)
        await press(pilot, "u")
        assert "called the customer" not in text_of(pilot)
        assert "none yet" in text_of(pilot)


async def test_a_label_is_copied_as_json() -> None:
    async with driving(FakeDesk(incident(), drafts=[DRAFTS])) as pilot:
        await press(pilot, "L", "y")
        told = json.loads(pilot.app.clipboard)
        assert (told["request_key"], told["value"], told["author"]) == ("f-2", "legit", "ada@oncall-1")


async def test_what_somebody_else_labels_turns_up() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "L")
        desk.drafts.append(DRAFTS)
        await send(pilot, desk, replace(incident(), labels_version=7))
        assert "2 labelled requests" in text_of(pilot)


async def test_a_casebook_that_cannot_be_read_is_told() -> None:
    desk = FakeDesk(incident(), failing={"standing_labels": CasebookError("casebook: permission denied")})
    async with driving(desk) as pilot:
        await press(pilot, "L")
        assert "casebook: permission denied" in text_of(pilot)
        desk.failing.clear()
        await press(pilot, "r")
        assert "permission denied" not in text_of(pilot)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_hostile_labels_do_nothing(size: tuple[int, int]) -> None:
    drafts = tuple(
        LabelDraft(f"{number}{value[:99]}", value[:999], note=value, model=value, prediction=value)
        for number, value in enumerate(HOSTILE)
    )
    async with driving(FakeDesk(incident(), drafts=[drafts]), size) as pilot:
        await press(pilot, "L")
        assert_harmless(text_of(pilot))


def test_one_persons_changes_of_mind_are_no_conflict_but_two_values_are() -> None:
    a, b = kept(LabelDraft("x", "fraud")), kept(LabelDraft("y", "fraud"))
    assert conflicts((a, b)) == frozenset()
    assert conflicts((a, b, replace(b, draft=LabelDraft("y", "legit"), author="bob"))) == {"y"}
