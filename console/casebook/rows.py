"""Between the nouns that the console speaks of and the rows that the casebook keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import Row

from console.casebook.moments import moment_of, moment_text
from console.errors import CasebookError
from console.model import Label, LabelDraft, LabelStatus

T = TypeVar("T")


def label_row(label: Label) -> dict[str, str | None]:
    """A label as the columns of the `labels` table, without its number."""
    return {
        "label_id": label.label_id,
        **draft_texts(label.draft),
        "status": label.status.value,
        "source": label.source,
        "author": label.author,
        "at": moment_text(label.at),
        "previous_value": label.previous_value,
        "overrides": label.overrides,
        "act": label.act,
    }


def draft_texts(draft: LabelDraft) -> dict[str, str]:
    """A draft's fields by name, all of them text."""
    return {
        "request_key": draft.request_key,
        "value": draft.value,
        "note": draft.note,
        "model": draft.model,
        "model_version": draft.model_version,
        "prediction": draft.prediction,
        "input_hash": draft.input_hash,
        "origin": draft.origin,
        "alert_id": draft.alert_id,
        "query": draft.query,
    }


def label_of(row: Row[tuple[object, ...]]) -> Label:
    """The label that a row of the `labels` table holds.

    Raises:
        CasebookError: the row was changed by something else than a console.
    """
    # By place, in the order of the table's columns: by name it takes three times as long.
    values = cast("tuple[Any, ...]", row)
    _, label_id, *said, status, source, author, at, previous_value, overrides, act = values
    try:
        return Label(
            label_id,
            LabelDraft(*said),
            LabelStatus(status),
            source,
            author,
            moment_of(at),
            previous_value,
            overrides,
            act,
        )
    except (ValueError, TypeError) as error:
        raise CasebookError(f"casebook, labels row {row.seq}: not written by a console: {error}") from error


def require_label(place: str, label: Label) -> None:
    """The label can be kept as it is.

    Raises:
        CasebookError: `place: field ...`, for the first that is wrong.
    """
    named = {"label_id": label.label_id, "act": label.act}
    others = {"source": label.source, "author": label.author}
    pointing = {"previous_value": label.previous_value, "overrides": label.overrides}
    require_text(place, {**named, **others, **draft_texts(label.draft)})
    require_text(place, {name: text for name, text in pointing.items() if text is not None})
    for name, text in named.items():
        if not text:
            raise CasebookError(f"{place}: {name} must not be empty; nothing was kept")
    if label.at.tzinfo is None:
        raise CasebookError(f"{place}: at must have a zone; nothing was kept")


def require_text(place: str, texts: Mapping[str, object]) -> None:
    """Nothing that no database could keep is among the texts.

    Anything that is Unicode passes, NUL and megabytes too; half of a surrogate pair does not.

    Raises:
        CasebookError: `place: field ...`, for the first that is wrong.
    """
    for name, text in texts.items():
        if not isinstance(text, str):
            raise CasebookError(f"{place}: {name} must be text, not {type(text).__name__}; nothing was kept")
        if not is_text(text):
            raise CasebookError(
                f"{place}: {name} holds half of a surrogate pair, which is not a character; nothing was kept"
            )


def is_text(text: str) -> bool:
    """Whether it can be written as UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
