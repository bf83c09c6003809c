"""The alert screen: how bad it is, its charts, what the offending rows share, and the rows themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Self

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from console.model import (
    Alert,
    Listing,
    QueueSource,
    Snapshot,
)
from console.tui import say
from console.tui.alert.charts import Charts
from console.tui.alert.comparison import Comparison, facts, told_by
from console.tui.alert.leading import LeadingScreen
from console.tui.alert.others import Others, find_alert
from console.tui.alert.reading import EVIDENCE, GOOD, PICTURE, ReadingScreen
from console.tui.alert.told import (
    WHOLE_SLICE,
    facts_told,
    said_lines,
    title_of,
    why_none,
)
from console.tui.desk import AlertDesk
from console.tui.export.dialog import Export
from console.tui.handling.acts import ACKNOWLEDGE_KEY, SNOOZE_KEY
from console.tui.labels.acts import LabelContext
from console.tui.messages import WorkFailed
from console.tui.predictions import COLUMNS, facts_of
from console.tui.screen import Setting, reason
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading
from console.tui.widgets.note import Note

_SAID_LINES = 3
"""Of what was said, the newest lines are on the screen itself."""


class AlertScreen(LeadingScreen):
    """What stands behind one alert."""

    about = "Alert"
    kind = "alert"
    favoured_keys = ("open", "acknowledge", "snooze", "note", "others", "good", "earlier", "moved", "label")
    """Actions whose keys are told first where there is no room for all."""
    # Textual declares this as an instance variable.
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (22, "-short"), (34, "-middling"), (44, "-tall")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "moved", "moved", id="alert.moved", tooltip="which values moved; evidence, next chart"),
        ACKNOWLEDGE_KEY,
        SNOOZE_KEY,
        Binding("n", "note", "note", id="alert.note", tooltip="keep a note with the alert"),
        Binding("e", "earlier", "earlier", id="alert.earlier", tooltip="earlier episodes; what was said"),
        Binding("b", "good", "compare", id="alert.good", tooltip="comparable good requests, or the others"),
        Binding("o", "others", "others", id="alert.others", tooltip="the other alerts of the same cause"),
        Binding(
            "s,v",
            "query",
            "query",
            id="alert.query",
            key_display="s",
            tooltip="show the query and its parameters",
        ),
        Binding("r", "load", "refresh", show=False, id="alert.reload", tooltip="read the evidence again"),
        Binding("tab", "app.focus_next", "pane", id="app.next_pane", key_display="⇥", tooltip="next pane"),
        Binding(
            "escape",
            "leave",
            "back",
            show=False,
            id="alert.leave",
            tooltip="stop reading, clear the marks, then go back",
        ),
        Binding("q", "app.go_back", "back", id="alert.back", key_display="esc", tooltip="back"),
    ]

    def __init__(self, desk: AlertDesk, setting: Setting, alert: Alert, listed: Alert | None = None) -> None:
        super().__init__(desk, setting, alert, listed)
        self._good: Listing | None = None
        """Comparable requests, while these are shown instead of the offending ones."""
        self._read_at = ""
        self._tells_moved = False
        """Whether the evidence pane shows which values moved."""

    def action_load(self) -> None:
        self.missing = "The rows are still being read"
        self.read_all(good=self._good is not None)

    def compose_body(self) -> ComposeResult:
        yield Note(id="alert-title")
        yield Note(id="alert-said")
        yield Others()
        with Horizontal(id="alert-top"):
            with Vertical(id="compared", classes="pane"):
                yield Heading("Against baseline")
                yield Comparison(self.alert)
            with Vertical(id="common", classes="pane facts"):
                yield Heading("What the offending rows share", "reading …")
                yield Grid(id="common-grid")
        yield Charts(id="alert-charts")
        with Vertical(id="evidence", classes="pane facts"):
            yield Heading("Evidence", "reading …")
            yield Grid(id="evidence-grid", opens=False)
        with Vertical(id="offenders", classes="pane"):
            yield Heading("Offending requests", "reading …")
            yield Static(classes="problem")
            yield Grid(COLUMNS, id="rows", markable=True)

    def on_mount(self) -> None:
        self.grid.focus()

    def stand_in_for(self, other: Self) -> bool:
        self.alert, self.listed = other.alert, other.listed
        return super().stand_in_for(other)

    def begin(self) -> None:
        super().begin()
        self._show_alert()
        self._show_said()
        self.action_load()

    # --- the alert, as the snapshots tell it ----------------------------------------------------

    def show(self, snapshot: Snapshot) -> None:
        before = self.snapshot
        super().show(snapshot)
        found = find_alert(snapshot, self.alert.alert_id)
        if found is not None and (found.alert, found.listed) != (self.alert, self.listed):
            self.alert, self.listed = found.alert, found.listed
            if self.is_mounted:
                self._show_alert()
        if self.is_mounted and (before is None or before.acts_version != snapshot.acts_version):
            self.read_said()

    def _show_alert(self) -> None:
        alert, today = self.alert, self.setting.utc().date()
        self.query_one(Comparison).show(alert)
        self.query_one("#compared Heading", Heading).show((facts(told_by(alert), today), "$dim"))
        as_of = self.snapshot.as_of if self.snapshot else None
        listed = self.listed if self.listed.alert_id != alert.alert_id else None
        title = self.query_one("#alert-title", Note)
        title.tell(title_of(alert, as_of, today, listed))
        title.set_class(listed is not None, "-other")
        self.query_one(Others).show(alert, as_of or alert.last_seen, today)

    def chosen_alert(self) -> Alert | None:
        return self.listed

    def tick(self) -> None:
        super().tick()
        if self.is_reading and self.evidence is None and not self.is_covered:
            self.query_one("#offenders Heading", Heading).show((self.progress, "$dim"))

    # --- its evidence and its charts, once and on request -------------------------------------------

    @on(ReadingScreen.Loaded)
    def take(self, message: ReadingScreen.Loaded) -> None:
        self.answered("evidence")
        self.evidence = message.evidence
        self._read_at = say.at(self.setting.utc(), self.setting.utc().date())
        self._show_facts()
        self.tell_problem("")
        self._show_rows()
        self._tell_facts()
        self._tell_rows()
        self.refresh_bindings()
        self.look_up_labels()

    @on(ReadingScreen.Drawn)
    def take_picture(self, message: ReadingScreen.Drawn) -> None:
        self.answered("picture")
        picture = message.picture
        self.set_class(not self.query_one(Charts).show(picture, self.alert), "-unpictured")

    @on(ReadingScreen.GoodFound)
    def take_good(self, message: ReadingScreen.GoodFound) -> None:
        self.answered("good")
        self._good = message.listing
        self.grid.clear_marks()
        self._show_rows()
        self._tell_rows()
        self.refresh_bindings()
        self.look_up_labels()

    @on(ReadingScreen.SaidFound)
    def take_said(self, message: ReadingScreen.SaidFound) -> None:
        self.said = message.said
        self._show_said()

    def _show_said(self) -> None:
        note = self.query_one("#alert-said", Note)
        note.tell(said_lines(self.said, self.setting.utc().date(), _SAID_LINES))
        note.set_class(bool(self.said), "-told")

    def _show_facts(self) -> None:
        if self.evidence is not None:
            for shown in facts_told(self.evidence, self.setting.utc().date(), moved=self._tells_moved):
                columns, rows = facts_of(shown.table, self.setting.utc().date())
                grid = self.query_one(f"#{shown.pane}-grid", Grid)
                grid.show(rows, columns)
                grid.display = bool(rows)

    @on(Grid.Rearranged)
    def _tell_facts(self) -> None:
        """What the small tables are, and what of them is not shown."""
        if self.evidence is None:
            return
        for shown in facts_told(self.evidence, self.setting.utc().date(), moved=self._tells_moved):
            hidden = self.query_one(f"#{shown.pane}-grid", Grid).left_out
            said = shown.note if shown.table.rows else shown.nothing
            said += " · first rows only" if shown.table.truncated else ""
            said += f" · {say.plural(hidden, 'column')} hidden" if hidden and shown.table.rows else ""
            self.query_one(f"#{shown.pane} Heading", Heading).show((said, "$dim"), title=shown.title)

    # --- the rows -----------------------------------------------------------------------------------

    @property
    def listing(self) -> Listing | None:
        """The question that lists the rows on screen, and its answer; None where there is none."""
        if self._good is not None or self.evidence is None or self.evidence.offenders_call is None:
            return self._good
        return Listing(self.evidence.offenders_call, self.evidence.offenders)

    def _tell_rows(self) -> None:
        listing = self.listing
        if self.evidence is None and listing is None:
            return
        if listing is None:
            said = [(why_none(self.evidence) if self.evidence else "", "$dim")]
        elif not listing.table.rows:
            said = [("none found", "$dim")]
        else:
            number = say.count(len(listing.table.rows))
            number = f"the newest {number}" if listing.table.truncated else number
            said = [(f"{number}, read {self._read_at}", "$dim")]
        if self._good is not None:
            said += [(" · b shows those that offend", "$dim")]
        if self.grid.marked:
            said += [(" · ", "$dim"), (f"{say.count(len(self.grid.marked))} marked", "bold $accent")]
        self.query_one("#offenders Heading", Heading).show(*said, title=self._title_of_rows(listing))

    def _title_of_rows(self, listing: Listing | None) -> str:
        if listing is None or listing.call.query != WHOLE_SLICE:
            return "Comparable good requests" if self._good is not None else "Offending requests"
        return "The slice before it" if self._good is not None else "Requests of the slice"

    def _show_rows(self) -> None:
        listing = self.listing
        if listing is not None or self.evidence is not None:
            table = (
                listing.table if listing is not None else self.evidence.offenders if self.evidence else None
            )
            if table is not None:
                today = self.setting.utc().date()
                self.grid.show(self.predictions.take(table, self.labels, today))

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == EVIDENCE:
            self.answered("evidence")
            self.missing = "The rows could not be read: r tries again"
            self._tell_unread("cannot be read · r tries again", "$error")
            self.tell_problem(reason(message.error))
        elif message.doing == PICTURE:
            self.answered("picture")
            self.query_one(Charts).fail(f"cannot be drawn: {reason(message.error)}")
        else:
            if message.doing == GOOD:
                self.answered("good")
                self._tell_rows()
            super().tell_failure(message)

    def _tell_unread(self, words: str, style: str) -> None:
        self.query_one("#offenders Heading", Heading).show((words, style))
        for where in ("common", "evidence"):
            self.query_one(f"#{where} Heading", Heading).show(("—", "$faint"))

    def labels_changed(self) -> None:
        self._show_rows()

    @on(Grid.MarksChanged, "#rows")
    def tell_marks(self) -> None:
        self._tell_rows()

    # --- what one does here -----------------------------------------------------------------------

    def action_leave(self) -> None:
        """Esc stops what is being read, else clears marks, else goes back."""
        if self.is_reading and self.evidence is None:
            self.stop_reading()
            self.missing = "The rows were not read: r reads them"
            self._tell_unread("stopped · r reads them", "$warning")
            self.query_one(Charts).fail("stopped · r reads it")
        elif self.grid.marked:
            self.grid.clear_marks()
        else:
            self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("label", "export") and self.evidence is None:
            return True  # Who presses it too early is told so.
        return super().check_action(action, parameters)

    def action_label(self) -> None:
        if self.evidence is None:
            self.tell(self.missing)
        else:
            super().action_label()

    def action_export(self) -> None:
        if self.evidence is None:
            self.tell(self.missing)
        else:
            super().action_export()

    def action_moved(self) -> None:
        """The evidence pane shows which values moved, or the evidence, and has the focus.

        Where there is no room for it beside the charts, it takes their place and gives it back. Where there
        is no room for all charts, the next of them comes then.
        """
        if self.evidence is None:
            self.tell(self.missing)
            return
        instead = self.has_class("-short") and not self.has_class("-unpictured")
        if instead and self.has_class("-tells-evidence") and not self._tells_moved:
            self.remove_class("-tells-evidence")
            self.query_one(Charts).turn()
            self.grid.focus()
            return
        if self._tells_moved and not instead:
            self.query_one(Charts).turn()
        self._tells_moved = not self._tells_moved
        self.add_class("-tells-evidence")
        self._show_facts()
        self._tell_facts()
        grid = self.query_one("#evidence-grid", Grid)
        grid.move_home()
        self.call_after_refresh((grid if grid.display else self.grid).focus)

    def action_good(self) -> None:
        """The comparable good requests are listed, or the offending ones again."""
        if self.evidence is None or self.evidence.offenders_call is None:
            self.tell(self.missing if self.evidence is None else "No row offends, so none is comparable")
        elif self._good is None:
            self.query_one("#offenders Heading", Heading).show(
                ("reading …", "$dim"), title="Comparable good requests"
            )
            self.read_good()
        else:
            self._good = None
            self.grid.clear_marks()
            self._show_rows()
            self._tell_rows()
            self.look_up_labels()

    def what_to_export(self) -> Export | None:
        listing = self.listing
        if listing is None or not listing.table.rows:
            return None
        call, table = listing.call, listing.table
        known = replace(self.alert, alert_id=self.listed.alert_id)  # The id that everybody finds it by.
        kind = "good" if self._good is not None else ""
        name = " ".join(filter(None, (self.alert.check, self.alert.model, self.alert.subject, kind)))
        return Export(name, lambda: call, len(table.rows), table.truncated, known)

    def queue_source(self) -> QueueSource | None:
        if self.grid.marked or self._good is not None:
            return super().queue_source()
        return self.alert if self.alert.worst.offenders is not None else None

    def label_context(self) -> LabelContext:
        listing = self.listing
        return LabelContext(self.listed.alert_id, listing.call if listing is not None else None)
