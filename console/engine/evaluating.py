"""How good a model's predictions are, from the store, against truth, labels, or what scores have meant."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from console.casebook import Casebook
from console.checks.evaluation import (
    Kind,
    Tally,
    added_up,
    area_figure,
    figures_of,
    judged_slices,
)
from console.checks.evaluation_classes import class_figures, positive_of
from console.checks.evaluation_scores import calibration_error, edges_of, reliability
from console.engine.verdicts import Verdicts, verdicts_of
from console.errors import UsageError
from console.model import QueryCall, Slice, Ticket, Window
from console.model.evaluation import (
    Basis,
    EvaluatedStep,
    Evaluation,
    EvaluationQuestion,
    Figure,
    ReliabilityBin,
)
from console.store import Store

MOST_CLASSES = 50
"""Classes up to which each has figures of its own; of more there is accuracy only."""
MOST_STEPS = 120
STEPS_SECONDS = (900, 3_600, 86_400)
LABELLED_ARE_CHOSEN = (
    "labelled requests were chosen by people: the figures tell of these, not of all requests"
)
ONE_BIN = "[0.5]"
"""Edges where there are no scores to make bins of."""


@dataclass(frozen=True, slots=True)
class Place:
    """A model's predictions in a window, and what they are held against."""

    store: Store
    asked: EvaluationQuestion
    model: str
    models: tuple[str, ...]
    window: Window
    verdicts: Verdicts
    ticket: Ticket

    def call(self, query: str, **params: object) -> QueryCall:
        """A question about these predictions."""
        place = {"model": self.model, "start": self.window.start, "until": self.window.until}
        return QueryCall(query, {**place, **params}, self.asked.filter)

    def held(self, query: str, **params: object) -> pl.DataFrame:
        """The answer of a query that holds them against what is known of them."""
        basis = {"basis": self.asked.basis.value, "labels": self.verdicts.json}
        return self.store.frame(self.call(query, **basis, **params), ticket=self.ticket)

    @property
    def step_seconds(self) -> int:
        """Length of a step, as asked for, or so that there are not too many."""
        span = self.window.until - self.window.start
        chosen = (one for one in STEPS_SECONDS if span <= MOST_STEPS / 2 * timedelta(seconds=one))
        return self.asked.step_seconds or next(chosen, STEPS_SECONDS[-1])

    @property
    def empty(self) -> Evaluation:
        """The evaluation without any figures."""
        return Evaluation(
            self.model,
            self.asked.basis,
            self.window,
            self.asked.filter,
            models=self.models,
            step_seconds=self.step_seconds,
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


def place_of(store: Store, casebook: Casebook | None, asked: EvaluationQuestion, ticket: Ticket) -> Place:
    """Which model and window are meant; raises as `evaluate` does."""
    counts = store.counts()
    until = asked.until or store.newest()
    start = until - asked.span if asked.start is None and asked.span is not None else asked.start
    window = Window(min(start or counts.first_ts or until, until), until)
    between = {"start": window.start, "until": window.until}
    found = store.frame(QueryCall("predictions_by_model", between, asked.filter), ticket=ticket)
    models = tuple(str(model) for model in found["model"].to_list())
    if asked.model and asked.model not in models:
        known = ", ".join(map(repr, models[:10])) or "none"
        raise UsageError(f"no requests of model {asked.model!r} in this time; there are: {known}")
    model = asked.model or (models[0] if models else "")
    verdicts = verdicts_of(casebook, model) if asked.basis is Basis.LABELS else Verdicts()
    return Place(store, asked, model, models, window, verdicts, ticket)


@dataclass(frozen=True, slots=True)
class Known:
    """What kind of predictions there are."""

    kind: Kind
    classes: tuple[str, ...]
    confusion: Mapping[tuple[str, str], float]
    positive: str
    score_of: str
    """`class`, `prediction` or empty, as `positive_of` has it."""
    left_out: Mapping[str, int]

    @property
    def params(self) -> dict[str, object]:
        """Parameters by which queries take the sums that are needed."""
        return {
            "is_number": self.kind.is_number,
            "positive": self.positive or None,
            "of_prediction": self.score_of == "prediction",
        }

    @property
    def score_words(self) -> str:
        """What the score is the chance of, in words."""
        return {"class": self.positive, "prediction": "the prediction"}.get(self.score_of, "")


def known_of(place: Place, extra: Iterable[str] = ()) -> Known:
    """Numbers or classes, which of these is positive, and what the score is the chance of.

    Raises:
        UsageError: there is no such positive class.
    """
    frame = place.held("evaluation_classes")
    told = frame.filter(pl.col("kind").is_in(["class", "number"]))
    numbers = int(told.filter(pl.col("is_number"))["rows"].sum())
    named = told.filter(pl.col("kind") == "class")
    is_number = int(named["rows"].sum()) < 0.98 * numbers
    left_out: Counter[str] = Counter(place.verdicts.left_out)
    unpredicted = int(frame.filter(pl.col("kind") == "no prediction")["rows"].sum())
    if unpredicted:
        left_out["no prediction was logged"] += unpredicted
    if is_number:
        if odd := int(told.filter(~pl.col("is_number"))["rows"].sum()):
            left_out["prediction or truth is no number"] += odd
        return Known(Kind(is_number=True), (), {}, "", "", dict(left_out))
    confusion: Counter[tuple[str, str]] = Counter()
    truths: Counter[str] = Counter()
    scored: Counter[str] = Counter()
    sums: defaultdict[str, float] = defaultdict(float)
    often: Counter[str] = Counter()
    least = named["least_score"].drop_nulls()
    columns = named.select("truth", "prediction", "rows", "scored", "score_sum")
    for truth, prediction, rows, with_score, total in columns.iter_rows():
        confusion[truth, prediction] += rows
        truths[truth] += rows
        often[truth] += rows
        often[prediction] += rows
        scored[prediction] += with_score
        sums[prediction] += total or 0.0
    classes = tuple(sorted(often, key=lambda name: (-often[name], name)))
    means = {name: sums[name] / rows for name, rows in scored.items() if rows}
    floor = None if least.is_empty() else float(str(least.min()))
    positive, score_of = positive_of(sorted(classes), truths, means, floor)
    if place.asked.positive:
        positive, score_of = _stated(place.asked.positive, classes, positive, score_of)
    kind = Kind(binary=bool(positive), scored=bool(score_of))
    return Known(kind, classes, dict(confusion), positive, score_of, dict(left_out))


def _stated(wanted: str, classes: Sequence[str], found: str, score_of: str) -> tuple[str, str]:
    """The class that a person calls positive, and what the score is the chance of then."""
    if wanted not in classes:
        known = ", ".join(map(repr, classes[:10])) or "none yet"
        raise UsageError(f"no class is called {wanted!r}, to be the positive one; there are: {known}")
    if len(classes) != 2:
        return wanted, ""
    # A score that is the chance of the other class says nothing that could be turned round unasked.
    return wanted, score_of if wanted == found or score_of == "prediction" else ""


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
        figures.append(calibration_error(bins_told))
    figures += _of_classes(known)
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


def _of_classes(known: Known) -> tuple[Figure, ...]:
    if known.kind.is_number or not 2 <= len(known.classes) <= MOST_CLASSES:
        return ()
    found = class_figures(known.confusion, known.classes)
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
                "no AUC, Brier score and calibration: it is not known what the score is the chance of"
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
    verdicts = verdicts_of(casebook, evaluation.model) if basis is Basis.LABELS else Verdicts()
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
