"""Answers to what a screen asks the desk, from the worker that waits for them."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message
from textual.message_pump import MessagePump
from textual.worker import get_current_worker

from console.errors import ConsoleError, Interrupted
from console.model import Ticket
from console.tui.messages import WorkFailed


def post_answer(
    to: MessagePump, failing: str, ask: Callable[[], Message], ticket: Ticket | None = None
) -> None:
    """Who asked is told the answer, or that there is none; nothing if the question was taken back.

    To be called in the thread of a worker.

    Args:
        to: who asked.
        failing: what to say should it fail: `Requests cannot be read`.
        ask: asks, and puts the answer into a message.
        ticket: by which the question is taken back; without one, that is when its worker is cancelled.
    """
    try:
        reply = ask()
    except Interrupted:
        return
    except ConsoleError as error:
        reply = WorkFailed(failing, error)
    if not (get_current_worker().is_cancelled if ticket is None else ticket.cancelled):
        to.post_message(reply)
