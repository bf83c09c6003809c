"""The labels: what people said of requests, and where they do not agree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.errors import ConsoleError
from console.model import Label, RowId, Snapshot
from console.tui import say
from console.tui.copying import copy
from console.tui.desk import LabelsDesk
from console.tui.labels.acts import LabelContext, LabellingScreen
from console.tui.messages import LabelsTakenBack, WorkFailed
from console.tui.places import Surroundings
from console.tui.predictions import label_cell, moment_cell
from console.tui.request.screen import RequestScreen
from console.tui.safe import Cell, cell
from console.tui.screen import Setting, reason
from console.tui.widgets.columns import Column
from console.tui.widgets.grid import Grid
from console.tui.widgets.gridlines import GridRow
from console.tui.widgets.heading import Heading

COLUMNS = (
    Column("at", "labelled", "UTC", most=19),
    Column("label", "label", most=24, least=8),
    Column("conflict", "", most=12, optional=True),
    Column("request", "request", most=40, least=10, rank=1),
    Column("author", "by", most=28, least=8, rank=2),
    Column("model", "model", most=20, least=8, rank=3),
    Column("prediction", "predicted", most=20, least=8, rank=4),
    Column("note", "note", most=100, least=10, rank=5, flex=True, optional=True),
)
_READING = "Labels cannot be listed"


class LabelsScreen(LabellingScreen):
    """What each person says of each request, newest first."""

    about = "Labels"
    kind = "labels"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "load", "refresh", id="labels.reload", tooltip="read the labels again"),
        Binding("y", "copy", "copy", id="labels.copy", tooltip="copy the label with the cursor as JSON"),
        Binding("escape,q", "app.go_back", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """The labels are here."""

        labels: tuple[Label, ...]

    @dataclass
    class Found(Message):
        """Whether the labelled request is stored is known."""

        label: Label
        row_id: RowId | None

    def __init__(self, desk: LabelsDesk, setting: Setting) -> None:
        super().__init__(desk, setting)
        self._desk = desk
        self._listed: dict[str, Label] = {}
        self._version = -1

    @classmethod
    def again(cls, around: Surroundings, opened_with: object) -> LabelsScreen:
        return cls(around.desk, around.setting)

    def compose_body(self) -> ComposeResult:
        with Vertical(id="labels", classes="pane"):
            yield Heading("Labels", "reading …")
            yield Static(classes="problem")
            yield Grid(COLUMNS, id="label-grid")

    def on_mount(self) -> None:
        self.query_one(Grid).focus()
        self.action_load()

    def show(self, snapshot: Snapshot) -> None:
        super().show(snapshot)
        if self.is_mounted and snapshot.labels_version != self._version:
            self._version = snapshot.labels_version
            self.action_load()

    def action_load(self) -> None:
        self._load()

    @work(thread=True, exclusive=True, group="listing")
    def _load(self) -> None:
        reply: LabelsScreen.Loaded | WorkFailed
        try:
            reply = self.Loaded(tuple(self._desk.standing_labels()))
        except ConsoleError as error:
            reply = WorkFailed(_READING, error)
        self.post_message(reply)

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        self._tell_problem("")
        self._listed = {label.label_id: label for label in message.labels}
        disputed = conflicts(message.labels)
        today = self.setting.utc().date()
        self.query_one(Grid).show(
            [drawn(label, label.draft.request_key in disputed, today) for label in message.labels]
        )
        requests = len({label.draft.request_key for label in message.labels})
        said = [(say.count(requests), "$foreground"), (" labelled requests, newest first", "$dim")]
        if disputed:
            said += [(" · ", "$dim"), (f"≠ {say.plural(len(disputed), 'conflict')}", "bold $warning")]
        if not requests:
            said = [("none yet: l labels a row wherever requests are listed", "$dim")]
        self.query_one(Heading).show(*said)

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == _READING:
            self.query_one(Heading).show(("cannot be read · r tries again", "$error"))
            self._tell_problem(reason(message.error))
        else:
            super().tell_failure(message)

    def _tell_problem(self, words: str) -> None:
        problem = self.query_one(".problem", Static)
        problem.update(Content(words))
        problem.display = bool(words)

    # --- what one does here -------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "label"

    def action_copy(self) -> None:
        label = self._listed.get(str(self.query_one(Grid).cursor_key))
        if label is not None:
            told = {**asdict(label.draft), "author": label.author, "at": label.at, "source": label.source}
            self.tell(copy(self.app, json.dumps(told, default=str, ensure_ascii=False), "label.json"))

    @on(Grid.Opened, "#label-grid")
    def open_request(self, event: Grid.Opened) -> None:
        label = self._listed.get(str(event.key))
        if label is not None:
            self._find(label)

    @work(thread=True, exclusive=True, group="finding")
    def _find(self, label: Label) -> None:
        reply: LabelsScreen.Found | WorkFailed
        try:
            reply = self.Found(label, self._desk.labelled_row(label))
        except ConsoleError as error:
            reply = WorkFailed("Request cannot be looked up", error)
        self.post_message(reply)

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
    def look_anew(self) -> None:
        self.action_load()


def conflicts(labels: Sequence[Label]) -> frozenset[str]:
    """The request keys of which people say different things."""
    said: dict[str, set[str]] = {}
    for label in labels:
        said.setdefault(label.draft.request_key, set()).add(label.draft.value)
    return frozenset(key for key, values in said.items() if len(values) > 1)


def drawn(label: Label, disputed: bool, today: date) -> GridRow:
    """A label as a row; one that others contradict says so in a word."""
    draft = label.draft
    return GridRow(
        label.label_id,
        (
            moment_cell(label.at, today),
            label_cell(label),
            Cell("≠ conflict", "bold $warning") if disputed else Cell(""),
            cell(draft.request_key),
            cell(label.author, "$dim"),
            cell(draft.model or None, "$dim"),
            cell(draft.prediction or None, "$dim"),
            cell(draft.note, "$dim") if draft.note else Cell(""),
        ),
    )
