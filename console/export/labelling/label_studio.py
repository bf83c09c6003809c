"""What Label Studio exports: tasks with annotations, whose results are answers to questions.

Source: its task format (JSON), and the shapes that its converter makes of it (JSON-MIN, CSV).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from console.errors import UsageError
from console.export.labelling.contents import Entry
from console.export.labelling.given import Bad, Entries, Given, moment_of, optional_text, text_of
from console.export.labelling.names import WELL_KNOWN, Wanted, columns_for, listed, require
from console.export.labelling.record import carried_label
from console.export.labelling.same import same_answer
from console.export.labelling.table import answer_of, flat
from console.ingest.formats import Unusable
from console.ingest.wellknown import normal
from console.model import Label, LabelDraft, LabelStatus

CARRIED = "incident_console"
"""Under which name a result's `meta` carries the row of the record that it was written from."""

_ABOUT = ("model", "model_version", "prediction", "input_hash", "origin", "alert_id", "query")
"""What the task's data may say of the request, by the names of a draft."""
_ANSWERS = frozenset({"choices", "number", "rating", "textarea"})
"""Types of results that answer a question of the whole task."""


def is_task(entry: Mapping[str, object]) -> bool:
    """Whether it is a task of a full JSON export."""
    return isinstance(entry.get("data"), dict) and any(
        isinstance(entry.get(name), list) for name in ("annotations", "completions", "predictions", "drafts")
    )


def is_flat(entry: Mapping[str, object]) -> bool:
    """Whether it is an annotation of a JSON-MIN or CSV export."""
    return {"annotation_id", "annotator", "lead_time"} <= entry.keys()


def read_tasks(entries: Iterable[Entry], wanted: Wanted, into: Entries) -> None:
    """The answers of a full JSON export. Results of other kinds are told of, not guessed.

    Raises:
        UsageError: nothing in the tasks' data is the request, or several things could be it.
    """
    tasks: list[tuple[int, Mapping[str, object], Mapping[str, object]]] = []
    for number, task in entries:
        if isinstance(task, Bad):
            into.bad.append(task)
        elif not isinstance(data := task.get("data"), dict):
            into.bad.append(Bad(number, "no task of Label Studio: it has no data"))
        else:
            tasks.append((number, task, flat(data)))
    names = list(dict.fromkeys(name for _, _, data in tasks for name in data))
    said = {"id": wanted.id.removeprefix("data.")} if wanted.id is not None else {}
    try:
        columns = columns_for(names, said, ("id", *_ABOUT))
        require(columns, names, "id")
    except UsageError as error:
        raise UsageError(f": in the tasks' data {error}") from None
    for number, task, data in tasks:
        about = {field: data.get(name) for field, name in columns.items()}
        try:
            given = list(_of_task(number, task, about, wanted))
        except Unusable as error:
            into.bad.append(Bad(number, str(error)))
        else:
            into.given += given
            into.unlabelled += not given


def _of_task(
    number: int, task: Mapping[str, object], about: Mapping[str, object], wanted: Wanted
) -> Iterator[Given]:
    key = text_of(about["id"])
    if not key:
        raise Unusable("the request id is empty, so that it says of no request")
    texts = {name: optional_text(about.get(name)) for name in _ABOUT}
    task_id = optional_text(task.get("id"))
    for kind in ("annotations", "completions", "drafts"):
        for annotation in _objects(task.get(kind), kind):
            found = _of_annotation(annotation, kind, wanted, key, texts)
            if found is not None:
                draft, status, carried = found
                unique = optional_text(annotation.get("unique_id") or annotation.get("id"))
                yield Given(
                    number,
                    draft,
                    status,
                    _author(annotation),
                    moment_of(annotation.get("created_at")),
                    f"{kind} {task_id} {unique}" if unique else "",
                    own=_unchanged(carried, draft, status),
                )


def _of_annotation(
    annotation: Mapping[str, object], kind: str, wanted: Wanted, key: str, about: Mapping[str, str]
) -> tuple[LabelDraft, LabelStatus, Label | None] | None:
    status = LabelStatus.DRAFT if kind == "drafts" else LabelStatus.SUBMITTED
    if annotation.get("was_cancelled") or annotation.get("skipped"):
        status = LabelStatus.DISCARDED
    answers: dict[str, list[object]] = {}
    others: dict[str, str] = {}
    notes: list[str] = []
    carried: Label | None = None
    for result in _objects(annotation.get("result"), "result"):
        name, what = optional_text(result.get("from_name")), optional_text(result.get("type"))
        if what not in _ANSWERS:
            others[name or what] = what or "none"
        elif name != wanted.question and normal(name) in WELL_KNOWN["note"]:
            notes.append(_note(result.get("value")))
        else:
            answers.setdefault(name, []).append(result.get("value"))
        carried = carried or _carried(result)
    if wanted.question is not None:
        answers = {name: values for name, values in answers.items() if name == wanted.question}
    elif others and status is not LabelStatus.DISCARDED:
        raise Unusable(
            f"results that are no label of a request ({', '.join(sorted(set(others.values())))}); "
            "to pass them over, name the question whose answer is the label with --question"
        )
    if len(answers) > 1:
        raise Unusable(f"several questions are answered, {listed(answers)}; name the label's with --question")
    values = next(iter(answers.values()), [])
    value = answer_of(values) if values else None
    if not value and status is LabelStatus.SUBMITTED:
        return None
    draft = LabelDraft(key, value or "", note="\n".join(filter(None, notes)), **about)
    return draft, status, carried


def _unchanged(label: Label | None, draft: LabelDraft, status: LabelStatus) -> Label | None:
    """The row of the record that an annotation was written from, if it still says what that says."""
    same = (
        label is not None
        and label.draft.request_key == draft.request_key
        and same_answer(label.draft.value, draft.value)
        and label.draft.note == draft.note
        and label.status is status
    )
    return label if same else None


def _carried(result: Mapping[str, object]) -> Label | None:
    meta = result.get("meta")
    return carried_label(meta.get(CARRIED)) if isinstance(meta, dict) else None


def _note(value: object) -> str:
    text = value.get("text") if isinstance(value, dict) else value
    return "\n".join(map(optional_text, text)) if isinstance(text, list) else optional_text(text)


def _author(annotation: Mapping[str, object]) -> str | None:
    by = annotation.get("completed_by", annotation.get("user"))
    if isinstance(by, dict):
        name = f"{optional_text(by.get('first_name'))} {optional_text(by.get('last_name'))}".strip()
        said = optional_text(by.get("email")) or optional_text(by.get("username")) or name
        return said or _numbered(by.get("id"))
    return by if isinstance(by, str) and by else _numbered(by)


def _numbered(user: object) -> str | None:
    return f"label-studio:{optional_text(user)}" if isinstance(user, int) else None


def _objects(value: object, name: str) -> list[Mapping[str, object]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Unusable(f"{name} is no list of objects")
    return value
