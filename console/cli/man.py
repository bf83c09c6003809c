"""`icon man`: the manual page, made from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from typing import cast

import click

from console import __version__
from console.cli.examples import EXAMPLES

_ENDS_IN_LINES = "\b"
_ENVIRONMENT = (
    ("INCIDENT_CONSOLE_CONFIG", "The configuration, instead of the one in this folder or yours."),
    ("INCIDENT_CONSOLE_CASEBOOK", "The casebook, instead of the one in your data folder."),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_DATA_HOME", "Where configuration, caches and casebook are kept."),
    ("COLORTERM, NO_COLOR", "Which colours the screens may use."),
    ("TEXTUAL_FPS", "Frames a second that the screens are drawn with at most, 15 if it is not set."),
)
_FILES = (
    (
        "incident-console.toml",
        "The configuration: of this folder, else the one in ~/.config/incident-console.",
    ),
    ("~/.config/incident-console/queries", "Canned queries of your own."),
    ("~/.local/state/incident-console", "Caches of logs; each can be deleted, and is rebuilt."),
    ("~/.local/share/incident-console/casebook.sqlite", "Labels, alerts and notes: back it up."),
)
_EXITS = (
    ("0", "fine"),
    ("1", "alerts, or an error"),
    ("2", "wrong usage or configuration"),
    ("3", "something is not available; try again"),
    ("130", "interrupted"),
)


@click.command("man", short_help="Print the manual page.")
@click.pass_context
def man(context: click.Context) -> int:
    """Print the manual page, which `man` reads: all commands with their options and examples."""
    group = context.find_root().command
    click.echo("\n".join(manual(cast(click.Group, group))))
    return 0


def manual(group: click.Group) -> Iterator[str]:
    """The lines of the manual page in roff."""
    yield f'.TH ICON 1 "" "incident-console {__version__}" "User Commands"'
    yield from (".nh", ".ad l")
    yield ".SH NAME"
    yield r"icon \- find out what is wrong with a model in production, from its prediction logs"
    yield ".SH SYNOPSIS"
    yield from (".B icon", r"[\fIOPTIONS\fR] \fISOURCE\fR...", ".br", ".B icon", r"\fICOMMAND\fR ...")
    yield ".SH DESCRIPTION"
    yield from _paragraphs(_help_of(group))
    yield ".SH COMMANDS"
    parent = click.Context(group, info_name="icon", **group.context_settings)
    for name, command in _commands(group):
        # Click keeps the help option of the first context that asks for it: it has to be one like all others.
        context = click.Context(command, info_name=name, parent=parent)
        yield f'.SS "{_plain("icon " + name)}"'
        words = " ".join(command.collect_usage_pieces(context))
        yield from (rf"\fBicon {_plain(name)}\fR {_plain(words)}", ".PP")
        yield from _paragraphs(_help_of(command))
        yield from _options(command, context)
        yield from _examples(name)
    for title, pairs in (("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES), ("EXIT STATUS", _EXITS)):
        yield f'.SH "{title}"'
        for term, says in pairs:
            yield from (".TP", rf"\fB{_plain(term)}\fR", _line(says))
    yield ".SH EXAMPLES"
    yield from _lines(EXAMPLES[""])
    yield ".SH SEE ALSO"
    yield _line(
        "`icon COMMAND --help` says the same of one command, `?` in the console which keys there are."
    )


def _commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    for word, command in cast(Mapping[str, click.Command], group.commands).items():
        name = f"{before} {word}".strip()
        yield name, command
        if isinstance(command, click.Group):
            yield from _commands(command, name)


def _help_of(command: click.Command) -> str:
    return cleandoc(command.help or "").partition("\f")[0]


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for param in command.params:
        record = param.get_help_record(context)
        if record is not None:
            yield from (".TP", rf"\fB{_plain(record[0])}\fR", _line(record[1]))


def _examples(name: str) -> Iterator[str]:
    if lines := EXAMPLES.get(name):
        yield from (".PP", "Examples:")
        yield from _lines(lines)


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs as click writes them: those that begin with `\\b` keep their lines."""
    for paragraph in re.split(r"\n\s*\n", text):
        yield ".PP"
        if paragraph.startswith(_ENDS_IN_LINES):
            yield from _lines(paragraph.removeprefix(_ENDS_IN_LINES).strip("\n").split("\n"))
        else:
            yield _line(" ".join(paragraph.split()))


def _lines(lines: tuple[str, ...] | list[str]) -> Iterator[str]:
    yield from (".nf", ".RS 2", *map(_line, lines), ".RE", ".fi")


def _line(text: str) -> str:
    """A line of text; what would be a request at its beginning is none."""
    return r"\&" + _plain(text) if text.startswith((".", "'")) else _plain(text)


def _plain(text: str) -> str:
    """Text of which no character is an instruction to roff."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return escaped.replace("'", r"\(aq").replace("`", r"\(ga").replace('"', r"\(dq").replace("×", r"\(mu")
