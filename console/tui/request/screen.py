"""The request screen: one prediction, whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from console.model import Request, RowId
from console.tui.desk import LabelDesk
from console.tui.labels.acts import LabelContext, LabellingScreen
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings, key_text, row_id_of
from console.tui.predictions import PredictionRow
from console.tui.request.record import (
    Record,
    answer_section,
    label_section,
    mapping_section,
    origin_section,
    stages_section,
)
from console.tui.safe import cut
from console.tui.screen import Setting, reason
from console.tui.widgets.heading import Heading
from console.tui.widgets.reader import Reader

_KEPT_NEAR = 200
"""Rows before and after this one that are kept with it as a place."""


class RequestScreen(LabellingScreen):
    """Everything that is known of one request, and its neighbours one key away."""

    about = "Request"
    kind = "request"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "n",
            "step(1)",
            "next",
            id="request.next",
            key_display="n",
            tooltip="next of the rows",
        ),
        Binding(
            "p",
            "step(-1)",
            "previous",
            id="request.previous",
            key_display="p",
            tooltip="previous of the rows",
        ),
        Binding("r", "load", "read again", show=False, id="request.reload", tooltip="read it again"),
        Binding("escape,q", "app.go_back", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """The request is here."""

        request: Request

    def __init__(
        self,
        desk: LabelDesk,
        setting: Setting,
        row_id: RowId,
        among: tuple[RowId, ...] = (),
        context: LabelContext | None = None,
    ) -> None:
        super().__init__(desk, setting)
        self._desk = desk
        self._row_id = row_id
        self._among = among or (row_id,)
        self._within = context or LabelContext()
        self.request: Request | None = None

    # --- as a place -------------------------------------------------------------------------------

    def doing(self) -> str:
        return f"request {cut(self.request.key, 60)}" if self.request is not None else "request"

    def opened_with(self) -> Mapping[str, str]:
        place = self._among.index(self._row_id) if self._row_id in self._among else 0
        near = self._among[max(0, place - _KEPT_NEAR) : place + _KEPT_NEAR]
        return {
            "row": key_text(self._row_id),
            "among": " ".join(map(key_text, near)),
            "alert": self._within.alert_id,
        }

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> RequestScreen | None:
        row_id = row_id_of(opened_with.get("row", ""))
        if row_id is None:
            return None
        among = tuple(filter(None, map(row_id_of, opened_with.get("among", "").split())))
        context = LabelContext(opened_with.get("alert", ""))
        return cls(around.desk, around.setting, row_id, among, context)

    def compose_body(self) -> ComposeResult:
        yield Heading("Request", "reading it …", id="request-title")
        yield Static(classes="problem")
        with Reader(id="request-page"), Horizontal(id="request-columns"):
            yield Vertical(id="request-left")
            yield Vertical(id="request-right")

    def on_mount(self) -> None:
        self.query_one(Reader).focus()
        self.action_load()

    # --- which one --------------------------------------------------------------------------------

    def action_load(self) -> None:
        self._read(self._row_id)

    def action_step(self, by: int) -> None:
        place = self._among.index(self._row_id) + by if self._row_id in self._among else 0
        if 0 <= place < len(self._among):
            self._row_id = self._among[place]
            self._read(self._row_id)
        else:
            self.tell("That was the last of the rows" if by > 0 else "That was the first of the rows")

    @work(thread=True, exclusive=True, group="request")
    def _read(self, row_id: RowId) -> None:
        reply: RequestScreen.Loaded | WorkFailed
        try:
            reply = self.Loaded(self._desk.request(row_id))
        except ConsoleError as error:
            reply = WorkFailed("Request cannot be read", error)
        if not get_current_worker().is_cancelled:
            self.post_message(reply)

    @on(Loaded)
    async def take(self, message: Loaded) -> None:
        self.request = message.request
        self.labels = {key: label for key, label in self.labels.items() if key == message.request.key}
        self._tell_problem("")
        await self._draw()
        self.query_one(Reader).scroll_home(animate=False)
        self.look_up_labels()

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == "Request cannot be read":
            self.query_one("#request-title", Heading).show(("cannot be read · r tries again", "$error"))
            self._tell_problem(reason(message.error))
        else:
            super().tell_failure(message)

    def _tell_problem(self, words: str) -> None:
        problem = self.query_one(".problem", Static)
        problem.update(Content(words))
        problem.display = bool(words)

    # --- what it shows ----------------------------------------------------------------------------

    async def _draw(self) -> None:
        request = self.request
        if request is None:
            return
        today = self.setting.utc().date()
        place = self._among.index(self._row_id) + 1 if self._row_id in self._among else 1
        self.query_one("#request-title", Heading).show(
            (cut(request.key, 80), "$foreground"),
            (f"  {cut(request.model, 40)}", "$dim"),
            (f"  {place} of {len(self._among):,}" if len(self._among) > 1 else "", "$dim"),
        )
        left = [
            answer_section(request, today),
            label_section(self.labels.get(request.key)),
            stages_section(request),
            origin_section(request),
        ]
        right = [
            mapping_section("Features", request.features, "none logged"),
            mapping_section("Tags", request.tags, "none logged"),
        ]
        if request.extra:
            right.append(mapping_section("Extra", request.extra, ""))
        for side, sections in (("#request-left", left), ("#request-right", right)):
            column = self.query_one(side, Vertical)
            await column.remove_children()
            await column.mount_all([Record(section) for section in sections])

    # --- labelling --------------------------------------------------------------------------------

    def chosen_rows(self) -> tuple[PredictionRow, ...]:
        request = self.request
        if request is None:
            return ()
        version, said = request.fields.get("model_version"), request.fields.get("prediction")
        return (
            PredictionRow(
                request.row_id,
                request.key,
                request.model,
                "" if version is None else str(version),
                "" if said is None else str(said),
            ),
        )

    def listed_keys(self) -> tuple[str, ...]:
        return () if self.request is None else (self.request.key,)

    def label_context(self) -> LabelContext:
        return self._within

    def labels_changed(self) -> None:
        if self.request is not None:
            section = label_section(self.labels.get(self.request.key))
            for record in self.query(Record):
                if record.section.title == section.title and record.section != section:
                    record.section = section
                    record.refresh(layout=True)
