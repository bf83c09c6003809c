"""A desk over a bundle: the same screens as over the logs, of what was kept, and nothing is changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from console.casebook import Casebook
from console.engine.feedback import Feedback
from console.engine.opened_bundle import open_bundle
from console.engine.picture import Pictures
from console.engine.settings import Settings
from console.errors import Interrupted, ReadOnlyError
from console.export.bundle import BundleManifest
from console.model import (
    Alert,
    AlertPicture,
    Earlier,
    Evidence,
    Label,
    LabelDraft,
    Listing,
    Phase,
    QueryCall,
    RawLine,
    RejectRow,
    RequestContext,
    RowId,
    Said,
    Snapshot,
    SourceState,
    Ticket,
    View,
)
from console.model.handover import AlertStory, HandoverPlan, HandoverReceipt
from console.store import Store


class BundledDesk(Feedback):
    """Answers from one bundle. Its methods may be called from any thread.

    Args:
        path: the bundle.
        settings: how much memory and how many threads its rows may take; nothing else of them counts.
        clock: gives the time, aware.

    Raises:
        BundleError: it cannot be opened. Nothing is left of it.
    """

    def __init__(self, path: Path, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        super().__init__(settings, clock=clock)
        self._bundle = open_bundle(path, settings.limits, clock=clock)
        self._on_snapshot: Callable[[Snapshot], None] | None = None
        self._drawing = threading.Lock()
        self._view = self._bundle.snapshot.view

    @property
    def view(self) -> View:
        """What its overview was drawn for."""
        return self._bundle.snapshot.view

    @property
    def manifest(self) -> BundleManifest:
        """What it is, and what is in it."""
        return self._bundle.manifest

    # --- what the answers come from ---------------------------------------------------------------

    @property
    def _store(self) -> Store:
        return self._bundle.store

    @property
    def _at_hand(self) -> Casebook | None:
        return self._bundle.casebook

    @property
    def _kept(self) -> Casebook:
        _refuse()

    @property
    def _found_alerts(self) -> Sequence[Alert]:
        return self._bundle.snapshot.alerts

    # --- snapshots --------------------------------------------------------------------------------

    def start(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        """The snapshot that was kept is handed out, and again when another view is looked at."""
        self._on_snapshot = on_snapshot
        self._hand_out()

    def look(self, view: View) -> None:
        """Snapshots are drawn as this view says from now on."""
        if view != self._view:
            self._view = view
            # A filter is asked of the rows, and whoever looks does not wait for that.
            threading.Thread(target=self._hand_out, name="drawing", daemon=True).start()

    def tell_doing(self, words: str) -> None:
        """Nobody shares a bundle."""

    def close(self) -> None:
        """Nothing of the bundle is left on this machine but the bundle."""
        self._on_snapshot = None
        self._bundle.close()

    def _hand_out(self) -> None:
        with self._drawing:
            on_snapshot = self._on_snapshot
            if on_snapshot is None:
                return
            try:
                drawn = self._drawn(self._view)
            except Interrupted:
                return
            if self._on_snapshot is not None:
                on_snapshot(drawn)

    def _drawn(self, view: View) -> Snapshot:
        """The kept snapshot, narrowed to the view; under a filter what the bundle's rows say."""
        kept = self._bundle.snapshot
        notices = (self._bundle.banner, *kept.notices)
        sources = tuple(
            replace(source, state=SourceState.FINISHED, lag_bytes=0, behind_since=None, problem=None)
            for source in kept.sources
        )
        snapshot = replace(
            kept, phase=Phase.KEPT, sources=sources, rows_per_second=0.0, view=view, notices=notices
        )
        if view.filter != kept.view.filter:
            picture = Pictures(self._bundle.store).take(self._fixed(view))
            only = picture.problem or "under another filter only the rows in the bundle are counted"
            return replace(
                snapshot,
                matching=picture.matching,
                step_seconds=picture.step_seconds,
                traffic=picture.traffic,
                recent=picture.recent,
                notices=(*notices, only),
            )
        start, until = self._time(view)
        points = tuple(point for point in kept.traffic if start <= point.start < until)
        return replace(snapshot, traffic=points or kept.traffic)

    def _time(self, view: View) -> tuple[datetime, datetime]:
        kept = self._bundle.snapshot
        newest = kept.as_of or kept.taken_at
        return view.window(kept.first_ts or newest, newest)

    def _fixed(self, view: View) -> View:
        """The same view of the time that it had when the bundle was made."""
        _, until = self._time(view)
        return replace(view, until=until)

    # --- kept answers -----------------------------------------------------------------------------

    def _story(self, alert: Alert) -> AlertStory:
        story = self._bundle.stories.get(alert.alert_id)
        if story is None:
            raise ReadOnlyError("this alert's rows are not in the bundle")
        return story

    def evidence(self, alert: Alert, ticket: Ticket) -> Evidence:
        """What stood behind the alert when the bundle was made."""
        story = self._story(alert)
        if story.evidence is None:
            raise ReadOnlyError(f"not in the bundle: {story.problem or 'it could not be read'}")
        return story.evidence

    def alert_picture(self, alert: Alert, ticket: Ticket) -> AlertPicture:
        """Its charts, as they were then."""
        return self._story(alert).picture

    def comparable(self, alert: Alert, ticket: Ticket) -> Listing:
        """Requests that did not offend, as they were listed then."""
        listing = self._story(alert).comparable
        if listing is None:
            raise ReadOnlyError("no comparable requests are in the bundle")
        return listing

    def earlier(self, alert: Alert) -> Sequence[Earlier]:
        """Its earlier episodes, as far as they were known then."""
        return self._story(alert).earlier

    def said_of(self, alert_id: str) -> Sequence[Said]:
        """What had been said of it."""
        story = self._bundle.stories.get(alert_id)
        return story.said if story is not None else ()

    def context(self, row_id: RowId, ticket: Ticket) -> RequestContext:
        """Nothing: what a request is to be compared with is not in a bundle."""
        return RequestContext(baseline="nothing: the rows of the day before are not in the bundle")

    def raw_line(self, row_id: RowId) -> RawLine:
        """The line rebuilt from what the slice kept; no file is opened, whatever is called as the log was."""
        return replace(super().raw_line(row_id), origin="the bundle's slice; the log is not here")

    def rejects(self, source_id: int | None, offset: int, limit: int) -> Sequence[RejectRow]:
        """None: rejected lines are in no bundle."""
        raise ReadOnlyError("rejected lines are not in the bundle, only how many there were")

    def reject_reasons(self, source_id: int | None) -> Sequence[tuple[str, int]]:
        """None either."""
        return ()

    # --- the rows in it ---------------------------------------------------------------------------

    def recent_call(self) -> QueryCall:
        """The canned query that gives the newest requests."""
        start, until = self._time(self._view)
        return QueryCall(
            "predictions_recent", {"start": start, "until": until, "row_limit": 200}, self._view.filter
        )

    def matching(self, view: View, ticket: Ticket) -> int:
        """How many requests in the bundle meet the view."""
        return super().matching(self._fixed(view), ticket)

    def requests_call(self, view: View) -> QueryCall:
        """The canned query that lists those in the bundle that the view shows."""
        return super().requests_call(self._fixed(view))

    def hand_over(
        self, plan: HandoverPlan, path: str, ticket: Ticket, progress: Callable[[str], None]
    ) -> HandoverReceipt:
        """The page that is in the bundle is at `path`, as it was made.

        Raises:
            ReadOnlyError: a bundle is wanted: there is one already.
        """
        from console.engine.handover import PAGE_SUFFIX, write_page

        if not path.endswith(PAGE_SUFFIX):
            raise ReadOnlyError("a bundle of a bundle is its copy: copy its file; .md writes its page")
        final = write_page(self._bundle.page, Path(path), overwrite=False)
        return HandoverReceipt(str(final), final.stat().st_size, len(self._bundle.stories), 0)

    # --- what a bundle does not do ----------------------------------------------------------------

    def label(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        """Refused: read-only."""
        _refuse()

    def undo_label(self) -> tuple[Label, ...]:
        """Refused: read-only."""
        _refuse()

    def retry_rejects(self) -> tuple[int, int]:
        """Refused: read-only."""
        _refuse()


def _refuse() -> NoReturn:
    raise ReadOnlyError("read-only: a bundle")
