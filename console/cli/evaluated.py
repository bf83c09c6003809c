"""Evaluations in print: as tables for a person, as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from console.cli.output import in_markdown, print_markdown, print_records, print_table
from console.errors import UsageError
from console.tui.evaluate.words import basis_words, paired_words, slice_name, slice_words
from console.tui.safe import cut

if TYPE_CHECKING:
    from console.model.evaluation import Evaluation, Figure, VersionComparison

_FIGURES = ("measure", "value", "low", "high", "rows", "")
_SLICES = ("slice", "requests", "rows", "value", "low", "high", "behind", "by chance", "")
_STEPS = ("from", "requests", "rows", "value", "low", "high")
_DIFFERENCES = ("measure", "first", "second", "difference", "low", "high", "by chance", "test")
_LONGEST = 500
"""Characters of a line: names of models and classes may be of any length."""
_MOST_SLICES = 20
_MOST_CLASSES = 8
"""Classes up to which it is told which truths were predicted as what; JSON has all."""


class Printed:
    """Writes what is told: for a person at once, for programs at the end."""

    def __init__(self, fmt: str) -> None:
        self._fmt = fmt
        self._records: list[Mapping[str, object]] = []

    @property
    def is_text(self) -> bool:
        """Whether it is for a person."""
        return self._fmt in ("table", "markdown")

    def keep(self, record: Mapping[str, object]) -> None:
        """The record is printed at the end, for programs."""
        self._records.append(record)

    def heading(self, text: str) -> None:
        """The text stands over what follows."""
        click.echo(f"## {in_markdown(text)}\n" if self._fmt == "markdown" else cut(text, _LONGEST))

    def say(self, text: str) -> None:
        """The text is a line, or a paragraph, of its own."""
        click.echo(f"{in_markdown(text)}\n" if self._fmt == "markdown" else cut(text, _LONGEST))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """The rows are a table; a last column without a name is left out if it is empty."""
        if rows and not any(row[-1] for row in rows) and not columns[-1]:
            columns, rows = columns[:-1], [row[:-1] for row in rows]
        (print_markdown if self._fmt == "markdown" else print_table)(columns, rows)
        click.echo()

    def finish(self) -> None:
        """What was kept is printed."""
        if not self.is_text:
            print_records(self._records, as_lines=self._fmt == "jsonl")


def print_figures(told: Evaluation, printed: Printed) -> None:
    """What the evaluation rests on, all its figures, and which truths were predicted as what."""
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
        printed.table(("truth", *(cut(name, 24) for name in told.classes)), matrix)


def _print_head(told: Evaluation, printed: Printed) -> None:
    name = told.model or "no model"
    printed.heading(f"{name}, {told.window.start:%Y-%m-%d %H:%M} to {told.window.until:%Y-%m-%d %H:%M} UTC")
    printed.say(basis_words(told))
    for note in told.notes:
        printed.say(f"{note}")
    for why, rows in told.left_out.items():
        if rows:
            printed.say(f"left out: {rows:,}, {why}")


def print_steps(told: Evaluation, printed: Printed, measure: str, *, on: str = "") -> None:
    """The measure step by step; `on` names the basis where several are told of."""
    rows = [
        (f"{one.start:%Y-%m-%d %H:%M}", one.requests, one.rows, *_ends(one.figures.get(measure)))
        for one in told.steps
    ]
    if rows:
        printed.heading(f"{measure} over time{on}")
        printed.table(_STEPS, rows)


def print_slices(
    told: Evaluation, printed: Printed, measure: str, wanted: Sequence[str], *, on: str = ""
) -> None:
    """The measure by slice, the worst first: of the dimensions that are wanted, or the worst of all.

    `on` names the basis where several are told of.

    Raises:
        UsageError: there is no such dimension.
    """
    from console.model.evaluation import is_beyond_chance

    there = {one.where.dimension for one in told.slices}
    chosen = {_dimension(name) for name in wanted}
    if told.slices and (unknown := sorted(chosen - there)):
        known = ", ".join(sorted(slice_name(name) for name in there))
        raise UsageError(f"there are no slices by {unknown[0]!r}, but by: {known}")
    slices = [one for name in sorted(chosen) for one in told.worst_first(measure, name)]
    slices = slices if chosen else list(told.worst_first(measure))
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
        printed.heading(f"{measure} by slice{on}, the worst first, beside all other requests{more}")
        printed.table(_SLICES, rows)


def has_slices_by(told: Evaluation, name: str) -> bool:
    """Whether there are slices by what a person calls so."""
    return any(one.where.dimension == _dimension(name) for one in told.slices)


def _dimension(name: str) -> str:
    from console.model.evaluation import SCORE_DIMENSION

    return {"version": "model_version", "score": SCORE_DIMENSION}.get(name, name)


def _ends(figure: Figure | None) -> tuple[object, object, object]:
    return (None, None, None) if figure is None else (figure.value, figure.low, figure.high)


def print_beside(told: Sequence[Evaluation], printed: Printed) -> None:
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


def print_comparison(told: VersionComparison, printed: Printed) -> None:
    """Two versions beside each other."""
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
