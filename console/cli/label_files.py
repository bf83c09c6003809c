"""`icon labels import` and `icon labels export`: labels from other tools, and to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from console.cli.casebooks import casebook_options, opened_casebook
from console.cli.completing import file_names
from console.cli.options import headless, store_options, stored_settings, utc_now
from console.cli.output import tell
from console.cli.rows_done import RowsDone
from console.errors import CasebookError, UsageError
from console.tui.safe import visible

if TYPE_CHECKING:
    from console.engine.label_import import LabelImport
    from console.export.labelling import LabelFileFormat

FORMATS = ("csv", "jsonl", "json", "parquet", "label-studio", "argilla")
VALUES_SHOWN = 12
WORTH_TELLING_BYTES = 4 * 2**20
"""Of files whose reading takes long enough that a person wants to know."""
WORTH_A_BAR_ROWS = 5_000


@click.command("import", short_help="Take labels from CSV, JSON, Parquet, Label Studio or Argilla.")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(path_type=Path, dir_okay=False),
    shell_complete=file_names,
)
@click.option(
    "--format", "fmt", type=click.Choice(FORMATS), help="What the files are, if their content does not tell."
)
@click.option("--id", "id_", metavar="COLUMN", help="The column with the request id.")
@click.option("--label", metavar="COLUMN", help="The column with the label.")
@click.option("--author-column", metavar="COLUMN", help="The column that says who labelled.")
@click.option("--note", metavar="COLUMN", help="The column with the note.")
@click.option("--at", metavar="COLUMN", help="The column that says when.")
@click.option("--question", metavar="NAME", help="The question whose answer is the label, where several are.")
@click.option("--model", metavar="NAME", default="", help="Model of labels of which the file names none.")
@click.option("--skip-bad", is_flag=True, help="Leave out entries that cannot be taken, and say which.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it; keep nothing.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of what went well.")
@casebook_options
def import_labels(
    files: tuple[Path, ...],
    fmt: str | None,
    id_: str | None,
    label: str | None,
    author_column: str | None,
    note: str | None,
    at: str | None,
    question: str | None,
    model: str,
    skip_bad: bool,
    dry_run: bool,
    quiet: bool,
    casebook: Path | None,
    author: str | None,
) -> int:
    """Take the labels of FILE... into the casebook: all of them, or none if one cannot be taken.

    What a file is, its content says. Columns are found by well-known names (request_id, label, annotator,
    note, created_at, ...). Labels are of those whom the file names, at the time that it says; else of
    --author (you), now. The same file again adds nothing.
    """
    from console.config import load_configuration
    from console.engine.label_import import keep, plan_import
    from console.engine.masked_labels import masked_drafts
    from console.export.labelling import Wanted, read_label_file

    wanted = Wanted(id_, label, author_column, note, at, question)
    read = []
    telling = _telling(files, quiet=quiet)
    for path in files:
        telling(f"reading {path}")
        found = read_label_file(
            path,
            fmt=cast("LabelFileFormat | None", fmt),
            wanted=wanted,
            waiting=partial(tell, f"{path}: waiting for somebody to write into it"),
        )
        telling(f"{len(found.given):,} labels read")
        read.append((path, found))
    with opened_casebook(casebook, author, make=not dry_run) as book:
        telling("comparing them with the casebook")
        plan = plan_import(
            read,
            book.history(),
            author=book.author,
            now=utc_now(),
            model=model,
            masked=masked_drafts(load_configuration(None, os.environ).masks),
        )
        if not skip_bad and not dry_run:
            plan.require_good()
        kept = 0
        if not dry_run:
            with RowsDone("keeping", bar_from=WORTH_A_BAR_ROWS, quiet=quiet) as rows:
                kept = keep(book, plan, on_rows=rows)
    if plan.bad:
        what = "left out" if skip_bad else "cannot be taken"
        few = "1 entry" if len(plan.bad) == 1 else f"{len(plan.bad):,} entries"
        tell("\n".join((f"{few} {what}:", *plan.told_bad())))
    if not quiet:
        _report(plan, dry_run=dry_run, kept=kept)
    return 2 if plan.bad and dry_run and not skip_bad else 0


def _telling(files: Sequence[Path], *, quiet: bool) -> Callable[[str], None]:
    """Says how far it is, if the files are so large that a person wants to know."""
    with suppress(OSError):
        if not quiet and sum(path.stat().st_size for path in files) > WORTH_TELLING_BYTES:
            return tell
    return lambda text: None


def _report(plan: LabelImport, *, dry_run: bool, kept: int) -> None:
    for path, kind in plan.kinds.items():
        click.echo(visible(f"{path}: {kind}"))
    rows = len(plan.labels) if dry_run else kept
    what = "would be imported" if dry_run else "imported"
    click.echo(
        f"{_many(rows, 'label')} of {_many(plan.requests, 'request')} {what}"
        if rows
        else f"nothing new {what}"
    )
    if plan.labels:
        counts = plan.counts()
        for name, shown in (("by", "author"), ("labels", "value")):
            if counts[shown]:
                click.echo(f"  {name}: {_counted(counts[shown])}")
        if plan.act and kept:
            click.echo(f"  taken back by: icon labels undo {plan.act} --author NAME")
        if set(counts["status"]) != {"submitted"}:
            click.echo(f"  status: {_counted(counts['status'])}")
    for number, words in (
        (plan.known, "on record already"),
        (plan.unlabelled, "without a label, passed over"),
        (plan.corrections, "on record by the same person with another label; what came now counts"),
        (plan.disagreements, "labelled otherwise by somebody else: see `icon labels conflicts`"),
    ):
        if number:
            click.echo(f"  {number:,} {words}")


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _counted(counts: Mapping[str, int]) -> str:
    parts = [f"{_short(name)} {count:,}" for name, count in list(counts.items())[:VALUES_SHOWN]]
    more = len(counts) - VALUES_SHOWN
    return ", ".join([*parts, *([f"{more:,} more"] if more > 0 else [])])


def _short(text: str) -> str:
    return visible(text if len(text) <= 40 else text[:39] + "…") or '""'


@click.command("export", short_help="Write labels for pandas, Label Studio, Argilla.")
@click.argument("sources", nargs=-1, metavar="[SOURCE...]", shell_complete=file_names)
@store_options
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", required=True)
@click.option(
    "--format", "fmt", type=click.Choice(FORMATS), help="What to write; else as FILE's ending says."
)
@click.option("--history", is_flag=True, help="Every row ever written, corrections and undos too.")
@click.option("--model", metavar="NAME", help="Only labels of this model.")
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def export_labels(
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
    out: Path,
    fmt: str | None,
    history: bool,
    model: str | None,
    overwrite: bool,
    quiet: bool,
) -> int:
    """Write what people say of requests to FILE: a row for each request and person, beside it what all of
    them say (consensus, n_annotators, agreement, conflict). No conflict is settled for you.

    For label-studio and argilla give SOURCE... or --db too, and the requests go along with their features.
    """
    from console.engine.label_export import export_labels as write

    chosen = cast("LabelFileFormat", fmt or _by_ending(out))
    for_tools = chosen in ("label-studio", "argilla")
    if history and for_tools:
        raise UsageError(
            f"{chosen} has no place for what is no longer said; --history is for csv, json, jsonl, parquet"
        )
    if not (sources or database):
        with opened_casebook(casebook, author) as book:
            rows = write(book, out, chosen, history=history, model=model, overwrite=overwrite)
    elif not for_tools:
        raise UsageError(
            "features go along with --format label-studio or argilla; for a table of requests with their "
            "features and labels use `icon export`"
        )
    else:
        settings = stored_settings(
            sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
        )
        with headless(settings, quiet=quiet) as parts:
            if parts.casebook is None:
                raise CasebookError("there is no casebook yet; name one with --casebook")
            rows = write(parts.casebook, out, chosen, model=model, store=parts.store, overwrite=overwrite)
    if not quiet:
        tell(_many(rows, _ROWS.get(chosen, "row")))
    click.echo(visible(str(out)))
    return 0


_ROWS = {"label-studio": "task", "argilla": "record"}


def _by_ending(path: Path) -> str:
    ending = path.suffix.lower().removeprefix(".")
    if ending not in ("csv", "jsonl", "json", "parquet"):
        raise UsageError(
            f"{path}: say what to write by --format, or by an ending (.csv .jsonl .json .parquet)"
        )
    return ending
