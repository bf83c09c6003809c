"""Labels as records with responses, as argilla 2 reads them from JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import orjson

from console.export.labelling.argilla import CARRIED, user_id_of
from console.export.labelling.logged import Logged
from console.export.labelling.record import plain_record
from console.export.labelling.to_label_studio import request_data
from console.ingest.decode import json_text
from console.model import Label

QUESTION, NOTE = "label", "note"


def records_of(said: Iterable[Label], requests: Mapping[str, Logged]) -> Iterator[dict[str, object]]:
    """One record a request: `label` and `note` as questions, the model's prediction as a suggestion.

    People are UUIDs made of their names. The rows that the responses were written from are carried in
    the metadata, as JSON text.

    Args:
        said: of each request and author one row, as `said_now` gives them.
        requests: what was logged, by request key, as far as it is at hand.
    """
    by_request: dict[str, list[Label]] = {}
    for label in said:
        by_request.setdefault(label.draft.request_key, []).append(label)
    for key, labels in by_request.items():
        data = request_data(key, labels, requests.get(key))
        about = {name: value for name, value in data.items() if isinstance(value, str | int | float)}
        answers = [_response(label, label.draft.value) for label in labels]
        notes = [_response(label, label.draft.note) for label in labels if label.draft.note]
        agent = " ".join(str(data[name]) for name in ("model", "model_version") if name in data)
        suggestion = {"value": data.get("prediction"), "agent": agent or None}
        yield {
            "id": key,
            "fields": {"request": _text(data)},
            "metadata": {**about, CARRIED: orjson.dumps(list(map(plain_record, labels))).decode()},
            "suggestions": {QUESTION: suggestion} if "prediction" in data else {},
            "responses": {QUESTION: answers} | ({NOTE: notes} if notes else {}),
            "vectors": {},
        }


def _response(label: Label, value: str) -> dict[str, object]:
    return {"value": value or None, "user_id": user_id_of(label.author), "status": label.status.value}


def _text(data: Mapping[str, object]) -> str:
    """The request for people, a line for each thing that is known of it."""
    lines: dict[str, object] = {}
    for name, value in data.items():
        if isinstance(value, Mapping):
            lines.update(value)
        else:
            lines.setdefault(name, value)
    return "\n".join(
        f"{name}: {value if isinstance(value, str) else json_text(value)}" for name, value in lines.items()
    )
