"""The part of the casebook that keeps what people say of alerts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, insert, select

from console.casebook.acts import ActKind, AlertAct, act_of, act_row, handling_of
from console.casebook.connect import KEYS_A_STATEMENT
from console.casebook.kept import Kept
from console.casebook.rows import chunks, is_text, require_text
from console.casebook.tables import ALERT_ACTS
from console.errors import CasebookError
from console.model import Handling


class SaidOfAlerts(Kept):
    """Acts about alerts: appended, never changed; newest is by the order of writing, never by a clock."""

    def acknowledge(self, alert_id: str, reason: str) -> AlertAct:
        """Somebody looks after the alert, on the disk when this returns.

        Raises:
            CasebookError: not kept.
        """
        return self._say(alert_id, ActKind.ACKNOWLEDGED, reason)

    def snooze(self, alert_id: str, until: datetime, reason: str) -> AlertAct:
        """The alert is not urgent until then, by the clock; an earlier snooze counts no more.

        Raises:
            CasebookError: not kept; `until` is over, say.
        """
        if until <= self._clock():
            raise CasebookError(f"{self._place}: not snoozed: {until.isoformat()} is over")
        return self._say(alert_id, ActKind.SNOOZED, reason, until)

    def unsnooze(self, alert_id: str) -> AlertAct:
        """The alert is as urgent as it is; an acknowledgement stays.

        Raises:
            CasebookError: not kept.
        """
        return self._say(alert_id, ActKind.UNSNOOZED, "")

    def note(self, alert_id: str, text: str) -> AlertAct:
        """The text is kept with the alert, and changes nothing about it.

        Raises:
            CasebookError: not kept.
        """
        return self._say(alert_id, ActKind.NOTED, text)

    def handling(self, alert_ids: Sequence[str]) -> Mapping[str, Handling]:
        """What is said of each alert now, over all authors; those of which nothing is are left out.

        Any number of alerts. A snooze that is over counts no more.
        """
        acts: list[AlertAct] = []
        with self._reading("alerts not read") as connection:
            for chunk in chunks(filter(is_text, dict.fromkeys(alert_ids)), KEYS_A_STATEMENT):
                rows = select(ALERT_ACTS).where(ALERT_ACTS.c.alert_id.in_(chunk)).order_by(ALERT_ACTS.c.seq)
                acts += map(act_of, connection.execute(rows))
        return handling_of(acts, self._clock())

    def acts(self, alert_id: str | None = None) -> tuple[AlertAct, ...]:
        """All that was said of one alert, or of all, oldest first."""
        rows = select(ALERT_ACTS).order_by(ALERT_ACTS.c.seq)
        if alert_id is not None:
            if not is_text(alert_id):
                return ()
            rows = rows.where(ALERT_ACTS.c.alert_id == alert_id)
        with self._reading("alerts not read") as connection:
            return tuple(map(act_of, connection.execute(rows)))

    def last_act(self) -> int:
        """A number that is larger once anybody, here or elsewhere, has said something of an alert.

        It is the cheapest question that there is, to be asked once a second.
        """
        with self._reading("alerts not read") as connection:
            return connection.scalar(select(func.max(ALERT_ACTS.c.seq))) or 0

    def _say(self, alert_id: str, kind: ActKind, reason: str, until: datetime | None = None) -> AlertAct:
        place = f"{self._place}: not kept"
        require_text(place, {"alert_id": alert_id, "reason": reason})
        with self._writing("what was said of an alert not kept") as connection:
            act = AlertAct(
                act_id=uuid.uuid4().hex,
                alert_id=alert_id,
                kind=kind,
                until=until,
                reason=reason,
                author=self._author,
                at=self._clock(),
            )
            connection.execute(insert(ALERT_ACTS), [act_row(act)])
        return act
