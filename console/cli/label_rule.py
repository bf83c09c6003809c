"""`icon labels rule` and `icon labels undo`: labels by a filter, and acts taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import cast

import click

from console.cli.casebooks import casebook_options, opened_casebook
from console.cli.completing import file_names
from console.cli.found import why_nothing
from console.cli.label_files import WORTH_A_BAR_ROWS
from console.cli.options import headless, store_options, stored_settings, utc_now
from console.cli.output import tell
from console.cli.rows_done import RowsDone
from console.errors import UsageError


@click.command("rule", short_help="Label every request that meets a filter.")
@click.argument("filter_text", metavar="FILTER")
@click.argument("value")
@click.argument("sources", nargs=-1, metavar="[SOURCE...]", shell_complete=file_names)
@store_options
@click.option("--note", default="", metavar="TEXT", help="Kept with each label: why.")
@click.option("--dry-run", is_flag=True, help="Only say how many would be labelled.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def rule(
    filter_text: str,
    value: str,
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
    note: str,
    dry_run: bool,
    quiet: bool,
) -> int:
    """Label with VALUE every request of the SOURCEs, or of what --db holds, that meets FILTER.

    Such labels say that they are by a rule. What you labelled by hand stays; others may disagree, and then
    it is a conflict. A rule that counts as a voice of its own gets a name by --author. It is one act, which
    `icon labels undo ACT` takes back.
    """
    from console.engine.filtering import requests_call
    from console.engine.label_rule import label_by_rule, require_rule
    from console.engine.masked_labels import masked_text
    from console.engine.opening import open_casebook
    from console.model import View
    from console.model.filter_text import parse_filter

    typed = parse_filter(filter_text)
    require_rule(typed, value)  # what is wrong with it is said before the logs are read
    settings = stored_settings(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    with headless(settings, quiet=quiet) as parts:
        book = parts.casebook
        made = open_casebook(settings, clock=utc_now) if book is None and not dry_run else None
        try:
            kept = masked_text(settings.configuration.masks)(note)
            done = label_by_rule(parts.store, book or made, typed, value, note=kept, dry_run=dry_run)
        finally:
            if made is not None:
                made.close()
        if not done.found:
            window = requests_call(parts.store, View(typed.filter, typed.span)).params
            start, until = (cast(datetime, window[name]) for name in ("start", "until"))
            tell(why_nothing(parts.store, start, until))
    said = [f"{done.found:,} {'request meets' if done.found == 1 else 'requests meet'} the filter"]
    said.append(f"{done.labelled:,} {'would be labelled' if dry_run else 'labelled'} {value}")
    if done.same:
        said.append(f"{done.same:,} were already")
    if done.own:
        said.append(f"{done.own:,} left as you labelled them by hand")
    if done.disputed:
        said.append(f"others say otherwise of {done.disputed:,}")
    tell(", ".join(said))
    if done.act:
        click.echo(done.act)
    return 0


@click.command("undo", short_help="Take back an act of labelling.")
@click.argument("act", required=False)
@casebook_options
def undo(act: str | None, casebook: Path | None, author: str | None) -> int:
    """Take back your act of labelling ACT, whatever you did since; without ACT, what you last did by hand.

    Rules and imports print their ACT, and `icon labels --history --format jsonl` names all. Nothing is
    deleted: what counted before counts again.
    """
    with (
        opened_casebook(casebook, author) as book,
        RowsDone("taking back", bar_from=WORTH_A_BAR_ROWS, quiet=False) as done,
    ):
        rows = book.undo() if act is None else book.undo_act(act, on_rows=done)
        whose = book.author
    if not rows:
        raise UsageError(
            f"{whose} has no label left to take back"
            if act is None
            else f"{act}: no act of {whose} that stands"
        )
    tell(f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'} taken back")
    return 0
