"""What scores promised and what came, before an alert and during it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from console.checks.evaluation_scores import calibration_error, reliability
from console.engine.before_and_now import BEFORE_MINUTES, window_of
from console.engine.evaluating_place import Known, Place, known_of
from console.engine.verdicts import Verdicts, verdicts_of
from console.errors import CasebookError
from console.model import Alert, Calibration, Condition, Ticket, Window
from console.model.evaluation import Basis, EvaluationQuestion, Figure, ReliabilityBin
from console.model.slices import filter_of

if TYPE_CHECKING:
    from console.casebook import Casebook
    from console.store import Store

MOST_BINS = 10
ROWS_A_BIN = 20
"""Rows of a bin at least, on average: of few rows there are fewer bins, not wilder ones."""
OF_NUMBERS = frozenset(("MAE", "RMSE"))
"""Measures of predictions that are no chance of anything."""


def calibration_of(
    store: Store, alert: Alert, casebook: Callable[[], Casebook | None], ticket: Ticket
) -> Calibration | None:
    """What scores were worth in the alert's slice; None where they are not known to be a chance of anything.

    Truth is what they are held against. Where an estimate alerts, and no truth is known of its time, labels
    are: never both.

    Args:
        store: where the rows are.
        alert: of `performance` or `estimated_performance`.
        casebook: gives that with the labels, and is asked only where they are needed.
        ticket: of the question.

    Raises:
        Interrupted: the store was told to stop, or the ticket was cancelled.
        StoreError: DuckDB refused.
    """
    if alert.worst.subject in OF_NUMBERS:
        return None
    found = _held_against(_place(store, alert, ticket), alert)
    if alert.check != "estimated_performance" or (found is not None and found.now):
        return found if found is not None and found.now else None
    try:
        verdicts = verdicts_of(casebook(), alert.model, store)
    except CasebookError:
        return Calibration(why="no truth is known during it, and labels cannot be read")
    if verdicts.values:
        by_label = _held_against(_place(store, alert, ticket, verdicts), alert)
        if by_label is not None and by_label.now:
            return by_label
    return replace(found or Calibration(), why="no truth is known during it")


def _place(store: Store, alert: Alert, ticket: Ticket, verdicts: Verdicts | None = None) -> Place:
    """The requests of the alert's slice, from the day before it to its end."""
    where, window = alert.worst.slice, window_of(alert)
    kind = "field" if where.dimension in ("model_version", "endpoint") else "tag"
    cut = filter_of((Condition(kind, where.dimension, where.value),) if where.dimension else ())
    return Place(
        store,
        EvaluationQuestion(Basis.TRUTH if verdicts is None else Basis.LABELS, filter=cut),
        alert.model,
        (alert.model,),
        Window(window.start - timedelta(minutes=BEFORE_MINUTES), window.until),
        verdicts or Verdicts(),
        ticket,
    )


def _held_against(whole: Place, alert: Alert) -> Calibration | None:
    # Which class is positive, and what the score is the chance of, is told by both times together: it is
    # one and the same in both, and what has gone wrong in the one does not turn it round.
    known = known_of(whole)
    if not known.kind.scored:
        return None
    start = window_of(alert).start
    before = _side(replace(whole, window=Window(whole.window.start, start)), known)
    now = _side(replace(whole, window=Window(start, whole.window.until)), known)
    return Calibration(whole.asked.basis, known.score_words, before[0], now[0], before[1], now[1])


def _side(place: Place, known: Known) -> tuple[tuple[ReliabilityBin, ...], Figure | None]:
    frame = place.held("evaluation_scores", **known.params)
    chances, hits, rows = (frame[name].to_numpy() for name in ("chance", "hits", "rows"))
    bins = reliability(chances, hits, rows, max(1, min(MOST_BINS, int(rows.sum()) // ROWS_A_BIN)))
    return bins, calibration_error(bins) if bins else None
