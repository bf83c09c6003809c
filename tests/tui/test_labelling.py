"""The label queue: a key a request, each kept before the next one is taken."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from console.errors import CasebookError, StoreError
from console.model import Alert, Label, LabelChoices, LabelDraft, QueueItem, QueueSource, Request, RowId, View
from console.tui.desk import Desk
from console.tui.labelling.screen import LabellingQueue
from console.tui.labels.acts import LabelContext
from console.tui.places import Surroundings
from console.tui.screen import Setting
from tests.tui.driving import CET, NARROW, driving, press, settle, text_of, toasts
from tests.tui.fakes import (
    ERRORS,
    HOSTILE,
    NOW,
    FakeDesk,
    candidate,
    hostile_request,
    incident,
    label_queue,
    request,
)

SETTING = Setting("fraud-prod", lambda: NOW, CET)


@asynccontextmanager
async def labelling(desk: FakeDesk, size: tuple[int, int] = NARROW) -> AsyncIterator[Pilot[None]]:
    """The desk's queue, and nothing below it that would take time."""
    async with driving(desk, size) as pilot:
        pilot.app.push_screen(LabellingQueue(desk, SETTING, ("f-000001",)))
        await settle(pilot)
        yield pilot


def on_screen(pilot: Pilot[None]) -> str:
    """The key of the request that is to be labelled."""
    screen = pilot.app.screen
    assert isinstance(screen, LabellingQueue)
    item = screen.sitting.current
    return "" if item is None else item.request.key


def told(pilot: Pilot[None]) -> str:
    """What the screen tells beside the choice."""
    return str(pilot.app.screen.query_one("#labelling-told", Static).content)


def values(desk: FakeDesk) -> list[tuple[str, str]]:
    """What was kept, of each act the first label."""
    return [(act[0].request_key, act[0].value) for act in desk.drafts]


# --- one key a request ---------------------------------------------------------------------------------


async def test_a_key_labels_the_request_and_the_next_one_is_there() -> None:
    desk = FakeDesk()
    async with labelling(desk) as pilot:
        assert "0 labelled · 6 left and 2 copies" in text_of(pilot)
        assert "1  fraud    2  legit    0  another    a  correct: fraud    x  wrong: legit" in text_of(pilot)
        await press(pilot, "2")
        assert "f-000002" in text_of(pilot) and "3 requests with this input" in text_of(pilot)
        await press(pilot, "x", "a", "9")
        assert "No class has the digit 9" in told(pilot)
        await press(pilot, "f", "space")
        assert "3 labelled (5 requests) · 1 skipped · 1 flagged · 2 left" in text_of(pilot)
        await press(pilot, "1")
        assert on_screen(pilot) == "f-000005", "what is skipped comes back when the others are done"
        await press(pilot, "space")
        assert "It is the only one that is left" in told(pilot)
        await press(pilot, "a")
        assert "All is done: 5 labelled (7 requests): fraud 4, legit 1 · 1 flagged" in text_of(pilot)
        await press(pilot, "1", "a", "x", "0", "space", "f", "n", "enter")
    assert values(desk) == [
        ("f-000001", "legit"),
        ("f-000002", "fraud"),
        ("f-000003", "fraud"),
        ("f-000006", "fraud"),
        ("f-000005", "fraud"),
    ]
    assert [draft.request_key for draft in desk.drafts[1]] == ["f-000002", "f-000101", "f-000102"]
    assert {draft.input_hash for draft in desk.drafts[1]} == {"hash-2", "hash-101", "hash-102"}
    assert [(draft.request_key, draft.value) for (draft,) in desk.flags] == [("f-000004", "")]


