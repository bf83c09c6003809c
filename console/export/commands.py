"""Command lines that show again what a handover tells, each one line that a shell takes as it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from console.export.markdown import shell_word
from console.model import QueryCall, filter_of
from console.model.filter_text import filter_text
from console.model.handover import AlertStory, Handover

_BY_MODEL = (
    "select model, model_version, count(*) as requests, count(*) filter (where is_error) as errors "
    "from predictions group by all order by all"
)


def commands_of(handover: Handover, story: AlertStory) -> list[str]:
    """What shows an alert's evidence, its offending rows, and these in the console."""
    alert = story.alert
    calls = [alert.worst.evidence, alert.worst.offenders]
    if story.evidence is not None:
        calls = [story.evidence.call, story.evidence.offenders_call]
    lines = [*_piped(handover), *(query_command(handover, call) for call in calls if call is not None)]
    narrowed = filter_text(filter_of(alert.where, model=alert.model))
    return [*lines, _line("icon", "open", *_read(handover), f"--filter={narrowed}")]


def overview_commands(handover: Handover) -> list[str]:
    """What opens the console on the same sources, judges them, and counts by version."""
    narrowed = filter_text(handover.plan.filter)
    given = _from(handover)
    chosen = (f"--filter={narrowed}",) if narrowed else ()
    ids = [part for one in handover.plan.alert_ids for part in ("--alert", one)]
    window = handover.window
    span = ids or ["--start", _text(window.start), "--until", _text(window.until)]
    return [
        *_piped(handover),
        _line("icon", "open", *_read(handover), *chosen),
        _line("icon", "check", *_read(handover)),
        _line("icon", "sql", _BY_MODEL, *given),
        _line("icon", "handover", *given, *span, *chosen),
    ]


def query_command(handover: Handover, call: QueryCall) -> str:
    """The canned query with its parameters."""
    pairs = [part for name, value in call.params.items() for part in ("-p", f"{name}={_text(value)}")]
    narrowed = filter_text(call.filter)
    only = (f"--filter={narrowed}",) if narrowed else ()
    return _line("icon", "query", call.query, *_from(handover), *pairs, *only)


def _piped(handover: Handover) -> list[str]:
    return ["# - is standard input: pipe the same log into each of these"] if "-" in handover.sources else []


def _from(handover: Handover) -> list[str]:
    database = ["--db", handover.database] if handover.database else []
    own = [part for folder in handover.queries for part in ("--queries", folder)]
    return [*handover.sources, *database, *own]


def _read(handover: Handover) -> list[str]:
    """The same for what reads logs: where only a cache was named, those that it was read from."""
    paths = () if handover.sources else (source.path for source in handover.snapshot.sources)
    return [*paths, *_from(handover)]


def _line(*words: str) -> str:
    return " ".join(map(shell_word, words))


def _text(value: object) -> str:
    """A parameter's value as `-p NAME=VALUE` takes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case list() | tuple():
            return ",".join(map(str, value))
        case Mapping():
            return json.dumps(value, default=str)
        case str():
            return value
        case _:
            return str(value)
