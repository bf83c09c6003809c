"""The dialog in which what one knows is written down for the next one: markdown, or a bundle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar, Self

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from console.errors import ConsoleError, UsageError
from console.model import Alert, Ticket, View, parse_span
from console.model.filter_text import filter_text, span_text
from console.model.handover import USUAL_SPAN, HandoverPlan, HandoverReceipt
from console.tui import say
from console.tui.desk import HandoverDesk
from console.tui.messages import WorkFailed
from console.tui.pace import PacedDialog
from console.tui.safe import cut, visible

MARKDOWN, BUNDLE = ".md", ".tar.zst"
"""What the name of a handover ends with."""


class HandoverDialog(PacedDialog[HandoverReceipt | None]):
    """Asks over which time and for a path, writes the handover there, and stays open where that fails.

    Args:
        desk: writes it.
        view: what the person looks at: its filter and its end are those of the handover.
        alert: the one that is chosen, which may be handed over alone.
        alone: whether that is what is suggested.
    """

    AUTO_FOCUS = "#handover-path"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", id="dialog.back", tooltip="stop writing; close without a file"),
        Binding(
            "up,down",
            "other_kind",
            "markdown or bundle",
            id="handover.kind",
            priority=True,
            tooltip="a page of markdown, or a bundle with rows and labels",
        ),
    ]

    @dataclass
    class PathSuggested(Message):
        """A path that is free is known."""

        path: str

    @dataclass
    class Advanced(Message):
        """Something is done, and the next thing is being done."""

        words: str

        def can_replace(self, message: Message) -> bool:
            """What is being done now is all that is told."""
            return isinstance(message, HandoverDialog.Advanced)

    @dataclass
    class Written(Message):
        """The handover was written."""

        receipt: HandoverReceipt

    def __init__(self, desk: HandoverDesk, view: View, alert: Alert | None, *, alone: bool) -> None:
        super().__init__()
        self._desk = desk
        self._view = view
        self._alert = alert
        self._alone = alone and alert is not None
        self._ticket: Ticket | None = None
        """Of the writing that is under way."""

    def compose(self) -> ComposeResult:
        with Vertical(id="handover-dialog"):
            yield Static(self._about(), id="handover-about")
            with Horizontal(classes="field"):
                yield Static("over the last", classes="name")
                yield Input(id="handover-span", select_on_focus=False)
            with Horizontal(classes="field"):
                yield Static("written to", classes="name")
                yield Input(id="handover-path", placeholder="a path", select_on_focus=False)
            yield Static(id="handover-keys")

    def stand_in_for(self, other: Self) -> bool:
        self._view, self._alert, self._alone = other._view, other._alert, other._alone
        self.query_one("#handover-about", Static).update(self._about())
        return True

    def begin(self) -> None:
        span = self.query_one("#handover-span", Input)
        span.placeholder = "30m, 12h, 7d" + ("; empty: this alert only" if self._alert is not None else "")
        span.value = "" if self._alone else span_text(USUAL_SPAN).removeprefix("-")
        span.cursor_position = len(span.value)
        self._tell_keys()
        self._suggest()

    def _about(self) -> Content:
        pieces: list[str | tuple[str, str]] = [
            ("Hand over ", "bold $accent"),
            ("the timeline, charts, slices, labels and what is still open", "$foreground"),
        ]
        if self._alert is not None:
            alert = f"{cut(self._alert.check.replace('_', ' '), 40)} of {cut(self._alert.model, 40)}"
            pieces += [(" · chosen: ", "$dim"), (alert, "bold")]
        if self._view.filter:
            pieces += [(" · only ", "$dim"), (cut(filter_text(self._view.filter), 120), "bold")]
        return Content.assemble(*pieces)

    def _tell_keys(self, problem: str = "") -> None:
        kind = "a bundle: rows, labels and queries too" if self._is_bundle else "markdown"
        line = Content.assemble(
            ("⏎", "bold $accent"),
            (" write   ", "$dim"),
            ("↑↓", "bold $accent"),
            (f" {kind}   ", "$dim"),
            ("⇥", "bold $accent"),
            (" how long" + ("; empty: the chosen alert only   " if self._alert else "   "), "$dim"),
            ("esc", "bold $accent"),
            (" close", "$dim"),
        )
        if problem:
            line = Content.assemble((problem, "$error"), "\n", line)
        self.query_one("#handover-keys", Static).update(line)

    @property
    def _is_bundle(self) -> bool:
        return self.query_one("#handover-path", Input).value.strip().endswith(BUNDLE)

    # --- the path ---------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="path")
    def _suggest(self) -> None:
        reply: HandoverDialog.PathSuggested | WorkFailed
        try:
            reply = self.PathSuggested(self._desk.suggest_handover_path())
        except ConsoleError as error:
            reply = WorkFailed("No path to suggest", error)
        self.post_message(reply)

    @on(PathSuggested)
    def fill_in(self, message: PathSuggested) -> None:
        field = self.query_one("#handover-path", Input)
        # A person who has begun to type is left in peace; a folder may be called anything.
        if not field.value and visible(message.path) == message.path:
            self._write_path(message.path)

    def _write_path(self, path: str) -> None:
        field = self.query_one("#handover-path", Input)
        field.value = path
        field.cursor_position = len(path)

    @on(Input.Changed, "#handover-path")
    def tell_kind(self) -> None:
        if self._ticket is None:
            self._tell_keys()

    def action_other_kind(self) -> None:
        """The name ends as a bundle's does, or as a page's."""
        if self._ticket is not None:
            return
        path = self.query_one("#handover-path", Input).value.strip()
        stem = path.removesuffix(BUNDLE).removesuffix(MARKDOWN)
        self._write_path(stem + (MARKDOWN if path.endswith(BUNDLE) else BUNDLE))

    # --- writing ----------------------------------------------------------------------------------

    @on(Input.Submitted)
    def write(self) -> None:
        path = self.query_one("#handover-path", Input).value.strip()
        if self._ticket is not None or not path:
            return
        try:
            plan = self._plan()
        except UsageError as error:
            self._tell_keys(cut(str(error), 300))
            self.query_one("#handover-span", Input).focus()
            return
        self._ticket = Ticket()
        self.tell_step(self.Advanced("beginning"))
        self._write(plan, path, self._ticket)

    def _plan(self) -> HandoverPlan:
        """What is to be handed over.

        Raises:
            UsageError: the span is none.
        """
        plan = HandoverPlan(filter=self._view.filter, until=self._view.until)
        text = self.query_one("#handover-span", Input).value.strip()
        if not text and self._alert is not None:
            return replace(plan, until=None, alert_ids=(self._alert.alert_id,))
        span = parse_span(text)
        if span <= timedelta(0):
            raise UsageError(f"{text!r} is no time at all; write 30m, 12h or 7d")
        return replace(plan, span=span)

    @work(thread=True, group="write")
    def _write(self, plan: HandoverPlan, path: str, ticket: Ticket) -> None:
        reply: HandoverDialog.Written | WorkFailed
        try:
            reply = self.Written(self._desk.hand_over(plan, path, ticket, self._advance))
        except ConsoleError as error:
            reply = WorkFailed("Not written", error)
        self.post_message(reply)

    def _advance(self, words: str) -> None:
        if self.is_running:
            self.post_message(self.Advanced(words))

    @on(Advanced)
    def tell_step(self, message: Advanced) -> None:
        if self._ticket is not None:
            line = Content.assemble((f"{cut(message.words, 100)} … ", "$foreground"), ("esc cancels", "$dim"))
            self.query_one("#handover-keys", Static).update(line)

    @on(Written)
    def done(self, message: Written) -> None:
        self.dismiss(message.receipt)

    @on(WorkFailed)
    def stay(self, message: WorkFailed) -> None:
        stopped = self._ticket is not None and self._ticket.cancelled
        self._ticket = None
        failed = cut(f"{message.doing}: {message.error}", 600)
        self._tell_keys("Stopped; nothing was written" if stopped else failed)

    def action_leave(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
        else:
            self.dismiss(None)


def receipt_words(receipt: HandoverReceipt) -> str:
    """What was written, and where: one line for a notice."""
    alerts = say.plural(receipt.alerts, "alert")
    rows = f", {say.plural(receipt.rows, 'row')}" if receipt.rows else ""
    return f"{alerts}{rows} ({say.size(receipt.size)}) handed over in {visible(receipt.path)}"
