"""The labels: what people said of requests, where they do not agree, and what waits for a second look."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar, Self

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from console.model import Label, LabelBook, RowId, Snapshot
from console.tui import say
from console.tui.answers import post_answer
from console.tui.copying import copy
from console.tui.desk import LabelsDesk
from console.tui.labels.acts import QUEUE_KEY, LabelContext, LabellingScreen
from console.tui.labels_list.columns import COLUMNS, Shown, rows_of, summary, who_says_what
from console.tui.messages import LabelsTakenBack, WorkFailed
from console.tui.places import Surroundings
from console.tui.request.screen import RequestScreen
from console.tui.safe import cut
from console.tui.screen import Setting, reason
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading
from console.tui.widgets.note import Note

_READING = "Labels cannot be listed"
_ORDER = tuple(Shown)
_LONGEST_FIND = 200
"""Characters of what is looked for that are kept with the place."""


class LabelsScreen(LabellingScreen):
    """What each person says of each request, newest first; only conflicts; or only what is flagged."""

    about = "Labels"
    kind = "labels"

    BINDINGS: ClassVar[list[BindingType]] = [
        QUEUE_KEY,
        *(
            Binding(
                str(number),
                f"list('{shown.name}')",
                shown.value,
                show=False,
                id=f"labels.{shown.value}",
                tooltip=f"labels: {shown.value}",
            )
            for number, shown in enumerate(_ORDER, 1)
        ),
        Binding(
            "tab",
            "next_list",
            "next list",
            id="labels.next",
            key_display="⇥",
            tooltip="all labels, conflicts, flagged",
        ),
        Binding("f", "find", "find", id="labels.find", tooltip="only labels in which these words are found"),
        Binding("r", "load", "refresh", show=False, id="labels.reload", tooltip="read the labels again"),
        Binding(
            "y",
            "copy",
            "copy",
            show=False,
            id="labels.copy",
            tooltip="copy the row with the cursor as JSON, with every label of the request",
        ),
        Binding(
            "escape",
            "leave",
            "back",
            show=False,
            id="labels.leave",
            tooltip="show all labels again, then go back",
        ),
        Binding("q", "app.go_back", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """The labels are here."""

        find: str
        book: LabelBook

    @dataclass
    class Found(Message):
        """Whether the labelled request is stored is known."""

        label: Label
        row_id: RowId | None

    def __init__(self, desk: LabelsDesk, setting: Setting, shown: Shown = Shown.ALL, find: str = "") -> None:
        super().__init__(desk, setting)
        self._desk = desk
        self._shown = shown
        self._find = find
        self._book: LabelBook | None = None
        self._listed: Mapping[str, Label] = {}
        """By the key of its row, the label that stands for it: of a conflict the newest."""
        self._version = -1

    # --- as a place ---------------------------------------------------------------------------------

    def doing(self) -> str:
        return "labels" if self._shown is Shown.ALL else f"labels: {self._shown.value}"

    def opened_with(self) -> Mapping[str, str]:
        return {"shown": self._shown.name, "find": self._find[:_LONGEST_FIND]}

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> LabelsScreen:
        name = opened_with.get("shown", "")
        shown = Shown[name] if name in Shown.__members__ else Shown.ALL
        return cls(around.desk, around.setting, shown, opened_with.get("find", ""))

    def compose_body(self) -> ComposeResult:
        with Vertical(id="labels", classes="pane"):
            yield Heading("Labels", "reading …")
            yield Static(id="labels-lists")
            yield Input(
                self._find, id="labels-find", placeholder="words of model, person, label, request or note"
            )
            yield Static(classes="problem")
            yield Grid(COLUMNS[self._shown], id="label-grid")
        with Vertical(id="labels-said", classes="pane"):
            yield Heading("Who says what")
            yield Note(id="labels-words")

    def on_mount(self) -> None:
        field = self.query_one("#labels-find", Input)
        field.border_title, field.display = "find", False
        self.grid.focus()
        self._tell()

    def stand_in_for(self, other: Self) -> bool:
        same = (other._shown, other._find) == (self._shown, self._find)
        return same and super().stand_in_for(other)

    def begin(self) -> None:
        super().begin()
        self.action_load()

    @property
    def grid(self) -> Grid:
        """The grid of labels, conflicts or flags."""
        return self.query_one("#label-grid", Grid)

    # --- reading ------------------------------------------------------------------------------------

    def show(self, snapshot: Snapshot) -> None:
        super().show(snapshot)
        if self.is_mounted and snapshot.labels_version != self._version:
            self._version = snapshot.labels_version
            self.action_load()

    def action_load(self) -> None:
        """They are read anew."""
        self._load(self._find)

    @work(thread=True, exclusive=True, group="listing")
    def _load(self, find: str) -> None:
        post_answer(self, _READING, lambda: self.Loaded(find, self._desk.label_book(find)))

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        self.tell_problem("")
        self._book = message.book
        self._draw()
        self._tell()

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == _READING:
            self.query_one("#labels Heading", Heading).show(("cannot be read · r tries again", "$error"))
            self.tell_problem(reason(message.error))
        else:
            super().tell_failure(message)

    # --- what it shows ------------------------------------------------------------------------------

    def _draw(self, *, from_top: bool = False) -> None:
        book = self._book
        if book is None:
            return
        if self._shown is Shown.CONFLICTS:
            self._listed = {one.request_key: one.labels[-1] for one in book.conflicts}
        else:
            chosen = book.labels if self._shown is Shown.ALL else book.flags
            self._listed = {label.label_id: label for label in chosen}
        rows = rows_of(book, self._shown, self.setting.utc().date())
        self.grid.show(rows, COLUMNS[self._shown], from_top=from_top)
        self._tell_said()

    def _tell(self) -> None:
        """What is listed, and how much there is of it."""
        book = self._book
        counts: tuple[int | None, ...] = (None, None, None)
        if book is not None:
            counts = (book.n_labels, book.agreement.conflicts, book.n_flags)
        pieces: list[tuple[str, str]] = []
        for number, (shown, count) in enumerate(zip(_ORDER, counts, strict=True), 1):
            chosen = shown is self._shown
            how_many = "" if count is None else f" {say.count(count)}"
            if shown is Shown.CONFLICTS and book is not None and book.agreement.tied:
                how_many += f", {say.count(book.agreement.tied)} tied"
            pieces += [
                (f"{'▸' if chosen else ' '}{number} ", "bold $accent" if chosen else "$dim"),
                (f"{shown.value}{how_many}   ", "bold $foreground" if chosen else "$dim"),
            ]
        if self._find:
            pieces.append((f"find: {cut(self._find, 60)}", "bold $accent"))
        self.query_one("#labels-lists", Static).update(Content.assemble(*pieces))
        if book is not None:
            self.query_one("#labels Heading", Heading).show(*self._words_of(book))

    def _words_of(self, book: LabelBook) -> list[tuple[str, str]]:
        if not book.said and not book.n_flags:
            return [("none yet: l labels a row wherever requests are listed", "$dim")]
        said = summary(book) or [("no label" + (" with these words" if self._find else ""), "$dim")]
        more = {
            Shown.ALL: book.n_labels,
            Shown.CONFLICTS: book.agreement.conflicts,
            Shown.FLAGGED: book.n_flags,
        }
        if more[self._shown] > len(self._listed):
            said += [(" · ", "$dim"), (f"the newest {say.count(len(self._listed))} listed", "$warning")]
        return said

    @on(Grid.Moved, "#label-grid")
    def moved(self) -> None:
        self._tell_said()

    def _tell_said(self) -> None:
        """Of the row with the cursor, who says what, where that is what one looks for."""
        pane = self.query_one("#labels-said")
        label = self._chosen()
        pane.display = label is not None and self._shown is not Shown.ALL
        if label is not None and self._book is not None and pane.display:
            one = self._book.said.get(label.draft.request_key)
            flag = label if self._shown is Shown.FLAGGED else None
            words = who_says_what(one, flag, self.setting.utc().date())
            self.query_one("#labels-words", Note).tell(words)

    def _chosen(self) -> Label | None:
        return self._listed.get(str(self.grid.cursor_key))

    # --- what one does here -------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "label"

    def action_list(self, name: str) -> None:
        """These are listed, from the top."""
        if Shown[name] is not self._shown:
            self._shown = Shown[name]
            self._draw(from_top=True)
            self._tell()
            self.tick()

    def action_next_list(self) -> None:
        """The list after this one, after the last one the first."""
        self.action_list(_ORDER[(_ORDER.index(self._shown) + 1) % len(_ORDER)].name)

    def action_find(self) -> None:
        """Words to look for are written."""
        field = self.query_one("#labels-find", Input)
        field.value, field.display = self._find, True
        field.focus()

    @on(Input.Submitted, "#labels-find")
    def look_for(self, event: Input.Submitted) -> None:
        self._look_for(event.value.strip())

    def _look_for(self, words: str) -> None:
        self.query_one("#labels-find", Input).display = False
        self.grid.focus()
        if words != self._find:
            self._find = words
            self.grid.move_home()
            self._tell()
            self.action_load()

    def action_leave(self) -> None:
        """Esc leaves the field, then shows all labels again, then goes back."""
        if self.query_one("#labels-find", Input).display:
            self._look_for(self._find)
        elif self._find:
            self._look_for("")
        else:
            self.dismiss(None)

    def action_copy(self) -> None:
        label, book = self._chosen(), self._book
        if label is None or book is None:
            return
        one = book.said.get(label.draft.request_key)
        every = one.labels if self._shown is Shown.CONFLICTS and one is not None else (label,)
        told = "\n".join(json.dumps(_told(each), default=str, ensure_ascii=False) for each in every)
        self.tell(copy(self.app, told, "label.json"))

    @on(Grid.Opened, "#label-grid")
    def open_request(self, event: Grid.Opened) -> None:
        label = self._listed.get(str(event.key))
        if label is not None:
            self._look_up(label)

    @work(thread=True, exclusive=True, group="finding")
    def _look_up(self, label: Label) -> None:
        post_answer(
            self, "Request cannot be looked up", lambda: self.Found(label, self._desk.labelled_row(label))
        )

    @on(Found)
    def push_request(self, message: Found) -> None:
        if message.row_id is None:
            self.tell("This request is not among the rows that are stored now")
            return
        context = LabelContext(alert_id=message.label.draft.alert_id)
        screen = RequestScreen(self._desk, self.setting, message.row_id, (), context)
        if self.snapshot is not None:
            screen.show(self.snapshot)
        self.app.push_screen(screen)

    @on(LabelsTakenBack)
    @on(events.ScreenResume)
    def look_anew(self) -> None:
        """Who comes back from a request, or from working through them, may have labelled."""
        if self._book is not None:
            self.action_load()

    def queue_source(self) -> tuple[str, ...] | None:
        """The requests of the rows that are listed, from the top, each once; None if there are none."""
        return tuple(dict.fromkeys(label.draft.request_key for label in self._listed.values())) or None


def _told(label: Label) -> Mapping[str, object]:
    """A label as it is copied."""
    return {
        **asdict(label.draft),
        "status": label.status.value,
        "author": label.author,
        "at": label.at,
        "source": label.source,
    }
