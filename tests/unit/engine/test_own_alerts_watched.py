"""Queries of a person's own that raise alerts, in a console that watches."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.engine import Settings
from console.model import AlertState
from tests.unit.engine.logs import lines, write
from tests.unit.engine.test_own_alerts import BY_REGION, HEADER
from tests.unit.engine.watching import Watched, be_brisk


def test_they_are_shown_acknowledged_and_what_is_wrong_with_one_is_a_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_brisk(monkeypatch)
    own = tmp_path / "queries"
    own.mkdir()
    (own / "mine.sql").write_text(HEADER + BY_REGION)
    broken = BY_REGION.replace("count(*) as value", "cast(model as integer) as value").replace(
        "1, 2", "1, 2, 3"
    )
    (own / "broken.sql").write_text(HEADER + broken)
    log = write(tmp_path / "a.jsonl", lines(60, spike=(50, 60)))
    casebook = tmp_path / "casebook.sqlite"
    with Watched(Settings((str(log),), database=":memory:", casebook=casebook, queries=(own,))) as watched:
        shown = watched.until(lambda s: any(alert.check == "mine" for alert in s.alerts))
        (alert,) = [alert for alert in shown.alerts if alert.check == "mine"]
        assert alert.state is AlertState.OPEN and alert.subject == "region=EU"
        assert [notice for notice in shown.notices if notice.startswith("broken: raises no alerts:")]
        watched.engine.acknowledge(alert.alert_id, "looking")
        watched.until(lambda s: any(a.check == "mine" and a.handling is not None for a in s.alerts))
