"""How good a model's predictions are, from the store, against truth, labels, or what scores have meant."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl

from console.casebook import Casebook
from console.checks.evaluation import (
    Tally,
    added_up,
    area_figure,
    figures_of,
    judged_slices,
)
from console.checks.evaluation_classes import class_figures
from console.checks.evaluation_scores import calibration_error, edges_of, reliability
from console.checks.evaluation_whole import Spread, log_loss, r_squared
from console.engine.evaluating_place import MOST_CLASSES, ONE_BIN, Known, Place, known_of, place_of
from console.engine.verdicts import Verdicts, verdicts_of
from console.model import QueryCall, Slice, Ticket
from console.model.evaluation import (
    Basis,
    EvaluatedStep,
    Evaluation,
    EvaluationQuestion,
    Figure,
    ReliabilityBin,
)
from console.store import Store

LABELLED_ARE_CHOSEN = (
    "labelled requests were chosen by people: the figures tell of these, not of all requests"
)


def evaluate(
    store: Store, casebook: Casebook | None, asked: EvaluationQuestion, ticket: Ticket
) -> Evaluation:
    """How good the predictions are.

    Raises:
        UsageError: there is no such model or positive class, or the filter is wrong.
        CasebookError: labels cannot be read.
        Interrupted: the ticket was cancelled.
        StoreError: DuckDB refused.
    """
    place = place_of(store, casebook, asked, ticket)
    if not place.models:
        return replace(place.empty, notes=("there are no requests in this time that meet the filter",))
    if asked.basis is Basis.ESTIMATED:
        from console.engine.evaluating_expected import expected

        return expected(place)
    return _held_against(place)


def _held_against(place: Place) -> Evaluation:
    known = known_of(place)
    kind = known.kind
    scores = place.held("evaluation_scores", **known.params) if kind.scored else None
    edges, whole_scores = ONE_BIN, None
    if scores is not None and scores.height:
        whole_scores = tuple(scores[name].to_numpy() for name in ("chance", "hits", "rows"))
        edges = json.dumps(edges_of(whole_scores[0], whole_scores[2])) if scores.height > 1 else ONE_BIN
    params = {**known.params, "edges": edges}
    bins = len(json.loads(edges)) + 1
    steps = tallies(place.held("evaluation_by_step", step_seconds=place.step_seconds, **params), 1, bins)
    parts = tallies(place.held("evaluation_by_slice", **params), 2, bins)
    whole = added_up(list(steps.values()))
    figures = list(figures_of(whole, kind).values()) if whole.rows else []
    bins_told: tuple[ReliabilityBin, ...] = ()
    if whole_scores is not None:
        chances, hits, rows = whole_scores
        if kind.binary:
            exact = area_figure(hits, rows - hits)
            figures = [exact if one.measure == "AUC" else one for one in figures]
        bins_told = reliability(chances, hits, rows)
        figures += [calibration_error(bins_told), log_loss(chances, hits, rows)]
    if kind.is_number and whole.rows:
        figures += [r_squared(Spread(*row)) for row in place.held("evaluation_spread").iter_rows()]
    figures += _of_classes(known, place.verdicts.vague)
    slices = {
        Slice(str(dimension), str(value)): one
        for (dimension, value), one in parts.items()
        if one.rows < whole.rows
    }
    return replace(
        place.empty,
        is_number=kind.is_number,
        requests=whole.requests,
        rows=whole.rows,
        left_out=known.left_out,
        notes=_notes(place, known, whole),
        positive=known.positive,
        score_of=known.score_words,
        classes=known.classes,
        figures=tuple(figures),
        confusion=known.confusion,
        reliability=bins_told,
        steps=tuple(
            EvaluatedStep(start, one.requests, one.rows, figures_of(one, kind))
            for (start,), one in steps.items()
            if isinstance(start, datetime)
        ),
        slices=judged_slices(whole, slices, kind),
    )


def _of_classes(known: Known, vague: frozenset[str]) -> tuple[Figure, ...]:
    classes = tuple(name for name in known.classes if name not in vague)
    if known.kind.is_number or not 2 <= len(classes) <= MOST_CLASSES:
        return ()
    found = class_figures(known.confusion, classes, sorted(vague.intersection(known.classes)))
    if not known.kind.binary:
        return found
    # Of two classes the positive one's are told already, and the means over both are nothing to go by.
    return tuple(one for one in found[3:] if not one.measure.endswith(f" of {known.positive}"))


def _notes(place: Place, known: Known, whole: Tally) -> tuple[str, ...]:
    if not whole.rows:
        missing = "has a label" if place.asked.basis is Basis.LABELS else "has a truth"
        return (f"no request of this time {missing} beside its prediction",)
    notes = []
    if place.asked.basis is Basis.LABELS:
        notes.append(LABELLED_ARE_CHOSEN)
        if place.verdicts.by_majority:
            notes.append(f"{place.verdicts.by_majority:,} labels are a majority's, others say otherwise")
    if len(known.classes) > MOST_CLASSES:
        notes.append(f"there are {len(known.classes):,} classes or more: none has figures of its own")
    if not known.kind.is_number:
        if not known.kind.scored:
            notes.append(
                "no AUC, Brier score, log loss, calibration: it is not known what the score is the chance of"
            )
        elif whole.scored < whole.rows:
            notes.append(f"{whole.rows - whole.scored:,} requests have no score from 0 to 1")
    return tuple(notes)


def tallies(frame: pl.DataFrame, keys: int, bins: int) -> dict[tuple[object, ...], Tally]:
    """The tally of each step or slice, from `queries/evaluation_by_*.sql`, in the order of the answer.

    Args:
        frame: one row for each way of being right or wrong.
        keys: how many of its columns name the step or slice.
        bins: of scores.
    """
    found: dict[tuple[object, ...], Tally] = {}
    empty = np.zeros(bins, dtype=np.int64)
    for row in frame.iter_rows():
        told, right, says, is_positive, rows, scored, *sums, counted = row[keys:]
        one = Tally(requests=rows, positives=empty, negatives=empty)
        if told:
            by_bin = np.zeros(bins, dtype=np.int64)
            counts = json.loads(counted) if counted else []
            by_bin[: len(counts)] = counts
            outcome = right if is_positive is None else is_positive
            names = ("brier", "brier_squares", "signed", "absolute", "squares", "fourths")
            one = Tally(
                requests=rows,
                rows=rows,
                right=rows if right else 0,
                true_positives=rows if says and is_positive else 0,
                false_positives=rows if says and not is_positive else 0,
                false_negatives=rows if is_positive and not says else 0,
                scored=scored,
                **{name: value or 0.0 for name, value in zip(names, sums, strict=True)},
                positives=by_bin if outcome else empty,
                negatives=empty if outcome else by_bin,
            )
        key = tuple(row[:keys])
        found[key] = found[key] + one if key in found else one
    return found


def listing_call(store: Store, casebook: Casebook | None, evaluation: Evaluation, where: Slice) -> QueryCall:
    """The canned query that lists a slice's requests that have a truth or label, wrong ones first.

    Of an estimate, which has neither, those that have a truth.
    """
    basis = Basis.LABELS if evaluation.basis is Basis.LABELS else Basis.TRUTH
    verdicts = verdicts_of(casebook, evaluation.model, store) if basis is Basis.LABELS else Verdicts()
    return QueryCall(
        "evaluation_rows",
        {
            "model": evaluation.model,
            "start": evaluation.window.start,
            "until": evaluation.window.until,
            "basis": basis.value,
            "labels": verdicts.json,
            "dimension": where.dimension,
            "slice_value": where.value,
        },
        evaluation.filter,
    )
