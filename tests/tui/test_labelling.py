"""The label queue: a key a request, each kept before the next one is taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from console.errors import CasebookError, StoreError
from console.model import Label, LabelChoices, LabelDraft, QueueItem, Request, RowId, View
from console.tui.labelling.screen import LabellingQueue
from tests.tui.driving import NARROW, WIDE, driving, press, settle, text_of, toasts
from tests.tui.fakes import ERRORS, HOSTILE, FakeDesk, candidate, hostile_request, incident, kept, label_queue, request

NUMBERS = {"fraud": LabelChoices(is_number=True)}


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
    return [(draft.request_key, draft.value) for act in desk.drafts for draft in act]


# --- one key a request ---------------------------------------------------------------------------------


async def test_a_digit_labels_the_request_and_the_next_one_is_there() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w")
        assert "f-000001" in text_of(pilot) and "0 labelled · 6 left and 2 copies" in text_of(pilot)
        assert "1  fraud    2  legit    0  another    a  correct: fraud    x  wrong: legit" in text_of(pilot)
        await press(pilot, "2")
        assert values(desk) == [("f-000001", "legit")]
        assert "f-000002" in text_of(pilot) and "1 labelled · 5 left" in text_of(pilot)


async def test_a_is_what_was_predicted_and_x_the_other_one() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "w", "a", "x")
    assert values(desk)[0] == ("f-000001", "fraud")
    assert values(desk)[1] == ("f-000002", "fraud")


async def test_copies_of_an_input_are_labelled_together_each_under_its_own_key() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "w", "1")
        assert "3 requests with this input" in text_of(pilot)
        await press(pilot, "2")
    assert [draft.request_key for draft in desk.drafts[1]] == ["f-000002", "f-000101", "f-000102"]
    assert {draft.input_hash for draft in desk.drafts[1]} == {"hash-2", "hash-101", "hash-102"}


async def test_of_three_classes_x_asks_which_one_is_right() -> None:
    desk = FakeDesk(incident(), queue=label_queue(choices={"fraud": LabelChoices(("fraud", "legit", "odd"))}))
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w", "x")
        assert "Wrong: choose what is right" in text_of(pilot)
        assert on_screen(pilot) == "f-000001"
        await press(pilot, "3")
    assert values(desk) == [("f-000001", "odd")]


async def test_where_nothing_was_predicted_only_a_class_can_be_chosen() -> None:
    queue = label_queue()
    items = (QueueItem(candidate(1, prediction=None, score=None)), *queue.items)
    desk = FakeDesk(incident(), queue=replace(queue, items=items))
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w", "a", "x")
        assert "Nothing was predicted: choose a class" in text_of(pilot)
        assert "correct:" not in text_of(pilot)
        await press(pilot, "9")
        assert "No class has the digit 9" in text_of(pilot)
        await press(pilot, "1")
    assert values(desk) == [("f-000001", "fraud")]


async def test_another_class_is_typed_and_has_a_digit_from_then_on() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w", "0", *"odd", "enter")
        assert "3  odd" in text_of(pilot)
        await press(pilot, "3")
    assert values(desk)[0] == ("f-000001", "odd")
    assert values(desk)[1] == ("f-000002", "odd")


async def test_of_many_classes_those_without_a_digit_are_completed() -> None:
    classes = tuple(f"kind-{n:02d}" for n in range(1, 30))
    desk = FakeDesk(incident(), queue=label_queue(choices={"fraud": LabelChoices(classes)}))
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w")
        assert "another, 20 more known" in text_of(pilot)
        await press(pilot, "0", *"kind-2")
        assert "kind-20  kind-21  kind-22" in text_of(pilot)
        await press(pilot, "7", "enter")
    assert values(desk) == [("f-000001", "kind-27")]


async def test_a_number_is_typed_and_anything_else_is_refused() -> None:
    desk = FakeDesk(incident(), queue=label_queue(choices=NUMBERS))
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w", "1", "2", ".", "5", "enter")
        await press(pilot, "v", *"much", "enter")
        assert "Takes a number" in text_of(pilot)
        await press(pilot, "escape", "v", *"-3", "enter", "0", "enter", "a")
    assert [draft.value for (draft, *_) in desk.drafts] == ["12.5", "-3", "0", "legit"]


async def test_a_note_is_written_first_and_goes_with_this_label_only() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w", "n", *"see 1", "enter")
        assert "note see 1" in text_of(pilot)
        assert desk.drafts == []
        await press(pilot, "1", "1")
    assert [act[0].note for act in desk.drafts] == ["see 1", ""]


async def test_a_flag_is_kept_and_is_no_label() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "w", "f")
        assert "1 flagged" in text_of(pilot)
        assert on_screen(pilot) == "f-000002"
    assert desk.drafts == []
    assert [(draft.request_key, draft.value) for (draft,) in desk.flags] == [("f-000001", "")]


async def test_what_is_skipped_comes_back_at_the_end() -> None:
    desk = FakeDesk(incident(), queue=label_queue(2))
    async with driving(desk) as pilot:
        await press(pilot, "F", "w", "space", "1")
        assert on_screen(pilot) == "f-000001"
        await press(pilot, "space")
        assert "It is the only one that is left" in told(pilot)
        await press(pilot, "1")
        assert "All is done: 2 labelled (4 requests): fraud 2" in text_of(pilot)


# --- and back ------------------------------------------------------------------------------------------


async def test_backspace_takes_any_number_of_steps_back_each_to_its_request() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "w", "1", "space", "f", "2")
        assert on_screen(pilot) == "f-000005"
        ways = []
        for _ in range(4):
            await press(pilot, "backspace")
            ways.append((on_screen(pilot), len(desk.drafts), len(desk.flags)))
        assert ways == [("f-000004", 1, 1), ("f-000003", 1, 0), ("f-000002", 1, 0), ("f-000001", 0, 0)]
        await press(pilot, "backspace")
        assert "Nothing of this sitting is left to take back" in told(pilot)
        assert "0 labelled" in text_of(pilot)


async def test_u_goes_further_back_than_the_sitting() -> None:
    desk = FakeDesk(incident(), drafts=[(LabelDraft("f-009", "legit"),)])
    async with driving(desk) as pilot:
        await press(pilot, "F", "w", "1", "u")
        assert (on_screen(pilot), len(desk.drafts)) == ("f-000001", 1)
        await press(pilot, "u")
        assert "Took back legit from 1 request of before this sitting" in told(pilot)
        assert desk.drafts == []


async def test_leaving_says_what_was_done() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "w", "1", "2", "space", "f", "q")
        assert toasts(pilot)[-1] == "2 labelled (4 requests): fraud 1, legit 1 · 1 skipped · 1 flagged"
        assert not isinstance(pilot.app.screen, LabellingQueue)


# --- kept before the next is taken -----------------------------------------------------------------------


@dataclass
class SlowDesk(FakeDesk):
    """A casebook that keeps nothing before it is let."""

    let: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def label(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        self.let.acquire()
        return super().label(drafts)


async def kept_so_far(pilot: Pilot[None], desk: SlowDesk, number: int) -> None:
    while len(desk.drafts) < number:
        await pilot.pause()
    await pilot.pause()
    await pilot.pause()


async def test_the_next_request_is_there_while_one_is_kept_and_its_key_waits_for_it() -> None:
    desk = SlowDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "w")
        await pilot.press("1")
        await pilot.pause()
        assert (on_screen(pilot), desk.drafts) == ("f-000002", [])
        assert "keeping" in text_of(pilot)
        await pilot.press("2")
        await pilot.pause()
        assert on_screen(pilot) == "f-000002", "its key is taken before what is before it is kept"
        desk.let.release()
        await kept_so_far(pilot, desk, 1)
        assert on_screen(pilot) == "f-000003"
        desk.let.release()
        await settle(pilot)
    assert [(draft.request_key, draft.value) for (draft, *_) in desk.drafts] == [
        ("f-000001", "fraud"),
        ("f-000002", "legit"),
    ]


async def test_a_key_for_a_request_that_nobody_saw_is_not_taken() -> None:
    desk = SlowDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "w")
        await pilot.press("1", "2", "1", "1")
        await pilot.pause()
        assert "that key was not taken" in told(pilot)
        desk.let.release(10)
        await settle(pilot)
        assert on_screen(pilot) == "f-000003"
    assert len(desk.drafts) == 2


@pytest.mark.parametrize("second", ["backspace", "q", "space", "f"])
async def test_any_key_waits_for_what_is_being_kept(second: str) -> None:
    desk = SlowDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "w")
        await pilot.press("1", second)
        await pilot.pause()
        assert on_screen(pilot) == "f-000002" and desk.flags == []
        desk.let.release(10)
        await settle(pilot)
        assert len(desk.drafts) == (0 if second == "backspace" else 1)
        if second == "q":
            assert not isinstance(pilot.app.screen, LabellingQueue)
        else:
            assert on_screen(pilot) == ("f-000001" if second == "backspace" else "f-000003")


async def test_what_is_not_kept_is_on_screen_again_and_the_key_after_it_is_dropped() -> None:
    desk = SlowDesk(incident(), failing={"label": CasebookError("casebook.sqlite: disk is full: free some")})
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w", "n", *"why", "enter")
        await pilot.press("1", "2")
        desk.let.release(10)
        await settle(pilot)
        assert on_screen(pilot) == "f-000001"
        shown = " ".join(text_of(pilot).split())
        assert "Not kept, so it is on screen again; the key after it was not taken" in shown
        assert "casebook.sqlite: disk is full: free some" in shown
        assert "0 labelled · 6 left" in shown and "note why" in shown
        desk.failing = {}
        await press(pilot, "2")
    assert [(draft.value, draft.note) for (draft,) in desk.drafts] == [("legit", "why")]


async def test_what_cannot_be_taken_back_still_counts() -> None:
    desk = FakeDesk(incident(), failing={"undo_act": CasebookError("casebook.sqlite: busy")})
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w", "1", "backspace")
        assert "Not taken back: casebook.sqlite: busy" in text_of(pilot)
        assert (on_screen(pilot), len(desk.drafts)) == ("f-000002", 1)


# --- from where, and with what ---------------------------------------------------------------------------


async def test_from_an_alert_all_that_offends_is_worked_through_and_labels_know_the_alert() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "w", "1")
    assert desk.queued == [ERRORS]
    draft = desk.drafts[0][0]
    assert draft.alert_id == ERRORS.alert_id
    assert json.loads(draft.query)["query"] == "predictions_errors"


async def test_the_alert_with_the_cursor_on_the_overview_too() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "w", "1")
    assert desk.queued == [ERRORS]
    assert desk.drafts[0][0].alert_id == ERRORS.alert_id


async def test_elsewhere_on_the_overview_what_is_in_view_is_worked_through() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "tab", "w")
    assert desk.queued == [View()]


async def test_marked_rows_are_worked_through_by_their_keys() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "space", "space", "w", "1")
    assert desk.queued == [("f-001202", "f-001203")]
    context = json.loads(desk.drafts[0][0].query)
    assert context["query"] == "predictions_in_time" and "start" in context["params"]


async def test_a_label_knows_query_parameters_and_filter_of_the_queue() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "slash", *"model=fraud", "enter", "F", "w", "1")
    context = json.loads(desk.drafts[0][0].query)
    assert context["query"] == "predictions_in_time"
    assert context["filter"] == "model=fraud"
    assert {"start", "until"} <= context["params"].keys()


async def test_keys_of_the_filter_do_nothing_here() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "slash", *"model=fraud", "enter", "F", "w", "c", "slash", "F", "semicolon", "Q")
        assert on_screen(pilot) == "f-000001"
        assert pilot.app.screen.view.filter  # type: ignore[attr-defined]


async def test_the_whole_request_is_a_key_away_and_one_comes_back_to_it() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "w", "1", "enter")
        assert type(pilot.app.screen).__name__ == "RequestScreen"
        await press(pilot, "escape")
        assert on_screen(pilot) == "f-000002"


async def test_what_others_say_is_shown_and_a_conflict_is_named() -> None:
    queue = label_queue(1)
    said = tuple(
        replace(kept(LabelDraft("f-000001", value, note="[red]x")), author=author)
        for value, author in (("fraud", "bob@x"), ("legit", "eve@y"))
    )
    items = (replace(queue.items[0], said=said, is_flagged=True),)
    desk = FakeDesk(incident(), queue=replace(queue, items=items))
    async with driving(desk, WIDE) as pilot:
        await press(pilot, "F", "w")
        shown = " ".join(text_of(pilot).split())
    assert "others do not agree" in shown and "bob@x" in shown and "eve@y" in shown and "[red]x" in shown
    assert "flagged for a second look" in shown


async def test_what_a_queue_leaves_out_is_said() -> None:
    queue = label_queue(looked_at=10_000, found=184_203, labelled=12)
    async with driving(FakeDesk(incident(), queue=queue)) as pilot:
        await press(pilot, "F", "w")
        assert "of the newest 10,000 of 184,203 requests, 12 labelled by you already" in text_of(pilot)
    empty = label_queue(0, labelled=12)
    async with driving(FakeDesk(incident(), queue=empty)) as pilot:
        await press(pilot, "F", "w", "1", "a", "space", "f", "n", "backspace", "enter")
        assert "all 12 requests have a label of yours" in text_of(pilot)


async def test_a_queue_that_cannot_be_had_says_why_and_r_tries_again() -> None:
    desk = FakeDesk(incident(), failing={"label_queue": StoreError("busy")})
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w")
        assert "cannot be read · r tries again" in text_of(pilot) and "busy" in text_of(pilot)
        desk.failing = {}
        await press(pilot, "r")
        assert on_screen(pilot) == "f-000001"


async def test_a_record_that_cannot_be_read_can_be_labelled_all_the_same() -> None:
    desk = FakeDesk(incident(), failing={"request": StoreError("gone")})
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w")
        assert "Its record cannot be read, r tries again: gone" in text_of(pilot)
        desk.failing = {}
        await press(pilot, "r")
        assert "amount" in text_of(pilot)


async def test_the_next_records_are_there_before_they_are_wanted() -> None:
    desk = FakeDesk(incident())
    read: list[RowId] = []

    def make(row_id: RowId) -> Request:
        read.append(row_id)
        return request(row_id)

    desk.make_request = make
    async with driving(desk) as pilot:
        await press(pilot, "F", "w")
        assert [one.offset // 412 for one in read] == [1, 2, 3, 4]
        await press(pilot, "1")
        assert [one.offset // 412 for one in read] == [1, 2, 3, 4, 5]


async def test_hostile_values_are_shown_and_never_obeyed() -> None:
    items = tuple(
        QueueItem(candidate(n, key=f"{n}{value[:40]}", model=value[:99], prediction=value, model_version=value))
        for n, value in enumerate(HOSTILE)
    )
    classes = LabelChoices(tuple(f"{n}{value}" for n, value in enumerate(HOSTILE)))
    queue = label_queue(items=items, choices={value[:99]: classes for value in HOSTILE})
    desk = FakeDesk(incident(), queue=queue, make_request=hostile_request)
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w")
        for _ in HOSTILE:
            shown = text_of(pilot)
            assert "\x1b" not in shown and "\u202e" not in shown
            await press(pilot, "0", "escape", "n", "enter", "1")
        assert len(desk.drafts) == len(HOSTILE)


async def test_one_comes_back_to_what_was_worked_through() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        for keys in (("enter",), ("F",), ("F", "space", "space"), ("tab",)):
            await press(pilot, *keys, "w")
            screen = pilot.app.screen
            assert isinstance(screen, LabellingQueue) and screen.snapshot is not None
            from console.tui.places import Surroundings

            around = Surroundings(desk, screen.setting, screen.snapshot)
            again = LabellingQueue.again(around, screen.opened_with())
            assert again is not None
            assert again.opened_with() == screen.opened_with()
            while len(pilot.app.screen_stack) > 1:
                await pilot.app.pop_screen()
            await settle(pilot)
        assert LabellingQueue.again(around, {"source": "keys", "keys": "{"}) is None


@pytest.mark.parametrize("size", [(60, 16), NARROW])
async def test_the_choice_fits_where_nine_classes_have_long_names(size: tuple[int, int]) -> None:
    classes = LabelChoices(tuple(f"class-number-{n}" for n in range(1, 10)))
    async with driving(FakeDesk(incident(), queue=label_queue(choices={"fraud": classes})), size) as pilot:
        await press(pilot, "F", "w")
        assert "class-number-9" in text_of(pilot) and "x  wrong" in text_of(pilot)
        assert "Label" in text_of(pilot)


async def test_typing_is_not_mistaken_for_keys() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "F", "w", "n", *"1xafq", "backspace", "enter")
        assert on_screen(pilot) == "f-000001"
        assert not pilot.app.screen.query_one(Input).display
        await press(pilot, "a")
    assert desk.drafts[0][0].note == "1xaf"
