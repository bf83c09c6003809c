"""The screen of all labels."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pytest

from console.errors import CasebookError
from console.model import Label, LabelBook, LabelDraft, LabelStatus
from console.model.label_book import label_book
from console.tui.labels_list.screen import LabelsScreen
from console.tui.request.screen import RequestScreen
from tests.tui.driving import NARROW, WIDE, driving, press, send, text_of, toasts
from tests.tui.fakes import HOSTILE, FakeDesk, incident, kept
from tests.tui.test_hostile import assert_harmless

DRAFTS = (
    LabelDraft("f-2", "legit", note="called the customer", model="fraud", prediction="fraud"),
    LabelDraft("gone", "unsure"),
)


def said(key: str, value: str, author: str, **more: str) -> Label:
    return replace(
        kept(LabelDraft(key, value, model="fraud", **more)), author=author, label_id=f"{key} {author}"
    )


def flag(key: str, author: str, note: str = "") -> Label:
    return replace(
        said(key, "", author, note=note), label_id=f"flag {key} {author}", status=LabelStatus.DRAFT
    )


@dataclass
class Team(FakeDesk):
    """A desk at which several people label."""

    standing: Iterable[Label] = ()
    open_flags: Iterable[Label] = ()
    looked_for: list[str] = field(default_factory=list)

    def label_book(self, find: str) -> LabelBook:
        self._ask("label_book")
        self.looked_for.append(find)
        return label_book(self.standing, self.open_flags, find)


def team() -> Team:
    return Team(
        incident(),
        standing=(
            said("f-1", "fraud", "ann@one", note="seen before"),
            said("f-2", "legit", "ann@one"),
            said("f-1", "legit", "bob@two"),
            said("f-2", "legit", "bob@two"),
            said("f-3", "fraud", "cat@two"),
        ),
        open_flags=(flag("f-9", "ann@one", "is this the same card?"), flag("f-3", "bob@two")),
    )


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_labels_are_listed_with_who_gave_them_and_conflicts_are_marked(size: tuple[int, int]) -> None:
    async with driving(team(), size) as pilot:
        await press(pilot, "L")
        shown = text_of(pilot)
        assert isinstance(pilot.app.screen, LabelsScreen)
        assert "5 labels by 3 people · agreement 0.50 (alpha 0.00 on 2 requests)" in shown
        assert "▸1 all 5    2 conflicts 1, 1 tied    3 flagged 2" in shown
        assert shown.count("≠ conflict") == 2
        assert "✎ legit" in shown and "bob@two" in shown and "f-1" in shown


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_conflict_is_one_row_that_says_who_says_what(size: tuple[int, int]) -> None:
    async with driving(team(), size) as pilot:
        await press(pilot, "L", "tab")
        shown = text_of(pilot)
        assert "▸2 conflicts 1" in shown
        assert "fraud 1 · legit 1" in shown and "tied" in shown
        assert "✎ fraud  ann@one" in shown and "“seen before”" in shown
        assert "✎ legit  bob@two" in shown
        assert "f-2" not in shown
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, RequestScreen)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_what_is_flagged_is_listed_with_what_is_said_of_it(size: tuple[int, int]) -> None:
    async with driving(team(), size) as pilot:
        await press(pilot, "L", "3")
        shown = text_of(pilot)
        assert "▸3 flagged 2" in shown
        assert "✎ fraud  cat@two" in shown and "⚑ flagged  bob@two" in shown
        await press(pilot, "j")
        shown = text_of(pilot)
        assert "⚑ flagged  ann@one" in shown and "“is this the same card?”" in shown
        assert "✎ fraud  cat@two" not in shown


async def test_a_conflict_is_off_the_list_once_one_of_them_agrees() -> None:
    desk = team()
    async with driving(desk) as pilot:
        await press(pilot, "L", "2", "enter")
        desk.standing = [said("f-1", "fraud", "ann@one"), said("f-1", "fraud", "bob@two")]
        await press(pilot, "escape")
        assert "▸2 conflicts 0" in text_of(pilot)
        assert "agreement 1.00 (one value on 1 request)" in text_of(pilot)


async def test_all_that_is_listed_is_worked_through_each_request_once() -> None:
    async with driving(team()) as pilot:
        await press(pilot, "L")
        screen = pilot.app.screen
        assert isinstance(screen, LabelsScreen)
        assert screen.queue_source() == ("f-3", "f-2", "f-1")
        await press(pilot, "tab")
        assert screen.queue_source() == ("f-1",)
        await press(pilot, "tab")
        assert screen.queue_source() == ("f-3", "f-9")


async def test_a_place_keeps_which_labels_are_listed_and_what_was_looked_for() -> None:
    async with driving(team()) as pilot:
        await press(pilot, "L", "2", "f", *"bob", "enter")
        screen = pilot.app.screen
        assert isinstance(screen, LabelsScreen)
        assert screen.opened_with() == {"shown": "CONFLICTS", "find": "bob"}
        assert screen.doing() == "labels: conflicts"
        await press(pilot, "left_square_bracket", "right_square_bracket")
        again = pilot.app.screen
        assert again is not screen and isinstance(again, LabelsScreen)
        assert again.opened_with() == screen.opened_with()
        assert "▸2 conflicts 1" in text_of(pilot) and "find: bob" in text_of(pilot)


async def test_words_narrow_the_labels_and_esc_shows_all_again() -> None:
    desk = team()
    async with driving(desk) as pilot:
        await press(pilot, "L", "f", *"bob", "enter")
        assert desk.looked_for[-1] == "bob"
        assert "▸1 all 2    2 conflicts 1, 1 tied    3 flagged 1   find: bob" in text_of(pilot)
        await press(pilot, "f", *"zzz", "enter")
        assert "no label with these words" in text_of(pilot)
        await press(pilot, "escape")
        assert "▸1 all 5" in text_of(pilot)
        await press(pilot, "f", "q", "escape")
        assert desk.looked_for[-1] == "", "what was not sent is not looked for"
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, LabelsScreen)


async def test_no_label_yet_says_how_to_give_one() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "L")
        assert "none yet: l labels a row" in text_of(pilot)
        await press(pilot, "tab", "tab", "enter", "y")
        assert "▸3 flagged 0" in text_of(pilot)


async def test_a_labels_request_is_opened_if_it_is_stored() -> None:
    async with driving(FakeDesk(incident(), drafts=[DRAFTS])) as pilot:
        await press(pilot, "L", "enter")
        assert isinstance(pilot.app.screen, LabelsScreen)
        assert "not among the rows that are stored" in toasts(pilot)[-1]
        await press(pilot, "j", "enter")
        assert isinstance(pilot.app.screen, RequestScreen)


async def test_undo_takes_the_last_act_back_and_the_list_shows_it() -> None:
    async with driving(FakeDesk(incident(), drafts=[DRAFTS])) as pilot:
        await press(pilot, "L")
        assert "called the customer" in text_of(pilot)
        await press(pilot, "u")
        assert "called the customer" not in text_of(pilot)
        assert "none yet" in text_of(pilot)


async def test_a_label_is_copied_as_json_and_a_conflict_with_every_label() -> None:
    async with driving(team()) as pilot:
        await press(pilot, "L", "y")
        told = json.loads(pilot.app.clipboard)
        assert (told["request_key"], told["value"], told["author"]) == ("f-3", "fraud", "cat@two")
        await press(pilot, "2", "y")
        every = list(map(json.loads, pilot.app.clipboard.splitlines()))
        assert [(told["value"], told["author"]) for told in every] == [
            ("fraud", "ann@one"),
            ("legit", "bob@two"),
        ]


async def test_what_somebody_else_labels_turns_up() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "L")
        desk.drafts.append(DRAFTS)
        await send(pilot, desk, replace(incident(), labels_version=7))
        assert "2 labels by 1 person" in text_of(pilot)


async def test_a_casebook_that_cannot_be_read_is_told() -> None:
    desk = FakeDesk(incident(), failing={"label_book": CasebookError("casebook: permission denied")})
    async with driving(desk) as pilot:
        await press(pilot, "L")
        assert "casebook: permission denied" in text_of(pilot)
        desk.failing.clear()
        await press(pilot, "r")
        assert "permission denied" not in text_of(pilot)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_hostile_labels_do_nothing(size: tuple[int, int]) -> None:
    standing = [
        replace(said(f"{number % 2}{value[:99]}", value[:999], value, note=value), source=value)
        for number, value in enumerate((*HOSTILE, *HOSTILE[1:]))
    ]
    flags = [flag(label.draft.request_key, label.author, label.draft.note) for label in standing]
    async with driving(Team(incident(), standing=standing, open_flags=flags), size) as pilot:
        await press(pilot, "L")
        assert_harmless(text_of(pilot))
        for key in ("2", "j", "3", "j", "j"):
            await press(pilot, key)
            assert_harmless(text_of(pilot))
