"""Evaluations for the screens: plain ones, and one whose every text means harm."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from console.checks.evaluation import Kind, Tally, added_up, figures_of, judged_slices
from console.checks.evaluation_pairs import unpaired
from console.checks.evaluation_scores import calibration_error, reliability
from console.model import Slice, Window
from console.model.evaluation import Basis, EvaluatedStep, Evaluation, EvaluationQuestion, VersionComparison
from tests.support import NOON

KIND = Kind(binary=True, scored=True)
CHANCES = (np.arange(20) + 0.5) / 20


def tally(rows: int, wrong: int) -> Tally:
    """So many requests, a fifth of them positive; half of the wrong ones were missed."""
    missed = wrong // 2
    positives = np.rint(rows / 100 * CHANCES).astype(np.int64)
    return Tally(
        requests=rows * 2,
        rows=rows,
        right=rows - wrong,
        true_positives=max(0, rows // 5 - missed),
        false_positives=wrong - missed,
        false_negatives=missed,
        scored=rows,
        brier=0.1 * rows,
        brier_squares=0.02 * rows,
        positives=positives,
        negatives=np.full(20, rows // 20) - positives,
    )


def evaluation(asked: EvaluationQuestion, *, model: str = "fraud", name: str = "region") -> Evaluation:
    """2,000 of 4,000 requests; EU is worse than the rest beyond chance."""
    parts = {
        Slice(name, "EU"): tally(500, 150),
        Slice(name, "US"): tally(1_480, 74),
        Slice("model_version", "v3"): tally(1_000, 120),
        Slice("(score)", "0.4"): tally(20, 2),
    }
    whole = added_up([parts[Slice(name, "EU")], parts[Slice(name, "US")], parts[Slice("(score)", "0.4")]])
    rows = whole.positives + whole.negatives
    bins = reliability(CHANCES, whole.positives, rows, 8)
    window = Window(NOON - timedelta(hours=24), NOON)
    return Evaluation(
        asked.model or model,
        asked.basis,
        window,
        asked.filter,
        models=tuple(dict.fromkeys((model, "churn"))),
        requests=whole.requests,
        rows=whole.rows,
        left_out={"labels are in conflict": 3} if asked.basis is Basis.LABELS else {},
        notes=("what there is to know of it",) if asked.basis is Basis.ESTIMATED else (),
        positive="fraud",
        score_of="fraud",
        classes=("legit", "fraud"),
        figures=(*figures_of(whole, KIND).values(), calibration_error(bins)),
        confusion={
            ("fraud", "fraud"): 287,
            ("legit", "fraud"): 113,
            ("fraud", "legit"): 113,
            ("legit", "legit"): 1487,
        },
        reliability=bins,
        step_seconds=3600,
        steps=tuple(
            EvaluatedStep(
                window.start + timedelta(hours=hour), 160, 80, figures_of(tally(80, 4 + hour), KIND)
            )
            for hour in range(24)
            if hour != 7
        ),
        slices=judged_slices(whole, parts, KIND),
    )


def comparison(asked: EvaluationQuestion, versions: tuple[str, str] | None) -> VersionComparison:
    """Two versions on inputs of their own."""
    first, second = (figures_of(tally(rows, wrong), KIND) for rows, wrong in ((900, 90), (1_100, 220)))
    return VersionComparison(
        asked.model,
        asked.basis,
        Window(NOON - timedelta(hours=24), NOON),
        versions or ("v2", "v3"),
        "",
        4,
        (1_800, 2_200),
        unpaired(first, second),
        notes=("not on the same inputs: 4 inputs that have a truth were seen by both, 30 are needed",),
        positive="fraud",
    )
