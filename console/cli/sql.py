"""`icon sql`: one SELECT over the relations that canned queries see."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from console.cli.completing import file_names
from console.cli.options import headless, store_options, stored_settings, utc_now
from console.cli.output import print_markdown, print_records, print_table, print_values, tell

DEFAULT_LIMIT = 1_000
"""Rows of an answer unless another number is given."""


@click.command(short_help="Run one SELECT of yours; read-only, no files, no network.")
@click.argument("statement")
@click.argument("sources", nargs=-1, metavar="[SOURCE...]", shell_complete=file_names)
@store_options
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=DEFAULT_LIMIT,
    show_default=True,
    metavar="N",
    help="Most rows to give.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["table", "json", "jsonl", "csv", "markdown"]),
    default="table",
    show_default=True,
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write all rows to a new file, without limit; its ending says how: .parquet, .csv, .jsonl.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def sql(
    statement: str,
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
    limit: int,
    fmt: str,
    out: Path | None,
    quiet: bool,
) -> int:
    """Run the SELECT STATEMENT over the SOURCEs, or over what --db holds already.

    It sees predictions (one row a request), prediction_slices, feature_numbers, feature_texts, sources and
    rejects, and nothing else: no files, no network, no settings, and nothing is changed. `describe
    predictions` tells the columns.
    """
    settings = stored_settings(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    with headless(settings, quiet=quiet) as parts:
        if out is not None:
            from console.engine.asking import save

            receipt = save(
                parts.store,
                statement,
                out,
                clock=utc_now,
                author=settings.author,
                masks=settings.configuration.masks.summary(),
            )
            if not quiet:
                tell(f"{receipt.rows:,} rows written to {receipt.path}")
            return 0
        table = parts.store.sql(statement, limit=limit)
    match fmt:
        case "table":
            print_table(table.columns, table.rows)
        case "markdown":
            print_markdown(table.columns, table.rows)
        case "csv":
            print_values(table.columns, table.rows)
        case _:
            records = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
            print_records(records, as_lines=fmt == "jsonl")
    if table.truncated and not quiet:
        tell(f"the first {len(table.rows):,} rows of more; --limit gives more, --out FILE all")
    return 0
