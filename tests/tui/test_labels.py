"""Labelling: mark, label, note, take back."""

from __future__ import annotations

import json

import pytest
from textual.widgets import Input

from console.errors import CasebookError, StoreError
from console.model import RowId
from console.tui.labels.bar import LabelBar
from tests.tui.driving import NARROW, WIDE, driving, first_of, grid_of, press, text_of, toasts
from tests.tui.fakes import ERRORS, FakeDesk, incident, request


async def test_a_digit_labels_the_row_at_once_and_the_table_shows_it() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "enter", "l")
        shown = text_of(pilot)
        assert "Label f-002000" in shown
        assert "1  legit" in shown and "2  fraud" in shown and "3  unsure" in shown
        await press(pilot, "2")
        assert not isinstance(pilot.app.screen, LabelBar)
        assert "✎ fraud" in text_of(pilot)
        assert toasts(pilot) == ["1 row labelled fraud · u takes it back"]


async def test_a_label_knows_what_it_was_given_to_and_in_what_slice() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "l", "2")
    ((draft,),) = desk.drafts
    whole = request(RowId(1, 2_000 * 412))
    assert (draft.request_key, draft.value, draft.note) == ("f-002000", "fraud", "")
    assert (draft.model, draft.model_version) == ("fraud", "v3")
    assert (draft.input_hash, draft.origin) == (whole.input_hash, whole.origin)
    assert draft.alert_id == ERRORS.alert_id
    assert json.loads(draft.query)["query"] == "predictions_errors"
    assert json.loads(draft.query)["params"]["model"] == "fraud"


async def test_marked_rows_are_labelled_together_and_then_unmarked() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "space", "space", "j", "space")
        assert "3 marked" in text_of(pilot)
        await press(pilot, "l")
        assert "Label 3 marked rows" in text_of(pilot)
        await press(pilot, "1")
        assert [draft.request_key for draft in desk.drafts[0]] == ["f-002000", "f-001999", "f-001997"]
        assert text_of(pilot).count("✎ legit") == 3
        assert "marked" not in text_of(pilot)


async def test_a_note_is_written_first_and_kept_with_the_label() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "enter", "l", "n", *"see 12", "enter")
        assert "note  see 12" in text_of(pilot)
        assert desk.drafts == []
        await press(pilot, "1")
    assert desk.drafts[0][0].note == "see 12"


async def test_escape_leaves_the_note_then_the_bar_and_labels_nothing() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "l", "n", "x", "escape")
        assert isinstance(pilot.app.screen, LabelBar)
        assert not first_of(pilot, "#label-note").display
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, LabelBar)
    assert desk.drafts == []


async def test_a_class_of_one_s_own_can_be_written() -> None:
    desk = FakeDesk(incident(), known_classes=())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "l")
        assert "No class is known yet" in text_of(pilot)
        await press(pilot, "1", "0", "enter", *"odd", "enter")
    assert desk.drafts[0][0].value == "odd"


async def test_a_digit_without_a_class_does_nothing() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "l", "9")
        assert isinstance(pilot.app.screen, LabelBar)
    assert desk.drafts == []


async def test_u_takes_the_last_act_back_and_says_what_it_was() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "space", "space", "l", "2", "l", "1", "u")
        assert toasts(pilot)[-1] == "Took back legit from 1 row (f-001998)"
        assert text_of(pilot).count("✎ fraud") == 2
        await press(pilot, "u")
        assert toasts(pilot)[-1] == "Took back fraud from 2 rows"
        assert "✎ fraud" not in text_of(pilot)
        await press(pilot, "u")
        assert toasts(pilot)[-1] == "No label of yours to take back"


async def test_a_casebook_that_refuses_is_told_and_shows_no_label() -> None:
    desk = FakeDesk(
        incident(), failing={"label": CasebookError("casebook.sqlite: disk is full: free some space")}
    )
    async with driving(desk) as pilot:
        await press(pilot, "enter", "l", "1")
        assert toasts(pilot) == ["Not labelled: casebook.sqlite: disk is full: free some space"]
        assert "✎ legit" not in text_of(pilot)
        desk.failing = {"undo_label": CasebookError("casebook.sqlite: busy")}
        await press(pilot, "u")
        assert toasts(pilot)[-1] == "Not taken back: casebook.sqlite: busy"


async def test_a_label_is_kept_even_if_the_request_cannot_be_read() -> None:
    desk = FakeDesk(incident(), failing={"request": StoreError("busy")})
    async with driving(desk) as pilot:
        await press(pilot, "enter", "l", "1")
    assert (desk.drafts[0][0].request_key, desk.drafts[0][0].origin) == ("f-002000", "")


async def test_classes_that_cannot_be_read_leave_the_way_of_writing_one() -> None:
    desk = FakeDesk(incident(), failing={"classes": StoreError("busy")})
    async with driving(desk) as pilot:
        await press(pilot, "enter", "l")
        assert "Classes cannot be read: busy" in text_of(pilot)
        await press(pilot, "0", *"x", "enter")
    assert desk.drafts[0][0].value == "x"


async def test_a_request_is_labelled_where_it_is_read_and_the_table_knows() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "enter", "l", "3")
        assert "✎ unsure" in text_of(pilot) and "ada@oncall-1" in text_of(pilot)
        await press(pilot, "l")
        assert "✎ unsure" in str(first_of(pilot, "#label-rows").render())
        await press(pilot, "escape", "escape")
        assert "✎ unsure" in text_of(pilot)


async def test_the_newest_requests_are_labelled_while_they_hold_still() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, WIDE) as pilot:
        assert "l label" not in text_of(pilot)
        await press(pilot, "l")
        assert toasts(pilot) == ["No row to label: move to one first (Tab changes panes)"]
        await press(pilot, "tab", "j")
        assert "l label" in text_of(pilot)
        await press(pilot, "space", "shift+tab")
        assert "l label" in text_of(pilot), "the marked row can be labelled from anywhere"
        await press(pilot, "tab", "escape", "k", "l", "1")
        assert "✎ legit" in text_of(pilot)
        assert desk.drafts[0][0].request_key == "f-000999"
        assert desk.drafts[0][0].alert_id == ""
        assert grid_of(pilot, "#rows").cursor_key == RowId(1, 999 * 412)


async def test_a_note_that_is_there_is_offered_for_change() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "l", "n", "a", "enter", "1", "l")
        await press(pilot, "n")
        assert pilot.app.screen.query_one(Input).value == "a"


@pytest.mark.parametrize("size", [(60, 16), NARROW])
async def test_the_bar_fits_where_nine_classes_have_long_names(size: tuple[int, int]) -> None:
    desk = FakeDesk(incident(), known_classes=tuple(f"class-number-{n}" for n in range(1, 10)))
    async with driving(desk, size) as pilot:
        await press(pilot, "enter", "l")
        assert "class-number-9" in text_of(pilot)
        assert "esc close" in text_of(pilot)
