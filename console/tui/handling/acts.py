"""Looking after alerts, wherever they are on screen: acknowledge, snooze."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import on, work
from textual.binding import Binding
from textual.message import Message

from console.errors import ConsoleError
from console.model import Alert
from console.tui.desk import AlertDesk
from console.tui.handling.dialog import AcknowledgeDialog, Acknowledgement, Snooze, SnoozeDialog
from console.tui.labels.rows import RowsScreen
from console.tui.messages import WorkFailed
from console.tui.safe import cut
from console.tui.screen import Setting

ACKNOWLEDGE_KEY = Binding(
    "a", "acknowledge", "ack", id="alert.acknowledge", tooltip="say that you look after the alert"
)
SNOOZE_KEY = Binding(
    "z",
    "snooze",
    "snooze",
    id="alert.snooze",
    tooltip="have the alert not urgent for a while, or no longer so",
)
"""Both stand where a screen likes among its own keys: what comes last goes first where room is short."""


class HandlingScreen(RowsScreen):
    """A screen on which one alert is chosen, and can be looked after."""

    @dataclass
    class Said(Message):
        """What was said of an alert is in the casebook."""

        words: str

    def __init__(self, desk: AlertDesk, setting: Setting) -> None:
        super().__init__(desk, setting)
        self._handling_desk = desk

    def chosen_alert(self) -> Alert | None:
        """The alert that one would speak of, None if there is none."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("acknowledge", "snooze"):
            return self.chosen_alert() is not None
        return super().check_action(action, parameters)

    def action_acknowledge(self) -> None:
        alert = self.chosen_alert()
        if alert is None or self.is_read_only():
            return

        def keep(said: Acknowledgement | None) -> None:
            if said is not None:
                act = self._handling_desk.acknowledge
                self._keep_said(lambda: act(alert.alert_id, said.reason), f"Acknowledged: {alert.check}")

        self.app.push_screen(AcknowledgeDialog(alert), keep)

    def action_snooze(self) -> None:
        alert = self.chosen_alert()
        if alert is None or self.is_read_only():
            return

        def keep(said: Snooze | None) -> None:
            if said is None:
                return
            desk, span, reason = self._handling_desk, said.span, said.reason
            if span is None:
                self._keep_said(lambda: desk.unsnooze(alert.alert_id), f"Snoozed no longer: {alert.check}")
            else:
                self._keep_said(lambda: desk.snooze(alert.alert_id, span, reason), f"Snoozed: {alert.check}")

        self.app.push_screen(SnoozeDialog(alert), keep)

    @work(thread=True, group="handling")
    def _keep_said(self, act: Callable[[], None], words: str) -> None:
        reply: HandlingScreen.Said | WorkFailed
        try:
            act()
            reply = self.Said(words)
        except ConsoleError as error:
            reply = WorkFailed("Not kept", error)
        self.post_message(reply)

    @on(Said)
    def tell_said(self, message: Said) -> None:
        self.tell(cut(message.words.replace("_", " "), 120))
