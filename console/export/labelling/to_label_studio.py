"""Labels as tasks that Label Studio imports: the request, what the model said, what people said."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from console.export.labelling.label_studio import CARRIED
from console.export.labelling.logged import Logged
from console.export.labelling.record import moment_text, plain_record
from console.export.labelling.same import number_of
from console.model import Label, LabelStatus

_QUESTION, _NOTE, _OBJECT = "label", "note", "request"


def tasks_of(said: Iterable[Label], requests: Mapping[str, Logged]) -> Iterator[dict[str, object]]:
    """One task a request, in the order in which they were labelled first.

    Labels are choices, or numbers where all of them are. A draft is no annotation, since Label Studio would
    count it: a request that is only flagged is a task to be done. Each annotation carries the row that it
    was written from. Nobody is named as annotator, since Label Studio refuses a file that names one whom
    it does not know.

    Args:
        said: of each request and author one row, as `said_now` gives them.
        requests: what was logged, by request key, as far as it is at hand.
    """
    by_request: dict[str, list[Label]] = {}
    for label in said:
        by_request.setdefault(label.draft.request_key, []).append(label)
    values = [
        label.draft.value
        for labels in by_request.values()
        for label in labels
        if label.status is not LabelStatus.DRAFT and label.draft.value
    ]
    numbers = bool(values) and all(number_of(value) is not None for value in values)
    for key, labels in by_request.items():
        data = request_data(key, labels, requests.get(key))
        yield {
            "data": data,
            "annotations": [
                _annotation(label, numbers=numbers)
                for label in labels
                if label.status is not LabelStatus.DRAFT
            ],
            "predictions": _predictions(data, numbers=numbers),
        }


def request_data(key: str, labels: Sequence[Label], request: Logged | None) -> dict[str, object]:
    """What is known of the request, flat, its features as an object."""
    draft = labels[-1].draft
    logged = {} if request is None else request.fields
    known: dict[str, object] = {
        "request_id": key,
        "model": draft.model or _text(logged.get("model")),
        "model_version": draft.model_version or _text(logged.get("model_version")),
        "prediction": draft.prediction or _text(logged.get("prediction")),
        "input_hash": draft.input_hash,
        "origin": draft.origin,
        "alert_id": draft.alert_id,
        "query": draft.query,
    }
    data = {name: value for name, value in known.items() if value != ""}
    if request is not None:
        if isinstance(ts := logged.get("ts"), datetime):
            data["ts"] = moment_text(ts)
        data |= {
            name: logged[name] for name in ("endpoint", "score", "truth") if logged.get(name) is not None
        }
        data |= {"tags": dict(request.tags)} if request.tags else {}
    data["features"] = {} if request is None else dict(request.features)
    return data


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _annotation(label: Label, *, numbers: bool) -> dict[str, object]:
    results: list[dict[str, object]] = []
    if label.draft.value:
        kind, value = _answer(label.draft.value, numbers=numbers)
        results.append(
            {
                "id": label.label_id[:10],
                "from_name": _QUESTION,
                "to_name": _OBJECT,
                "type": kind,
                "value": value,
            }
        )
    if label.draft.note:
        results.append(
            {
                "id": f"{label.label_id[:10]}n",
                "from_name": _NOTE,
                "to_name": _OBJECT,
                "type": "textarea",
                "value": {"text": [label.draft.note]},
            }
        )
    if results:
        results[0]["meta"] = {CARRIED: plain_record(label)}
    return {
        "result": results,
        "was_cancelled": label.status is LabelStatus.DISCARDED,
        "ground_truth": False,
        "created_at": moment_text(label.at),
    }


def _predictions(data: Mapping[str, object], *, numbers: bool) -> list[dict[str, object]]:
    prediction, score = _text(data.get("prediction")), data.get("score")
    if not prediction or (numbers and number_of(prediction) is None):
        return []
    kind, value = _answer(prediction, numbers=numbers)
    result = {"id": "prediction", "from_name": _QUESTION, "to_name": _OBJECT, "type": kind, "value": value}
    found: dict[str, object] = {
        "model_version": _text(data.get("model_version")) or "undefined",
        "result": [result],
    }
    return [found | ({"score": score} if isinstance(score, float) and math.isfinite(score) else {})]


def _answer(value: str, *, numbers: bool) -> tuple[str, dict[str, object]]:
    return ("number", {"number": float(value)}) if numbers else ("choices", {"choices": [value]})
