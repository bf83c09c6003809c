"""`icon export`: a slice to Parquet, with the labels beside and a manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from console.cli.completing import file_names, query_names
from console.cli.filtering import filter_option, take_filter
from console.cli.options import headless, query_folders, store_options, stored_settings, utc_now
from console.cli.output import tell
from console.cli.query import parse_params
from console.errors import UsageError


@click.command(short_help="Write a slice to Parquet with its labels and a manifest.")
@click.argument("name", required=False, metavar="QUERY", shell_complete=query_names)
@click.argument("sources", nargs=-1, metavar="[SOURCE...]", shell_complete=file_names)
@store_options
@click.option("-p", "--param", "pairs", multiple=True, metavar="NAME=VALUE", help="A parameter's value.")
@filter_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to write it."
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@click.option(
    "--verify",
    "verify_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Check an exported file against its manifest instead.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def export(
    name: str | None,
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
    pairs: tuple[str, ...],
    filter_text: str,
    out: Path | None,
    overwrite: bool,
    verify_path: Path | None,
    quiet: bool,
) -> int:
    """Write the predictions that the canned query QUERY gives to FILE, whole: every field, tag and
    feature as a typed column of its own, labels beside. All rows of all that is stored, unless start,
    until or row_limit is given.
    """
    if verify_path is not None:
        return _verify(verify_path)
    if name is None or out is None:
        raise UsageError("give a canned query and --out FILE (`icon query --list` lists the queries)")
    from console.canned import bind, load_catalog
    from console.engine.exporting import export_call, unlimited
    from console.model import QueryCall

    query = load_catalog(query_folders(queries))[name]
    filter, params = take_filter(query, filter_text, parse_params(pairs))
    bind(query, params, newest=utc_now)  # what is wrong with them is said before the logs are read
    settings = stored_settings(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    with headless(settings, quiet=quiet) as parts:
        first = parts.store.counts().first_ts
        if "start" in query.params and "start" not in params and first is not None:
            params["start"] = first
        call = QueryCall(name, params, filter)
        takes_limit = "row_limit" in query.params
        receipt = export_call(
            parts.store,
            parts.casebook,
            call if "row_limit" in params or not takes_limit else unlimited(call),
            out,
            sources=parts.collector.statuses,
            author=settings.author,
            clock=utc_now,
            overwrite=overwrite,
        )
    if not quiet:
        none = "" if receipt.rows else "; nothing fits, so the file has columns only"
        tell(f"{receipt.rows:,} rows, {receipt.size:,} bytes{none}")
    click.echo(receipt.path)
    return 0


def _verify(path: Path) -> int:
    from console.export import verify

    found = verify(path)
    for problem in found.problems:
        tell(f"{path}: {problem}")
    if found.ok:
        click.echo(f"{path}: as its manifest says: {found.rows:,} rows, sha256 {found.sha256}")
    return 0 if found.ok else 1
