"""A question that is taken back ends, whenever that is done."""

from __future__ import annotations

import threading

import pytest

from console.canned import load_catalog
from console.errors import Interrupted
from console.model import QueryCall, Ticket
from console.store import Store
from tests.unit.engine.logs import clock


def test_what_was_taken_back_before_it_was_asked_is_not_answered() -> None:
    store = Store(":memory:", load_catalog(), clock=clock)
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Interrupted):
        store.table(QueryCall("sources_ledger"), ticket=ticket)
    store.close()


def test_an_interrupt_is_given_until_it_is_heard() -> None:
    ticket, heard, enough = Ticket(), [], threading.Event()

    def end() -> None:
        heard.append(1)
        if len(heard) == 3:
            enough.set()

    with ticket.heard_by(end):
        ticket.cancel()
        assert enough.wait(10)
    assert ticket.cancelled


def test_a_ticket_that_is_cancelled_outside_of_a_question_disturbs_nobody() -> None:
    ticket, heard = Ticket(), []
    with ticket.heard_by(lambda: heard.append(1)):
        pass
    ticket.cancel()
    assert not heard
