"""`icon export`: a slice to Parquet, with the labels beside and a manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.completing import file_names, query_names
from console.cli.filtering import filter_option, take_filter
from console.cli.found import why_query
from console.cli.options import headless, query_folders, store_options, stored_settings, utc_now
from console.cli.output import tell
from console.cli.query import parse_params
from console.cli.rows_done import RowsDone
from console.errors import UsageError

if TYPE_CHECKING:
    from console.canned import Catalog
    from console.engine.headless import Headless
    from console.model import Alert, QueryCall
    from console.model.exporting import Split

WORTH_A_BAR_ROWS = 100_000
_LISTED = "predictions_in_time"
ANOTHER_TIME = "-p start={start} -p until={until}"


@click.command(short_help="Write a slice to Parquet with its labels and a manifest.")
@click.argument("name", required=False, metavar="[QUERY]", shell_complete=query_names)
@click.argument("sources", nargs=-1, metavar="[SOURCE...]", shell_complete=file_names)
@store_options
@click.option("-p", "--param", "pairs", multiple=True, metavar="NAME=VALUE", help="A parameter's value.")
@filter_option
@click.option("--alert", "alert_id", metavar="ID", help="The rows of this alert; see `icon alerts`.")
@click.option("--sql", "statement", metavar="SELECT", help="The rows of a SELECT of yours; see `icon sql`.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where to write it."
)
@click.option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@click.option("--no-labels", is_flag=True, help="Leave labels out; works without a casebook.")
@click.option("--only-labelled", is_flag=True, help="Only requests on whose label all agree.")
@click.option("--with-conflicts", is_flag=True, help="With --only-labelled: the others as well.")
@click.option("--one-row-an-input", is_flag=True, help="Of equal inputs the newest; `copies` counts them.")
@click.option(
    "--balance",
    type=click.Choice(["label", "prediction"]),
    help="As many rows of each label or prediction.",
)
@click.option("--balance-most", type=click.IntRange(1), metavar="N", help="At most N rows of each.")
@click.option("--with-comparable", is_flag=True, help="With --alert: requests that were fine as well.")
@click.option(
    "--split",
    metavar="HOW",
    help="Train and validation: input, input=0.2, time=0.2,0.1, time=2026-11-02T03:00Z.",
)
@click.option("--split-salt", default="", metavar="TEXT", help="Another split by input.")
@click.option(
    "--split-as",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The split of an earlier export.",
)
@click.option(
    "--split-files", is_flag=True, help="Each set in a file of its own as well: FILE.train.parquet."
)
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
    alert_id: str | None,
    statement: str | None,
    out: Path | None,
    overwrite: bool,
    no_labels: bool,
    only_labelled: bool,
    with_conflicts: bool,
    one_row_an_input: bool,
    balance: str | None,
    balance_most: int | None,
    with_comparable: bool,
    split: str | None,
    split_salt: str,
    split_as: Path | None,
    split_files: bool,
    verify_path: Path | None,
    quiet: bool,
) -> int:
    """Write predictions to FILE, whole: every field, tag and feature as a typed column of its own, labels
    beside, and a manifest. Which: those that the canned query QUERY lists, those that meet --filter, those
    of an --alert, or those of a --sql. All rows of all that is stored, unless start, until or row_limit is
    given.
    """
    if verify_path is not None:
        return _verify(verify_path)
    if out is None:
        raise UsageError("give --out FILE, the Parquet file to be written")
    if (alert_id is not None) + (statement is not None) + bool(filter_text) > 1:
        raise UsageError("give one of --alert, --sql and --filter")
    from console.canned import load_catalog
    from console.engine.exporting import export_call, remember
    from console.model.exporting import ExportOptions

    alert: Alert | None
    question: QueryCall | str
    options = ExportOptions(
        with_labels=not no_labels,
        only_labelled=only_labelled,
        with_conflicts=with_conflicts,
        one_row_an_input=one_row_an_input,
        balance_by="label" if balance == "label" else "prediction" if balance else None,
        balance_most=balance_most,
        with_comparable=with_comparable,
        split=_split(split, split_salt, split_as),
        split_files=split_files,
    )
    catalog = load_catalog(query_folders(queries))
    chosen_otherwise = alert_id is not None or statement is not None
    if name is not None and (chosen_otherwise or _is_source(name, catalog)):
        sources, name = (name, *sources), None
    call: QueryCall | str | None = statement
    if statement is None and alert_id is None:
        call = _call(catalog, name or _LISTED, filter_text, parse_params(pairs))
    elif pairs:
        raise UsageError("--param is for a canned query")
    settings = stored_settings(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    with headless(settings, quiet=quiet) as parts:
        if alert_id is not None:
            alert, question = _of_alert(parts, alert_id)
        else:
            alert, question = None, _from_first(parts, call)
        with RowsDone("writing", bar_from=WORTH_A_BAR_ROWS, quiet=quiet) as rows:
            receipt = export_call(
                parts.store,
                parts.casebook if options.with_labels else None,
                question,
                out,
                sources=parts.sources,
                author=settings.author,
                clock=utc_now,
                alert=alert,
                options=options,
                masks=settings.configuration.masks.summary(),
                overwrite=overwrite,
                on_rows=rows,
            )
        if options.with_labels:
            remember(parts.casebook, receipt, question, alert)
        why = ""
        if not receipt.rows and alert is None and not isinstance(question, str):
            why = f"; {why_query(parts.store, question, give=ANOTHER_TIME)}"
    if not quiet:
        none = "" if receipt.rows else f"; the file has columns only{why}"
        tell(f"{receipt.rows:,} rows, {receipt.size:,} bytes{none}")
    click.echo(receipt.path)
    return 0


def _split(text: str | None, salt: str, as_in: Path | None) -> Split | None:
    from console.export import split_of
    from console.model.exporting import parse_split

    if text is not None and as_in is not None:
        raise UsageError("give one of --split and --split-as")
    if as_in is not None:
        return split_of(as_in)
    return None if text is None else parse_split(text, salt=salt)


def _is_source(name: str, catalog: Catalog) -> bool:
    """Whether the first word is a source, and not the name of a query."""
    return name not in catalog and (
        Path(name).exists() or any(sign in name for sign in "/*?.") or name == "-"
    )


def _call(catalog: Catalog, name: str, filter_text: str, params: Mapping[str, object]) -> QueryCall:
    """The canned query with its filter and parameters; what is wrong is said before a log is read."""
    from console.canned import bind
    from console.model import QueryCall

    query = catalog[name]
    filter, params = take_filter(query, filter_text, params)
    bind(query, params, newest=utc_now)
    return QueryCall(name, params, filter)


def _from_first(parts: Headless, call: QueryCall | str | None) -> QueryCall | str:
    """The question, without a limit and from the first row to the last, unless the person said otherwise."""
    from dataclasses import replace

    from console.engine.exporting import unlimited

    assert call is not None
    if isinstance(call, str):
        return call
    query = parts.store.catalog[call.query]
    if "start" in query.params and "start" not in call.params:
        there = parts.store.extent()
        if there.first is not None:
            call = replace(call, params={**call.params, "start": there.first})
        if there.ahead and there.last is not None and "until" in query.params and "until" not in call.params:
            until = there.last + timedelta(microseconds=1)  # the usual end is the clock's
            call = replace(call, params={**call.params, "until": until})
    return unlimited(call) if "row_limit" in query.params and "row_limit" not in call.params else call


def _of_alert(parts: Headless, alert_id: str) -> tuple[Alert, QueryCall]:
    """The alert whose id begins so, and the query that lists its rows.

    Raises:
        UsageError: there is none, or there are several, or none of its rows offends.
    """
    from console.engine.exporting import unlimited
    from console.explain import offending_call

    alerts: Sequence[Alert] = parts.alerts()
    found = [alert for alert in alerts if alert.alert_id.startswith(alert_id)]
    if len(found) != 1:
        how_many = "no alert" if not found else f"{len(found)} alerts"
        raise UsageError(f"{alert_id!r}: {how_many} of what is stored begins so; `icon alerts` lists them")
    return found[0], unlimited(offending_call(found[0]))


def _verify(path: Path) -> int:
    from console.export import verify

    found = verify(path)
    for problem in found.problems:
        tell(f"{path}: {problem}")
    if found.ok:
        by = "its manifest says" if found.manifest_path else "the manifest in it says, which knows no sha256"
        click.echo(f"{path}: as {by}: {found.rows:,} rows, sha256 {found.sha256}")
    return 0 if found.ok else 1
