"""Labelling, wherever predictions are listed: mark, label, take back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType

from console.errors import ConsoleError
from console.model import Alert, Label, LabelDraft, QueryCall, QueueSource, Snapshot
from console.model.filter_text import filter_text
from console.tui import say
from console.tui.answers import post_answer
from console.tui.desk import RowsDesk
from console.tui.labels.bar import LabelBar, LabelChoice
from console.tui.messages import LabelsFound, LabelsKept, LabelsTakenBack, WorkFailed
from console.tui.predictions import PredictionRow
from console.tui.screen import ConsoleScreen, Setting

QUEUE_KEY = Binding(
    "w",
    "queue",
    "label queue",
    id="rows.queue",
    tooltip="work through the marked rows, or all of this slice: label one after the other",
)
"""On every screen that lists requests."""


@dataclass(frozen=True, slots=True)
class LabelContext:
    """In what slice a label is given."""

    alert_id: str = ""
    call: QueryCall | None = None
    sql: str = ""
    """The person's own statement, where that gave the slice."""

    @property
    def query(self) -> str:
        """The slice's query, parameters and filter as JSON, or its SQL; empty where there is none."""
        if self.sql:
            return json.dumps({"sql": self.sql}, ensure_ascii=False)
        if self.call is None:
            return ""
        narrowed = {"filter": filter_text(self.call.filter)} if self.call.filter else {}
        told = {"query": self.call.query, "params": dict(self.call.params), **narrowed}
        return json.dumps(told, default=str)


class LabellingScreen(ConsoleScreen):
    """A screen whose rows can be labelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "l",
            "label",
            "label",
            id="rows.label",
            tooltip="label the marked rows, or the one with the cursor",
        ),
        Binding("u", "undo", "undo", id="rows.undo", tooltip="take the last labelling back"),
    ]

    def __init__(self, desk: RowsDesk, setting: Setting) -> None:
        super().__init__(setting)
        self._label_desk = desk
        self.labels: Mapping[str, Label] = {}
        self._lookup_failed = False
        self._labels_version: int | None = None
        """Of the snapshot in which the labels were looked up last, None before the first."""

    def show(self, snapshot: Snapshot) -> None:
        super().show(snapshot)
        if self.is_mounted and snapshot.labels_version != self._labels_version:
            # Somebody has labelled, here or at another seat.
            known, self._labels_version = self._labels_version, snapshot.labels_version
            if known is not None:
                self.look_up_labels()

    # --- what a screen of this kind says of itself ---------------------------------------------

    def chosen_rows(self) -> tuple[PredictionRow, ...]:
        """The rows that a label would be for: the marked ones, else the one with the cursor; or none."""
        return ()

    def listed_keys(self) -> tuple[str, ...]:
        """The request keys of all rows on screen."""
        return ()

    def label_context(self) -> LabelContext:
        """In what slice one labels here."""
        return LabelContext()

    def labels_changed(self) -> None:
        """`labels` is new: show it."""

    def labelled(self) -> None:
        """The chosen rows were handed to the casebook."""

    def queue_source(self) -> QueueSource | None:
        """What is worked through from here; None if there is nothing."""
        return self.label_context().call or self.listed_keys() or None

    # --- looking labels up ---------------------------------------------------------------------

    @on(events.ScreenResume)
    def look_again(self) -> None:
        self.look_up_labels()

    def look_up_labels(self) -> None:
        """The labels of the rows on screen are being looked up."""
        keys = self.listed_keys()
        if keys:
            self._find_labels(keys)

    @work(thread=True, exclusive=True, group="labels")
    def _find_labels(self, keys: Sequence[str]) -> None:
        post_answer(self, "Labels cannot be read", lambda: LabelsFound(self._label_desk.labels(keys)))

    @on(LabelsFound)
    def take_labels(self, message: LabelsFound) -> None:
        self._lookup_failed = False
        if message.labels != self.labels:
            self.labels = dict(message.labels)
            self.labels_changed()

    def tell_failure(self, message: WorkFailed) -> None:
        """Like everywhere, but a look-up that goes on failing is told once."""
        if message.doing == "Labels cannot be read":
            if self._lookup_failed:
                return
            self._lookup_failed = True
        super().tell_failure(message)

    # --- labelling -----------------------------------------------------------------------------

    def action_label(self) -> None:
        if self.is_read_only():
            return
        rows = self.chosen_rows()
        if not rows:
            self.tell("No row to label: move to one first (Tab changes panes)")
            return
        context = self.label_context()

        def keep(choice: LabelChoice | None) -> None:
            if choice is not None:
                self.labelled()
                self._keep(rows, choice, context)

        has = [self.labels[row.key] for row in rows if row.key in self.labels]
        self.app.push_screen(LabelBar(self._label_desk, rows, has), keep)

    @work(thread=True, group="labelling")
    def _keep(self, rows: Sequence[PredictionRow], choice: LabelChoice, context: LabelContext) -> None:
        reply: LabelsKept | WorkFailed
        try:
            drafts = [self._draft(row, choice, context) for row in rows]
            reply = LabelsKept(self._label_desk.label(drafts))
        except ConsoleError as error:
            reply = WorkFailed("Not labelled", error)
        self.post_message(reply)

    def _draft(self, row: PredictionRow, choice: LabelChoice, context: LabelContext) -> LabelDraft:
        """A label is worth more than its provenance: it is kept even if the request cannot be read."""
        try:
            request = self._label_desk.request(row.row_id)
            input_hash, origin = request.input_hash, request.origin
        except ConsoleError:
            input_hash, origin = "", ""
        return LabelDraft(
            request_key=row.key,
            value=choice.value,
            note=choice.note,
            model=row.model,
            model_version=row.model_version,
            prediction=row.prediction,
            input_hash=input_hash,
            origin=origin,
            alert_id=context.alert_id,
            query=context.query,
        )

    @on(LabelsKept)
    def tell_kept(self, message: LabelsKept) -> None:
        labels = message.labels
        self.labels = {**self.labels, **{label.draft.request_key: label for label in labels}}
        self.labels_changed()
        if labels:
            self.tell(f"{say.plural(len(labels), 'row')} labelled {labels[0].draft.value} · u takes it back")

    def action_queue(self) -> None:
        """What is listed here is labelled, one request after the other."""
        from console.tui.labelling.screen import LabellingQueue

        if self.is_read_only():
            return
        source = self.queue_source()
        if source is None:
            self.tell("There is no request to label here")
            return
        context = self.label_context()
        if isinstance(source, Alert):
            context = LabelContext(source.alert_id, context.call)
        screen = LabellingQueue(self._label_desk, self.setting, source, context)
        if self.snapshot is not None:
            screen.show(self.snapshot)
        self.app.push_screen(screen)

    def action_undo(self) -> None:
        if not self.is_read_only():
            self._take_back()

    @work(thread=True, group="labelling")
    def _take_back(self) -> None:
        reply: LabelsTakenBack | WorkFailed
        try:
            reply = LabelsTakenBack(self._label_desk.undo_label())
        except ConsoleError as error:
            reply = WorkFailed("Not taken back", error)
        self.post_message(reply)

    @on(LabelsTakenBack)
    def tell_taken_back(self, message: LabelsTakenBack) -> None:
        if not message.labels:
            self.tell("No label of yours to take back")
            return
        first = message.labels[0].draft
        rows = say.plural(len(message.labels), "row")
        which = f" ({first.request_key[:60]})" if len(message.labels) == 1 else ""
        self.tell(f"Took back {first.value} from {rows}{which}")
        self.look_up_labels()
