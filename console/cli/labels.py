"""`icon labels`: what people said of requests, out of the casebook, and how far they agree."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from console.cli.casebooks import opened_casebook
from console.cli.label_files import export_labels, import_labels
from console.cli.label_rule import rule, undo
from console.cli.output import print_records, print_table
from console.errors import UsageError
from console.model import Agreement, Consensus, Label
from console.model.agreement import agreement, consensus_of, of_model

if TYPE_CHECKING:
    from console.export import LabelFormat

_CASEBOOK = click.option(
    "--casebook",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The casebook; yours if not given. [env INCIDENT_CONSOLE_CASEBOOK]",
)
_MODEL = click.option("--model", help="Only labels of this model.")
_FORMAT = click.option(
    "--format", "fmt", type=click.Choice(["table", "json", "jsonl"]), default="table", show_default=True
)


@click.group(
    invoke_without_command=True,
    short_help="Print or write the labels of the casebook; where people disagree.",
    subcommand_metavar="[conflicts | agreement | rule | undo | import | export] ...",
)
@_CASEBOOK
@click.option("--history", is_flag=True, help="Every row ever written, corrections and undos too.")
@_MODEL
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["table", "json", "jsonl", "csv", "parquet"]),
    default="table",
    show_default=True,
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@click.pass_context
def labels(
    context: click.Context,
    casebook: Path | None,
    history: bool,
    model: str | None,
    fmt: str,
    out: Path | None,
    overwrite: bool,
) -> int:
    """Print the labels that count now, one a request; with --history, every row of the record."""
    if context.invoked_subcommand is not None:
        return 0
    from console.export import write_labels

    with opened_casebook(casebook, None) as book:
        found = _of_model(book.history() if history else book.current_all(), model)
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


@labels.command("conflicts", short_help="List the requests of which people say different things.")
@_CASEBOOK
@_MODEL
@_FORMAT
def conflicts(casebook: Path | None, model: str | None, fmt: str) -> int:
    """List the requests of which people say different things, and who says what; first those that are tied.

    None of them is settled for you: it takes another label, or that somebody changes theirs.
    """
    with opened_casebook(casebook, None) as book:
        standing = _of_model(book.standing(), model)
    disputed = [one for one in consensus_of(standing).values() if one.is_conflict]
    found = sorted(disputed, key=lambda one: one.value is not None)
    if fmt != "table":
        print_records(map(_conflict, found), as_lines=fmt == "jsonl")
    elif found:
        print_table(
            ("request", "model", "version", "prediction", "consensus", "who says what"),
            [
                (
                    one.request_key,
                    one.judged.model,
                    one.judged.model_version,
                    one.judged.prediction,
                    one.value if one.value is not None else "tied",
                    _who_says_what(one),
                )
                for one in found
            ],
            widest=100,
        )
    return 0


@labels.command("agreement", short_help="How far those who label agree.")
@_CASEBOOK
@_MODEL
@_FORMAT
def agreement_(casebook: Path | None, model: str | None, fmt: str) -> int:
    """Say how far those who label agree, on the requests that more than one of them has labelled.

    Agreement is the share of equal pairs of labels. Krippendorff's alpha (any number of people) and Cohen's
    kappa (two) take off what chance would give: 1 is perfect, 0 no better than chance.
    """
    with opened_casebook(casebook, None) as book:
        found = agreement(_of_model(book.standing(), model))
    if fmt != "table":
        print_records([_agreement(found)], as_lines=fmt == "jsonl")
        return 0
    print_table(
        ("labels", "requests", "people", "compared", "conflicts", "tied", "agreement", "alpha"),
        [
            (
                *(found.labels, found.requests, found.annotators, found.compared),
                *(found.conflicts, found.tied, found.observed, found.alpha),
            )
        ],
    )
    if found.pairs:
        click.echo()
        print_table(
            ("one", "other", "both labelled", "agreement", "kappa"),
            [(pair.first, pair.second, pair.requests, pair.observed, pair.kappa) for pair in found.pairs],
        )
    return 0


def _of_model(found: Iterable[Label], model: str | None) -> tuple[Label, ...]:
    return tuple(found) if model is None else of_model(found, model)


def _who_says_what(one: Consensus) -> str:
    """`fraud: ann@one, bob@two; legit: cat@one`."""
    by_value: dict[str, list[str]] = {value: [] for value in one.votes}
    for label in one.labels:
        by_value[label.draft.value].append(label.author)
    return "; ".join(f"{value}: {', '.join(authors)}" for value, authors in by_value.items())


def _conflict(one: Consensus) -> Mapping[str, object]:
    draft = one.judged
    return {
        "request_key": one.request_key,
        "model": draft.model,
        "model_version": draft.model_version,
        "prediction": draft.prediction,
        "consensus": one.value,
        "votes": one.votes,
        "n_annotators": one.n_annotators,
        "agreement": one.agreement,
        "labels": [
            {
                "label_id": label.label_id,
                "value": label.draft.value,
                "author": label.author,
                "at": label.at,
                "source": label.source,
                "note": label.draft.note,
            }
            for label in one.labels
        ],
    }


def _agreement(found: Agreement) -> Mapping[str, object]:
    return {
        "labels": found.labels,
        "requests": found.requests,
        "annotators": found.annotators,
        "compared": found.compared,
        "conflicts": found.conflicts,
        "tied": found.tied,
        "agreement": found.observed,
        "alpha": found.alpha,
        "kappa": found.kappa,
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "requests": pair.requests,
                "agreement": pair.observed,
                "kappa": pair.kappa,
            }
            for pair in found.pairs
        ],
    }


for _command in (rule, undo, import_labels, export_labels):
    labels.add_command(_command)
