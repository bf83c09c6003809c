"""Has the checks judge what is counted, and keeps the alerts that follow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from console.alerts import Known, adopt_ids, fold, group, most_urgent_first
from console.checks import CHECKS, Check, Pinned
from console.engine.counting import Counting, known_bins
from console.engine.explaining import Explaining
from console.engine.own_alerts import LOOK_BACK, OwnAlerts
from console.engine.reach import Reach
from console.engine.totals import Totals, totals_of
from console.model import Alert, AlertState, LimitRule, Reading, Verdict

if TYPE_CHECKING:
    from console.store import Store

HISTORY = timedelta(days=14)
"""How far back from the newest row the stored history is judged while watching."""
PASSES = 8
"""How often the history is judged at most, each time without what the last time found as a baseline."""
_INSTANT = timedelta(microseconds=1)


class Judge:
    """Judges the stored history once, then whatever has come since. Use it from one thread."""

    def __init__(
        self,
        store: Store,
        checks: Sequence[Check] | None = None,
        *,
        horizon: timedelta | None = HISTORY,
        every: int = 5,
        disabled: Collection[str] = (),
        rules: Sequence[LimitRule] = (),
        pinned: Mapping[str, Pinned] | None = None,
        most_explained: int | None = 30,
        own_seconds: float | None = None,
    ) -> None:
        """Nothing is judged yet.

        Args:
            store: what is judged.
            checks: by what; None for all there are.
            horizon: how far back from the newest row; None for all of it.
            every: minutes from one window to the next; more where the history is long.
            disabled: names of checks, and of queries that raise alerts, that are not asked.
            rules: limits that somebody set.
            pinned: baselines that somebody chose, by model; the empty name is for all others.
            most_explained: alerts whose offending rows are looked at; None for all.
            own_seconds: how long each query that raises alerts may look back at a time; None for all at once.

        Raises:
            QueryFileError: a query that raises alerts is called like a check.
        """
        self._store = store
        self._horizon = horizon
        self._checks = [
            check for check in (CHECKS if checks is None else checks) if check.name not in disabled
        ]
        self._rules = rules
        self._pinned = pinned or {}
        self._counting = Counting(
            store,
            self._checks,
            horizon=horizon,
            every=every,
            known=known_bins(self._pinned),
        )
        self._own = OwnAlerts(store, seconds=own_seconds, disabled=disabled)
        self._explaining = Explaining(store)
        self._most_explained = most_explained
        self._judged_until: datetime | None = None
        self._totals: Totals | None = None
        self._folded: tuple[Alert, ...] = ()
        self._found: dict[str, list[Reading]] = {}
        self.alerts: tuple[Alert, ...] = ()
        """One for each cause, most urgent first, with the slice that holds most of their trouble."""
        self.readings: tuple[Reading, ...] = ()
        """What was last found of each subject, breach or not."""
        self.without_verdict: Mapping[Verdict, int] = {}
        """Subjects of which the newest windows have no verdict, by why."""

    def history(
        self, *, since: datetime | None = None, known: Known = (), settled: bool = True
    ) -> tuple[Alert, ...]:
        """Work out from all that is stored which alerts there were and are.

        Args:
            since: only alerts that were seen after this.
            known: alerts recorded before, whose ids are kept, as are those of alerts found so far.
            settled: whether all that is there was read; else queries that raise alerts do not look back, and
                nobody asks for what is missing.
        """
        known_rows = self._store.stored_up_to()
        counts = self._store.counts()
        if counts.newest_ts is None or counts.first_ts is None:
            return ()
        first, newest = counts.first_ts, counts.newest_ts
        if self._horizon is None:
            first, newest = self._store.usual_span() or (first, newest)
        until = newest + _INSTANT
        self._counting.all_of_it(first, newest, known_rows)
        found = [(a.alert_id, (a.check, a.model, a.subject), a.began, a.last_seen) for a in self._folded]
        alerts: tuple[Alert, ...] = ()
        readings: dict[str, list[Reading]] = {}
        unsettled = [check.name for check in self._checks if settled or not check.of_absence]
        for _ in range(PASSES):
            readings |= self._judged(alerts, since=None, names=unsettled)
            told = chain(*readings.values())
            known_truths = self._counting.truths_until()
            before, alerts = alerts, fold((), told, as_of=until, known_until=known_truths)
            unsettled = sorted({check for check, *_ in _spans(before) ^ _spans(alerts)})
            if not unsettled:
                break
        self._remember(readings)
        past = first if self._horizon is None else max(first, newest - LOOK_BACK)
        self._own.history(past, newest, known=known, settled=settled)
        if since is not None:
            alerts = tuple(alert for alert in alerts if alert.last_seen > since)
        self._keep(adopt_ids(alerts, [*known, *found]), until)
        return self.alerts

    def refresh(self) -> tuple[Alert, ...]:
        """Judge the steps that rows have come for since the last time."""
        if self._judged_until is None or self._counting.outgrown:
            return self.history()
        if not self._counting.has_news:
            if self._own.owes:
                self._own.refresh(self._judged_until - _INSTANT)
                self._keep(self._folded, self._judged_until)
            return self.alerts
        known_rows = self._store.stored_up_to()
        newest = self._store.counts().newest_ts
        until = max(self._judged_until, (newest or self._judged_until - _INSTANT) + _INSTANT)
        since, longer, truths = self._counting.catch_up(until - _INSTANT, known_rows)
        readings = self._judged(self._folded, since=since, names=self._named(coarse=False))
        if longer is not None:
            readings |= self._judged(self._folded, since=longer, names=self._named(coarse=True))
        if truths is not None:
            by_truths = [check.name for check in self._checks if check.by_truths]
            readings |= self._judged(self._folded, since=min(truths, longer or truths), names=by_truths)
        self._remember(readings)
        known_truths = self._counting.truths_until()
        self._own.refresh(until - _INSTANT)
        self._keep(
            fold(self._folded, chain(*readings.values()), as_of=until, known_until=known_truths), until
        )
        return self.alerts

    def _named(self, *, coarse: bool) -> list[str]:
        """The checks that judge by the longer steps, or the others."""
        return [check.name for check in self._checks if check.cells[0].coarse is coarse]

    def _judged(
        self, alerts: Sequence[Alert], *, since: int | None, names: Sequence[str]
    ) -> dict[str, list[Reading]]:
        """What the checks of these names say, without the time of the alerts as a baseline."""
        found = {}
        for check in self._checks:
            if check.name in names:
                judging = self._counting.judging(
                    check, alerts, since=since, rules=self._rules, pinned=self._pinned
                )
                found[check.name] = check.judge(judging)
        return found

    def _remember(self, readings: Mapping[str, list[Reading]]) -> None:
        self._found |= readings
        self.readings = tuple(chain(*self._found.values()))
        self.without_verdict = without_verdict(self.readings)

    def _keep(self, alerts: tuple[Alert, ...], until: datetime) -> None:
        self._folded = most_urgent_first(alerts)
        found = Reach.of(self._counting, self._checks).on((*self._folded, *self._own.alerts))
        found = most_urgent_first(found)
        explained = self._explaining.explained(found, most=self._most_explained)
        self.alerts = most_urgent_first(group(explained))
        self._judged_until = until
        self._totals = None

    def totals(self) -> Totals | None:
        """What was counted of all requests together, as of the last judgement; None before the first."""
        if self._totals is None and self._judged_until is not None:
            self._totals = totals_of(self._counting)
        return self._totals

    @property
    def owes(self) -> bool:
        """Whether `refresh` has something to do without any news."""
        return self._own.owes

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with queries that are to raise alerts, for a person."""
        return self._own.problems

    @property
    def pinned_models(self) -> tuple[str, ...]:
        """Models that somebody chose a baseline for; the empty name is for all others."""
        return tuple(self._pinned)

    def quiet_since(self, first_ts: datetime | None) -> datetime | None:
        """Since when no alert has been open; None if one is, or nothing was judged."""
        if self._judged_until is None or any(a.state is AlertState.OPEN for a in self.alerts):
            return None
        return max((alert.last_seen for alert in self.alerts), default=first_ts or self._judged_until)


def without_verdict(readings: Iterable[Reading]) -> dict[Verdict, int]:
    """Subjects, each a (check, model, subject), of which no newest window has a verdict, by why.

    Where windows of some lengths have too few rows and others no baseline, the baseline is what is missing.
    """
    newest: dict[tuple[str, str, str], tuple[datetime, set[Verdict]]] = {}
    for reading in readings:
        key = (reading.check, reading.model, reading.subject)
        until, verdicts = newest.get(key, (reading.window.until, set()))
        if reading.window.until > until:
            until, verdicts = reading.window.until, set()
        if reading.window.until == until:
            verdicts.add(reading.verdict)
        newest[key] = (until, verdicts)
    found: dict[Verdict, int] = {}
    for _, verdicts in newest.values():
        if verdicts <= {Verdict.TOO_FEW_ROWS, Verdict.NO_BASELINE}:
            why = Verdict.NO_BASELINE if Verdict.NO_BASELINE in verdicts else Verdict.TOO_FEW_ROWS
            found[why] = found.get(why, 0) + 1
    return found


def _spans(alerts: Iterable[Alert]) -> set[tuple[str, str, str, datetime, datetime]]:
    return {(a.check, a.model, a.subject, a.began, a.last_seen) for a in alerts}
