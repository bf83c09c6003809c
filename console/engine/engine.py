"""The engine behind the screens: two threads, one to collect lines and one to judge and draw.

Importing this is cheap: DuckDB, polars and SQLAlchemy are imported by the thread that opens them, so
that the first paint does not wait for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from console.engine.feedback import Feedback
from console.engine.handled import Handled
from console.engine.manners import give_way_to_the_screen
from console.engine.settings import Settings
from console.errors import CasebookError, ConsoleError, Interrupted, UnavailableError
from console.model import Alert, Phase, Snapshot, Ticket, View

if TYPE_CHECKING:
    from console.casebook import Casebook
    from console.engine.judge import Judge, Known
    from console.engine.judging import JudgingApart
    from console.engine.opening import OpenedStore
    from console.engine.picture import Pictures
    from console.engine.seats import Company
    from console.engine.totals import Totals
    from console.store import Store

REFRESH_SECONDS = 1.0
"""Least time between two snapshots."""
JUDGE_SECONDS = 3.0
"""Least time between two judgements."""
SHARE_OF_TIME = 0.2
"""Share of the time that the judging may take, so that the host is left in peace."""
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
        self._making = threading.Lock()
        self._failure: ConsoleError | None = None
        self._threads: list[threading.Thread] = []
        self._opened: OpenedStore | None = None
        self._casebook: Casebook | None = None
        self._casebook_problem: CasebookError | None = None
        self._record_problem: CasebookError | None = None
        """Why the alerts that were found last are not in the casebook."""
        self._handled = Handled(clock)
        self._judge: Judge | None = None
        self._judging: JudgingApart | None = None
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
        self._totals: Totals | None = None

    @property
    def _found_alerts(self) -> Sequence[Alert]:
        return self._last.alerts if self._last is not None else ()

    @property
    def _newest_snapshot(self) -> Snapshot | None:
        return self._last

    @property
    def _newest_totals(self) -> Totals | None:
        return self._totals

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
        if self._casebook is not None:
            self._casebook.close()

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
        from console.engine.opening import casebook_at_hand, leaves_nothing, open_store

        catalog = load_catalog(self._settings.queries)
        self._opened = open_store(self._settings, catalog, clock=self._clock)
        try:
            self._casebook = casebook_at_hand(self._settings, clock=self._clock)
        except CasebookError as error:
            self._casebook_problem = error
        self._collector = Collector(
            self._opened.store,
            self._settings.sources,
            clock=self._clock,
            lines_mean=self._mapping,
        )
        self._on_record = not leaves_nothing(self._settings)
        self._judge = Judge(
            self._opened.store,
            rules=self._settings.configuration.check_limits,
            disabled=self._settings.configuration.disabled_checks,
            pinned=pinned_in(self._casebook if self._on_record else None),
            own_seconds=LOOK_BACK_SECONDS,
        )

    def _have_company(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        """What others do at the same casebook is seen within a second, even while this one judges."""
        from console.casebook import default_author
        from console.engine.seats import Company

        self._company = Company(
            self._settings.author or default_author(),
            doing=lambda: self._doing,
            sits=self._on_record,
            clock=self._clock,
            on_change=lambda: self._tell_company(on_snapshot),
        )
        at_hand = (self._casebook_by_now, self._stop)
        thread = threading.Thread(target=self._company.follow, args=at_hand, name="company", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _tell_company(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        with self._handing_out:
            if self._last is not None and not self._stop.is_set():
                handled = self._handled.on(self._last.alerts, self._casebook)
                self._last = self._with_company(replace(self._last, alerts=handled))
                on_snapshot(self._last)

    def _with_company(self, snapshot: Snapshot) -> Snapshot:
        if self._company is None or self._opened is None:
            return snapshot
        return self._company.on(snapshot, holder=self._opened.holder)

    def _refresh_until_stopped(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        assert self._collector is not None and self._judge is not None
        drawn_version, judged_version, judged_all = -1, -1, False
        drawn_view: View | None = None
        totals: Totals | None = None
        drawn_totals: Totals | None = None
        next_judgement, judged_at, alerts = 0.0, None, self._judge.alerts
        problems: tuple[str, ...] = ()
        owes = False
        judging = self._judging = self._judging_apart(self._judge)
        while not self._stop.is_set():
            began = monotonic()
            version, caught_up = self._collector.version, self._collector.caught_up
            trouble: list[str] = []
            try:
                if done := judging.take():
                    alerts, totals, judged_at = done.alerts, done.totals, self._clock()
                    judged_version, judged_all = done.version, done.caught_up
                    problems, owes = done.problems, done.owes
                    next_judgement = done.began + max(JUDGE_SECONDS, done.seconds / SHARE_OF_TIME)
                    if done.caught_up:
                        # Half a backlog is no baseline: what it seems to say is shown, but not kept.
                        self._record(alerts)
                view = self._view
                behind = self._picture is not None and self._picture.is_behind
                if behind or (version, view) != (drawn_version, drawn_view) or totals is not drawn_totals:
                    self._draw(totals)
                    drawn_version, drawn_view, drawn_totals = version, view, totals
                news = version != judged_version or judged_all is not caught_up or owes
                is_due = began >= next_judgement or (caught_up and not judged_all)
                if news and is_due and self._stored and not judging.is_busy:
                    next_judgement = began + JUDGE_SECONDS
                    judging.begin(version=version, caught_up=caught_up, whole=not judged_all)
            except Interrupted:
                continue
            except UnavailableError as error:
                trouble.append(str(error))
            with self._handing_out:
                self._last = self._with_company(self._snapshot(alerts, judged_at, [*trouble, *problems]))
                on_snapshot(self._last)
            self._wanted.wait(max(0.05, REFRESH_SECONDS - (monotonic() - began)))
            if not self._stop.is_set():
                self._wanted.clear()

    def _draw(self, totals: Totals | None) -> None:
        from console.engine.picture import Pictures

        self._drawing = Ticket()
        self._totals = totals
        if self._pictures is None:
            self._pictures = Pictures(self._store)
        self._picture = self._pictures.take(self._view, totals, self._drawing)
        self._database_bytes = self._store.size()

    def _judging_apart(self, judge: Judge) -> JudgingApart:
        from console.engine.judging import JudgingApart

        return JudgingApart(
            judge,
            known=self._known,
            on_done=self._wanted.set,
        )

    def _known(self) -> Known:
        from console.engine.recording import known_alerts

        if self._casebook is None or not self._on_record:
            return ()
        try:
            return known_alerts(self._casebook)
        except CasebookError as error:
            self._record_problem = error
            return ()

    def _record(self, alerts: Sequence[Alert]) -> None:
        """The alerts are in the casebook, or it is said why they are not: they are shown all the same."""
        if self._casebook is None or not self._on_record:
            return
        try:
            self._casebook.record_alerts(alerts)
            self._record_problem = None
        except CasebookError as error:
            self._record_problem = error

    def _stopped_by(self, error: Exception) -> Snapshot:
        last = self._last or Snapshot(self._clock(), Phase.STARTING)
        why = f"{type(error).__name__}: {error}"
        notice = f"judging has stopped, which is a bug ({why}); start the console again, nothing is lost"
        return replace(last, taken_at=self._clock(), quiet_since=None, notices=(notice, *last.notices))

    @property
    def _stored(self) -> bool:
        return self._picture is not None and self._picture.counts.rows > 0

    def _snapshot(
        self, alerts: tuple[Alert, ...], judged_at: datetime | None, trouble: Sequence[str]
    ) -> Snapshot:
        from console.engine.snapshots import snapshot_of

        assert self._collector is not None and self._judge is not None and self._opened is not None
        notices = [*self._opened.notices, *trouble]
        if self._picture is not None and self._picture.problem:
            notices.append(f"nothing is drawn for the filter: {self._picture.problem}")
        if self._casebook_problem is not None:
            notices.append(f"labels cannot be kept: {self._casebook_problem}")
        if self._record_problem is not None:
            notices.append(f"alerts are not kept: {self._record_problem}")
        alerts = self._handled.on(alerts, self._casebook)
        if self._handled.problem is not None:
            notices.append(f"what was said of alerts cannot be read: {self._handled.problem}")
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
            judged_at=judged_at,
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
        if self._casebook_problem is not None:
            raise self._casebook_problem
        return self._casebook

    def _casebook_by_now(self) -> Casebook | None:
        """The casebook, also one that somebody else has made since this console was started."""
        from console.engine.opening import casebook_at_hand

        if self._casebook is None and self._casebook_problem is None:
            with self._making, suppress(CasebookError):  # the next look is in a second
                if self._at_hand is None:
                    self._casebook = casebook_at_hand(self._settings, clock=self._clock)
        return self._casebook

    @property
    def _kept(self) -> Casebook:
        """The casebook, made if there is none yet: somebody has something to keep."""
        from console.engine.opening import open_casebook

        with self._making:
            if self._at_hand is None:
                self._casebook = open_casebook(self._settings, clock=self._clock)
        assert self._casebook is not None
        return self._casebook
