"""Which predictions are evaluated, what they are held against, and of what kind they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from console.casebook import Casebook
from console.checks.evaluation import Kind
from console.checks.evaluation_classes import positive_of
from console.engine.verdicts import Verdicts, verdicts_of
from console.errors import UsageError
from console.model import QueryCall, Ticket, Window
from console.model.evaluation import Basis, Evaluation, EvaluationQuestion
from console.store import Store

MOST_CLASSES = 50
"""Classes up to which each has figures of its own; of more there is accuracy only."""
MOST_STEPS = 120
STEPS_SECONDS = (900, 3_600, 86_400)
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
    verdicts = verdicts_of(casebook, model, store) if asked.basis is Basis.LABELS else Verdicts()
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


def known_of(place: Place) -> Known:
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
