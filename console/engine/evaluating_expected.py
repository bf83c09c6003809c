"""What the figures are expected to be where no truth is known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt
import polars as pl

from console.checks.evaluation_classes import positive_of
from console.checks.evaluation_estimated import (
    BINS,
    LEAST_TRUTHS,
    Learnt,
    estimated,
    estimated_confusion,
    learn,
)
from console.checks.evaluation_intervals import Z, holm, upper_tail
from console.engine.evaluating_place import MOST_CLASSES, Place
from console.errors import UsageError
from console.model import QueryCall, Slice
from console.model.evaluation import SCORE_DIMENSION, EvaluatedSlice, EvaluatedStep, Evaluation, Figure

Counts = npt.NDArray[np.int64]
_A_YEAR = 366 * 86_400


def expected(place: Place) -> Evaluation:
    """The evaluation by what scores have meant: learnt wherever the model's truth is known up to then.

    Raises:
        UsageError: there is no such positive class.
    """
    first = place.store.counts().first_ts or place.window.start
    params = {"model": place.model, "start": first, "until": place.window.until, "step_seconds": _A_YEAR}
    known = place.store.frame(QueryCall("evaluation_expected_by_step", params), ticket=place.ticket)
    by_step = place.store.frame(
        place.call("evaluation_expected_by_step", step_seconds=place.step_seconds), ticket=place.ticket
    )
    requests = int(by_step["rows"].sum())
    scored = _scored(known)
    classes = tuple(
        sorted(set(scored["prediction"].to_list()) | set(_scored(by_step)["prediction"].to_list()))
    )
    told = replace(place.empty, requests=requests, classes=classes)
    if not 2 <= len(classes) <= MOST_CLASSES:
        why = (
            "no class is predicted with a score" if not classes else f"{len(classes):,} values are predicted"
        )
        return replace(told, notes=(f"not estimated: {why}, and two to {MOST_CLASSES} classes can be",))
    right = _counts(scored, classes, "right_rows")
    wrong = _counts(scored, classes, "wrong_rows")
    learnt = learn(classes, right, wrong)
    if learnt is None:
        truths = int((right + wrong).sum())
        return replace(
            told,
            notes=(
                f"not estimated: what scores mean is learnt from {LEAST_TRUTHS} requests with a truth or "
                f"more, of each class some; there are {truths:,}",
            ),
        )
    positive = place.asked.positive or _positive(scored, classes)
    if positive and positive not in classes:
        known_classes = ", ".join(map(repr, classes))
        raise UsageError(
            f"no class is called {positive!r}, to be the positive one; there are: {known_classes}"
        )
    every = _counts(_scored(by_step), classes, "rows")
    by_slice = place.store.frame(place.call("evaluation_expected_by_slice"), ticket=place.ticket)
    return replace(
        told,
        rows=int(every.sum()),
        left_out={"no score from 0 to 1, or no prediction": requests - int(every.sum())},
        notes=(f"estimated by what scores have meant for {learnt.truths:,} requests with a truth",),
        positive=positive,
        figures=tuple(estimated(learnt, every, positive).values()),
        confusion=estimated_confusion(learnt, every),
        steps=_steps(by_step, learnt, positive),
        slices=_slices(by_slice, learnt, every, positive),
    )


def _scored(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("bin").is_not_null() & pl.col("prediction").is_not_null())


def _counts(frame: pl.DataFrame, classes: Sequence[str], column: str) -> Counts:
    """Rows by class and score, shape (n_classes, BINS)."""
    counts = np.zeros((len(classes), BINS), dtype=np.int64)
    places = {name: place for place, name in enumerate(classes)}
    for prediction, score, rows in frame.select("prediction", "bin", column).iter_rows():
        counts[places[prediction], score] += rows
    return counts


def _positive(scored: pl.DataFrame, classes: Sequence[str]) -> str:
    rows = _counts(scored, classes, "rows")
    held = rows.sum(axis=1)
    middles = (np.arange(BINS) + 0.5) / BINS
    means = {name: float((rows[at] @ middles) / held[at]) for at, name in enumerate(classes) if held[at]}
    # What is true is not known of all: the class that is predicted more rarely stands for that.
    return positive_of(sorted(classes), dict(zip(classes, held.tolist(), strict=True)), means, None)[0]


def _steps(frame: pl.DataFrame, learnt: Learnt, positive: str) -> tuple[EvaluatedStep, ...]:
    found = []
    for (start,), part in frame.group_by("step_start", maintain_order=True):
        rows = _counts(_scored(part), learnt.classes, "rows")
        figures = estimated(learnt, rows, positive)
        found.append(EvaluatedStep(start, int(part["rows"].sum()), int(rows.sum()), figures))
    return tuple(found)


def _slices(frame: pl.DataFrame, learnt: Learnt, every: Counts, positive: str) -> tuple[EvaluatedSlice, ...]:
    """Each slice beside all other requests, by z from the intervals, corrected by Holm."""
    found: list[EvaluatedSlice] = []
    rests: list[Mapping[str, Figure]] = []
    for (dimension, value), part in frame.group_by("dimension", "slice_value", maintain_order=True):
        rows = _counts(_scored(part), learnt.classes, "rows")
        if not 0 < rows.sum() < every.sum():
            continue
        figures = estimated(learnt, rows, positive)
        found.append(
            EvaluatedSlice(
                Slice(str(dimension), str(value)), int(part["rows"].sum()), int(rows.sum()), figures
            )
        )
        rests.append(estimated(learnt, every - rows, positive))
    behind: list[dict[str, float]] = [{} for _ in found]
    chance: list[dict[str, float]] = [{} for _ in found]
    for measure, of_score in product(("accuracy", "precision", "recall", "F1"), (False, True)):
        told = [
            (place, beside)
            for place, (one, rest) in enumerate(zip(found, rests, strict=True))
            if (one.where.dimension == SCORE_DIMENSION) is of_score
            and measure in one.figures
            and (beside := _beside(one.figures[measure], rest[measure])) is not None
        ]
        corrected = holm([probability for _, (_, probability) in told])
        for (place, (gap, _)), probability in zip(told, corrected, strict=True):
            behind[place][measure], chance[place][measure] = gap, probability
    return tuple(
        replace(one, behind=gaps, chance=chances)
        for one, gaps, chances in zip(found, behind, chance, strict=True)
    )


def _beside(mine: Figure, rest: Figure) -> tuple[float, float] | None:
    if mine.value is None or rest.value is None:
        return None
    gap = rest.value - mine.value
    spread = sum(_variance(one) for one in (mine, rest))
    return gap, upper_tail(gap / math.sqrt(spread)) if spread else float(gap <= 0)


def _variance(figure: Figure) -> float:
    if figure.low is None or figure.high is None:
        return 0.0
    return ((figure.high - figure.low) / (2 * Z)) ** 2
