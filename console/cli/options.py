"""Options that several commands share, and what they amount to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from console.cli.output import tell
from console.cli.progress import Progress
from console.cli.signals import interrupting
from console.engine.settings import Settings
from console.errors import UsageError
from console.model import Configuration, Limits, parse_size, parse_span

if TYPE_CHECKING:
    from console.engine.headless import Headless

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

NO_SOURCE = (
    "no source given: name log files, a quoted glob or a directory "
    "(`icon /var/log/predictions/*.jsonl`), or try `icon demo`"
)


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


def _parsed_by(parse: Callable[[str], T]) -> Callable[[click.Context, click.Parameter, str | None], T | None]:
    def callback(_context: click.Context, option: click.Parameter, text: str | None) -> T | None:
        try:
            return None if text is None else parse(text)
        except UsageError as error:
            raise UsageError(f"{option.opts[0]}: {error}") from None

    return callback


_CONFIGURATION = "console.configuration"
"""Under which name a command's context holds what its configuration says."""

_LIMITS = (
    click.option(
        "--max-db-size",
        "max_database_bytes",
        metavar="SIZE",
        callback=_parsed_by(parse_size),
        help="Size of the cache (4GiB) beyond which the oldest rows leave it. No limit if not given.",
    ),
    click.option(
        "--keep",
        metavar="SPAN",
        callback=_parsed_by(parse_span),
        help="Age of a row (12h, 7d), counted from the newest, beyond which it leaves the cache; "
        "the logs stay as they are. No limit if not given.",
    ),
    click.option(
        "--nice",
        type=int,
        metavar="N",
        help="Lower the process's priority by N, 0 to 19, and its I/O priority with it; 0 leaves both. "
        "[default: 10]",
    ),
    click.option("--threads", type=int, metavar="N", help="Threads DuckDB may use. [default: 2]"),
    click.option(
        "--memory",
        "memory_bytes",
        metavar="SIZE",
        callback=_parsed_by(parse_size),
        help="Memory DuckDB may use. [default: 1GiB]",
    ),
    click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Configuration: limits, time zone, which key is which field. Without it "
        "./incident-console.toml, or yours. [env INCIDENT_CONSOLE_CONFIG]",
    ),
)


def limit_options(command: F) -> F:
    """`--config`, `--memory`, `--threads`, `--nice`, `--keep` and `--max-db-size`.

    The command is given those that were set, as `limits`, under the names that `Limits` has for them.
    """

    @wraps(command)
    def limited(**given: Any) -> Any:
        from console.config import load_configuration

        configuration = load_configuration(given.pop("config"), os.environ)
        click.get_current_context().meta[_CONFIGURATION] = configuration
        limits = {name: given.pop(name) for name in Limits.__slots__}
        return command(**given, limits={name: value for name, value in limits.items() if value is not None})

    wrapped: Any = limited
    for option in _LIMITS:
        wrapped = option(wrapped)
    return cast(F, wrapped)


def casebook_of(configuration: Configuration) -> Path | None:
    """The casebook that the configuration names, unless the environment names one."""
    if configuration.casebook is None:
        return None
    from console.casebook.places import CASEBOOK_VARIABLE

    return None if os.environ.get(CASEBOOK_VARIABLE) else configuration.casebook


def store_options(command: F) -> F:
    """`--db`, `--casebook`, `--author` and `--queries`, and behind them the `limit_options`."""
    command = limit_options(command)
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
    limits: Mapping[str, Any],
) -> Settings:
    """The settings that the arguments amount to.

    Raises:
        UsageError: there is no source.
    """
    if not sources:
        raise UsageError(NO_SOURCE)
    return _settings(sources, database, casebook, author, queries, limits)


def stored_settings(
    sources: tuple[str, ...],
    *,
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, Any],
) -> Settings:
    """The same for a command that may do with what an earlier run has stored.

    Raises:
        UsageError: there is neither a source nor a file of an earlier run.
    """
    database = database or configuration_in_force().database
    if not sources and database is None:
        raise UsageError(NO_SOURCE + "; or give --db FILE of an earlier run")
    if not sources and database is not None and database != ":memory:" and not Path(database).exists():
        raise UsageError(f"{database}: there is no such file, and no source to fill it from")
    return _settings(sources, database, casebook, author, queries, limits)


def use_configuration(path: str | None) -> None:
    """The command goes by this configuration, unless `--config` named another; None changes nothing.

    Raises:
        UsageError: it cannot be read, or says what it may not.
    """
    from console.config import load_configuration

    context = click.get_current_context()
    if path is not None and context.params.get("config") is None:
        context.params["config"] = Path(path)
        context.meta[_CONFIGURATION] = load_configuration(Path(path), os.environ)


def configuration_in_force() -> Configuration:
    """What the configuration of the command that runs says."""
    found: Configuration = click.get_current_context().meta[_CONFIGURATION]
    return found


def _settings(
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, Any],
) -> Settings:
    from console.config.disabled import complain_of_disabled
    from console.config.masks import mask_key

    configuration = configuration_in_force()
    # What is wrong with these is told before a screen opens.
    mask_key(configuration.masks, os.environ)
    complain_of_disabled(configuration, query_folders(queries))
    return Settings(
        sources,
        database or configuration.database,
        casebook or casebook_of(configuration),
        author or configuration.author,
        query_folders(queries),
        replace(configuration.limits, **limits),
        configuration,
    )


def query_folders(given: tuple[Path, ...]) -> tuple[Path, ...]:
    """All folders with queries of the person's own: their usual one, the configuration's, the options'."""
    folders = (*configuration_in_force().queries, *given)
    return tuple({folder.resolve(): folder for folder in folders}.values())


@contextmanager
def headless(settings: Settings, *, quiet: bool = False) -> Iterator[Headless]:
    """The parts that a command without a screen needs, with everything that is there now read.

    Notices and progress go to stderr. Without sources the database itself is what is asked: a private
    cache in its place would answer with nothing.
    """
    from console.engine.headless import Headless
    from console.engine.manners import be_modest

    be_modest(settings.limits)
    with Headless(settings, clock=utc_now, private_if_locked=bool(settings.sources)) as parts:
        for notice in parts.notices:
            tell(notice)
        with interrupting(parts.store.interrupt):
            if settings.sources:
                read_all(parts, quiet=quiet)
            yield parts


def read_all(parts: Headless, *, quiet: bool) -> None:
    """Everything that is there now is stored; how far that is is told on stderr."""
    if quiet:
        parts.collector.drain()
        return
    with Progress(parts.collector) as progress:
        parts.collector.drain(progress)
