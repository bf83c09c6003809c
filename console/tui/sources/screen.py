"""The sources: what is read, how far, and that nothing of it is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from console.model import Snapshot, SourceStatus
from console.tui import say
from console.tui.desk import RejectsDesk
from console.tui.places import Surroundings
from console.tui.rejects.screen import RejectsScreen
from console.tui.request.record import Record, Section
from console.tui.safe import cut
from console.tui.screen import ConsoleScreen, Setting
from console.tui.sources.ledger import (
    COLUMNS,
    ORDERS,
    equation_of,
    in_order,
    key_of,
    source_row,
    source_section,
    totals_of,
)
from console.tui.states import STATE_STYLES, WORST_FIRST
from console.tui.widgets.columns import Column
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading
from console.tui.widgets.note import Note
from console.tui.widgets.reader import Reader

_NOTICES = 2
"""Of what the overview tells of the whole console, so many lines are repeated here."""


class SourcesScreen(ConsoleScreen):
    """The ledger of all sources, and one of them in full."""

    about = "Sources"
    kind = "sources"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "r",
            "rejects",
            "rejects",
            id="sources.rejects",
            tooltip="the lines of this source that could not be used",
        ),
        Binding(
            "a",
            "all_rejects",
            "all rejects",
            id="sources.all_rejects",
            tooltip="the lines of all sources that could not be used",
        ),
        Binding("o", "sort(1)", "sort", id="sources.sort", tooltip="sort by the next column"),
        Binding(
            "O",
            "sort(-1)",
            "sort back",
            show=False,
            id="sources.sort_back",
            tooltip="sort by the column before",
        ),
        Binding("tab", "app.focus_next", "pane", show=False, id="app.next_pane", tooltip="next pane"),
        Binding("escape,q,s", "app.go_back", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    def __init__(self, desk: RejectsDesk, setting: Setting) -> None:
        super().__init__(setting)
        self._desk = desk
        self._order = 0

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> SourcesScreen | None:
        return cls(around.desk, around.setting)

    def compose_body(self) -> ComposeResult:
        with Vertical(id="sources", classes="pane"):
            yield Heading("Sources", "none yet")
            yield Note(id="ledger-sums")
            yield Grid(columns_sorted(self._order), id="source-grid")
        with Reader(id="source"):
            yield Record(Section("Source", (), "none yet"))

    def on_mount(self) -> None:
        self.grid.focus()

    def begin(self) -> None:
        super().begin()
        self._draw()

    @property
    def grid(self) -> Grid:
        """The grid of sources."""
        return self.query_one("#source-grid", Grid)

    # --- what it shows ----------------------------------------------------------------------------

    def tick(self) -> None:
        super().tick()
        if not self.is_covered:
            self._draw()

    def _draw(self) -> None:
        snapshot = self.snapshot
        if snapshot is None:
            return
        now = self.setting.utc()
        sources = in_order(snapshot.sources, ORDERS[self._order])
        self.grid.show([source_row(source, now) for source in sources], columns_sorted(self._order))
        self._tell(sources)
        self._tell_sums(snapshot, sources)
        self._draw_one()

    def _tell(self, sources: Sequence[SourceStatus]) -> None:
        """How many sources there are, in which states, and what their ledger adds up to."""
        said: list[tuple[str, str]] = [(f"{len(sources):,}", "$foreground")] if sources else []
        for state in WORST_FIRST:
            number = sum(source.state is state for source in sources)
            if number:
                said.append((f" · {number:,} {state.value}", STATE_STYLES[state]))
        said.append((f" · {ORDERS[self._order].said}" if sources else "none was given", "$dim"))
        self.query_one("#sources Heading", Heading).show(*said)

    def _tell_sums(self, snapshot: Snapshot, sources: Sequence[SourceStatus]) -> None:
        """What the ledger adds up to, what all sources share, and why reading pauses if it does."""
        room = max(1, self.size.width - 6)
        shared = [host_words(snapshot), *(notice_words(notice) for notice in snapshot.notices[:_NOTICES])]
        lines = [sums_of(sources, room), *(words.truncate(room, ellipsis=True) for words in shared)]
        self.query_one("#ledger-sums", Note).tell(Content("\n").join(lines))

    @on(Grid.Moved)
    def _draw_one(self) -> None:
        source = self._source()
        if source is not None:
            self.query_one(Record).show(source_section(source, self.setting.utc()))

    def _source(self) -> SourceStatus | None:
        """The source that the cursor is on."""
        key = self.grid.cursor_key
        sources = self.snapshot.sources if self.snapshot else ()
        return next((source for source in sources if key_of(source) == key), None)

    # --- what one does here -----------------------------------------------------------------------

    def action_sort(self, by: int) -> None:
        self._order = (self._order + by) % len(ORDERS)
        self._draw()

    @on(Grid.Opened, "#source-grid")
    def action_rejects(self) -> None:
        source = self._source()
        if source is not None:
            self._open(source)

    def action_all_rejects(self) -> None:
        self._open(None)

    def _open(self, source: SourceStatus | None) -> None:
        screen = RejectsScreen(self._desk, self.setting, source)
        if self.snapshot is not None:
            screen.show(self.snapshot)
        self.app.push_screen(screen)


def columns_sorted(order: int) -> tuple[Column, ...]:
    """The ledger's columns, the one that it is sorted by marked in its title."""
    by = ORDERS[order].column
    return tuple(
        replace(column, title=f"{column.title} ▾", rank=min(column.rank, 1)) if column.name == by else column
        for column in COLUMNS
    )


def sums_of(sources: Sequence[SourceStatus], width: int) -> Content:
    """The ledger's equation over all sources, whether it holds for each of them, and more if it fits."""
    sums = totals_of(sources)
    equation = f"{say.plural(sums.lines, 'line')} {equation_of(sums.rows, sums.rejects, sums.blanks)}"
    if sums.wrong:
        where = say.plural(sums.wrong, "source")
        return Content.assemble(
            ("✗ ", "bold $error"),
            (equation.replace(" = ", " ≠ "), "$error"),
            (f" · in {where}: run icon doctor", "bold $error"),
        )
    told = Content.assemble(("✓ ", "bold $success"), (equation, "$foreground"))
    left = (f" · lag {say.size(sums.lag)}", "$warning") if sums.lag else (" · no lag", "$dim")
    known = f" · {say.plural(sums.truths, 'truth')}, {sums.matched:,} matched" if sums.truths else ""
    for text, style in (left, (known, "$foreground"), (f" · {say.size(sums.size)} in all", "$dim")):
        if told.cell_length + len(text) <= width:
            told = Content.assemble(told, (text, style))
    return told


def notice_words(notice: str) -> Content:
    """What the person must know of all sources: that the disk is full, say."""
    return Content.assemble(("! ", "bold $warning"), (cut(notice, 400), "$warning"))


def host_words(snapshot: Snapshot) -> Content:
    """What the console takes of the host, and what holds for all sources."""
    zone = f"times without zone: {cut(snapshot.zone, 40)}"
    stored = f"{say.size(snapshot.database_bytes)} stored" if snapshot.database_bytes else ""
    masks = f"masked by {say.plural(snapshot.masks, 'rule')}" if snapshot.masks else ""
    budget = cut(snapshot.budget, 80)
    return Content.styled("  " + " · ".join(filter(None, (stored, masks, budget, zone))), "$dim")
