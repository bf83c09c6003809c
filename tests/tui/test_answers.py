"""What a worker tells the screen that asked."""

from __future__ import annotations

from typing import cast

from textual.message import Message
from textual.message_pump import MessagePump

from console.errors import Interrupted, StoreError
from console.model import Ticket
from console.tui.answers import post_answer
from console.tui.messages import Arrived, WorkFailed


class Asker:
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        self.told: list[Message] = []

    def post_message(self, message: Message) -> None:
        self.told.append(message)


def told(outcome: Message | Exception, *, taken_back: bool = False) -> list[Message]:
    asker, ticket = Asker(), Ticket()

    def ask() -> Message:
        if taken_back:
            ticket.cancel()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    post_answer(cast(MessagePump, asker), "Rows cannot be read", ask, ticket)
    return asker.told


def test_who_asked_is_told_the_answer() -> None:
    answer = Arrived()
    assert told(answer) == [answer]


def test_who_asked_is_told_what_failed_and_why() -> None:
    (failed,) = told(StoreError("no such table"))
    assert isinstance(failed, WorkFailed)
    assert (failed.doing, str(failed.error)) == ("Rows cannot be read", "no such table")


def test_of_a_question_that_was_taken_back_nothing_is_told() -> None:
    assert told(Interrupted("stopped")) == []
    assert told(Arrived(), taken_back=True) == []
    assert told(StoreError("closed"), taken_back=True) == []