async def test_another_class_is_typed_completed_and_has_a_digit_from_then_on() -> None:
    classes = ("fraud", "legit", *(f"kind-{n:02d}" for n in range(20, 26)))
    desk = FakeDesk(queue=label_queue(choices={"fraud": LabelChoices(classes)}))
    async with labelling(desk) as pilot:
        await press(pilot, "x")
        assert "Wrong: choose what is right" in told(pilot) and on_screen(pilot) == "f-000001"
        await press(pilot, "0", *"kind-2")
        assert "kind-20  kind-21  kind-22" in text_of(pilot)
        await press(pilot, "escape", "0", *"odd", "enter")
        assert "9  odd  1" in text_of(pilot)
        await press(pilot, "9", "0", *"kind-25", "enter")
    assert values(desk) == [("f-000001", "odd"), ("f-000002", "odd"), ("f-000003", "kind-25")]


async def test_a_number_is_typed_and_anything_else_is_refused() -> None:
    desk = FakeDesk(queue=label_queue(choices={"fraud": LabelChoices(is_number=True)}))
    async with labelling(desk) as pilot:
        await press(pilot, *"12.5", "enter", "v", *"much", "enter")
        assert "Takes a number" in told(pilot) and on_screen(pilot) == "f-000002"
        await press(pilot, "escape", "x", *"-3", "enter", "0", "enter", "a")
    assert [value for _, value in values(desk)] == ["12.5", "-3", "0", "legit"]


async def test_a_note_is_written_first_and_goes_with_this_label_only() -> None:
    desk = FakeDesk()
    async with labelling(desk) as pilot:
        await press(pilot, "n", *"1xafq", "backspace", "enter")
        assert "note 1xaf" in text_of(pilot) and on_screen(pilot) == "f-000001"
        assert not pilot.app.screen.query_one(Input).display
        await press(pilot, "n", "escape", "1", "1")
    assert [act[0].note for act in desk.drafts] == ["1xaf", ""]


# --- and back ------------------------------------------------------------------------------------------


async def test_backspace_takes_any_number_of_steps_back_and_u_goes_further() -> None:
    desk = FakeDesk(drafts=[(LabelDraft("f-009", "legit"),)])
    async with labelling(desk) as pilot:
        await press(pilot, "1", "space", "f", "2")
        ways = []
        for key in ("backspace", "u", "backspace", "backspace"):
            await press(pilot, key)
            ways.append((on_screen(pilot), len(desk.drafts), len(desk.flags)))
        assert ways == [("f-000004", 2, 1), ("f-000003", 2, 0), ("f-000002", 2, 0), ("f-000001", 1, 0)]
        await press(pilot, "backspace")
        assert "Nothing of this sitting is left to take back" in told(pilot)
        assert len(desk.drafts) == 1
        await press(pilot, "u")
        assert told(pilot) == "Took back legit from 1 request of before this sitting"
        await press(pilot, "u")
        assert told(pilot) == "No label of yours to take back"
    assert desk.drafts == []


async def test_leaving_says_what_was_done() -> None:
    async with labelling(FakeDesk()) as pilot:
        await press(pilot, "1", "2", "space", "f", "q")
        assert toasts(pilot)[-1] == "2 labelled (4 requests): fraud 1, legit 1 · 1 skipped · 1 flagged"
        assert not isinstance(pilot.app.screen, LabellingQueue)


# --- kept before the next is taken -----------------------------------------------------------------------


