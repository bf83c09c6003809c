"""What the alert screen says in words: its title, its small tables, what people said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from textual.content import Content

from console.model import Alert, AlertState, Evidence, Said, Table
from console.tui import say
from console.tui.alert.comparison import told_by
from console.tui.handling.words import handled_words, name_of
from console.tui.safe import cut
from console.tui.severity import severity_cell

WHOLE_SLICE = "predictions_in_slice"
"""The query of checks that tell no single rows apart."""
_TOLD_ABOVE = frozenset({"window_start", "window_end", "model", "feature"})
"""Columns of evidence that say what the title and the comparison say already."""
_DID = {"ack": "acknowledged", "snooze": "snoozed", "unsnooze": "snoozed no longer", "note": "note"}


@dataclass(frozen=True, slots=True)
class Facts:
    """A small table and how it is told."""

    pane: str
    title: str
    table: Table
    note: str = ""
    nothing: str = ""
    """What is said instead of the note where the table is empty."""


def facts_told(evidence: Evidence, today: date, *, moved: bool) -> tuple[Facts, Facts]:
    """What the two panes of small tables show: what is shared, and the evidence or which values moved."""
    nothing = "nothing stands out"
    if evidence.offenders_call is None:
        nothing = "no requests to compare" if _is_own(evidence) else why_none(evidence)
    elif evidence.offenders_call.query == WHOLE_SLICE:
        nothing = "all rows of the slice are meant"
    note = "most telling first · ⏎ lists all of its requests"
    shared = Facts("common", "What the offending rows share", evidence.common, note, nothing)
    if moved:
        note = "mean (5 % · 50 % · 95 %), before and during · m shows the evidence"
        nothing = "none · m shows the evidence"
        return shared, Facts("evidence", "Which values moved", evidence.moved, note, nothing)
    note = f"{_when(evidence, today)}{cut(evidence.call.query, 60)}, s shows it"
    note += " · m shows what moved" if evidence.offenders_call is not None else ""
    return shared, Facts("evidence", "Evidence", _without(_TOLD_ABOVE, evidence.table), note, "no rows")


def _when(evidence: Evidence, today: date) -> str:
    """Which time the evidence is of: not always the one that the alert is told by."""
    start, until = (evidence.call.params.get(name) for name in ("start", "until"))
    if isinstance(start, datetime) and isinstance(until, datetime):
        return f"{say.between(start, until, today)} · "
    return ""


def why_none(evidence: Evidence) -> str:
    """Why there are no offending rows where nothing lists them."""
    if _is_own(evidence):
        return "none: no model, filter or source_id in its row finds any"
    return "no row offends: it is the lack of them"


def _is_own(evidence: Evidence) -> bool:
    """Whether a query of a person's own raised it."""
    return any(line.startswith("-- severity:") for line in evidence.sql.split("\n"))


def _without(names: frozenset[str], table: Table) -> Table:
    """The table without those of these columns that are the same in all rows."""
    kept = [
        place
        for place, name in enumerate(table.columns)
        if name not in names or len({repr(row[place]) for row in table.rows}) > 1
    ]
    rows = tuple(tuple(row[place] for place in kept) for row in table.rows)
    return replace(table, columns=tuple(table.columns[place] for place in kept), rows=rows)


def alert_words(alert: Alert) -> str:
    """The alert in as few words as tell it from others: `error spikes fraud`."""
    return cut(f"{alert.check.replace('_', ' ')} {alert.subject or alert.model}".strip(), 60)


def title_of(alert: Alert, as_of: datetime | None, today: date, listed: Alert | None = None) -> Content:
    """How bad it is, of what, since when, who looks after it, and why it is an alert.

    Args:
        alert: as it is now.
        as_of: the newest line's time.
        today: by the clock.
        listed: the alert that it has the same cause as, if it is not listed itself.
    """
    severity = severity_cell(alert.severity)
    is_open = alert.state is AlertState.OPEN
    # The window that it was seen in last may not be over yet.
    until = (as_of or alert.last_seen) if is_open else alert.last_seen
    lasted = say.span((until - alert.began) / timedelta(seconds=1))
    state = f"open since {say.at(alert.began, today, seconds=False)} UTC, {lasted}"
    if not is_open:
        state = f"resolved {say.at(alert.last_seen, today, seconds=False)} UTC after {lasted}"
    of = "".join(f" · {cut(name, 60)}" for name in (alert.model, alert.subject) if name)
    return Content.assemble(
        (severity.text.upper(), severity.style),
        (f"  {cut(alert.check.replace('_', ' '), 60)}", "bold $foreground"),
        (of, "$dim"),
        (f"   {state}{_reach(alert)}", "$dim"),
        *_handled(alert, today),
        "\n",
        (cut(told_by(alert).summary, 400), "bold $foreground"),
        (f"\nof the same cause as {alert_words(listed)}" if listed is not None else "", "$dim"),
    )


def _reach(alert: Alert) -> str:
    """What share of its model's requests it is of; nothing where that says nothing."""
    share = told_by(alert).share
    return "" if share is None else f" · {say.share(share)} of {cut(alert.model, 30) or 'all'}"


def _handled(alert: Alert, today: date) -> tuple[tuple[str, str], ...]:
    """What somebody said of it, who, and why."""
    handling = alert.handling
    if handling is None:
        return ()
    words = handled_words(handling, today)
    by = f" by {name_of(handling)}" if handling.snoozed_until is not None else ""
    why = f": {cut(handling.reason, 120)}" if handling.reason else ""
    return (("   ", ""), (words + by, "bold $accent"), (why, "$accent"))


def said_lines(said: Sequence[Said], today: date, most: int) -> Content:
    """Who said what of it and when, a line each, the newest last; of more than `most` the newest."""
    lines = [said_line(one, today) for one in said[-most:]]
    left_out = len(said) - len(lines)
    if left_out:
        lines[0] = Content.assemble(lines[0], (f"   and {left_out} before", "$dim"))
    return Content("\n").join(lines)


def said_line(said: Said, today: date) -> Content:
    """`02:20:07  ada  acknowledged  rolling back v3`."""
    until = f" to {say.at(said.until, today, seconds=False)}" if said.until is not None else ""
    return Content.assemble(
        (say.at(said.at, today), "$dim"),
        (f"  {name_of(said)}", "bold"),
        (f"  {_DID.get(said.what) or cut(said.what, 20)}{until}", "$accent"),
        (f"  {cut(said.text, 300)}" if said.text else "", "$foreground"),
    )
