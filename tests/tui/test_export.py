"""Exporting the rows on screen."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from textual.widgets import Input

from console.errors import ExportError, Interrupted
from console.model import Alert, ExportReceipt, QueryCall, Ticket
from console.model.exporting import WHOLE, ExportOptions, Split
from console.tui.export.dialog import ExportDialog
from tests.tui.driving import driving, press, send, text_of, toasts
from tests.tui.fakes import ERRORS, FakeDesk, incident, waiting


async def test_the_offending_rows_go_where_one_says() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "x")
        assert "Export the newest 200 rows of error_spikes fraud" in text_of(pilot)
        assert "/home/oncall/error_spikes-fraud.parquet" in text_of(pilot)
        await press(pilot, "backspace", "enter")
        assert toasts(pilot) == ["1,174 rows (182.0 kB) written to /home/oncall/error_spikes-fraud.parque"]
    ((call, path, of),) = desk.exports
    assert call == ERRORS.latest.offenders
    assert path == "/home/oncall/error_spikes-fraud.parque"
    assert of == ERRORS


async def test_the_newest_requests_go_by_their_own_query() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "x", "enter")
    ((call, path, of),) = desk.exports
    assert call.query == "predictions_recent"
    assert (path, of) == ("/home/oncall/latest-requests.parquet", None)


async def test_rows_that_hold_still_are_exported_and_labelled_as_of_when_they_were_held() -> None:
    desk = FakeDesk(incident(1_000))
    async with driving(desk) as pilot:
        await press(pilot, "tab", "j")
        await send(pilot, desk, incident(1_100))
        await press(pilot, "l", "1", "x", "enter")
        assert desk.exports[0][0].params["asked"] == 1
        assert json.loads(desk.drafts[0][0].query)["params"]["asked"] == 1
        await press(pilot, "end", "x", "enter")
        assert desk.exports[1][0].params["asked"] == 2


async def test_a_refusal_stays_in_the_dialog_with_the_path_to_change() -> None:
    desk = FakeDesk(
        incident(), failing={"export": ExportError("/home/oncall: permission denied: choose another")}
    )
    async with driving(desk) as pilot:
        await press(pilot, "x", "enter")
        assert isinstance(pilot.app.screen, ExportDialog)
        assert "Not written: /home/oncall: permission denied: choose another" in text_of(pilot)
        desk.failing.clear()
        await press(pilot, "x", "enter")
    assert desk.exports[0][1].endswith(".parquetx")


@pytest.mark.parametrize("failing", ["recent_call", "suggest_export_path"])
async def test_a_path_can_be_written_where_none_can_be_suggested(failing: str) -> None:
    desk = FakeDesk(incident(), failing={failing: ExportError("no home directory")})
    async with driving(desk) as pilot:
        await press(pilot, "x", *"a.parquet", "enter")
        assert ("no home directory" in text_of(pilot)) == (failing == "recent_call")
    assert len(desk.exports) == (failing != "recent_call")


async def test_an_empty_path_writes_nothing_and_escape_closes() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "x")
        pilot.app.screen.query_one(Input).value = "  "
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ExportDialog)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, ExportDialog)
    assert desk.exports == []


async def test_without_rows_there_is_nothing_to_export_or_label() -> None:
    desk = FakeDesk(waiting())
    async with driving(desk) as pilot:
        await press(pilot, "x", "l")
        assert not isinstance(pilot.app.screen, ExportDialog)
        assert "export" not in text_of(pilot)


async def test_what_is_chosen_is_what_is_written() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "x", "tab", "down", "tab", "up", "up", "shift+tab")
        text = text_of(pilot)
        assert "● labelled  ○ labelled, conflicts too" in text
        assert "❯ split" in text
        await press(pilot, "enter")
    assert desk.export_options == [
        ExportOptions(only_labelled=True, with_comparable=True, split=Split("time"))
    ]


async def test_only_an_alerts_rows_have_comparable_ones() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "x")
        assert "comparable" not in text_of(pilot)
        await press(pilot, "enter")
    assert desk.export_options == [WHOLE]


class Patient(FakeDesk):
    """Writes until it is told to stop."""

    def export(
        self,
        call: QueryCall,
        path: str,
        alert: Alert | None,
        options: ExportOptions,
        ticket: Ticket,
        on_rows: Callable[[int, int | None], None],
    ) -> ExportReceipt:
        stopped = threading.Event()
        on_rows(122_880, 1_000_000)
        with ticket.heard_by(stopped.set):
            assert stopped.wait(10)
        raise Interrupted("taken back")


async def test_escape_takes_back_what_is_being_written() -> None:
    async with driving(Patient(incident())) as pilot:
        await press(pilot, "x")
        await pilot.press("enter")
        while "122,880 of 1,000,000 rows … esc cancels" not in text_of(pilot):
            await pilot.pause(0.005)
        await press(pilot, "escape")
        assert "Stopped; nothing was written" in text_of(pilot)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, ExportDialog)
