"""What the screens ask of whoever stands behind them.

Each screen takes the smallest of these protocols that it needs, so a test hands it a few lines of
fake. Every method may raise `ConsoleError`; all but `start` may block, and are called from threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

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
    Snapshot,
    View,
)


class SnapshotDesk(Protocol):
    """Gives the pictures that the overview is drawn from."""

    def look(self, view: View) -> None:
        """Snapshots are drawn as this view says from now on, the next one as soon as it can be.

        Does not block.
        """

    def start(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        """Snapshots arrive from a thread of the desk's own from now on, about one a second.

        Returns at once; it does not wait for the first snapshot.
        """

    def close(self) -> None:
        """No snapshot arrives any more, running questions have ended, and nothing is lost."""


class EvidenceDesk(Protocol):
    """Knows what stands behind an alert."""

    def evidence(self, alert: Alert) -> Evidence:
        """The rows behind an alert, as they are now."""


class RequestDesk(Protocol):
    """Knows whole requests."""

    def request(self, row_id: RowId) -> Request:
        """One prediction, whole."""


class LabelDesk(RequestDesk, Protocol):
    """Keeps what people say about requests."""

    def labels(self, keys: Sequence[str]) -> Mapping[str, Label]:
        """The label that counts for each of these request keys; keys without one are absent."""

    def label(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        """The drafts are in the casebook, durably, as one act."""

    def undo_label(self) -> tuple[Label, ...]:
        """The person's last act counts no more; what it consisted of, empty if there was none."""

    def classes(self, model: str) -> tuple[str, ...]:
        """The classes that a label may have, at most nine, in the order of the digit keys."""


class ExportDesk(Protocol):
    """Writes slices."""

    def recent_call(self) -> QueryCall:
        """The canned query that gives `Snapshot.recent`, with the parameters of this moment."""

    def suggest_export_path(self, name: str) -> str:
        """A path that does not exist yet, for a slice of this name."""

    def export(self, call: QueryCall, path: str, alert: Alert | None) -> ExportReceipt:
        """The query's rows are at `path`, whole, with a manifest beside them."""


class RowsDesk(LabelDesk, ExportDesk, Protocol):
    """What every screen with prediction rows needs: label them, open them, export them."""


class RejectsDesk(Protocol):
    """Knows the lines that could not be used."""

    def rejects(self, source_id: int | None, offset: int, limit: int) -> Sequence[RejectRow]:
        """Rejects of a source, or of all for None, newest first: `limit` of them after the first `offset`."""

    def reject_reasons(self, source_id: int | None) -> Sequence[tuple[str, int]]:
        """Every reason for which lines of a source, or of all for None, were rejected, and how often."""

    def retry_rejects(self) -> tuple[int, int]:
        """All rejects were read again as the settings are now: how many, and how many are rows now."""


class HandlingDesk(Protocol):
    """Keeps what people say of alerts; the snapshots tell of it, here and at every other seat."""

    def acknowledge(self, alert_id: str, reason: str) -> None:
        """The person looks after the alert, durably."""

    def snooze(self, alert_id: str, span: timedelta, reason: str) -> None:
        """The alert is not urgent for so long from now."""

    def unsnooze(self, alert_id: str) -> None:
        """The alert is as urgent again as it is."""


class AlertDesk(RowsDesk, EvidenceDesk, HandlingDesk, Protocol):
    """What the alert screen needs."""


class OverviewDesk(AlertDesk, RejectsDesk, Protocol):
    """What the overview needs, and the screens that it leads to."""


class Desk(SnapshotDesk, OverviewDesk, Protocol):
    """All of it: what the engine is to the screens."""
