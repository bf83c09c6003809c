"""Handing over, from wherever one is."""

from __future__ import annotations

from textual.app import App
from textual.screen import ModalScreen

from console.model.handover import HandoverReceipt
from console.tui.desk import HandoverDesk
from console.tui.handling.acts import HandlingScreen
from console.tui.handover.dialog import HandoverDialog, receipt_words
from console.tui.safe import cut
from console.tui.screen import ConsoleScreen


def hand_over(app: App[None], desk: HandoverDesk) -> None:
    """The person is asked what is to be handed over: of an alert's screen that alert, else the last hours."""
    screen = app.screen
    if isinstance(screen, ModalScreen) or not isinstance(screen, ConsoleScreen):
        return
    alert = screen.chosen_alert() if isinstance(screen, HandlingScreen) else None

    def tell(receipt: HandoverReceipt | None) -> None:
        if receipt is not None:
            screen.tell(cut(receipt_words(receipt), 300))

    app.push_screen(HandoverDialog(desk, screen.view, alert, alone=screen.kind == "alert"), tell)
