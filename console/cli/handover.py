"""`icon handover`: what the next one must know, as markdown or as a bundle."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from console.cli.completing import file_names
from console.cli.options import headless, store_options, stored_settings, utc_now
from console.cli.output import tell
from console.errors import UsageError
from console.model import parse_span
from console.model.handover import ROW_LIMIT, USUAL_SPAN, HandoverPlan


@click.command(short_help="Write what the next one must know: markdown, or a bundle.")
@click.argument("sources", nargs=-1, metavar="[SOURCE...]", shell_complete=file_names)
@store_options
@click.option(
    "--since",
    metavar="SPAN",
    help="The last SPAN (30m, 12h, 7d) before the newest line. [default: 12h]",
)
@click.option("--start", metavar="TIME", help="From when on, ISO 8601; UTC if it has no zone.")
@click.option("--until", metavar="TIME", help="Until when.")
@click.option(
    "--alert",
    "alert_ids",
    multiple=True,
    metavar="ID",
    help="Only this alert, whenever it was; may be given again. An id may be shortened.",
)
@click.option(
    "--filter",
    "filter_text",
    default="",
    metavar="TEXT",
    help="Only requests that meet it, and alerts of the model that it names: 'model=fraud region=EU'.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.md",
    help="Write the markdown there; without it, it goes to stdout.",
)
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.tar.zst",
    help="Write a bundle instead: handover, rows, labels, queries; `icon open FILE` shows it anywhere.",
)
@click.option(
    "--rows",
    type=click.IntRange(1, 1_000_000),
    default=ROW_LIMIT,
    show_default=True,
    metavar="N",
    help="Most rows of each slice in a bundle, the newest.",
)
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw the charts with plain signs.")
@click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def handover(
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
    since: str | None,
    start: str | None,
    until: str | None,
    alert_ids: tuple[str, ...],
    filter_text: str,
    out: Path | None,
    bundle: Path | None,
    rows: int,
    ascii_only: bool,
    overwrite: bool,
    quiet: bool,
) -> int:
    """Write down how things stand: what fired when, who looked after it, what was labelled and exported,
    the charts as text, where the trouble is, what is still open, and the commands that show it again.

    A bundle holds beside that the offending rows and comparable ones as Parquet, the labels, and all that
    the alert screens show; `icon open FILE.tar.zst` opens it in the console, read-only, on a machine
    without the logs.
    """
    if out is not None and bundle is not None:
        raise UsageError("give --out or --bundle; a bundle holds the markdown too")
    plan = _plan(since, start, until, alert_ids, filter_text, rows, ascii_only)
    settings = stored_settings(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    from console.model import Ticket

    ticket = Ticket()
    with headless(settings, quiet=quiet) as parts:
        from console.engine.gathering import gather
        from console.engine.handover import hand_over, headless_material

        progress = _Steps(quiet=quiet)
        material = headless_material(parts, settings, clock=utc_now)
        path = bundle or out
        if path is None:
            from console.export.handover import handover_markdown

            gathered = gather(material, plan, ticket=ticket, progress=progress)
            progress.end()
            click.echo(handover_markdown(gathered.handover), nl=False)
            return 0
        receipt = hand_over(
            material,
            plan,
            path,
            as_bundle=bundle is not None,
            ticket=ticket,
            progress=progress,
            overwrite=overwrite,
        )
        progress.end()
    if not quiet:
        rows_told = f", {receipt.rows:,} rows" if bundle is not None else ""
        alerts = f"{receipt.alerts:,} {'alert' if receipt.alerts == 1 else 'alerts'}"
        tell(f"{alerts}{rows_told}, {receipt.size:,} bytes")
    click.echo(receipt.path)
    return 0


class _Steps:
    """Tells on a terminal what is being done, each step over the one before it."""

    def __init__(self, *, quiet: bool) -> None:
        self._shows = not quiet and sys.stderr.isatty()

    def __call__(self, words: str) -> None:
        if self._shows:
            from console.export.markdown import visible

            click.echo(f"\r\x1b[K{visible(words, 70)} …", err=True, nl=False)

    def end(self) -> None:
        """The line is free again."""
        if self._shows:
            click.echo("\r\x1b[K", err=True, nl=False)


def _plan(
    since: str | None,
    start: str | None,
    until: str | None,
    alert_ids: tuple[str, ...],
    filter_text: str,
    rows: int,
    ascii_only: bool,
) -> HandoverPlan:
    from console.model.filter_text import parse_filter

    typed = parse_filter(filter_text)
    if since is not None and (start is not None or typed.span is not None):
        raise UsageError("--since, --start and a time in --filter say the same; give one of them")
    span = parse_span(since) if since is not None else typed.span or USUAL_SPAN
    if span <= timedelta(0):
        raise UsageError(f"--since: {since!r} is no time at all; write 30m, 12h or 7d")
    plan = HandoverPlan(
        span=span,
        start=_moment("--start", start),
        until=_moment("--until", until),
        alert_ids=alert_ids,
        filter=typed.filter,
        row_limit=rows,
        ascii_only=ascii_only,
    )
    if plan.start is not None and plan.until is not None and plan.start >= plan.until:
        raise UsageError("--start must be before --until")
    return plan


def _moment(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is not a time in ISO 8601, such as 2026-11-02T02:00Z") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
