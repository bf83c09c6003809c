"""The dialogs in which one says that one looks after an alert, or that it can wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from console.errors import UsageError
from console.model import Alert, parse_span
from console.tui.pace import PacedDialog
from console.tui.safe import cut

T = TypeVar("T")

USUAL_SPAN = "1h"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody looks after it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Snooze:
    """It can wait."""

    span: timedelta | None
    """For how long; None if it cannot wait any longer."""
    reason: str


class _HandlingDialog(PacedDialog[T | None]):
    """What both ask: of which alert, and why."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "close", id="dialog.back", tooltip="close, nothing said"),
    ]
    does: ClassVar[str] = ""
    asks: ClassVar[str] = "keep"
    """What Enter does."""
    placeholder: ClassVar[str] = "why: may be empty"

    def __init__(self, alert: Alert) -> None:
        super().__init__()
        self.alert = alert

    def compose(self) -> ComposeResult:
        with Vertical(id="handling-dialog"):
            yield Static(self._what(), id="handling-alert")
            yield from self.compose_fields()
            yield Input(id="handling-reason", placeholder=self.placeholder, select_on_focus=False)
            yield Static(id="handling-keys")

    def compose_fields(self) -> ComposeResult:
        """What is asked before the reason."""
        yield from ()

    def on_mount(self) -> None:
        self.tell_keys()

    def _what(self) -> Content:
        alert = self.alert
        return Content.assemble(
            (f"{self.does} ", "bold $accent"),
            (cut(alert.check.replace("_", " "), 60), "bold"),
            (f" · {cut(alert.model, 40)}", "$dim"),
            (f"  {cut(alert.latest.summary, 200)}", "$foreground"),
        )

    def tell_keys(self, problem: str = "") -> None:
        """The line of keys, below what is wrong."""
        line = Content.assemble(
            ("⏎", "bold $accent"),
            (f" {self.asks}   ", "$dim"),
            ("esc", "bold $accent"),
            (" close", "$dim"),
        )
        if problem:
            line = Content.assemble((problem, "$error"), "\n", line)
        self.query_one("#handling-keys", Static).update(line)

    @property
    def reason(self) -> str:
        """Why, as it is written now."""
        return self.query_one("#handling-reason", Input).value.strip()


class AcknowledgeDialog(_HandlingDialog[Acknowledgement]):
    """Asks why, if one likes to say."""

    AUTO_FOCUS = "#handling-reason"
    does = "Acknowledge"

    @on(Input.Submitted)
    def done(self) -> None:
        self.dismiss(Acknowledgement(self.reason))


class NoteDialog(_HandlingDialog[str]):
    """Asks for a note, below what was said before."""

    AUTO_FOCUS = "#handling-reason"
    does = "Note"
    placeholder = "what the next one is to know"

    def __init__(self, alert: Alert, said: Content) -> None:
        super().__init__(alert)
        self._said = said

    def compose_fields(self) -> ComposeResult:
        yield Static(self._said, id="handling-said")

    @on(Input.Submitted)
    def done(self) -> None:
        if self.reason:
            self.dismiss(self.reason)
        else:
            self.tell_keys("A note says something; esc closes")


class SnoozeDialog(_HandlingDialog[Snooze]):
    """Asks for how long and why. Of an alert that is snoozed, no span ends that."""

    AUTO_FOCUS = "#handling-span"
    does = "Snooze"
    asks = "for how long (30m, 2h, 1d), then why"

    def compose_fields(self) -> ComposeResult:
        if self._is_snoozed:
            yield Input(id="handling-span", placeholder="for: 30m, 2h, 1d; empty: no longer")
        else:
            yield Input(USUAL_SPAN, id="handling-span", placeholder="for: 30m, 2h, 1d")

    @property
    def _is_snoozed(self) -> bool:
        handling = self.alert.handling
        return handling is not None and handling.snoozed_until is not None

    @on(Input.Submitted, "#handling-span")
    def go_on(self) -> None:
        """The span is asked first; once it is one, why."""
        try:
            span = self._span()
        except UsageError as error:
            self.tell_keys(cut(str(error), 300))
            return
        self.tell_keys()
        if span is None:
            self.dismiss(Snooze(None, ""))
        else:
            self.query_one("#handling-reason", Input).focus()

    @on(Input.Submitted, "#handling-reason")
    def done(self) -> None:
        try:
            self.dismiss(Snooze(self._span(), self.reason))
        except UsageError as error:
            self.tell_keys(cut(str(error), 300))
            self.query_one("#handling-span", Input).focus()

    def _span(self) -> timedelta | None:
        """The span that is written; None where there is none and that ends a snooze.

        Raises:
            UsageError: it is none, or nothing.
        """
        text = self.query_one("#handling-span", Input).value.strip()
        if not text and self._is_snoozed:
            return None
        span = parse_span(text)
        if span <= timedelta(0):
            raise UsageError(f"{text!r} is over at once; write 30m, 2h or 1d")
        return span
