"""The engine behind the screens: two threads, one to collect lines and one to judge and draw.

Importing this is cheap: DuckDB, polars and SQLAlchemy are imported by the thread that opens them, so
that the first paint does not wait for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from console.engine.casebook_at_hand import CasebookAtHand
from console.engine.feedback import Feedback
from console.engine.manners import give_way_to_the_screen
from console.engine.settings import Settings
from console.errors import ConsoleError, Interrupted, UnavailableError
from console.model import Alert, Phase, Snapshot, Ticket, View

if TYPE_CHECKING:
    from console.casebook import Casebook
    from console.engine.judge import Judge
    from console.engine.judging import JudgingApart
    from console.engine.opening import OpenedStore
    from console.engine.picture import Pictures
    from console.engine.seats import Company
    from console.engine.totals import Totals
    from console.store import Store

REFRESH_SECONDS = 1.0
"""Least time between two snapshots."""
LOOK_BACK_SECONDS = 0.5
"""How long each query that raises alerts may look back through the history in one judgement."""
CLOSE_SECONDS = 10.0
"""How long a thread may take to end."""


class Engine(Feedback):
    """Reads the sources, judges, and answers the screens. Its methods may be called from any thread."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        super().__init__(settings, clock=clock)
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._failure: ConsoleError | None = None
        self._threads: list[threading.Thread] = []
        self._opened: OpenedStore | None = None
        self._book = CasebookAtHand(settings, clock=clock)
        self._judge: Judge | None = None
        self._judging: JudgingApart | None = None
        self._judged_at: datetime | None = None
        self._pictures: Pictures | None = None
        self._view = View()
        self._drawing = Ticket()
        """Of the picture that is being taken: it is taken back when another view is wanted."""
        self._wanted = threading.Event()
        """Set when a snapshot is wanted before its time."""
        self._last: Snapshot | None = None
        self._handing_out = threading.Lock()
        self._company: Company | None = None
        self._doing = ""
        self._database_bytes = 0

    @property
    def _found_alerts(self) -> Sequence[Alert]:
        return self._last.alerts if self._last is not None else ()

    @property
    def _newest_snapshot(self) -> Snapshot | None:
        return self._last

    @property
    def _newest_totals(self) -> Totals | None:
        return self._judging.newest.totals if self._judging is not None else None

    # --- running -----------------------------------------------------------------------------

    def start(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        """Snapshots arrive from a thread of the engine's from now on, about one a second."""
        thread = threading.Thread(target=self._run, args=(on_snapshot,), name="engine", daemon=True)
        self._threads.append(thread)
        thread.start()

    def look(self, view: View) -> None:
        """Snapshots are drawn as this view says from now on, the next one as soon as it can be."""
        self._view = view
        self._drawing.cancel()
        self._wanted.set()

    def tell_doing(self, words: str) -> None:
        """Who else has a console open on the casebook sees that the person here looks at this."""
        self._doing = words

    def close(self) -> None:
        """Everything read is committed, the threads have ended, and the files are free."""
        self._stop.set()
        self._wanted.set()
        for thread in self._threads:
            if thread is not threading.current_thread():
                self._see_it_end(thread)
        if self._judging is not None and self._judging.thread is not None:
            self._see_it_end(self._judging.thread)
        if self._collector is not None:
            self._collector.close()
        if self._opened is not None:
            self._opened.close()
        self._book.close()

    def _see_it_end(self, thread: threading.Thread) -> None:
        """A judgement asks many questions: each that is still asked is interrupted, not only the first."""
        give_up = monotonic() + CLOSE_SECONDS
        while thread.is_alive() and monotonic() < give_up:
            if self._opened is not None:
                self._opened.store.interrupt()
            thread.join(timeout=0.05)

    def _run(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        give_way_to_the_screen(self._settings.limits)
        try:
            self._open()
        except ConsoleError as error:
            self._failure = error
            on_snapshot(Snapshot(self._clock(), Phase.WAITING, notices=(str(error),)))
            return
        finally:
            self._ready.set()
        assert self._collector is not None
        self._collecting = threading.Thread(
            target=self._collector.follow, args=(self._stop,), name="collector", daemon=True
        )
        self._threads.append(self._collecting)
        self._collecting.start()
        self._have_company(on_snapshot)
        try:
            self._refresh_until_stopped(on_snapshot)
        except Interrupted:
            return
        except Exception as error:
            # A screen that stands still without a word would pass for a quiet one.
            on_snapshot(self._stopped_by(error))
            raise

    def _open(self) -> None:
        from console.canned import load_catalog
        from console.engine.baselines import pinned_in
        from console.engine.collector import Collector
        from console.engine.judge import Judge
        from console.engine.judging import JudgingApart
        from console.engine.opening import open_store
        from console.engine.picture import Pictures

        catalog = load_catalog(self._settings.queries)
        self._opened = open_store(self._settings, catalog, clock=self._clock)
        self._book.open()
        self._collector = Collector(
            self._opened.store,
            self._settings.sources,
            clock=self._clock,
            lines_mean=self._mapping,
        )
        self._judge = Judge(
            self._opened.store,
            rules=self._settings.configuration.check_limits,
            disabled=self._settings.configuration.disabled_checks,
            pinned=pinned_in(self._book.for_record),
            own_seconds=LOOK_BACK_SECONDS,
        )
        self._judging = JudgingApart(self._judge, known=self._book.known, on_done=self._wanted.set)
        self._pictures = Pictures(self._opened.store)

    def _have_company(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        """What others do at the same casebook is seen within a second, even while this one judges."""
        from console.casebook import default_author
        from console.engine.seats import Company

        self._company = Company(
            self._settings.author or default_author(),
            doing=lambda: self._doing,
            sits=self._book.is_on_record,
            clock=self._clock,
            on_change=lambda: self._tell_company(on_snapshot),
        )
        following = (self._book.by_now, self._stop)
        thread = threading.Thread(target=self._company.follow, args=following, name="company", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _tell_company(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        with self._handing_out:
            if self._last is not None and not self._stop.is_set():
                handled = self._book.handled(self._last.alerts)
                self._last = self._with_company(replace(self._last, alerts=handled))
                on_snapshot(self._last)

    def _with_company(self, snapshot: Snapshot) -> Snapshot:
        if self._company is None or self._opened is None:
            return snapshot
        return self._company.on(snapshot, holder=self._opened.holder)

    def _refresh_until_stopped(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        while not self._stop.is_set():
            began = monotonic()
            trouble: list[str] = []
            try:
                self._refresh()
            except Interrupted:
                continue
            except UnavailableError as error:
                trouble.append(str(error))
            with self._handing_out:
                self._last = self._with_company(self._snapshot(trouble))
                on_snapshot(self._last)
            self._wanted.wait(max(0.05, REFRESH_SECONDS - (monotonic() - began)))
            if not self._stop.is_set():
                self._wanted.clear()

    def _refresh(self) -> None:
        """Picture and alerts are those of now, as far as they are there."""
        assert self._collector is not None and self._judging is not None and self._pictures is not None
        version, caught_up = self._collector.version, self._collector.caught_up
        if done := self._judging.take():
            self._judged_at = self._clock()
            if done.caught_up:
                # Half a backlog is no baseline: what it seems to say is shown, but not kept.
                self._book.record(done.alerts)
        self._drawing = Ticket()
        picture = self._pictures.keep_up(version, self._view, self._judging.newest.totals, self._drawing)
        if picture is not self._picture:
            self._picture, self._database_bytes = picture, self._store.size()
        if picture.counts.rows > 0:
            self._judging.begin_if_due(version=version, caught_up=caught_up)

    def _stopped_by(self, error: Exception) -> Snapshot:
        last = self._last or Snapshot(self._clock(), Phase.STARTING)
        why = f"{type(error).__name__}: {error}"
        notice = f"judging has stopped, which is a bug ({why}); start the console again, nothing is lost"
        return replace(last, taken_at=self._clock(), quiet_since=None, notices=(notice, *last.notices))

    def _snapshot(self, trouble: Sequence[str]) -> Snapshot:
        from console.engine.snapshots import snapshot_of

        assert self._collector is not None and self._judge is not None and self._opened is not None
        assert self._judging is not None
        alerts = self._book.handled(self._judging.newest.alerts)
        notices = [*self._opened.notices, *trouble, *self._judging.newest.problems]
        if self._picture is not None and self._picture.problem:
            notices.append(f"nothing is drawn for the filter: {self._picture.problem}")
        notices += self._book.notices
        if self._collector.problem is not None:
            notices.append(
                f"reading pauses, nothing is lost: {self._collector.problem}; it is tried again each second"
            )
        if not self._collecting.is_alive() and not self._stop.is_set():
            notices.append("reading has stopped, which is a bug; start the console again, nothing is lost")
        return snapshot_of(
            self._collector,
            self._judge,
            self._picture,
            taken_at=self._clock(),
            store=self._opened.store,
            database_bytes=self._database_bytes,
            budget=self._settings.limits.in_words,
            zone=self._settings.configuration.zone,
            alerts=alerts,
            judged_at=self._judged_at,
            judged_in_part=self._judged_at is not None and not self._judging.newest.caught_up,
            notices=tuple(notices),
            masks=len(self._settings.configuration.masks.rules),
        )

    # --- what the answers come from ------------------------------------------------------------

    def _wait(self) -> None:
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    @property
    def _store(self) -> Store:
        self._wait()
        assert self._opened is not None
        return self._opened.store

    @property
    def _at_hand(self) -> Casebook | None:
        """The casebook; None if there is none yet, and nothing is to be left behind.

        Raises:
            CasebookError: it could not be opened.
        """
        self._wait()
        return self._book.casebook

    @property
    def _kept(self) -> Casebook:
        """The casebook, made if there is none yet: somebody has something to keep."""
        self._wait()
        return self._book.made()
