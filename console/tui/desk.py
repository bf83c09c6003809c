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
    AlertPicture,
    Answer,
    Beside,
    Earlier,
    Evidence,
    ExportReceipt,
    FieldInfo,
    Label,
    LabelBook,
    LabelDraft,
    LabelQueue,
    Listing,
    QueryCall,
    QueryInfo,
    QueueSource,
    RawLine,
    RejectRow,
    Request,
    RequestContext,
    RowId,
    Said,
    Slice,
    Snapshot,
    Table,
    Ticket,
    View,
)
from console.model.evaluation import Evaluation, EvaluationQuestion, VersionComparison
from console.model.exporting import ExportOptions
from console.model.handover import HandoverPlan, HandoverReceipt


class SnapshotDesk(Protocol):
    """Gives the pictures that the overview is drawn from."""

    def look(self, view: View) -> None:
        """Snapshots are drawn as this view says from now on, the next one as soon as it can be.

        Does not block.
        """

    def tell_doing(self, words: str) -> None:
        """Who else has a console open on the casebook sees that the person here looks at this.

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

    def evidence(self, alert: Alert, ticket: Ticket) -> Evidence:
        """The rows behind an alert, as they are now."""

    def alert_picture(self, alert: Alert, ticket: Ticket) -> AlertPicture:
        """The charts that fit an alert's kind."""

    def comparable(self, alert: Alert, ticket: Ticket) -> Listing:
        """Requests of an alert's slice and time that do not offend, to hold beside those that do."""

    def earlier(self, alert: Alert) -> Sequence[Earlier]:
        """Episodes of the same check, model and subject that began before this one, the newest first."""


class RequestDesk(Protocol):
    """Knows whole requests."""

    def request(self, row_id: RowId) -> Request:
        """One prediction, whole."""

    def context(self, row_id: RowId, ticket: Ticket) -> RequestContext:
        """How a prediction's features and stages stand among those of the time before it."""

    def neighbours(self, row_id: RowId, beside: Beside, ticket: Ticket) -> Listing:
        """Other requests beside this one, nearest first."""

    def raw_line(self, row_id: RowId) -> RawLine:
        """The prediction's line as it was logged, or rebuilt where its file is gone."""


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

    def label_queue(self, source: QueueSource, ticket: Ticket) -> LabelQueue:
        """What is to be labelled of these requests, what teaches most first."""

    def flag(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        """These requests are to be looked at once more, durably; it counts for no label."""

    def undo_act(self, act: str) -> tuple[Label, ...]:
        """One act of this person counts no more, whatever came after it; what it consisted of."""


class ExportDesk(Protocol):
    """Writes slices."""

    def recent_call(self) -> QueryCall:
        """The canned query that gives `Snapshot.recent`, with the parameters of this moment."""

    def suggest_export_path(self, name: str) -> str:
        """A path that does not exist yet, for a slice of this name."""

    def export(
        self,
        call: QueryCall,
        path: str,
        alert: Alert | None,
        options: ExportOptions,
        ticket: Ticket,
        on_rows: Callable[[int, int | None], None],
    ) -> ExportReceipt:
        """The query's rows are at `path`, whole, with a manifest beside them.

        `on_rows` is told how many have been written so far, and of how many if that is known.
        """


class RowsDesk(LabelDesk, ExportDesk, Protocol):
    """What every screen with prediction rows needs: label them, open them, export them."""


class FilterDesk(Protocol):
    """Helps with a filter while it is written, and lists what it lets through."""

    def fields(self) -> Sequence[FieldInfo]:
        """What one may filter by: the fixed fields, then tags, then features."""

    def values(self, field: str, beginning: str, ticket: Ticket) -> Sequence[str]:
        """Values of the field that begin so, of the newest requests, the most frequent first; a few."""

    def matching(self, view: View, ticket: Ticket) -> int:
        """How many requests meet the view."""

    def requests_call(self, view: View) -> QueryCall:
        """The canned query that lists what the view shows, with `start` and `until` as they are now."""

    def requests(self, call: QueryCall, offset: int, limit: int, ticket: Ticket) -> Table:
        """Rows of such a list, newest first: `limit` of them after the first `offset`."""


class ListDesk(RowsDesk, FilterDesk, Protocol):
    """What the list of requests needs."""


class AskingDesk(RowsDesk, Protocol):
    """Answers questions that a person asks themselves: canned queries, and SQL."""

    def queries(self) -> Sequence[QueryInfo]:
        """Every canned query, the person's own first."""

    def query_problems(self, call: QueryCall) -> Mapping[str, str]:
        """Parameter -> what is wrong with the value that the call has for it; empty if it can be run."""

    def run_query(self, call: QueryCall, ticket: Ticket) -> Answer:
        """What a canned query answers with, cut at its row limit."""

    def run_sql(self, text: str, limit: int, ticket: Ticket) -> Answer:
        """What one SELECT answers with, `limit` rows of it at most; it sees relations and nothing else."""

    def relations(self) -> Mapping[str, Sequence[str]]:
        """What SQL can select from -> its columns."""

    def suggest_export_path(self, name: str) -> str:
        """A path that does not exist yet, for a file of this name."""

    def save_answer(self, asked: QueryCall | str, path: str, ticket: Ticket) -> ExportReceipt:
        """All rows of a canned query or of a SELECT are in a file; its ending says in which format."""


class LabelsDesk(RowsDesk, Protocol):
    """Knows all labels."""

    def label_book(self, find: str) -> LabelBook:
        """The labels and flags in which all these words are found, and how far people agree; newest first."""

    def labelled_row(self, label: Label) -> RowId | None:
        """The prediction that was labelled, None if it is not stored."""


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

    def note(self, alert_id: str, text: str) -> None:
        """The text is kept with the alert, durably, and changes nothing about it."""

    def said_of(self, alert_id: str) -> Sequence[Said]:
        """All that anybody said of the alert, oldest first."""


class HandoverDesk(Protocol):
    """Writes down what the next one must know."""

    def suggest_handover_path(self) -> str:
        """A path that does not exist yet, for a page of markdown."""

    def hand_over(
        self, plan: HandoverPlan, path: str, ticket: Ticket, progress: Callable[[str], None]
    ) -> HandoverReceipt:
        """The handover is at `path`, a page or a bundle by its ending; `progress` is told of each step."""


class EvaluationDesk(AskingDesk, Protocol):
    """Tells how good predictions are."""

    def evaluation(self, asked: EvaluationQuestion, ticket: Ticket) -> Evaluation:
        """How good predictions are, on the basis that is asked for."""

    def version_comparison(
        self, asked: EvaluationQuestion, versions: tuple[str, str] | None, ticket: Ticket
    ) -> VersionComparison:
        """Two versions beside each other; for None the newest and the one that came before it."""

    def evaluated_call(self, evaluation: Evaluation, where: Slice) -> QueryCall:
        """The canned query that lists a slice's requests beside truth or label, wrong ones first."""


class AlertDesk(ListDesk, AskingDesk, EvidenceDesk, HandlingDesk, Protocol):
    """What the alert screen needs."""


class OverviewDesk(AlertDesk, RejectsDesk, Protocol):
    """What the overview needs, and the screens that it leads to."""


class Desk(SnapshotDesk, OverviewDesk, EvaluationDesk, LabelsDesk, HandoverDesk, Protocol):
    """All of it: what the engine is to the screens."""
