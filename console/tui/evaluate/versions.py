"""Two versions of a model beside each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.model import Ticket, View
from console.model.evaluation import EvaluationQuestion, VersionComparison, basis_of
from console.model.evaluation_record import comparison_record
from console.tui.answers import post_answer
from console.tui.copying import copy
from console.tui.desk import EvaluationDesk
from console.tui.evaluate.lines import DIFFERENCES, difference_rows
from console.tui.evaluate.words import paired_words
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings, view_of, view_text
from console.tui.safe import cut
from console.tui.screen import ConsoleScreen, Setting, reason
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading

_READING = "Versions cannot be compared"


class VersionsScreen(ConsoleScreen):
    """The newest version and the one that came before it, or whichever two one chooses."""

    about = "Versions"
    kind = "versions"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "swap", "swap", id="versions.swap", tooltip="the other way round"),
        Binding("y", "copy", "copy", id="versions.copy", tooltip="copy all differences as JSON"),
        Binding("r", "load", "refresh", show=False, id="versions.refresh", tooltip="compare anew"),
        Binding("escape", "leave", "back", id="versions.leave", key_display="esc", tooltip="stop; back"),
        Binding("q", "app.go_back", "back", show=False, id="app.back", tooltip="back"),
    ]

    @dataclass
    class Compared(Message):
        """The differences are here."""

        told: VersionComparison

    def __init__(self, desk: EvaluationDesk, setting: Setting, asked: EvaluationQuestion) -> None:
        super().__init__(setting)
        self._desk = desk
        self._asked = asked
        self._versions: tuple[str, str] | None = None
        self._told: VersionComparison | None = None
        self._ticket: Ticket | None = None

    def doing(self) -> str:
        return f"versions of {cut(self._asked.model, 40)}"

    def compose_body(self) -> ComposeResult:
        with Vertical(id="versions", classes="pane"):
            yield Heading("Versions", "comparing …")
            yield Static(classes="problem")
            yield Static(id="versions-words")
            yield Grid(DIFFERENCES, id="versions-grid", opens=False)

    def on_mount(self) -> None:
        self.query_one(Grid).focus()
        self.action_load()

    def on_unmount(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    def action_load(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
        self._ticket = Ticket()
        self.query_one(Heading).show(("comparing … ", "bold $accent"), ("esc cancels", "$dim"))
        self._compare(self._asked, self._versions, self._ticket)

    @work(thread=True, exclusive=True, group="comparing")
    def _compare(self, asked: EvaluationQuestion, versions: tuple[str, str] | None, ticket: Ticket) -> None:
        post_answer(
            self,
            _READING,
            lambda: self.Compared(self._desk.version_comparison(asked, versions, ticket)),
            ticket,
        )

    @on(Compared)
    def take(self, message: Compared) -> None:
        told = message.told
        self._ticket, self._told, self._versions = None, told, told.versions
        first, second = (cut(version, 24) for version in told.versions)
        self.tell_problem("")
        columns = tuple(
            replace(column, title={"first": first, "second": second}.get(column.name, column.title))
            for column in DIFFERENCES
        )
        self.query_one(Grid).show(difference_rows(told), columns, from_top=True)
        words = [paired_words(told), *told.notes]
        if told.positive:
            words.append(f"positive is {told.positive}")
        self.query_one("#versions-words", Static).update(
            Content("\n").join([Content.styled(cut(one, 200), "$dim") for one in words])
        )
        self.query_one(Heading).show(
            (f"on {told.basis.value} · the difference is {second} less {first}", "$dim"),
            title=f"{cut(told.model, 30)}: {first} and {second}",
        )
        self.refresh_bindings()

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing != _READING:
            super().tell_failure(message)
            return
        self._ticket = None
        self.tell_problem(reason(message.error))
        self.query_one(Heading).show(("not compared", "$error"))

    def opened_with(self) -> Mapping[str, str]:
        asked = self._asked
        return {
            "model": asked.model,
            "basis": asked.basis.value,
            "view": view_text(View(asked.filter, asked.span, asked.until)),
        }

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> VersionsScreen | None:
        view = view_of(opened_with.get("view", ""))
        if view is None:
            return None
        asked = EvaluationQuestion(
            basis_of(opened_with.get("basis", "")),
            opened_with.get("model", ""),
            until=view.until,
            span=view.span,
            filter=view.filter,
        )
        return cls(around.desk, around.setting, asked)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._told is not None if action in ("copy", "swap") else True

    def action_swap(self) -> None:
        if self._told is not None:
            first, second = self._told.versions
            self._versions = second, first
            self.action_load()

    def action_copy(self) -> None:
        if self._told is not None:
            text = json.dumps(comparison_record(self._told), default=str, ensure_ascii=False)
            self.tell(copy(self.app, text, f"versions-{self._told.model}.json"))

    def action_leave(self) -> None:
        """Esc stops what is under way, else goes back."""
        if self._ticket is not None and self._told is not None:
            self._ticket.cancel()
            self._ticket = None
            self.take(self.Compared(self._told))
        else:
            self.app.pop_screen()
