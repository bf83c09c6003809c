"""What the screens have in common on which one asks: run, wait, take back, look, keep."""

from __future__ import annotations

import json
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message

from console.errors import ConsoleError, Interrupted
from console.model import Answer, ExportReceipt, QueryCall, RowId, Ticket
from console.tui.copying import copy
from console.tui.desk import AskingDesk
from console.tui.export.dialog import receipt_words
from console.tui.labels.acts import QUEUE_KEY, LabelContext
from console.tui.queries.result import Drawn, Result, made_ready
from console.tui.queries.save import SaveDialog
from console.tui.request.screen import RequestScreen
from console.tui.screen import ConsoleScreen, Setting
from console.tui.widgets.grid import Grid

_TOLD = 1_000
"""Characters that are told of what is wrong."""


class AskingScreen(ConsoleScreen):
    """A screen with a `Result`. It runs one question at a time, off the app's own thread."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "chart", "chart", id="answer.chart", tooltip="the answer as a chart, or as rows again"),
        Binding("x", "save", "export", id="answer.save", tooltip="write all rows of the answer to a file"),
        QUEUE_KEY,
        Binding("y", "copy", "copy", id="answer.copy", tooltip="copy the row with the cursor as JSON"),
        Binding("tab", "app.focus_next", "pane", id="app.next_pane", key_display="⇥", tooltip="next pane"),
        Binding("escape", "leave", "back", id="app.back", key_display="esc", tooltip="stop asking; back"),
        Binding("q", "app.go_back", "back", show=False, id="answer.quit", tooltip="back"),
    ]

    @dataclass
    class Answered(Message):
        """The question was answered."""

        asked: QueryCall | str
        drawn: Drawn
        ticket: Ticket

    @dataclass
    class Refused(Message):
        """The question was not answered."""

        error: ConsoleError
        ticket: Ticket

    def __init__(self, desk: AskingDesk, setting: Setting) -> None:
        super().__init__(setting)
        self._asking_desk = desk
        self._ticket: Ticket | None = None
        """Of the question that is under way."""
        self._began = 0.0
        self.answered: QueryCall | str | None = None
        """What the answer on screen is the answer to."""

    @property
    def result(self) -> Result:
        """The pane of the answer."""
        return self.query_one(Result)

    # --- asking -------------------------------------------------------------------------------------

    def ask(self, asked: QueryCall | str, limit: int = 0) -> None:
        """The question is being asked, in place of one that may be under way."""
        if self._ticket is not None:
            self._ticket.cancel()
        self._ticket = Ticket()
        self._began = monotonic()
        self._tell_running()
        self._ask(asked, limit, self._ticket)

    @work(thread=True, group="asking")
    def _ask(self, asked: QueryCall | str, limit: int, ticket: Ticket) -> None:
        reply: AskingScreen.Answered | AskingScreen.Refused
        try:
            answer = self._answer(asked, limit, ticket)
            reply = self.Answered(asked, made_ready(answer, self.setting.utc().date()), ticket)
        except ConsoleError as error:
            reply = self.Refused(error, ticket)
        self.post_message(reply)

    def _answer(self, asked: QueryCall | str, limit: int, ticket: Ticket) -> Answer:
        if isinstance(asked, QueryCall):
            return self._asking_desk.run_query(asked, ticket)
        return self._asking_desk.run_sql(asked, limit, ticket)

    def _tell_running(self) -> None:
        if self._ticket is not None:
            self.result.running(f"asking … {monotonic() - self._began:.0f} s · esc cancels")

    def tick(self) -> None:
        super().tick()
        if not self.is_covered and self.is_mounted:
            self._tell_running()

    @on(Answered)
    def take_answer(self, message: Answered) -> None:
        if message.ticket is not self._ticket:  # something else was asked meanwhile
            return
        self._ticket = None
        self.answered = message.asked
        self.result.show(message.drawn)
        self.answer_came()

    def answer_came(self) -> None:
        """The answer is on screen; the person may go on in it."""
        self.result.grid.focus()

    @on(Refused)
    def take_refusal(self, message: Refused) -> None:
        if message.ticket is not self._ticket:
            return
        self._ticket = None
        stopped = isinstance(message.error, Interrupted)
        self.result.tell_problem("Stopped: there is no answer" if stopped else str(message.error)[:_TOLD])
        if not stopped:
            self.question_was_wrong(str(message.error))

    def question_was_wrong(self, text: str) -> None:
        """The question could not be answered: the person will want to change it."""

    def action_leave(self) -> None:
        """A question that is under way is taken back; else one screen back."""
        if self._ticket is not None:
            self._ticket.cancel()
        else:
            self.app.pop_screen()

    def on_unmount(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    # --- what one does with the answer ----------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        drawn = self.result.drawn if self.is_mounted and self.query(Result) else None
        if action == "chart":
            return bool(drawn and drawn.shapes)
        if action in ("save", "copy"):
            return bool(drawn and drawn.rows)
        if action == "queue":
            return bool(drawn and any(drawn.requests[:1]))
        return True

    def action_chart(self) -> None:
        self.result.next_view()

    def action_copy(self) -> None:
        drawn, place = self.result.drawn, self.result.grid.cursor_place
        if drawn is not None and place < len(drawn.rows):
            table = drawn.answer.table
            row = dict(zip(table.columns, table.rows[place], strict=True))
            self.tell(copy(self.app, json.dumps(row, default=str, ensure_ascii=False), "row.json"))

    def action_queue(self) -> None:
        """The requests of the answer are labelled, one after the other."""
        from console.tui.labelling.screen import LabellingQueue

        drawn = self.result.drawn
        rows = tuple(dict.fromkeys(one for one in drawn.requests if one is not None)) if drawn else ()
        call = self.answered if isinstance(self.answered, QueryCall) else None
        screen = LabellingQueue(self._asking_desk, self.setting, call or rows, LabelContext(call=call))
        if self.snapshot is not None:
            screen.show(self.snapshot)
        self.app.push_screen(screen)

    def action_save(self) -> None:
        if self.answered is not None:
            dialog = SaveDialog(self._asking_desk, self.answered, self.answer_name())
            self.app.push_screen(dialog, self._tell_saved)

    def answer_name(self) -> str:
        """What a file with the answer is called, unless the person calls it otherwise."""
        return self.answered.query if isinstance(self.answered, QueryCall) else "sql"

    def _tell_saved(self, receipt: ExportReceipt | None) -> None:
        if receipt is not None:
            self.tell(receipt_words(receipt))

    @on(Grid.Opened, "#result-grid")
    def open_request(self, event: Grid.Opened) -> None:
        drawn = self.result.drawn
        if drawn is None or not isinstance(event.key, int):
            return
        row_id = drawn.requests[event.key]
        if row_id is None:
            self.tell("This row is no request: it has no source_id and source_offset")
            return
        self._push_request(row_id, tuple(dict.fromkeys(one for one in drawn.requests if one is not None)))

    def _push_request(self, row_id: RowId, among: tuple[RowId, ...]) -> None:
        asked = self.answered
        context = LabelContext(sql=asked) if isinstance(asked, str) else LabelContext(call=asked)
        screen = RequestScreen(self._asking_desk, self.setting, row_id, among, context)
        if self.snapshot is not None:
            screen.show(self.snapshot)
        self.app.push_screen(screen)
