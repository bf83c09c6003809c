"""`icon --resume`: what is opened again, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from console.engine import Engine, Settings
from console.tui.kept import Given, Kept, PlaceKeeper, Whereabouts, place_file
from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import clock


@dataclass
class Opened:
    """What the console would have been run with."""

    settings: Settings | None = None
    keeper: PlaceKeeper | None = None
    kept: Kept | None = None
    greeting: str = ""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    found = Opened()

    def run(
        desk: Engine, *, keeper: PlaceKeeper | None, kept: Kept | None, greeting: str, **_: object
    ) -> int:
        found.settings, found.keeper, found.kept, found.greeting = desk._settings, keeper, kept, greeting
        return 0

    monkeypatch.setattr("console.tui.run_console", run)
    monkeypatch.setattr("console.cli.open.need_terminal", lambda sources: None)
    return found


def keep(given: Given) -> None:
    PlaceKeeper(place_file(given.sources), given, clock=clock).keep(Whereabouts())


def test_all_that_was_given_is_given_again(icon: Icon, opened: Opened, home: Path) -> None:
    config = home / "mine.toml"
    config.write_text('[limits]\nkeep = "7d"\n')
    keep(Given(("/var/log/a", "-"), "/var/x.duckdb", "/var/x.sqlite", "ann@one", ("/q",), str(config)))
    assert icon("--resume").code == 0
    settings = opened.settings
    assert settings is not None and opened.kept is not None and opened.greeting == ""
    assert (settings.sources, settings.database) == (("/var/log/a", "-"), "/var/x.duckdb")
    assert (settings.casebook, settings.author) == (Path("/var/x.sqlite"), "ann@one")
    assert settings.queries == (Path("/q"),)
    assert settings.limits.keep is not None and settings.limits.keep.days == 7


def test_what_is_said_now_wins(icon: Icon, opened: Opened) -> None:
    keep(Given(("/var/log/a",), "/var/x.duckdb", author="ann@one"))
    icon("--resume", "/var/log/a", "--db", "/var/y.duckdb", "--author", "bob")
    assert opened.settings is not None and opened.kept is not None
    assert (opened.settings.database, opened.settings.author) == ("/var/y.duckdb", "bob")


def test_sources_without_a_place_begin_at_the_beginning_and_say_so(icon: Icon, opened: Opened) -> None:
    keep(Given(("/var/log/a",)))
    assert icon("--resume", "/var/log/b").code == 0
    assert opened.settings is not None and opened.settings.sources == ("/var/log/b",)
    assert (opened.kept, opened.greeting) == (None, "No place is kept for these sources yet")


def test_without_sources_and_without_a_place_it_says_what_to_do(icon: Icon, opened: Opened) -> None:
    ended = icon("--resume")
    assert ended.code == 2 and "name the sources once" in ended.err


def test_the_place_is_kept_for_the_next_time_but_not_where_nothing_is_left_behind(
    icon: Icon, opened: Opened, home: Path
) -> None:
    icon("logs", "--db", "x.duckdb", "--queries", ".")
    assert opened.kept is None and opened.keeper is not None
    opened.keeper.keep(Whereabouts())
    icon("--resume")
    assert opened.kept is not None
    given = opened.kept.given
    assert given.sources == (str(home / "logs"),), "from any folder"
    assert (given.database, given.queries) == (str(home / "x.duckdb"), (str(home),))
    icon("logs", "--db", ":memory:")
    assert opened.keeper is None


def test_a_configuration_that_is_gone_is_said(icon: Icon, opened: Opened) -> None:
    keep(Given(("/var/log/a",), config="/gone/mine.toml"))
    ended = icon("--resume")
    assert ended.code == 2 and "/gone/mine.toml" in ended.err
