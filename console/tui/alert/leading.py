"""Where the alert screen leads to: the query, a slice's requests, earlier episodes, a note."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from textual import on

from console.model import View, filter_of
from console.tui.alert.earlier import EarlierScreen
from console.tui.alert.others import Others, find_alert
from console.tui.alert.query import QueryView, command_line
from console.tui.alert.reading import ReadingScreen
from console.tui.alert.told import alert_words, said_lines
from console.tui.copying import copy
from console.tui.handling.acts import HandlingScreen
from console.tui.handling.dialog import NoteDialog
from console.tui.labels.acts import LabelContext
from console.tui.places import Surroundings
from console.tui.queries.query import QueryScreen
from console.tui.requests.screen import RequestsScreen
from console.tui.screen import ConsoleScreen
from console.tui.widgets.grid import Grid

_MOST_SOURCES = 6
"""Sources that a copied command line names; of more it names the database."""
_SAID_LINES = 8
"""Of what was said, the newest lines are shown over a note that is written."""


class LeadingScreen(ReadingScreen):
    """A screen about one alert, from which one goes on."""

    # --- as a place -------------------------------------------------------------------------------

    def doing(self) -> str:
        return f"alert {alert_words(self.alert)}"

    def opened_with(self) -> Mapping[str, str]:
        return {"alert": self.alert.alert_id, "words": alert_words(self.alert)}

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> LeadingScreen | None:
        found = find_alert(around.snapshot, opened_with.get("alert"))
        return None if found is None else cls(around.desk, around.setting, found.alert, found.listed)

    def action_query(self) -> None:
        evidence = self.evidence
        if evidence is None:
            self.tell(self.missing)
            return

        def go_on(wish: str | None) -> None:
            if wish == "run":
                self._push(QueryScreen(self._desk, self.setting, evidence.call))
            elif wish == "copy":
                text = command_line(evidence.call, self._sources()) + "\n"
                self.tell(copy(self.app, text, f"{evidence.call.query}.sh"))

        self.app.push_screen(
            QueryView(evidence.call.query, evidence.sql, evidence.call.params, goes_on=True), go_on
        )

    def _sources(self) -> tuple[str, ...]:
        """Paths of what is read; of many the database instead."""
        snapshot = self.snapshot
        paths = tuple(one.path for one in snapshot.sources) if snapshot else ()
        if snapshot is not None and len(paths) > _MOST_SOURCES and snapshot.database:
            return ("--db", snapshot.database)
        return paths[:_MOST_SOURCES]

    def _push(self, screen: ConsoleScreen) -> None:
        if self.snapshot is not None:
            screen.show(self.snapshot)
        self.app.push_screen(screen)

    def action_note(self) -> None:
        if self.is_read_only():
            return
        alert, desk = self.listed, self._desk

        def keep(text: str | None) -> None:
            if text is not None:
                self._keep_said(lambda: desk.note(alert.alert_id, text), f"Noted: {alert.check}")

        today = self.setting.utc().date()
        self.app.push_screen(NoteDialog(alert, said_lines(self.said, today, _SAID_LINES)), keep)

    @on(HandlingScreen.Said)
    def read_said_again(self) -> None:
        self.read_said()

    def action_earlier(self) -> None:
        self._push(EarlierScreen(self._desk, self.setting, self.alert, self.listed))

    @on(Grid.Opened, "#common-grid")
    def list_slice(self, event: Grid.Opened) -> None:
        """All requests of the slice in the alert's time are listed, filtered by what they share."""
        evidence = self.evidence
        if evidence is None or not isinstance(event.key, int) or event.key >= len(evidence.slices):
            return
        call = evidence.offenders_call
        start, until = (call.params.get(name) for name in ("start", "until")) if call else (None, None)
        alert = self.alert
        begins = start if isinstance(start, datetime) else alert.began
        ends = until if isinstance(until, datetime) else alert.last_seen
        wanted = filter_of(evidence.slices[event.key].conditions, model=alert.model)
        view = View(wanted, ends - begins, ends)
        self._push(RequestsScreen(self._desk, self.setting, view, LabelContext(self.listed.alert_id)))

    # --- the others of the same cause ---------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "others":
            return bool(self.alert.also)
        return super().check_action(action, parameters)

    def action_others(self) -> None:
        """The list of the others of the same cause has the focus, or gives it back to the rows."""
        others = self.query_one(Others)
        (self.grid if others.grid.has_focus else others.grid).focus()

    @on(Grid.Opened, "#others-grid")
    def open_other(self, event: Grid.Opened) -> None:
        """The alert with the cursor is looked at by itself; back leads here."""
        found = find_alert(self.snapshot, str(event.key)) if self.snapshot is not None else None
        if found is None:
            self.tell("It is no longer known: nothing of it is stored any more")
            return
        self._push(type(self)(self._desk, self.setting, found.alert, found.listed))
