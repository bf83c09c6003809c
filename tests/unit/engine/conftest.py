"""A home for what the engine keeps, so that nobody's own is touched."""

from __future__ import annotations

from pathlib import Path

import pytest


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
