"""One alert on the page of a handover, and the words that all of the page is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from console.export.commands import commands_of
from console.export.markdown import block, code, inline, table
from console.export.text_charts import distribution_lines, percent, quantity, span, timeline_lines
from console.model import Alert, CommonSlice, Condition, Earlier, Reading, Said
from console.model.handover import AlertStory, Handover

_SLICES = 5
_MOVED = 8
_ALSO = 10
_EARLIER = 5
"""How many of each are told."""
_WORDS = {"ack": "acknowledged", "snooze": "snoozed", "unsnooze": "no longer snoozed", "note": "noted"}


def alert_section(handover: Handover, number: int, story: AlertStory) -> list[str]:
    """One alert: its facts, where the trouble is, its charts, and the commands that show it again."""
    alert, worst = story.alert, story.alert.worst
    lines = [
        f"## {number}. {alert.severity.name.lower()}, {alert.state.value}: {name_of(alert)}",
        "",
        inline(worst.summary, 1_000),
        "",
        *table(("", ""), _facts(alert)),
    ]
    if story.problem:
        lines += ["", f"What stands behind it could not be read: {inline(story.problem)}"]
    if alert.also:
        lines += ["", "Of the same cause:", ""]
        lines += [f"- {code(one.check)} {inline(one.worst.summary)}" for one in alert.also[:_ALSO]]
        lines += [f"- {len(alert.also) - _ALSO} more"] if len(alert.also) > _ALSO else []
    evidence = story.evidence
    if evidence is not None and evidence.slices:
        lines += ["", "Where the trouble is:", ""]
        lines += [f"- {_slice(one)}" for one in evidence.slices[:_SLICES]]
    if evidence is not None and evidence.moved.rows:
        head = [inline(column) for column in evidence.moved.columns]
        rows = [[_value(value) for value in row] for row in evidence.moved.rows[:_MOVED]]
        lines += ["", "Values that moved:", "", *table(head, rows)]
    plain = handover.plan.ascii_only
    if story.picture.timeline is not None:
        lines += ["", *block(timeline_lines(story.picture.timeline, ascii_only=plain), "text")]
    if story.picture.distribution is not None:
        lines += ["", *block(distribution_lines(story.picture.distribution, ascii_only=plain), "text")]
    if story.earlier:
        lines += ["", f"{plural(len(story.earlier), 'earlier episode')}:", ""]
        lines += [f"- {_earlier(one)}" for one in story.earlier[:_EARLIER]]
    lines += ["", "To see it again:", "", *block(commands_of(handover, story), "sh")]
    return lines


def _facts(alert: Alert) -> list[tuple[str, str]]:
    worst = alert.worst
    facts = [
        ("id", code(alert.alert_id)),
        ("model", code(alert.model)),
        ("began", f"{moment(alert.began)}, noticed {moment(alert.detected)}"),
        ("last seen", f"{moment(alert.last_seen)}, after {_lasted(alert)}"),
        ("worst", f"{against(worst)} ({_reach(worst)}, {moment(worst.window.start)} on)"),
    ]
    if alert.subject:
        facts.insert(2, ("subject", code(alert.subject)))
    if alert.where:
        facts.append(("where", _conditions(alert.where)))
    elif worst.slice.dimension:
        facts.append(("slice", code(str(worst.slice))))
    handling = alert.handling
    if handling is None:
        facts.append(("looked after", "by nobody"))
    else:
        what = "acknowledged" if handling.acknowledged else "snoozed"
        until = f" until {moment(handling.snoozed_until)}" if handling.snoozed_until else ""
        why = f": {inline(handling.reason)}" if handling.reason else ""
        facts.append(("looked after", f"{what}{until} by {inline(handling.author)}{why}"))
    return facts


def _reach(reading: Reading) -> str:
    """How many rows it is of, and what share of the model's requests these are."""
    share = "" if reading.share is None else f", {percent(reading.share)} of the model's"
    return plural(reading.rows, "row") + share


def _slice(found: CommonSlice) -> str:
    rates = f"{percent(found.rate)} against {percent(found.rate_elsewhere)} elsewhere"
    share = f"{percent(found.share_of_offending)} of the trouble"
    return f"{_conditions(found.conditions)}: {rates}; {found.offending:,} of {found.rows:,} rows, {share}"


def _conditions(conditions: Sequence[Condition]) -> str:
    return " and ".join(code(_condition(one)) for one in conditions)


def _condition(condition: Condition) -> str:
    if condition.kind != "number":
        return f"{condition.name}={condition.value}"
    least = "" if condition.lower is None else f"{condition.lower:g} <= "
    most = "" if condition.upper is None else f" < {condition.upper:g}"
    return f"{least}{condition.name}{most}"


def _earlier(one: Earlier) -> str:
    said = "; ".join(map(said_words, one.said[-2:]))
    return f"{moment(one.began)}: {inline(one.summary)}" + (f" ({said})" if said else "")


def _value(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, float):
        return inline(quantity(value, ""))
    return "" if value is None else inline(str(value), 120)


def said_words(said: Said) -> str:
    """What somebody said of an alert, and who."""
    until = f" until {moment(said.until)}" if said.until else ""
    text = f": {inline(said.text, 1_000)}" if said.text else ""
    return f"{inline(said.author)} {_WORDS.get(said.what, inline(said.what))}{until}{text}"


def against(reading: Reading) -> str:
    """A reading's value against its limit and what is usual."""
    usual = "no baseline" if reading.baseline is None else f"usual {quantity(reading.baseline, reading.unit)}"
    limit = "no limit" if reading.limit is None else f"a limit of {quantity(reading.limit, reading.unit)}"
    return inline(f"{quantity(reading.value, reading.unit)} against {limit}, {usual}")


def _lasted(alert: Alert) -> str:
    return span((alert.last_seen - alert.began).total_seconds())


def name_of(alert: Alert) -> str:
    """An alert as a line says it: check, model, subject."""
    subject = f" {code(alert.subject, 60)}" if alert.subject else ""
    return f"{code(alert.check)} of {code(alert.model, 60)}{subject}"


def moment(at: datetime) -> str:
    """A time as the handover writes it: `2026-11-02 02:14:07`, UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def plural(number: int, noun: str, several: str = "") -> str:
    """`1 row`, `1,204 rows`."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
