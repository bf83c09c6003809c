"""Earlier episodes of the same kind, and what was said of them and of this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.model import Alert, Earlier, Said
from console.tui import say
from console.tui.alert.others import find_alert
from console.tui.alert.told import alert_words, said_line
from console.tui.answers import post_answer
from console.tui.desk import AlertDesk
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings
from console.tui.safe import Cell, cell, cut
from console.tui.screen import ConsoleScreen, Setting, reason
from console.tui.severity import severity_cell
from console.tui.widgets.columns import Column
from console.tui.widgets.grid import Grid
from console.tui.widgets.gridlines import GridRow
from console.tui.widgets.heading import Heading

_READING = "Earlier episodes cannot be read"
_COLUMNS = (
    Column("began", "began", "UTC", most=19, rank=0),
    Column("lasted", "lasted", right=True, most=12, rank=2),
    Column("severity", "severity", most=10, rank=3),
    Column("summary", "worst", most=90, least=20, rank=1, flex=True),
    Column("said", "said", most=50, least=12, optional=True, rank=4),
)


def earlier_rows(found: Sequence[Earlier], today: date) -> tuple[GridRow, ...]:
    """The episodes as rows, by the ids of their alerts."""
    return tuple(
        GridRow(
            one.alert_id,
            (
                Cell(say.at(one.began, today), "$dim"),
                Cell(_lasted(one)),
                severity_cell(one.severity),
                cell(one.summary),
                Cell(_said(one.said), "$accent"),
            ),
            "" if one.alert is not None else "$dim",
        )
        for one in found
    )


def _lasted(one: Earlier) -> str:
    lasted = say.span((one.last_seen - one.began) / timedelta(seconds=1))
    return lasted if one.is_over else f"{lasted} +"


def _said(said: Sequence[Said]) -> str:
    """The last that was said in words, else what was done."""
    if not said:
        return ""
    told = next((one for one in reversed(said) if one.text), said[-1])
    author = cut(told.author.partition("@")[0], 20)
    return f"{author}: {cut(told.text, 60)}" if told.text else f"{cut(told.what, 20)} {author}"


class EarlierScreen(ConsoleScreen):
    """Episodes of one check, model and subject, the newest first."""

    about = "Earlier episodes"
    kind = "earlier"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "load", "refresh", id="earlier.refresh", tooltip="read them anew"),
        Binding("q,escape,e", "app.go_back", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """The episodes, and what was said of this one, are here."""

        found: Sequence[Earlier]
        said: Sequence[Said]

    def __init__(self, desk: AlertDesk, setting: Setting, alert: Alert, listed: Alert | None = None) -> None:
        super().__init__(setting)
        self._desk = desk
        self.alert = alert
        self.listed = listed or alert
        """The alert that people speak of where this one is listed under another."""
        self._found: Mapping[str, Earlier] = {}

    def compose_body(self) -> ComposeResult:
        with Vertical(id="earlier", classes="pane"):
            yield Heading("Earlier episodes", "reading …")
            yield Static(classes="problem")
            yield Grid(_COLUMNS, id="earlier-grid")
        with Vertical(id="earlier-said", classes="pane"):
            yield Heading("What was said")
            yield Static(id="earlier-words")

    def on_mount(self) -> None:
        self.query_one(Grid).focus()
        self.action_load()

    # --- as a place -------------------------------------------------------------------------------

    def doing(self) -> str:
        return f"earlier episodes of {alert_words(self.alert)}"

    def opened_with(self) -> Mapping[str, str]:
        return {"alert": self.alert.alert_id}

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> EarlierScreen | None:
        found = find_alert(around.snapshot, opened_with.get("alert"))
        return None if found is None else cls(around.desk, around.setting, found.alert, found.listed)

    # --- reading ----------------------------------------------------------------------------------

    def action_load(self) -> None:
        self._read(self.alert, self.listed.alert_id)

    @work(thread=True, exclusive=True, group="earlier")
    def _read(self, alert: Alert, said_of: str) -> None:
        post_answer(
            self, _READING, lambda: self.Loaded(self._desk.earlier(alert), self._desk.said_of(said_of))
        )

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        today = self.setting.utc().date()
        self._found = {one.alert_id: one for one in message.found}
        self._this = tuple(message.said)
        grid = self.query_one(Grid)
        grid.show(earlier_rows(message.found, today))
        number = len(message.found)
        told = say.plural(number, "episode") if number else "none is known"
        title = f"Earlier: {alert_words(self.alert)}"
        self.query_one("#earlier Heading", Heading).show(
            (f"{told}, newest first" if number else told, "$dim"), title=title
        )
        self._problem("")
        self._tell_said()

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing != _READING:
            super().tell_failure(message)
            return
        self.query_one("#earlier Heading", Heading).show(("cannot be read · r tries again", "$error"))
        self._problem(reason(message.error))

    def _problem(self, words: str) -> None:
        problem = self.query_one(".problem", Static)
        problem.update(Content(words))
        problem.display = bool(words)

    _this: tuple[Said, ...] = ()
    """What was said of the alert that this is about."""

    @on(Grid.Moved)
    def _tell_said(self) -> None:
        """What was said of the episode with the cursor, or of this one where there is none."""
        one = self._found.get(str(self.query_one(Grid).cursor_key))
        said = one.said if one is not None else self._this
        today = self.setting.utc().date()
        title = "What was said of it" if one is not None else "What was said of this one"
        nothing = Content.styled("nothing", "$dim")
        self.query_one("#earlier-said Heading", Heading).show(title=title)
        lines = Content("\n").join([said_line(each, today) for each in said]) if said else nothing
        self.query_one("#earlier-words", Static).update(lines)

    @on(Grid.Opened)
    def open(self, event: Grid.Opened) -> None:
        from console.tui.alert.screen import AlertScreen

        one = self._found.get(str(event.key))
        if one is None:
            return
        if one.alert is None:
            self.tell("Its rows are not stored any more: only the casebook knows of it")
            return
        screen = AlertScreen(self._desk, self.setting, one.alert)
        if self.snapshot is not None:
            screen.show(self.snapshot)
        self.app.push_screen(screen)
