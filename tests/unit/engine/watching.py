"""Waits for what an engine's snapshots show, without a sleep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

import pytest

from console.engine import Engine, Settings
from console.model import Snapshot
from tests.unit.engine.logs import clock

PATIENCE = 60.0
"""Seconds after which a test has failed."""


def be_brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots and judgements come as fast as they can be made."""
    monkeypatch.setattr("console.engine.engine.REFRESH_SECONDS", 0.01)
    monkeypatch.setattr("console.engine.judging.JUDGE_SECONDS", 0.01)
    monkeypatch.setattr("console.engine.judging.SHARE_OF_TIME", 1.0)
    monkeypatch.setattr("console.engine.judging.FIRST_LOOK_SECONDS", 0.0)


class Watched:
    """A started engine and every snapshot that it gave; leaving closes it."""

    def __init__(self, settings: Settings) -> None:
        self.engine = Engine(settings, clock=clock)
        self.snapshots: list[Snapshot] = []
        self._changed = threading.Condition()

    def __enter__(self) -> Watched:
        self.engine.start(self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.engine.close()
        given = len(self.snapshots)
        assert not any(thread.is_alive() for thread in self.engine._threads)
        assert len(self.snapshots) == given

    def _take(self, snapshot: Snapshot) -> None:
        with self._changed:
            self.snapshots.append(snapshot)
            self._changed.notify_all()

    def until(self, holds: Callable[[Snapshot], object]) -> Snapshot:
        """The first snapshot from the newest on for which this holds."""
        with self._changed:
            self._changed.wait_for(lambda: self.snapshots and holds(self.snapshots[-1]), PATIENCE)
            assert self.snapshots and holds(self.snapshots[-1]), _briefly(self.snapshots)
            return self.snapshots[-1]


def _briefly(snapshots: list[Snapshot]) -> str:
    if not snapshots:
        return "no snapshot came"
    last = snapshots[-1]
    alerts = [(alert.check, alert.state.value, alert.last_seen) for alert in last.alerts]
    return f"{len(snapshots)} snapshots, last: {last.phase}, {last.rows} rows, {alerts}, {last.notices}"
