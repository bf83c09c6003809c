"""`icon tune`: what another limit would have done over the stored history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path

import click

from console.cli.completing import check_names, file_names
from console.cli.options import headless, settings_from, store_options
from console.cli.output import print_table, tell
from console.errors import UsageError
from console.model import Alert, LimitRule


@click.command(short_help="Show what other limits would have done.")
@click.argument("check", shell_complete=check_names)
@click.argument("sources", nargs=-1, metavar="SOURCE...", shell_complete=file_names)
@click.option(
    "--set",
    "values",
    multiple=True,
    required=True,
    metavar="LIMIT=VALUE",
    help="A limit of the check; several with commas between them are tried together, given again one after "
    "the other.",
)
@click.option("--model", help="Only for this model.")
@click.option("--subject", help="Only for this feature, endpoint or other subject.")
@store_options
def tune(
    check: str,
    sources: tuple[str, ...],
    values: tuple[str, ...],
    model: str | None,
    subject: str | None,
    database: str | None,
    casebook: Path | None,
    author: str | None,
    queries: tuple[Path, ...],
    limits: Mapping[str, object],
) -> int:
    """Judge the whole history by the limits in force and by each given one, and show the difference."""
    from console.checks import LIMITS

    if check not in LIMITS:
        raise UsageError(f"no check is called {check!r}; there are {', '.join(LIMITS)}")
    tried = [LimitRule(check, _values(check, text), model, subject) for text in values]
    settings = settings_from(
        sources, database=database, casebook=casebook, author=author, queries=queries, limits=limits
    )
    with headless(settings) as parts:
        counts = parts.store.counts()
        now = _of(check, parts.episodes())
        days = _days(counts.first_ts, counts.newest_ts)
        rows: list[tuple[object, ...]] = [("as it is", len(now), f"{len(now) / days:.1f}", "", "")]
        for text, rule in zip(values, tried, strict=True):
            then = _of(check, parts.episodes(rules=(rule,)))
            gone, new = _without(now, then), _without(then, now)
            rows.append((text, len(then), f"{len(then) / days:.1f}", len(gone), len(new)))
            for sign, alerts in (("-", gone), ("+", new)):
                rows += [(f"  {sign} {a.began:%m-%d %H:%M} {a.model}", a.worst.summary) for a in alerts]
    summary = [row for row in rows if len(row) == 5]
    print_table(("limits", "episodes", "a day", "gone", "new"), summary)
    changes = [row for row in rows if len(row) == 2]
    if changes:
        print_table(("change", "episode"), changes, widest=100)
    tell(f'put what suits into incident-console.toml: [[limit]] check = "{check}"')
    return 0


def _of(check: str, alerts: tuple[Alert, ...]) -> list[Alert]:
    return sorted((alert for alert in alerts if alert.check == check), key=lambda a: a.began)


def _without(alerts: list[Alert], others: list[Alert]) -> list[Alert]:
    """Those that meet none of the others in time."""
    return [
        alert
        for alert in alerts
        if not any(
            (o.model, o.subject) == (alert.model, alert.subject)
            and o.began <= alert.last_seen
            and alert.began <= o.last_seen
            for o in others
        )
    ]


def _days(first: datetime | None, newest: datetime | None) -> float:
    return max((newest - first) / timedelta(days=1), 1 / 24) if first and newest else 1.0


def _values(check: str, text: str) -> dict[str, float]:
    """`psi=0.3,min_rows=100` as values of the check's limits."""
    from console.checks import LIMITS

    known = [field.name for field in fields(LIMITS[check])]
    values = {}
    for part in text.split(","):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name not in known:
            raise UsageError(f"{check} has no limit {name!r}; it has {', '.join(known)}")
        try:
            values[name] = float(value)
        except ValueError:
            raise UsageError(f"{name} takes a number, not {value!r}") from None
        if not isfinite(values[name]):
            raise UsageError(f"{name} takes a finite number, not {value!r}")
    return values
