"""What people make of what they see, as the screens ask for it: labels, what is said of alerts, exports.

One method an act, thin: the work lies in a module of its own, imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from console.engine.answering import Answering
from console.engine.settings import Settings
from console.model import Alert, ExportReceipt, Label, LabelDraft, QueryCall, RowId

GENERAL_CLASSES = ("correct", "wrong", "unsure")
"""What a label may say where a model predicts numbers, or nothing is known yet."""


class Feedback(Answering):
    """Acts, from any thread, beside the answers; whoever inherits it opens what they come from."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        super().__init__(settings, clock=clock)
        self._classes: dict[str, tuple[str, ...]] = {}

    def labels(self, keys: Sequence[str]) -> Mapping[str, Label]:
        """The label that counts for each of these request keys; keys without one are absent."""
        casebook = self._at_hand
        return casebook.current(keys) if casebook else {}

    def label(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        """The drafts are in the casebook, durably, as one act."""
        return self._kept.label(drafts)

    def undo_label(self) -> tuple[Label, ...]:
        """This author's last act counts no more; what it consisted of."""
        casebook = self._at_hand
        return casebook.undo() if casebook else ()

    def acknowledge(self, alert_id: str, reason: str) -> None:
        """The person looks after the alert, and all who share the casebook see it."""
        self._kept.acknowledge(alert_id, reason)

    def snooze(self, alert_id: str, span: timedelta, reason: str) -> None:
        """The alert is not urgent for so long, for all who share the casebook."""
        self._kept.snooze(alert_id, self._clock() + span, reason)

    def unsnooze(self, alert_id: str) -> None:
        """The alert is as urgent again as it is."""
        self._kept.unsnooze(alert_id)

    def note(self, alert_id: str, text: str) -> None:
        """The text is kept with the alert, for all who share the casebook."""
        self._kept.note(alert_id, text)

    def classes(self, model: str) -> tuple[str, ...]:
        """What a label of the model's predictions may say, at most nine, the same as long as this runs."""
        if model not in self._classes:
            found = self._store.table(QueryCall("prediction_values", {"model": model})).rows
            predicted = sorted([str(value) for value, _, is_number in found if not is_number][:7])
            casebook = self._at_hand
            used = casebook.label_values(model) if casebook else ()
            general = () if predicted else GENERAL_CLASSES
            self._classes[model] = tuple(dict.fromkeys((*predicted, *general, *used)))[:9]
        return self._classes[model]

    def standing_labels(self) -> Sequence[Label]:
        """What each person says of each request, newest first."""
        from console.engine.asking import standing_labels

        return standing_labels(self._at_hand)

    def labelled_row(self, label: Label) -> RowId | None:
        """The prediction that was labelled, None if it is not stored."""
        return self._store.find(key=label.draft.request_key, origin=label.draft.origin)

    def suggest_export_path(self, name: str) -> str:
        """A path in the current folder that does not exist yet, for a slice of this name."""
        from console.export import suggest_path

        return str(suggest_path(Path.cwd(), name, at=self._clock()))

    def export(self, call: QueryCall, path: str, alert: Alert | None) -> ExportReceipt:
        """All rows of the query are at `path`, whole, with a manifest beside them."""
        from console.engine.exporting import export_call, unlimited

        collector = self._collector
        return export_call(
            self._store,
            self._at_hand,
            unlimited(call) if alert is not None else call,
            Path(path).expanduser(),
            sources=collector.statuses if collector else (),
            author=self._settings.author,
            clock=self._clock,
            alert=alert,
        )
