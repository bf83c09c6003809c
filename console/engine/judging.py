"""Judges in a thread of its own, but not all the time; pictures are drawn and views changed meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from console.model import Alert

if TYPE_CHECKING:
    from console.alerts import Known
    from console.engine.judge import Judge
    from console.engine.totals import Totals

JUDGE_SECONDS = 3.0
"""Least time between two judgements."""
FIRST_LOOK_SECONDS = 2.0
"""Within which it shows whether there is a backlog; half of one is not judged: the rest may be next."""
SHARE_OF_TIME = 0.2
"""Share of the time that the judging may take, so that the host is left in peace."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found, and of what."""

    alerts: tuple[Alert, ...]
    totals: Totals | None
    """What was counted for it, of all requests together."""
    version: int
    """Of the store, as the collector counts, when it began."""
    caught_up: bool
    """Whether everything that is there had been read then."""
    began: float
    seconds: float
    problems: tuple[str, ...] = ()
    """What is wrong with queries that are to raise alerts."""
    owes: bool = False
    """Whether judging again finds more, even without news."""


class JudgingApart:
    """Makes one judgement at a time. All its methods are for one thread, which is not the one that judges."""

    def __init__(
        self,
        judge: Judge,
        *,
        known: Callable[[], Known],
        on_done: Callable[[], None],
    ) -> None:
        """Nothing is under way.

        Args:
            judge: who judges; nobody else may use it while this `is_busy`.
            known: gives the alerts that were recorded before.
            on_done: called from the thread that judges, once there is something to take.
        """
        self._judge = judge
        self._known = known
        self._on_done = on_done
        self.newest = Judgement(judge.alerts, None, version=-1, caught_up=False, began=0.0, seconds=0.0)
        """What was taken last; before that, nothing of nothing."""
        self._rests_until = monotonic() + FIRST_LOOK_SECONDS
        """Monotonic, in seconds."""
        self._result: Future[Judgement] | None = None
        self.thread: threading.Thread | None = None
        """The one that judged last, or judges; it gives way as the one that began it does."""

    @property
    def is_busy(self) -> bool:
        """Whether a judgement is under way, or was not taken yet."""
        return self._result is not None

    def begin_if_due(self, *, version: int, caught_up: bool) -> None:
        """A judgement of what is stored now is under way, if there is news and the host had its rest.

        Args:
            version: of the store, as the collector counts.
            caught_up: whether everything that is there has been read.
        """
        last, now = self.newest, monotonic()
        news = version != last.version or caught_up is not last.caught_up or last.owes
        is_due = now >= self._rests_until or (caught_up and not last.caught_up)
        if news and is_due and not self.is_busy:
            self._rests_until = now + JUDGE_SECONDS
            self._begin(version, caught_up, whole=not last.caught_up)

    def _begin(self, version: int, caught_up: bool, *, whole: bool) -> None:
        """Of all that is stored, or of what came since the last."""
        result: Future[Judgement] = Future()

        def judge() -> None:
            try:
                began = monotonic()
                if whole:
                    alerts = self._judge.history(known=self._known(), settled=caught_up)
                else:
                    alerts = self._judge.refresh()
                totals, problems = self._judge.totals(), self._judge.problems
                took = monotonic() - began
                owes = caught_up and self._judge.owes
                result.set_result(Judgement(alerts, totals, version, caught_up, began, took, problems, owes))
            except BaseException as error:
                result.set_exception(error)
            self._on_done()

        self._result = result
        self.thread = threading.Thread(target=judge, name="judging", daemon=True)
        self.thread.start()

    def take(self) -> Judgement | None:
        """The judgement, once; None if there is none yet.

        Raises:
            whatever the judging raised.
        """
        if self._result is None or not self._result.done():
            return None
        result, self._result = self._result, None
        self.newest = done = result.result()
        self._rests_until = done.began + max(JUDGE_SECONDS, done.seconds / SHARE_OF_TIME)
        return done
