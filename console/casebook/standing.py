"""Which rows of labels stand, and which of them count."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select

from console.casebook.rows import label_of
from console.casebook.tables import LABELS
from console.model import Label, LabelStatus

_UNDO = LABELS.alias("undo")
_ANSWER = LABELS.alias("answer")

_IS_UNDONE = exists().where(
    _UNDO.c.overrides == LABELS.c.label_id, _UNDO.c.status == LabelStatus.DISCARDED.value
)

NOT_TAKEN_BACK: ColumnElement[bool] = (LABELS.c.status != LabelStatus.DISCARDED.value) & ~_IS_UNDONE
"""A row, draft or submitted, that no undo has taken back."""

COUNTS: ColumnElement[bool] = (LABELS.c.status == LabelStatus.SUBMITTED.value) & ~_IS_UNDONE
"""A row that was submitted and that no undo has taken back."""

_IS_ANSWERED = exists().where(
    _ANSWER.c.request_key == LABELS.c.request_key,
    _ANSWER.c.seq > LABELS.c.seq,
    _ANSWER.c.status == LabelStatus.SUBMITTED.value,
    _ANSWER.c.source == "human",
    ~exists().where(_UNDO.c.overrides == _ANSWER.c.label_id, _UNDO.c.status == LabelStatus.DISCARDED.value),
)


def _newest(*conditions: ColumnElement[bool], by_author: bool) -> Select[tuple[object, ...]]:
    each = (LABELS.c.request_key, LABELS.c.author) if by_author else (LABELS.c.request_key,)
    newest = select(func.max(LABELS.c.seq).label("seq")).where(and_(*conditions)).group_by(*each).subquery()
    return select(LABELS).join(newest, LABELS.c.seq == newest.c.seq).order_by(LABELS.c.seq)


def newest_counting(*conditions: ColumnElement[bool], by_author: bool = False) -> Select[tuple[object, ...]]:
    """The newest row that counts of each request, or of each request and author, of those that meet the
    conditions.
    """
    return _newest(COUNTS, *conditions, by_author=by_author)


FLAGGED = _newest(
    LABELS.c.status == LabelStatus.DRAFT.value,
    LABELS.c.value == "",
    ~_IS_UNDONE,
    ~_IS_ANSWERED,
    by_author=True,
)
"""The newest flag of each request and author that no person's label has answered."""


def labels_of(connection: Connection, rows: Select[tuple[object, ...]]) -> Iterator[Label]:
    """The labels that a selection of the `labels` table gives."""
    return map(label_of, connection.execute(rows))
