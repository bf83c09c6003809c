"""Gathers what is handed over: the alerts of a time, with what their screens show and what people did."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version

import polars as pl

from console import __version__
from console.casebook import Casebook, default_author
from console.engine.alert_picture import picture_of
from console.engine.comparable import comparable
from console.engine.earlier import earlier_episodes, said_of
from console.engine.evidence import gather_evidence
from console.engine.picture import Picture, Pictures
from console.engine.settings import Settings
from console.engine.totals import Totals
from console.errors import (
    ConsoleError,
    Interrupted,
    UnavailableError,
    UsageError,
)
from console.model import (
    Alert,
    Comparison,
    Label,
    Listing,
    Snapshot,
    Ticket,
    View,
    Window,
)
from console.model.agreement import consensus_of
from console.model.handover import (
    AlertStory,
    ExportRecord,
    Handover,
    HandoverPlan,
    LabelTally,
)
from console.store import Store
from console.store.database import MEMORY

BEFORE, AFTER = timedelta(hours=2), timedelta(minutes=30)
"""How much time around single alerts is told of."""
_STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Material:
    """What a handover is made from."""

    store: Store
    casebook: Casebook | None
    newest: Snapshot | None
    """The newest, whatever its view; None before there is one."""
    totals: Totals | None
    """What the judging has counted, from which the overview is drawn; None if it is to be counted anew."""
    settings: Settings
    clock: Callable[[], datetime]

    @property
    def snapshot(self) -> Snapshot:
        """The newest.

        Raises:
            UnavailableError: there is none yet.
        """
        if self.newest is None:
            raise UnavailableError("nothing has been read yet; try again in a moment")
        return self.newest

    @property
    def alerts(self) -> Sequence[Alert]:
        """All that are known, each with its handling, the most urgent first."""
        return self.snapshot.alerts

    @property
    def author(self) -> str:
        """Who hands over."""
        return self.settings.author or default_author()


@dataclass(frozen=True, slots=True)
class Gathered:
    """A handover, and what of it only a bundle needs."""

    handover: Handover
    picture: Picture
    standing: tuple[Label, ...]
    """The labels that are told of, one of each request and author."""


def gather(
    material: Material, plan: HandoverPlan, *, ticket: Ticket, progress: Callable[[str], None]
) -> Gathered:
    """All that a handover tells, as it is stored now.

    Raises:
        as `hand_over` does.
    """
    progress("looking which alerts there were")
    alerts, window = chosen(material, plan)
    stories = []
    for number, alert in enumerate(alerts, 1):
        progress(f"alert {number} of {len(alerts)}: {alert.check} of {alert.model[:60]}")
        stories.append(_story(material, alert, {one.alert_id for one in alerts}, ticket))
    progress("drawing the overview")
    view = View(plan.filter, window.until - window.start, window.until)
    picture = Pictures(material.store).take(view, material.totals, ticket)
    if picture.problem:
        raise UsageError(f"the filter: {picture.problem}")
    standing, flagged, exports = _made_by_people(material, plan, alerts, window)
    settings = material.settings
    handover = Handover(
        made_at=material.clock(),
        author=material.author,
        host=platform.node(),
        versions={
            "incident-console": __version__,
            "Python": platform.python_version(),
            "DuckDB": version("duckdb"),
            "polars": pl.__version__,
        },
        window=window,
        plan=plan,
        sources=tuple(map(_absolute, settings.sources)),
        queries=tuple(_absolute(str(folder)) for folder in settings.queries),
        database="" if settings.database in (None, MEMORY) else _absolute(str(settings.database)),
        snapshot=_overview(material.snapshot, picture, tuple(alerts)),
        stories=tuple(stories),
        labels=tuple(_tallies(standing)),
        exports=tuple(exports),
        conflicts=tuple(key for key, one in consensus_of(standing).items() if one.is_conflict),
        flagged=tuple(dict.fromkeys(label.draft.request_key for label in flagged)),
        masks=tuple(rule.in_words for rule in settings.configuration.masks.rules),
    )
    return Gathered(handover, picture, tuple(standing))


def chosen(material: Material, plan: HandoverPlan) -> tuple[list[Alert], Window]:
    """The alerts that the plan means, and the time that they and all else are told of.

    Raises:
        UsageError: an id is none of an alert whose rows are stored, or of several.
    """
    counts = material.store.counts()
    newest = counts.newest_ts or material.store.newest()
    first = counts.first_ts or newest
    window = plan.window(first, newest)
    if not plan.alert_ids:
        models = {
            term.value
            for term in plan.filter.terms
            if term.field == "model" and term.comparison is Comparison.IS and not term.is_null
        }
        return [
            alert
            for alert in material.alerts
            if alert.began < window.until
            and alert.last_seen >= window.start
            and (not models or alert.model in models)
        ], window
    found = [_found(material.alerts, beginning) for beginning in plan.alert_ids]
    alerts = list({alert.alert_id: alert for alert in found}.values())
    if plan.start is None and plan.until is None:
        start = max(first, min(alert.began for alert in alerts) - BEFORE)
        until = min(window.until, max(alert.last_seen for alert in alerts) + AFTER)
        window = Window(min(start, until), until)
    return alerts, window


def _found(alerts: Sequence[Alert], beginning: str) -> Alert:
    found = [alert for alert in alerts if alert.alert_id.startswith(beginning)]
    exact = [alert for alert in found if alert.alert_id == beginning]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise UsageError(
            f"no alert of what is stored begins with {beginning!r}; `icon check` and `icon alerts` list them"
        )
    some = ", ".join(alert.alert_id for alert in found[:5]) + (", ..." if len(found) > 5 else "")
    raise UsageError(f"{len(found)} alerts begin with {beginning!r}: {some}")


def _story(material: Material, alert: Alert, told: set[str], ticket: Ticket) -> AlertStory:
    """The alert with the answers that its screen shows; what cannot be had is said."""
    casebook = material.casebook
    story = AlertStory(
        alert,
        said=said_of(casebook, alert.alert_id),
        # One that is not told of itself cannot be opened either.
        earlier=tuple(replace(one, alert=None) for one in earlier_episodes(casebook, material.alerts, alert)),
    )
    try:
        story = replace(story, evidence=gather_evidence(material.store, alert, ticket))
        story = replace(story, picture=picture_of(material.store, alert, ticket, lambda: casebook))
        return replace(story, comparable=_comparable(material.store, alert, ticket))
    except Interrupted:
        raise
    except ConsoleError as error:
        return replace(story, problem=str(error))


def _comparable(store: Store, alert: Alert, ticket: Ticket) -> Listing | None:
    """None where no row offends, so that none is comparable."""
    return comparable(store, alert, ticket) if alert.worst.offenders is not None else None


def _overview(snapshot: Snapshot, picture: Picture, alerts: tuple[Alert, ...]) -> Snapshot:
    """The newest snapshot as it is over the handover's time, with its alerts and nobody's company."""
    return replace(
        snapshot,
        view=picture.view,
        matching=picture.matching,
        step_seconds=picture.step_seconds,
        traffic=picture.traffic,
        recent=picture.recent,
        rows=picture.counts.rows,
        rejects=picture.counts.rejects,
        as_of=picture.counts.newest_ts,
        first_ts=picture.counts.first_ts,
        alerts=alerts,
        seats=(),
        notices=(),
    )


def _made_by_people(
    material: Material, plan: HandoverPlan, alerts: Sequence[Alert], window: Window
) -> tuple[list[Label], list[Label], list[ExportRecord]]:
    """Labels that stand, flags and exports: those of the alerts, and of the time if no alerts were named.

    What people make has times of the clock, and the window is of the log. So what came after its start
    counts, also long after its end, unless that was given.
    """
    casebook = material.casebook
    if casebook is None:
        return [], [], []
    ids = {alert.alert_id for alert in alerts}

    def belongs(alert_id: str, at: datetime) -> bool:
        if alert_id in ids:
            return True
        return not plan.alert_ids and at >= window.start and (plan.until is None or at < plan.until)

    return (
        [label for label in casebook.standing() if belongs(label.draft.alert_id, label.at)],
        [label for label in casebook.flagged() if belongs(label.draft.alert_id, label.at)],
        [record for record in casebook.exports() if belongs(record.alert_id, record.at)],
    )


def _tallies(standing: Iterable[Label]) -> list[LabelTally]:
    grouped: dict[tuple[str, str, str], list[datetime]] = {}
    for label in standing:
        key = (label.draft.alert_id, label.author, label.draft.value)
        grouped.setdefault(key, []).append(label.at)
    return [
        LabelTally(alert_id, author, value, len(times), min(times), max(times))
        for (alert_id, author, value), times in sorted(grouped.items())
    ]


def _absolute(source: str) -> str:
    # Not resolved: a link that is re-pointed by rotation is to be read as the link that it is.
    return source if source == _STANDARD_INPUT else os.path.abspath(source)  # noqa: PTH100
