"""A handover as markdown: what is wrong, what happened when, who did what, and how to see it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from console.export.alert_page import against, alert_section, moment, name_of, plural, said_words
from console.export.commands import overview_commands
from console.export.markdown import block, code, inline, table
from console.export.text_charts import (
    traffic_lines,
)
from console.model import (
    Alert,
    AlertState,
    Phase,
    SourceStatus,
)
from console.model.filter_text import filter_text
from console.model.handover import Handover

_KEYS = 20
"""Requests that are named; how many more there are is said."""
_HANDOVERS = ("handover", "bundle")


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
        *(alert_section(handover, number, story) for number, story in enumerate(handover.stories, 1)),
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
        told.append(f"{plural(len(still_open), 'alert')} open ({counts}), {over} over.")
        worst = max(still_open, key=lambda story: story.alert.severity).alert
        told.append(
            f"The worst is {name_of(worst)}, since {moment(worst.began)}: {inline(worst.latest.summary)}."
        )
        unseen = sum(not _is_handled(story.alert) for story in still_open)
        of_them = "any" if unseen == len(still_open) else f"{unseen:,}"
        told.append(f"Nobody looks after {of_them} of them yet." if unseen else "All are looked after.")
    elif handover.stories:
        last = max(story.alert.last_seen for story in handover.stories)
        told.append(f"no alert is open; {plural(over, 'alert')} over, the last one at {moment(last)}.")
    else:
        told.append("no alert in this time.")
    labelled = sum(tally.requests for tally in handover.labels)
    if labelled:
        people = len({tally.author for tally in handover.labels})
        told.append(f"{plural(labelled, 'label')} by {plural(people, 'person', 'people')}.")
    snapshot = handover.snapshot
    if snapshot.phase is Phase.LOADING:
        told.append("**The logs were still being read: there may be more.**")
    told.append(
        f"{plural(snapshot.rows, 'row')} stored of {plural(len(snapshot.sources), 'source')}, "
        f"{plural(snapshot.rejects, 'reject')}."
    )
    return " ".join(told)


def _questions(handover: Handover) -> list[str]:
    asked = []
    for story in handover.stories:
        if story.alert.state is AlertState.OPEN and not _is_handled(story.alert):
            asked.append(f"- Nobody looks after {name_of(story.alert)}: {inline(story.alert.latest.summary)}")
        if story.problem:
            asked.append(f"- The rows of {name_of(story.alert)} could not be read: {inline(story.problem)}")
    for what, keys in (
        ("of which people say different things (`icon labels conflicts`)", handover.conflicts),
        ("flagged for a second look", handover.flagged),
    ):
        if keys:
            some = ", ".join(code(key, 80) for key in keys[:_KEYS])
            more = f" and {len(keys) - _KEYS:,} more" if len(keys) > _KEYS else ""
            asked.append(f"- {plural(len(keys), 'request')} {what}: {some}{more}")
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
    names = {story.alert.alert_id: name_of(story.alert) for story in handover.stories}
    for story in handover.stories:
        alert = story.alert
        about = names[alert.alert_id]
        worst = alert.worst
        yield _Event(
            alert.began,
            False,
            about,
            f"**began**, {alert.severity.name.lower()}, noticed {moment(alert.detected)}: "
            f"{inline(worst.summary)}; {against(worst)}",
        )
        if alert.state is AlertState.RESOLVED:
            yield _Event(alert.last_seen, False, about, "**over**")
        for said in story.said:
            yield _Event(said.at, True, about, said_words(said))
    for tally in handover.labels:
        since = f", from {moment(tally.first)} on" if tally.first != tally.last else ""
        requests = plural(tally.requests, "request")
        yield _Event(
            tally.last,
            True,
            names.get(tally.alert_id, ""),
            f"{requests} labelled {code(tally.value)} by {inline(tally.author)}{since}",
        )
    for export in handover.exports:
        what = "handed over" if export.query in _HANDOVERS else f"exported {plural(export.rows, 'row')}"
        told = f"{inline(export.author)} {what} in {code(export.path)}"
        yield _Event(export.at, True, names.get(export.alert_id, ""), told)


# --- the rest -----------------------------------------------------------------------------------------


def _traffic(handover: Handover) -> list[str]:
    snapshot = handover.snapshot
    drawn = traffic_lines(snapshot.traffic, snapshot.step_seconds, ascii_only=handover.plan.ascii_only)
    return ["## Traffic", "", *block(drawn, "text")]


def _labels(handover: Handover) -> list[str]:
    if not handover.labels:
        return []
    names = {story.alert.alert_id: name_of(story.alert) for story in handover.stories}
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


def _is_handled(alert: Alert) -> bool:
    return alert.handling is not None
