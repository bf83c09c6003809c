"""`icon baseline`: pin what the checks compare with, list what is pinned, remove it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from console.cli.casebooks import casebook_options, opened_casebook
from console.cli.completing import baseline_names, file_names
from console.cli.options import headless, settings_from, store_options
from console.cli.output import print_table, tell
from console.errors import UsageError


@click.group(short_help="Pin what to compare with; list, remove.")
def baseline() -> None:
    """Choose what windows are compared with.

    Without a pinned one it is the same hours of earlier days if there are three or more, else the 24
    hours before.
    """


@baseline.command("pin")
@click.argument("name", shell_complete=baseline_names)
@click.argument("what")
@click.argument("sources", nargs=-1, metavar="SOURCE...", shell_complete=file_names)
@click.option("--model", default="", help="Only for this model; without it for all that it holds.")
@store_options
def pin(
    name: str,
    what: str,
    sources: tuple[str, ...],
    model: str,
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
) -> int:
    """Profile WHAT once and keep it in the casebook as NAME.

    WHAT is a file of predictions or training data (JSON lines, Parquet), a range START..END of the SOURCEs,
    or version=NAME of them.
    """
    settings = settings_from(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    with headless(settings) as parts:
        models = parts.pin(name, what, model=model)
    tell(f"{name}: pinned for {', '.join(map(repr, models))}; the checks compare with it from now on")
    return 0


@baseline.command("list")
@casebook_options
def list_(casebook: Path | None, author: str | None) -> int:
    """What is pinned, the earliest first."""
    with opened_casebook(casebook, author) as kept:
        pinned = kept.baselines()
    rows = [
        (p.name, p.model or "all", p.kind.value, p.origin, f"{p.pinned_at:%Y-%m-%d %H:%M:%SZ}", p.author)
        for p in pinned
    ]
    if rows:
        print_table(("name", "model", "kind", "origin", "pinned", "by"), rows)
    else:
        tell("nothing is pinned; windows are compared with what went before")
    return 0


@baseline.command("remove")
@click.argument("name", shell_complete=baseline_names)
@casebook_options
def remove(name: str, casebook: Path | None, author: str | None) -> int:
    """Compare with it no more; it stays on record who removed it."""
    with opened_casebook(casebook, author) as kept:
        found = [pinned for pinned in kept.baselines() if pinned.name == name]
        if not found:
            raise UsageError(f"no baseline is called {name!r}; `icon baseline list` shows them")
        for one in found:
            kept.remove_baseline(one.baseline_id)
    tell(f"{name}: removed")
    return 0
