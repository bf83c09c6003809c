"""`icon evaluate`: how good predictions are, by truth, by labels, or as estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.completing import file_names
from console.cli.filtering import filter_option
from console.cli.options import headless, store_options, stored_settings
from console.cli.output import print_markdown, print_records, print_table
from console.errors import UsageError
from console.model import parse_span
from console.tui.evaluate.words import basis_words, paired_words, slice_name, slice_words
from console.tui.safe import visible

if TYPE_CHECKING:
    from console.engine.headless import Headless
    from console.model.evaluation import Evaluation, EvaluationQuestion, Figure, VersionComparison

_FIGURES = ("measure", "value", "low", "high", "rows", "")
_SLICES = ("slice", "requests", "rows", "value", "low", "high", "behind", "by chance", "")
_STEPS = ("from", "requests", "rows", "value", "low", "high")
_DIFFERENCES = ("measure", "first", "second", "difference", "low", "high", "by chance", "test")
_MOST_SLICES = 20
_MOST_CLASSES = 8
"""Classes up to which it is told which truths were predicted as what; JSON has all."""


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
        printed = _Printed(fmt)
        if versions is not None:
            _compare(parts, asked, versions, basis, printed)
        else:
            _evaluate(parts, asked, printed, measure, dimensions, with_steps=bool(step_seconds))
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
    from console.canned.header import Param
    from console.canned.values import parse_value

    if text is None:
        return None
    found = parse_value(Param(name, "timestamptz", None, ""), text, newest=parts.store.newest)
    return found if isinstance(found, datetime) else None


class _Printed:
    """Writes what is told: for a person at once, for programs at the end."""

    def __init__(self, fmt: str) -> None:
        self._fmt = fmt
        self._records: list[Mapping[str, object]] = []

    @property
    def is_text(self) -> bool:
        """Whether it is for a person."""
        return self._fmt in ("table", "markdown")

    def keep(self, record: Mapping[str, object]) -> None:
        self._records.append(record)

    def heading(self, text: str) -> None:
        click.echo(f"## {visible(text)}\n" if self._fmt == "markdown" else visible(text))

    def say(self, text: str) -> None:
        click.echo(visible(text) + ("\n" if self._fmt == "markdown" else ""))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        if rows and not any(row[-1] for row in rows) and not columns[-1]:
            columns, rows = columns[:-1], [row[:-1] for row in rows]
        (print_markdown if self._fmt == "markdown" else print_table)(columns, rows)
        click.echo()

    def finish(self) -> None:
        if not self.is_text:
            print_records(self._records, as_lines=self._fmt == "jsonl")


def _compare(
    parts: Headless,
    asked: Sequence[EvaluationQuestion],
    versions: tuple[str, str],
    basis: str,
    printed: _Printed,
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
            _print_comparison(told, printed)
        else:
            printed.keep(comparison_record(told))


def _evaluate(
    parts: Headless,
    asked: Sequence[EvaluationQuestion],
    printed: _Printed,
    measure: str,
    dimensions: Sequence[str],
    *,
    with_steps: bool,
) -> None:
    from dataclasses import replace

    from console.engine.evaluating import evaluate as evaluated
    from console.model import Ticket
    from console.model.evaluation_record import evaluation_record

    casebook = parts.casebook
    models: Sequence[str] = ()
    first = evaluated(parts.store, casebook, asked[0], Ticket())
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
            _print_beside(told, printed)
            continue
        _print_figures(told[0], printed)
        if with_steps:
            _print_steps(told[0], printed, _measure(told[0], measure))
        _print_slices(told[0], printed, _measure(told[0], measure), dimensions)


def _measure(told: Evaluation, wanted: str) -> str:
    """The measure that a person means; the usual one if they name none."""
    named = {name.casefold(): name for name in told.measures}
    if wanted and named and wanted.casefold() not in named:
        raise UsageError(f"no measure of slices and steps is called {wanted!r}: {', '.join(named.values())}")
    return named.get(wanted.casefold()) or next(iter(named.values()), "")


# --- in words -------------------------------------------------------------------------------------------


def _print_figures(told: Evaluation, printed: _Printed) -> None:
    _print_head(told, printed)
    rows = [(one.measure, one.value, one.low, one.high, one.rows, one.why) for one in told.figures]
    if rows:
        printed.table(_FIGURES, rows)
    if told.confusion and len(told.classes) <= _MOST_CLASSES:
        expected = ", as expected" if told.basis.value == "estimated" else ""
        printed.heading(f"truth (lines) and prediction (columns){expected}")
        matrix = [
            (truth, *(round(told.confusion.get((truth, said), 0)) for said in told.classes))
            for truth in told.classes
        ]
        printed.table(("truth", *told.classes), matrix)


def _print_head(told: Evaluation, printed: _Printed) -> None:
    name = told.model or "no model"
    printed.heading(f"{name}, {told.window.start:%Y-%m-%d %H:%M} to {told.window.until:%Y-%m-%d %H:%M} UTC")
    printed.say(basis_words(told))
    for note in told.notes:
        printed.say(f"{note}")
    for why, rows in told.left_out.items():
        if rows:
            printed.say(f"left out: {rows:,}, {why}")


def _print_steps(told: Evaluation, printed: _Printed, measure: str) -> None:
    rows = [
        (f"{one.start:%Y-%m-%d %H:%M}", one.requests, one.rows, *_ends(one.figures.get(measure)))
        for one in told.steps
    ]
    if rows:
        printed.heading(f"{measure} over time")
        printed.table(_STEPS, rows)


def _print_slices(told: Evaluation, printed: _Printed, measure: str, wanted: Sequence[str]) -> None:
    from console.model.evaluation import SCORE_DIMENSION, is_beyond_chance

    there = {one.where.dimension for one in told.slices}
    chosen = {{"version": "model_version", "score": SCORE_DIMENSION}.get(name, name) for name in wanted}
    if told.slices and (unknown := sorted(chosen - there)):
        known = ", ".join(sorted(slice_name(name) for name in there))
        raise UsageError(f"there are no slices by {unknown[0]!r}, but by: {known}")
    slices = [one for one in told.worst_first(measure) if not chosen or one.where.dimension in chosen]
    shown = slices if chosen else slices[:_MOST_SLICES]
    rows = [
        (
            slice_words(one.where.dimension, one.where.value),
            one.requests,
            one.rows,
            *_ends(one.figures[measure]),
            one.behind.get(measure),
            one.chance.get(measure),
            "worse" if is_beyond_chance(one, measure) else "",
        )
        for one in shown
    ]
    if rows:
        more = f", {len(shown)} of {len(slices)}" if len(shown) < len(slices) else ""
        printed.heading(f"{measure} by slice, the worst first, beside all other requests{more}")
        printed.table(_SLICES, rows)


def _ends(figure: Figure | None) -> tuple[object, object, object]:
    return (None, None, None) if figure is None else (figure.value, figure.low, figure.high)


def _print_beside(told: Sequence[Evaluation], printed: _Printed) -> None:
    """One column for each basis, none of them mixed."""
    first = told[0]
    printed.heading(
        f"{first.model}, {first.window.start:%Y-%m-%d %H:%M} to {first.window.until:%Y-%m-%d %H:%M} UTC"
    )
    for one in told:
        printed.say(basis_words(one))
        for note in one.notes:
            printed.say(f"  {note}")
    measures = dict.fromkeys(figure.measure for one in told for figure in one.figures)
    rows = [(name, *(_with_interval(one.figure(name)) for one in told)) for name in measures]
    if rows:
        printed.table(("measure", *(one.basis.value for one in told)), rows)


def _with_interval(figure: Figure | None) -> str | None:
    if figure is None or figure.value is None:
        return None
    ends = "" if figure.low is None or figure.high is None else f" [{figure.low:.4g}, {figure.high:.4g}]"
    return f"{figure.value:.4g}{ends} of {figure.rows:,}"


def _print_comparison(told: VersionComparison, printed: _Printed) -> None:
    printed.heading(
        f"{told.model}: {told.versions[0]} and {told.versions[1]}, on {told.basis.value}, "
        f"{told.window.start:%Y-%m-%d %H:%M} to {told.window.until:%Y-%m-%d %H:%M} UTC"
    )
    printed.say(paired_words(told))
    for note in told.notes:
        printed.say(note)
    rows = [
        (one.measure, one.first.value, one.second.value, one.value, one.low, one.high, one.chance, one.test)
        for one in told.differences
    ]
    if rows:
        printed.table((_DIFFERENCES[0], *told.versions, *_DIFFERENCES[3:]), rows)
