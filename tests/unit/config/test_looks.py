"""What the configuration may say of the screens: `[console]`, `[theme.NAME]` and `[keys]`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from console.config import load_configuration
from console.config.loading import parse_configuration
from console.errors import UsageError
from console.model import KeyChoice, Preferences

WHOLE = """\
[console]
theme = "dusk"
mouse = false
frames_per_second = 30
time_zone = "Asia/Tokyo"
range = "90m"
row_limit = 50
author = "ana"
db = ":memory:"
casebook = "team.sqlite"

[theme.dusk]
base = "day"
accent = "#FF8800"

[keys]
"rows.label" = "L"
"app.filter" = "/, ctrl+f"
rows.undo = ["u", "ctrl+z"]
"""


def test_everything_that_may_be_said_of_the_screens_is_read() -> None:
    found = parse_configuration(WHOLE, "/etc/icon/c.toml")
    asked = found.preferences
    assert (asked.theme, asked.theme_place) == ("dusk", "/etc/icon/c.toml:2")
    assert (asked.mouse, asked.frames_per_second, asked.time_zone) == (False, 30, "Asia/Tokyo")
    assert (asked.span, asked.row_limit) == (timedelta(minutes=90), 50)
    (dusk,) = asked.themes
    assert (dusk.name, dusk.base, dusk.colours) == ("dusk", "day", {"accent": "#ff8800"})
    assert asked.keys == (
        KeyChoice("rows.label", ("L",), "/etc/icon/c.toml:17"),
        KeyChoice("app.filter", ("/", "ctrl+f"), "/etc/icon/c.toml:18"),
        KeyChoice("rows.undo", ("u", "ctrl+z"), "/etc/icon/c.toml:19"),
    )
    assert (found.author, found.database) == ("ana", ":memory:")
    assert found.casebook == Path("/etc/icon/team.sqlite")


def test_without_a_word_of_them_what_holds_is_the_default() -> None:
    assert parse_configuration('zone = "UTC"', "c.toml").preferences == Preferences()


def test_a_range_may_be_all_that_is_stored() -> None:
    assert parse_configuration('[console]\nrange = "all"', "c.toml").preferences.span is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[console]\ntheme = 3", "c.toml:2: theme takes a text"),
        ('[console]\nmouse = "no"', "c.toml:2: mouse takes true or false"),
        ("[console]\nframes_per_second = 0", "c.toml:2: frames_per_second takes a whole number from 1 to 60"),
        ("[console]\nframes_per_second = true", "c.toml:2: frames_per_second takes a whole number"),
        ('[console]\ntime_zone = "Mars"', "c.toml:2: time_zone is no time zone"),
        ('[console]\nrange = "soon"', "c.toml:2: range is wrong: 'soon' is not a span of time"),
        ('[console]\nrange = "0s"', 'c.toml:2: range is at least "1m"'),
        ("[console]\nrow_limit = 1_000_000", "c.toml:2: row_limit takes a whole number from 1 to 100 000"),
        ('[console]\nauthor = " "', "c.toml:2: author takes a text that is not empty"),
        ('[console]\nqueries = "no-such-folder"', "c.toml:2: queries: no-such-folder is not a folder"),
        ('[console]\ncasebook = "~nobody-of-this-name/x"', "c.toml:2: casebook: ~nobody-of-this-name/x: "),
        ('[console]\ncolour = "red"', "c.toml:2: unknown key 'colour' in [console]"),
        ('[theme.dusk]\naccent = "red"', "c.toml:2: accent takes a colour like"),
        ('[theme.dusk]\n\naccents = "#000000"', "c.toml:3: unknown key 'accents' in [theme.dusk]"),
        ('[theme.dusk]\nbase = "noon"', "c.toml:2: base is night or day"),
        ('[theme]\ndusk = "#000000"', "c.toml:2: dusk is a table: write [theme.dusk]"),
        ("[theme.night]", "c.toml:1: 'night' is a theme of the console"),
        ('[theme."[/x]"]', "c.toml:1: a theme's name has small letters"),
        ('[keys]\n"rows.label" = 1', "c.toml:2: rows.label takes keys"),
        ('[keys]\n\n"rows.label" = []', "c.toml:3: rows.label takes keys"),
        ('[keys]\n"rows.label" = "l,"', "c.toml:2: rows.label: a key is missing; that of the comma"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_configuration(text, "c.toml")
    assert str(raised.value).startswith(told)


def test_paths_begin_where_the_file_lies(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    file = tmp_path / "c.toml"
    file.write_text('[console]\nqueries = ["sql"]\ndb = "cache.duckdb"\ncasebook = "/srv/book.sqlite"\n')
    found = load_configuration(file, {})
    assert found.queries == (tmp_path / "sql",)
    assert found.database == str(tmp_path / "cache.duckdb")
    assert found.casebook == Path("/srv/book.sqlite")


def test_the_folder_of_own_queries_counts_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    assert load_configuration(None, {}).queries == ()
    own = tmp_path / "config" / "incident-console" / "queries"
    own.mkdir(parents=True)
    assert load_configuration(None, {}).queries == (own,)
    (tmp_path / "more").mkdir()
    (tmp_path / "incident-console.toml").write_text('[console]\nqueries = "more"')
    assert load_configuration(None, {}).queries == (own, Path("more"))


def test_where_each_key_stands_is_kept() -> None:
    places = parse_configuration(WHOLE + '[[source]]\nmatch = "a"\n[[source]]\nmatch = "b"', "c.toml").places
    assert places["console.range"] == "c.toml:6"
    assert places["source.2.match"] == "c.toml:23"
