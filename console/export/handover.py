"""A handover as markdown: what is wrong, what happened when, who did what, and how to see it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from console.export.commands import commands_of, overview_commands
from console.export.markdown import block, code, inline, table
from console.export.text_charts import (
    distribution_lines,
    percent,
    quantity,
    span,
    timeline_lines,
    traffic_lines,
)
from console.model import (
    Alert,
    AlertState,
    CommonSlice,
    Condition,
    Earlier,
    Phase,
    Reading,
    Said,
    SourceStatus,
)
from console.model.filter_text import filter_text
from console.model.handover import AlertStory, Handover

_SLICES = 5
_MOVED = 8
_KEYS = 20
_ALSO = 10
_EARLIER = 5
"""How many of each are told; how many more there are is said."""
_HANDOVERS = ("handover", "bundle")
_WORDS = {"ack": "acknowledged", "snooze": "snoozed", "unsnooze": "no longer snoozed", "note": "noted"}


@dataclass(frozen=True, slots=True)
class _Event:
    """One line of the timeline."""

    at: datetime
    by_clock: bool
    """Whether it is a time of the clock; else one of the log."""
    about: str
    text: str


def handover_markdown(handover: Handover) -> str:
    """The handover as a page of markdown that shows what was logged and obeys none of it."""
    sections = [
        _head(handover),
        _questions(handover),
        _timeline(handover),
        *(_story(handover, number, story) for number, story in enumerate(handover.stories, 1)),
        _traffic(handover),
        _labels(handover),
        _exports(handover),
        _again(handover),
        _sources(handover),
        _made_from(handover),
    ]
    text = "\n\n".join("\n".join(lines) for lines in sections if lines)
    # A lone half of a surrogate pair is shown as a sign by now; this is for names of files alone.
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def moment(at: datetime) -> str:
    """A time as the handover writes it: `2026-11-02 02:14:07`, UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


# --- how things stand ---------------------------------------------------------------------------------


def _head(handover: Handover) -> list[str]:
    window = handover.window
    about = f"{moment(window.start)} to {moment(window.until)} UTC"
    made = f"Made {moment(handover.made_at)} UTC by {inline(handover.author)} on {inline(handover.host)}."
    narrowed = filter_text(handover.plan.filter)
    only = [f"Only requests that meet {code(narrowed)}."] if narrowed else []
    return [f"# Handover, {about}", "", " ".join([made, "All times are UTC.", *only]), "", state_of(handover)]


def state_of(handover: Handover) -> str:
    """How things stand, in one paragraph."""
    still_open = [story for story in handover.stories if story.alert.state is AlertState.OPEN]
    over = len(handover.stories) - len(still_open)
    as_of = handover.snapshot.as_of
    told = [f"**State{f' at {moment(as_of)}' if as_of else ''}:**"]
    if still_open:
        by_severity: dict[str, int] = {}
        for story in still_open:
            name = story.alert.severity.name.lower()
            by_severity[name] = by_severity.get(name, 0) + 1
        counts = ", ".join(f"{number} {name}" for name, number in by_severity.items())
        told.append(f"{_plural(len(still_open), 'alert')} open ({counts}), {over} over.")
        worst = max(still_open, key=lambda story: story.alert.severity).alert
        told.append(
            f"The worst is {_name(worst)}, since {moment(worst.began)}: {inline(worst.latest.summary)}."
        )
        unseen = sum(not _is_handled(story.alert) for story in still_open)
        of_them = "any" if unseen == len(still_open) else f"{unseen:,}"
        told.append(f"Nobody looks after {of_them} of them yet." if unseen else "All are looked after.")
    elif handover.stories:
        last = max(story.alert.last_seen for story in handover.stories)
        told.append(f"no alert is open; {_plural(over, 'alert')} over, the last one at {moment(last)}.")
    else:
        told.append("no alert in this time.")
    labelled = sum(tally.requests for tally in handover.labels)
    if labelled:
        people = len({tally.author for tally in handover.labels})
        told.append(f"{_plural(labelled, 'label')} by {_plural(people, 'person', 'people')}.")
    snapshot = handover.snapshot
    if snapshot.phase is Phase.LOADING:
        told.append("**The logs were still being read: there may be more.**")
    told.append(
        f"{_plural(snapshot.rows, 'row')} stored of {_plural(len(snapshot.sources), 'source')}, "
        f"{_plural(snapshot.rejects, 'reject')}."
    )
    return " ".join(told)


