"""What Argilla exports: records with responses, each an answer of one person to one question.

Source: argilla 2.x, `Record.to_dict` and `to_list(flatten=True)`; argilla 1.x, `FeedbackRecord` and its
form as a Hugging Face dataset, which the server's API shares.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from console.errors import UsageError
from console.export.labelling.contents import Entry
from console.export.labelling.given import (
    Bad,
    Entries,
    Given,
    moment_of,
    optional_text,
    status_of,
    text_of,
)
from console.export.labelling.names import WELL_KNOWN, Wanted, listed
from console.export.labelling.record import carried_label
from console.export.labelling.same import same_answer
from console.export.labelling.table import answer_of
from console.ingest.formats import Unusable
from console.ingest.wellknown import normal
from console.model import Label, LabelDraft, LabelStatus

CARRIED = "incident_console"
"""Under which name a record's metadata carries, as JSON text, the rows of the record that it was written
from."""

_ABOUT = ("model", "model_version", "prediction", "input_hash", "origin", "alert_id", "query")
"""What the metadata may say of the request, by the names of a draft."""
_PEOPLE = uuid.UUID("6a3f7a0e-5d7c-5a52-9d0b-2f3c64b3a7d1")
_FLAT = ".responses"
_SUGGESTION = "-suggestion"


def user_id_of(author: str) -> str:
    """The UUID by which Argilla is told of a person: the same for the same name, always."""
    return str(uuid.uuid5(_PEOPLE, author))


@dataclass(frozen=True, slots=True)
class Response:
    """One person's answer to one question."""

    question: str
    value: object
    user: str
    status: str | None
    """None where the export does not say."""
    at: datetime | None = None


@dataclass(slots=True)
class _Record:
    number: int
    entry: Mapping[str, object]
    responses: list[Response] = field(default_factory=list)


def is_argilla(entry: Mapping[str, object]) -> bool:
    """Whether it is a record of Argilla, in one of its forms."""
    if isinstance(entry.get("fields"), dict) and "responses" in entry:
        return True
    if any(name.endswith(f"{_FLAT}.users") for name in entry):
        return True
    return "external_id" in entry and any(name.endswith(_SUGGESTION) for name in entry)


def read_argilla(entries: Iterable[Entry], wanted: Wanted, into: Entries) -> None:
    """The answers to the question that is the label; the one that is a note goes with them.

    Raises:
        UsageError: several questions could be the label.
    """
    records: list[_Record] = []
    for number, entry in entries:
        if isinstance(entry, Bad):
            into.bad.append(entry)
            continue
        try:
            records.append(_Record(number, entry, list(_responses(entry))))
        except Unusable as error:
            into.bad.append(Bad(number, str(error)))
    question = _question(records, wanted)
    for record in records:
        try:
            given = list(_of_record(record, question, wanted))
        except Unusable as error:
            into.bad.append(Bad(record.number, str(error)))
        else:
            into.given += given
            into.unlabelled += not given


def _question(records: Iterable[_Record], wanted: Wanted) -> str:
    asked = dict.fromkeys(response.question for record in records for response in record.responses)
    if wanted.question is not None:
        if asked and wanted.question not in asked:
            raise UsageError(f": there is no question {wanted.question!r}; there are {listed(asked)}")
        return wanted.question
    others = [name for name in asked if normal(name) not in WELL_KNOWN["note"]]
    if len(others) > 1:
        raise UsageError(f": there are several questions, {listed(others)}; name the label's with --question")
    return others[0] if others else ""


def _of_record(record: _Record, question: str, wanted: Wanted) -> Iterator[Given]:
    entry = record.entry
    metadata = _metadata(entry.get("metadata"))
    carried = list(_carried(metadata.get(CARRIED, entry.get(CARRIED))))
    key = _key(entry, metadata, wanted)
    notes = {
        response.user: optional_text(response.value)
        for response in record.responses
        if response.question != question and normal(response.question) in WELL_KNOWN["note"]
    }
    for response in record.responses:
        if response.question != question:
            continue
        theirs = [label for label in carried if user_id_of(label.author) == response.user]
        value = None if response.value is None else answer_of(response.value)
        known = theirs[0].status if theirs else LabelStatus.SUBMITTED
        status = known if response.status is None else status_of(response.status)
        if not value and status is LabelStatus.SUBMITTED:
            continue
        draft = LabelDraft(
            key,
            value or "",
            note=notes.get(response.user, ""),
            **{name: _said(metadata, entry, name) for name in _ABOUT},
        )
        yield Given(
            record.number,
            draft,
            status,
            theirs[0].author if theirs else (f"argilla:{response.user}" if response.user else None),
            response.at,
            f"{optional_text(entry.get('id'))} {question}" if entry.get("id") else "",
            own=_unchanged(theirs, draft, status),
        )


