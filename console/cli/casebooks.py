"""The casebook, for commands that need nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from console.cli.options import casebook_of, utc_now
from console.engine.settings import Settings
from console.errors import CasebookError

if TYPE_CHECKING:
    from console.casebook import Casebook

F = TypeVar("F", bound=Callable[..., Any])


def casebook_options(command: F) -> F:
    """`--casebook` and `--author`."""
    wrapped: Any = command
    for option in (
        click.option("--author", metavar="NAME", help="Who says so; user@host if not given."),
        click.option(
            "--casebook",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="The casebook; yours if not given. [env INCIDENT_CONSOLE_CASEBOOK]",
        ),
    ):
        wrapped = option(wrapped)
    return cast(F, wrapped)


def opened_casebook(casebook: Path | None, author: str | None, *, make: bool = False) -> Casebook:
    """The casebook that is meant, as a context that closes it; it may be named before a subcommand, too.

    Args:
        casebook: its file; the person's own if not given.
        author: who labels; the configuration's or the login if not given.
        make: whether one that was named and is not there is made.

    Raises:
        CasebookError: there is none of that name, or it cannot be used.
        UsageError: the configuration is wrong.
    """
    from console.config import load_configuration
    from console.engine.opening import open_casebook

    context = click.get_current_context(silent=True)
    if casebook is None and context is not None and context.parent is not None:
        casebook = context.parent.params.get("casebook")
    if casebook is not None and not make and not casebook.exists():
        raise CasebookError(f"{casebook}: there is no casebook")
    configuration = load_configuration(None, os.environ)
    settings = Settings(
        (), casebook=casebook or casebook_of(configuration), author=author or configuration.author
    )
    return open_casebook(settings, clock=utc_now)
