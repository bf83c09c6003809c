"""Asks the queries that raise alerts, round after round, and keeps the alerts that their rows are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING

from console.alerts import Known, adopt_ids, fold, most_urgent_first
from console.canned import CannedQuery, Raising
from console.checks import LIMITS
from console.engine.findings import findings
from console.errors import Interrupted, QueryFileError, UnavailableError, UsageError
from console.explain.offending import OF_FINDING
from console.model import Alert, AlertState, Filter, QueryCall, Reading, Ticket

if TYPE_CHECKING:
    from console.store import Store

TIMEOUT_SECONDS = 10.0
"""How long one round of a query may take."""
REST, REST_LOOKING_BACK = 20.0, 4.0
"""Rounds that took a second are followed by so many without one; by fewer while looking back."""
LOOK_BACK = timedelta(hours=24)
"""How far back from the newest row rounds are asked for, unless all of the history is wanted."""
OVERLAP = 4
"""Looking back, each moment lies in so many rounds, or fewer where `every` is longer."""
MOST_ROUNDS = 8_064
"""Rounds of a history; where it has more, they are farther apart."""
CATCH_UP_SECONDS = 2.0
"""How long rounds may take that are asked together while watching, after a log came in a large piece."""
MOST_ALERTS = 200
"""Alerts of one query that are kept, those that are open and newest first."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)


@dataclass(slots=True)
class _Asked:
    """One query, and what its rounds have found so far."""

    query: CannedQuery
    raising: Raising
    alerts: tuple[Alert, ...] = ()
    last_round: datetime | None = None
    not_before: float = 0.0
    """By the monotonic clock."""
    problem: str = ""
    owed: list[datetime] = field(default_factory=list)
    """Rounds of the history that are still to be asked, the newest last."""
    readings: list[Reading] = field(default_factory=list)
    """What the history's rounds have found, while more of it is owed."""


