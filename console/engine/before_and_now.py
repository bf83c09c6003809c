"""How the value that an alert is about was distributed before it, and is during it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from console.checks.say import number, short
from console.explain.offending import whole_time
from console.model import Alert, Distribution, PictureBin, QueryCall, Ticket, Window

if TYPE_CHECKING:
    from console.store import Store

BEFORE_MINUTES = 1_440
LONGEST = timedelta(hours=24)
"""Of an alert that goes on for longer, the worst window is looked at."""
MOST_BINS = 24
_HALF_A_ROW = 0.5

_OF_TEXTS = {
    "shorter": "length",
    "longer": "length",
    "non_ascii": "signs beyond ASCII",
    "emoji": "emoji",
    "control": "control characters",
    "unseen": "words",
}
_MEASURES = {"tokens_in": "tokens in", "tokens_out": "tokens out", "cost": "cost"}


def feature_distribution(store: Store, alert: Alert, feature: str, ticket: Ticket) -> Distribution | None:
    """A feature, the score or the prediction, in the bins of `queries/drift.sql`; None if there is none."""
    window = window_of(alert)
    minutes = max(1, -(-(window.until - window.start) // timedelta(minutes=1)))
    call = QueryCall("drift", {**_place(alert), "feature": feature, "window_minutes": minutes})
    found = store.frame(call, ticket=ticket)
    if found.is_empty():
        return None
    found = found.filter(found["window_end"] == found["window_end"].max())
    rows = found.select("kind", "label", "lower", "upper", "rows", "baseline_rows").rows()
    kinds = {kind: sum(row[4] for row in rows if row[0] == kind) for kind, *_ in rows}
    if not kinds:
        return None
    kind = max(kinds, key=lambda one: kinds[one])
    is_number = kind == "number"
    counted = [
        _Counted(_between(lower, upper) if is_number else _named(label), before, now, lower)
        for of_kind, label, lower, upper, now, before in rows
        if of_kind == kind
    ]
    return _distribution(short(feature), "", counted, is_number=is_number)


def measure_distribution(store: Store, alert: Alert, ticket: Ticket) -> Distribution | None:
    """Latency, a stage's time, tokens or cost, in bins that grow by a factor; None if there is nothing."""
    evidence = alert.worst.evidence
    given = evidence.params if evidence is not None else {}
    asked = {name: given[name] for name in ("endpoint", "stage", "measure") if name in given}
    call = QueryCall("measure_distribution", {**_place(alert), **_cut(alert), **asked})
    counted = by_size(store.frame(call, ticket=ticket).select("bin", "rows", "rows_before").rows())
    measure = str(asked.get("measure", ""))
    title = f"time of {short(str(asked['stage']))}" if "stage" in asked else _MEASURES.get(measure, "latency")
    return _distribution(title, "" if measure else "ms", counted, is_number=True)


def error_types(store: Store, alert: Alert, ticket: Ticket) -> Distribution | None:
    """Of the errors how many were of which type; None if there were none."""
    cut = {} if alert.worst.slice.dimension == "error_type" else _cut(alert)
    frame = store.frame(QueryCall("error_types", {**_place(alert), **cut}), ticket=ticket)
    rows = frame.select("error_type", "rows_before", "rows").iter_rows()
    counted = [_Counted(_named(kind), before, now) for kind, before, now in rows]
    return _distribution("errors by type", "", counted, is_number=False)


def confusion_of(store: Store, alert: Alert, ticket: Ticket) -> Distribution | None:
    """Pairs of truth and prediction; of numbers the absolute error; None if no truth is known."""
    frame = store.frame(QueryCall("confusion", {**_place(alert), **_cut(alert)}), ticket=ticket)
    rows = frame.select("truth", "prediction", "bin", "is_number", "rows", "rows_before").rows()
    numbers = [(which, now, before) for _, _, which, is_number, now, before in rows if is_number]
    if 2 * len(numbers) > len(rows):
        return _distribution("absolute error", "", by_size(numbers), is_number=True)
    counted = [
        _Counted(f"{_named(truth, 40)} as {_named(prediction, 40)}", before, now)
        for truth, prediction, _, is_number, now, before in rows
        if not is_number
    ]
    return _distribution("truth as prediction", "", counted, is_number=False)


def version_distribution(store: Store, alert: Alert, ticket: Ticket) -> Distribution | None:
    """Model versions, with the versions of the part that the alert is about; None if there was no request."""
    offenders = alert.worst.offenders
    part = offenders.params.get("part") if offenders is not None else None
    frame = store.frame(QueryCall("version_distribution", {**_place(alert), "part": part}), ticket=ticket)
    rows = frame.select("model_version", "part_version", "rows_before", "rows").iter_rows()
    counted = [
        _Counted(_version(version) + (f" with {_named(of, 40)}" if of is not None else ""), before, now)
        for version, of, before, now in rows
    ]
    title = f"versions with that of {short(str(part))}," if part is not None else "requests by version,"
    return _distribution(title, "", counted, is_number=False)


def _version(version: str) -> str:
    return _named(version, 40) if version else "no version"


