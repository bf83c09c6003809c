"""A screen that lists predictions: open one, label some, export them all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from console.model import ExportReceipt, QueueSource, RowId
from console.tui.copying import copy
from console.tui.desk import RowsDesk
from console.tui.export.dialog import Export, ExportDialog, receipt_words
from console.tui.labels.acts import QUEUE_KEY, LabellingScreen
from console.tui.predictions import PredictionRow, PredictionRows
from console.tui.request.screen import RequestScreen
from console.tui.screen import Setting
from console.tui.widgets.grid import Grid


class RowsScreen(LabellingScreen):
    """A screen with a grid of predictions, `#rows`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        QUEUE_KEY,
        Binding(
            "x", "export", "export", id="rows.export", tooltip="write the rows on screen to a Parquet file"
        ),
        Binding(
            "y",
            "copy_rows",
            "copy",
            show=False,
            id="rows.copy",
            tooltip="copy the marked rows, or the one with the cursor, as JSON",
        ),
    ]

    def __init__(self, desk: RowsDesk, setting: Setting) -> None:
        super().__init__(desk, setting)
        self._rows_desk = desk
        self.predictions = PredictionRows()

    @property
    def grid(self) -> Grid:
        """The grid of predictions."""
        return self.query_one("#rows", Grid)

    @property
    def idle_keys(self) -> tuple[str, ...]:
        """What the bar does not show now: there is no row that a label would be for."""
        return () if self.is_mounted and self.chosen_rows() else ("label",)

    @on(Grid.MarksChanged, "#rows")
    def show_keys(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("label", "export"):
            return bool(self.predictions.by_id)
        return True

    def what_to_export(self) -> Export | None:
        """The slice on screen, None if there is nothing."""
        return None

    def chosen_rows(self) -> tuple[PredictionRow, ...]:
        by_id = self.predictions.by_id
        if not self.grid.has_focus and not self.grid.marked:
            return ()
        return tuple(by_id[key] for key in self.grid.chosen if isinstance(key, RowId) and key in by_id)

    def queue_source(self) -> QueueSource | None:
        by_id = self.predictions.by_id
        marked = (key for key in self.grid.marked if isinstance(key, RowId) and key in by_id)
        return tuple(sorted(by_id[key].key for key in marked)) or super().queue_source()

    def action_copy_rows(self) -> None:
        """The chosen rows are copied as they are listed: JSON, a line a row."""
        rows = self.chosen_rows()
        if not rows:
            self.tell("No row to copy: move to one first (Tab changes panes)")
            return
        told = (json.dumps(self.predictions.logged(row.row_id), default=str) for row in rows)
        self.tell(copy(self.app, "\n".join(told) + "\n", "requests.jsonl"))

    def listed_keys(self) -> tuple[str, ...]:
        return self.predictions.keys

    def labelled(self) -> None:
        self.grid.clear_marks()

    @on(Grid.Opened, "#rows")
    def open_request(self, event: Grid.Opened) -> None:
        if isinstance(event.key, RowId):
            ids = tuple(row.key for row in self.grid.rows if isinstance(row.key, RowId))
            self._push_request(event.key, ids)

    def _push_request(self, row_id: RowId, among: Sequence[RowId]) -> None:
        screen = RequestScreen(self._rows_desk, self.setting, row_id, tuple(among), self.label_context())
        if self.snapshot is not None:
            screen.show(self.snapshot)
        self.app.push_screen(screen)

    def action_export(self) -> None:
        export = self.what_to_export()
        if export is None:
            self.tell("Nothing to export yet")
            return
        self.app.push_screen(ExportDialog(self._rows_desk, export), self._tell_export)

    def _tell_export(self, receipt: ExportReceipt | None) -> None:
        if receipt is not None:
            self.tell(receipt_words(receipt))
