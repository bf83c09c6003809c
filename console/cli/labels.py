"""`icon labels`: what people said of requests, out of the casebook."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from console.cli.casebooks import opened_casebook
from console.cli.output import print_table
from console.errors import UsageError

if TYPE_CHECKING:
    from console.export import LabelFormat


@click.command(short_help="Print or write the labels of the casebook.")
@click.option(
    "--casebook",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The casebook; yours if not given. [env INCIDENT_CONSOLE_CASEBOOK]",
)
@click.option("--history", is_flag=True, help="Every row ever written, corrections and undos too.")
@click.option("--model", help="Only labels of this model.")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["table", "json", "jsonl", "csv", "parquet"]),
    default="table",
    show_default=True,
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
def labels(
    casebook: Path | None, history: bool, model: str | None, fmt: str, out: Path | None, overwrite: bool
) -> int:
    """Print the labels that count now, one a request; with --history, every row of the record."""
    from console.export import write_labels

    with opened_casebook(casebook, None) as book:
        found = book.history() if history else book.current_all()
    if model is not None:
        found = tuple(label for label in found if label.draft.model == model)
    if fmt == "table":
        if out is not None:
            raise UsageError("a table is for the eye: give --format jsonl, json, csv or parquet with --out")
        print_table(
            ("at", "request", "model", "version", "prediction", "label", "note", "by", "status"),
            [
                (
                    label.at,
                    label.draft.request_key,
                    label.draft.model,
                    label.draft.model_version,
                    label.draft.prediction,
                    label.draft.value,
                    label.draft.note,
                    label.author,
                    label.status.value,
                )
                for label in found
            ],
        )
        return 0
    if out is None and fmt == "parquet" and sys.stdout.isatty():
        raise UsageError("Parquet is not for the eye: give --out FILE, or send stdout to a file")
    write_labels(
        found, out if out is not None else sys.stdout.buffer, cast("LabelFormat", fmt), overwrite=overwrite
    )
    return 0