def missing_distribution(store: Store, alert: Alert, ticket: Ticket) -> Distribution | None:
    """Requests that have the feature, and those that lack it in each way; None if there was no request."""
    call = QueryCall("missing_distribution", {**_place(alert), **_cut(alert), "feature": alert.subject})
    rows = store.frame(call, ticket=ticket).select("kind", "rows_before", "rows").iter_rows()
    counted = [_Counted(str(kind), before, now) for kind, before, now in rows]
    return _distribution(short(alert.subject), "", counted, is_number=False)


def text_distribution(store: Store, alert: Alert, ticket: Ticket) -> Distribution | None:
    """What is judged of the texts: lengths, signs or words; None if there is no text."""
    evidence = alert.worst.evidence
    if evidence is None or evidence.query != "text_distribution":
        return None
    asked = {**evidence.params, **_place(alert)}
    frame = store.frame(QueryCall("text_distribution", asked), ticket=ticket)
    rows = frame.select("bin", "label", "rows", "rows_before").rows()
    measure = str(asked["measure"])
    title = f"{_OF_TEXTS.get(measure, 'texts')} of {short(alert.subject)}"
    if measure in ("shorter", "longer"):
        sizes = by_size([(which, now, before) for which, _, now, before in rows])
        return _distribution(title, "signs", sizes, is_number=True)
    if measure == "non_ascii":
        counted = [
            _Counted(f"{10 * which} to {10 * which + 10} %" if which < 10 else "all", before, now, which / 10)
            for which, _, now, before in rows
        ]
        return _distribution(title, "", counted, is_number=True)
    named = [_Counted(_named(label, 40), before, now) for _, label, now, before in rows]
    return _distribution(title, "", named, is_number=False)


def window_of(alert: Alert) -> Window:
    """The alert's whole time, or its worst window where that is too long to look at."""
    whole = whole_time(alert)
    return whole if whole.until - whole.start <= LONGEST else alert.worst.window


def _place(alert: Alert) -> dict[str, object]:
    window = window_of(alert)
    return {
        "model": alert.model,
        "start": window.start,
        "until": window.until,
        "baseline_minutes": BEFORE_MINUTES,
    }


def _cut(alert: Alert) -> dict[str, object]:
    return {"dimension": alert.worst.slice.dimension, "slice_value": alert.worst.slice.value}


@dataclass(frozen=True, slots=True)
class _Counted:
    """Rows of one bin, on both sides."""

    label: str
    before: int
    now: int
    lower: float | None = None


def _distribution(
    title: str, unit: str, counted: Sequence[_Counted], *, is_number: bool
) -> Distribution | None:
    """Shares of what was counted; None where a side has no rows.

    Source: of the index, Siddiqi 2006, Credit Risk Scorecards; half a row added to a bin is ours.
    """
    before, now = sum(one.before for one in counted), sum(one.now for one in counted)
    if not now or not counted:
        return None
    added = _HALF_A_ROW * len(counted)
    bins = []
    for one in counted:
        shares = (one.before + _HALF_A_ROW) / (before + added), (one.now + _HALF_A_ROW) / (now + added)
        index = (shares[1] - shares[0]) * math.log(shares[1] / shares[0])
        bins.append(
            PictureBin(
                one.label, one.before / max(before, 1), one.now / now, index if before else None, one.lower
            )
        )
    if not is_number:
        bins.sort(key=lambda one: (-abs(one.now - one.before), one.label))
    return Distribution(title, unit, tuple(bins), is_number, before, now)


def by_size(rows: Iterable[tuple[int | None, int, int]]) -> tuple[_Counted, ...]:
    """Bins of eighths of a power of ten, those between that are empty too; at most `MOST_BINS` of them.

    Args:
        rows: eightfold logarithm of the lower edge, None for zero and less; rows now; rows before.
    """
    counted = {which: (now, before) for which, now, before in rows}
    none = counted.pop(None, None)
    found = [_Counted("0", none[1], none[0], 0.0)] if none else []
    if counted:
        least, most = (
            min(key for key in counted if key is not None),
            max(key for key in counted if key is not None),
        )
        wide = -(-(most - least + 1) // MOST_BINS)
        for start in range(least, most + 1, wide):
            sums = [counted.get(which, (0, 0)) for which in range(start, start + wide)]
            lower, upper = 10 ** (start / 8), 10 ** ((start + wide) / 8)
            now, before = (sum(one[side] for one in sums) for side in (0, 1))
            found.append(_Counted(_between(lower, upper), before, now, lower))
    return tuple(found)


def _between(lower: float | None, upper: float | None) -> str:
    if lower is None:
        return "all" if upper is None else f"< {_figure(upper)}"
    return f"≥ {_figure(lower)}" if upper is None else f"{_figure(lower)} to {_figure(upper)}"


def _figure(value: float) -> str:
    """Three digits that matter."""
    return number(float(f"{value:.3g}"))


def _named(value: object, most: int = 80) -> str:
    return "all others" if value is None else short(str(value), most) or '""'
