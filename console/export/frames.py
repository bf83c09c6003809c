"""Labels as typed columns, to lie beside the rows that they judge."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from console.errors import ExportError
from console.model import Label, LabelStatus
from console.model.agreement import consensus_of

LABEL_COLUMNS = pl.Schema(
    {
        "request_key": pl.String(),
        "label": pl.String(),
        "label_status": pl.String(),
        "label_source": pl.String(),
        "labeler": pl.String(),
        "labelled_at": pl.Datetime("us", "UTC"),
        "previous_label": pl.String(),
        "note": pl.String(),
        "n_annotators": pl.Int64(),
        "agreement": pl.Float64(),
        "consensus": pl.String(),
        "alert_id": pl.String(),
    }
)
"""Of `labels_frame`: no column is null but `previous_label`, `note`, `consensus` and `alert_id`."""


def labels_frame(labels: Iterable[Label]) -> pl.DataFrame:
    """One row a request, with the label that counts: the newest that no undo has taken back.

    Args:
        labels: oldest first, as the casebook's history gives them, or only those that stand.

    Returns:
        The columns `LABEL_COLUMNS`. `n_annotators` is the number of authors who have a label of
        the request that stands, `agreement` the share of them (0..1) who say what most say, which is
        `consensus`: null where the most frequent values are tied. `note` and `alert_id` are null where
        they were empty.

    Raises:
        ExportError: a field holds half of a surrogate pair.
    """
    rows = list(labels)
    taken_back = {row.overrides for row in rows if row.status is LabelStatus.DISCARDED}
    counting: dict[str, Label] = {}
    standing = [row for row in rows if row.status is LabelStatus.SUBMITTED and row.label_id not in taken_back]
    for row in standing:
        counting[row.draft.request_key] = row
    said = consensus_of(standing)
    newest = list(counting.values())
    columns: dict[str, list[object]] = {
        "request_key": list(counting),
        "label": [row.draft.value for row in newest],
        "label_status": [row.status.value for row in newest],
        "label_source": [row.source for row in newest],
        "labeler": [row.author for row in newest],
        "labelled_at": [row.at for row in newest],
        "previous_label": [row.previous_value for row in newest],
        "note": [row.draft.note or None for row in newest],
        "n_annotators": [said[key].n_annotators for key in counting],
        "agreement": [said[key].agreement for key in counting],
        "consensus": [said[key].value for key in counting],
        "alert_id": [row.draft.alert_id or None for row in newest],
    }
    return typed_frame(columns, LABEL_COLUMNS)


def typed_frame(columns: dict[str, list[object]], schema: pl.Schema) -> pl.DataFrame:
    """The columns with exactly these types.

    Raises:
        ExportError: a text holds half of a surrogate pair, which no Parquet file can.
    """
    try:
        return pl.DataFrame(columns, schema=schema)
    except UnicodeEncodeError as error:
        raise ExportError(f"labels: a text is not Unicode: {error.reason}") from error
