"""The screens as pictures, at a fixed size, time and zone.

After a change that is meant, look at `snapshot_report.html`, then run with `--snapshot-update`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console.errors import SourceError, StoreError
from console.model import AlertState, Earlier, LabelDraft, Said, Seat, Snapshot
from console.tui.filter import bar
from tests.tui.driving import NARROW, WIDE, console_on, press, send, settle
from tests.tui.fakes import BEGAN, ERRORS, NOW, FakeDesk, calm, incident, loading, trouble, waiting

DAY = timedelta(days=1)
DRAFTS = (
    LabelDraft("f-1001", "legit", note="called the customer", model="fraud", prediction="fraud"),
    LabelDraft("gone", "unsure"),
)
ANA = Seat("ana@prod-1", 41, NOW - timedelta(hours=1), False, "alert drift amount", "prod-1")
ADA = Seat("ada@oncall-1", 7, NOW - timedelta(minutes=8), True, "overview", "oncall-1")


def of(snapshot: Callable[[], Snapshot]) -> Callable[[], FakeDesk]:
    """A desk that hands out this snapshot."""
    return lambda: FakeDesk(snapshot())


def in_company() -> FakeDesk:
    return FakeDesk(replace(incident(), seats=(ANA, ADA)))


def filtered() -> FakeDesk:
    return FakeDesk(replace(incident(), matching=412))


def with_labels() -> FakeDesk:
    return FakeDesk(incident(), drafts=[DRAFTS])


def without_sources() -> FakeDesk:
    refused = "/var/log/predictions: permission denied; run as a member of group adm"
    return FakeDesk(failing={"start": SourceError(refused)})


def without_evidence() -> FakeDesk:
    lost = StoreError("predictions.duckdb: cannot be read; see whether the disk is full")
    return FakeDesk(incident(), failing={"evidence": lost, "alert_picture": lost})


def that_remembers() -> FakeDesk:
    said = (Said("note", "bob", NOW - DAY, "rolled back v2"),)
    yesterday = replace(ERRORS, began=BEGAN - DAY, last_seen=NOW - DAY, state=AlertState.RESOLVED)
    return FakeDesk(
        incident(),
        earlier_ones=(
            Earlier("1", ERRORS.severity, BEGAN - DAY, NOW - DAY, True, "v2: 20 % errors", said, yesterday),
            Earlier("2", ERRORS.severity, BEGAN - 9 * DAY, NOW - 9 * DAY, True, "v1: 9 % errors"),
        ),
    )


@dataclass(frozen=True, slots=True)
class Picture:
    """What is on the desk, and the keys that lead to what the picture shows."""

    desk: Callable[[], FakeDesk]
    keys: tuple[str, ...] = ()
    is_wide: bool = True
    """Whether there is one at 160x48 too: a picture is large."""


PICTURES = {
    "overview_calm": Picture(of(calm)),
    "overview_incident": Picture(of(incident)),
    "overview_waiting": Picture(of(waiting)),
    "overview_loading": Picture(of(loading)),
    "overview_failed": Picture(without_sources),
    "overview_filtered": Picture(
        filtered, ("slash", *"model", "equals_sign", *"fraud", "enter"), is_wide=False
    ),
    "overview_filter": Picture(of(incident), ("slash", "m", "o"), is_wide=False),
    "overview_acknowledge": Picture(of(incident), ("a",), is_wide=False),
    "overview_label": Picture(with_labels, ("tab", "l"), is_wide=False),
    "overview_export": Picture(of(incident), ("x",), is_wide=False),
    "overview_seats": Picture(in_company, ("W",), is_wide=False),
    "overview_help": Picture(of(incident), ("question_mark",)),
    "alert": Picture(of(incident), ("enter",)),
    "alert_moved": Picture(of(incident), ("enter", "m"), is_wide=False),
    "alert_query": Picture(of(incident), ("enter", "s"), is_wide=False),
    "alert_failed": Picture(without_evidence, ("enter",), is_wide=False),
    "earlier": Picture(that_remembers, ("enter", "e")),
    "requests": Picture(of(incident), ("F",)),
    "queries": Picture(of(incident), ("Q",)),
    "query": Picture(of(incident), ("Q", "enter"), is_wide=False),
    "query_result": Picture(of(incident), ("Q", "enter", "f", "enter")),
    "sql": Picture(of(incident), ("semicolon", *"sel", "tab"), is_wide=False),
    "sql_result": Picture(of(incident), ("semicolon", *"from", "space", *"rejects", "f5")),
    "labels": Picture(with_labels, ("L",)),
    "sources": Picture(of(trouble), ("s",)),
    "rejects": Picture(of(trouble), ("r", "j")),
    "request": Picture(of(incident), ("enter", "enter")),
    "request_neighbours": Picture(of(incident), ("enter", "enter", "b"), is_wide=False),
    "request_raw": Picture(of(incident), ("enter", "enter", "w"), is_wide=False),
}
SIZES = {"80x24": NARROW, "160x48": WIDE}
SHOWN = [
    pytest.param(name, SIZES[size], id=f"{name}-{size}")
    for name, picture in PICTURES.items()
    for size in SIZES
    if picture.is_wide or size == "80x24"
]


@pytest.mark.parametrize(("name", "size"), SHOWN)
def test_screen_looks_as_it_did(
    name: str,
    size: tuple[int, int],
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(bar, "PAUSE_SECONDS", 0.0)
    picture = PICTURES[name]
    desk = picture.desk()

    async def drive(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, *picture.keys)
        if desk.looked and desk.snapshot is not None:
            await send(pilot, desk, desk.snapshot)

    assert snap_compare(console_on(desk), terminal_size=size, run_before=drive)
