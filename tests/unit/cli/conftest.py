"""The command line as `main` runs it, in a home of its own, on a log with one incident."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.cli.main import _run
from tests.unit.engine.conftest import all_checks, errors_alone
from tests.unit.engine.logs import lines, write

__all__ = ["all_checks", "errors_alone"]


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    code: int
    raw: bytes
    """What it wrote to stdout."""
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()


Icon = Callable[..., Ended]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where everything goes that is not told otherwise; nobody's own files are touched."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.delenv("INCIDENT_CONSOLE_CONFIG", raising=False)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("INCIDENT_CONSOLE_CASEBOOK", str(folder / "casebook.sqlite"))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    # It is about the whole process, which here is that of the tests.
    monkeypatch.setattr("console.engine.manners.be_modest", lambda limits, **_: None)
    return folder


@pytest.fixture
def icon(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], home: Path) -> Icon:
    """Runs a command as `main` does, but for the end of the process."""

    def run(*args: object) -> Ended:
        capfdbinary.readouterr()
        monkeypatch.setattr(sys, "argv", ["icon", *map(str, args)])
        code = _run()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return Ended(code, out, err.decode())

    return run


@pytest.fixture
def calm(tmp_path: Path) -> Path:
    """Half an hour in which nothing happens."""
    return write(tmp_path / "calm.jsonl", lines(30))


@pytest.fixture
def spiked(tmp_path: Path) -> Path:
    """An hour in whose last 20 minutes v3 in EU fails."""
    return write(tmp_path / "app.jsonl", lines(60, spike=(40, 60)))
