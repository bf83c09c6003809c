"""The same parts as the engine's, without threads: for cron, CI and the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from types import TracebackType

from console.canned import load_catalog
from console.casebook import Casebook
from console.engine.collector import Collector
from console.engine.judge import Judge
from console.engine.opening import open_casebook, open_store
from console.engine.recording import known_alerts
from console.engine.settings import Settings
from console.errors import CasebookError
from console.ingest import require_readable
from console.model import Alert


class Headless:
    """Store, collector, judge and casebook of one run. A context manager: leaving closes them.

    Raises:
        SourceError: a source is not there or cannot be read; nothing was opened.
        UsageError: a canned query is wrong.
        StoreError: the cache cannot be opened.
    """

    def __init__(
        self, settings: Settings, *, clock: Callable[[], datetime], private_if_locked: bool = True
    ) -> None:
        if settings.sources:
            require_readable(settings.sources)
        self._settings = settings
        self._clock = clock
        self._opened = open_store(
            settings, load_catalog(settings.queries), clock=clock, private_if_locked=private_if_locked
        )
        self.store = self._opened.store
        self.notices = self._opened.notices
        try:
            self.collector = Collector(self.store, settings.sources, clock=clock)
        except BaseException:
            self._opened.close()
            raise
        self.judge = Judge(self.store)
        self.casebook_problem: CasebookError | None = None
        """Why `alerts` could not use the casebook."""

    @cached_property
    def casebook(self) -> Casebook:
        """The casebook, opened when it is first needed; raises CasebookError."""
        return open_casebook(self._settings, clock=self._clock)

    def alerts(self) -> tuple[Alert, ...]:
        """Every alert of the stored history, most urgent first, under the id that it was first seen by.

        They are on record in the casebook then; where that cannot be used, `casebook_problem` says why.
        """
        try:
            known = known_alerts(self.casebook)
        except CasebookError as error:
            self.casebook_problem = error
            return self.judge.history()
        alerts = self.judge.history(known=known)
        try:
            self.casebook.record_alerts(alerts)
        except CasebookError as error:
            self.casebook_problem = error
        return alerts

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
        if "casebook" in self.__dict__:
            self.casebook.close()