def _questions(handover: Handover) -> list[str]:
    asked = []
    for story in handover.stories:
        if story.alert.state is AlertState.OPEN and not _is_handled(story.alert):
            asked.append(f"- Nobody looks after {_name(story.alert)}: {inline(story.alert.latest.summary)}")
        if story.problem:
            asked.append(f"- The rows of {_name(story.alert)} could not be read: {inline(story.problem)}")
    for what, keys in (
        ("of which people say different things (`icon labels conflicts`)", handover.conflicts),
        ("flagged for a second look", handover.flagged),
    ):
        if keys:
            some = ", ".join(code(key, 80) for key in keys[:_KEYS])
            more = f" and {len(keys) - _KEYS:,} more" if len(keys) > _KEYS else ""
            asked.append(f"- {_plural(len(keys), 'request')} {what}: {some}{more}")
    for source in handover.snapshot.sources:
        if source.problem:
            asked.append(f"- Source {code(source.path)}: {inline(source.problem)}")
    return ["## Open questions", "", *(asked or ["None: every alert is looked after, no label is disputed."])]


# --- what happened ------------------------------------------------------------------------------------


def _timeline(handover: Handover) -> list[str]:
    events = sorted(_events(handover), key=lambda event: (event.at, event.about, event.text))
    if not events:
        return []
    rows = [
        (moment(event.at), "clock" if event.by_clock else "log", event.about, event.text) for event in events
    ]
    return ["## Timeline", "", *table(("time", "by the", "alert", "what"), rows)]


def _events(handover: Handover) -> Iterator[_Event]:
    names = {story.alert.alert_id: _name(story.alert) for story in handover.stories}
    for story in handover.stories:
        alert = story.alert
        about = names[alert.alert_id]
        worst = alert.worst
        yield _Event(
            alert.began,
            False,
            about,
            f"**began**, {alert.severity.name.lower()}, noticed {moment(alert.detected)}: "
            f"{inline(worst.summary)}; {_against(worst)}",
        )
        if alert.state is AlertState.RESOLVED:
            yield _Event(alert.last_seen, False, about, "**over**")
        for said in story.said:
            yield _Event(said.at, True, about, _said(said))
    for tally in handover.labels:
        since = f", from {moment(tally.first)} on" if tally.first != tally.last else ""
        requests = _plural(tally.requests, "request")
        yield _Event(
            tally.last,
            True,
            names.get(tally.alert_id, ""),
            f"{requests} labelled {code(tally.value)} by {inline(tally.author)}{since}",
        )
    for export in handover.exports:
        what = "handed over" if export.query in _HANDOVERS else f"exported {_plural(export.rows, 'row')}"
        told = f"{inline(export.author)} {what} in {code(export.path)}"
        yield _Event(export.at, True, names.get(export.alert_id, ""), told)


def _said(said: Said) -> str:
    until = f" until {moment(said.until)}" if said.until else ""
    text = f": {inline(said.text, 1_000)}" if said.text else ""
    return f"{inline(said.author)} {_WORDS.get(said.what, inline(said.what))}{until}{text}"


# --- each alert ---------------------------------------------------------------------------------------


