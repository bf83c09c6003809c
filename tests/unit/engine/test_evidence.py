"""Evidence as a person reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from console.engine.evidence import gather_evidence
from console.engine.headless import Headless
from console.engine.settings import Settings
from tests.unit.engine.logs import START, lines, write


def test_the_row_of_all_requests_is_called_so(tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", lines(60, spike=(40, 60)))
    settings = Settings((str(log),), database=":memory:", casebook=tmp_path / "casebook.sqlite")
    with Headless(settings, clock=lambda: START + timedelta(hours=6)) as parts:
        parts.collector.drain()
        (alert,) = (a for a in parts.judge.history() if a.check == "error_spikes")
        found = gather_evidence(parts.store, alert)
    place = found.table.columns.index("dimension")
    slices = [row[place : place + 2] for row in found.table.rows]
    assert ("all rows", None) in slices
    assert ("region", "EU") in slices
    assert found.offenders.rows
    assert "value" in found.moved.columns


def test_an_alert_of_silence_has_evidence_though_no_row_offends(tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", lines(60, spike=(40, 60)))
    settings = Settings((str(log),), database=":memory:", casebook=tmp_path / "casebook.sqlite")
    with Headless(settings, clock=lambda: START + timedelta(hours=6)) as parts:
        parts.collector.drain()
        (alert,) = (a for a in parts.judge.history() if a.check == "error_spikes")
        silent = replace(alert, check="silence", worst=replace(alert.worst, offenders=None))
        found = gather_evidence(parts.store, silent)
    assert found.table.rows
    assert found.offenders_call is None
    assert (found.offenders.rows, found.common.rows, found.moved.rows) == ((), (), ())