def _said(metadata: Mapping[str, object], entry: Mapping[str, object], name: str) -> str:
    return optional_text(metadata.get(name, entry.get(name)))


def _metadata(value: object) -> Mapping[str, object]:
    if isinstance(value, str):  # as a Hugging Face dataset has it
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            value = None
    return value if isinstance(value, dict) else {}


def _key(entry: Mapping[str, object], metadata: Mapping[str, object], wanted: Wanted) -> str:
    fields = entry.get("fields")
    places: tuple[Mapping[str, object], ...] = (metadata, fields if isinstance(fields, dict) else {}, entry)
    if wanted.id is not None:
        name = wanted.id.rpartition(".")[2]
        found = next((place[name] for place in places if name in place), None)
    else:
        found = next(
            (place[name] for name in ("request_key", "request_id") for place in places if place.get(name)),
            entry.get("external_id") or entry.get("id"),
        )
    key = text_of(found)
    if not key:
        raise Unusable(f"no request id: {wanted.id or 'request_id, external_id and id'} is empty or missing")
    return key


def _unchanged(theirs: Iterable[Label], draft: LabelDraft, status: LabelStatus) -> Label | None:
    for label in theirs:
        same = same_answer(label.draft.value, draft.value) and label.draft.note == draft.note
        if same and label.draft.request_key == draft.request_key and label.status is status:
            return label
    return None


def _carried(text: object) -> Iterator[Label]:
    if not isinstance(text, str):
        return
    try:
        rows = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    for row in rows if isinstance(rows, list) else ():
        if (label := carried_label(row)) is not None:
            yield label


def _responses(entry: Mapping[str, object]) -> Iterator[Response]:
    responses = entry.get("responses")
    if isinstance(responses, dict):
        for question, answers in responses.items():
            yield from _answers(question, answers)
    elif isinstance(responses, list):
        for response in responses:
            yield from _of_user(response)
    elif responses is not None:
        raise Unusable("responses is neither a list nor an object")
    else:
        for name, value in entry.items():
            if name.endswith(f"{_FLAT}.users"):
                yield from _flat(entry, name.removesuffix(".users"))
            elif f"{name}{_SUGGESTION}" in entry and value is not None:
                yield from _answers(name, value)


def _of_user(response: object) -> Iterator[Response]:
    """Argilla 1.x, and the API: all answers of one person together."""
    if not isinstance(response, dict):
        raise Unusable("a response is no object")
    values = response.get("values")
    at = moment_of(response.get("updated_at") or response.get("inserted_at"))
    parts = values if isinstance(values, list) else [values]
    for part in parts:
        for question, answer in part.items() if isinstance(part, dict) else ():
            yield Response(
                question,
                answer.get("value") if isinstance(answer, dict) else answer,
                optional_text(response.get("user_id")),
                optional_text(response.get("status")) or None,
                at,
            )


def _answers(question: str, answers: object) -> Iterator[Response]:
    """The answers to one question, as a list of objects, or as an object of lists."""
    if isinstance(answers, dict):
        users, values = answers.get("user_id") or [], answers.get("value") or []
        statuses = answers.get("status") or [None] * len(users)
        answers = [
            {"user_id": user, "value": value, "status": status}
            for user, value, status in zip(users, values, statuses, strict=False)
        ]
    if not isinstance(answers, list):
        raise Unusable(f"the responses to {question!r} are no list")
    for answer in answers:
        if not isinstance(answer, dict):
            raise Unusable(f"a response to {question!r} is no object")
        yield Response(
            question,
            answer.get("value"),
            optional_text(answer.get("user_id")),
            optional_text(answer.get("status")) or None,
        )


def _flat(entry: Mapping[str, object], name: str) -> Iterator[Response]:
    users, values = entry.get(f"{name}.users") or [], entry.get(name) or []
    statuses = entry.get(f"{name}.status") or []
    if not (isinstance(users, list) and isinstance(values, list) and isinstance(statuses, list)):
        raise Unusable(f"{name} is no list")
    if len(users) != len(values) or (statuses and len(statuses) != len(users)):
        raise Unusable(f"{name} has {len(values)} answers of {len(users)} users")
    for number, (user, value) in enumerate(zip(users, values, strict=True)):
        status = optional_text(statuses[number]) if statuses else ""
        yield Response(name.removesuffix(_FLAT), value, optional_text(user), status or None)
