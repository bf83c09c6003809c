"""Which thread runs when, as far as the interpreter lets one say."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from selectors import EVENT_READ

import pytest

from console.tui.turns import LONG_SECONDS, SHORT_SECONDS, Turns


@pytest.fixture(autouse=True)
def interval() -> Iterator[None]:
    """Other tests have the interval that they are used to."""
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_with_something_to_do_it_does_not_look_for_more_but_not_for_ever() -> None:
    reads, writes = os.pipe()
    with Turns() as turns:
        turns.register(reads, EVENT_READ)
        os.write(writes, b"x")
        looks = [bool(turns.select(0)) for _ in range(102)]
    os.close(reads)
    os.close(writes)
    assert [place for place, found in enumerate(looks) if found] == [50, 101]


def test_who_waits_has_the_next_turn_soon_and_who_draws_keeps_it_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", told.append)
    with Turns() as turns:
        turns.select(0.001)
    assert told == [SHORT_SECONDS, LONG_SECONDS]
    assert SHORT_SECONDS < LONG_SECONDS


def test_an_event_loop_that_never_rests_hears_of_other_threads_and_files() -> None:
    reads, writes = os.pipe()

    async def busy_until_read() -> str:
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[str] = loop.create_future()

        def read() -> None:
            loop.remove_reader(reads)
            heard.set_result(os.read(reads, 9).decode())

        def be_busy() -> None:
            if not heard.done():
                loop.call_soon(be_busy)

        loop.add_reader(reads, read)
        be_busy()
        loop.run_in_executor(None, os.write, writes, b"hello")
        return await heard

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(Turns())) as runner:
        assert runner.run(busy_until_read()) == "hello"
    os.close(reads)
    os.close(writes)
