"""What the screens ask of the engine, answered from the store and the casebook.

One method a question, thin: what it takes to answer lies in a module of its own, imported when it is asked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from console.engine.settings import Settings
from console.model import (
    Alert,
    Evidence,
    ExportReceipt,
    Label,
    LabelDraft,
    QueryCall,
    RejectRow,
    Request,
    RowId,
)

if TYPE_CHECKING:
    from console.casebook import Casebook
    from console.engine.collector import Collector
    from console.engine.picture import Picture
    from console.store import Store

GENERAL_CLASSES = ("correct", "wrong", "unsure")
"""What a label may say where a model predicts numbers, or nothing is known yet."""


class Answering(ABC):
    """Answers, from any thread; whoever inherits it opens what they come from."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._classes: dict[str, tuple[str, ...]] = {}
        self._collector: Collector | None = None
        self._picture: Picture | None = None

    @property
    @abstractmethod
    def _store(self) -> Store:
        """The store, once it is open.

        Raises:
            ConsoleError: it could not be opened.
        """

    @property
    @abstractmethod
    def _at_hand(self) -> Casebook | None:
        """The casebook; None if there is none yet, and nothing is to be left behind.

        Raises:
            CasebookError: it could not be opened.
        """

    @property
    @abstractmethod
    def _kept(self) -> Casebook:
        """The casebook, made if there is none yet: somebody has something to keep."""

    def evidence(self, alert: Alert) -> Evidence:
        """What stands behind an alert, as it is stored now."""
        from console.engine.evidence import gather_evidence

        return gather_evidence(self._store, alert)

    def request(self, row_id: RowId) -> Request:
        """One prediction, whole."""
        return self._store.request(row_id)

    def rejects(self, source_id: int | None, offset: int, limit: int) -> Sequence[RejectRow]:
        """Lines of a source, or of all, that could not be used, newest first: `limit` behind `offset`."""
        return self._store.rejects(source_id, offset=offset, limit=limit)

    def reject_reasons(self, source_id: int | None) -> Sequence[tuple[str, int]]:
        """Each kind of reason and how many rejects of a source, or of all, have it, the commonest first."""
        return self._store.reject_reasons(source_id)

    def retry_rejects(self) -> tuple[int, int]:
        """Every reject was tried with the mapping that is in force: how many, and how many are rows now."""
        from console.engine.rereading import retry_rejects
        from console.ingest import choosing

        tried, moved = retry_rejects(self._store, choosing(self._settings.configuration.meaning_of))
        if self._collector is not None:
            self._collector.retried(moved)
        return tried, sum(moved.values())

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

    def recent_call(self) -> QueryCall:
        """The canned query that gives the newest requests of the last snapshot."""
        _ = self._store
        return self._picture.recent_call if self._picture else QueryCall("predictions_recent")

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
