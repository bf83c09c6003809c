"""`icon rejects`: the lines that could not be used, and another try once the mapping is mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from console.cli.completing import file_names
from console.cli.options import read_all, store_options, stored_settings, utc_now
from console.cli.output import json_line, plain, tell
from console.model import RejectRow
from console.tui.safe import visible

SHOWN_CHARACTERS = 160
"""Of a line in the listing for a person; JSON has all that was kept."""


@click.command(short_help="List the lines that could not be used; --retry reads them again.")
@click.argument("sources", nargs=-1, metavar="[SOURCE...]", shell_complete=file_names)
@store_options
@click.option("--retry", is_flag=True, help="Read them again with the mapping that is in force now.")
@click.option("--reason", metavar="TEXT", help="Only those rejected for this reason, as the summary has it.")
@click.option(
    "-n", "--limit", type=click.IntRange(1, 1_000_000), default=20, show_default=True, help="Most to list."
)
@click.option("--format", "fmt", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary on stderr.")
def rejects(
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, Any],
    retry: bool,
    reason: str | None,
    limit: int,
    fmt: str,
    quiet: bool,
) -> int:
    """List the lines of the SOURCEs, or of what --db holds already, that could not be used, newest first.

    Each has its reason and its byte offset in the source. After incident-console.toml says which key is
    which, --retry makes rows of those that can be used then; it may be ended and run again at any time.
    """
    settings = stored_settings(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    from console.engine.headless import Headless
    from console.engine.manners import be_modest

    be_modest(settings.limits)
    # What is moved in a private cache would be gone with it.
    private = bool(sources) and not retry
    with Headless(settings, clock=utc_now, private_if_locked=private) as parts:
        for notice in parts.notices:
            tell(notice)
        if sources:
            read_all(parts, quiet=quiet)
        if retry:
            tried, moved = parts.retry_rejects()
            left = parts.store.counts().rejects
            if fmt == "jsonl":
                click.echo(json_line({"tried": tried, "rows": moved, "rejects": left}))
            else:
                click.echo(f"{tried:,} tried again: {moved:,} are rows now; {left:,} rejects are left")
            return 0
        found = parts.store.rejects(reason=reason, limit=limit)
        reasons = parts.store.reject_reasons()
    _print(found, fmt)
    if not quiet:
        _summarise(len(found), reasons)
    return 0


def _print(found: Sequence[RejectRow], fmt: str) -> None:
    for row in found:
        # The same sign for the same byte, whatever it is; a terminal never sees it as it is.
        line = row.line.decode("utf-8", "backslashreplace")
        if fmt == "jsonl":
            click.echo(json_line(_record(row, line)))
            continue
        cut = line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"
        about = f"({row.length:,} bytes, {plain(row.at)})"
        click.echo(f"{visible(row.path)}:{row.offset}  {visible(row.reason)}  {about}")
        if cut:
            click.echo(f"    {visible(cut)}")


def _record(row: RejectRow, line: str) -> dict[str, object]:
    return {
        "source": row.path,
        "source_id": row.source_id,
        "offset": row.offset,
        "reason": row.reason,
        "length": row.length,
        "rejected_at": row.at,
        "line": line,
        "masked": row.is_masked,
    }


def _summarise(listed: int, reasons: Sequence[tuple[str, int]]) -> None:
    total = sum(count for _, count in reasons)
    tell(f"{listed:,} of {total:,} rejects" if listed < total else f"{total:,} rejects")
    for reason, count in reasons[:10]:
        tell(f"{count:>9,}  {reason}")
