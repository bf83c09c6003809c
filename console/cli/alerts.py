"""`icon alerts`: the alerts on record, and what people say of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from console.cli.casebooks import opened_casebook
from console.cli.options import utc_now
from console.cli.output import plain, print_records, print_table
from console.errors import UsageError
from console.model import AlertState, Handling, parse_span

if TYPE_CHECKING:
    from console.casebook import AlertAct, AlertRecord, Casebook

F = TypeVar("F", bound=Callable[..., Any])

_CASEBOOK = click.option(
    "--casebook",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The casebook; yours if not given. [env INCIDENT_CONSOLE_CASEBOOK]",
)
_AUTHOR = click.option("--author", metavar="NAME", help="Who says so; user@host if not given.")
_REASON = click.option("--reason", default="", metavar="TEXT", help="Why; for those who see it next.")
_WORDS = {"ack": "acknowledged", "snooze": "snoozed", "unsnooze": "not snoozed any more", "note": "noted"}


@click.group(
    invoke_without_command=True,
    short_help="List the alerts on record; acknowledge or snooze one.",
    subcommand_metavar="[ack | snooze | unsnooze | note | show] ...",
)
@_CASEBOOK
@click.option("--open", "only_open", is_flag=True, help="Only those that are not over.")
@click.option("--model", help="Only those of this model.")
@click.option("--since", metavar="SPAN", help="Only those seen in the last SPAN (2h, 7d) before now.")
@click.option(
    "--format", "fmt", type=click.Choice(["table", "json", "jsonl"]), default="table", show_default=True
)
@click.pass_context
def alerts(
    context: click.Context,
    casebook: Path | None,
    only_open: bool,
    model: str | None,
    since: str | None,
    fmt: str,
) -> int:
    """List the alerts that a console or `icon check` has put on record, the most urgent first.

    An alert's id may be shortened as long as it is the only one that begins so. What is said is kept in the
    casebook, and seen within seconds by every console that has it open.
    """
    if context.invoked_subcommand is not None:
        return 0
    earliest = utc_now() - parse_span(since) if since is not None else None
    with opened_casebook(casebook, None) as book:
        records = [
            record
            for record in book.alert_history()
            if (not only_open or record.state is AlertState.OPEN)
            and model in (None, record.model)
            and (earliest is None or record.last_seen >= earliest)
        ]
        handling = book.handling([record.alert_id for record in records])
    records.sort(key=lambda r: _urgency(r, handling))
    if fmt == "table":
        _print(records, handling)
    else:
        print_records((_record(r, handling.get(r.alert_id)) for r in records), as_lines=fmt == "jsonl")
    return 0


def _act(command: F) -> Any:
    for option in (_CASEBOOK, _AUTHOR, click.argument("alert_id", metavar="ID")):
        command = option(command)
    return command


@alerts.command("ack", short_help="Say that you look after an alert.")
@_act
@_REASON
def acknowledge(alert_id: str, reason: str, casebook: Path | None, author: str | None) -> int:
    """Say that you look after the alert ID. It stays open, and goes behind those nobody looks after."""
    return _say(alert_id, casebook, author, lambda book, found: book.acknowledge(found, _typed(reason)))


@alerts.command("snooze", short_help="Have an alert not urgent for a while.")
@_act
@click.argument("span")
@_REASON
def snooze(alert_id: str, span: str, reason: str, casebook: Path | None, author: str | None) -> int:
    """Have the alert ID not urgent for SPAN: 30m, 2h, 1d. What is judged does not change."""
    length = parse_span(span)
    if length <= timedelta(0):
        raise UsageError(f"{span!r} is over at once; `icon alerts unsnooze` ends a snooze")
    until = utc_now() + length
    return _say(alert_id, casebook, author, lambda book, found: book.snooze(found, until, _typed(reason)))


@alerts.command("unsnooze", short_help="Have an alert as urgent again as it is.")
@_act
def unsnooze(alert_id: str, casebook: Path | None, author: str | None) -> int:
    """Have the alert ID as urgent again as it is, before its snooze is over."""
    return _say(alert_id, casebook, author, lambda book, found: book.unsnooze(found))


@alerts.command("note", short_help="Write something down about an alert.")
@_act
@click.argument("text")
def note(alert_id: str, text: str, casebook: Path | None, author: str | None) -> int:
    """Write TEXT down about the alert ID. It changes nothing else."""
    return _say(alert_id, casebook, author, lambda book, found: book.note(found, _typed(text)))


@alerts.command("show", short_help="Print an alert and all that was said of it.")
@_CASEBOOK
@click.argument("alert_id", metavar="ID")
def show(alert_id: str, casebook: Path | None) -> int:
    """Print the alert ID and, oldest first, all that was said of it."""
    with opened_casebook(casebook, None) as book:
        record = _found(book, alert_id)
        handling = book.handling([record.alert_id])
        acts = book.acts(record.alert_id)
    _print([record], handling)
    if acts:
        click.echo()
        print_table(
            ("at", "by", "did", "until", "why"),
            [(act.at, act.author, _WORDS[act.kind.value], act.until, act.reason) for act in acts],
            widest=200,
        )
    return 0


def _typed(text: str) -> str:
    """What masks leave of a text."""
    from console.config import load_configuration
    from console.engine.masked_labels import masked_text

    return masked_text(load_configuration(None, os.environ).masks)(text)


def _say(
    alert_id: str,
    casebook: Path | None,
    author: str | None,
    act: Callable[[Casebook, str], AlertAct],
) -> int:
    with opened_casebook(casebook, author) as book:
        record = _found(book, alert_id)
        said = act(book, record.alert_id)
    until = f" until {plain(said.until.replace(microsecond=0))}" if said.until else ""
    print_table(
        ("alert", "did", "what"), [(record.alert_id, _WORDS[said.kind.value] + until, record.summary)]
    )
    return 0


def _found(book: Casebook, beginning: str) -> AlertRecord:
    """The one alert on record whose id begins so.

    Raises:
        UsageError: there is none, or there are several.
    """
    records = book.alert_history()
    found = [record for record in records if record.alert_id.startswith(beginning)]
    exact = [record for record in found if record.alert_id == beginning]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if not found:
        raise UsageError(f"no alert on record begins with {beginning!r}; `icon alerts` lists them")
    some = ", ".join(record.alert_id for record in found[:5]) + (", ..." if len(found) > 5 else "")
    raise UsageError(f"{len(found)} alerts begin with {beginning!r}: {some}")


def _urgency(record: AlertRecord, handling: Mapping[str, Handling]) -> tuple[object, ...]:
    is_open = record.state is AlertState.OPEN
    return (
        not is_open,
        is_open and record.alert_id in handling,
        -record.severity if is_open else 0,
        -record.last_seen.timestamp(),
        record.alert_id,
    )


def _print(records: Sequence[AlertRecord], handling: Mapping[str, Handling]) -> None:
    if not records:
        return
    print_table(
        ("id", "severity", "state", "handled", "check", "model", "summary", "began", "last seen"),
        [
            (
                record.alert_id,
                record.severity.name.lower(),
                record.state.value,
                handled_words(handling.get(record.alert_id)),
                record.check,
                record.model,
                record.summary,
                _moment(record.began),
                _moment(record.last_seen),
            )
            for record in records
        ],
        widest=100,
    )


def handled_words(handling: Handling | None) -> str:
    """What somebody last said, in one cell: `ack anna@one: rolling back v3`; empty if nobody did."""
    if handling is None:
        return ""
    until = handling.snoozed_until
    what = "ack" if until is None else f"snoozed to {_moment(until)},"
    return f"{what} {handling.author}" + (f": {handling.reason}" if handling.reason else "")


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def _record(record: AlertRecord, handling: Handling | None) -> dict[str, object]:
    return {
        "alert_id": record.alert_id,
        "check": record.check,
        "model": record.model,
        "subject": record.subject,
        "severity": record.severity.name.lower(),
        "state": record.state.value,
        "began": record.began,
        "detected": record.detected,
        "last_seen": record.last_seen,
        "resolved": record.resolved,
        "recorded": record.recorded,
        "summary": record.summary,
        "handling": None
        if handling is None
        else {
            "acknowledged": handling.acknowledged,
            "snoozed_until": handling.snoozed_until,
            "reason": handling.reason,
            "author": handling.author,
            "at": handling.at,
        },
    }
