"""The screens as pictures, at a fixed size, time and zone.

After a change that is meant, look at `snapshot_report.html`, then run with `--snapshot-update`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from console.model import Snapshot
from tests.tui.driving import NARROW, WIDE, console_on, press, settle
from tests.tui.fakes import FakeDesk, calm, incident, loading, trouble, waiting

SCREENS: dict[str, tuple[Callable[[], Snapshot], tuple[str, ...]]] = {
    "overview_calm": (calm, ()),
    "overview_incident": (incident, ()),
    "overview_waiting": (waiting, ()),
    "alert": (incident, ("enter",)),
    "alert_moved": (incident, ("enter", "m")),
    "request": (incident, ("enter", "enter")),
    "sources": (trouble, ("s",)),
    "rejects": (trouble, ("r", "j")),
    "overview_loading": (loading, ()),
}


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "160x48"])
@pytest.mark.parametrize("screen", SCREENS)
def test_screen_looks_as_it_did(
    screen: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    snapshot, keys = SCREENS[screen]

    async def drive(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, *keys)

    assert snap_compare(console_on(FakeDesk(snapshot())), terminal_size=size, run_before=drive)