def _story(handover: Handover, number: int, story: AlertStory) -> list[str]:
    alert, worst = story.alert, story.alert.worst
    lines = [
        f"## {number}. {alert.severity.name.lower()}, {alert.state.value}: {_name(alert)}",
        "",
        inline(worst.summary, 1_000),
        "",
        *table(("", ""), _facts(alert)),
    ]
    if story.problem:
        lines += ["", f"What stands behind it could not be read: {inline(story.problem)}"]
    if alert.also:
        lines += ["", "Of the same cause:", ""]
        lines += [f"- {code(one.check)} {inline(one.summary)}" for one in alert.also[:_ALSO]]
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
        lines += ["", f"{_plural(len(story.earlier), 'earlier episode')}:", ""]
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
        ("worst", f"{_against(worst)} ({worst.rows:,} rows, {moment(worst.window.start)} on)"),
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


def _against(reading: Reading) -> str:
    usual = "no baseline" if reading.baseline is None else f"usual {quantity(reading.baseline, reading.unit)}"
    told = (
        f"{quantity(reading.value, reading.unit)} against a limit of {quantity(reading.limit, reading.unit)}"
    )
    return inline(f"{told}, {usual}")


def _lasted(alert: Alert) -> str:
    return span((alert.last_seen - alert.began).total_seconds())


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
    said = "; ".join(map(_said, one.said[-2:]))
    return f"{moment(one.began)}: {inline(one.summary)}" + (f" ({said})" if said else "")


def _value(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, float):
        return inline(quantity(value, ""))
    return "" if value is None else inline(str(value), 120)


# --- the rest -----------------------------------------------------------------------------------------


def _traffic(handover: Handover) -> list[str]:
    snapshot = handover.snapshot
    drawn = traffic_lines(snapshot.traffic, snapshot.step_seconds, ascii_only=handover.plan.ascii_only)
    return ["## Traffic", "", *block(drawn, "text")]


def _labels(handover: Handover) -> list[str]:
    if not handover.labels:
        return []
    names = {story.alert.alert_id: _name(story.alert) for story in handover.stories}
    rows = [
        (
            names.get(tally.alert_id, code(tally.alert_id) if tally.alert_id else "none"),
            inline(tally.author),
            code(tally.value),
            f"{tally.requests:,}",
            f"{moment(tally.first)} to {moment(tally.last)}",
        )
        for tally in handover.labels
    ]
    return ["## Labels", "", *table(("alert", "by", "label", "requests", "when"), rows)]


def _exports(handover: Handover) -> list[str]:
    if not handover.exports:
        return []
    rows = [
        (
            moment(one.at),
            inline(one.author),
            code(one.path),
            f"{one.rows:,}",
            code(one.query),
            code(one.sha256),
        )
        for one in handover.exports
    ]
    return ["## Exports", "", *table(("when", "by", "file", "rows", "query", "sha256"), rows)]


def _again(handover: Handover) -> list[str]:
    return ["## To see all of it again", "", *block(overview_commands(handover), "sh")]


def _sources(handover: Handover) -> list[str]:
    def row(source: SourceStatus) -> tuple[str, ...]:
        counted = (source.next_offset, source.lines, source.rows, source.rejects, source.blanks)
        return (code(source.path), source.state.value, *(f"{number:,}" for number in counted))

    head = ("source", "state", "read to byte", "lines", "rows", "rejects", "blank")
    return ["## Sources", "", *table(head, map(row, handover.snapshot.sources))]


def _made_from(handover: Handover) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in handover.versions.items())
    lines = [
        "## Made from",
        "",
        f"- Baseline: {inline(handover.snapshot.baseline)}",
        f"- Versions: {inline(versions)}",
    ]
    return lines + [f"- Masked: {inline(mask)}" for mask in handover.masks]


def _name(alert: Alert) -> str:
    subject = f" {code(alert.subject, 60)}" if alert.subject else ""
    return f"{code(alert.check)} of {code(alert.model, 60)}{subject}"


def _is_handled(alert: Alert) -> bool:
    return alert.handling is not None


def _plural(number: int, noun: str, several: str = "") -> str:
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