@dataclass
class SlowDesk(FakeDesk):
    """A casebook that keeps nothing before it is let."""

    let: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def label(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        self.let.acquire(timeout=60)
        return super().label(drafts)


async def kept_up_to(pilot: Pilot[None], desk: SlowDesk, key: str) -> None:
    """One more act is let, and what follows from it is done."""
    desk.let.release()
    for _ in range(6_000):
        if on_screen(pilot) == key:
            break
        await pilot.pause(0.01)
    await pilot.pause()


async def test_the_next_request_is_there_while_one_is_kept_and_keys_wait_in_their_order() -> None:
    desk = SlowDesk()
    async with labelling(desk) as pilot:
        await pilot.press("1")
        await pilot.pause()
        assert (on_screen(pilot), desk.drafts) == ("f-000002", [])
        assert "keeping" in text_of(pilot)
        await pilot.press("2", "n", *"1 a", "enter", "1", "f", "space")
        await pilot.pause()
        assert on_screen(pilot) == "f-000002", "a key is taken before what is before it is kept"
        await kept_up_to(pilot, desk, "f-000003")
        assert values(desk) == [("f-000001", "fraud")], "only the one that was let is kept"
        desk.let.release(10)
        await settle(pilot)
        assert on_screen(pilot) == "f-000006"
    assert values(desk) == [("f-000001", "fraud"), ("f-000002", "legit"), ("f-000003", "fraud")]
    assert [act[0].note for act in desk.drafts] == ["", "", "1 a"], "a note that was typed ahead is a note"
    assert [draft.request_key for (draft,) in desk.flags] == ["f-000004"]


async def test_one_leaves_once_all_is_kept_and_at_once_by_ctrl_q() -> None:
    desk = SlowDesk()
    async with labelling(desk) as pilot:
        await pilot.press("1", "q")
        await pilot.pause()
        assert on_screen(pilot) == "f-000002"
        desk.let.release()
        await settle(pilot)
        assert len(desk.drafts) == 1 and not isinstance(pilot.app.screen, LabellingQueue)
        pilot.app.push_screen(LabellingQueue(desk, SETTING, View()))
        await settle(pilot)
        await pilot.press("1", "ctrl+q")
        assert pilot.app._exit
        desk.let.release(10)


async def test_what_is_not_kept_is_on_screen_again_and_keys_after_it_are_dropped() -> None:
    desk = SlowDesk(failing={"label": CasebookError("casebook.sqlite: disk is full: free some")})
    async with labelling(desk) as pilot:
        await press(pilot, "n", *"why", "enter")
        await pilot.press("1", "2", "1")
        desk.let.release(10)
        await settle(pilot)
        assert on_screen(pilot) == "f-000001"
        assert told(pilot).startswith("Not kept, so it is on screen again; 2 keys after it dropped: ")
        assert told(pilot).endswith("casebook.sqlite: disk is full: free some")
        assert "0 labelled · 6 left" in text_of(pilot) and "note why" in text_of(pilot)
        desk.failing = {"undo_act": CasebookError("casebook.sqlite: busy")}
        await press(pilot, "2", "backspace")
        assert told(pilot) == "Not taken back: casebook.sqlite: busy"
        assert on_screen(pilot) == "f-000002"
    assert [(draft.value, draft.note) for (draft,) in desk.drafts] == [("legit", "why")]


# --- from where, and with what ---------------------------------------------------------------------------


async def test_from_an_alert_all_that_offends_is_worked_through_and_labels_know_the_alert() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "w", "1", "q", "tab", "w", "q")
        assert desk.queued == [ERRORS, View()], "the alert with the cursor, else what is in view"
        await press(pilot, "shift+tab", "enter", "w", "1")
    assert desk.queued[2:] == [ERRORS]
    assert [act[0].alert_id for act in desk.drafts] == [ERRORS.alert_id] * 2
    assert json.loads(desk.drafts[1][0].query)["query"] == "predictions_errors"


async def test_a_label_knows_query_parameters_and_filter_and_keys_of_the_filter_do_nothing() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "slash", *"model=fraud", "enter", "F", "w", "c", "slash", "semicolon")
        assert on_screen(pilot) == "f-000001"
        await press(pilot, "1", "enter")
        assert type(pilot.app.screen).__name__ == "RequestScreen"
        await press(pilot, "escape")
        assert on_screen(pilot) == "f-000002"
        await press(pilot, "q", "space", "space", "w")
        assert desk.queued[-1] == ("f-001202", "f-001203")
    context = json.loads(desk.drafts[0][0].query)
    assert (context["query"], context["filter"]) == ("predictions_in_time", "model=fraud")
    assert {"start", "until"} <= context["params"].keys()


async def test_the_requests_of_an_answer_are_worked_through() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "semicolon", *"from p", "f5", "w", "1")
    assert desk.queued == [tuple(RowId(1, number * 412) for number in range(2_000, 1_995, -1))]
    assert desk.drafts[0][0].query == ""


