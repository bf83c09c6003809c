"""`icon config`: what is in force, where that was said, and whether a configuration is right."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from console.cli.options import configuration_in_force, store_options
from console.cli.output import plain, print_markdown, print_records, print_table, tell
from console.errors import UsageError
from console.model import Configuration

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is in force."""

    key: str
    """As in the file, the table before it: `limits.memory`."""
    value: object
    """As it would be written in the file; None where there is no limit or nothing."""
    origin: str
    """`default`, `path:line`, `environment NAME` or `option --NAME`."""


class _Config(click.Group):
    """A group that shows what is in force unless a command of its own is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = next((one for one in args if not one.startswith("-")), None)
        if not (first in self.commands or {"-h", "--help"} & set(args[:1]) or ctx.resilient_parsing):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Config, short_help="Say what is in force and where that was said; check a configuration.")
def config() -> None:
    """Print every setting that is in force, and where it was said: an option, the environment, a line of
    incident-console.toml, or nowhere.

    `icon config` is `icon config show`.
    """


@config.command("show", short_help="What is in force, and where that was said (what `icon config` does).")
@store_options
@click.option("--format", "fmt", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, Any],
    fmt: str,
) -> int:
    """Print every setting that is in force, and where it was said.

    The options are those of the other commands, to see what they change.
    """
    configuration = configuration_in_force()
    complain(configuration, queries)
    given = {"database": database, "casebook": casebook, "author": author, **limits}
    entries = tuple(entries_in_force(configuration, given, queries, os.environ))
    if fmt == "json":
        print_records(({"key": e.key, "value": e.value, "from": e.origin} for e in entries), as_lines=False)
        return 0
    rows = [(e.key, e.value if e.value is None else plain(e.value), e.origin) for e in entries]
    print_table(("setting", "is", "from"), rows, widest=100)
    tell(f"configuration: {configuration.path or 'none; `icon config path` says where one would be read'}")
    return 0


def complain(configuration: Configuration, queries: tuple[Path, ...] = ()) -> None:
    """The themes, the keys, the queries and the checks that the configuration names are right.

    Args:
        configuration: what the file says.
        queries: folders that it does not name.

    Raises:
        UsageError: `path:line: reason`, for the first that is wrong.
    """
    from console.canned import load_catalog
    from console.config.disabled import complain_of_disabled
    from console.tui.keymap import keymap_of
    from console.tui.theme import theme_named

    theme_named(configuration.preferences, {})
    keymap_of(configuration.preferences.keys)
    load_catalog(configuration.queries)
    complain_of_disabled(configuration, (*configuration.queries, *queries))


def entries_in_force(
    configuration: Configuration,
    given: Mapping[str, object],
    queries: tuple[Path, ...],
    environment: Mapping[str, str],
) -> Iterator[Entry]:
    """Everything that is in force, in the order of the documentation.

    Args:
        configuration: what the file says.
        given: name in `Settings` or `Limits` -> what an option gave, None if none did.
        queries: the folders that `--queries` named.
        environment: of the process.
    """
    from console.casebook import default_author, default_casebook_path
    from console.casebook.places import CASEBOOK_VARIABLE
    from console.config import usual_queries
    from console.config.keys import LIMIT_NAMES
    from console.config.masks import key_origin

    said, asked = configuration.places, configuration.preferences

    def entry(key: str, value: object, name: str = "", variable: str = "") -> Entry:
        """`name` is of what an option may have given; `variable`, if it is set, comes before the file."""
        if given.get(name) is not None:
            option = key.rpartition(".")[2].replace("_", "-")
            return Entry(key, _written(given[name], name), f"option --{option}")
        if environment.get(variable):
            return Entry(key, environment[variable], f"environment {variable}")
        return Entry(key, _written(value, name), said.get(key, DEFAULT))

    yield entry("zone", configuration.zone)
    for key, name in LIMIT_NAMES.items():
        yield entry(f"limits.{key}", getattr(configuration.limits, name), name)
    yield entry("checks.disabled", ", ".join(configuration.disabled_checks) or None)
    for number, rule in enumerate(configuration.check_limits):
        about = " ".join(one for one in (rule.check, rule.model, rule.subject) if one)
        values = ", ".join(f"{name} = {value:g}" for name, value in rule.values.items())
        yield entry(f"limit.{number + 1}", f"{about}: {values}")
    for number, source in enumerate(configuration.sources):
        yield entry(f"source.{number + 1}", ", ".join(source.match))
    for number, mask in enumerate(configuration.masks.rules):
        yield entry(f"mask.{number + 1}", mask.in_words)
    if configuration.masks.need_key:
        yield Entry(
            "masks.key_file",
            key_origin(configuration.masks, environment),
            said.get("masks.key_file", DEFAULT),
        )
    yield entry("console.theme", asked.theme)
    yield entry("console.mouse", asked.mouse)
    yield entry("console.frames_per_second", asked.frames_per_second, variable="TEXTUAL_FPS")
    yield entry("console.time_zone", asked.time_zone or "the system's")
    yield entry("console.range", "all" if asked.span is None else asked.span)
    yield entry("console.row_limit", asked.row_limit)
    yield entry("console.db", configuration.database or "one for each set of sources", "database")
    casebook = configuration.casebook or default_casebook_path()
    yield entry("console.casebook", casebook, "casebook", CASEBOOK_VARIABLE)
    yield entry("console.author", configuration.author or default_author(), "author")
    for folder in configuration.queries:
        origin = DEFAULT if folder == usual_queries() else said.get("console.queries", DEFAULT)
        yield Entry("console.queries", str(folder), origin)
    for folder in queries:
        yield Entry("console.queries", str(folder), "option --queries")
    for theme in asked.themes:
        colours = ", ".join(f"{role} {colour}" for role, colour in theme.colours.items())
        yield Entry(f"theme.{theme.name}", f"{theme.base}, with {colours or 'nothing else'}", theme.place)
    for choice in asked.keys:
        yield Entry(f"keys.{choice.binding}", ", ".join(choice.keys), choice.place)


def _written(value: object, name: str) -> object:
    """A value as one would write it in the file."""
    if isinstance(value, timedelta):
        return span_as_written(value)
    if isinstance(value, Path):
        return str(value)
    return size_as_written(value) if name.endswith("_bytes") and isinstance(value, int) else value


def span_as_written(span: timedelta) -> str:
    """The shortest text that `parse_span` reads as this span, of whole seconds."""
    seconds = round(span.total_seconds())
    unit, size = next((u, s) for u, s in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % s == 0)
    return f"{seconds // size}{unit}"


def size_as_written(size: int) -> str:
    """The shortest text that `parse_size` reads as so many bytes."""
    power = next(power for power in (4, 3, 2, 1, 0) if size % 1024**power == 0)
    return f"{size // 1024**power}{('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


@config.command("keys", short_help="What keys do, and by which name to give it others.")
@click.option(
    "--format", "fmt", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True
)
def keys(fmt: str) -> int:
    """Print what keys do, screen by screen: the name by which [keys] gives it other keys, those that are in
    force, and whether they are a choice of yours."""
    from console.config import load_configuration
    from console.tui.keymap import as_written, key_uses, keymap_of

    choices = load_configuration(None, os.environ).preferences.keys
    chosen = keymap_of(choices)
    places = {choice.binding: choice.place for choice in choices}
    records = [
        {
            "name": use.binding,
            "keys": ", ".join(
                as_written(key) for key in chosen.get(use.binding, ",".join(use.keys)).split(",")
            ),
            "does": use.does,
            "where": ", ".join(use.screens),
            "from": places.get(use.binding, DEFAULT),
        }
        for use in key_uses()
    ]
    if fmt == "json":
        print_records(records, as_lines=False)
        return 0
    columns = ("name", "keys", "does", "where") + (("from",) if chosen and fmt == "table" else ())
    rows = [[record[column] for column in columns] for record in records]
    if fmt == "markdown":
        print_markdown(columns, rows)
    else:
        print_table(columns, rows, widest=70)
    return 0


@config.command("path", short_help="The file that is read.")
def path() -> int:
    """Print the path of the configuration that is in force; without any, that of the one to make."""
    from console.config import find_configuration, usual_places

    found = find_configuration(None, os.environ)
    click.echo(found or usual_places()[-1])
    if found is None:
        tell("there is none yet; all is as it is by default")
    return 0


@config.command("check", short_help="Whether a configuration is right; exit 2 if not.")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
def check(file: Path | None) -> int:
    """Check every key of FILE, or of the configuration in force: names, values, themes, keys, and the queries
    in its folders.

    Exits 0 if all is right, 2 with `path:line: reason` for the first thing that is not.
    """
    from console.config import load_configuration

    found = load_configuration(file, os.environ)
    complain(found)
    click.echo(
        f"{found.path}: all right" if found.path else "there is no configuration; all is as by default"
    )
    return 0


@config.command("hash", short_help="What a mask makes of a value, to find it by.")
@click.argument("values", nargs=-1, required=True, metavar="VALUE...")
def hash_of(values: tuple[str, ...]) -> int:
    """Print the hash that the masks in force keep instead of each VALUE: to find a request by its hashed id.

    A VALUE of - is read from standard input, a value a line, so that none is left in a shell's history.
    """
    from console.config import load_configuration
    from console.config.masks import mask_key
    from console.ingest.mask_rules import hashed

    masks = load_configuration(None, os.environ).masks
    if not masks.need_key:
        raise UsageError('no mask hashes anything; [[mask]] with = "hash" would, see docs/masks.md')
    key = mask_key(masks, os.environ)
    given = sys.stdin.read().splitlines() if values == ("-",) else values
    for value in given:
        click.echo(hashed(value, key))
    return 0
