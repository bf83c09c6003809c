"""`icon check`: judge without a screen, for cron and CI."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from console.cli.completing import file_names
from console.cli.episodes import slice_of
from console.cli.found import what_is_ahead
from console.cli.options import headless, settings_from, store_options
from console.cli.output import print_markdown, print_records, print_table, tell
from console.errors import UnavailableError
from console.model import Alert, AlertState, QueryCall, parse_span
from console.model.filter_text import filter_text

_COLUMNS = ("severity", "state", "check", "model", "summary", "began", "last seen", "rows")


@click.command(short_help="Judge without a screen; exit 0 quiet, 1 alerts.")
@click.argument("sources", nargs=-1, metavar="SOURCE...", shell_complete=file_names)
@store_options
@click.option(
    "--since",
    metavar="SPAN",
    help="Only alerts seen in the last SPAN (15m, 2h, 7d) before the newest line. "
    "Without it, every alert of the stored history.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["table", "json", "jsonl", "markdown"]),
    default="table",
    show_default=True,
)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary on stderr.")
def check(
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
    since: str | None,
    fmt: str,
    quiet: bool,
) -> int:
    """Read the sources to their end, judge them, and print the alerts.

    Exits 0 if all is quiet, 1 if there are alerts, 2 on wrong usage, 3 if a source or file is not
    available or holds nothing but rejects. Alerts go to stdout, all else to stderr. Run again, it reads
    only what is new.
    """
    span = parse_span(since) if since is not None else None
    settings = settings_from(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    with headless(settings, quiet=quiet) as parts:
        alerts = list(parts.alerts())
        counts = parts.store.counts()
        ahead = "" if quiet else what_is_ahead(parts.store)
        problems = [f"{s.path}: {s.problem}" for s in parts.collector.statuses if s.problem]
        if parts.casebook_problem is not None:
            problems.append(f"alerts are not kept: {parts.casebook_problem}")
        problems += parts.query_problems
    if span is not None and counts.newest_ts is not None:
        earliest = counts.newest_ts - span
        alerts = [alert for alert in alerts if alert.last_seen >= earliest]
    _print(alerts, fmt)
    if not counts.rows and counts.rejects:
        raise UnavailableError(
            f"no line could be used, {counts.rejects:,} were rejected, so nothing was judged; "
            "`icon rejects` with the same sources says why, `icon doctor` which key is read as what"
        )
    if not quiet:
        for problem in (*problems, *filter(None, (ahead,))):
            tell(problem)
        open_count = sum(alert.state is AlertState.OPEN for alert in alerts)
        tell(
            f"{counts.rows:,} rows, {counts.rejects:,} rejects; "
            f"{len(alerts)} alerts, {open_count} still open"
            + (f" at {_moment(counts.newest_ts)}" if counts.newest_ts else "")
        )
    return 1 if alerts else 0


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"


def _print(alerts: list[Alert], fmt: str) -> None:
    if fmt in ("json", "jsonl"):
        print_records(map(_record, alerts), as_lines=fmt == "jsonl")
        return
    rows = [
        (
            alert.severity.name.lower(),
            alert.state.value,
            alert.check,
            alert.model,
            alert.worst.summary,
            _moment(alert.began),
            _moment(alert.last_seen),
            alert.worst.rows,
        )
        for alert in alerts
    ]
    if fmt == "markdown":
        print_markdown(_COLUMNS, rows)
    elif rows:
        print_table(_COLUMNS, rows, widest=100)


def _record(alert: Alert) -> dict[str, object]:
    worst = alert.worst
    return {
        "alert_id": alert.alert_id,
        "check": alert.check,
        "model": alert.model,
        "subject": alert.subject,
        "severity": alert.severity.name.lower(),
        "state": alert.state.value,
        "began": alert.began,
        "detected": alert.detected,
        "last_seen": alert.last_seen,
        "summary": worst.summary,
        "slice": slice_of(alert),
        "value": worst.value,
        "baseline": worst.baseline,
        "limit": worst.limit,
        "unit": worst.unit,
        "rows": worst.rows,
        "share": worst.share,
        "baseline_rows": worst.baseline_rows,
        "truth_share": worst.truth_share,
        "window": {"start": worst.window.start, "until": worst.window.until},
        "evidence": _call(worst.evidence),
        "offenders": _call(worst.offenders),
        "also": [{"check": a.check, "subject": a.subject, "summary": a.worst.summary} for a in alert.also],
    }


def _call(call: QueryCall | None) -> dict[str, object] | None:
    if call is None:
        return None
    narrowed = {"filter": filter_text(call.filter)} if call.filter else {}
    return {"query": call.query, "params": dict(call.params), **narrowed}
