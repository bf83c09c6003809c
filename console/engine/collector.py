"""Carries lines from the sources into the store, and counts what it carried."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from time import monotonic, sleep

from console.errors import MemoryFullError, StoreError
from console.ingest import ALL_NATIVE, STANDARD_INPUT, FormatFor, Intake, Waker
from console.model import Batch, SourceState, SourceStatus
from console.store import Store

READ_AHEAD_BYTES = 2**20
"""From this size on, what follows a block is read while the block is stored."""
PIPE_SECONDS = 0.02
"""Time until it is looked again whether a pipe has more, or a file can be told from another."""
TICK_SECONDS = 0.1
"""Least time between two transactions while lines trickle in; each costs about 5 ms."""
POLL_SECONDS = 0.4
"""Sources are looked at this often even if nobody says that they changed, ..."""
CALM_SECONDS = 10.0
"""... but if nothing came for so long, ..."""
CALM_POLL_SECONDS = 1.0
"""... then only this often. Of a pipe nobody ever says it."""
RETRY_SECONDS = 1.0
"""Time until a batch that the store refused is offered again."""
RATE_SECONDS = 5.0
"""Span that rows a second are counted over."""
PACE_SECONDS = 10.0
"""Span that the reading of a backlog is timed over."""
JOIN_SECONDS = 1.0
"""Least time from one joining of truths to the next; ..."""
JOIN_SHARE = 20
"""... which is so many times as long as it took."""
EXPIRE_SECONDS = 2.0
"""How often it is looked whether rows must leave the cache."""
IDLE_CHECKPOINT_SECONDS = 5.0
TOLD_SECONDS = 1.9
"""While nothing comes, it is told anew how far all sources are only this often; there may be hundreds."""


class Collector:
    """Polls the intake and appends what it gives; only then is it told that this was committed."""

    def __init__(
        self,
        store: Store,
        sources: Sequence[str],
        *,
        clock: Callable[[], datetime],
        lines_mean: FormatFor = ALL_NATIVE,
    ) -> None:
        self._store = store
        self._intake = Intake(sources, store.marks(), clock=clock, monotonic=monotonic, lines_mean=lines_mean)
        self._only_piped = set(sources) == {STANDARD_INPUT}
        self._appending = ThreadPoolExecutor(max_workers=1, thread_name_prefix="appending")
        self._retried: deque[Mapping[int, int]] = deque()
        self._recent: deque[tuple[float, int]] = deque()
        self._pace: deque[tuple[float, int]] = deque()
        """When so many bytes of the backlog had been read."""
        self._read_bytes = 0
        self._expired_at = -EXPIRE_SECONDS
        self._expiring = False
        self._join_at = 0.0
        self._matched: Mapping[int, int] = {}
        """Source id -> truths of it whose request is stored."""
        self._changed_at = monotonic()
        self._checkpointed = True
        self._tell_at = 0.0
        self.statuses: tuple[SourceStatus, ...] = ()
        self.backlog = (0, 0)
        """Bytes left and bytes in all."""
        self.caught_up = False
        self.problem: str | None = None
        """Why the store refuses at the moment."""
        self.version = 0
        """Counts transactions: unchanged means that nothing new is stored."""
        self._publish()

    def step(self, *, last: bool = False, changed: bool = False, rests: bool = False) -> int:
        """Read at most one block a source and commit it.

        Args:
            last: nothing more will come, so an unfinished last line is taken if it is whole.
            changed: something is known to have changed where the sources are.
            rests: the step before found nothing to read, nor is anything known to have changed since.

        Returns:
            Lines committed.

        Raises:
            StoreError: the store refused; the same lines are offered again next time.
        """
        while self._retried:
            self._intake.retried(self._retried.popleft())
            self._tell_at = 0.0
        batches = self._intake.poll(last=last, changed=changed)
        if batches:
            left, _ = self._intake.backlog()  # before more of an archive is read ahead
            if not self.caught_up:
                self._publish()  # the first transaction of a backlog takes a while
            try:
                self._append(batches)
            except StoreError as error:
                if isinstance(error, MemoryFullError) and self._intake.read_less():
                    return 0
                self.problem = str(error)
                self._publish()
                raise
            self._intake.committed(batches)
            self._read_bytes += max(0, left - self._intake.backlog()[0])
            self._count(sum(batch.rows - batch.truth_rows for batch in batches))
        if monotonic() >= self._join_at:
            self._join()
        self.problem = None
        if batches or not (rests and self.caught_up) or monotonic() >= self._tell_at:
            self._publish()
        return sum(batch.lines for batch in batches)

    def _join(self) -> bool:
        """Truths that have come are given to their predictions, some at a time; True if there are more.

        That looks through all request ids, so that it is done now and then.
        """
        began = monotonic()
        try:
            joined = self._store.join_truths()
        except StoreError as error:
            self.problem = str(error)
            self._publish()
            raise
        self._join_at = monotonic() + max(JOIN_SECONDS, JOIN_SHARE * (monotonic() - began))
        if joined is None:
            return False
        self._matched = joined.matched
        self.version += joined.rows > 0
        return joined.has_more

    def _append(self, batches: Sequence[Batch]) -> None:
        """The batches are stored; of a backlog, what follows them is read and prepared meanwhile."""
        size = sum(batch.next_offset - batch.start_offset for batch in batches)
        # The first rows are wanted at once; to read ahead takes longer than to store them.
        if size < READ_AHEAD_BYTES or not self.version:
            self._store.append(batches)
            return
        stored = self._appending.submit(self._store.append, batches)
        try:
            while self._intake.read_ahead() and not stored.done():
                pass
        finally:
            stored.result()

    def drain(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Everything that is there now is stored, but for what the limits do not allow to be kept.

        Lines that are written meanwhile may be.

        Raises:
            StoreError: the store refused; what was committed before stays.
        """
        for last in (False, True):
            # Not until a step gives nothing: a writer that never rests would never let this end.
            while True:
                lines = self.step(last=last)
                if progress is not None:
                    progress(*self.backlog)
                self._expire()
                if self.caught_up or not self._can_go_on():
                    break
                if not lines:
                    sleep(PIPE_SECONDS)
        self._settle()

    def _settle(self) -> None:
        """Truths are joined, and the limits hold, of all that is stored."""
        while self._join():
            pass
        self._expired_at = -EXPIRE_SECONDS
        while self._expire():
            pass

    def _can_go_on(self) -> bool:
        """False if all that is left to read cannot be read."""
        return any(s.state in (SourceState.READING, SourceState.FOLLOWING) for s in self.statuses)

    def _is_over(self) -> bool:
        return self._only_piped and self.caught_up and not self._can_go_on()

    def follow(
        self, stop: threading.Event, *, tell: Callable[[str], None] | None = None, may_end: bool = False
    ) -> None:
        """Store what comes until `stop` is set; a store that refuses is tried again.

        Args:
            stop: ends it, from any thread.
            tell: is told when the store begins to refuse, and when it is over.
            may_end: it ends by itself where standard input is all there is to read, and is at its end.
        """
        told: str | None = None
        waker = Waker()
        changed = rests = False
        try:
            while not stop.is_set():
                waker.watch(self._intake.directories())
                try:
                    lines = self.step(changed=changed, rests=rests and not changed)
                    self._expire()
                    if may_end and not lines and self._is_over():
                        self._settle()
                        return
                except StoreError as error:
                    if tell is not None and told is None:
                        tell(f"{error}; nothing is lost, it is tried again")
                    told = str(error)
                    stop.wait(RETRY_SECONDS)
                    rests = False
                    continue
                if tell is not None and told is not None:
                    tell("goes on")
                told = None
                rests = not lines
                if lines:
                    if self.caught_up:
                        stop.wait(TICK_SECONDS)
                    changed = waker.wait(0)
                elif self._intake.is_comparing:
                    changed = waker.wait(PIPE_SECONDS)
                else:
                    self._checkpoint_when_idle()
                    changed = waker.wait(self._poll_seconds())
        finally:
            waker.close()

    def retried(self, moved: Mapping[int, int]) -> None:
        """So many rejects of each source are rows now. From any thread; counted by the next step."""
        if moved:
            self._retried.append(moved)
            self.version += 1

    def _expire(self) -> bool:
        """A little of what the limits do not allow has left the cache; True if there is more of that."""
        now = monotonic()
        if self._expiring or now - self._expired_at >= EXPIRE_SECONDS:
            self._expired_at = now
            self._expiring = self._store.expire()
            self.version += self._expiring
        return self._expiring

    def bytes_per_second(self) -> float:
        """At which the backlog is being read; 0.0 while none is, or it cannot be told yet."""
        now = monotonic()
        pace = [(at, read) for at, read in list(self._pace) if now - at <= PACE_SECONDS]
        if self.caught_up or self.problem is not None or len(pace) < 2:
            return 0.0
        start, before = pace[0]
        return (self._read_bytes - before) / max(now - start, 1e-3)

    def seconds_left(self) -> float | None:
        """Until the backlog is read, at that rate; None while it cannot be told."""
        rate = self.bytes_per_second()
        return self.backlog[0] / rate if rate > 0 else None

    def rows_per_second(self) -> float:
        """Rows committed a second, over the last few seconds."""
        now = monotonic()
        return sum(rows for at, rows in list(self._recent) if now - at <= RATE_SECONDS) / RATE_SECONDS

    def close(self) -> None:
        """No file is held open any more."""
        self._appending.shutdown()
        self._intake.close()

    def _count(self, rows: int) -> None:
        now = monotonic()
        self._recent.append((now, rows))
        self._pace.append((now, self._read_bytes))
        while now - self._pace[0][0] > PACE_SECONDS:
            self._pace.popleft()
        while self._recent and now - self._recent[0][0] > RATE_SECONDS:
            self._recent.popleft()
        self._changed_at = now
        self._checkpointed = False
        self.version += 1

    def _poll_seconds(self) -> float:
        calm = monotonic() - self._changed_at > CALM_SECONDS
        piped = any(status.path == STANDARD_INPUT for status in self.statuses)
        return CALM_POLL_SECONDS if calm and not piped else POLL_SECONDS

    def _checkpoint_when_idle(self) -> None:
        if not self._checkpointed and monotonic() - self._changed_at > IDLE_CHECKPOINT_SECONDS:
            try:
                self._store.checkpoint()
            except StoreError:
                self._changed_at = monotonic()
                return
            self._checkpointed = True

    def _publish(self) -> None:
        self._tell_at = monotonic() + TOLD_SECONDS
        self.statuses = tuple(
            replace(status, matched=self._matched.get(status.source_id, 0)) if status.truths else status
            for status in self._intake.statuses()
        )
        self.backlog = self._intake.backlog()
        self.caught_up = self._intake.caught_up()
