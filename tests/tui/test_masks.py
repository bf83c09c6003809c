"""What masks hide is on no screen of a console that reads a log full of it, and in no file that it writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console.config.loading import parse_configuration
from console.engine import Engine, Settings
from console.model import Phase
from console.tui.app import IncidentConsole
from console.tui.screen import ConsoleScreen
from tests.personal import MARK, RULES, personal_log, planted_in
from tests.tui.driving import settle, text_of
from tests.unit.engine.logs import clock

SIZE = (200, 60)
"""Room for all that a screen has."""
WAYS: tuple[tuple[str, ...], ...] = (
    ("enter",),  # the alert
    ("enter",),  # one of its requests
    ("w",),  # its line, as it is in the log
    ("y", "escape"),
    ("y",),  # what may be copied of a request
    ("escape",),
    ("escape", "escape"),
    ("F",),
    ("l", "1"),
    ("escape",),
    ("r",),
    ("escape",),
    ("s",),
    ("escape",),
    ("Q",),
    ("enter", "enter"),
    ("escape", "escape"),
    ("semicolon", *"from predictions", "f5"),
    ("escape", "escape"),
    ("L",),
)


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Pilot[None]]:
    """The console itself on a log, once all of it is read and judged."""
    engine = Engine(settings, clock=clock)
    app = IncidentConsole(engine, title="fraud-prod", utc=clock)
    try:
        async with app.run_test(size=SIZE) as pilot:
            async with asyncio.timeout(60):
                while not is_judged(pilot):
                    await pilot.pause(0.05)
            await settle(pilot)
            yield pilot
    finally:
        await asyncio.to_thread(engine.close)


def is_judged(pilot: Pilot[None]) -> bool:
    """Whether the overview shows all of the log and its alert."""
    screen = pilot.app.screen
    shown = screen.snapshot if isinstance(screen, ConsoleScreen) else None
    return shown is not None and shown.phase is Phase.LIVE and bool(shown.judged_at and shown.alerts)


async def test_no_screen_and_no_file_shows_what_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    logs = tmp_path / "logs"
    logs.mkdir()
    settings = Settings(
        (str(personal_log(logs, minutes=60)),),
        str(tmp_path / "home" / "c.duckdb"),
        tmp_path / "home" / "casebook.sqlite",
        configuration=parse_configuration(RULES, "c.toml"),
    )
    seen: dict[str, str] = {}
    async with reading(settings) as pilot:
        seen["OverviewScreen"] = text_of(pilot)
        assert " masked " in seen["OverviewScreen"].splitlines()[0]
        for keys in WAYS:
            await pilot.press(*keys)
            await settle(pilot)
            screen = type(pilot.app.screen).__name__
            seen[screen] = seen.get(screen, "") + text_of(pilot)
            assert not planted_in(seen[screen] + pilot.app.clipboard), (screen, keys)
    assert {
        "AlertScreen",
        "RequestScreen",
        "RawView",
        "RequestsScreen",
        "RejectsScreen",
        "SourcesScreen",
    } <= set(seen)
    assert {"SqlScreen", "QueryScreen", "LabelsScreen"} <= set(seen)
    assert "masked, and so written anew" in seen["RawView"]
    assert "h:" in seen["RequestScreen"] and "[email]" not in seen["RequestScreen"]
    assert "withheld" in seen["RejectsScreen"]
    assert "h:" in seen["LabelsScreen"]
    assert "masked by 5 rules" in seen["SourcesScreen"]
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if planted_in(path.read_bytes())] == []
    assert MARK in (logs / "app.jsonl").read_text(errors="replace")
