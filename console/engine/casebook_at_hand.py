"""The casebook of a console that runs: opened with it, or made once somebody has something to keep."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from console.engine.handled import Handled
from console.engine.settings import Settings
from console.errors import CasebookError
from console.model import Alert

if TYPE_CHECKING:
    from console.alerts import Known
    from console.casebook import Casebook


class CasebookAtHand:
    """Knows whether there is a casebook, and why what should be in it is not. From any thread.

    Args:
        settings: name the casebook, and say whether anything is to be left behind.
        clock: gives the time, aware.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._making = threading.Lock()
        self._casebook: Casebook | None = None
        self._problem: CasebookError | None = None
        self._record_problem: CasebookError | None = None
        """Why the alerts that were found last are not in the casebook."""
        self._handled = Handled(clock)
        self.is_on_record = False
        """Whether alerts that are found here are to be in it."""

    def open(self) -> None:
        """It is open, if there is one or one is made anyway; if it cannot be, that is to be asked."""
        from console.engine.opening import casebook_at_hand, leaves_nothing

        self.is_on_record = not leaves_nothing(self._settings)
        try:
            self._casebook = casebook_at_hand(self._settings, clock=self._clock)
        except CasebookError as error:
            self._problem = error

    def close(self) -> None:
        """The file is free."""
        if self._casebook is not None:
            self._casebook.close()

    @property
    def casebook(self) -> Casebook | None:
        """None if there is none yet, and nothing is to be left behind.

        Raises:
            CasebookError: it could not be opened.
        """
        if self._problem is not None:
            raise self._problem
        return self._casebook

    @property
    def for_record(self) -> Casebook | None:
        """The one that alerts are recorded in; None if none is, or it cannot be had."""
        return self._casebook if self.is_on_record else None

    def by_now(self) -> Casebook | None:
        """Also one that somebody else has made since this console was started; None if it cannot be had."""
        from console.engine.opening import casebook_at_hand

        if self._casebook is None and self._problem is None:
            with self._making, suppress(CasebookError):  # the next look is in a second
                if self._casebook is None:
                    self._casebook = casebook_at_hand(self._settings, clock=self._clock)
        return self._casebook

    def made(self) -> Casebook:
        """Made if there is none yet: somebody has something to keep.

        Raises:
            CasebookError: it cannot be opened or made.
        """
        from console.engine.opening import open_casebook

        with self._making:
            if self.casebook is None:
                self._casebook = open_casebook(self._settings, clock=self._clock)
        assert self._casebook is not None
        return self._casebook

    def known(self) -> Known:
        """The alerts on record; none if they cannot be read."""
        from console.engine.recording import known_alerts

        if self.for_record is None:
            return ()
        try:
            return known_alerts(self.for_record)
        except CasebookError as error:
            self._record_problem = error
            return ()

    def record(self, alerts: Sequence[Alert]) -> None:
        """The alerts are on record, or it is said why they are not: they are shown all the same."""
        if self.for_record is None:
            return
        try:
            self.for_record.record_alerts(alerts)
            self._record_problem = None
        except CasebookError as error:
            self._record_problem = error

    def handled(self, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
        """The alerts with what was said of them. One thread at a time."""
        return self._handled.on(alerts, self._casebook)

    @property
    def notices(self) -> list[str]:
        """What cannot be kept or read, and why."""
        told = (
            ("labels cannot be kept", self._problem),
            ("alerts are not kept", self._record_problem),
            ("what was said of alerts cannot be read", self._handled.problem),
        )
        return [f"{what}: {why}" for what, why in told if why is not None]
