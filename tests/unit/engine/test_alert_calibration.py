"""What scores promised and what came, before an alert and during it, on a store worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.engine.alert_calibration import calibration_of
from console.engine.alert_picture import picture_of
from console.errors import CasebookError, Interrupted
from console.model import (
    Alert,
    AlertState,
    Calibration,
    LabelDraft,
    Reading,
    Severity,
    Slice,
    Ticket,
    Verdict,
    Window,
)
from console.model.codec import from_bytes, to_bytes
from console.model.evaluation import Basis, ReliabilityBin
from console.store import Store
from tests.support import NOON, stored

START, UNTIL = NOON + timedelta(minutes=60), NOON + timedelta(minutes=80)
CAME_BEFORE, CAME_NOW = {0.2: 2, 0.8: 8}, {0.2: 2, 0.8: 3}
"""Of ten requests with each score, how many were fraud."""
TRUE_SCORES = ((0.2, 300, 0.2), (0.8, 300, 0.8))
FALSE_SCORES = ((0.2, 100, 0.2), (0.8, 100, 0.3))


def _record(minute: int, place: int, score: float, known: Callable[[int], bool]) -> dict[str, object]:
    came = (CAME_BEFORE if minute < 60 else CAME_NOW)[score]
    record: dict[str, object] = {
        "ts": (NOON + timedelta(minutes=minute, seconds=place + (30 if score > 0.5 else 0))).isoformat(),
        "request_id": f"f-{minute}-{place}-{score}",
        "model": "fraud",
        "model_version": "v2" if minute % 2 else "v3",
        "prediction": "fraud" if score > 0.5 else "legit",
        "score": score,
        "tags": {"region": "EU" if minute % 2 else "US"},
    }
    if known(minute):
        record["truth"] = "fraud" if place < came else "legit"
    return record


def _store(known: Callable[[int], bool]) -> Store:
    """An hour in which scores are true to their word, and 20 minutes in which the high ones are not."""
    places = [
        (minute, place, score) for minute in range(30, 80) for place in range(10) for score in (0.2, 0.8)
    ]
    return stored([_record(*one, known) for one in places])


@pytest.fixture(scope="module")
def store() -> Store:
    return _store(lambda minute: minute < 80)


@pytest.fixture(scope="module")
def untold() -> Store:
    """No truth is known of the alert's time."""
    return _store(lambda minute: minute < 60)


def alert(check: str, subject: str, where: Slice = Slice()) -> Alert:  # noqa: B008
    reading = Reading(
        check=check,
        model="fraud",
        subject=subject,
        window=Window(START, UNTIL),
        verdict=Verdict.BREACH,
        value=0.5,
        baseline=0.8,
        limit=0.7,
        unit="share",
        rows=400,
        baseline_rows=600,
        severity=Severity.WARNING,
        summary=check,
        slice=where,
    )
    times = (START, START, UNTIL)
    return Alert("a-1", check, "fraud", subject, Severity.WARNING, AlertState.OPEN, *times, reading, reading)


FALL = alert("performance", "accuracy")
ESTIMATE = alert("estimated_performance", "estimated accuracy")


def no_casebook() -> Casebook | None:
    return None


def told(bins: tuple[ReliabilityBin, ...]) -> list[tuple[float, int, float]]:
    """Of each bin what was promised, of how many, and what came."""
    by_score: dict[float, tuple[int, float]] = {}
    for one in bins:
        rows, came = by_score.get(round(one.promised, 6), (0, 0.0))
        by_score[round(one.promised, 6)] = rows + one.rows, came + one.came * one.rows
    return [(score, rows, round(came / rows, 6)) for score, (rows, came) in by_score.items()]


@pytest.mark.parametrize("of", [FALL, ESTIMATE], ids=lambda one: one.check)
def test_both_times_are_told_bin_by_bin_and_the_gap_grows(of: Alert, store: Store) -> None:
    found = calibration_of(store, of, no_casebook, Ticket())
    assert found is not None and (found.basis, found.score_of, found.why) == (Basis.TRUTH, "fraud", "")
    assert told(found.before) == list(TRUE_SCORES)
    assert told(found.now) == [(0.2, 200, 0.2), (0.8, 200, 0.3)]
    assert found.error_before is not None and found.error_now is not None
    assert found.error_before.value == pytest.approx(0.0)
    assert found.error_now.value == pytest.approx(0.25)


