"""`icon SOURCE...`: the console on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.completing import file_names
from console.cli.options import (
    settings_from,
    store_options,
    use_configuration,
    utc_now,
)
from console.errors import UsageError

if TYPE_CHECKING:
    from console.engine.settings import Settings
    from console.model import Preferences, View
    from console.model.filter_text import Typed
    from console.tui.kept import Kept

_ZSTD = b"\x28\xb5\x2f\xfd"


@click.command("open", short_help="Open the console on growing logs (what `icon SOURCE...` does).")
@click.argument("sources", nargs=-1, metavar="SOURCE...", shell_complete=file_names)
@store_options
@click.option(
    "--resume",
    is_flag=True,
    help="Come back to where you left: the same screens, filter and time. Without a SOURCE the sources "
    "that were open last.",
)
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal; less traffic over SSH.")
@click.option(
    "--filter",
    "filter_text",
    default="",
    metavar="TEXT",
    help="Begin with only the requests that meet it: 'model=fraud region=EU -2h'.",
)
@click.option(
    "--label",
    "label_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Begin with the label queue of these requests: one id a line, or a column request_id of a .csv, "
    ".jsonl or .parquet file.",
)
def open_(
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
    resume: bool,
    no_mouse: bool,
    filter_text: str,
    label_file: Path | None,
) -> int:
    """Open the console: read what the sources hold, follow them, show what is wrong.

    A source that does not exist yet is waited for. With `-` standard input is read, and keys come from
    the terminal: kubectl logs -f deploy/fraud | icon -

    A bundle of `icon handover --bundle` is shown as it was handed over, read-only, wherever its logs are.
    """
    from console.model.filter_text import parse_filter
    from console.tui.kept import Given, PlaceKeeper, absolute, place_file

    typed = parse_filter(filter_text)
    if any(_is_bundle(Path(source)) for source in sources):
        if len(sources) > 1:
            found = next(source for source in sources if _is_bundle(Path(source)))
            raise UsageError(f"{found} is a bundle and no log: open it alone (`icon {found}`)")
        if resume or database or casebook or filter_text or label_file:
            raise UsageError(
                f"{sources[0]} is a bundle: it is opened as it is, without --resume, --db, "
                "--casebook, --filter or --label"
            )
        settings = settings_from(
            sources, database=None, casebook=None, author=author, queries=queries, limits=limits
        )
        return _open_bundle(Path(sources[0]), settings, no_mouse=no_mouse)

    kept = _kept_place(sources) if resume else None
    if kept is not None:
        given = kept.given
        sources = sources or given.sources
        database = database or given.database
        casebook = casebook or (Path(given.casebook) if given.casebook else None)
        author = author or given.author
        queries = queries or tuple(map(Path, given.queries))
        use_configuration(given.config)
    settings = settings_from(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    need_terminal(sources)
    to_label: tuple[str, ...] = ()
    if label_file is not None:
        from console.engine.label_keys import read_keys
        from console.engine.masked_labels import masked_keys

        to_label = tuple(map(masked_keys(settings.configuration.masks), read_keys(label_file)))
    keeper = None
    if settings.database != ":memory:":
        path = settings.configuration.path
        given = Given(
            absolute(sources),
            database and os.path.abspath(database),  # noqa: PTH100
            str(casebook.absolute()) if casebook else None,
            author,
            tuple(str(folder.absolute()) for folder in queries),
            str(Path(path).absolute()) if path else None,
        )
        keeper = PlaceKeeper(place_file(given.sources), given, clock=utc_now)
    from console.engine import Engine
    from console.engine.manners import be_modest, give_way
    from console.tui import run_console

    be_modest(settings.limits, draws=True)
    engine = Engine(settings, clock=utc_now)
    return run_console(
        engine,
        title=title_of(sources),
        mouse=not no_mouse,
        utc=utc_now,
        preferences=settings.configuration.preferences,
        keeper=keeper,
        kept=kept,
        greeting="No place is kept for these sources yet" if resume and kept is None else "",
        view=_view_of(typed, settings.configuration.preferences) if filter_text else None,
        to_label=to_label,
        give_way=partial(give_way, settings.limits),
    )


def _view_of(typed: Typed, preferences: Preferences) -> View:
    from console.model import View

    return View(typed.filter, typed.span or preferences.span)


def _is_bundle(path: Path) -> bool:
    """Whether the source is no log but a handover; what is no file, or begins otherwise, costs nothing."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            if file.read(len(_ZSTD)) != _ZSTD:
                return False
    except (OSError, ValueError):
        return False
    from console.export.unpack import is_bundle

    return is_bundle(path)


