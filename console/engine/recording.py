"""What the casebook knows of the alerts that were found before."""

from __future__ import annotations

from console.alerts import Known
from console.casebook import Casebook


def known_alerts(casebook: Casebook) -> Known:
    """The alerts on record, as the judge wants them so that each keeps its id.

    Raises:
        CasebookError: they cannot be read.
    """
    return [
        (record.alert_id, (record.check, record.model, record.subject), record.began, record.last_seen)
        for record in casebook.alert_history()
    ]
