"""How versions, missing values and texts were distributed before an alert and during it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.engine.alert_picture import picture_of
from console.model import (
    Alert,
    AlertState,
    Distribution,
    QueryCall,
    Reading,
    Severity,
    Slice,
    Ticket,
    Verdict,
    Window,
)
from console.store import Store
from tests.support import NOON, at, stored

START, UNTIL = NOON + timedelta(minutes=60), NOON + timedelta(minutes=100)
PLACE = {"model": "chat", "start": START, "until": UNTIL}


def _record(minute: int) -> dict[str, object]:
    odd, v3 = minute >= 60, minute % 2 == 1
    features: dict[str, object] = {"question": "please reset my password"}
    if odd:
        features = {"question": ["[/b]\x1b[31m quatsch \U0001f600" * 20, "weiß ich nicht"][minute % 4 // 2]}
        features["age"] = [None, "", "NaN", 40][minute % 4]
    else:
        features["age"] = 40
    return {
        "ts": at(minute),
        "model": "chat",
        "model_version": "v3" if v3 and odd else "v2",
        "features": features,
        "tags": {"region": "EU" if v3 else "US"},
        "stages": {"tokens": {"ms": 1.0, "version": "t9" if v3 and odd else "t8"}},
    }


@pytest.fixture(scope="module")
def store() -> Store:
    return stored([_record(minute) for minute in range(100)])


def alert(
    check: str,
    subject: str,
    evidence: QueryCall,
    *,
    offenders: QueryCall | None = None,
    where: Slice = Slice(),  # noqa: B008
) -> Alert:
    reading = Reading(
        check=check,
        model="chat",
        subject=subject,
        window=Window(START, UNTIL),
        verdict=Verdict.BREACH,
        value=0.5,
        baseline=0.0,
        limit=0.1,
        unit="share",
        rows=40,
        baseline_rows=60,
        severity=Severity.WARNING,
        summary=check,
        slice=where,
        evidence=evidence,
        offenders=offenders,
    )
    state = AlertState.OPEN
    return Alert("a", check, "chat", subject, Severity.WARNING, state, START, START, UNTIL, reading, reading)


def bins_of(store: Store, one: Alert) -> dict[str, tuple[float, float]]:
    """Label -> share before and during."""
    found = distribution_of(store, one)
    return {one.label: (one.before, one.now) for one in found.bins}


def distribution_of(store: Store, one: Alert) -> Distribution:
    found = picture_of(store, one, Ticket()).distribution
    assert found is not None
    return found


def texts(measure: str) -> Alert:
    call = QueryCall("text_distribution", {**PLACE, "feature": "question", "measure": measure})
    return alert("text_quality", "question", call)


def test_versions_are_told_with_the_version_of_the_part_that_is_new(store: Store) -> None:
    theirs = {"model_version": "v3", "part": "tokens", "part_version": "t9"}
    offenders = QueryCall("predictions_with_part_version", {**PLACE, **theirs})
    one = alert("versions", "v3", QueryCall("versions", PLACE), offenders=offenders)
    assert bins_of(store, one) == {"v3 with t9": (0.0, 0.5), "v2 with t8": (1.0, 0.5)}
    assert distribution_of(store, one).title == "versions with that of tokens,"


def test_versions_alone_are_told_where_features_came_or_went(store: Store) -> None:
    offenders = QueryCall("predictions_in_slice", {**PLACE, "dimension": "", "slice_value": ""})
    one = alert("versions", "v3", QueryCall("versions", PLACE), offenders=offenders)
    assert bins_of(store, one) == {"v3": (0.0, 0.5), "v2": (1.0, 0.5)}


def test_missing_values_are_told_by_the_way_they_are_missing(store: Store) -> None:
    call = QueryCall("missing_values", {**PLACE, "feature": "age"})
    told = {"there": (1.0, 0.25), "null or absent": (0.0, 0.25)}
    told |= {"empty text": (0.0, 0.25), "not a number": (0.0, 0.25)}
    assert bins_of(store, alert("missing_values", "age", call)) == told
    eu = alert("missing_values", "age", call, where=Slice("region", "EU"))
    assert bins_of(store, eu) == {"there": (1.0, 0.5), "empty text": (0.0, 0.5)}


def test_texts_that_are_longer_or_shorter_are_told_by_their_length(store: Store) -> None:
    found = distribution_of(store, texts("longer"))
    assert found.is_number and found.unit == "signs" and found.title == "length of question"
    assert (found.rows_before, found.rows_now) == (60, 40)
    assert sum(one.now for one in found.bins if (one.lower or 0) > 100) == 0.5
    assert sum(one.before for one in found.bins if (one.lower or 0) > 100) == 0.0


def test_signs_beyond_ascii_are_told_by_their_share(store: Store) -> None:
    assert bins_of(store, texts("non_ascii")) == {"0 to 10 %": (1.0, 1.0)}


def test_emoji_and_control_characters_are_told_as_with_or_without(store: Store) -> None:
    for measure in ("emoji", "control"):
        assert bins_of(store, texts(measure)) == {"with": (0.0, 0.5), "without": (1.0, 0.5)}


def test_unseen_words_are_told_as_words_the_one_that_moved_most_first(store: Store) -> None:
    found = distribution_of(store, texts("unseen"))
    assert found.bins[0].label == "quatsch" and found.bins[0].before == 0.0
    assert {"password", "nicht"} <= {one.label for one in found.bins}


def test_a_feature_that_nobody_logs_has_no_chart(store: Store) -> None:
    call = QueryCall("text_distribution", {**PLACE, "feature": "nothing", "measure": "longer"})
    assert picture_of(store, alert("text_quality", "nothing", call), Ticket()).distribution is None