class OwnAlerts:
    """The alerts of all queries with a severity. Use it from one thread."""

    def __init__(
        self,
        store: Store,
        *,
        seconds: float | None = None,
        disabled: Collection[str] = (),
        clock: Callable[[], float] = monotonic,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """Nothing was asked yet.

        Args:
            store: what is asked, and by which queries.
            seconds: how long each query may look back at a time, more is owed; None for all at once.
            disabled: names of queries that are not asked.
            clock: gives seconds from any moment on.
            timeout: seconds that one round may take.

        Raises:
            QueryFileError: a query that raises alerts is called like a check.
        """
        self._store = store
        self._seconds = seconds
        self._clock = clock
        self._timeout = timeout
        self._asked: list[_Asked] = []
        self._good: set[Filter] = set()
        """Filters that the store was seen to understand."""
        for query in store.catalog.values():
            if query.raising is not None:
                if query.name in LIMITS:
                    raise QueryFileError(f"{query.path}:1: a check is called {query.name!r} already")
                if query.name not in disabled:
                    self._asked.append(_Asked(query, query.raising))

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Those that were found, open or over, the most urgent first."""
        return most_urgent_first(alert for asked in self._asked for alert in asked.alerts)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with which query, for a person; the same words as long as it is."""
        return tuple(f"{asked.query.name}: {asked.problem}" for asked in self._asked if asked.problem)

    def history(
        self, first: datetime, newest: datetime, *, known: Known = (), settled: bool = True
    ) -> tuple[Alert, ...]:
        """The alerts of all rounds from `first` to `newest`, whatever was found before.

        Args:
            first: the first `ts` that counts.
            newest: the newest.
            known: alerts recorded before, whose ids are kept, as are those of alerts found so far.
            settled: whether all that is there was read; else only how things are now is asked.
        """
        until = newest + _INSTANT
        for asked in self._asked:
            found = [(a.alert_id, (a.check, a.model, a.subject), a.began, a.last_seen) for a in asked.alerts]
            asked.alerts, asked.readings, asked.last_round, asked.problem = (), [], None, ""
            asked.owed = rounds_of(asked.raising, first, until) if settled else [until]
            self._look_back(asked, [*known, *found])
        return self.alerts

    @property
    def owes(self) -> bool:
        """Whether there is more of the history to be asked about."""
        return any(asked.owed for asked in self._asked)

    def refresh(self, newest: datetime) -> tuple[Alert, ...]:
        """The alerts after the rounds that are due, now that the log has come to `newest`, and some more of
        the history.
        """
        until = newest + _INSTANT
        for asked in self._asked:
            last = asked.last_round
            due = [until] if last is None else aligned(asked.raising.every, last, until)
            if due and self._clock() >= asked.not_before:
                self._catch_up(asked, due)
            elif asked.owed and self._clock() >= asked.not_before:
                found = [
                    (a.alert_id, (a.check, a.model, a.subject), a.began, a.last_seen) for a in asked.alerts
                ]
                self._look_back(asked, found)
        return self.alerts

    def _look_back(self, asked: _Asked, known: Known) -> None:
        """Rounds that are owed are asked, the newest first, as many as there is time for."""
        asked.readings += self._ask(asked, asked.owed, self._seconds)
        self._keep(asked, (), asked.readings)
        asked.alerts = adopt_ids(asked.alerts, known)
        if not asked.owed:
            asked.readings = []

    def _catch_up(self, asked: _Asked, due: list[datetime]) -> None:
        """Rounds that are due are asked; of a log that came in a large piece the newest."""
        asked.problem = ""
        found = self._ask(asked, due, CATCH_UP_SECONDS)
        if asked.owed:
            asked.readings += found
        self._keep(asked, asked.alerts, found)

    def _ask(self, asked: _Asked, rounds: list[datetime], seconds: float | None) -> list[Reading]:
        """What these rounds find, the last one first; those that there was time for are taken off the list.

        One that fails takes all of them with it: so would the others.
        """
        began = self._clock()
        readings: list[Reading] = []
        while rounds:
            at = rounds.pop()
            try:
                found, problem = self._round(asked, at)
            except (UsageError, UnavailableError) as error:
                said = str(error).removeprefix(f"{self._store.path}: ").split("\n")[0]
                asked.problem = f"raises no alerts: {said}"
                rounds.clear()
                break
            asked.problem = asked.problem or problem
            asked.last_round = at if asked.last_round is None else max(at, asked.last_round)
            readings += found
            if seconds is not None and self._clock() > began + seconds:
                break
        rest = REST_LOOKING_BACK if rounds else REST
        asked.not_before = self._clock() + rest * (self._clock() - began) * (seconds is not None)
        return readings

    def _round(self, asked: _Asked, at: datetime) -> tuple[list[Reading], str]:
        """What the query finds of the time that ends at `at`, and what of that could not be used.

        Raises:
            UsageError: it is wrong, or its answer is.
            UnavailableError: the store refused, or it took too long.
            Interrupted: the store was told to stop.
        """
        until = at - asked.raising.lag
        call = QueryCall(asked.query.name, {"start": until - asked.raising.span, "until": until})
        ticket = Ticket()
        try:
            with _ended_after(self._timeout, ticket):
                table = self._store.table(call, ticket=ticket)
        except Interrupted as error:
            if not ticket.cancelled:
                raise
            raise UnavailableError(
                f"it takes longer than {self._timeout:g} s; a shorter time between start and until takes less"
            ) from error
        if not table.rows:
            return [], ""
        kinds = {info.name: info.kind for info in self._store.fields()}
        readings, problem = findings(asked.query, table, call, kinds)
        held = []
        for reading in readings:
            wrong = self._wrong_with(reading.offenders)
            held.append(replace(reading, offenders=None) if wrong else reading)
            problem = problem or wrong
        return held, problem

    def _wrong_with(self, offenders: QueryCall | None) -> str:
        """Why the store does not understand the filter of a finding's requests; empty if it does."""
        if offenders is None or not offenders.filter or offenders.filter in self._good:
            return ""
        try:
            self._store.frame(QueryCall(OF_FINDING, {"row_limit": 0}, offenders.filter))
        except UsageError as error:
            return f"its filter finds no requests: {error}"
        self._good.add(offenders.filter)
        return ""

    def _keep(self, asked: _Asked, before: Sequence[Alert], readings: Sequence[Reading]) -> None:
        """These alerts go on with these readings; one is open if the last round had its row."""
        at = asked.last_round
        if at is None:
            return
        ends = at - asked.raising.lag
        stand = [
            replace(one, state=AlertState.OPEN if one.last_seen >= ends else AlertState.RESOLVED)
            for one in fold(before, readings, as_of=at)
        ]
        stand.sort(key=lambda one: (one.state is not AlertState.OPEN, -one.last_seen.timestamp()))
        if len(stand) > MOST_ALERTS:
            asked.problem = asked.problem or (
                f"has {len(stand):,} alerts, of which the newest {MOST_ALERTS} are kept; is its key another "
                "one in each round?"
            )
        asked.alerts = tuple(stand[:MOST_ALERTS])


def aligned(every: timedelta, after: datetime, until: datetime) -> list[datetime]:
    """The multiples of `every` since 1970 after the one moment, up to the other."""
    first = (after - _EPOCH) // every + 1
    return [_EPOCH + every * number for number in range(first, (until - _EPOCH) // every + 1)]


def rounds_of(raising: Raising, first: datetime, until: datetime) -> list[datetime]:
    """When the rounds of a history are, oldest first, the last one now.

    They are a multiple of `every` apart: as far as each moment lies in `OVERLAP` of them, and farther where
    the history is long.
    """
    every = raising.every
    apart = every * max(1, raising.span // OVERLAP // every)
    apart *= -(-max(1, (until - first) // apart) // MOST_ROUNDS)
    found = aligned(apart, first, until)
    return found if found and found[-1] == until else [*found, until]


@contextmanager
def _ended_after(seconds: float, ticket: Ticket) -> Iterator[None]:
    """What is done inside is taken back by its ticket after so many seconds."""
    timer = Timer(seconds, ticket.cancel)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
