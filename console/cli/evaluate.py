"""`icon evaluate`: how good predictions are, by truth, by labels, or as estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.completing import file_names
from console.cli.evaluated import (
    Printed,
    has_slices_by,
    print_beside,
    print_comparison,
    print_figures,
    print_slices,
    print_steps,
)
from console.cli.filtering import filter_option
from console.cli.found import why_nothing
from console.cli.options import headless, store_options, stored_settings
from console.cli.output import tell
from console.errors import UsageError
from console.model import parse_span

if TYPE_CHECKING:
    from console.engine.headless import Headless
    from console.model.evaluation import Evaluation, EvaluationQuestion

ANOTHER_TIME = "--start {start} --until {until}"


def _over(_context: click.Context, _option: click.Parameter, text: str | None) -> int:
    seconds = 0 if text is None else parse_span(text) // timedelta(seconds=1)
    if text is not None and not seconds:
        raise UsageError("--over takes a length of time of a second or more, such as 1h")
    return seconds


@click.command(short_help="How good predictions are: accuracy, F1, AUC, calibration, MAE, with intervals.")
@click.argument("sources", nargs=-1, metavar="SOURCE...", shell_complete=file_names)
@store_options
@click.option("--model", default="", metavar="NAME", help="Only this model; else each one.")
@click.option(
    "--basis",
    type=click.Choice(["truth", "labels", "estimated", "all"]),
    default="truth",
    show_default=True,
    help="Against what: the truth that was logged, the labels of the casebook, or nothing, as scores let "
    "expect. They are never mixed; all puts them beside each other.",
)
@click.option("--positive", default="", metavar="CLASS", help="The positive class; else it is found.")
@click.option("--measure", default="", metavar="NAME", help="By which slices and steps are told: F1, AUC.")
@click.option(
    "--by",
    "dimensions",
    multiple=True,
    metavar="NAME",
    help="Slices by version, endpoint, score or a tag; may be given again. Else the worst ones of all.",
)
@click.option("--over", "step_seconds", callback=_over, metavar="SPAN", help="Step by step: 15m, 1h, 1d.")
@click.option(
    "--versions", nargs=2, metavar="OLD NEW", help="These two versions beside each other, and nothing else."
)
@filter_option
@click.option("--start", metavar="TIME", help="From then on: ISO 8601, or before the newest line: -2d.")
@click.option("--until", metavar="TIME", help="Up to then, exclusive.")
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["table", "json", "jsonl", "markdown"]),
    default="table",
    show_default=True,
)
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
def evaluate(
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
    model: str,
    basis: str,
    positive: str,
    measure: str,
    dimensions: tuple[str, ...],
    step_seconds: int,
    versions: tuple[str, str] | None,
    filter_text: str,
    start: str | None,
    until: str | None,
    fmt: str,
    quiet: bool,
) -> int:
    """How good the predictions in the SOURCEs are, or in what --db holds, with 95 % intervals.

    Each figure tells the requests that it rests on. Slices are held against all other requests; those that
    are worse beyond chance, corrected for their number, come first. See docs/evaluate.md for the formulas.
    """
    settings = stored_settings(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    with headless(settings, quiet=quiet) as parts:
        asked = _asked(parts, basis, model, positive, step_seconds, filter_text, start, until)
        printed = Printed(fmt)
        if versions is not None:
            _compare(parts, asked, versions, basis, printed)
        else:
            _evaluate(parts, asked, printed, measure, dimensions, with_steps=bool(step_seconds), quiet=quiet)
    printed.finish()
    return 0


def _asked(
    parts: Headless,
    basis: str,
    model: str,
    positive: str,
    step_seconds: int,
    filter_text: str,
    start: str | None,
    until: str | None,
) -> list[EvaluationQuestion]:
    """One question for each basis.

    Raises:
        UsageError: a time or the filter cannot be read.
    """
    from console.model.evaluation import Basis, EvaluationQuestion
    from console.model.filter_text import parse_filter

    typed = parse_filter(filter_text)
    begin, end = (_moment(parts, name, text) for name, text in (("start", start), ("until", until)))
    if typed.span is not None:
        if begin is not None:
            raise UsageError("--filter has a time in it and --start is given as well; give one of them")
        begin = (end or parts.store.newest()) - typed.span
    if begin is not None and end is not None and begin >= end:
        raise UsageError("--start is not before --until")
    bases = list(Basis) if basis == "all" else [Basis(basis)]
    return [
        EvaluationQuestion(
            one,
            model,
            start=begin,
            until=end,
            filter=typed.filter,
            positive=positive,
            step_seconds=step_seconds,
        )
        for one in bases
    ]


def _moment(parts: Headless, name: str, text: str | None) -> datetime | None:
    from console.canned.param import Param
    from console.canned.values import parse_value

    if text is None:
        return None
    found = parse_value(Param(name, "timestamptz", None, ""), text, newest=parts.store.newest)
    return found if isinstance(found, datetime) else None


def _compare(
    parts: Headless,
    asked: Sequence[EvaluationQuestion],
    versions: tuple[str, str],
    basis: str,
    printed: Printed,
) -> None:
    from console.engine.evaluating_versions import compare
    from console.model import Ticket
    from console.model.evaluation import Basis
    from console.model.evaluation_record import comparison_record

    for one in asked:
        if basis == "all" and one.basis is Basis.ESTIMATED:
            continue
        told = compare(parts.store, parts.casebook, one, versions, Ticket())
        if printed.is_text:
            print_comparison(told, printed)
        else:
            printed.keep(comparison_record(told))


def _evaluate(
    parts: Headless,
    asked: Sequence[EvaluationQuestion],
    printed: Printed,
    measure: str,
    dimensions: Sequence[str],
    *,
    with_steps: bool,
    quiet: bool,
) -> None:
    from dataclasses import replace

    from console.engine.evaluating import evaluate as evaluated
    from console.model import Ticket
    from console.model.evaluation_record import evaluation_record

    casebook = parts.casebook
    models: Sequence[str] = ()
    first = evaluated(parts.store, casebook, asked[0], Ticket())
    if not first.requests and not quiet:
        window = first.window
        tell(why_nothing(parts.store, window.start, window.until, give=ANOTHER_TIME))
    models = (first.model,) if asked[0].model or not first.models else first.models
    for model in models:
        told = [
            first
            if (one, model) == (asked[0], first.model)
            else evaluated(parts.store, casebook, replace(one, model=model), Ticket())
            for one in asked
        ]
        if not printed.is_text:
            for each in told:
                printed.keep(evaluation_record(each))
            continue
        if len(told) > 1:
            print_beside(told, printed)
            _print_parts(told, printed, measure, dimensions, with_steps=with_steps)
            continue
        print_figures(told[0], printed)
        if with_steps:
            print_steps(told[0], printed, _measure(told[0], measure))
        print_slices(told[0], printed, _measure(told[0], measure), dimensions)


def _print_parts(
    told: Sequence[Evaluation],
    printed: Printed,
    measure: str,
    dimensions: Sequence[str],
    *,
    with_steps: bool,
) -> None:
    """Steps and slices that were asked for, basis by basis, of those bases that have the measure."""
    having = [one for one in told if one.measures]
    if not having or not (with_steps or dimensions):
        return
    widest = max(having, key=lambda one: len(one.measures))
    name = _measure(widest, measure)
    for one in having:
        if name not in one.measures:
            printed.say(f"{name} is not known on {one.basis.value}")
            continue
        on = f", on {one.basis.value}"
        if with_steps:
            print_steps(one, printed, name, on=on)
        if by := [wanted for wanted in dimensions if one is widest or has_slices_by(one, wanted)]:
            print_slices(one, printed, name, by, on=on)


def _measure(told: Evaluation, wanted: str) -> str:
    """The measure that a person means; the usual one if they name none."""
    named = {name.casefold(): name for name in told.measures}
    if wanted and named and wanted.casefold() not in named:
        raise UsageError(f"no measure of slices and steps is called {wanted!r}: {', '.join(named.values())}")
    return named.get(wanted.casefold()) or next(iter(named.values()), "")
