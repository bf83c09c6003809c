"""The rejects: lines that could not be used, why, and what they look like."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from console.errors import ConsoleError
from console.model import RejectRow, Snapshot, SourceStatus
from console.tui import say
from console.tui.answers import post_answer
from console.tui.desk import RejectsDesk
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings
from console.tui.rejects.listed import COLUMNS, key_of, reasons_words, reject_row, reject_words
from console.tui.safe import cut
from console.tui.screen import ConsoleScreen, Setting, reason
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading
from console.tui.widgets.note import Note
from console.tui.widgets.reader import Reader

PAGE_ROWS = 200
"""Rejects that are read at once."""
_AHEAD = 40
"""Rows before the last one from which on the next page is read."""
_READING = "Rejects cannot be read"


class RejectsScreen(ConsoleScreen):
    """The rejects of one source or of all, newest first."""

    about = "Rejects"
    kind = "rejects"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "R",
            "retry",
            "read again",
            id="rejects.retry",
            tooltip="read all rejects again as the settings are now",
        ),
        Binding(
            "a",
            "toggle_all",
            "all or one source",
            id="rejects.all",
            tooltip="those of all sources, or of the one again",
        ),
        Binding("r", "load", "refresh", id="rejects.reload", tooltip="show those that came since"),
        Binding("tab", "app.focus_next", "pane", id="app.next_pane", key_display="⇥", tooltip="next pane"),
        Binding("escape,q", "app.go_back", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """A page of rejects is here."""

        start: int
        rows: tuple[RejectRow, ...]
        reasons: tuple[tuple[str, int], ...] | None
        """How many rejects there are of each reason; None if that was not asked for."""

    @dataclass
    class Retried(Message):
        """The rejects were read again."""

        tried: int
        rows: int

    def __init__(self, desk: RejectsDesk, setting: Setting, source: SourceStatus | None = None) -> None:
        super().__init__(setting)
        self._desk = desk
        self._source = source
        self._all = source is None
        self._rows: dict[Hashable, RejectRow] = {}
        self._reasons: tuple[tuple[str, int], ...] = ()
        self._next = 0
        """Rejects before the next page."""
        self._whole = False
        """Whether there are no more than are listed."""
        self._reading = False
        self._retrying = False
        self._outcome = ""
        """What became of those that were read again."""
        self._counted = 0
        """Rejects that the ledger counted when these were read."""

    def opened_with(self) -> Mapping[str, str]:
        return {} if self._source is None else {"source": self._source.path}

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> RejectsScreen | None:
        wanted = opened_with.get("source")
        sources = [one for one in around.snapshot.sources if one.path == wanted]
        if wanted is not None and not sources:
            return None
        return cls(around.desk, around.setting, sources[0] if sources else None)

    def compose_body(self) -> ComposeResult:
        with Vertical(id="rejects", classes="pane"):
            yield Heading("Rejects", "reading …")
            yield Note(id="reject-reasons")
            yield Static(classes="problem")
            yield Grid(COLUMNS, id="reject-grid", opens=False)
        with Vertical(id="reject", classes="pane"):
            yield Heading("Line")
            with Reader(id="reject-page"):
                yield Note(id="reject-line")

    def on_mount(self) -> None:
        self.grid.focus()

    def stand_in_for(self, other: Self) -> bool:
        self._source, self._all = other._source, other._all
        return super().stand_in_for(other)

    def begin(self) -> None:
        super().begin()
        self.action_load()

    @property
    def grid(self) -> Grid:
        """The grid of rejects."""
        return self.query_one("#reject-grid", Grid)

    # --- reading them -----------------------------------------------------------------------------

    @property
    def _source_id(self) -> int | None:
        return None if self._all or self._source is None else self._source.source_id

    def action_load(self) -> None:
        """The newest are read, and those shown before are forgotten."""
        self._counted = self._in_ledger()
        self._read(0)

    def _read(self, start: int) -> None:
        self._reading = True
        self._ask(self._source_id, start)

    @work(thread=True, exclusive=True, group="rejects")
    def _ask(self, source_id: int | None, start: int) -> None:
        def ask() -> Message:
            rows = tuple(self._desk.rejects(source_id, start, PAGE_ROWS))
            reasons = None if start else tuple(self._desk.reject_reasons(source_id))
            return self.Loaded(start, rows, reasons)

        post_answer(self, _READING, ask)

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        self._reading = False
        if message.start == 0:
            self._rows = {}
        oldest = next(reversed(self._rows.values())).at if self._rows else None
        for row in message.rows:
            # What was rejected meanwhile has moved the pages on; it is told of, and not listed here.
            if (oldest is None or row.at <= oldest) and key_of(row) not in self._rows:
                self._rows[key_of(row)] = row
        self._next = message.start + len(message.rows)
        self._whole = len(message.rows) < PAGE_ROWS
        if message.reasons is not None:
            self._reasons = message.reasons
        self.tell_problem("")
        today = self.setting.utc().date()
        rows = [reject_row(row, today) for row in self._rows.values()]
        self.grid.show(rows, from_top=message.start == 0)
        self._tell()
        self._tell_reasons()
        self._draw_line()

    @on(Grid.Moved, "#reject-grid")
    def read_on(self) -> None:
        """Who comes near the last one that is listed gets more of them."""
        self._draw_line()
        near = self.grid.cursor_place >= len(self._rows) - _AHEAD
        if near and not self._whole and not self._reading:
            self._read(self._next)

    # --- what it shows ----------------------------------------------------------------------------

    def show(self, snapshot: Snapshot) -> None:
        super().show(snapshot)
        if self.is_mounted and self._rows:
            self._tell()

    def _in_ledger(self) -> int:
        """Rejects that the ledger counts."""
        sources = self.snapshot.sources if self.snapshot else ()
        chosen = self._source_id
        return sum(source.rejects for source in sources if chosen in (None, source.source_id))

    def _tell(self) -> None:
        """How many there are, of what, and how many came since."""
        listed, all_of_them = len(self._rows), self._in_ledger()
        said = [(say.count(listed), "$foreground")]
        if not self._whole:
            said = [("the newest ", "$dim"), *said, (f" of {max(listed, all_of_them):,}", "$dim")]
        else:
            said.append((", newest first", "$dim"))
        if not listed:
            said = [("none: every line could be used", "$dim")]
        of = "all sources" if self._source_id is None or self._source is None else cut(self._source.path, 80)
        said.append((f" · {of}", "$dim"))
        if self._outcome:
            said.append((f" · {self._outcome}", "bold $success"))
        if self._retrying:
            said.append((" · reading them again …", "bold $accent"))
        elif all_of_them > self._counted:
            new = all_of_them - self._counted
            said += [(f" · {new:,} new: ", "bold $warning"), ("r", "bold $accent"), (" shows them", "$dim")]
        self.query_one("#rejects Heading", Heading).show(*said)

    def _tell_reasons(self) -> None:
        strip = self.query_one("#reject-reasons", Note)
        strip.display = bool(self._reasons)
        width = max(20, self.size.width - 6)
        strip.tell(reasons_words(self._reasons, width, 2 if self.size.height < 32 else 4))

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self._tell_reasons()

    def _draw_line(self) -> None:
        reject = self._rows.get(self.grid.cursor_key)
        self.query_one("#reject").display = reject is not None
        if reject is not None:
            self.query_one("#reject-line", Note).tell(reject_words(reject))
            self.query_one(Reader).scroll_home(animate=False)

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == _READING:
            self._reading = False
            self.query_one("#rejects Heading", Heading).show(("cannot be read · r tries again", "$error"))
            self.tell_problem(reason(message.error))
        else:
            self._retrying = False
            self._tell()
            super().tell_failure(message)

    # --- what one does here -----------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "toggle_all":
            return self._source is not None
        return True

    def action_toggle_all(self) -> None:
        self._all = not self._all
        self.action_load()

    def action_retry(self) -> None:
        """The rejects are read again, all of them, by the thread of a worker."""
        if self._retrying:
            self.tell("They are being read again already")
        else:
            self._retrying, self._outcome = True, ""
            self._tell()
            self._retry()

    @work(thread=True, group="retry")
    def _retry(self) -> None:
        reply: RejectsScreen.Retried | WorkFailed
        try:
            reply = self.Retried(*self._desk.retry_rejects())
        except ConsoleError as error:
            reply = WorkFailed("Rejects cannot be read again", error)
        self.post_message(reply)

    @on(Retried)
    def tell_retried(self, message: Retried) -> None:
        self._retrying = False
        self._outcome = retried_words(message.tried, message.rows)
        self.action_load()


def retried_words(tried: int, rows: int) -> str:
    """What became of rejects that were read again."""
    if not tried:
        return "nothing to read again"
    return f"{rows:,} of {tried:,} {'is a row' if rows == 1 else 'are rows'} now"
