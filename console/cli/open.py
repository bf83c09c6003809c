"""`icon SOURCE...`: the console on a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from console.cli.options import settings_from, store_options, utc_now
from console.errors import UsageError


@click.command("open", short_help="Open the console on growing logs (what `icon SOURCE...` does).")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@store_options
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal; less traffic over SSH.")
def open_(
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    no_mouse: bool,
) -> int:
    """Open the console: read what the sources hold, follow them, show what is wrong.

    A source that does not exist yet is waited for.
    """
    settings = settings_from(sources, database=database, casebook=casebook, author=author, queries=queries)
    need_terminal()
    from console.engine import Engine
    from console.tui import run_console

    engine = Engine(settings, clock=utc_now)
    return run_console(engine, title=title_of(sources), mouse=not no_mouse, utc=utc_now)


def need_terminal() -> None:
    """Raises UsageError if there is no terminal to draw on."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("this needs a terminal; without one, use `icon check` or `icon collect`")


def title_of(sources: tuple[str, ...]) -> str:
    """What the top line calls these sources."""
    name = Path(sources[0]).name or sources[0]
    return name if len(sources) == 1 else f"{name} and {len(sources) - 1} more"