def _open_bundle(path: Path, settings: Settings, *, no_mouse: bool) -> int:
    """The bundle was looked at until it was left; nothing of it stays behind."""
    need_terminal()
    from console.engine.bundled import BundledDesk
    from console.engine.manners import be_modest, give_way
    from console.tui import run_console

    be_modest(settings.limits, draws=True)
    desk = BundledDesk(path, settings, clock=utc_now)
    return run_console(
        desk,
        title=f"bundle {path.name}",
        mouse=not no_mouse,
        utc=utc_now,
        preferences=settings.configuration.preferences,
        view=desk.view,
        give_way=partial(give_way, settings.limits),
    )


def _kept_place(sources: tuple[str, ...]) -> Kept | None:
    """The place that was kept for these sources, or the newest of all if there are none.

    Raises:
        UsageError: there is no source, and nothing was kept.
    """
    from console.tui.kept import absolute, newest_place, place_file, read_place

    kept = read_place(place_file(absolute(sources))) if sources else newest_place()
    if kept is None and not sources:
        raise UsageError(
            "--resume: no place is kept yet; name the sources once (`icon /var/log/predictions/*.jsonl`)"
        )
    return kept


def need_terminal(sources: tuple[str, ...] = ()) -> None:
    """There is a terminal to draw on, and keys come from it, even where standard input is a source.

    Raises:
        UsageError: there is none.
    """
    # None, and no False, is what Python has for one that was closed.
    from_terminal = sys.stdin is not None and sys.stdin.isatty()
    if "-" not in sources:
        if not (from_terminal and sys.stdout.isatty()):
            raise UsageError("this needs a terminal; without one, use `icon check` or `icon collect`")
        need_drawable(os.environ.get("TERM", ""))
        return
    if from_terminal:
        raise UsageError(
            "-: standard input is the terminal; pipe a log into it (`kubectl logs -f POD | icon -`)"
        )
    if sys.stdin is None:
        raise UsageError("-: standard input is closed; pipe a log into it (`kubectl logs -f POD | icon -`)")
    if not sys.stdout.isatty():
        raise UsageError("this needs a terminal; without one, use `icon check -` or `icon collect -`")
    need_drawable(os.environ.get("TERM", ""))
    _take_keys_from_terminal()


def need_drawable(kind: str) -> None:
    """The terminal is of a kind, as TERM says it, that can be drawn on.

    Raises:
        UsageError: it is not, as in an editor's shell or a CI job.
    """
    if kind in ("", "dumb", "unknown"):
        raise UsageError(
            f"a terminal with TERM={kind or 'nothing'} cannot be drawn on; set TERM to what it is "
            "(`export TERM=xterm-256color`), or use `icon check`"
        )


def _take_keys_from_terminal() -> None:
    from console.ingest.piped import keep_standard_input

    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(
            f"-: standard input is a source, so keys come from the terminal, and there is none (/dev/tty: "
            f"{error.strerror}); without one, use `icon check -` or `icon collect -`"
        ) from error
    # Textual reads the keys from `sys.__stdin__`, which is descriptor 0, whatever that leads to.
    keep_standard_input(terminal)
    os.close(terminal)


def title_of(sources: tuple[str, ...]) -> str:
    """What the top line calls these sources."""
    name = "standard input" if sources[0] == "-" else Path(sources[0]).name or sources[0]
    return name if len(sources) == 1 else f"{name} and {len(sources) - 1} more"
