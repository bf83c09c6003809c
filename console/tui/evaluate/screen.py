"""Evaluate: how good a model's predictions are, on which basis, over time, and in which slices not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.model import Slice, Ticket, View
from console.model.evaluation import (
    SCORE_DIMENSION,
    Basis,
    Evaluation,
    EvaluationQuestion,
    basis_of,
    is_beyond_chance,
)
from console.model.evaluation_record import evaluation_record
from console.tui.answers import post_answer
from console.tui.copying import copy
from console.tui.desk import EvaluationDesk
from console.tui.evaluate.drawing import Picture
from console.tui.evaluate.heads import RUNNING, head_of, notes_of, pictures_of, slices_head
from console.tui.evaluate.lines import SLICES, figure_lines, slice_rows
from console.tui.evaluate.rows import EvaluatedRowsScreen
from console.tui.evaluate.versions import VersionsScreen
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings
from console.tui.safe import cut
from console.tui.screen import ConsoleScreen, Setting, reason
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading
from console.tui.widgets.note import Note

_READING = "Predictions cannot be evaluated"
_TITLES = {"time": "Over time", "reliability": "Reliability", "confusion": "Confusion"}
_PICTURES = tuple(_TITLES)


class EvaluateScreen(ConsoleScreen):
    """One model on one basis at a time; it follows the filter and the time that the screens share."""

    about = "Evaluate"
    kind = "evaluate"
    obeys_filter = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "basis", "basis", id="evaluate.basis", tooltip="on truth, on labels, or estimated"),
        Binding(
            "m", "measure", "measure", id="evaluate.measure", tooltip="another measure over time and by slice"
        ),
        Binding("d", "dimension", "slices", id="evaluate.slices", tooltip="slices of another field or tag"),
        Binding(
            "p",
            "picture",
            "picture",
            id="evaluate.picture",
            tooltip="over time, reliability, or which truths were predicted as what",
        ),
        Binding("v", "versions", "versions", id="evaluate.versions", tooltip="version against version"),
        Binding("o", "model", "model", id="evaluate.model", tooltip="another model"),
        Binding("y", "copy", "copy", show=False, id="evaluate.copy", tooltip="copy all figures as JSON"),
        Binding(
            "r", "load", "refresh", show=False, id="evaluate.refresh", tooltip="evaluate anew, up to now"
        ),
        Binding("escape", "leave", "back", id="evaluate.leave", key_display="esc", tooltip="stop; back"),
        Binding("q", "app.go_back", "back", show=False, id="app.back", tooltip="back"),
    ]

    @dataclass
    class Evaluated(Message):
        """The figures are here."""

        told: Evaluation
        ticket: Ticket

    def __init__(
        self,
        desk: EvaluationDesk,
        setting: Setting,
        *,
        model: str = "",
        basis: Basis = Basis.TRUTH,
        measure: str = "",
        dimension: str = "",
    ) -> None:
        super().__init__(setting)
        self._desk = desk
        self._model, self._basis = model, basis
        self._measure, self._dimension = measure, dimension
        self._picture = 0
        self._told: Evaluation | None = None
        self._ticket: Ticket | None = None

    # --- as a place that one comes back to ----------------------------------------------------------

    def doing(self) -> str:
        return f"evaluate {cut(self._model, 40)}".rstrip()

    def opened_with(self) -> Mapping[str, str]:
        return {
            "model": self._model,
            "basis": self._basis.value,
            "measure": self._measure,
            "dimension": self._dimension,
        }

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> EvaluateScreen | None:
        return cls(
            around.desk,
            around.setting,
            model=opened_with.get("model", ""),
            basis=basis_of(opened_with.get("basis", "")),
            measure=opened_with.get("measure", ""),
            dimension=opened_with.get("dimension", ""),
        )

    def look(self, view: View) -> None:
        super().look(view)
        self.action_load()

    # --- what it is made of -------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        with Vertical(id="evaluate", classes="pane"):
            yield Heading("Evaluate", "evaluating …")
            yield Static(classes="problem")
            yield Note(id="evaluate-basis")
            yield Static(id="evaluate-figures")
        with Horizontal(id="evaluate-pictures"):
            for kind in _PICTURES:
                with Vertical(id=f"evaluate-{kind}", classes="pane pictured"):
                    yield Heading(_TITLES[kind])
                    yield Picture(kind)
        with Vertical(id="evaluate-slices", classes="pane"):
            yield Heading("Slices")
            yield Grid(SLICES, id="slice-grid")

    def on_mount(self) -> None:
        self.grid.focus()
        self._choose_picture()

    def stand_in_for(self, other: Self) -> bool:
        self._model, self._basis = other._model, other._basis
        self._measure, self._dimension = other._measure, other._dimension
        return super().stand_in_for(other)

    def begin(self) -> None:
        super().begin()
        self.action_load()

    def on_unmount(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    @property
    def grid(self) -> Grid:
        """The grid of slices."""
        return self.query_one("#slice-grid", Grid)

    # --- reading ------------------------------------------------------------------------------------

    def action_load(self) -> None:
        """The figures are made anew, in place of those that may be under way."""
        if self._ticket is not None:
            self._ticket.cancel()
        self._ticket = Ticket()
        self._tell()
        self._evaluate(self.question(), self._ticket)

    def question(self) -> EvaluationQuestion:
        """What is asked for here, now."""
        view = self.view
        return EvaluationQuestion(
            self._basis, self._model, until=view.until, span=view.span, filter=view.filter
        )

    @work(thread=True, exclusive=True, group="evaluating")
    def _evaluate(self, asked: EvaluationQuestion, ticket: Ticket) -> None:
        post_answer(
            self, _READING, lambda: self.Evaluated(self._desk.evaluation(asked, ticket), ticket), ticket
        )

    @on(Evaluated)
    def take(self, message: Evaluated) -> None:
        if message.ticket is not self._ticket:  # something else was asked meanwhile
            return
        told = message.told
        self._ticket, self._told = None, told
        self._model = told.model
        if self._measure not in told.measures:
            self._measure = next(iter(told.measures), "")
        if self._dimension not in self._dimensions:
            self._dimension = ""
        self._problem("")
        self._draw(from_top=True)
        self.tick()  # the way here names the model

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing != _READING:
            super().tell_failure(message)
            return
        self._ticket, self._told = None, None
        self._problem(reason(message.error))
        self._draw()
        self.query_one("#evaluate Heading", Heading).show(("not evaluated · r tries again", "$error"))

    def _problem(self, words: str) -> None:
        problem = self.query_one("#evaluate .problem", Static)
        problem.update(Content(words))
        problem.display = bool(words)

    # --- what it shows ------------------------------------------------------------------------------

    def on_resize(self, event: object) -> None:
        if self._told is not None:
            self.call_after_refresh(self._draw)

    def _draw(self, *, from_top: bool = False) -> None:
        told = self._told
        self._tell()
        width = max(20, self.size.width - 4)
        most = 4 if self.size.height < 32 else 8
        lines = figure_lines(told.figures, width, most) if told is not None else []
        self.query_one("#evaluate-figures", Static).update(Content("\n").join(lines))
        self.query_one("#evaluate-basis", Note).tell(notes_of(told, width) if told else Content(""))
        for picture in self.query(Picture):
            picture.show(told, self._measure)
        for kind, (title, note) in pictures_of(told, self._measure).items():
            self.query_one(f"#evaluate-{kind} Heading", Heading).show((note, "$dim"), title=title)
        slices = told.worst_first(self._measure, self._dimension or None) if told is not None else ()
        self.grid.show(slice_rows(slices, self._measure), from_top=from_top)
        worse = sum(is_beyond_chance(one, self._measure) for one in slices)
        head = slices_head(self._measure, self._dimension, len(slices), worse)
        self.query_one("#evaluate-slices Heading", Heading).show(*head)
        self.refresh_bindings()

    def _tell(self) -> None:
        """Which model, on which basis, how much of what there is, and whether it is being made."""
        told = self._told
        said = head_of(told, self.setting.utc().date()) if told is not None else []
        if self._ticket is not None:
            said += [(" · ", "$dim"), *RUNNING] if said else RUNNING
        title = f"Evaluate {cut(self._model, 30)}".rstrip()
        self.query_one("#evaluate Heading", Heading).show(*said, title=title)

    @property
    def _dimensions(self) -> tuple[str, ...]:
        """What there are slices by, as `Slice.dimension` has it."""
        told = self._told
        found = dict.fromkeys(one.where.dimension for one in told.slices) if told is not None else {}
        return tuple(sorted(found, key=lambda name: name == SCORE_DIMENSION))

    # --- what one does here -------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        told = self._told
        match action:
            case "measure":
                return told is not None and len(told.measures) > 1
            case "dimension":
                return len(self._dimensions) > 1
            case "model":
                return told is not None and len(told.models) > 1
            case "copy" | "versions":
                return told is not None
            case _:
                return True

    def action_basis(self) -> None:
        """The same on the next basis."""
        bases = list(Basis)
        self._basis = bases[(bases.index(self._basis) + 1) % len(bases)]
        self.action_load()

    def action_model(self) -> None:
        """The next model, on the same basis, by the same measure where it has that."""
        told = self._told
        if told is not None:
            self._model = told.models[(told.models.index(told.model) + 1) % len(told.models)]
            self.action_load()

    def action_measure(self) -> None:
        if self._told is not None:
            measures = self._told.measures
            self._measure = measures[(measures.index(self._measure) + 1) % len(measures)]
            self._draw(from_top=True)

    def action_dimension(self) -> None:
        choices = ("", *self._dimensions)
        self._dimension = choices[(choices.index(self._dimension) + 1) % len(choices)]
        self._draw(from_top=True)

    def action_picture(self) -> None:
        self._picture = (self._picture + 1) % len(_PICTURES)
        self._choose_picture()

    def _choose_picture(self) -> None:
        """Where there is room for one picture it is this one."""
        for place, kind in enumerate(_PICTURES):
            self.query_one(f"#evaluate-{kind}").set_class(place == self._picture, "-chosen")

    def action_versions(self) -> None:
        self._push(VersionsScreen(self._desk, self.setting, replace(self.question(), model=self._model)))

    def action_copy(self) -> None:
        if self._told is not None:
            text = json.dumps(evaluation_record(self._told), default=str, ensure_ascii=False)
            self.tell(copy(self.app, text, f"evaluation-{self._told.model}.json"))

    @on(Grid.Opened, "#slice-grid")
    def open_slice(self, event: Grid.Opened) -> None:
        if self._told is not None and isinstance(event.key, tuple):
            dimension, value = event.key
            where = Slice(str(dimension), str(value))
            self._push(EvaluatedRowsScreen(self._desk, self.setting, self._told, where))

    def _push(self, screen: ConsoleScreen) -> None:
        if self.snapshot is not None:
            screen.show(self.snapshot)
        self.app.push_screen(screen)

    def action_leave(self) -> None:
        """Esc stops what is under way, else goes back."""
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None
            self._tell()
            if self._told is None:
                heading = self.query_one("#evaluate Heading", Heading)
                heading.show(("not evaluated · r evaluates", "bold $warning"))
        else:
            self.app.pop_screen()