async def test_an_empty_queue_offers_no_key_that_labels() -> None:
    desk = FakeDesk(incident(), queue=label_queue(0, labelled=12))
    async with labelling(desk) as pilot:
        assert "all 12 requests have a label of yours" in text_of(pilot)
        assert text_of(pilot).splitlines()[-1].split() == ["esc", "back", "?", "help"]


async def test_when_all_is_done_undo_is_the_key_that_is_left() -> None:
    async with labelling(FakeDesk(incident(), queue=label_queue(1))) as pilot:
        assert "a correct" in text_of(pilot).splitlines()[-1]
        await press(pilot, "a")
        assert text_of(pilot).splitlines()[-1].split() == ["⌫", "undo", "esc", "back", "?", "help"]
        await press(pilot, "backspace")
        assert "a correct" in text_of(pilot).splitlines()[-1]


async def test_what_cannot_be_read_says_why_and_r_tries_again() -> None:
    desk = FakeDesk(failing={"label_queue": StoreError("busy")})
    async with labelling(desk) as pilot:
        assert "cannot be read · r tries again" in text_of(pilot) and "busy" in text_of(pilot)
        desk.failing = {"request": StoreError("gone")}
        await press(pilot, "r")
        assert "Its record cannot be read, r tries again: gone" in text_of(pilot)
        desk.failing = {"context": StoreError("odd")}
        await press(pilot, "r")
        assert "amount" in text_of(pilot) and "not compared: odd" in text_of(pilot)
        desk.queue = label_queue(0, labelled=12)
        pilot.app.push_screen(LabellingQueue(desk, SETTING, View()))
        await press(pilot, "1", "a", "space", "f", "n", "backspace", "enter")
        assert "all 12 requests have a label of yours" in text_of(pilot)


async def test_the_next_records_are_there_before_they_are_wanted() -> None:
    read: list[int] = []

    def make(row_id: RowId) -> Request:
        read.append(row_id.offset // 412)
        return request(row_id)

    async with labelling(FakeDesk(make_request=make)) as pilot:
        assert read == [1, 2, 3, 4]
        await press(pilot, "1")
        assert read == [1, 2, 3, 4, 5]


async def test_hostile_values_are_shown_and_never_obeyed() -> None:
    items = tuple(
        QueueItem(candidate(n, key=f"{n}{value[:40]}", model="m", prediction=value, model_version=value))
        for n, value in enumerate(HOSTILE)
    )
    classes = LabelChoices(tuple(f"{n}{value}" for n, value in enumerate(HOSTILE)))
    desk = FakeDesk(queue=label_queue(items=items, choices={"m": classes}), make_request=hostile_request)
    async with labelling(desk) as pilot:
        await press(pilot, "0", "escape")
        for _ in HOSTILE:
            shown = text_of(pilot)
            assert "\x1b" not in shown and "\u202e" not in shown
            await press(pilot, "1")
    assert len(desk.drafts) == len(HOSTILE)


@pytest.mark.parametrize("source", [View(), ERRORS, ("a", "b"), (RowId(1, 2),)])
def test_one_comes_back_to_what_was_worked_through(source: QueueSource) -> None:
    desk: Desk = FakeDesk()  # nothing is asked of it
    context = LabelContext(source.alert_id if isinstance(source, Alert) else "")
    told = LabellingQueue(desk, SETTING, source, context).opened_with()
    again = LabellingQueue.again(Surroundings(desk, SETTING, incident()), told)
    assert again is not None and again.opened_with() == told
    around = Surroundings(desk, SETTING, replace(incident(), alerts=()))
    assert LabellingQueue.again(around, {"source": "alert", "alert": "gone"}) is None
    assert LabellingQueue.again(around, {"source": "keys", "keys": "{"}) is None


async def test_on_a_small_screen_the_choice_is_whole() -> None:
    classes = LabelChoices(tuple(f"class-number-{n}" for n in range(1, 10)))
    async with labelling(FakeDesk(queue=label_queue(choices={"fraud": classes})), (60, 16)) as pilot:
        assert "class-number-9" in text_of(pilot) and "x  wrong" in text_of(pilot)
        assert "Label  f-000001" in text_of(pilot)
