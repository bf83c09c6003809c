"""What people make of what they see, as the screens ask for it: labels, what is said of alerts, exports.

One method an act, thin: the work lies in a module of its own, imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from console.engine.answering import Answering
from console.engine.settings import Settings
from console.model import (
    Alert,
    ExportReceipt,
    Label,
    LabelBook,
    LabelChoices,
    LabelDraft,
    LabelQueue,
    LabelStatus,
    QueryCall,
    QueueSource,
    RowId,
    Ticket,
)
from console.model.exporting import ExportOptions
from console.model.handover import HandoverPlan, HandoverReceipt


class Feedback(Answering):
    """Acts, from any thread, beside the answers; whoever inherits it opens what they come from."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        super().__init__(settings, clock=clock)
        self._choices: dict[str, LabelChoices] = {}
        self._masked_text: Callable[[str], str] | None = None

    def _typed(self, text: str) -> str:
        """What is kept of what a person typed: notes go into exports and handovers as well."""
        if not text or not self._settings.configuration.masks:
            return text
        if self._masked_text is None:
            from console.engine.masked_labels import masked_text

            self._masked_text = masked_text(self._settings.configuration.masks)
        return self._masked_text(text)

    def labels(self, keys: Sequence[str]) -> Mapping[str, Label]:
        """The label that counts for each of these request keys; keys without one are absent."""
        casebook = self._at_hand
        return casebook.current(keys) if casebook else {}

    def label(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        """The drafts are in the casebook, durably, as one act."""
        return self._kept.label([replace(one, note=self._typed(one.note)) for one in drafts])

    def undo_label(self) -> tuple[Label, ...]:
        """This author's last act counts no more; what it consisted of."""
        casebook = self._at_hand
        return casebook.undo() if casebook else ()

    def acknowledge(self, alert_id: str, reason: str) -> None:
        """The person looks after the alert, and all who share the casebook see it."""
        self._kept.acknowledge(alert_id, self._typed(reason))

    def snooze(self, alert_id: str, span: timedelta, reason: str) -> None:
        """The alert is not urgent for so long, for all who share the casebook."""
        self._kept.snooze(alert_id, self._clock() + span, self._typed(reason))

    def unsnooze(self, alert_id: str) -> None:
        """The alert is as urgent again as it is."""
        self._kept.unsnooze(alert_id)

    def note(self, alert_id: str, text: str) -> None:
        """The text is kept with the alert, for all who share the casebook."""
        self._kept.note(alert_id, self._typed(text))

    def classes(self, model: str) -> tuple[str, ...]:
        """What a label of the model's predictions may say, at most nine, the same as long as this runs."""
        from console.engine.labelling import DIGITS, GENERAL_CLASSES

        choices = self.label_choices(model)
        casebook = self._at_hand if choices.is_number else None
        used = casebook.label_values(model) if casebook else ()
        classes = (*GENERAL_CLASSES, *used) if choices.is_number else choices.classes
        return tuple(dict.fromkeys(classes))[:DIGITS]

    def label_choices(self, model: str) -> LabelChoices:
        """The same whole: classes without a digit as well, or that it is a number.

        They stay the same as long as this runs, so that a digit does.
        """
        from console.engine.labelling import choices_of

        if model not in self._choices:
            found = self._store.table(QueryCall("prediction_values", {"model": model, "row_limit": 200})).rows
            casebook = self._at_hand
            used = casebook.label_values(model) if casebook else ()
            settings = self._settings.configuration.labels
            self._choices[model] = choices_of([str(row[0]) for row in found], used, settings, model)
        return self._choices[model]

    def label_queue(self, source: QueueSource, ticket: Ticket) -> LabelQueue:
        """What is to be labelled of these requests, what teaches most first."""
        from console.engine.labelling import label_queue

        return label_queue(self._store, self._at_hand, source, self.label_choices, ticket)

    def flag(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        """These requests are to be looked at once more: drafts without a value, which count for nothing."""
        flags = [replace(one, value="", note=self._typed(one.note)) for one in drafts]
        return self._kept.label(flags, status=LabelStatus.DRAFT)

    def undo_act(self, act: str) -> tuple[Label, ...]:
        """One act of this author counts no more; what it consisted of."""
        casebook = self._at_hand
        return casebook.undo_act(act) if casebook else ()

    def label_book(self, find: str) -> LabelBook:
        """What each person says of each request, what is flagged, and how far people agree."""
        from console.engine.label_book import labels_and_flags

        return labels_and_flags(self._at_hand, find)

    def labelled_row(self, label: Label) -> RowId | None:
        """The prediction that was labelled, None if it is not stored."""
        return self._store.find(key=label.draft.request_key, origin=label.draft.origin)

    def suggest_export_path(self, name: str) -> str:
        """A path in the current folder that does not exist yet, for a slice of this name."""
        from console.export import suggest_path

        return str(suggest_path(Path.cwd(), name, at=self._clock()))

    def export(
        self,
        call: QueryCall,
        path: str,
        alert: Alert | None,
        options: ExportOptions,
        ticket: Ticket,
        on_rows: Callable[[int, int | None], None],
    ) -> ExportReceipt:
        """All rows of the query are at `path`, whole, with a manifest beside them."""
        from console.engine.exporting import export_call, remember, unlimited

        collector = self._collector
        call = unlimited(call) if alert is not None else call
        receipt = export_call(
            self._store,
            self._at_hand,
            call,
            Path(path).expanduser(),
            sources=collector.statuses if collector else (),
            author=self._settings.author,
            clock=self._clock,
            alert=alert,
            options=options,
            masks=self._settings.configuration.masks.summary(),
            ticket=ticket,
            on_rows=on_rows,
        )
        remember(self._at_hand, receipt, call, alert)
        return receipt

    def suggest_handover_path(self) -> str:
        """A path in the current folder that does not exist yet, for a page of markdown."""
        from console.export import suggest_path

        return str(suggest_path(Path.cwd(), "handover", at=self._clock(), suffix=".md"))

    def hand_over(
        self, plan: HandoverPlan, path: str, ticket: Ticket, progress: Callable[[str], None]
    ) -> HandoverReceipt:
        """The handover is at `path`, a page or a bundle as its ending says."""
        from console.engine.gathering import Material
        from console.engine.handover import hand_over_as_named

        material = Material(
            self._store,
            self._at_hand,
            self._newest_snapshot,
            self._newest_totals,
            self._settings,
            self._clock,
        )
        return hand_over_as_named(material, plan, Path(path), ticket=ticket, progress=progress)
