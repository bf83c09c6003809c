"""`icon scan`: every episode of the stored history, when it began and ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.completing import file_names
from console.cli.episodes import slice_of
from console.cli.found import what_is_ahead
from console.cli.options import headless, settings_from, store_options
from console.cli.output import print_markdown, print_records, print_table, tell
from console.errors import UsageError
from console.model import Alert, AlertState, parse_span

if TYPE_CHECKING:
    from console.engine.headless import Headless

_COLUMNS = ("severity", "check", "model", "summary", "start", "end", "detected", "rows")
_MINUTES = (1, 5, 10, 15, 30, 60)


def _every(_context: click.Context, _option: click.Parameter, text: str) -> int:
    minutes = parse_span(text) // timedelta(minutes=1)
    if minutes not in _MINUTES:
        raise UsageError(f"--every takes {', '.join(f'{m}m' for m in _MINUTES)}, not {text!r}")
    return minutes


@click.command(short_help="Print every episode of the history, one JSON object a line.")
@click.argument("sources", nargs=-1, metavar="SOURCE...", shell_complete=file_names)
@store_options
@click.option(
    "--baseline",
    metavar="WHAT",
    help="Compare with this and not with what went before: a file of predictions or training data "
    "(JSON lines, Parquet), START..END, version=NAME, or the name of a pinned baseline.",
)
@click.option(
    "--every",
    default="5m",
    show_default=True,
    callback=_every,
    help="How often the windows are judged: 1m, 5m, 10m, 15m, 30m or 60m. Longer where the history is long.",
)
@click.option(
    "--request-ids",
    type=click.IntRange(0, 100_000),
    default=0,
    metavar="N",
    help="With each episode, at most N ids of its offending requests, the newest first.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["jsonl", "json", "table", "markdown"]),
    default="jsonl",
    show_default=True,
)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary on stderr.")
def scan(
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
    baseline: str | None,
    every: int,
    request_ids: int,
    fmt: str,
    quiet: bool,
) -> int:
    """Read the sources to their end and print what went wrong in all their history, oldest first.

    Nothing is recorded in the casebook. Exits 0 whether there were episodes or not, 2 on wrong usage, 3 if a
    source or file is not available.
    """
    settings = settings_from(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    with headless(settings, quiet=quiet) as parts:
        rows = parts.store.counts().rows
        if not quiet:
            tell(f"{rows:,} rows are read; judging them")
            if ahead := what_is_ahead(parts.store):
                tell(ahead)
        episodes = sorted(parts.episodes(every=every, baseline=baseline), key=lambda a: (a.began, a.alert_id))
        if fmt in ("json", "jsonl"):
            records = (_record(alert, parts, request_ids) for alert in episodes)
            print_records(records, as_lines=fmt == "jsonl")
        else:
            table = [_row(alert) for alert in episodes]
            if fmt == "markdown":
                print_markdown(_COLUMNS, table)
            elif table:
                print_table(_COLUMNS, table, widest=100)
        problems = parts.query_problems
    if not quiet:
        for problem in problems:
            tell(problem)
        tell(f"{len(episodes)} episodes")
    return 0


def _row(alert: Alert) -> tuple[object, ...]:
    return (
        alert.severity.name.lower(),
        alert.check,
        alert.model,
        alert.worst.summary,
        _moment(alert.began),
        _moment(_end(alert)) if _end(alert) else "open",
        _moment(alert.detected),
        alert.worst.rows,
    )


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}" if moment else ""


def _end(alert: Alert) -> datetime | None:
    return None if alert.state is AlertState.OPEN else alert.last_seen


def _record(alert: Alert, parts: Headless, request_ids: int) -> dict[str, object]:
    worst = alert.worst
    record: dict[str, object] = {
        "alert_id": alert.alert_id,
        "check": alert.check,
        "model": alert.model,
        "subject": alert.subject,
        "feature": alert.subject if _is_feature(alert) else None,
        "slice": slice_of(alert),
        "start": alert.began,
        "end": _end(alert),
        "detected_at": alert.detected,
        "value": worst.value,
        "baseline": worst.baseline,
        "limit": worst.limit,
        "unit": worst.unit,
        "rows": worst.rows,
        "share": worst.share,
        "severity": alert.severity.name.lower(),
        "summary": worst.summary,
        "also": [{"check": a.check, "subject": a.subject, "summary": a.worst.summary} for a in alert.also],
    }
    if request_ids:
        record["request_ids"] = list(parts.offending_ids(alert, request_ids))
    return record


def _is_feature(alert: Alert) -> bool:
    return "feature" in (alert.worst.evidence.params if alert.worst.evidence else {})
