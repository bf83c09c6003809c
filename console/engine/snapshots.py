"""Puts one snapshot together for the screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from console.engine.collector import Collector
from console.engine.judge import Judge
from console.engine.picture import Picture, baseline_in_brief, baseline_in_words, has_baseline
from console.model import Alert, Phase, Snapshot, SourceState, SourceStatus, Verdict
from console.store import Store

_NOT_THERE = (SourceState.WAITING, SourceState.FAILED)


def snapshot_of(
    collector: Collector,
    judge: Judge,
    picture: Picture | None,
    *,
    taken_at: datetime,
    store: Store,
    database_bytes: int,
    budget: str,
    zone: str,
    alerts: tuple[Alert, ...],
    judged_at: datetime | None,
    notices: tuple[str, ...],
    masks: int = 0,
    judged_in_part: bool = False,
) -> Snapshot:
    """All that the screens show, as it is now; without a picture, as nothing has been stored yet."""
    left, total = collector.backlog
    stored = picture is not None and picture.counts.rows > 0
    snapshot = Snapshot(
        taken_at=taken_at,
        phase=_phase(collector.statuses, stored=stored, caught_up=collector.caught_up),
        sources=collector.statuses,
        rows_per_second=collector.rows_per_second(),
        bytes_left=left,
        bytes_total=total,
        bytes_per_second=collector.bytes_per_second(),
        seconds_left=collector.seconds_left(),
        alerts=alerts,
        database=store.path,
        cache=store.cache_id,
        database_bytes=database_bytes,
        budget=budget,
        zone=zone,
        judged_at=judged_at,
        judged_in_part=judged_in_part,
        notices=notices,
        masks=masks,
    )
    if picture is None:
        return snapshot
    counts = picture.counts
    quiet = judge.quiet_since(counts.first_ts) if judged_at and has_baseline(counts) else None
    return replace(
        snapshot,
        rows=counts.rows,
        rejects=counts.rejects,
        as_of=counts.newest_ts,
        first_ts=counts.first_ts,
        step_seconds=picture.step_seconds,
        traffic=picture.traffic,
        recent=picture.recent,
        view=picture.view,
        matching=picture.matching,
        baseline=baseline_in_words(counts, judge.pinned_models),
        baseline_brief=baseline_in_brief(counts, judge.pinned_models),
        too_few_rows=judge.without_verdict.get(Verdict.TOO_FEW_ROWS, 0),
        without_baseline=judge.without_verdict.get(Verdict.NO_BASELINE, 0),
        quiet_since=quiet,
    )


def _phase(sources: Sequence[SourceStatus], *, stored: bool, caught_up: bool) -> Phase:
    if not sources:
        return Phase.STARTING
    if not stored and all(source.state in _NOT_THERE for source in sources):
        return Phase.WAITING
    return Phase.LIVE if caught_up else Phase.LOADING
