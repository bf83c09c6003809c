"""`icon query`: run a canned query."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from console.cli.completing import file_names, query_names
from console.cli.filtering import filter_option, take_filter
from console.cli.found import why_query
from console.cli.options import headless, query_folders, store_options, stored_settings, utc_now
from console.cli.output import print_frame, print_table, tell
from console.errors import UsageError

ANOTHER_TIME = "--start {start} --until {until}"


def parse_params(pairs: tuple[str, ...]) -> dict[str, object]:
    """`name=value` pairs as parameters, each value still as text.

    Raises:
        UsageError: one of them is not a pair, or a name stands twice.
    """
    params: dict[str, object] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise UsageError(f"--param takes name=value, not {pair!r}")
        if name in params:
            raise UsageError(f"parameter {name!r} is given twice")
        params[name] = value
    return params


class _QueryCommand(click.Command):
    """Takes `--NAME VALUE` for any parameter of the query as well as `--param NAME=VALUE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = {name for param in self.params for name in (*param.opts, *param.secondary_opts)}
        known |= {"--help", "-h"}
        rewritten: list[str] = []
        rest = iter(args)
        for arg in rest:
            name, sign, value = arg.partition("=")
            if arg == "--":
                rewritten += [arg, *rest]
            elif arg.startswith("--") and name not in known:
                if not sign:
                    found = next(rest, None)
                    if found is None:
                        raise UsageError(f"{arg} wants a value")
                    value = found
                rewritten += ["--param", f"{name[2:].replace('-', '_')}={value}"]
            else:
                rewritten.append(arg)
        return super().parse_args(ctx, rewritten)


@click.command(cls=_QueryCommand, short_help="Run a canned query, or list them all.")
@click.argument("name", required=False, shell_complete=query_names)
@click.argument("sources", nargs=-1, metavar="[SOURCE...]", shell_complete=file_names)
@store_options
@click.option("--list", "list_all", is_flag=True, help="List the canned queries.")
@click.option("--show", is_flag=True, help="Show the query's text instead of running it.")
@click.option("-p", "--param", "pairs", multiple=True, metavar="NAME=VALUE", help="A parameter's value.")
@filter_option
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["table", "json", "jsonl", "csv", "parquet", "markdown"]),
    default="table",
    show_default=True,
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="For Parquet.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def query(
    name: str | None,
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
    list_all: bool,
    show: bool,
    pairs: tuple[str, ...],
    filter_text: str,
    fmt: str,
    out: Path | None,
    quiet: bool,
) -> int:
    """Run the canned query NAME over the SOURCEs, or over what --db holds already.

    A parameter is given as `--NAME VALUE` or `--param NAME=VALUE`. Times are ISO 8601, or relative to
    the newest line: -2h, newest. `null` is NULL, but for text.
    """
    from console.canned import bind, load_catalog
    from console.model import QueryCall

    catalog = load_catalog(query_folders(queries))
    if list_all or name is None:
        if not list_all:
            raise UsageError("name a canned query; `icon query --list` lists them")
        print_table(
            ("query", "alerts", "answers"),
            [
                (q.name, q.raising.severity.name.lower() if q.raising else "", q.answers)
                for q in catalog.values()
            ],
            widest=100,
        )
        return 0
    found = catalog[name]
    if show:
        click.echo(found.sql, nl=False)
        return 0
    if out is not None and fmt != "parquet":
        raise UsageError("--out is for --format parquet; send the other formats' stdout to a file")
    filter, params = take_filter(found, filter_text, parse_params(pairs))
    bind(found, params, newest=utc_now)  # what is wrong with them is said before the logs are read
    settings = stored_settings(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    with headless(settings, quiet=quiet) as parts:
        call = QueryCall(name, params, filter)
        frame = parts.store.frame(call)
        nothing = "" if frame.height or quiet else why_query(parts.store, call, give=ANOTHER_TIME)
    if nothing:
        tell(nothing)
    new = out is not None and not out.exists()
    print_frame(frame, fmt, out)
    if new and out is not None:
        from console.engine.manners import open_as_usual

        open_as_usual(out)
    declared = found.params["row_limit"].default if "row_limit" in found.params else None
    limit = params.get("row_limit", declared)
    if str(limit) == str(frame.height) and not quiet:
        tell(f"cut at {limit} rows; --row-limit gives more")
    return 0
