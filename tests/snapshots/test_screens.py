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
from console.model import (
    AlertState,
    Earlier,
    Label,
    LabelBook,
    LabelDraft,
    LabelStatus,
    Said,
    Seat,
    Snapshot,
)
from console.model.label_book import label_book
from console.tui.filter import bar
from tests.tui.driving import NARROW, WIDE, console_on, press, send, settle
from tests.tui.fakes import (
    BEGAN,
    ERRORS,
    NOW,
    FakeDesk,
    calm,
    incident,
    kept,
    label_queue,
    loading,
    trouble,
    waiting,
)

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


def with_people_at_odds() -> FakeDesk:
    """Two people label the same requests, and do not agree on one of them."""
    return AtOdds(incident())


class AtOdds(FakeDesk):
    """A desk at which several people label."""

    def label_book(self, find: str) -> LabelBook:
        standing = [
            said("f-1001", "fraud", "ana@prod-1", "seen before"),
            said("f-1002", "legit", "ana@prod-1"),
            said("f-1001", "legit", "ada@oncall-1"),
            said("f-1002", "legit", "ada@oncall-1"),
        ]
        flag = replace(said("f-1003", "", "ana@prod-1", "is this the same card?"), status=LabelStatus.DRAFT)
        return label_book(standing, [flag], find)


def said(key: str, value: str, author: str, note: str = "") -> Label:
    draft = LabelDraft(key, value, note=note, model="fraud", prediction="fraud")
    return replace(kept(draft), author=author, label_id=f"{key} {value} {author}")


def with_nothing_left() -> FakeDesk:
    return FakeDesk(incident(), queue=label_queue(0, labelled=12))


def without_queue() -> FakeDesk:
    return FakeDesk(incident(), failing={"label_queue": StoreError("predictions.duckdb: cannot be read")})


def said_already() -> FakeDesk:
    """Of the first request others say something, and not the same."""
    first, *rest = label_queue().items
    key = first.request.key
    labels = (said(key, "fraud", "ana@prod-1", "seen before"), said(key, "legit", "bob@prod-1"))
    return FakeDesk(
        incident(), queue=label_queue(items=(replace(first, said=labels, flags=labels[:1]), *rest))
    )


def without_truth() -> FakeDesk:
    return FakeDesk(incident(), failing={"evaluation": StoreError("no request of fraud has a truth yet")})


def masked() -> FakeDesk:
    return FakeDesk(replace(calm(), masks=2))


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
    "labels_none": Picture(of(calm), ("L",), is_wide=False),
    "labels_conflicts": Picture(with_people_at_odds, ("L", "2")),
    "labels_flagged": Picture(with_people_at_odds, ("L", "3"), is_wide=False),
    "label_queue": Picture(of(incident), ("F", "w")),
    "label_queue_said": Picture(said_already, ("F", "w"), is_wide=False),
    "label_queue_under_way": Picture(of(incident), ("F", "w", "1", "f", "space", "0"), is_wide=False),
    "label_queue_done": Picture(with_nothing_left, ("F", "w"), is_wide=False),
    "label_queue_failed": Picture(without_queue, ("F", "w"), is_wide=False),
    "evaluate": Picture(of(incident), ("E",)),
    "evaluate_calm": Picture(of(calm), ("E", "b", "b", "p"), is_wide=False),
    "evaluate_failed": Picture(without_truth, ("E",), is_wide=False),
    "evaluate_slice": Picture(of(incident), ("E", "enter"), is_wide=False),
    "evaluate_versions": Picture(of(incident), ("E", "v")),
    "alert_handover": Picture(of(incident), ("enter", "H"), is_wide=False),
    "alert_export": Picture(of(incident), ("enter", "x", "tab", "down"), is_wide=False),
    "overview_masked": Picture(masked, is_wide=False),
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