@pytest.mark.parametrize("where", [Slice("model_version", "v2"), Slice("region", "EU")], ids=str)
def test_only_the_slice_is_counted(where: Slice, store: Store) -> None:
    found = calibration_of(store, alert("performance", "accuracy", where), no_casebook, Ticket())
    assert found is not None and told(found.now) == list(FALSE_SCORES)


def test_the_calibration_leads_where_scores_are_what_the_alert_is_about(store: Store) -> None:
    leads = {
        subject: picture_of(store, alert("performance", subject), Ticket()).by_calibration
        for subject in ("accuracy", "recall", "AUC")
    }
    assert leads == {"accuracy": False, "recall": False, "AUC": True}
    assert picture_of(store, ESTIMATE, Ticket()).by_calibration


def test_errors_of_numbers_and_other_checks_have_none(store: Store) -> None:
    assert calibration_of(store, alert("performance", "MAE"), no_casebook, Ticket()) is None
    assert picture_of(store, alert("error_spikes", ""), Ticket()).calibration is None


def test_an_estimate_without_any_truth_says_so_and_stays_with_the_scores(untold: Store) -> None:
    picture = picture_of(untold, ESTIMATE, Ticket())
    assert picture.calibration is not None and not picture.calibration.now and not picture.by_calibration
    assert picture.calibration.why == "no truth is known during it"
    assert calibration_of(untold, FALL, no_casebook, Ticket()) is None
    nothing = calibration_of(stored(), ESTIMATE, no_casebook, Ticket())
    assert nothing == Calibration(why="no truth is known during it")


def test_labels_tell_where_no_truth_is_known_and_are_never_mixed_with_it(
    untold: Store, store: Store, tmp_path: Path
) -> None:
    with_labels = Casebook.open(tmp_path / "casebook.sqlite", author="ada", clock=lambda: UNTIL)
    drafts = [
        LabelDraft(
            f"f-{minute}-{place}-{score}",
            "fraud" if place < CAME_NOW[score] else "legit",
            model="fraud",
            prediction="fraud" if score > 0.5 else "legit",
        )
        for minute in range(60, 70)
        for place in range(10)
        for score in CAME_NOW
    ]
    with_labels.label(drafts)
    found = calibration_of(untold, ESTIMATE, lambda: with_labels, Ticket())
    assert found is not None and found.basis is Basis.LABELS and found.before == ()
    assert told(found.now) == list(FALSE_SCORES)
    known = calibration_of(store, ESTIMATE, lambda: with_labels, Ticket())
    assert known is not None and known.basis is Basis.TRUTH
    with_labels.close()


def test_a_casebook_that_cannot_be_read_does_not_take_the_other_charts(untold: Store) -> None:
    def broken() -> Casebook:
        raise CasebookError("not a casebook")

    picture = picture_of(untold, ESTIMATE, Ticket(), broken)
    assert picture.calibration is not None
    assert picture.calibration.why == "no truth is known during it, and labels cannot be read"


def test_of_few_rows_there_are_few_bins(store: Store) -> None:
    short = replace(FALL.worst, window=Window(START, START + timedelta(minutes=1)))
    few = replace(FALL, last_seen=START + timedelta(minutes=1), worst=short, latest=short)
    found = calibration_of(store, few, no_casebook, Ticket())
    assert found is not None and [one.rows for one in found.now] == [20]


def test_a_picture_with_a_calibration_reads_back_as_it_was(store: Store) -> None:
    picture = picture_of(store, ESTIMATE, Ticket())
    assert picture.calibration is not None and from_bytes(type(picture), to_bytes(picture)) == picture


def test_a_question_that_was_taken_back_ends(store: Store) -> None:
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Interrupted):
        calibration_of(store, FALL, no_casebook, ticket)
