"""`icon doctor`: what is installed and configured, what the sources mean, whether all adds up."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from console import __version__
from console.cli.completing import file_names
from console.cli.options import (
    NO_SOURCE,
    casebook_of,
    configuration_in_force,
    store_options,
    stored_settings,
    utc_now,
)
from console.cli.output import json_line, plain, print_table, tell
from console.engine.settings import Settings
from console.errors import UnavailableError
from console.model import MappedField, SourceAudit, SourceSample, TruthFacts, size_in_words
from console.tui.safe import visible
from console.tui.say import span

if TYPE_CHECKING:
    from console.engine.examining import Examination

PACKAGES = ("duckdb", "polars", "textual", "orjson", "watchfiles")
_EXAMPLE_CHARACTERS = 40
_LEDGER = (
    *("source", "kind", "bytes", "lag", "behind", "lines"),
    *("rows", "rejects", "blanks", "last line", "adds up"),
)
_LISTED = 40
"""Features, tags or keys of `extra` that are listed of one source; JSON has all."""


@click.command(short_help="Say what is installed, what the sources mean, and whether all adds up.")
@click.argument("sources", nargs=-1, metavar="[SOURCE...]", shell_complete=file_names)
@store_options
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
def doctor(
    sources: tuple[str, ...],
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, Any],
    fmt: str,
) -> int:
    """Look at the SOURCEs' first lines and at the cache, and say what was found. Nothing is read on.

    For each source: lines = rows + rejects + blanks, and rows and rejects are counted in the tables.
    Exits 0 if that holds, 1 if it does not, 3 if nothing at all could be shown of what was named.
    """
    if sources or database or configuration_in_force().database:
        settings = stored_settings(
            sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
        )
        from console.engine.examining import examine

        found: Examination | None = examine(settings, clock=utc_now)
    else:
        chosen = replace(configuration_in_force().limits, **limits)
        kept = casebook or casebook_of(configuration_in_force())
        settings, found = Settings((), casebook=kept, limits=chosen), None
    environment = _environment(settings)
    if fmt == "json":
        click.echo(json_line(environment | (_json_of(found) if found else {})))
    else:
        _print_environment(environment)
        if found is not None:
            _print_found(found)
        else:
            tell(NO_SOURCE.replace("no source given: name", "to see what sources mean, name"))
    if found is None:
        return 0
    if found.database.problem and not any(source.objects for source in found.sources):
        raise UnavailableError(found.database.problem)
    return 0 if found.holds else 1


def _environment(settings: Settings) -> dict[str, object]:
    from console.casebook.places import default_casebook_path
    from console.config.masks import key_origin
    from console.engine.seats import neighbours

    configuration = configuration_in_force()
    casebook = settings.casebook or default_casebook_path()
    size = shutil.get_terminal_size()
    return {
        "version": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "packages": {name: _version(name) for name in PACKAGES},
        "terminal": {
            "is_terminal": sys.stdin.isatty() and sys.stdout.isatty(),
            "term": os.environ.get("TERM"),
            "colors": os.environ.get("COLORTERM"),
            "columns": size.columns,
            "lines": size.lines,
            "encoding": sys.stdout.encoding,
        },
        "configuration": configuration.path,
        "zone": configuration.zone,
        "limits": settings.limits.in_words,
        "masks": list(configuration.masks.summary()),
        "mask_key": key_origin(configuration.masks, os.environ) if configuration.masks.need_key else None,
        "casebook": {"path": str(casebook), "size": casebook.stat().st_size if casebook.is_file() else None},
        "here": [
            {"author": seat.author, "pid": seat.pid, "doing": seat.doing} for seat in neighbours(casebook)
        ],
    }


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version  # 15 ms that `--help` does not wait for

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _json_of(found: Examination) -> dict[str, object]:
    database = asdict(found.database)
    database["truths"]["share"] = found.database.truths.share
    database["ledger"] = [asdict(audit) | {"holds": audit.holds} for audit in found.database.ledger]
    sources = []
    for source in found.sources:
        record = asdict(source)
        record["fields"] = [
            asdict(field) | {"example": _plain_json(field.example)} for field in source.fields
        ]
        sources.append(record)
    return {"database": database, "sources": sources, "holds": found.holds}


def _plain_json(value: object) -> object:
    """The value, or its text where JSON cannot hold it."""
    try:
        orjson.dumps(value)
    except TypeError:
        return str(value)
    return value


def _print_environment(environment: Mapping[str, Any]) -> None:
    terminal, casebook = environment["terminal"], environment["casebook"]
    packages = ", ".join(f"{name} {found or 'missing'}" for name, found in environment["packages"].items())
    drawn = f"{terminal['columns']}x{terminal['lines']}, {terminal['encoding']}"
    size = "not there yet" if casebook["size"] is None else size_in_words(casebook["size"])
    rules, key = configuration_in_force().masks.rules, environment["mask_key"]
    masks = f"{len(rules)} in force; key: {key}" if key else f"{len(rules)} in force" if rules else "none"
    _print_pairs(
        (
            (
                "version",
                f"{environment['version']}, Python {environment['python']}, {environment['platform']}",
            ),
            ("packages", packages),
            (
                "terminal",
                f"{terminal['term'] or 'TERM is not set'}, {drawn}" if terminal["is_terminal"] else "none",
            ),
            ("configuration", environment["configuration"] or "none; see docs/configuration.md"),
            ("zone", f"{environment['zone']}, of times that name none"),
            ("limits", environment["limits"]),
            ("masks", masks),
            ("casebook", f"{casebook['path']} ({size})"),
            ("here", "; ".join(map(_seated, environment["here"])) or "no console is open on it"),
        )
    )


def _seated(seat: Mapping[str, Any]) -> str:
    doing = f", {seat['doing']}" if seat["doing"] else ""
    return f"{seat['author']} (process {seat['pid']}{doing})"


def _print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    for name, text in pairs:
        click.echo(f"{name:<14} {visible(text)}".rstrip())


def _print_found(found: Examination) -> None:
    database = found.database
    state = size_in_words(database.size) if database.size else "not there yet"
    _print_pairs([("database", f"{database.path} ({state})")])
    if database.problem:
        _print_pairs([("", f"cannot be looked into: {database.problem}")])
    looked_at = {source.source_id: source for source in found.sources if source.source_id >= 0}
    for source in found.sources:
        click.echo()
        _print_source(source)
    if database.ledger:
        click.echo()
        now = utc_now()
        print_table(
            _LEDGER,
            [_ledger_row(audit, looked_at.get(audit.source_id), now) for audit in database.ledger],
            widest=60,
        )
        for reason, count in database.reasons[:10]:
            click.echo(f"{count:>9,} rejects: {visible(reason)}")
        _print_truths(database.truths)


def _print_truths(truths: TruthFacts) -> None:
    """How far truths are known, if there are any."""
    if truths.share:
        click.echo(
            f"truth is known for {truths.logged + truths.late:,} of {truths.predictions:,} predictions "
            f"({truths.share:.1%}): {truths.logged:,} logged with them, {truths.late:,} late"
        )
    if truths.truths:
        again = f"; of {truths.contradicted:,} requests several that differ: the newest counts"
        click.echo(
            f"{truths.truths:,} truths, {truths.matched:,} matched"
            + (again if truths.contradicted else "")
            + (f"; median delay {_delay(truths.median_delay_seconds)}" if truths.late else "")
        )


def _delay(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    return span(seconds) if seconds >= 0 else f"-{span(-seconds)}"


def _ledger_row(audit: SourceAudit, source: SourceSample | None, now: datetime) -> tuple[object, ...]:
    last, behind = audit.last_line_at, source.lag_seconds if source else None
    return (
        audit.path,
        "truth" if audit.truths and audit.truths == audit.rows else audit.kind,
        audit.next_offset,
        source.lag_bytes if source else None,
        None if behind is None else f"{behind:,.0f} s" if behind else 0,
        audit.lines,
        audit.rows,
        audit.rejects,
        audit.blanks,
        f"{max(0.0, (now - last).total_seconds()):,.0f} s ago" if last else None,
        "yes" if audit.holds else _difference(audit),
    )


def _difference(audit: SourceAudit) -> str:
    expected = (
        f"{audit.stored_rows + audit.expired_rows:,} rows, {audit.stored_rejects + audit.expired_rejects:,}"
    )
    return f"NO: the tables have {expected} rejects"


def _print_source(source: SourceSample) -> None:
    click.echo(visible(source.path))
    if source.problem:
        click.echo(f"  {visible(source.state)}: {visible(source.problem)}")
        return
    lag = f", {source.lag_bytes:,} bytes to read" if source.lag_bytes else ""
    click.echo(f"  {source.kind}, {source.size:,} bytes, {source.state}{lag}")
    if not source.objects:
        click.echo("  no JSON object in its first lines")
        return
    what = source.format or "not known yet: no line says what it is"
    click.echo(
        f"  format {what}; of its first {source.objects:,} objects {source.usable:,} can be used; "
        f"times without a zone are {source.zone}"
    )
    for rule, lines in zip(configuration_in_force().masks.rules, source.hidden, strict=False):
        click.echo(f"  masked: {visible(rule.in_words)}: {lines:,} of {source.objects:,} lines")
    for reason, count in source.reasons:
        click.echo(f"  {count:,} cannot: {visible(reason)}")
    if source.format == "truth":
        click.echo("  its lines are truths, joined to predictions by request id")
    for kind, heading in (("field", "field"), ("feature", "feature"), ("tag", "tag")):
        _print_fields(heading, [field for field in source.fields if field.kind == kind])
    if not any(field.kind == "field" and field.name == "ts" for field in source.fields):
        click.echo("  no key is read as ts: a line gets the time at which it is read")
    extra = [field.path for field in source.fields if field.kind == "extra"]
    if extra:
        more = f" and {len(extra) - _LISTED:,} more" if len(extra) > _LISTED else ""
        click.echo(f"  in extra: {visible(', '.join(extra[:_LISTED]))}{more}")


def _as_logged(example: object) -> str:
    found = _plain_json(example)
    return orjson.dumps(found).decode() if isinstance(found, dict | list) else plain(found)


def _left_out(field: MappedField) -> str:
    """How much of it the field does not take."""
    if not field.misfits:
        return ""
    share = "all" if field.misfits == field.share else f"in {field.misfits:.0%} of lines"
    return f"; does not fit, {share}: kept in extra"


def _print_fields(heading: str, fields: Sequence[MappedField]) -> None:
    if not fields:
        return
    width = min(30, max(len(visible(field.name)) for field in fields))
    for field in fields[:_LISTED]:
        times = f" x {field.scale:g}" if field.scale != 1.0 else ""
        example = _as_logged(field.example) if field.example is not None else "always null"
        if len(example) > _EXAMPLE_CHARACTERS:
            example = example[: _EXAMPLE_CHARACTERS - 1] + "…"
        name = visible(field.name)
        click.echo(
            f"  {heading:<8} {name:<{width}} <- {visible(field.path)}{times}  "
            f"({field.share:.0%} of lines, e.g. {visible(example)}){_left_out(field)}"
        )
    if len(fields) > _LISTED:
        click.echo(f"  {heading:<8} and {len(fields) - _LISTED:,} more")
