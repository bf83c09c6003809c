"""What people say now, of a record in which nothing is ever changed."""

from __future__ import annotations

from collections.abc import Iterable

from console.model import Label, LabelStatus


def said_now(history: Iterable[Label]) -> tuple[Label, ...]:
    """Of each request and author the row that says what they say now, oldest first.

    That is their newest submitted row that no undo has taken back; where there is none, their newest draft,
    or that the request is not to be labelled.

    Args:
        history: every row, oldest first.
    """
    rows = list(history)
    undone = {row.overrides for row in rows if row.status is LabelStatus.DISCARDED}
    now: dict[tuple[str, str], tuple[int, Label]] = {}
    for number, row in enumerate(rows):
        takes_back = row.status is LabelStatus.DISCARDED and row.overrides is not None
        if takes_back or row.label_id in undone:
            continue
        place = (row.draft.request_key, row.author)
        before = now.get(place)
        counts = row.status is LabelStatus.SUBMITTED
        if counts or before is None or before[1].status is not LabelStatus.SUBMITTED:
            now[place] = (number, row)
    return tuple(row for _, row in sorted(now.values(), key=lambda item: item[0]))
