"""The alerts pane: what is wrong, worst first; or that all is quiet, and since when."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from console.model import Alert, AlertState, Phase, Severity, Snapshot, Verdict
from console.tui import say
from console.tui.handling.words import handled_words
from console.tui.safe import Cell, cell, cut
from console.tui.severity import in_order, severity_cell
from console.tui.widgets.columns import Column
from console.tui.widgets.grid import Grid
from console.tui.widgets.gridlines import GridRow
from console.tui.widgets.heading import Heading
from console.tui.widgets.note import Note

COLUMNS = (
    Column("severity", "severity", most=12),
    Column("check", "check", most=22, least=10, rank=2),
    Column("model", "model", most=20, least=8, rank=3),
    Column("summary", "what", most=400, least=16, rank=5, flex=True, below=58),
    Column("handled", "handled", most=24, rank=1, optional=True),
    Column("since", "since", "UTC", most=26, rank=1),
    Column("value", "value", right=True, most=14, rank=1),
    Column("limit", "limit", right=True, most=14, rank=4),
    Column("rows", "rows", right=True, most=11, rank=9),
    Column("share", "reach", right=True, most=8, rank=5, optional=True),
)


def check_words(name: str) -> str:
    """A check's name as words."""
    return cut(name.replace("_", " "), 60)


def alert_row(alert: Alert, as_of: datetime, today: date) -> GridRow:
    """An alert as a row; what is over is dimmed and says so, what somebody has handled says that."""
    is_open = alert.state is AlertState.OPEN
    reading = alert.latest if is_open else alert.worst
    # The window that it was seen in last may not be over yet.
    until = as_of if is_open else alert.last_seen
    lasted = say.largest_unit((until - alert.began) / timedelta(seconds=1))
    since = f"{say.at(alert.began, today, seconds=False)} · {lasted}"
    severity = severity_cell(alert.severity) if is_open else Cell("✓ resolved", "$dim")
    handled = handled_words(alert.handling, today) if is_open else ""
    urgent = is_open and not handled
    value_style = "bold $foreground" if urgent else ""
    others = f" · and {len(alert.also)} more of it" if alert.also else ""
    return GridRow(
        alert.alert_id,
        (
            severity,
            Cell(check_words(alert.check)),
            cell(alert.model, "$dim"),
            Cell(
                cut(reading.summary, 300) + others,
                "$foreground" if urgent else "",
            ),
            Cell(handled, "$accent"),
            Cell(since, "$dim"),
            Cell(say.measure(reading.value, reading.unit), value_style),
            Cell(say.measure(reading.limit, reading.unit), "$dim"),
            Cell(say.count(reading.rows), "$dim"),
            Cell("" if reading.share is None else say.share(reading.share), "$dim"),
        ),
        "" if is_open else "$dim",
    )


class AlertsPane(Vertical):
    """Alerts, or quiet."""

    def __init__(self) -> None:
        super().__init__(id="alerts", classes="pane")

    def compose(self) -> ComposeResult:
        yield Heading("Alerts")
        yield Note(id="quiet")
        yield Grid(COLUMNS, id="alert-grid")

    @property
    def grid(self) -> Grid:
        """The grid of alerts."""
        return self.query_one(Grid)

    def show(self, snapshot: Snapshot, now: datetime) -> None:
        """The pane tells what this snapshot says."""
        alerts = in_order(snapshot.alerts)
        open_ones = [alert for alert in alerts if alert.state is AlertState.OPEN]
        as_of = snapshot.as_of or snapshot.taken_at
        self.grid.show([alert_row(alert, as_of, now.date()) for alert in alerts])
        self.grid.display = bool(alerts)
        quiet = self.query_one("#quiet", Note)
        quiet.display = not open_ones
        quiet.tell(quiet_words(snapshot, now))
        is_known = snapshot.judged_at is not None or bool(alerts)
        said = heading_words(open_ones, len(alerts) - len(open_ones)) if is_known else ()
        self.query_one(Heading).show(*said, *unjudged_words(snapshot))


def heading_words(open_ones: list[Alert], resolved: int) -> tuple[tuple[str, str], ...]:
    """How many open alerts nobody has handled, by severity; how many somebody has, and how many are over."""
    said: list[tuple[str, str]] = []
    if open_ones:
        handled = sum(alert.handling is not None for alert in open_ones)
        for severity, style in (
            (Severity.CRITICAL, "$error"),
            (Severity.WARNING, "$warning"),
            (Severity.INFO, "$info"),
        ):
            number = sum(alert.severity is severity and alert.handling is None for alert in open_ones)
            if number:
                said += [(" · " if said else "", "$dim"), (f"{number} {severity.name.lower()}", style)]
        if handled:
            said.append((f"{' · ' if said else ''}{handled} handled", "$dim"))
    else:
        said.append(("none open", "$dim"))
    if resolved:
        said.append((f" · {resolved} resolved", "$dim"))
    return tuple(said)


def unjudged_words(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """How many subjects are neither quiet nor alarming, and why; where room is short the reasons go."""
    why = (
        (snapshot.too_few_rows, Verdict.TOO_FEW_ROWS),
        (snapshot.without_baseline, Verdict.NO_BASELINE),
    )
    reasons = [f"{say.count(number)} {verdict.value}" for number, verdict in why if number]
    if not reasons:
        return ()
    number = say.count(sum(number for number, _ in why))
    return ((f" · {number} without verdict: {', '.join(reasons)}", "$dim"),)


def quiet_words(snapshot: Snapshot, now: datetime) -> Content:
    """That all is quiet and since when; or that this cannot be said yet, and why."""
    baseline = cut(snapshot.baseline, 300)
    if snapshot.judged_at is None:
        why = " · judging what was read" if snapshot.rows else " · no request yet"
        return Content.assemble(
            ("○ Not judged yet", "bold $warning"),
            (why, "$dim"),
            (f"\n  baseline: {baseline}" if baseline and snapshot.rows else "", "$dim"),
        )
    judged = f"judged {say.ago(snapshot.judged_at, now)}"
    if snapshot.quiet_since is None:
        return Content.assemble(
            ("○ No verdict yet", "bold $warning"),
            (f" · {judged}", "$dim"),
            (f"\n  baseline: {baseline}" if baseline else "", "$dim"),
        )
    since = say.at(snapshot.quiet_since, now.date())
    verdict = (f"✓ All quiet since {since}", "bold $success")
    if snapshot.phase is Phase.LOADING:
        # The lines that are still to be read may be those of the incident.
        verdict = (f"○ Quiet since {since}, in what was read so far", "bold $warning")
    elif snapshot.judged_in_part:
        verdict = (f"○ Quiet since {since}, in what was judged so far: the rest is next", "bold $warning")
    return Content.assemble(
        verdict,
        (f" · {judged}", "$dim"),
        (f"\n  baseline: {baseline}" if baseline else "", "$dim"),
    )
