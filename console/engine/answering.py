"""What the screens ask of the engine, answered from the store and the casebook.

One method a question, thin: what it takes to answer lies in a module of its own, imported when it is asked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from console.engine.settings import Settings
from console.model import (
    Alert,
    AlertPicture,
    Answer,
    Beside,
    Earlier,
    Evidence,
    ExportReceipt,
    FieldInfo,
    Listing,
    QueryCall,
    QueryInfo,
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

if TYPE_CHECKING:
    from console.casebook import Casebook
    from console.engine.collector import Collector
    from console.engine.mapping import MappingInForce
    from console.engine.picture import Picture
    from console.engine.totals import Totals
    from console.store import Store


class Answering(ABC):
    """Answers, from any thread; whoever inherits it opens what they come from."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock
        self._collector: Collector | None = None
        self._picture: Picture | None = None

    @cached_property
    def _mapping(self) -> MappingInForce:
        """Which key is which field."""
        from console.engine.mapping import MappingInForce

        return MappingInForce(self._settings.configuration)

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

    @property
    def _found_alerts(self) -> Sequence[Alert]:
        """The alerts that the judging knows, those that are over among them."""
        return ()

    @property
    def _newest_snapshot(self) -> Snapshot | None:
        """What the screens are drawn from now; None before the first."""
        return None

    @property
    def _newest_totals(self) -> Totals | None:
        """What the judging counted last; None before the first time."""
        return None

    def evidence(self, alert: Alert, ticket: Ticket) -> Evidence:
        """What stands behind an alert, as it is stored now."""
        from console.engine.evidence import gather_evidence

        return gather_evidence(self._store, alert, ticket)

    def alert_picture(self, alert: Alert, ticket: Ticket) -> AlertPicture:
        """The charts that fit an alert's kind."""
        from console.engine.alert_picture import picture_of

        return picture_of(self._store, alert, ticket, lambda: self._at_hand)

    def comparable(self, alert: Alert, ticket: Ticket) -> Listing:
        """Requests of an alert's slice and time that do not offend."""
        from console.engine.comparable import comparable

        return comparable(self._store, alert, ticket)

    def said_of(self, alert_id: str) -> Sequence[Said]:
        """All that anybody said of an alert, oldest first."""
        from console.engine.earlier import said_of

        return said_of(self._at_hand, alert_id)

    def earlier(self, alert: Alert) -> Sequence[Earlier]:
        """Episodes of the same check, model and subject that began before this one, the newest first."""
        from console.engine.earlier import earlier_episodes

        return earlier_episodes(self._at_hand, self._found_alerts, alert)

    def request(self, row_id: RowId) -> Request:
        """One prediction, whole."""
        return self._store.request(row_id)

    def context(self, row_id: RowId, ticket: Ticket) -> RequestContext:
        """How a prediction's features and stages stand among those of the day before it, or its alert."""
        from console.engine.request_context import request_context

        return request_context(self._store, row_id, ticket, self._found_alerts)

    def neighbours(self, row_id: RowId, beside: Beside, ticket: Ticket) -> Listing:
        """Other requests beside this one, nearest in time first."""
        from console.engine.neighbours import neighbours

        return neighbours(self._store, row_id, beside, ticket)

    def raw_line(self, row_id: RowId) -> RawLine:
        """The prediction's line as it was logged, or rebuilt where its file is gone."""
        from console.engine.raw_line import raw_line

        return raw_line(self._store, self._mapping, row_id)

    def rejects(self, source_id: int | None, offset: int, limit: int) -> Sequence[RejectRow]:
        """Lines of a source, or of all, that could not be used, newest first: `limit` behind `offset`."""
        return self._store.rejects(source_id, offset=offset, limit=limit)

    def reject_reasons(self, source_id: int | None) -> Sequence[tuple[str, int]]:
        """Each kind of reason and how many rejects of a source, or of all, have it, the commonest first."""
        return self._store.reject_reasons(source_id)

    def retry_rejects(self) -> tuple[int, int]:
        """Every reject was tried with the mapping that the configuration's file says now: how many, and how
        many are rows now.
        """
        from console.engine.rereading import retry_rejects

        self._mapping.read_anew()
        tried, moved = retry_rejects(self._store, self._mapping)
        if self._collector is not None:
            self._collector.retried(moved)
        return tried, sum(moved.values())

    def recent_call(self) -> QueryCall:
        """The canned query that gives the newest requests of the last snapshot."""
        _ = self._store
        return self._picture.recent_call if self._picture else QueryCall("predictions_recent")

    def fields(self) -> Sequence[FieldInfo]:
        """What one may filter by: the fixed fields, then tags, then features."""
        return self._store.fields()

    def values(self, field: str, beginning: str, ticket: Ticket) -> Sequence[str]:
        """Values of the field that begin so, of the newest requests, the most frequent first; a few."""
        return self._store.values(field, beginning, ticket=ticket)

    def matching(self, view: View, ticket: Ticket) -> int:
        """How many requests meet the view."""
        from console.engine.filtering import matching

        return matching(self._store, view, ticket)

    def requests_call(self, view: View) -> QueryCall:
        """The canned query that lists all that the view shows, with `start` and `until` as they are now."""
        from console.engine.filtering import requests_call

        return requests_call(self._store, view)

    def requests(self, call: QueryCall, offset: int, limit: int, ticket: Ticket) -> Table:
        """Rows of such a list, newest first: `limit` of them after the first `offset`."""
        from console.engine.filtering import requests

        return requests(self._store, call, offset, limit, ticket)

    def queries(self) -> Sequence[QueryInfo]:
        """Every canned query, the person's own first."""
        from console.engine.asking import infos

        return infos(self._store.catalog)

    def query_problems(self, call: QueryCall) -> Mapping[str, str]:
        """Parameter -> what is wrong with the value that the call has for it."""
        from console.engine.asking import problems

        return problems(self._store.catalog[call.query], call.params, now=self._clock())

    def run_query(self, call: QueryCall, ticket: Ticket) -> Answer:
        """What a canned query answers with, cut at its row limit."""
        from console.engine.asking import run

        return run(self._store, call, ticket=ticket)

    def run_sql(self, text: str, limit: int, ticket: Ticket) -> Answer:
        """What one SELECT of the person's answers with, `limit` rows of it at most."""
        from console.engine.asking import run_sql

        return run_sql(self._store, text, limit=limit, ticket=ticket)

    def relations(self) -> Mapping[str, Sequence[str]]:
        """What SQL can select from -> its columns."""
        return self._store.relations()

    def save_answer(self, asked: QueryCall | str, path: str, ticket: Ticket) -> ExportReceipt:
        """All rows of a canned query or of a SELECT are in a file; its ending says in which format."""
        from console.engine.asking import save

        return save(
            self._store,
            asked,
            Path(path).expanduser(),
            clock=self._clock,
            author=self._settings.author,
            masks=self._settings.configuration.masks.summary(),
            ticket=ticket,
        )

    def evaluation(self, asked: EvaluationQuestion, ticket: Ticket) -> Evaluation:
        """How good predictions are, on the basis that is asked for."""
        from console.engine.evaluating import evaluate

        return evaluate(self._store, self._at_hand, asked, ticket)

    def version_comparison(
        self, asked: EvaluationQuestion, versions: tuple[str, str] | None, ticket: Ticket
    ) -> VersionComparison:
        """Two versions beside each other; for None the newest and the one that came before it."""
        from console.engine.evaluating_versions import compare

        return compare(self._store, self._at_hand, asked, versions, ticket)

    def evaluated_call(self, evaluation: Evaluation, where: Slice) -> QueryCall:
        """The canned query that lists a slice's requests beside truth or label, wrong ones first."""
        from console.engine.evaluating import listing_call

        return listing_call(self._store, self._at_hand, evaluation, where)
