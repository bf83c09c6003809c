"""Carries lines from the sources into the store, and counts what it carried."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic

from console.errors import StoreError
from console.ingest import Intake, Waker
from console.model import SourceState, SourceStatus
from console.store import Store

TICK_SECONDS = 0.1
"""Least time between two transactions while lines trickle in; each costs about 5 ms."""
POLL_SECONDS = 0.25
"""Sources are looked at this often even if nobody says that they changed."""
RETRY_SECONDS = 1.0
"""Time until a batch that the store refused is offered again."""
RATE_SECONDS = 5.0
"""Span that rows a second are counted over."""
IDLE_CHECKPOINT_SECONDS = 5.0


class Collector:
    """Polls the intake and appends what it gives; only then is it told that this was committed."""

    def __init__(self, store: Store, sources: Sequence[str], *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._intake = Intake(sources, store.marks(), clock=clock, monotonic=monotonic)
        self._recent: deque[tuple[float, int]] = deque()
        self._changed_at = monotonic()
        self._checkpointed = True
        self.statuses: tuple[SourceStatus, ...] = ()
        self.backlog = (0, 0)
        """Bytes left and bytes in all."""
        self.caught_up = False
        self.problem: str | None = None
        """Why the store refuses at the moment."""
        self.version = 0
        """Counts transactions: unchanged means that nothing new is stored."""
        self._publish()

    def step(self, *, last: bool = False) -> int:
        """Read at most one block a source and commit it.

        Args:
            last: nothing more will come, so an unfinished last line is taken if it is whole.

        Returns:
            Lines committed.

        Raises:
            StoreError: the store refused; the same lines are offered again next time.
        """
        batches = self._intake.poll(last=last)
        if batches:
            try:
                self._store.append(batches)
            except StoreError as error:
                self.problem = str(error)
                self._publish()
                raise
            self._intake.committed(batches)
            self._count(sum(batch.rows for batch in batches))
        self.problem = None
        self._publish()
        return sum(batch.lines for batch in batches)

    def drain(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Everything that is there now is stored; lines that are written meanwhile may be.

        Raises:
            StoreError: the store refused; what was committed before stays.
        """
        for last in (False, True):
            # Not until a step gives nothing: a writer that never rests would never let this end.
            while True:
                self.step(last=last)
                if progress is not None:
                    progress(*self.backlog)
                if self.caught_up or not self._can_go_on():
                    break

    def _can_go_on(self) -> bool:
        """False if all that is left to read cannot be read."""
        return any(s.state in (SourceState.READING, SourceState.FOLLOWING) for s in self.statuses)

    def follow(self, stop: threading.Event) -> None:
        """Store what comes until `stop` is set; a store that refuses is tried again."""
        waker = Waker()
        try:
            while not stop.is_set():
                waker.watch(self._intake.directories())
                try:
                    lines = self.step()
                except StoreError:
                    stop.wait(RETRY_SECONDS)
                    continue
                if lines:
                    if self.caught_up:
                        stop.wait(TICK_SECONDS)
                else:
                    self._checkpoint_when_idle()
                    waker.wait(POLL_SECONDS)
        finally:
            waker.close()

    def rows_per_second(self) -> float:
        """Rows committed a second, over the last few seconds."""
        now = monotonic()
        return sum(rows for at, rows in list(self._recent) if now - at <= RATE_SECONDS) / RATE_SECONDS

    def close(self) -> None:
        """No file is held open any more."""
        self._intake.close()

    def _count(self, rows: int) -> None:
        now = monotonic()
        self._recent.append((now, rows))
        while self._recent and now - self._recent[0][0] > RATE_SECONDS:
            self._recent.popleft()
        self._changed_at = now
        self._checkpointed = False
        self.version += 1

    def _checkpoint_when_idle(self) -> None:
        if not self._checkpointed and monotonic() - self._changed_at > IDLE_CHECKPOINT_SECONDS:
            try:
                self._store.checkpoint()
            except StoreError:
                self._changed_at = monotonic()
                return
            self._checkpointed = True

    def _publish(self) -> None:
        self.statuses = self._intake.statuses()
        self.backlog = self._intake.backlog()
        self.caught_up = self._intake.caught_up()
