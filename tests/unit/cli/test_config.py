"""`icon config`, `icon completion`, `icon man`, and the examples that every help ends with."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import cast

import click
import pytest

from console.checks import LIMITS
from console.cli import icon as group
from console.cli.completing import CHECK_NAMES, VARIABLE
from console.cli.config import size_as_written, span_as_written
from console.cli.examples import EXAMPLES
from console.cli.man import manual
from console.model import parse_size, parse_span
from tests.unit.cli.conftest import Icon

DOCS = Path(__file__).parents[3] / "docs"
ROFF = {*(".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".br"), *(".nf", ".fi", ".RS", ".RE", ".nh", ".ad")}
"""Requests that the manual page may hold; what else begins like one is text that was taken for it."""
KEYS = """\
[limits]
memory = "2GiB"

[console]
theme = "dusk"
range = "90m"

[theme.dusk]
accent = "#ff8800"

[keys]
"rows.label" = "M"
"""


def commands(of: click.Group = group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for word, command in cast(Mapping[str, click.Command], of.commands).items():
        yield f"{before} {word}".strip(), command
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {word}".strip())


# --- what is in force -------------------------------------------------------------------------------------


def test_each_setting_is_told_with_where_it_was_said(icon: Icon, home: Path) -> None:
    (home / "incident-console.toml").write_text(KEYS)
    ended = icon("config", "--threads", 4, "--db", ":memory:", "--format", "json")
    assert ended.code == 0
    found = {entry["key"]: (entry["value"], entry["from"]) for entry in json.loads(ended.out)}
    assert found["zone"] == ("UTC", "default")
    assert found["limits.memory"] == ("2GiB", "incident-console.toml:2")
    assert found["limits.threads"] == (4, "option --threads")
    assert found["console.db"] == (":memory:", "option --db")
    assert found["console.theme"] == ("dusk", "incident-console.toml:5")
    assert found["console.range"] == ("90m", "incident-console.toml:6")
    casebook = (str(home / "casebook.sqlite"), "environment INCIDENT_CONSOLE_CASEBOOK")
    assert found["console.casebook"] == casebook
    assert found["theme.dusk"] == ("night, with accent #ff8800", "incident-console.toml:8")
    assert found["keys.rows.label"] == ("M", "incident-console.toml:12")


def test_without_a_configuration_all_is_by_default_and_that_is_said(icon: Icon) -> None:
    ended = icon("config")
    assert ended.code == 0
    assert "configuration: none" in ended.err
    assert ended.out.splitlines()[0].split() == ["setting", "is", "from"]
    assert "console.row_limit" in ended.out and "incident-console.toml" not in ended.out


def test_the_folder_of_own_queries_is_told(icon: Icon, home: Path) -> None:
    folder = home / "config" / "incident-console" / "queries"
    folder.mkdir(parents=True)
    entries = json.loads(icon("config", "--format", "json").out)
    assert {"key": "console.queries", "value": str(folder), "from": "default"} in entries


@pytest.mark.parametrize("written", ["36h", "7d", "90s", "15m"])
def test_a_span_is_written_as_it_is_read(written: str) -> None:
    assert span_as_written(parse_span(written)) == written


@pytest.mark.parametrize("written", ["1GiB", "1536MiB", "4097B", "2TiB"])
def test_a_size_is_written_as_it_is_read(written: str) -> None:
    assert size_as_written(parse_size(written)) == written


# --- whether it is right ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[limits]\nmemroy = 1", ":2: unknown key 'memroy' in [limits]; did you mean memory?"),
        ("zone = \n", ":1: not TOML: "),
        ('[console]\ntheme = "nite"', ":2: no theme is called 'nite'; did you mean night?"),
        ('[keys]\n\n"rows.lable" = "l"', ":3: nothing that keys do is called 'rows.lable'; did you mean"),
        ('[keys]\n"rows.label" = "u"', ":2: rows.label: the key 'u' is that of rows.undo"),
        ('[theme.nord]\naccent = "#ff8800"', ":1: 'nord' is a theme of Textual"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line_and_exit_2(
    icon: Icon, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    ended = icon("config", "check", file)
    assert (ended.code, ended.out) == (2, "")
    assert f"{file}{told}" in ended.err and len(ended.err.splitlines()) == 1


def test_a_query_of_ones_own_that_is_wrong_is_named(icon: Icon, tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "mine.sql").write_text("select 1")
    file = tmp_path / "mine.toml"
    file.write_text('[console]\nqueries = ["sql"]')
    ended = icon("config", "check", file)
    assert ended.code == 2
    assert f"{tmp_path / 'sql' / 'mine.sql'}:1: " in ended.err


def test_a_file_that_is_right_is_said_to_be(icon: Icon, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(KEYS)
    ended = icon("config", "check", file)
    assert (ended.code, ended.out, ended.err) == (0, f"{file}: all right\n", "")


def test_the_file_that_is_read_is_named_and_else_the_one_to_make(icon: Icon, home: Path) -> None:
    ended = icon("config", "path")
    assert ended.out.strip() == str(home / "config" / "incident-console" / "incident-console.toml")
    assert "there is none yet" in ended.err
    (home / "incident-console.toml").write_text("")
    assert icon("config", "path").out == "incident-console.toml\n"


def test_the_examples_of_the_documentation_are_right(icon: Icon, home: Path, tmp_path: Path) -> None:
    """Each block of TOML in it; whose folders need not be there for that."""
    (tmp_path / "queries").mkdir()
    blocks = re.findall(r"```toml\n(.*?)```", (DOCS / "configuration.md").read_text(), re.DOTALL)
    assert len(blocks) >= 5
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.toml"
        file.write_text(block)
        ended = icon("config", "check", file)
        assert (ended.code, ended.err) == (0, ""), block


# --- keys -------------------------------------------------------------------------------------------------


def test_keys_are_listed_as_a_person_chose_them(icon: Icon, home: Path) -> None:
    (home / "incident-console.toml").write_text(KEYS)
    found = {one["name"]: one for one in json.loads(icon("config", "keys", "--format", "json").out)}
    assert (found["rows.label"]["keys"], found["rows.label"]["from"]) == ("M", "incident-console.toml:12")
    assert (found["rows.undo"]["keys"], found["rows.undo"]["from"]) == ("u", "default")


def test_the_documentation_lists_all_keys_as_they_are(icon: Icon) -> None:
    table = icon("config", "keys", "--format", "markdown").out
    written = (DOCS / "keys.md").read_text()
    assert written[written.index("| name |") :] == table, "the table is `icon config keys --format markdown`"


# --- completion -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("icon che", {"plain,check"}),
        ("icon config ", {"plain,show", "plain,keys", "plain,path", "plain,check"}),
        ("icon query error_s", {"plain,error_spikes"}),
        ("icon tune dri", {"plain,drift"}),
        ("icon check --form", {"plain,--format"}),
        ("icon labels --format ", {"plain,parquet", "plain,jsonl"}),
        ("icon baseline remove ", set()),
        ("icon check /var/lo", {"file,/var/lo"}),
        ("icon /var/lo", {"file,/var/lo"}),
    ],
)
def test_a_shell_is_told_what_may_follow(
    icon: Icon, monkeypatch: pytest.MonkeyPatch, words: str, offered: set[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    ended = icon()
    assert (ended.code, ended.err) == (0, "")
    told = set(ended.out.split())
    assert offered <= told if offered else not told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_asks_each_program_by_its_name(icon: Icon, shell: str) -> None:
    ended = icon("completion", shell)
    assert ended.code == 0
    assert ended.out.count(f"{VARIABLE}={shell}_complete") >= 2
    assert "incident-console" in ended.out


def test_the_checks_that_are_offered_are_all_that_there_are() -> None:
    assert sorted(CHECK_NAMES) == sorted(LIMITS)


# --- the manual page, and examples ------------------------------------------------------------------------


def test_the_manual_page_has_every_command_with_its_options_and_examples() -> None:
    page = list(manual(group))
    text = "\n".join(page)
    for name, command in commands():
        assert f'.SS "icon {name}"'.replace("-", r"\-") in page
        for param in command.params:
            if isinstance(param, click.Option) and not param.hidden:
                assert param.opts[0].replace("-", r"\-") in text, (name, param.opts)
    assert len(re.findall("^Examples:$", text, re.MULTILINE)) == len(EXAMPLES) - 1
    requests = {line.split()[0] for line in page if line.startswith((".", "'"))}
    assert requests <= ROFF


def test_every_command_has_examples_at_the_end_of_its_help(icon: Icon) -> None:
    without = {name for name, command in commands() if not command.epilog}
    assert without <= {"config show"}  # which is `icon config`
    assert icon("baseline", "pin", "--help").out.rstrip().endswith(EXAMPLES["baseline pin"][-1])


def icon_commands(line: str) -> Iterator[list[str]]:
    """The arguments of each call of `icon` in a line of shell."""
    words = shlex.shlex(re.sub(r'"\$\(|\)"', " ; ", line), posix=True, punctuation_chars="|&>;")
    words.whitespace_split = True
    for is_sign, part in groupby(words, lambda word: not set(word) - set("|&>;")):
        args = [word for word in part if not re.match(r"[A-Z_]+=", word)]
        if not is_sign and args[0] == "icon":
            yield args[1:]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_one_that_its_command_takes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    for own, command in commands():
        monkeypatch.setattr(command, "callback", lambda own=own, **_: called.append(own))
    for line in EXAMPLES[name]:
        found = list(icon_commands(line))
        assert found, line
        for args in found:
            called.clear()
            group.main(args, "icon", standalone_mode=False)
            assert called, line


def test_a_line_of_shell_is_taken_apart_as_a_shell_does() -> None:
    assert list(icon_commands("icon query q --filter 'a>=1 | b' > f && X=1 icon doctor  # a | b")) == [
        ["query", "q", "--filter", "a>=1 | b"],
        ["doctor"],
    ]
    assert list(icon_commands('$EDITOR "$(icon config path)"')) == [["config", "path"]]
