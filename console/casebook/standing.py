"""Which rows of labels stand, and which of them count."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from console.casebook.rows import label_of
from console.casebook.tables import LABELS
from console.model import Label, LabelStatus

_TAKEN_BACK = LABELS.alias("taken_back")

STANDS: ColumnElement[bool] = (LABELS.c.status == LabelStatus.SUBMITTED.value) & ~exists().where(
    _TAKEN_BACK.c.overrides == LABELS.c.label_id,
    _TAKEN_BACK.c.status == LabelStatus.DISCARDED.value,
)
"""A row that was submitted and that no undo has taken back."""


def newest_standing(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """The newest row that stands of each request, among the rows that fulfil the conditions."""
    newest = (
        select(func.max(LABELS.c.seq).label("seq"))
        .where(STANDS, *conditions)
        .group_by(LABELS.c.request_key)
        .subquery()
    )
    return select(LABELS).join(newest, LABELS.c.seq == newest.c.seq).order_by(LABELS.c.seq)


def labels_of(connection: Connection, rows: Select[tuple[object, ...]]) -> Iterator[Label]:
    """The labels that a selection of the `labels` table gives."""
    return map(label_of, connection.execute(rows))
