"""The casebook, whole: labels, the alerts that were seen, what was said of them, and pinned baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert, select, update

from console.casebook.alerts import AlertRecord, alert_of, alert_row, learn, record_of
from console.casebook.connect import KEYS_A_STATEMENT
from console.casebook.exports import ExportsMade
from console.casebook.labels import LabelRecord
from console.casebook.pinned import PinnedBaselines
from console.casebook.rows import chunks, require_text
from console.casebook.said import SaidOfAlerts
from console.casebook.tables import ALERTS
from console.model import Alert


class Casebook(LabelRecord, SaidOfAlerts, ExportsMade, PinnedBaselines):
    """What people made, shared by every console that opens the same file.

    Safe from several threads and several processes at once.
    """

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
