"""The alert screen: how bad it is, what the offending rows share, and the rows themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from console.errors import ConsoleError
from console.model import Alert, AlertState, Evidence, Snapshot, Table
from console.tui import say
from console.tui.alert.comparison import Comparison, facts, told_by
from console.tui.alert.query import QueryView
from console.tui.desk import AlertDesk
from console.tui.export.dialog import Export
from console.tui.handling.acts import ACKNOWLEDGE_KEY, SNOOZE_KEY, HandlingScreen
from console.tui.handling.words import handled_words, name_of
from console.tui.labels.acts import LabelContext
from console.tui.messages import WorkFailed
from console.tui.predictions import COLUMNS, facts_of
from console.tui.safe import cut
from console.tui.screen import Setting, reason
from console.tui.severity import severity_cell
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading
from console.tui.widgets.note import Note

_WHOLE_SLICE = "predictions_in_slice"
"""The query of checks that tell no single rows apart."""
_NO_OFFENDERS = "no row offends: it is the lack of them"
_TOLD_ABOVE = frozenset({"window_start", "window_end", "model", "feature"})
"""Columns of evidence that say what the title and the comparison say already."""
_ALSO = 3
"""Others of the same cause that are told, and not only counted."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """A small table and how it is told."""

    pane: str
    title: str
    table: Table
    note: str = ""
    nothing: str = ""
    """What is said instead of the note where the table is empty."""


def _without(names: frozenset[str], table: Table) -> Table:
    """The table without those of these columns that are the same in all rows."""
    kept = [
        place
        for place, name in enumerate(table.columns)
        if name not in names or len({repr(row[place]) for row in table.rows}) > 1
    ]
    rows = tuple(tuple(row[place] for place in kept) for row in table.rows)
    return replace(table, columns=tuple(table.columns[place] for place in kept), rows=rows)


class AlertScreen(HandlingScreen):
    """What stands behind one alert."""

    about = "Alert"
    # Textual declares this as an instance variable.
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (22, "-short"), (32, "-middling"), (38, "-tall")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s,v", "query", "query", key_display="s", tooltip="show the query and its parameters"),
        Binding("m", "moved", "moved", tooltip="show which values moved, or the evidence again"),
        ACKNOWLEDGE_KEY,
        SNOOZE_KEY,
        Binding("r", "load", "refresh", show=False, tooltip="read the evidence again"),
        Binding("tab", "app.focus_next", "pane", key_display="⇥", tooltip="next pane"),
        Binding("escape", "leave", "back", show=False, tooltip="clear the marks, then go back"),
        Binding("q", "app.go_back", "back", id="back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """The evidence is here."""

        evidence: Evidence

    def __init__(self, desk: AlertDesk, setting: Setting, alert: Alert) -> None:
        super().__init__(desk, setting)
        self._desk = desk
        self.alert = alert
        self.evidence: Evidence | None = None
        self._read_at = ""
        self._missing = "The rows are still being read"
        self._tells_moved = False
        """Whether the evidence pane shows which values moved."""

    def compose_body(self) -> ComposeResult:
        yield Note(id="alert-title")
        with Horizontal(id="alert-top"):
            with Vertical(id="compared", classes="pane"):
                yield Heading("Against baseline")
                yield Comparison(self.alert)
            with Vertical(id="common", classes="pane facts"):
                yield Heading("What the offending rows share", "reading …")
                yield Grid(id="common-grid", opens=False)
        with Vertical(id="evidence", classes="pane facts"):
            yield Heading("Evidence", "reading …")
            yield Grid(id="evidence-grid", opens=False)
        with Vertical(id="offenders", classes="pane"):
            yield Heading("Offending requests", "reading …")
            yield Static(classes="problem")
            yield Grid(COLUMNS, id="rows", markable=True)

    def on_mount(self) -> None:
        self._show_alert()
        self.grid.focus()
        self.action_load()

    # --- the alert, as the snapshots tell it ----------------------------------------------------

    def show(self, snapshot: Snapshot) -> None:
        super().show(snapshot)
        alert = next((one for one in snapshot.alerts if one.alert_id == self.alert.alert_id), None)
        if alert is not None and alert != self.alert:
            self.alert = alert
            if self.is_mounted:
                self._show_alert()

    def _show_alert(self) -> None:
        alert, today = self.alert, self.setting.utc().date()
        self.query_one(Comparison).show(alert)
        self.query_one("#compared Heading", Heading).show((facts(told_by(alert), today), "$dim"))
        severity = severity_cell(alert.severity)
        as_of = (self.snapshot.as_of if self.snapshot else None) or alert.last_seen
        is_open = alert.state is AlertState.OPEN
        # The window that it was seen in last may not be over yet.
        until = as_of if is_open else alert.last_seen
        lasted = say.span((until - alert.began) / timedelta(seconds=1))
        state = f"open since {say.at(alert.began, today)} UTC, {lasted}"
        if not is_open:
            state = f"resolved {say.at(alert.last_seen, today)} UTC after {lasted}"
        subject = f" · {cut(alert.subject, 60)}" if alert.subject else ""
        reading = told_by(alert)
        self.query_one("#alert-title", Note).tell(
            Content.assemble(
                (severity.text.upper(), severity.style),
                (f"  {cut(alert.check.replace('_', ' '), 60)}", "bold $foreground"),
                (f" · {cut(alert.model, 60)}{subject}", "$dim"),
                (f"   {state}", "$dim"),
                *self._handled(),
                "\n",
                (cut(reading.summary, 400), "bold $foreground"),
                (self._others(), "$dim"),
            )
        )

    def _handled(self) -> tuple[tuple[str, str], ...]:
        """What somebody said of it, who, and why."""
        handling = self.alert.handling
        if handling is None:
            return ()
        words = handled_words(handling, self.setting.utc().date())
        by = f" by {name_of(handling)}" if handling.snoozed_until is not None else ""
        why = f": {cut(handling.reason, 120)}" if handling.reason else ""
        return (("   ", ""), (words + by, "bold $accent"), (why, "$accent"))

    def _others(self) -> str:
        """The others of the same cause, in a line of their own."""
        also = [cut(reading.summary, 80) for reading in self.alert.also[:_ALSO]]
        more = len(self.alert.also) - len(also)
        return ("\nalso: " if also else "") + " · ".join([*also, *([f"{more} more"] if more else [])])

    def chosen_alert(self) -> Alert | None:
        return self.alert

    # --- its evidence, once and on request --------------------------------------------------------

    def action_load(self) -> None:
        self._missing = "The rows are still being read"
        self._read(self.alert)

    @work(thread=True, exclusive=True, group="evidence")
    def _read(self, alert: Alert) -> None:
        reply: AlertScreen.Loaded | WorkFailed
        try:
            reply = self.Loaded(self._desk.evidence(alert))
        except ConsoleError as error:
            reply = WorkFailed("Evidence cannot be read", error)
        if not get_current_worker().is_cancelled:
            self.post_message(reply)

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        self.evidence = message.evidence
        self._read_at = say.at(self.setting.utc(), self.setting.utc().date())
        self._show_facts()
        self._tell_problem("")
        self._show_rows()
        self._tell_facts()
        self._tell_rows()
        self.refresh_bindings()
        self.look_up_labels()

    def _facts(self, evidence: Evidence) -> tuple[_Facts, _Facts]:
        """What the two panes of small tables show."""
        shared = _Facts("common", "What the offending rows share", evidence.common)
        shared = replace(shared, note="most telling first", nothing="nothing stands out")
        if evidence.offenders_call is None:
            shared = replace(shared, nothing=_NO_OFFENDERS)
        elif evidence.offenders_call.query == _WHOLE_SLICE:
            shared = replace(shared, nothing="all rows of the slice are meant")
        if self._tells_moved:
            note = "mean (5 % · 50 % · 95 %), before and during · m shows the evidence"
            nothing = "none · m shows the evidence"
            return shared, _Facts("evidence", "Which values moved", evidence.moved, note, nothing)
        note = f"{cut(evidence.call.query, 60)}, s shows it · m shows what moved"
        return shared, _Facts("evidence", "Evidence", _without(_TOLD_ABOVE, evidence.table), note, "no rows")

    def _show_facts(self) -> None:
        if self.evidence is not None:
            for shown in self._facts(self.evidence):
                columns, rows = facts_of(shown.table, self.setting.utc().date())
                grid = self.query_one(f"#{shown.pane}-grid", Grid)
                grid.show(rows, columns)
                grid.display = bool(rows)

    @on(Grid.Rearranged)
    def _tell_facts(self) -> None:
        """What the small tables are, and what of them is not shown."""
        if self.evidence is None:
            return
        for shown in self._facts(self.evidence):
            hidden = self.query_one(f"#{shown.pane}-grid", Grid).left_out
            said = shown.note if shown.table.rows else shown.nothing
            said += " · first rows only" if shown.table.truncated else ""
            said += f" · {say.plural(hidden, 'column')} hidden" if hidden and shown.table.rows else ""
            self.query_one(f"#{shown.pane} Heading", Heading).show((said, "$dim"), title=shown.title)

    def _tell_rows(self) -> None:
        if self.evidence is None:
            return
        table = self.evidence.offenders
        number = f"the newest {say.count(len(table.rows))}" if table.truncated else say.count(len(table.rows))
        call = self.evidence.offenders_call
        nothing = "none found" if call else _NO_OFFENDERS
        said = [(f"{number}, read {self._read_at}" if table.rows else nothing, "$dim")]
        if self.grid.marked:
            said += [(" · ", "$dim"), (f"{say.count(len(self.grid.marked))} marked", "bold $accent")]
        whole = call is not None and call.query == _WHOLE_SLICE
        title = "Requests of the slice" if whole else "Offending requests"
        self.query_one("#offenders Heading", Heading).show(*said, title=title)

    def _show_rows(self) -> None:
        if self.evidence is not None:
            today = self.setting.utc().date()
            self.grid.show(self.predictions.take(self.evidence.offenders, self.labels, today))

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == "Evidence cannot be read":
            self._missing = "The rows could not be read: r tries again"
            self.query_one("#offenders Heading", Heading).show(("cannot be read · r tries again", "$error"))
            self._tell_problem(reason(message.error))
            for where in ("common", "evidence"):
                self.query_one(f"#{where} Heading", Heading).show(("—", "$faint"))
        else:
            super().tell_failure(message)

    def _tell_problem(self, words: str) -> None:
        problem = self.query_one(".problem", Static)
        problem.update(Content(words))
        problem.display = bool(words)

    def labels_changed(self) -> None:
        self._show_rows()

    @on(Grid.MarksChanged, "#rows")
    def tell_marks(self) -> None:
        self._tell_rows()

    # --- what one does here -----------------------------------------------------------------------

    def action_leave(self) -> None:
        """Esc clears marks first, then goes back."""
        if self.grid.marked:
            self.grid.clear_marks()
        else:
            self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("label", "export") and self.evidence is None:
            return True  # Who presses it too early is told so.
        return super().check_action(action, parameters)

    def action_label(self) -> None:
        if self.evidence is None:
            self.tell(self._missing)
        else:
            super().action_label()

    def action_export(self) -> None:
        if self.evidence is None:
            self.tell(self._missing)
        else:
            super().action_export()

    def action_query(self) -> None:
        evidence = self.evidence
        if evidence is None:
            self.tell(self._missing)
            return
        self.app.push_screen(QueryView(evidence.call.query, evidence.sql, evidence.call.params))

    def action_moved(self) -> None:
        """The evidence pane shows which values moved, or the evidence again, and has the focus."""
        if self.evidence is None:
            self.tell(self._missing)
            return
        self._tells_moved = not self._tells_moved
        self._show_facts()
        self._tell_facts()
        grid = self.query_one("#evidence-grid", Grid)
        grid.move_home()
        (grid if grid.display else self.grid).focus()

    def what_to_export(self) -> Export | None:
        evidence = self.evidence
        call = evidence.offenders_call if evidence else None
        if evidence is None or call is None or not evidence.offenders.rows:
            return None
        table = evidence.offenders
        name = " ".join(filter(None, (self.alert.check, self.alert.model, self.alert.subject)))
        return Export(name, lambda: call, len(table.rows), table.truncated, self.alert)

    def label_context(self) -> LabelContext:
        call = self.evidence.offenders_call if self.evidence else None
        return LabelContext(self.alert.alert_id, call)
