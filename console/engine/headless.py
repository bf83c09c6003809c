"""The same parts as the engine's, without threads: for cron, CI and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from types import TracebackType

from console.canned import load_catalog
from console.casebook import Casebook
from console.checks import CHECKS, Pinned
from console.engine.baselines import chosen, in_force, kind_of, packed, pinned_in
from console.engine.collector import Collector
from console.engine.judge import Judge
from console.engine.masks import lines_mean
from console.engine.opening import casebook_at_hand, leaves_nothing, open_casebook, open_store
from console.engine.recording import known_alerts
from console.engine.rereading import retry_rejects
from console.engine.settings import Settings
from console.errors import CasebookError, UsageError
from console.explain import offending_call
from console.ingest import require_readable
from console.ingest.ledger import status_of_mark
from console.model import PASSED_OVER, Alert, LimitRule, SourceStatus


class Headless:
    """Store, collector, judge and casebook of one run. A context manager: leaving closes them.

    Args:
        settings: what to read and where to keep it.
        clock: gives the time, aware.
        private_if_locked: read into a private cache if another process holds the one that is meant.
        waits: a source that is not there yet is no error, since it is going to be followed.

    Raises:
        SourceError: a source is not there or cannot be read; nothing was opened.
        UsageError: a canned query is wrong.
        StoreError: the cache cannot be opened.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime],
        private_if_locked: bool = True,
        waits: bool = False,
    ) -> None:
        if settings.sources and not waits:
            require_readable(settings.sources)
        self._settings = settings
        self._clock = clock
        self._opened = open_store(
            settings, load_catalog(settings.queries), clock=clock, private_if_locked=private_if_locked
        )
        self.store = self._opened.store
        self.notices = self._opened.notices
        try:
            self.collector = Collector(
                self.store,
                settings.sources,
                clock=clock,
                lines_mean=lines_mean(settings.configuration),
            )
        except BaseException:
            self._opened.close()
            raise
        self.casebook_problem: CasebookError | None = None
        """Why `alerts` could not use the casebook."""
        self.query_problems: tuple[str, ...] = ()
        """What was wrong with queries that raise alerts, as of the last judgement."""

    @property
    def sources(self) -> tuple[SourceStatus, ...]:
        """How far each source was read; where only a cache was named, those that it was read from."""
        if self._settings.sources:
            return self.collector.statuses
        return tuple(status_of_mark(mark) for mark in self.store.marks() if mark.kind != PASSED_OVER)

    @cached_property
    def judge(self) -> Judge:
        """Judges what is stored, by the limits and against the baselines that somebody set."""
        configuration = self._settings.configuration
        try:
            casebook = None if leaves_nothing(self._settings) else self.casebook
            pinned = pinned_in(casebook)
        except CasebookError as error:
            self.casebook_problem = error
            pinned = {}
        return Judge(
            self.store,
            rules=configuration.check_limits,
            disabled=configuration.disabled_checks,
            pinned=pinned,
        )

    @cached_property
    def casebook(self) -> Casebook | None:
        """The casebook, opened when it is first needed; None if there is none and none is to be left behind.

        Raises:
            CasebookError: it cannot be opened or made.
        """
        return casebook_at_hand(self._settings, clock=self._clock)

    def alerts(self) -> tuple[Alert, ...]:
        """Every alert of the stored history, most urgent first, under the id that it was first seen by.

        They are on record in the casebook then, unless nothing is to be left behind; where that cannot be
        used, `casebook_problem` says why.
        """
        try:
            casebook = None if leaves_nothing(self._settings) else self.casebook
            known = known_alerts(casebook) if casebook else ()
        except CasebookError as error:
            self.casebook_problem = error
            known = ()
            casebook = None
        alerts = self.judge.history(known=known)
        self.query_problems = self.judge.problems
        try:
            if casebook is not None:
                casebook.record_alerts(alerts)
        except CasebookError as error:
            self.casebook_problem = error
        return alerts

    def episodes(
        self, *, every: int = 5, baseline: str | None = None, rules: Sequence[LimitRule] = ()
    ) -> tuple[Alert, ...]:
        """Every episode of all that is stored, whatever was known before; nothing is recorded.

        Args:
            every: minutes from one window to the next.
            baseline: what to compare with, as a person says it; None for what went before.
            rules: limits beside those of the configuration, and stronger.

        Raises:
            UsageError: there is no such baseline.
        """
        pinned = {} if baseline is None else self._chosen(baseline)
        judge = Judge(
            self.store,
            horizon=None,
            every=every,
            rules=(*self._settings.configuration.check_limits, *rules),
            disabled=self._settings.configuration.disabled_checks,
            pinned=pinned,
            most_explained=None,
        )
        episodes = judge.history()
        self.query_problems = judge.problems
        return episodes

    def _chosen(self, baseline: str) -> Mapping[str, Pinned]:
        for kept in reversed(self.casebook.baselines() if self.casebook else ()):
            if kept.name == baseline:
                return in_force([(kept.model, kept.profile)])
        return chosen(baseline, self.store, CHECKS, self._settings.configuration)

    def pin(self, name: str, what: str, *, model: str = "") -> tuple[str, ...]:
        """The baseline that a person means by `what` is in the casebook, under that name.

        Args:
            name: for people; one that is taken is an error.
            what: `FILE`, `START..END` or `version=NAME`.
            model: which it is for; empty for all that it holds.

        Returns:
            The models that it is for.

        Raises:
            UsageError: it is no baseline, or knows no such model; or the name is taken.
            CasebookError: it cannot be kept.
        """
        casebook = (
            open_casebook(self._settings, clock=self._clock) if self.casebook is None else self.casebook
        )
        if any(kept.name == name for kept in casebook.baselines()):
            raise UsageError(f"a baseline is called {name!r} already; `icon baseline remove {name}` frees it")
        found = chosen(what, self.store, CHECKS, self._settings.configuration)
        if model and model not in found and "" not in found:
            raise UsageError(
                f"{what}: holds nothing of model {model!r}, but of {', '.join(map(repr, found))}"
            )
        casebook.pin_baseline(name, kind_of(what), what, packed(found), model=model)
        return (model,) if model else tuple(found)

    def offending_ids(self, alert: Alert, most: int) -> Sequence[str]:
        """Request ids of the alert's offending rows, newest first; `path:offset` where none was logged."""
        if alert.worst.offenders is None:
            return ()
        call = offending_call(alert)
        table = self.store.table(replace(call, params={**call.params, "row_limit": most}))
        place = table.columns.index("request_key")
        return [str(row[place]) for row in table.rows]

    def retry_rejects(self) -> tuple[int, int]:
        """Every reject was tried with the mapping that is in force: how many, and how many are rows now.

        Raises:
            StoreError: the store refused; what was moved before stays.
        """
        tried, moved = retry_rejects(self.store, lines_mean(self._settings.configuration))
        self.collector.retried(moved)
        return tried, sum(moved.values())

    def __enter__(self) -> Headless:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.collector.close()
        self._opened.close()
        if (casebook := self.__dict__.get("casebook")) is not None:
            casebook.close()
