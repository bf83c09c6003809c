"""A home for what the engine keeps, so that nobody's own is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.checks import CHECKS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State, data and temporary folders of this test alone."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("INCIDENT_CONSOLE_CASEBOOK", str(folder / "casebook.sqlite"))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture(autouse=True)
def errors_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but errors is judged, which takes a fifth of the time, unless a test asks for `all_checks`."""
    monkeypatch.setattr("console.engine.judge.CHECKS", CHECKS[:1])


@pytest.fixture
def all_checks(errors_alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is judged that there is."""
    monkeypatch.setattr("console.engine.judge.CHECKS", CHECKS)
