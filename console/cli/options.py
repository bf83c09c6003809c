"""Options that several commands share, and what they amount to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from console.cli.output import tell
from console.engine.settings import Settings
from console.errors import UsageError

if TYPE_CHECKING:
    from console.engine.headless import Headless

F = TypeVar("F", bound=Callable[..., Any])

NO_SOURCE = (
    "no source given: name log files, a quoted glob or a directory "
    "(`icon /var/log/predictions/*.jsonl`), or try `icon demo`"
)


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


def store_options(command: F) -> F:
    """`--db`, `--casebook`, `--author` and `--queries`."""
    for option in (
        click.option(
            "--queries",
            "queries",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="A folder with canned queries of yours; may be given again.",
        ),
        click.option("--author", metavar="NAME", help="Who labels; user@host if not given."),
        click.option(
            "--casebook",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Where labels and alert history are kept. [env INCIDENT_CONSOLE_CASEBOOK]",
        ),
        click.option(
            "--db",
            "database",
            metavar="FILE",
            help="DuckDB file that caches the logs; `:memory:` leaves nothing behind. "
            "Without it, one file for each set of sources in your state directory.",
        ),
    ):
        command = option(command)
    return command


def settings_from(
    sources: tuple[str, ...],
    *,
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
) -> Settings:
    """The settings that the arguments amount to.

    Raises:
        UsageError: there is no source.
    """
    if not sources:
        raise UsageError(NO_SOURCE)
    return Settings(sources, database, casebook, author, queries)


def stored_settings(
    sources: tuple[str, ...],
    *,
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
) -> Settings:
    """The same for a command that may do with what an earlier run has stored.

    Raises:
        UsageError: there is neither a source nor a file of an earlier run.
    """
    if not sources and database is None:
        raise UsageError(NO_SOURCE + "; or give --db FILE of an earlier run")
    if not sources and database is not None and database != ":memory:" and not Path(database).exists():
        raise UsageError(f"{database}: there is no such file, and no source to fill it from")
    return Settings(sources, database, casebook, author, queries)


@contextmanager
def headless(settings: Settings, *, quiet: bool = False) -> Iterator[Headless]:
    """The parts that a command without a screen needs, with everything that is there now read.

    Notices and progress go to stderr. Without sources the database itself is what is asked: a private
    cache in its place would answer with nothing.
    """
    from console.engine.headless import Headless

    with Headless(settings, clock=utc_now, private_if_locked=bool(settings.sources)) as parts:
        for notice in parts.notices:
            tell(notice)
        if settings.sources:
            read_all(parts, quiet=quiet)
        yield parts


def read_all(parts: Headless, *, quiet: bool) -> None:
    """Everything that is there now is stored; a bar on stderr says how far it is."""
    bar: Any = None

    def progress(left: int, total: int) -> None:
        nonlocal bar
        if bar is None and not quiet and total > 8 * 2**20:
            bar = click.progressbar(length=total, label="reading", file=sys.stderr)
            bar.__enter__()
        if bar is not None:
            bar.update(max(0, total - left - bar.pos))

    try:
        parts.collector.drain(progress)
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)
