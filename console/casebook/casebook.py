"""The casebook: labels as an append-only record, the alerts that were seen, and what was said of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, func, insert, select, update

from console.casebook.alerts import AlertRecord, alert_of, alert_row, learn, record_of
from console.casebook.connect import KEYS_A_STATEMENT
from console.casebook.pinned import PinnedBaselines
from console.casebook.rows import chunks, draft_texts, is_text, label_of, label_row, require_text
from console.casebook.said import SaidOfAlerts
from console.casebook.standing import STANDS, labels_of, newest_standing
from console.casebook.tables import ALERTS, LABELS
from console.model import Alert, Label, LabelDraft, LabelStatus


class Casebook(SaidOfAlerts, PinnedBaselines):
    """What people made, shared by every console that opens the same file.

    Safe from several threads and several processes at once. Rows of labels are only ever appended;
    what counts for a request is its newest submitted row that no undo has taken back. Newest is by
    the order of writing, never by a clock.
    """

    # --- labels ------------------------------------------------------------------------------

    def label(self, drafts: Sequence[LabelDraft], *, source: str = "human") -> tuple[Label, ...]:
        """Keep what was said of some requests, as one act, on the disk when this returns.

        Each label names the value that counted for its request and this author before, and the row
        that it corrects. No drafts: no act.

        Args:
            drafts: in the order in which they are kept; later ones of one request correct earlier ones.
            source: `human`, `rule` or `import`.

        Raises:
            CasebookError: not kept, none of them.
        """
        require_text(f"{self._place}: label refused", {"source": source})
        for draft in drafts:
            require_text(f"{self._place}: label refused", draft_texts(draft))
        if not drafts:
            return ()
        labels: list[Label] = []
        with self._writing("label not kept") as connection:
            counted = self._counting(connection, (draft.request_key for draft in drafts))
            act, now = uuid.uuid4().hex, self._clock()
            for draft in drafts:
                before = counted.get(draft.request_key)
                label = Label(
                    label_id=uuid.uuid4().hex,
                    draft=draft,
                    status=LabelStatus.SUBMITTED,
                    source=source,
                    author=self._author,
                    at=now,
                    previous_value=None if before is None else before.draft.value,
                    overrides=None if before is None else before.label_id,
                    act=act,
                )
                counted[draft.request_key] = label
                labels.append(label)
            connection.execute(insert(LABELS), [label_row(label) for label in labels])
        return tuple(labels)

    def undo(self) -> tuple[Label, ...]:
        """Take back this author's newest act that still stands; what counted before counts again.

        Each call goes one act further back. The rows stay; discarding rows are appended, which
        override them, newest first, in an act of their own.

        Returns:
            The appended rows, each with the draft that it takes back; () when no act is left.

        Raises:
            CasebookError: nothing was taken back.
        """
        with self._writing("nothing undone") as connection:
            act = connection.scalar(
                select(LABELS.c.act)
                .where(LABELS.c.author == self._author, STANDS)
                .order_by(LABELS.c.seq.desc())
                .limit(1)
            )
            if act is None:
                return ()
            rows = connection.execute(
                select(LABELS).where(LABELS.c.act == act, STANDS).order_by(LABELS.c.seq.desc())
            )
            undoing, now = uuid.uuid4().hex, self._clock()
            discards = tuple(
                Label(
                    label_id=uuid.uuid4().hex,
                    draft=label.draft,
                    status=LabelStatus.DISCARDED,
                    source=label.source,
                    author=self._author,
                    at=now,
                    previous_value=label.draft.value,
                    overrides=label.label_id,
                    act=undoing,
                )
                for label in map(label_of, rows)
            )
            connection.execute(insert(LABELS), [label_row(label) for label in discards])
        return discards

    def current(self, keys: Sequence[str]) -> Mapping[str, Label]:
        """What counts now for each of the requests, over all authors; those without are left out.

        Any number of keys; all are answered as of one moment.
        """
        with self._reading("labels not read") as connection:
            return {
                label.draft.request_key: label
                for chunk in chunks(filter(is_text, dict.fromkeys(keys)), KEYS_A_STATEMENT)
                for label in labels_of(connection, newest_standing(LABELS.c.request_key.in_(chunk)))
            }

    def current_all(self) -> tuple[Label, ...]:
        """What counts now, one label a request, oldest first."""
        with self._reading("labels not read") as connection:
            return tuple(labels_of(connection, newest_standing()))

    def history(self, request_key: str | None = None) -> tuple[Label, ...]:
        """Every row of one request, or of all, oldest first, those taken back and taking back too."""
        rows = select(LABELS).order_by(LABELS.c.seq)
        if request_key is not None:
            if not is_text(request_key):
                return ()
            rows = rows.where(LABELS.c.request_key == request_key)
        with self._reading("labels not read") as connection:
            return tuple(labels_of(connection, rows))

    def counts(self) -> Mapping[str, int]:
        """Value -> number of requests for which it counts now, most frequent first."""
        newest = newest_standing().subquery()
        with self._reading("labels not counted") as connection:
            rows = connection.execute(select(newest.c.value, func.count()).group_by(newest.c.value))
            return dict(_most_first({value: count for value, count in rows}))

    def label_values(self, model: str) -> tuple[str, ...]:
        """Values given to requests of a model so far and not taken back, most used first."""
        if not is_text(model):
            return ()
        used = (
            select(LABELS.c.value, func.count())
            .where(LABELS.c.model == model, STANDS)
            .group_by(LABELS.c.value)
        )
        with self._reading("labels not counted") as connection:
            counts = {value: count for value, count in connection.execute(used)}
        return tuple(value for value, _ in _most_first(counts))

    # --- alerts ------------------------------------------------------------------------------

    def record_alerts(self, alerts: Sequence[Alert]) -> None:
        """Each alert is remembered as far as it is known now; nothing is written if nothing is new.

        Raises:
            CasebookError: nothing was kept.
        """
        now = self._clock()
        seen = {alert.alert_id: record_of(alert, now) for alert in alerts}
        for record in seen.values():
            texts = (record.alert_id, record.check, record.model, record.subject, record.summary)
            names = ("alert_id", "check", "model", "subject", "summary")
            require_text(f"{self._place}: alert not recorded", dict(zip(names, texts, strict=True)))
        # Called at every refresh, and almost always there is nothing new: look before taking the lock.
        with self._reading("alerts not read") as connection:
            if not any(_news(connection, seen)):
                return
        with self._writing("alerts not recorded") as connection:
            fresh, changed = _news(connection, seen)
            if fresh:
                connection.execute(insert(ALERTS), [alert_row(record) for record in fresh])
            for record in changed:
                place = ALERTS.c.alert_id == record.alert_id
                connection.execute(update(ALERTS).where(place).values(alert_row(record)))

    def alert_history(self) -> tuple[AlertRecord, ...]:
        """Every alert that was ever recorded, the earliest detected first."""
        with self._reading("alerts not read") as connection:
            records = [alert_of(row) for row in connection.execute(select(ALERTS))]
        return tuple(sorted(records, key=lambda record: (record.detected, record.alert_id)))

    # --- inside ------------------------------------------------------------------------------

    def _counting(self, connection: Connection, keys: Iterable[str]) -> dict[str, Label]:
        """What counts for this author, by request."""
        return {
            label.draft.request_key: label
            for chunk in chunks(dict.fromkeys(keys), KEYS_A_STATEMENT)
            for label in labels_of(
                connection, newest_standing(LABELS.c.author == self._author, LABELS.c.request_key.in_(chunk))
            )
        }


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    # Sorted here, since databases disagree on the order of text.
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _news(
    connection: Connection, seen: Mapping[str, AlertRecord]
) -> tuple[list[AlertRecord], list[AlertRecord]]:
    """Records that are not kept yet, and records that say more than what is kept."""
    known = {
        row.alert_id: alert_of(row)
        for chunk in chunks(seen, KEYS_A_STATEMENT)
        for row in connection.execute(select(ALERTS).where(ALERTS.c.alert_id.in_(chunk)))
    }
    fresh = [record for alert_id, record in seen.items() if alert_id not in known]
    learnt = [(known[alert_id], record) for alert_id, record in seen.items() if alert_id in known]
    return fresh, [after for before, record in learnt if (after := learn(before, record)) != before]
