"""The engine behind the screens: two threads, one to collect lines and one to judge and draw.

Importing this is cheap: DuckDB, polars and SQLAlchemy are imported by the thread that opens them, so
that the first paint does not wait for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from console.engine.handled import Handled
from console.engine.manners import give_way_to_the_screen
from console.engine.settings import Settings
from console.errors import CasebookError, ConsoleError, Interrupted, UnavailableError
from console.model import (
    Alert,
    Evidence,
    ExportReceipt,
    Label,
    LabelDraft,
    Phase,
    QueryCall,
    RejectRow,
    Request,
    RowId,
    Snapshot,
)

if TYPE_CHECKING:
    from console.casebook import Casebook
    from console.engine.collector import Collector
    from console.engine.judge import Judge, Known
    from console.engine.opening import OpenedStore
    from console.engine.picture import Picture
    from console.store import Store

REFRESH_SECONDS = 1.0
"""Least time between two snapshots."""
JUDGE_SECONDS = 3.0
"""Least time between two judgements."""
SHARE_OF_TIME = 0.2
"""Share of the time that the judging may take, so that the host is left in peace."""
CLOSE_SECONDS = 10.0
"""How long a thread may take to end."""
GENERAL_CLASSES = ("correct", "wrong", "unsure")
"""What a label may say where a model predicts numbers, or nothing is known yet."""


class Engine:
    """Reads the sources, judges, and answers the screens. Its methods may be called from any thread."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._making = threading.Lock()
        self._failure: ConsoleError | None = None
        self._threads: list[threading.Thread] = []
        self._classes: dict[str, tuple[str, ...]] = {}
        self._opened: OpenedStore | None = None
        self._casebook: Casebook | None = None
        self._casebook_problem: CasebookError | None = None
        self._record_problem: CasebookError | None = None
        """Why the alerts that were found last are not in the casebook."""
        self._handled = Handled(clock)
        self._collector: Collector | None = None
        self._judge: Judge | None = None
        self._picture: Picture | None = None
        self._last: Snapshot | None = None
        self._database_bytes = 0

    # --- running -----------------------------------------------------------------------------

    def start(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        """Snapshots arrive from a thread of the engine's from now on, about one a second."""
        thread = threading.Thread(target=self._run, args=(on_snapshot,), name="engine", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Everything read is committed, the threads have ended, and the files are free."""
        self._stop.set()
        for thread in self._threads:
            if thread is not threading.current_thread():
                self._see_it_end(thread)
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
        from console.ingest import choosing

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
            lines_mean=choosing(self._settings.configuration.meaning_of),
        )
        self._on_record = not leaves_nothing(self._settings)
        self._judge = Judge(
            self._opened.store,
            rules=self._settings.configuration.check_limits,
            disabled=self._settings.configuration.disabled_checks,
            pinned=pinned_in(self._casebook if self._on_record else None),
        )

    def _refresh_until_stopped(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        assert self._collector is not None and self._judge is not None
        drawn_version, judged_version, judged_all = -1, -1, False
        next_judgement, judged_at, alerts = 0.0, None, self._judge.alerts
        while not self._stop.is_set():
            began = monotonic()
            version, caught_up = self._collector.version, self._collector.caught_up
            trouble: list[str] = []
            try:
                if version != drawn_version:
                    self._draw()
                    drawn_version = version
                news = version != judged_version or judged_all is not caught_up
                if news and began >= next_judgement and self._stored:
                    next_judgement = began + JUDGE_SECONDS
                    alerts = self._judge_now(whole=not judged_all)
                    judged_at, judged_version, judged_all = self._clock(), version, caught_up
                    cost = monotonic() - began
                    next_judgement = began + max(JUDGE_SECONDS, cost / SHARE_OF_TIME)
                    if caught_up:
                        # Half a backlog is no baseline: what it seems to say is shown, but not kept.
                        self._record(alerts)
            except Interrupted:
                continue
            except UnavailableError as error:
                trouble.append(str(error))
            self._last = self._snapshot(alerts, judged_at, trouble)
            on_snapshot(self._last)
            self._stop.wait(max(0.05, REFRESH_SECONDS - (monotonic() - began)))

    def _draw(self) -> None:
        from console.engine.picture import take_picture

        self._picture = take_picture(self._store)
        self._database_bytes = self._store.size()

    def _judge_now(self, *, whole: bool) -> tuple[Alert, ...]:
        assert self._judge is not None
        return self._judge.history(known=self._known()) if whole else self._judge.refresh()

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
            database=self._opened.store.path,
            database_bytes=self._database_bytes,
            budget=self._settings.limits.in_words,
            zone=self._settings.configuration.zone,
            alerts=alerts,
            judged_at=judged_at,
            notices=tuple(notices),
        )

    # --- answering ---------------------------------------------------------------------------

    def evidence(self, alert: Alert) -> Evidence:
        """What stands behind an alert, as it is stored now."""
        from console.engine.evidence import gather_evidence

        return gather_evidence(self._store, alert)

    def request(self, row_id: RowId) -> Request:
        """One prediction, whole."""
        return self._store.request(row_id)

    def rejects(self, source_id: int | None, offset: int, limit: int) -> Sequence[RejectRow]:
        """Lines of a source, or of all, that could not be used, newest first: `limit` behind `offset`."""
        return self._store.rejects(source_id, offset=offset, limit=limit)

    def reject_reasons(self, source_id: int | None) -> Sequence[tuple[str, int]]:
        """Each kind of reason and how many rejects of a source, or of all, have it, the commonest first."""
        return self._store.reject_reasons(source_id)

    def retry_rejects(self) -> tuple[int, int]:
        """Every reject was tried with the mapping that is in force: how many, and how many are rows now."""
        from console.engine.rereading import retry_rejects
        from console.ingest import choosing

        tried, moved = retry_rejects(self._store, choosing(self._settings.configuration.meaning_of))
        if self._collector is not None:
            self._collector.retried(moved)
        return tried, sum(moved.values())

    def labels(self, keys: Sequence[str]) -> Mapping[str, Label]:
        """The label that counts for each of these request keys; keys without one are absent."""
        casebook = self._at_hand
        return casebook.current(keys) if casebook else {}

    def label(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        """The drafts are in the casebook, durably, as one act."""
        return self._kept.label(drafts)

    def undo_label(self) -> tuple[Label, ...]:
        """This author's last act counts no more; what it consisted of."""
        casebook = self._at_hand
        return casebook.undo() if casebook else ()

    def acknowledge(self, alert_id: str, reason: str) -> None:
        """The person looks after the alert, and all who share the casebook see it."""
        self._kept.acknowledge(alert_id, reason)

    def snooze(self, alert_id: str, span: timedelta, reason: str) -> None:
        """The alert is not urgent for so long, for all who share the casebook."""
        self._kept.snooze(alert_id, self._clock() + span, reason)

    def unsnooze(self, alert_id: str) -> None:
        """The alert is as urgent again as it is."""
        self._kept.unsnooze(alert_id)

    def classes(self, model: str) -> tuple[str, ...]:
        """What a label of the model's predictions may say, at most nine, the same as long as this runs."""
        if model not in self._classes:
            found = self._store.table(QueryCall("prediction_values", {"model": model})).rows
            predicted = sorted([str(value) for value, _, is_number in found if not is_number][:7])
            casebook = self._at_hand
            used = casebook.label_values(model) if casebook else ()
            general = () if predicted else GENERAL_CLASSES
            self._classes[model] = tuple(dict.fromkeys((*predicted, *general, *used)))[:9]
        return self._classes[model]

    def recent_call(self) -> QueryCall:
        """The canned query that gives the newest requests of the last snapshot."""
        self._wait()
        return self._picture.recent_call if self._picture else QueryCall("predictions_recent")

    def suggest_export_path(self, name: str) -> str:
        """A path in the current folder that does not exist yet, for a slice of this name."""
        from console.export import suggest_path

        return str(suggest_path(Path.cwd(), name, at=self._clock()))

    def export(self, call: QueryCall, path: str, alert: Alert | None) -> ExportReceipt:
        """All rows of the query are at `path`, whole, with a manifest beside them."""
        from console.engine.exporting import export_call, unlimited

        collector = self._collector
        return export_call(
            self._store,
            self._at_hand,
            unlimited(call) if alert is not None else call,
            Path(path).expanduser(),
            sources=collector.statuses if collector else (),
            author=self._settings.author,
            clock=self._clock,
            alert=alert,
        )

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

    @property
    def _kept(self) -> Casebook:
        """The casebook, made if there is none yet: somebody has something to keep."""
        from console.engine.opening import open_casebook

        with self._making:
            if self._at_hand is None:
                self._casebook = open_casebook(self._settings, clock=self._clock)
        assert self._casebook is not None
        return self._casebook
