"""What people said of an alert, in the few words that a list has room for."""

from __future__ import annotations

from datetime import date

from console.model import Handling, Said
from console.tui import say
from console.tui.safe import cut

_NAME = 20


def handled_words(handling: Handling | None, today: date) -> str:
    """`ack anna`, or `snoozed to 04:10` while it is; empty if nobody said anything."""
    if handling is None:
        return ""
    if handling.snoozed_until is not None:
        return f"snoozed to {say.at(handling.snoozed_until, today, seconds=False)}"
    return f"ack {name_of(handling)}"


def name_of(handling: Handling | Said) -> str:
    """Who said it, without the host."""
    return cut(handling.author.partition("@")[0], _NAME)
